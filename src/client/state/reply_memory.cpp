// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/state/reply_memory.hpp"

#include <utility>

namespace async_llm::detail {
namespace {

// Shares grow by as much at least, so that few reads take the lock.
constexpr std::size_t granularity = 256u * 1024;

constexpr std::size_t rounded_up(std::size_t bytes) noexcept {
    return (bytes + granularity - 1) / granularity * granularity;
}

} // namespace

void memory_share::release() noexcept {
    if (auto const owner = std::exchange(owner_, nullptr)) owner->release(*this);
    held_ = pending_ = 0;
}

asio::awaitable<void> reply_memory::grow(net::operation& op, memory_share& share, std::size_t bytes) {
    if (bytes <= share.held_) co_return;
    auto const more = rounded_up(bytes - share.held_);
    waiter_ptr wait;
    if (!acquire(op, share, more, wait)) {
        if (!wait->is_complete()) co_await wait->wait(op);
        // Granted in the moment in which it gave up, the share has it all the same.
        if (!wait->is_complete() && cancel(share)) share.pending_ = 0;
    }
    share.held_ += std::exchange(share.pending_, 0);
}

/// False: the share has to wait, by what becomes `wait`.
/** Without effect if there is no memory for that. */
bool reply_memory::acquire(net::operation& op, memory_share& share, std::size_t bytes, waiter_ptr& wait) {
    wait = std::make_shared<net::waiter>(op);
    std::lock_guard const lock(mutex_);
    if (!share.owner_) {
        share.id_ = ++last_id_;
        share.owner_ = shared_from_this();
    }
    auto const place = waiters_.emplace(share.id_, wait).first;
    try {
        bool const granted = core_.acquire(share.id_, bytes);
        share.pending_ = bytes;
        if (granted) waiters_.erase(place);
        return granted;
    } catch (...) {
        waiters_.erase(place);
        throw;
    }
}

bool reply_memory::cancel(memory_share const& share) noexcept {
    bool cancelled = false;
    bool wakes = false;
    {
        std::lock_guard const lock(mutex_);
        cancelled = core_.cancel(share.id_);
        if (cancelled) {
            waiters_.erase(share.id_);
            wakes = grant();
        }
    }
    if (wakes) wakes_.flush(mutex_);
    return cancelled;
}

void reply_memory::shrink(memory_share& share, std::size_t bytes) noexcept {
    auto const kept = bytes > memory_share::uncounted ? rounded_up(bytes) : 0;
    if (share.held_ <= kept) return;
    bool wakes = false;
    {
        std::lock_guard const lock(mutex_);
        core_.give_back(share.id_, share.held_ - kept);
        wakes = grant();
    }
    share.held_ = kept;
    if (wakes) wakes_.flush(mutex_);
}

void reply_memory::release(memory_share const& share) noexcept {
    bool wakes = false;
    {
        std::lock_guard const lock(mutex_);
        bool const cancelled = core_.cancel(share.id_);
        if (cancelled) waiters_.erase(share.id_);
        core_.release(share.id_, share.held_ + (cancelled ? 0 : share.pending_));
        wakes = grant();
    }
    if (wakes) wakes_.flush(mutex_);
}

bool reply_memory::grant() noexcept {
    while (auto const id = core_.grant_next()) wakes_.complete(std::move(waiters_.extract(id).mapped()));
    return !wakes_.empty();
}

void reply_memory::fill(client_stats& stats) const {
    std::lock_guard const lock(mutex_);
    stats.reply_memory = core_.held();
    stats.waiting_for_memory = core_.waiting();
}

} // namespace async_llm::detail
