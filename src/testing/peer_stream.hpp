// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)
#ifndef ASYNC_LLM_TESTING_PEER_STREAM_HPP
#define ASYNC_LLM_TESTING_PEER_STREAM_HPP

#include <async_llm/detail/config.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace async_llm::testing {

/// Result of a TLS handshake.
struct tls_info {
    tls_info() = default;

    std::string server_name;
    std::string version;
    std::string client_common_name;
    std::string protocol; ///< By ALPN; empty: none was agreed on.
    bool resumed = false;
};

/// The server's end of an accepted connection, with TLS or without.
/**
 * One read and one write may be pending at the same time, as with any Asio stream.
 */
class peer_stream {
public:
    explicit peer_stream(asio::ip::tcp::socket socket);

    asio::ip::tcp::socket& socket() noexcept { return socket_; }
    bool tls() const noexcept { return tls_.has_value(); }

    asio::awaitable<error_code> handshake(asio::ssl::context& context);
    tls_info handshake_result() const;

    asio::awaitable<error_code> write(std::string_view bytes);

    template <class Handler>
    void async_read_some(asio::mutable_buffer buffer, Handler&& handler) {
        if (tls_)
            tls_->async_read_some(buffer, std::forward<Handler>(handler));
        else
            socket_.async_read_some(buffer, std::forward<Handler>(handler));
    }

    /// Sends close_notify without waiting for the peer's; nothing without TLS.
    asio::awaitable<void> send_close_notify();

    void close() noexcept;
    void reset() noexcept; ///< Closes with a TCP reset.

private:
    asio::ip::tcp::socket socket_;
    std::optional<asio::ssl::stream<asio::ip::tcp::socket&>> tls_;
};

} // namespace async_llm::testing

#endif
