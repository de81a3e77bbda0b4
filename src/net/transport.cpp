// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/transport.hpp"

#include "net/tls/openssl_util.hpp"
#include "net/tls/openssl_version.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include <algorithm>
#include <climits>
#include <utility>

namespace async_llm::net {
namespace {

int clamp(std::size_t size) { return static_cast<int>(std::min<std::size_t>(size, INT_MAX)); }

bool is_message_without_data(OSSL_HANDSHAKE_STATE just_read) noexcept {
    return just_read == TLS_ST_CR_KEY_UPDATE || just_read == TLS_ST_CR_SESSION_TICKET ||
        just_read == TLS_ST_CR_HELLO_REQ;
}

// Not after each call of SSL_read: with read-ahead, one takes in hundreds of such messages, although
// SSL_MODE_AUTO_RETRY is off.
void count_messages(SSL const* ssl, int location, int) {
    if ((location & SSL_CB_LOOP) == 0 || !is_message_without_data(SSL_get_state(ssl))) return;
    auto* const state = static_cast<socket_bio_state*>(BIO_get_data(SSL_get_rbio(ssl)));
    if (++state->messages <= max_messages_without_data) return;
    state->flooded = true;
    // OpenSSL processes nothing that comes after the end: neither what it has read ahead nor what is to come.
    SSL_set_shutdown(const_cast<SSL*>(ssl), SSL_get_shutdown(ssl) | SSL_RECEIVED_SHUTDOWN);
}

bool can_free_buffers() noexcept {
    static bool const result = frees_buffers_safely(OpenSSL_version_num());
    return result;
}

} // namespace

stream::stream(asio::ip::tcp::socket socket) : socket_(std::move(socket)), bio_state_(socket_) {
    error_code ignored;
    socket_.non_blocking(true, ignored);
}

stream::~stream() = default;

error_code stream::start_tls(std::shared_ptr<tls_context const> context, bool offers_http2) {
    context_ = std::move(context);
    ssl_ = context_->make_ssl(offers_http2);
    auto* bio = ssl_ ? make_socket_bio(bio_state_) : nullptr;
    if (!bio) return take_openssl_error();
    SSL_set_bio(ssl_.get(), bio, bio);
    SSL_set_info_callback(ssl_.get(), &count_messages);
    return {};
}

void stream::receive_many_records() {
    if (!ssl_) return;
    bio_state_.buffer = std::make_unique<receive_buffer>();
    SSL_set_read_ahead(ssl_.get(), 0);
}

// Not SSL_get_error: it is right only if the thread's queue of errors was emptied before the
// operation, which, done for each, takes as long as a tenth of the cryptography of a call. This looks at what
// it looks at, except the queue.
step stream::ssl_step(int result) {
    if (result > 0) return step(static_cast<std::size_t>(result));
    if (bio_state_.flooded) {
        ERR_clear_error();
        return step(errc::too_many_tls_messages);
    }
    auto* const bio = SSL_get_rbio(ssl_.get());
    auto const wanted = SSL_want(ssl_.get());
    if (wanted == SSL_READING && BIO_should_read(bio)) return step(readiness::readable);
    if (wanted == SSL_WRITING && BIO_should_write(bio)) return step(readiness::writable);
    // A fatal alert ends the state of a finished handshake too; a close_notify does not.
    if (ended_properly() && SSL_is_init_finished(ssl_.get()))
        return step(asio::error::make_error_code(asio::error::eof));
    bool const silent = ERR_peek_last_error() == 0;
    auto const reported = take_last_openssl_error();
    if (bio_state_.last_error) return step(bio_state_.last_error);
    // OpenSSL 3 reports an end of TCP without close_notify as an error of its own.
    if (bio_state_.eof) return step(asio::ssl::error::make_error_code(asio::ssl::error::stream_truncated));
    return step(silent && ended_properly() ? asio::error::make_error_code(asio::error::eof) : reported);
}

step stream::try_read(void* data, std::size_t size) {
    if (ssl_) {
        auto now = ssl_step(SSL_read(ssl_.get(), data, clamp(size)));
        if (now.n != 0) now.messages = note_progress();
        return now;
    }
    error_code ec;
    auto const n = socket_.receive(asio::buffer(data, size), 0, ec);
    if (would_block(ec)) return step(readiness::readable);
    return ec ? step(ec) : step(n);
}

step stream::try_write(void const* data, std::size_t size) {
    if (ssl_) return ssl_step(SSL_write(ssl_.get(), data, clamp(size)));
    error_code ec;
    auto const n = socket_.send(asio::buffer(data, size), 0, ec);
    if (would_block(ec)) return step(readiness::writable);
    return ec ? step(ec) : step(n);
}

step stream::try_handshake() {
    ERR_clear_error();
    auto const now = ssl_step(SSL_do_handshake(ssl_.get()));
    if (now.n != 0) note_progress();
    return now;
}

/// Begins to count anew; returns how many messages came before.
int stream::note_progress() noexcept {
    bio_state_.bytes = 0;
    return std::exchange(bio_state_.messages, 0);
}

bool stream::has_pending() const noexcept {
    if (!ssl_) return false;
    return SSL_has_pending(ssl_.get()) == 1 || (bio_state_.buffer && !bio_state_.buffer->empty());
}

bool stream::ended_properly() const noexcept {
    // A flood was ended by setting that flag.
    return !ssl_ || (!bio_state_.flooded && (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0);
}

// OpenSSL lays out both of its buffers, 16 KiB each, to read a session ticket, and would keep the one for
// writing until the next request. Refuses, rightly, while there is something in them.
void stream::release_buffers() noexcept {
    if (ssl_ && can_free_buffers()) SSL_free_buffers(ssl_.get());
}

bool stream::probe() {
    char byte = 0;
    error_code ec;
    socket_.receive(asio::buffer(&byte, 1), asio::socket_base::message_peek, ec);
    // Asking OpenSSL would cost a buffer of 16 KiB each time.
    if (!ssl_ || (would_block(ec) && !has_pending())) return would_block(ec);
    // Tickets and a close_notify look alike from outside; this takes in the former and reports the latter.
    auto const now = ssl_step(SSL_peek(ssl_.get(), &byte, 1));
    return now.wait == readiness::readable && !has_pending();
}

void stream::shut_down_tls() noexcept {
    if (!ssl_ || !SSL_is_init_finished(ssl_.get())) return;
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
}

bool stream::tls_resumed() const noexcept { return ssl_ && SSL_session_reused(ssl_.get()) == 1; }

bool stream::is_http2() const noexcept {
    unsigned char const* name = nullptr;
    unsigned int size = 0;
    if (ssl_) SSL_get0_alpn_selected(ssl_.get(), &name, &size);
    return size == 2 && name[0] == 'h' && name[1] == '2';
}

std::string stream::tls_version() const { return ssl_ ? SSL_get_version(ssl_.get()) : ""; }

std::string stream::certificate_problem() const {
    auto const result = ssl_ ? SSL_get_verify_result(ssl_.get()) : X509_V_OK;
    return result == X509_V_OK ? std::string() : X509_verify_cert_error_string(result);
}

asio::awaitable<failure> handshake(operation& op, stream& s, std::string const& host) {
    for (;;) {
        // Before the wait, not after it: the signal may have come when the last phase was over and its
        // coroutine had not gone on yet. It will not come again.
        if (op.stop_reason()) {
            co_return failure(
                op.stop_reason(),
                {},
                phase::tls_handshake,
                "the TLS handshake with " + host + " did not end"
            );
        }
        auto const now = s.try_handshake();
        if (now.wait != readiness::done) {
            co_await s.wait(now.wait);
            continue;
        }
        if (!now.ec) co_return failure();
        auto const problem = s.certificate_problem();
        if (!problem.empty()) {
            co_return failure(
                errc::certificate_rejected,
                now.ec,
                phase::tls_handshake,
                "the certificate of " + host + ": " + problem
            );
        }
        co_return failure(
            errc::tls_handshake_failed,
            now.ec,
            phase::tls_handshake,
            "the TLS handshake with " + host + " failed: " + now.ec.message()
        );
    }
}

} // namespace async_llm::net
