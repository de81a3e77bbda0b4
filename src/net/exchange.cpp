// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "net/exchange.hpp"

#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <string>

namespace async_llm::net {
namespace {

// A TLS record holds no more. One buffer per thread serves all connections: between a read and the parser's copy
// nothing waits.
using read_buffer = std::array<char, 16 * 1024>;

read_buffer& this_threads_buffer() {
    thread_local read_buffer buffer;
    return buffer;
}

// A peer that sends faster than we parse must not keep the other operations of this thread waiting.
constexpr int max_reads_in_a_row = 16;

failure stopped(operation const& op, phase where) {
    char const* const what = where == phase::writing ? "the request was not sent"
        : where == phase::waiting                    ? "the reply did not begin"
                                                     : "the reply did not end";
    return failure(op.stopped(), {}, where, what);
}

// `sending`: the error of the request's way out, if that failed first; it says more than the end that follows it.
failure broken(error_code reading, error_code sending, response_parser& parser, bool properly) {
    if (reading == errc::too_many_tls_messages) {
        auto const where = parser.started() ? phase::reading : phase::waiting;
        return failure(reading, {}, where, "the peer sent too many TLS messages without data");
    }
    auto const cause = sending ? sending : reading;
    if (!parser.started()) {
        return failure(
            errc::connection_lost,
            cause,
            phase::waiting,
            "the peer ended the connection before a reply: " + cause.message()
        );
    }
    bool const ended = reading == asio::error::eof || !properly;
    auto const ec = ended ? parser.put_eof(properly) : error_code(errc::truncated_response);
    if (!ec) return failure();
    return failure(ec, cause, phase::reading, "the connection ended within the reply: " + cause.message());
}

failure unacceptable(error_code ec, response_parser const& parser, phase where) {
    auto text = ec.message();
    if (parser.cause()) text += ": " + parser.cause().message();
    if (auto const line = parser.refused_line(); !line.empty()) text += " in " + line;
    return failure(ec, parser.cause(), where, text);
}

/// What one attempt to read without waiting came to.
struct attempt {
    attempt() = default;

    failure failed;
    readiness wait = readiness::done;
    /// As \ref step::messages.
    int messages = 0;
};

attempt read_now(connection& over, response_parser& parser, exchange_progress& progress) {
    attempt result;
    auto& buffer = this_threads_buffer();
    auto const now = over.transport.try_read(buffer.data(), buffer.size());
    if (now.ec) {
        result.failed = broken(now.ec, progress.write_error, parser, over.transport.ended_properly());
        return result;
    }
    result.wait = now.wait;
    result.messages = now.messages;
    if (now.wait != readiness::done) {
        if (progress.write_error)
            result.failed = broken(progress.write_error, progress.write_error, parser, true);
        return result;
    }
    if (progress.phase == phase::waiting) {
        progress.phase = phase::reading;
        progress.first_byte = std::chrono::steady_clock::now();
    }
    auto const ec = parser.put(std::string_view(buffer.data(), now.n));
    if (ec) result.failed = unacceptable(ec, parser, progress.phase);
    return result;
}

/// Receives as \ref receive does, unless it would have to wait: then `wait` says for what.
attempt receive_now(operation& op, connection& over, response_parser& parser, exchange_progress& progress) {
    attempt result;
    if (op.stopped())
        result.failed = stopped(op, progress.phase);
    else
        result = read_now(over, parser, progress);
    if (result.failed) result.wait = readiness::done;
    if (parser.complete()) progress.phase = phase::finished;
    auto const reads = progress.reads_in_a_row + 1 + result.messages;
    progress.reads_in_a_row = result.wait == readiness::done ? reads : 0;
    return result;
}

failure end_of_sending(operation const& op, exchange_progress& progress) {
    if (op.stopped()) return stopped(op, phase::writing);
    // A peer may answer and close before it has read everything (413, 401): its answer counts, not the failed write.
    progress.sent = !progress.write_error;
    progress.written = std::chrono::steady_clock::now();
    progress.phase = phase::waiting;
    return failure();
}

} // namespace

asio::awaitable<failure>
receive(operation& op, connection& over, response_parser& parser, exchange_progress& progress) {
    if (progress.reads_in_a_row >= max_reads_in_a_row) {
        progress.reads_in_a_row = 0;
        co_await asio::post(op.strand(), asio::deferred);
    }
    for (;;) {
        auto now = receive_now(op, over, parser, progress);
        if (now.wait == readiness::done) co_return std::move(now.failed);
        co_await over.transport.wait(now.wait);
    }
}

std::optional<failure>
receive_at_once(operation& op, connection& over, response_parser& parser, exchange_progress& progress) {
    if (progress.reads_in_a_row >= max_reads_in_a_row) return std::nullopt;
    auto now = receive_now(op, over, parser, progress);
    if (now.wait != readiness::done) return std::nullopt;
    return std::move(now.failed);
}

std::optional<failure>
send_at_once(operation& op, connection& over, std::string_view& wire, exchange_progress& progress) {
    progress.phase = phase::writing;
    if (!op.stopped()) {
        auto const now = over.transport.try_write(wire.data(), wire.size());
        progress.write_error = now.ec;
        wire.remove_prefix(now.n);
        if (!now.ec && !wire.empty()) return std::nullopt;
    }
    return end_of_sending(op, progress);
}

asio::awaitable<failure> send_rest(
    operation& op,
    connection& over,
    std::string_view wire,
    exchange_limits limits,
    exchange_progress& progress
) {
    if (limits.write.count() > 0) op.enter(errc::write_timeout, limits.write);
    progress.write_error = co_await write_all(op, over.transport, wire);
    if (!op.stopped() && limits.write.count() > 0) op.leave();
    co_return end_of_sending(op, progress);
}

head_receiver::head_receiver(
    operation& op,
    connection& over,
    exchange_limits limits,
    response_parser& parser,
    exchange_progress& progress
)
    : op_(op), over_(over), limits_(limits), parser_(parser), progress_(progress) {
    bool const head_first =
        limits.head.count() > 0 && (limits.first_byte.count() == 0 || limits.head < limits.first_byte);
    if (head_first)
        op.enter(limits.head_error, limits.head);
    else if (limits.first_byte.count() > 0)
        op.enter(errc::first_byte_timeout, limits.first_byte);
    begun_ = head_first || limits.first_byte.count() == 0;
}

bool head_receiver::should_wait() const noexcept { return progress_.sent && !over_.transport.has_pending(); }

std::optional<failure> head_receiver::receive_at_once() {
    while (!parser_.has_head()) {
        auto now = net::receive_at_once(op_, over_, parser_, progress_);
        if (!now || ends(*now)) return now;
    }
    return failure();
}

asio::awaitable<failure> head_receiver::receive() {
    for (;;) {
        auto now = co_await net::receive(op_, over_, parser_, progress_);
        if (ends(now)) co_return std::move(now);
        auto more = receive_at_once();
        if (more) co_return std::move(*more);
    }
}

/// Was this read the last? With the first, the limit of the wait becomes that of the head.
bool head_receiver::ends(failure const& last) {
    using std::chrono::milliseconds;
    if (!begun_ && progress_.phase != phase::waiting) {
        begun_ = true;
        auto const spent = std::chrono::floor<milliseconds>(progress_.first_byte - progress_.written);
        op_.leave();
        if (limits_.head.count() > 0)
            op_.enter(limits_.head_error, std::max(limits_.head - spent, milliseconds(1)));
    }
    return last || parser_.complete();
}

asio::awaitable<failure>
receive_rest(operation& op, connection& over, response_parser& parser, exchange_progress& progress) {
    failure failed;
    while (!failed && !parser.complete()) failed = co_await receive(op, over, parser, progress);
    co_return failed;
}

asio::awaitable<failure> exchange(
    operation& op,
    connection& over,
    std::string_view wire,
    exchange_limits limits,
    response_parser& parser,
    exchange_progress& progress
) {
    auto sent = send_at_once(op, over, wire, progress);
    if (!sent) sent = co_await send_rest(op, over, wire, limits, progress);
    if (*sent) co_return std::move(*sent);
    head_receiver head(op, over, limits, parser, progress);
    if (head.should_wait()) co_await over.transport.wait(readiness::readable);
    auto failed = co_await head.receive();
    if (!failed) failed = co_await receive_rest(op, over, parser, progress);
    co_return failed;
}

} // namespace async_llm::net
