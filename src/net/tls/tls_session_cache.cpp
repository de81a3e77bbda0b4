// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/tls/tls_session_cache.hpp"

#include <openssl/x509.h>

#include <cstdint>
#include <utility>

namespace async_llm::net {
namespace {

// When a full handshake began, in the place of a pointer: OpenSSL copies that from a session to those that
// descend from it, and there is nothing to be freed. Unsigned, since only differences count.
void* to_pointer(std::time_t time) noexcept {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): it is never followed
    return reinterpret_cast<void*>(static_cast<std::uintptr_t>(time));
}

std::uintptr_t seconds_since(void const* began, std::time_t now) noexcept {
    return static_cast<std::uintptr_t>(now) - reinterpret_cast<std::uintptr_t>(began);
}

int full_handshake_index() {
    static int const index = SSL_SESSION_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

std::int64_t given_at(SSL_SESSION const* session) {
#if OPENSSL_VERSION_NUMBER >= 0x30300000L
    return SSL_SESSION_get_time_ex(session);
#else
    return SSL_SESSION_get_time(session);
#endif
}

bool is_current(SSL_SESSION const* session, std::time_t now) {
    auto const age = static_cast<std::int64_t>(now) - given_at(session);
    return age >= 0 && age < SSL_SESSION_get_timeout(session);
}

bool has_current_certificate(SSL_SESSION* session, std::time_t now) {
    auto const* const certificate = SSL_SESSION_get0_peer(session);
    return certificate && X509_cmp_time(X509_get0_notAfter(certificate), &now) > 0;
}

} // namespace

tls_session_cache::tls_session_cache(std::size_t capacity, std::chrono::seconds max_age, wall_clock clock)
    : capacity_(capacity), max_age_(max_age), clock_(std::move(clock)) {}

void tls_session_cache::note_start(SSL* ssl) const { SSL_set_app_data(ssl, to_pointer(clock_())); }

void tls_session_cache::put(SSL* ssl, SSL_SESSION* session) {
    if (capacity_ == 0) return;
    session_ptr kept(SSL_SESSION_dup(session));
    if (!kept) return;
    auto const index = full_handshake_index();
    bool const descends = SSL_SESSION_get_ex_data(kept.get(), index) != nullptr;
    if (!descends && SSL_SESSION_set_ex_data(kept.get(), index, SSL_get_app_data(ssl)) != 1) return;
    session_ptr oldest; // freed after the lock is released
    std::lock_guard lock(mutex_);
    if (sessions_.size() == capacity_) {
        oldest = std::move(sessions_.front());
        sessions_.pop_front();
    }
    sessions_.push_back(std::move(kept));
}

bool tls_session_cache::usable(SSL_SESSION* session, std::time_t now) const {
    auto const age = seconds_since(SSL_SESSION_get_ex_data(session, full_handshake_index()), now);
    return SSL_SESSION_is_resumable(session) == 1 && is_current(session, now) &&
        age < static_cast<std::uintptr_t>(max_age_.count()) && has_current_certificate(session, now);
}

session_ptr tls_session_cache::take() {
    auto const now = clock_();
    std::lock_guard lock(mutex_);
    while (!sessions_.empty()) {
        if (!usable(sessions_.back().get(), now)) {
            sessions_.pop_back();
            continue;
        }
        if (SSL_SESSION_get_protocol_version(sessions_.back().get()) < TLS1_3_VERSION)
            return session_ptr(SSL_SESSION_dup(sessions_.back().get()));
        auto session = std::move(sessions_.back());
        sessions_.pop_back();
        return session;
    }
    return nullptr;
}

std::size_t tls_session_cache::size() const {
    std::lock_guard lock(mutex_);
    return sessions_.size();
}

} // namespace async_llm::net
