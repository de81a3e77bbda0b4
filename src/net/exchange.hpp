// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_EXCHANGE_HPP
#define ASYNC_LLM_NET_EXCHANGE_HPP

#include "net/connection.hpp"
#include "net/failure.hpp"
#include "net/operation.hpp"
#include "net/response_parser.hpp"
#include <async_llm/detail/config.hpp>
#include <async_llm/error.hpp>
#include <async_llm/response_info.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <optional>
#include <string_view>

namespace async_llm::net {

/// Limits of the phases of an exchange; zero: none, and the operation's present limit goes on.
struct exchange_limits {
    exchange_limits() = default;
    exchange_limits(std::chrono::milliseconds w, std::chrono::milliseconds f) : write(w), first_byte(f) {}

    /// Sending the request; `errc::write_timeout`.
    std::chrono::milliseconds write{0};
    /// From its last byte to the first of the response; `errc::first_byte_timeout`.
    std::chrono::milliseconds first_byte{0};
    /// From its last byte to the end of the head, and what it means if that passes.
    std::chrono::milliseconds head{0};
    errc head_error = errc::first_content_timeout;
};

/// How far an exchange has come, also while it goes on.
struct exchange_progress {
    exchange_progress() = default;

    async_llm::phase phase = async_llm::phase::writing;
    /// The peer took the whole request. A reply may be complete without: then the connection can't serve again.
    bool sent = false;
    /// Why it did not.
    error_code write_error;
    /// Zero: not there yet.
    std::chrono::steady_clock::time_point written;
    std::chrono::steady_clock::time_point first_byte;
    /// Reads since the last one that had to wait, and TLS messages without data among them.
    int reads_in_a_row = 0;
};

/// Sends a request as far as the connection takes it at once. Unset: \ref send_rest has to be called with what is left.
/**
 * The failure, if any, is why `op` was stopped. A connection that breaks meanwhile is no failure yet: a peer may answer, and
 * close, before it has read everything.
 */
std::optional<failure>
send_at_once(operation& op, connection& over, std::string_view& wire, exchange_progress& progress);

/// Sends what is left of it. The failure is as of \ref send_at_once.
asio::awaitable<failure> send_rest(
    operation& op,
    connection& over,
    std::string_view wire,
    exchange_limits limits,
    exchange_progress& progress
);

/// Receives the response to a request that was sent until its head is complete, and what comes with it.
/**
 * Its failures have `errc::connection_lost` if the connection broke before any byte of the response, else what \ref
 * response_parser says, or why `op` was stopped.
 *
 * Three steps, so that a reply whose head comes with the first read takes no coroutine of its own: if \ref should_wait,
 * wait until the connection is readable; \ref receive_at_once; and \ref receive if that came to nothing.
 */
class head_receiver {
public:
    /// The arguments have to stay. Begins the limit of the wait.
    head_receiver(
        operation& op,
        connection& over,
        exchange_limits limits,
        response_parser& parser,
        exchange_progress& progress
    );

    /// A reply takes its time, so a read now would be in vain.
    bool should_wait() const noexcept;

    /// Unset: it has to wait for more.
    std::optional<failure> receive_at_once();

    asio::awaitable<failure> receive();

private:
    bool ends(failure const& last);

    operation& op_;
    connection& over_;
    exchange_limits limits_;
    response_parser& parser_;
    exchange_progress& progress_;
    bool begun_;
};

/// Gives more of the response to the parser if that is here: what one read brings. Unset: \ref receive has to wait for it.
/** The failure and the precondition are as of \ref receive. */
std::optional<failure>
receive_at_once(operation& op, connection& over, response_parser& parser, exchange_progress& progress);

/// Waits for more of the response and gives it to the parser: as much as one read brings.
/**
 * After a failure (as of \ref head_receiver), `parser` may have got more of the body before it. Precondition: the response
 * is not complete.
 */
asio::awaitable<failure>
receive(operation& op, connection& over, response_parser& parser, exchange_progress& progress);

/// Receives what is still missing of the response.
/**
 * The failure is as of \ref head_receiver. May the connection serve again? Only after a success, with `progress.sent`, and if
 * `parser.reusable()`.
 */
asio::awaitable<failure>
receive_rest(operation& op, connection& over, response_parser& parser, exchange_progress& progress);

/// All of these, one after the other.
asio::awaitable<failure> exchange(
    operation& op,
    connection& over,
    std::string_view wire,
    exchange_limits limits,
    response_parser& parser,
    exchange_progress& progress
);

} // namespace async_llm::net

#endif
