// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "net/tls_session_cache.hpp"

#include <ctime>

namespace async_llm::net {
namespace {

bool usable(SSL_SESSION const* session) {
    auto const age = static_cast<long>(std::time(nullptr)) - SSL_SESSION_get_time(session);
    return SSL_SESSION_is_resumable(session) == 1 && age >= 0 && age < SSL_SESSION_get_timeout(session);
}

} // namespace

void tls_session_cache::put(session_ptr session) {
    session_ptr oldest; // freed after the lock is released
    std::lock_guard lock(mutex_);
    if (capacity_ == 0) return;
    if (sessions_.size() == capacity_) {
        oldest = std::move(sessions_.front());
        sessions_.pop_front();
    }
    sessions_.push_back(std::move(session));
}

session_ptr tls_session_cache::take() {
    std::lock_guard lock(mutex_);
    while (!sessions_.empty()) {
        if (!usable(sessions_.back().get())) {
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
