// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_SERVERS_TLS_PEER_HPP
#define ASYNC_LLM_TEST_SUPPORT_SERVERS_TLS_PEER_HPP

#include <async_llm/testing/certificate_authority.hpp>

#include <openssl/ssl.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace async_llm::test {

struct free_server_context {
    void operator()(SSL_CTX* c) const noexcept { SSL_CTX_free(c); }
};
using server_context_ptr = std::unique_ptr<SSL_CTX, free_server_context>;

/// Makes OpenSSL's server side for an identity.
server_context_ptr make_server_side(testing::tls_identity const& identity);

/// Reply of status 200 with this body.
std::string reply_with(std::string_view body);

/// Completion that every test takes for an answer.
std::string completion_body();

/// Connection of a \ref tls_peer, used by its script on its thread. A step returns false once the client is
/// gone.
class peer_connection {
public:
    peer_connection(SSL_CTX* context, int socket);
    ~peer_connection();
    peer_connection(peer_connection const&) = delete;
    peer_connection& operator=(peer_connection const&) = delete;

    SSL* native() const noexcept { return ssl_; }
    bool handshake();
    /// Reads one request with its body.
    bool read_request();
    bool send(std::string_view text);
    /// Sends bytes beneath TLS.
    bool send_raw(std::string_view bytes);
    /// Sends a KeyUpdate (TLS 1.3), with the wish for one in return or without.
    bool update_key(bool requested = false);
    /// Sends a session ticket (TLS 1.3).
    bool send_ticket();
    /// Asks for another handshake (TLS 1.2).
    bool request_renegotiation();
    /// Waits until the client has closed; returns how many bytes it sent, which are dropped.
    std::size_t wait_for_end();
    /// Ends all that waits, from another thread.
    void interrupt() noexcept;

private:
    int socket_;
    SSL* ssl_;
};

/// TLS server of the test, on threads of its own, that sends what no server should.
class tls_peer {
public:
    using script = std::function<void(peer_connection&)>;

    /// Runs `each` for each connection, on its own thread, before the handshake. Listens on 127.0.0.1.
    tls_peer(server_context_ptr context, script each);
    ~tls_peer();
    tls_peer(tls_peer const&) = delete;
    tls_peer& operator=(tls_peer const&) = delete;

    std::uint16_t port() const noexcept { return port_; }
    std::string base_url(std::string const& host = "127.0.0.1") const;
    /// Number of connections it has accepted.
    std::size_t accepted() const noexcept { return accepted_; }

private:
    void accept();

    server_context_ptr context_;
    script script_;
    int listener_;
    std::uint16_t port_ = 0;
    std::atomic<std::size_t> accepted_{0};
    std::atomic<bool> stopping_{false};
    std::list<peer_connection> connections_;
    std::vector<std::thread> servers_;
    std::thread acceptor_;
};

} // namespace async_llm::test

#endif
