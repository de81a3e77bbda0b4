// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TESTING_CLOSE_ON_EXEC_HPP
#define ASYNC_LLM_TESTING_CLOSE_ON_EXEC_HPP

#include <async_llm/detail/config.hpp>
#include <async_llm/error.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cerrno>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace async_llm::testing {

/// Sees to it that the children of this process do not inherit a descriptor.
inline error_code set_close_on_exec(int descriptor) noexcept {
    if (::fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0) return {};
    return error_code(errno, asio::error::get_system_category());
}

/// Opens a listener that they do not inherit. Those that Asio opens they do.
inline error_code open_listener(asio::ip::tcp::acceptor& listener, asio::ip::tcp const& protocol) {
    error_code ec;
#if defined(SOCK_CLOEXEC)
    int const made = ::socket(protocol.family(), SOCK_STREAM | SOCK_CLOEXEC, protocol.protocol());
    if (made < 0) return error_code(errno, asio::error::get_system_category());
    listener.assign(protocol, made, ec);
    if (ec) ::close(made);
#else
    listener.open(protocol, ec);
    if (!ec) ec = set_close_on_exec(listener.native_handle());
#endif
    return ec;
}

/// Takes a connection that waits; `would_block`: there is none. Precondition: the listener is non-blocking.
inline error_code
accept_now(asio::ip::tcp::acceptor& listener, asio::ip::tcp const& protocol, asio::ip::tcp::socket& socket) {
    error_code ec;
#if defined(__linux__) || defined(__FreeBSD__) || defined(__NetBSD__) || defined(__OpenBSD__)
    int const taken = ::accept4(listener.native_handle(), nullptr, nullptr, SOCK_CLOEXEC);
    if (taken < 0) return error_code(errno, asio::error::get_system_category());
    socket.assign(protocol, taken, ec);
    if (ec) ::close(taken);
#else
    static_cast<void>(protocol);
    listener.accept(socket, ec);
    if (!ec) ec = set_close_on_exec(socket.native_handle());
#endif
    return ec;
}

} // namespace async_llm::testing

#endif
