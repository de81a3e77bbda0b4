// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_OPEN_SOCKET_HPP
#define ASYNC_LLM_NET_OPEN_SOCKET_HPP

#include <async_llm/detail/config.hpp>
#include <async_llm/error.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cerrno>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace async_llm::net {

/// Opens a socket that the children of this process do not inherit.
/** Those that Asio opens they do: a child would keep the connection open, and could read it. */
inline error_code open_socket(asio::ip::tcp::socket& socket, asio::ip::tcp const& protocol) {
    error_code ec;
#if defined(SOCK_CLOEXEC)
    int const made = ::socket(protocol.family(), SOCK_STREAM | SOCK_CLOEXEC, protocol.protocol());
    if (made < 0) return error_code(errno, asio::error::get_system_category());
    try {
        socket.assign(protocol, made, ec);
    } catch (...) {
        // Asio had no memory to watch it.
        ::close(made);
        throw;
    }
    if (ec) ::close(made);
#else
    socket.open(protocol, ec);
    // A child that another thread begets in between inherits it; this system has no way to prevent that.
    if (!ec && ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC) != 0)
        ec = error_code(errno, asio::error::get_system_category());
#endif
    return ec;
}

} // namespace async_llm::net

#endif
