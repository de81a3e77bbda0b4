// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_LOCAL_SOCKET_HPP
#define ASYNC_LLM_NET_LOCAL_SOCKET_HPP

#include "async/failure.hpp"
#include "async/operation.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <optional>
#include <string>

namespace async_llm::net {

/// Connects to the Unix domain socket of that path. On success `socket` is set.
/**
 * The socket has the type of those of TCP, so that one transport serves both: sending, receiving, waiting and
 * closing go by the descriptor. It has no endpoints and no options of TCP.
 *
 * While the server's queue is full it is tried again. The failure has `errc::connect_failed` with the
 * system's error, or why `op` was stopped. Precondition: the path fits into the system's address.
 */
asio::awaitable<failure> connect_local_socket(
    operation& op,
    asio::any_io_executor const& executor,
    std::string const& path,
    std::optional<asio::ip::tcp::socket>& socket
);

} // namespace async_llm::net

#endif
