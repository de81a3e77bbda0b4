// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_STATS_HPP
#define ASYNC_LLM_CLIENT_STATS_HPP

#include <async_llm/spending_limits.hpp>

#include <cstddef>
#include <cstdint>

namespace async_llm {

/// Figures of a client. Gauges are of now, counters since its construction.
struct client_stats {
    client_stats() = default;

    /// \name Gauges
    /// @{
    /// Calls under way, in any phase.
    std::size_t calls_in_flight = 0;
    /// Calls waiting for a rate limit, for the number of calls in flight to fall, or for what others reserve.
    std::size_t limited = 0;
    /// Present limit of the calls in flight (`concurrency_limit`), over all targets.
    std::size_t concurrency_limit = 0;
    /// Bytes that replies under way hold, of those that hold more than 64 KiB.
    std::size_t reply_memory = 0;
    /// Calls that do not read on because `client_config::max_reply_memory` is held by others.
    std::size_t waiting_for_memory = 0;
    /// Calls waiting for a connection.
    std::size_t waiting = 0;
    /// Connections in use, unused, and in the making.
    std::size_t connections_in_use = 0;
    /// Calls on connections of HTTP/2, each of which may have many.
    std::size_t streams = 0;
    std::size_t connections_idle = 0;
    std::size_t connections_connecting = 0;
    /// Reserved by the calls under way; nothing without `client_config::spending`.
    spending reserved;
    /// @}

    /// \name Counters
    /// @{
    /// Calls that ended well.
    std::uint64_t calls_completed = 0;
    /// Calls that ended with an error, cancelled ones included.
    std::uint64_t calls_failed = 0;
    /// Attempts after the first, to the same target or the next.
    std::uint64_t retries = 0;
    /// Those of them that went to another target.
    std::uint64_t fallbacks = 0;
    /// Retries and hedges that the budget did not allow.
    std::uint64_t retries_refused = 0;
    /// Second calls begun because the first took long, and those of them that were first to answer.
    std::uint64_t hedges = 0;
    std::uint64_t hedges_won = 0;
    /// Connections that became usable.
    std::uint64_t connections_opened = 0;
    /// Those of them that speak HTTP/2.
    std::uint64_t connections_http2 = 0;
    /// Connections that could not be made.
    std::uint64_t connections_failed = 0;
    /// Times a connection was used again.
    std::uint64_t connections_reused = 0;
    /// Requests sent again because a kept connection had died before any byte of a reply, or because the
    /// server had not acted on them (HTTP/2).
    std::uint64_t replays = 0;
    /// TLS handshakes from scratch, and by a kept session.
    std::uint64_t tls_full_handshakes = 0;
    std::uint64_t tls_resumed_handshakes = 0;
    /// Names looked up; what the cache answered does not count.
    std::uint64_t names_resolved = 0;
    /// Spent, with `spending_limits::already_spent`; nothing without `client_config::spending`.
    spending spent;
    /// @}
};

} // namespace async_llm

#endif
