// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_SERVERS_TLS_PAIR_HPP
#define ASYNC_LLM_TEST_SUPPORT_SERVERS_TLS_PAIR_HPP

#include "net/tls/tls_context.hpp"
#include "support/servers/tls_peer.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <memory>
#include <utility>

namespace async_llm::test {

/// Client side of the library and OpenSSL's server side, connected through memory.
class tls_pair {
public:
    tls_pair(net::tls_context const& from, SSL_CTX* server)
        : client_(from.make_ssl()), server_(SSL_new(server)) {
        BIO* near = nullptr;
        BIO* far = nullptr;
        BIO_new_bio_pair(&near, 0, &far, 0);
        SSL_set_bio(client_.get(), near, near);
        SSL_set_bio(server_.get(), far, far);
        SSL_set_accept_state(server_.get());
    }
    tls_pair(tls_pair const&) = delete;
    tls_pair& operator=(tls_pair const&) = delete;
    ~tls_pair() { ERR_clear_error(); }

    SSL* client() const noexcept { return client_.get(); }
    SSL* server() const noexcept { return server_.get(); }

    /// Does the handshake; the tickets of TLS 1.3 are not read.
    bool handshake() {
        for (int i = 0; i < 10; ++i) {
            bool const here = SSL_do_handshake(client()) == 1;
            bool const there = SSL_do_handshake(server()) == 1;
            if (here && there) return true;
        }
        return false;
    }

    /// Lets the client read what has come, which has to be nothing but TLS's own messages.
    void read_messages() {
        std::array<char, 1> byte{};
        SSL_read(client(), byte.data(), 1);
    }

    /// Does all of it; was a session resumed?
    bool connect() {
        bool const done = handshake();
        read_messages();
        return done && SSL_session_reused(client()) == 1;
    }

private:
    net::ssl_ptr client_;
    net::ssl_ptr server_;
};

} // namespace async_llm::test

#endif
