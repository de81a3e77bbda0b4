// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_TRANSPORT_HPP
#define ASYNC_LLM_NET_TRANSPORT_HPP

#include "async/failure.hpp"
#include "async/operation.hpp"
#include "net/byte_stream.hpp"
#include "net/socket_wait.hpp"
#include "net/tls/socket_bio.hpp"
#include "net/tls/tls_context.hpp"
#include <async_llm/detail/config.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <memory>
#include <string>

namespace async_llm::net {

/// A byte stream over TCP, with TLS on it or without.
/**
 * Every step is tried on the non-blocking socket first, and only what would block waits for readiness. So
 * no buffer is tied to a connection that waits, and the same code serves both kinds.
 *
 * Must stay where it is once TLS is on. Thread safety: one user at a time.
 */
class stream final : public byte_stream {
public:
    /// `socket` is connected. Sets it to non-blocking.
    explicit stream(asio::ip::tcp::socket socket);
    stream(stream const&) = delete;
    stream& operator=(stream const&) = delete;
    ~stream();

    /// Puts TLS on the connection. The handshake is to be done by \ref handshake.
    /** `offers_http2`: by ALPN, in front of HTTP/1.1. */
    error_code start_tls(std::shared_ptr<tls_context const> context, bool offers_http2 = false);

    /// Receives many TLS records at a time, for a peer that sends small ones to many. Throws
    /// `std::bad_alloc`.
    void receive_many_records();

    bool is_tls() const noexcept { return ssl_ != nullptr; }

    step try_read(void* data, std::size_t size) override;
    step try_write(void const* data, std::size_t size) override;
    step try_handshake();

    bool has_pending() const noexcept override;

    bool ended_properly() const noexcept override;

    /// Waits for what a step needs, or a signal. To be awaited where it is called.
    /** Its result does not matter: what is wrong with the socket shows at the next step, a signal in \ref
     * operation::stopped. */
    template <class Handler>
    void begin_wait(readiness need, Handler handler) {
        if (need != readiness::turn) release_buffers();
        socket_wait(socket_, need)(std::move(handler));
    }

    asio::ip::tcp::socket::executor_type get_executor() noexcept { return socket_.get_executor(); }

    auto wait(readiness need) {
        if (need != readiness::turn) release_buffers();
        return asio::async_initiate<asio::as_tuple_t<asio::deferred_t> const, void(error_code)>(
            socket_wait(socket_, need),
            asio::as_tuple(asio::deferred)
        );
    }

    /// Ends a wait.
    void end_wait() {
        error_code ignored;
        socket_.cancel(ignored);
    }

    /// A look at an unused connection: false if the peer has closed it or sent what was not asked for.
    /** TLS session tickets are welcome, and are taken in. */
    bool probe();

    /// Notifies a TLS peer that we are done, as far as that goes without waiting.
    void shut_down_tls() noexcept;

    /// Returns whether the handshake was done by a kept session.
    bool tls_resumed() const noexcept;
    /// Returns whether the peer has chosen HTTP/2 in the handshake.
    bool is_http2() const noexcept;
    /// `TLSv1.3` and such; empty without TLS.
    std::string tls_version() const;
    /// Reason why the peer's certificate was not accepted; empty if it was.
    std::string certificate_problem() const;

private:
    step ssl_step(int result);
    int note_progress() noexcept;
    void release_buffers() noexcept;

    asio::ip::tcp::socket socket_;
    std::shared_ptr<tls_context const> context_;
    socket_bio_state bio_state_;
    ssl_ptr ssl_;
};

/// Does the TLS handshake; the failure, if any, has `errc::tls_handshake_failed` or
/// `errc::certificate_rejected`.
asio::awaitable<failure> handshake(operation& op, stream& s, std::string const& host);

} // namespace async_llm::net

#endif
