// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/http/response_parser.hpp"

#include "base/thread_spare.hpp"
#include "codec/http/sniff.hpp"
#include "net/http/http_normalizer.hpp"
#include "net/http/message_parser.hpp"
#include <async_llm/error.hpp>

#include <boost/asio/buffer.hpp>
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

// The most memory that a thread keeps for the next body.
constexpr std::size_t max_kept_body = 16u * 1024;

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
        is_lenient = false;
        interim = 0;
        cause = error_code();
        refused.clear();
        carry.clear();
        reset();
    }

    void reset() {
        body.clear();
        message.emplace(limits, without_body, body);
        begin_part();
    }

    void begin_part() {
        parsed = 0;
        scanned = 0;
        normalizer.reset();
    }

    /// Takes the parts that are complete, and leaves the beginning of the next one.
    error_code parse(std::string_view& bytes) {
        // Not before there are more bytes than these will the parser take any of what it left.
        bool starved = false;
        while (!bytes.empty() && !starved && !message->is_done()) {
            starved = normalizer && normalizer->deviates();
            auto ec = starved ? error_code() : feed(bytes, starved);
            if (ec || starved) ec = normalize(bytes, ec, starved);
            if (!ec) ec = skip_interim();
            if (ec) return ec;
        }
        return {};
    }

    error_code feed(std::string_view& bytes, bool& starved) {
        starved = must_hold_back();
        if (starved) return {};
        auto const rest = bytes.substr(parsed);
        bool const in_head = !message->is_header_done();
        error_code ec;
        auto const used = message->put(boost::asio::const_buffer(rest.data(), rest.size()), ec);
        if (in_head && parsed + used > limits.max_head) return errc::header_too_large;
        if (in_head && message->is_header_done()) message->leave_head(limits);
        starved = ec == http::error::need_more;
        message->note_taken(rest.data() + used);
        if (ec && !starved) ec = note_error(ec, rest, used);
        // A head is kept until it is complete: if one of its lines is not strict, it is read again.
        if (used != 0 && message->is_header_done()) {
            bytes = rest.substr(used);
            begin_part();
        } else {
            parsed += used;
        }
        return starved ? error_code() : ec;
    }

    error_code note_error(error_code const& ec, std::string_view bytes, std::size_t place) {
        cause = ec;
        auto const error = translate(ec);
        refused = error == errc::invalid_http ? line_at(bytes, place) : std::string();
        return error;
    }

    // Of all that Beast's parser asserts, a peer can make one thing false (before 1.86): that five bytes are
    // there when it looks a second time at the last chunk, which it does as soon as it has seen its `0` and
    // the end of that line. Four are when they come as `0 CR LF` and `CR`. A host that is built without
    // NDEBUG may have brought its own copy of the template into the program, and would be aborted. What is
    // carried behind the head is always a chunk header: a body is taken whole. With `0` in front, fewer than
    // five bytes of it hold nothing that a caller waits for.
    bool must_hold_back() const noexcept {
        return carry.size() < 5 && carry.front() == '0' && message->is_header_done();
    }

    /// Reads the part again by the rules of \ref http_normalizer, if Beast refuses it or may wait for more
    /// than comes.
    error_code normalize(std::string_view& bytes, error_code strict, bool& starved) {
        if (strict == errc::response_too_large) return strict;
        // A carriage return alone. From 1.86 on Beast has taken it, so it would not be seen again.
        if (strict && message->in_trailer && cause == http::error::bad_line_ending) return strict;
        if (!normalizer) {
            if (!strict && !has_bare_line_feed(bytes)) return {};
            normalizer.emplace(part());
        }
        normalizer->read(bytes);
        // A strict parser has better words for what it refuses; but it may wait for the end of a wrong line.
        bool const is_wrong = !strict && normalizer->refused() && !normalizer->may_be_strict();
        if (!normalizer->deviates() && !is_wrong) return strict;
        if (normalizer->size() > limits.max_head) return note_error(http::error::header_limit, bytes, 0);
        if (normalizer->refused()) return note_error(refusal(), bytes, normalizer->line());
        starved = !normalizer->complete();
        return starved ? error_code() : replace_part(bytes);
    }

    // Beast passes over one in search of a strict end, which may never come. No byte is looked at twice.
    bool has_bare_line_feed(std::string_view bytes) noexcept {
        // Behind each chunk of a stream.
        if (bytes == "\r\n") return false;
        for (;;) {
            auto const end = bytes.find('\n', scanned);
            if (end == std::string_view::npos) break;
            if (end == 0 || bytes[end - 1] != '\r') return true;
            scanned = end + 1;
        }
        scanned = bytes.size();
        return false;
    }

    http_part part() const noexcept {
        if (!message->is_header_done()) return http_part::head;
        if (message->in_trailer) return http_part::trailer;
        return message->chunked == 0 ? http_part::first_chunk_header : http_part::chunk_header;
    }

    http::error refusal() const noexcept {
        if (normalizer->is_field()) return http::error::bad_field;
        return message->is_header_done() ? http::error::bad_chunk : http::error::bad_status;
    }

    // A new parser takes the part in strict syntax: the old one keeps a state behind its error, and a place
    // up to which it has searched.
    error_code replace_part(std::string_view& bytes) {
        auto text = normalizer->text();
        if (message->in_trailer) text.insert(0, "0\r\n");
        // The limit was held before, for what came and not for what was made of it.
        response_limits const left(UINT32_MAX, limits.max_body);
        if (message->is_header_done())
            restart_chunks(left);
        else
            message.emplace(left, without_body, body);
        error_code ec;
        auto const used = message->put(boost::asio::const_buffer(text.data(), text.size()), ec);
        if (ec) return note_error(ec, text, used);
        if (message->is_header_done()) message->leave_head(left);
        bytes.remove_prefix(normalizer->size());
        cause = error_code();
        refused.clear();
        is_lenient = true;
        begin_part();
        return {};
    }

    /// Begins with a parser that is behind a head, and otherwise as far as the present one.
    void restart_chunks(response_limits const& left) {
        constexpr std::string_view head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        auto const status = message->status;
        auto reason = std::move(message->reason);
        auto headers = std::move(message->headers);
        auto const chunked = message->chunked;
        message.emplace(left, false, body);
        if (left.max_body != 0) message->body_limit(left.max_body - chunked);
        error_code ec;
        message->put(boost::asio::const_buffer(head.data(), head.size()), ec);
        message->leave_head(left);
        message->status = status;
        message->reason = std::move(reason);
        message->headers = std::move(headers);
        message->chunked = chunked;
    }

    // Passes over interim responses; 101 would hand the connection to another protocol, which was not asked
    // for.
    error_code skip_interim() {
        if (!message->is_done() || message->status >= 200) return {};
        if (message->status == 101 || ++interim > max_interim_responses) return errc::invalid_http;
        reset();
        return {};
    }

    // Bytes of the head, of a trailer or of a chunk header that have no end yet.
    std::size_t unfinished() const noexcept {
        return message->is_header_done() ? carry.size() - parsed : carry.size();
    }

    response_limits limits;
    bool without_body = false;
    std::string body;
    std::optional<message_parser> message;
    std::string carry;                         // bytes that do not make a whole head or chunk header yet
    std::size_t parsed = 0;                    // of them, those of a head that Beast has taken
    std::size_t scanned = 0;                   // of them, those that end with no line feed alone
    std::optional<http_normalizer> normalizer; // for the part that they begin
    bool started = false;
    bool is_lenient = false;
    int interim = 0;
    error_code cause;
    std::string refused;
};

response_parser::response_parser(response_limits limits, bool without_body) noexcept
    : limits_(limits), without_body_(without_body) {}

response_parser::~response_parser() = default;

response_parser::impl& response_parser::ensure_impl() {
    if (impl_) return *impl_;
    impl_ = std::move(thread_spare<std::unique_ptr<impl>>());
    if (!impl_) impl_ = std::make_unique<impl>();
    impl_->begin(limits_, without_body_);
    return *impl_;
}

// Not what the destructor does: that may run when the thread has ended what is its own.
void response_parser::recycle() noexcept {
    if (impl_ && impl_->body.capacity() <= max_kept_body && impl_->carry.capacity() <= max_kept_body)
        thread_spare<std::unique_ptr<impl>>() = std::move(impl_);
    impl_.reset();
}

error_code response_parser::put(std::string_view bytes) {
    auto& s = ensure_impl();
    if (bytes.empty()) return {};
    s.started = true;
    bool const is_carried = !s.carry.empty();
    if (is_carried) {
        s.carry.append(bytes);
        bytes = s.carry;
    }
    if (auto const ec = s.parse(bytes)) return ec;
    if (is_carried)
        s.carry.erase(0, s.carry.size() - bytes.size());
    else if (!bytes.empty())
        s.carry.assign(bytes);
    // Whatever the parser wants more of (a head, a trailer, a chunk header) has to fit the limit: Beast
    // limits no trailer before 1.86, and no chunk header before 1.91.
    if (!s.message->is_done() && s.unfinished() > s.limits.max_head) return errc::header_too_large;
    return {};
}

error_code response_parser::put_eof(bool properly) {
    auto& m = *ensure_impl().message;
    if (m.is_done()) return {};
    // A body that lasts until the end of the connection is complete only if it can't have been cut.
    if (!m.is_header_done() || !m.need_eof() || !properly) return errc::truncated_response;
    error_code ec;
    m.put_eof(ec);
    impl_->cause = ec;
    return ec ? error_code(errc::truncated_response) : error_code();
}

bool response_parser::started() const noexcept { return impl_ && impl_->started; }

bool response_parser::has_head() const noexcept { return impl_ && impl_->message->is_header_done(); }

bool response_parser::complete() const noexcept { return impl_ && impl_->message->is_done(); }

std::string_view response_parser::surplus() const noexcept {
    return complete() ? std::string_view(impl_->carry) : std::string_view();
}

bool response_parser::reusable() const noexcept {
    return complete() && impl_->message->keep_alive() && !has_surplus() && !impl_->is_lenient &&
        impl_->message->is_well_framed;
}

int response_parser::status() const noexcept { return impl_ ? impl_->message->status : 0; }

std::string const& response_parser::reason() { return ensure_impl().message->reason; }

std::vector<http_header>& response_parser::headers() { return ensure_impl().message->headers; }

std::string& response_parser::body() { return ensure_impl().body; }

std::string response_parser::refused_line() const { return impl_ ? impl_->refused : std::string(); }

error_code response_parser::cause() const noexcept { return impl_ ? impl_->cause : error_code(); }

} // namespace async_llm::net
