// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/servers/tls_peer.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace async_llm::test {
namespace {

// No step of a script waits for longer: a test that goes wrong must end.
constexpr int longest_wait = 30;

void require(bool holds, char const* what) {
    if (!holds) throw std::system_error(errno, std::generic_category(), what);
}

sockaddr* generic(sockaddr_in& address) { return reinterpret_cast<sockaddr*>(&address); }

void bound_waits(int socket) {
    timeval limit{};
    limit.tv_sec = longest_wait;
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    int const on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

// OpenSSL writes with write(): the signal for a client that is gone is not for the test program.
void block_sigpipe() {
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

std::size_t content_length(std::string_view head) {
    constexpr std::string_view name = "Content-Length: ";
    auto const at = head.find(name);
    std::size_t size = 0;
    if (at != std::string_view::npos)
        std::from_chars(head.data() + at + name.size(), head.data() + head.size(), size);
    return size;
}

} // namespace

server_context_ptr make_server_side(testing::tls_identity const& identity) {
    server_context_ptr context(SSL_CTX_new(TLS_server_method()));
    std::unique_ptr<BIO, decltype(&BIO_free)> const chain(
        BIO_new_mem_buf(identity.certificate_chain.data(), -1),
        &BIO_free
    );
    std::unique_ptr<BIO, decltype(&BIO_free)> const key_text(
        BIO_new_mem_buf(identity.private_key.data(), -1),
        &BIO_free
    );
    std::unique_ptr<X509, decltype(&X509_free)> const own(
        PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr),
        &X509_free
    );
    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> const key(
        PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr),
        &EVP_PKEY_free
    );
    require(
        SSL_CTX_use_certificate(context.get(), own.get()) == 1 &&
            SSL_CTX_use_PrivateKey(context.get(), key.get()) == 1,
        "server side"
    );
    while (X509* const between = PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr))
        SSL_CTX_add0_chain_cert(context.get(), between);
    ERR_clear_error();
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    return context;
}

std::string reply_with(std::string_view body) {
    return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

std::string completion_body() {
    return R"({"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,)"
           R"("message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}]})";
}

peer_connection::peer_connection(SSL_CTX* context, int socket) : socket_(socket), ssl_(SSL_new(context)) {
    bound_waits(socket_);
    SSL_set_fd(ssl_, socket_);
    SSL_set_accept_state(ssl_);
}

peer_connection::~peer_connection() {
    SSL_free(ssl_);
    ::close(socket_);
}

bool peer_connection::handshake() { return SSL_do_handshake(ssl_) == 1; }

bool peer_connection::read_request() {
    std::string text;
    std::array<char, 4096> buffer{};
    for (;;) {
        auto const n = SSL_read(ssl_, buffer.data(), static_cast<int>(buffer.size()));
        if (n <= 0) return false;
        text.append(buffer.data(), static_cast<std::size_t>(n));
        auto const end = text.find("\r\n\r\n");
        if (end != std::string::npos && text.size() >= end + 4 + content_length(text)) return true;
    }
}

bool peer_connection::send(std::string_view text) {
    return SSL_write(ssl_, text.data(), static_cast<int>(text.size())) > 0;
}

bool peer_connection::send_raw(std::string_view bytes) {
    while (!bytes.empty()) {
        auto const n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

bool peer_connection::update_key(bool requested) {
    return SSL_key_update(ssl_, requested ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED) == 1 &&
        SSL_do_handshake(ssl_) == 1;
}

bool peer_connection::send_ticket() {
    // OpenSSL takes no notice of it if a ticket can't be sent.
    pollfd state{};
    state.fd = socket_;
    bool const gone = ::poll(&state, 1, 0) > 0;
    return !gone && SSL_new_session_ticket(ssl_) == 1 && SSL_do_handshake(ssl_) == 1;
}

bool peer_connection::request_renegotiation() {
    return SSL_renegotiate_abbreviated(ssl_) == 1 && SSL_do_handshake(ssl_) == 1;
}

std::size_t peer_connection::wait_for_end() {
    std::array<char, 4096> buffer{};
    std::size_t dropped = 0;
    for (;;) {
        auto const n = ::recv(socket_, buffer.data(), buffer.size(), 0);
        if (n <= 0) return dropped;
        dropped += static_cast<std::size_t>(n);
    }
}

void peer_connection::interrupt() noexcept { ::shutdown(socket_, SHUT_RDWR); }

tls_peer::tls_peer(server_context_ptr context, script each)
    : context_(std::move(context)),
      script_(std::move(each)),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    require(::bind(listener_, generic(address), size) == 0 && ::listen(listener_, 64) == 0, "listen");
    require(::getsockname(listener_, generic(address), &size) == 0, "getsockname");
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept(); });
}

tls_peer::~tls_peer() {
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    for (auto& each : connections_) each.interrupt();
    for (auto& each : servers_) each.join();
    ::close(listener_);
}

std::string tls_peer::base_url(std::string const& host) const {
    return "https://" + host + ":" + std::to_string(port_) + "/v1";
}

void tls_peer::accept() {
    block_sigpipe();
    while (!stopping_) {
        int const socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (socket < 0) continue;
        ++accepted_;
        auto& made = connections_.emplace_back(context_.get(), socket);
        servers_.emplace_back([this, &made] {
            script_(made);
            // The client sees the end of the script, and not only that of the test.
            SSL_shutdown(made.native());
            made.interrupt();
            ERR_clear_error();
        });
    }
}

} // namespace async_llm::test
