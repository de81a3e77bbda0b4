// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_CONNECTION_HPP
#define ASYNC_LLM_NET_CONNECTION_HPP

#include "net/transport.hpp"
#include "policy/pool_core.hpp"

#include <memory>
#include <string>
#include <utility>

namespace async_llm::net {

/// One connection of the pool.
struct connection {
    explicit connection(asio::ip::tcp::socket socket) : transport(std::move(socket)) {}

    stream transport;
    policy::connection_id id = 0;
    /// Has a request been sent on it?
    bool used = false;
    /// Has it lain unused? Then the peer may have closed it meanwhile.
    bool rested = false;
    std::string remote_endpoint;
    std::string tls_version;
};

using connection_ptr = std::unique_ptr<connection>;

} // namespace async_llm::net

#endif
