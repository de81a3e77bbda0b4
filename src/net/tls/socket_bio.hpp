// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_TLS_SOCKET_BIO_HPP
#define ASYNC_LLM_NET_TLS_SOCKET_BIO_HPP

#include <async_llm/detail/config.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <openssl/bio.h>

#include <array>
#include <cstddef>
#include <memory>

namespace async_llm::net {

/// Returns whether it is no failure, but a reason to wait.
inline bool would_block(error_code const& ec) {
    return ec == asio::error::would_block || ec == asio::error::try_again;
}

/// Bytes that were received, and are still to be taken.
struct receive_buffer {
    receive_buffer() = default;

    bool empty() const noexcept { return begin == end; }

    std::array<char, 16 * 1024> bytes;
    std::size_t begin = 0;
    std::size_t end = 0;
};

/// State of an OpenSSL BIO over a non-blocking Asio socket. Must stay where it is while the BIO
/// lives.
/**
 * OpenSSL's own socket BIO writes with `write()`, which raises SIGPIPE in a host process that never asked for
 * it; Asio's `send` does not. It also forgets which error ended it.
 */
struct socket_bio_state {
    explicit socket_bio_state(asio::ip::tcp::socket& s) : socket(&s) {}

    asio::ip::tcp::socket* socket;
    /// The last error of the socket that was more than "would block".
    error_code last_error;
    /// The peer has ended its side of the TCP connection.
    bool eof = false;
    /// TLS messages (key updates, tickets, requests to renegotiate) since the last progress.
    int messages = 0;
    /// Bytes received since the last progress, which is application data or the end of a handshake.
    std::size_t bytes = 0;
    /// One of the two was too much: nothing more is received.
    bool flooded = false;
    /// Receives many records at a time. Null: OpenSSL's own buffer does.
    /** OpenSSL moves what is left of its buffer for each record that it takes out. */
    std::unique_ptr<receive_buffer> buffer;
};

/// Most TLS messages without application data among them; servers send two or four tickets.
constexpr int max_messages_without_data = 32;

/// Most bytes without progress; a handshake with the largest certificates that OpenSSL takes needs less.
constexpr std::size_t max_bytes_without_progress = 256u * 1024;

/// A new BIO, to be given to an SSL; null if OpenSSL has no memory.
BIO* make_socket_bio(socket_bio_state& state);

} // namespace async_llm::net

#endif
