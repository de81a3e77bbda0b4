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
#include <string_view>

namespace async_llm::net {

/// Limits of the two phases of an exchange; zero: none, and the operation's present limit goes on.
struct exchange_limits {
    exchange_limits() = default;
    exchange_limits(std::chrono::milliseconds w, std::chrono::milliseconds f) : write(w), first_byte(f) {}

    std::chrono::milliseconds write{0};
    std::chrono::milliseconds first_byte{0};
    /// What it means if `first_byte` passes.
    errc first_byte_error = errc::first_byte_timeout;
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
    /// Reads since the last one that had to wait.
    int reads_in_a_row = 0;
};

/// Sends a request and receives its response until the head is complete, and what comes with it.
/**
 * The failure has `errc::connection_lost` if the connection broke before any byte of the response, else what \ref
 * response_parser says, or why `op` was stopped.
 */
asio::awaitable<failure> begin_exchange(
    operation& op,
    connection& over,
    std::string_view wire,
    exchange_limits limits,
    response_parser& parser,
    exchange_progress& progress
);

/// Waits for more of the response and gives it to the parser: as much as one read brings.
/**
 * After a failure (as \ref begin_exchange), `parser` may have got more of the body before it. Precondition: the response
 * is not complete.
 */
asio::awaitable<failure>
receive(operation& op, connection& over, response_parser& parser, exchange_progress& progress);

/// Sends a request and receives its whole response.
/**
 * The failure is as of \ref begin_exchange. May the connection serve again? Only after a success, with `progress.sent`, and if
 * `parser.reusable()`.
 */
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
