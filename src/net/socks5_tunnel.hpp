// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_SOCKS5_TUNNEL_HPP
#define ASYNC_LLM_NET_SOCKS5_TUNNEL_HPP

#include "async/failure.hpp"
#include "async/operation.hpp"
#include "net/socks5_handshake.hpp"
#include "net/transport.hpp"

#include <boost/asio/awaitable.hpp>

namespace async_llm::net {

/// Carries a handshake out over a connection to the proxy.
/** The failure, if any, has `errc::proxy_failed` or why `op` was stopped. */
asio::awaitable<failure> open_socks5_tunnel(operation& op, stream& transport, socks5_handshake& handshake);

} // namespace async_llm::net

#endif
