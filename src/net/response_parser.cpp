// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "net/response_parser.hpp"

#include "codec/append_large.hpp"
#include "codec/body_look.hpp"
#include <async_llm/error.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

namespace async_llm::net {
namespace {

namespace http = boost::beast::http;

// A peer that only ever sends interim responses would otherwise keep a call without an end.
constexpr int max_interim_responses = 16;

// Memory that a mere announcement of a length may take, and the most that a thread keeps for the next body.
constexpr std::size_t max_reserve = 256u * 1024;
constexpr std::size_t max_kept_body = 16u * 1024;

// Beast 1.81 passes string_view of Boost; the names below are those of its virtual functions.
using beast_view = boost::beast::string_view;

std::string_view view(beast_view s) { return {s.data(), s.size()}; }

class message_parser final : public http::basic_parser<false> {
public:
    message_parser(response_limits const& limits, bool without_body, std::string& body_to) : body(body_to) {
        skip(without_body);
        limit_fields(limits);
        if (limits.max_body == 0)
            body_limit(boost::none);
        else
            body_limit(limits.max_body);
    }

    /// For the fields that follow, of a head or of a trailer. Leaves room for the little that Beast adds.
    void limit_fields(response_limits const& limits) {
        header_limit(static_cast<std::uint32_t>(std::min<std::size_t>(limits.max_head, UINT32_MAX / 2)));
    }

    int status = 0;
    std::string reason;
    std::vector<header> headers;
    std::string& body;

private:
    void on_request_impl(http::verb, beast_view, beast_view, int, error_code& ec) override {
        ec = http::error::bad_version;
    }

    void on_response_impl(int code, beast_view phrase, int, error_code& ec) override {
        status = code;
        reason.assign(phrase.data(), phrase.size());
        if (code < 100) ec = http::error::bad_status;
        // Providers send ten to thirty.
        headers.reserve(16);
    }

    void on_field_impl(http::field, beast_view name, beast_view value, error_code&) override {
        // Beast before 1.90 gives trailer fields like those of the head; they must not pass for them.
        if (!is_header_done()) headers.emplace_back(std::string(view(name)), std::string(view(value)));
    }

    void on_header_impl(error_code&) override {}

    void on_body_init_impl(boost::optional<std::uint64_t> const& length, error_code&) override {
        if (length) body.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(*length, max_reserve)));
    }

    std::size_t on_body_impl(beast_view bytes, error_code&) override {
        codec::append_large(body, view(bytes));
        return bytes.size();
    }

    void on_chunk_header_impl(std::uint64_t, beast_view, error_code&) override {}

    std::size_t on_chunk_body_impl(std::uint64_t, beast_view bytes, error_code&) override {
        codec::append_large(body, view(bytes));
        return bytes.size();
    }

    void on_finish_impl(error_code&) override {}
};

/// The line that a place is in, or that begins there; made printable.
std::string line_at(std::string_view bytes, std::size_t place) {
    constexpr std::size_t max_line = 1024;
    place = std::min(place, bytes.size());
    // A chunk header is refused from the end of the chunk before it on.
    bool const is_between = place < bytes.size() && (bytes[place] == '\r' || bytes[place] == '\n');
    auto const before = is_between ? place : bytes.substr(0, place).rfind('\n');
    auto line = bytes.substr(before == std::string_view::npos ? 0 : before).substr(0, max_line);
    line.remove_prefix(std::min(line.find_first_not_of("\r\n"), line.size()));
    return codec::excerpt(line.substr(0, line.find_first_of("\r\n")));
}

errc translate(error_code const& ec) {
    if (ec == http::error::header_limit) return errc::header_too_large;
    if (ec == http::error::body_limit) return errc::response_too_large;
    return errc::invalid_http;
}

} // namespace

struct response_parser::impl {
    void begin(response_limits l, bool no_body) {
        limits = l;
        without_body = no_body;
        started = false;
        interim = 0;
        cause = error_code();
        refused.clear();
        carry.clear();
        reset();
    }

    void reset() {
        body.clear();
        head_size = 0;
        message.emplace(limits, without_body, body);
    }

    // `starved`: not before there are more bytes than these will the parser take any of what it left.
    error_code feed(std::string_view bytes, std::size_t& used, bool& starved) {
        error_code ec;
        bool const in_head = !message->is_header_done();
        used = message->put(boost::asio::const_buffer(bytes.data(), bytes.size()), ec);
        if (in_head) {
            head_size += used;
            if (head_size > limits.max_head) return errc::header_too_large;
            if (message->is_header_done()) leave_head();
        }
        starved = ec == http::error::need_more;
        if (!ec || starved) return {};
        cause = ec;
        auto const error = translate(ec);
        if (error == errc::invalid_http) refused = line_at(bytes, used);
        return error;
    }

    // Until here the parser was not eager: it stopped behind the head, whose bytes are counted here. Beast
    // counts the status line by itself before 1.86, and the trailer together with the head since then.
    void leave_head() {
        message->eager(true);
        message->limit_fields(limits);
    }

    // Bytes of the head, of a trailer or of a chunk header that have no end yet.
    std::size_t unfinished() const noexcept {
        return carry.size() + (message->is_header_done() ? 0 : head_size);
    }

    // Of all that Beast's parser asserts, a peer can make one thing false (before 1.86): that five bytes are
    // there when it looks a second time at the last chunk, which it does as soon as it has seen its `0` and
    // the end of that line. Four are when they come as `0 CR LF` and `CR`. A host that is built without
    // NDEBUG may have brought its own copy of the template into the program, and would be aborted. What is
    // carried behind the head is always a chunk header: a body is taken whole. With `0` in front, fewer than
    // five bytes of it hold nothing that anybody waits for.
    bool must_hold_back() const noexcept {
        return carry.size() < 5 && carry.front() == '0' && message->is_header_done();
    }

    // Passes over interim responses; 101 would hand the connection to another protocol, which nobody asked for.
    error_code skip_interim(bool& again) {
        again = message->is_done() && message->status < 200;
        if (!again) return {};
        if (message->status == 101 || ++interim > max_interim_responses) return errc::invalid_http;
        reset();
        return {};
    }

    response_limits limits;
    bool without_body = false;
    std::string body;
    std::optional<message_parser> message;
    std::string carry;         // bytes that do not make a whole head or chunk header yet
    std::size_t head_size = 0; // bytes of the present head that the parser has taken
    bool started = false;
    int interim = 0;
    error_code cause;
    std::string refused;
};

response_parser::response_parser(response_limits limits, bool without_body) noexcept
    : limits_(limits), without_body_(without_body) {}

response_parser::~response_parser() = default;

std::unique_ptr<response_parser::impl>& response_parser::spare() noexcept {
    thread_local std::unique_ptr<impl> kept;
    return kept;
}

response_parser::impl& response_parser::present() {
    if (impl_) return *impl_;
    impl_ = std::move(spare());
    if (!impl_) impl_ = std::make_unique<impl>();
    impl_->begin(limits_, without_body_);
    return *impl_;
}

// Not what the destructor does: that may run when the thread has ended what is its own.
void response_parser::put_aside() noexcept {
    if (impl_ && impl_->body.capacity() <= max_kept_body && impl_->carry.capacity() <= max_kept_body)
        spare() = std::move(impl_);
    impl_.reset();
}

error_code response_parser::put(std::string_view bytes) {
    auto& s = present();
    if (bytes.empty()) return {};
    s.started = true;
    if (!s.carry.empty()) {
        s.carry.append(bytes);
        bytes = s.carry;
        if (s.must_hold_back()) return {};
    }
    bool starved = false;
    while (!bytes.empty() && !starved && !s.message->is_done()) {
        std::size_t used = 0;
        if (auto const ec = s.feed(bytes, used, starved)) return ec;
        bytes.remove_prefix(used);
        bool again = false;
        if (auto const ec = s.skip_interim(again)) return ec;
    }
    std::string rest(bytes);
    s.carry.swap(rest);
    // Whatever the parser wants more of (a head, a trailer, a chunk header) has to fit the limit: Beast
    // limits no trailer before 1.86, and no chunk header before 1.91.
    if (!s.message->is_done() && s.unfinished() > s.limits.max_head) return errc::header_too_large;
    return {};
}

error_code response_parser::put_eof(bool properly) {
    auto& m = *present().message;
    if (m.is_done()) return {};
    // A body that lasts until the end of the connection is complete only if nobody can have cut it.
    if (!m.is_header_done() || !m.need_eof() || !properly) return errc::truncated_response;
    error_code ec;
    m.put_eof(ec);
    impl_->cause = ec;
    return ec ? error_code(errc::truncated_response) : error_code();
}

bool response_parser::started() const noexcept { return impl_ && impl_->started; }

bool response_parser::has_head() const noexcept { return impl_ && impl_->message->is_header_done(); }

bool response_parser::complete() const noexcept { return impl_ && impl_->message->is_done(); }

bool response_parser::has_surplus() const noexcept { return complete() && !impl_->carry.empty(); }

bool response_parser::reusable() const noexcept {
    return complete() && impl_->message->keep_alive() && !has_surplus();
}

int response_parser::status() const noexcept { return impl_ ? impl_->message->status : 0; }

std::string const& response_parser::reason() { return present().message->reason; }

std::vector<header>& response_parser::headers() { return present().message->headers; }

std::string& response_parser::body() { return present().body; }

std::string response_parser::refused_line() const { return impl_ ? impl_->refused : std::string(); }

error_code response_parser::cause() const noexcept { return impl_ ? impl_->cause : error_code(); }

} // namespace async_llm::net
