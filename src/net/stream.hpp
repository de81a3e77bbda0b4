// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_STREAM_HPP
#define ASYNC_LLM_NET_STREAM_HPP

#include "net/failure.hpp"
#include "net/operation.hpp"
#include "net/socket_bio.hpp"
#include "net/tls_context.hpp"
#include <async_llm/detail/config.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace async_llm::net {

/// What a non-blocking step needs before it can go on.
enum class readiness { done, readable, writable };

/// The outcome of a non-blocking step.
struct step {
    step() = default;
    explicit step(std::size_t bytes) : n(bytes) {}
    explicit step(readiness r) : wait(r) {}
    explicit step(error_code e) : ec(e) {}

    error_code ec;
    std::size_t n = 0;
    readiness wait = readiness::done;
    /// TLS messages that came before the data: they took time as well.
    int messages = 0;
};

/// A byte stream over TCP, with TLS on it or without.
/**
 * Every step is tried on the non-blocking socket at once, and only what would block waits for readiness. So no buffer is
 * tied to a connection that waits, and the same code serves both kinds.
 *
 * Must stay where it is once TLS is on. Thread safety: one user at a time.
 */
class stream {
public:
    /// `socket` is connected. Sets it to non-blocking.
    explicit stream(asio::ip::tcp::socket socket);
    stream(stream const&) = delete;
    stream& operator=(stream const&) = delete;
    ~stream();

    /// Puts TLS on the connection. The handshake is to be done by \ref handshake.
    error_code start_tls(std::shared_ptr<tls_context const> context);

    bool is_tls() const noexcept { return ssl_ != nullptr; }

    /// Fails with `errc::too_many_tls_messages` after too many messages in a row without data.
    step try_read(void* data, std::size_t size);
    step try_write(void const* data, std::size_t size);
    step try_handshake();

    /// Bytes of the peer are here already, although the socket may not be readable.
    bool has_pending() const noexcept;

    /// Was the end of the stream authenticated (or is there no TLS, so that it can't be)?
    bool ended_properly() const noexcept;

    /// Waits until the socket is readable or writable, or a signal. To be awaited where it is called.
    /** What it gives does not matter: what is wrong with the socket shows at the next step, a signal in \ref
     * operation::stopped. */
    auto wait(readiness r) {
        using socket = asio::ip::tcp::socket;
        let_go_of_buffers();
        auto const what = r == readiness::writable ? socket::wait_write : socket::wait_read;
        return socket_.async_wait(what, asio::as_tuple(asio::deferred));
    }

    /// Ends a wait.
    void end_wait() {
        error_code ignored;
        socket_.cancel(ignored);
    }

    /// A look at an unused connection: false if the peer has closed it or sent what nobody asked for.
    /** TLS session tickets are welcome, and are taken in. */
    bool probe();

    /// Tells a TLS peer that we are done, as far as that goes without waiting.
    void say_goodbye() noexcept;

    /// Was the handshake done by a kept session?
    bool tls_resumed() const noexcept;
    /// `TLSv1.3` and such; empty without TLS.
    std::string tls_version() const;
    /// Why the peer's certificate was not accepted; empty if it was.
    std::string certificate_problem() const;

private:
    step ssl_step(int result);
    int note_progress() noexcept;
    void let_go_of_buffers() noexcept;

    asio::ip::tcp::socket socket_;
    std::shared_ptr<tls_context const> context_;
    socket_bio_state bio_state_;
    ssl_ptr ssl_;
};

/// Does the TLS handshake; the failure, if any, has `errc::tls_handshake_failed` or `errc::certificate_rejected`.
asio::awaitable<failure> handshake(operation& op, stream& s, std::string const& host);

/// Writes all of it.
asio::awaitable<error_code> write_all(operation& op, stream& s, std::string_view bytes);

} // namespace async_llm::net

#endif
