// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_CONNECTION_HPP
#define ASYNC_LLM_NET_CONNECTION_HPP

#include "net/transport.hpp"
#include "policy/pool_core.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace async_llm::net {

class shared_connection;

/// One connection of the pool: that of one call at a time, or, with HTTP/2, shared by many.
struct connection {
    explicit connection(asio::ip::tcp::socket socket) : transport(std::move(socket)) {}

    stream transport;
    policy::connection_id id = 0;
    /// Has a request been sent on it?
    std::atomic<bool> used = false;
    /// Has it lain unused? Then the peer may have closed it meanwhile. Of HTTP/2: before its first use.
    bool rested = false;
    std::string remote_endpoint;
    std::string tls_version;
    /// Did the handshake take up a kept TLS session?
    bool tls_resumed = false;
    /// Its calls, and the last report about their number; null: HTTP/1.1. Refers to this connection.
    std::shared_ptr<shared_connection> shared;
    std::uint64_t reports = 0;
};

using connection_ptr = std::shared_ptr<connection>;

} // namespace async_llm::net

#endif
