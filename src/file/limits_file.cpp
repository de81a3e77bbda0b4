// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "file/limits_file.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/system/errc.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <fcntl.h>
#include <thread>
#include <unistd.h>

namespace async_llm::file {
namespace {

namespace json = boost::json;

// Of the whole file, its line feed included.
constexpr std::size_t limits_record_size = 128;
// Clocks of other machines may be ahead by so much.
constexpr auto max_skew = std::chrono::minutes(1);
constexpr auto lock_poll = std::chrono::milliseconds(1);

policy::time_point time_at(limits_file::microseconds since_epoch) {
    return policy::time_point(std::chrono::duration_cast<policy::duration>(since_epoch));
}

double number_in(json::object const& record, std::string_view name) {
    auto const* const value = record.if_contains(name);
    error_code ec;
    auto const number = value ? value->to_number<double>(ec) : 0.0;
    return ec || !std::isfinite(number) ? 0.0 : number;
}

bool try_lock(file_handle const& file, short type) {
    struct flock whole{};
    whole.l_type = type;
    whole.l_whence = SEEK_SET;
    if (::fcntl(file.descriptor(), F_OFD_SETLK, &whole) == 0) return true;
    if (errno != EAGAIN && errno != EACCES && errno != EINTR)
        throw_system_error(file.path(), "cannot be locked");
    return false;
}

} // namespace

/// RAII lock of the file, which the system ends with the process.
class limits_file::lock {
public:
    lock(file_handle const& file, milliseconds longest) : file_(file) {
        auto const expiry = std::chrono::steady_clock::now() + longest;
        while (!try_lock(file_, F_WRLCK)) {
            if (std::chrono::steady_clock::now() >= expiry) fail();
            // It is held for a read and a write.
            std::this_thread::sleep_for(lock_poll);
        }
    }
    lock(lock const&) = delete;
    lock& operator=(lock const&) = delete;
    ~lock() {
        try {
            try_lock(file_, F_UNLCK);
        } catch (file_error const&) {
            // The next user waits until the file is closed.
        }
    }

private:
    [[noreturn]] void fail() const {
        using namespace boost::system::errc;
        throw file_error(
            make_error_code(device_or_resource_busy),
            file_.path() + ": another process does not unlock it"
        );
    }

    file_handle const& file_;
};

limits_file::limits_file(
    std::string path,
    std::optional<std::int64_t> requests_per_minute,
    std::optional<std::int64_t> tokens_per_minute,
    milliseconds burst,
    milliseconds lock_timeout
)
    : path_(std::move(path)),
      requests_per_minute_(requests_per_minute),
      tokens_per_minute_(tokens_per_minute),
      burst_(burst),
      lock_timeout_(lock_timeout) {}

limits_file::bucket limits_file::make(std::optional<std::int64_t> per_minute, policy::time_point at) const {
    if (!per_minute) return std::nullopt;
    return policy::token_bucket(*per_minute, burst_, at);
}

limits_file::result limits_file::take(
    std::vector<std::int64_t> const& demands,
    std::int64_t put_back_requests,
    std::int64_t put_back_tokens,
    microseconds now
) {
    if (!file_.is_open()) file_ = file_handle::open_shared(path_);
    lock const locked(file_, lock_timeout_);
    read(now);
    auto const at = time_at(now);
    auto const put_back = [at](bucket& into, std::int64_t amount) {
        if (into) into->correct(amount, -amount, at);
    };
    put_back(requests_, put_back_requests);
    put_back(tokens_, put_back_tokens);
    result done;
    auto const has = [at](bucket const& of, std::int64_t amount) { return !of || of->has(amount, at); };
    for (auto const tokens : demands) {
        if (!has(requests_, 1) || !has(tokens_, tokens)) {
            auto ready = at;
            if (requests_) ready = std::max(ready, requests_->ready_at(1, at));
            if (tokens_) ready = std::max(ready, tokens_->ready_at(tokens, at));
            done.wait = std::chrono::ceil<microseconds>(ready - at);
            break;
        }
        if (requests_) requests_->take(1, at);
        if (tokens_) tokens_->take(tokens, at);
        ++done.granted;
    }
    write(now);
    return done;
}

void limits_file::read(microseconds now) {
    at_ = now;
    requests_ = make(requests_per_minute_, time_at(now));
    tokens_ = make(tokens_per_minute_, time_at(now));
    std::array<char, limits_record_size> text;
    auto const size = file_.read_at(0, text.data(), text.size());
    // A new one: the job begins.
    if (size != 0) read_text(std::string_view(text.data(), size), now);
}

void limits_file::read_text(std::string_view text, microseconds now) {
    error_code ec;
    auto const parsed = json::parse(text, ec);
    json::object const none;
    auto const& record = !ec && parsed.is_object() ? parsed.get_object() : none;
    if (auto const* const time = record.if_contains("at"); time && time->is_int64()) {
        auto const said = time->get_int64();
        if (said >= 0 && said <= (now + max_skew).count()) at_ = microseconds(said);
    }
    if (requests_) requests_->restore(number_in(record, "requests"), time_at(at_));
    if (tokens_) tokens_->restore(number_in(record, "tokens"), time_at(at_));
}

void limits_file::write(microseconds now) {
    // Of clocks that differ, only the one that is ahead lets anything accrue.
    auto const latest = std::max(now, at_);
    auto const at = time_at(latest);
    std::array<char, limits_record_size + 1> text;
    int const size = std::snprintf(
        text.data(),
        text.size(),
        R"({"at":%lld,"requests":%.6f,"tokens":%.6f})",
        static_cast<long long>(latest.count()),
        requests_ ? requests_->level(at) : 0.0,
        tokens_ ? tokens_->level(at) : 0.0
    );
    // Amounts are below 2^63, so that there is room.
    std::fill(text.begin() + std::min<std::ptrdiff_t>(size, limits_record_size), text.end(), ' ');
    text[limits_record_size - 1] = '\n';
    file_.write_at(0, std::string_view(text.data(), limits_record_size));
}

} // namespace async_llm::file
