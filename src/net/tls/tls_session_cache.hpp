// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_TLS_TLS_SESSION_CACHE_HPP
#define ASYNC_LLM_NET_TLS_TLS_SESSION_CACHE_HPP

#include <openssl/ssl.h>

#include <chrono>
#include <cstddef>
#include <ctime>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

namespace async_llm::net {

struct free_session {
    void operator()(SSL_SESSION* s) const noexcept { SSL_SESSION_free(s); }
};
using session_ptr = std::unique_ptr<SSL_SESSION, free_session>;

/// The system's time. Injected, so that tests need not wait.
using wall_clock = std::function<std::time_t()>;

/// The TLS sessions that one server has given us, for cheaper handshakes. Thread safety: all.
class tls_session_cache {
public:
    /// `capacity`: most sessions kept; a server hands out one or two per connection.
    /** `max_age`: how long after the full handshake behind it a session is given out; zero: never. */
    tls_session_cache(std::size_t capacity, std::chrono::seconds max_age, wall_clock clock);

    /// Notes on a connection that a handshake of its own would begin now.
    void note_start(SSL* ssl) const;

    /// Keeps a copy of a session that this connection was given; the oldest gives way.
    /**
     * A copy, since the connection goes on using its own: the one that resumes it may be on another thread,
     * and OpenSSL writes to the session it resumes. On a resumed connection, the copy keeps the time of the
     * full handshake behind it.
     */
    void put(SSL* ssl, SSL_SESSION* session);

    /// The newest usable session, or null.
    /**
     * A TLS 1.3 ticket leaves the cache, as it is for one use (RFC 8446, C.4). Of a TLS 1.2 session a copy is
     * given and the original stays: OpenSSL marks the one that was used as not resumable when its connection
     * ends badly.
     *
     * Resuming verifies no certificate, so a session is dropped when the server's certificate has expired.
     */
    session_ptr take();

    std::size_t size() const;

private:
    bool usable(SSL_SESSION* session, std::time_t now) const;

    std::size_t const capacity_;
    std::chrono::seconds const max_age_;
    wall_clock const clock_;
    mutable std::mutex mutex_;
    std::deque<session_ptr> sessions_;
};

} // namespace async_llm::net

#endif
