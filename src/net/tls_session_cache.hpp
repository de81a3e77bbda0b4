// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_TLS_SESSION_CACHE_HPP
#define ASYNC_LLM_NET_TLS_SESSION_CACHE_HPP

#include <openssl/ssl.h>

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>

namespace async_llm::net {

struct free_session {
    void operator()(SSL_SESSION* s) const noexcept { SSL_SESSION_free(s); }
};
using session_ptr = std::unique_ptr<SSL_SESSION, free_session>;

/// The TLS sessions that one server has given us, for cheaper handshakes. Thread safety: all.
class tls_session_cache {
public:
    /// `capacity`: most sessions kept; a server hands out one or two per connection.
    explicit tls_session_cache(std::size_t capacity) : capacity_(capacity) {}

    /// Keeps a session; the oldest gives way.
    void put(session_ptr session);

    /// The newest usable session, or null.
    /**
     * A TLS 1.3 ticket leaves the cache, as it is for one use (RFC 8446, C.4). Of a TLS 1.2 session a copy is given and
     * the original stays: OpenSSL marks the one that was used as not resumable when its connection ends badly.
     */
    session_ptr take();

    std::size_t size() const;

private:
    std::size_t const capacity_;
    mutable std::mutex mutex_;
    std::deque<session_ptr> sessions_;
};

} // namespace async_llm::net

#endif
