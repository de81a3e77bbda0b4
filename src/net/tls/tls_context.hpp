// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_TLS_TLS_CONTEXT_HPP
#define ASYNC_LLM_NET_TLS_TLS_CONTEXT_HPP

#include "net/tls/tls_session_cache.hpp"
#include <async_llm/client_config.hpp>
#include <async_llm/detail/config.hpp>

#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <string>

namespace async_llm::net {

struct free_ssl {
    void operator()(SSL* ssl) const noexcept;
};
using ssl_ptr = std::unique_ptr<SSL, free_ssl>;

/// Configuration of all TLS connections of one client: trust, host name, sessions.
/** Must stay where it is: OpenSSL's callbacks point to it. Thread safety: all but construction. */
class tls_context {
public:
    /// `host`: the name or address that the certificate must be for.
    /**
     * Throws `boost::system::system_error` with OpenSSL's error and the name of the field, if a certificate
     * or key can't be read.
     */
    tls_context(
        tls_config const& config,
        std::string host,
        bool host_is_address,
        std::size_t session_capacity,
        wall_clock clock = [] { return std::time(nullptr); }
    );
    tls_context(tls_context const&) = delete;
    tls_context& operator=(tls_context const&) = delete;

    /// A client side for one connection, with verification, SNI and (where there is one) a session set up.
    /** Null if OpenSSL has no memory. The BIO is not set. `offers_http2`: by ALPN, in front of HTTP/1.1. */
    ssl_ptr make_ssl(bool offers_http2 = false) const;

    std::string const& host() const noexcept { return host_; }

private:
    static int on_new_session(SSL* ssl, SSL_SESSION* session);

    void trust(tls_config const& config);
    void identify(tls_config const& config);

    struct free_context {
        void operator()(SSL_CTX* c) const noexcept { SSL_CTX_free(c); }
    };

    std::string host_;
    bool host_is_address_;
    mutable tls_session_cache sessions_;
    std::unique_ptr<SSL_CTX, free_context> context_;
};

} // namespace async_llm::net

#endif
