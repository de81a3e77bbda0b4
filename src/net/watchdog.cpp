// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "net/watchdog.hpp"

#include "net/operation.hpp"
#include "net/try_post.hpp"

#include <new>
#include <utility>

namespace async_llm::net {
namespace {

using steady = std::chrono::steady_clock;

constexpr std::chrono::milliseconds retry_interval(10);

} // namespace

/// Of an operation what is needed to wake it without the mutex.
struct watchdog::wake_up {
    explicit wake_up(operation& op) : strand(op.strand()), target(op.weak_from_this()) {}

    operation::strand_type strand;
    std::weak_ptr<operation> target;
};

watchdog::watchdog(asio::any_io_executor const& executor) : timer_(executor) {}

watchdog::~watchdog() = default;

void watchdog::arm(operation& op, steady::time_point expiry) {
    std::lock_guard const lock(mutex_);
    entries_.set(op, expiry);
    try {
        move_timer();
    } catch (...) {
        entries_.remove(op);
        throw;
    }
}

void watchdog::disarm(operation& op) noexcept {
    std::lock_guard const lock(mutex_);
    entries_.remove(op);
    // A wait for nobody would keep the user's loop from running out of work.
    if (!entries_.empty() || armed_ == steady::time_point::max()) return;
    armed_ = steady::time_point::max();
    timer_.cancel();
}

void watchdog::move_timer() {
    auto const next = entries_.earliest();
    if (next >= armed_) return;
    // If the wait can't begin, the next one to be armed begins it.
    armed_ = steady::time_point::max();
    timer_.expires_at(next);
    timer_.async_wait([weak = weak_from_this()](error_code ec) {
        if (ec) return;
        if (auto const self = weak.lock()) self->on_timer();
    });
    armed_ = next;
}

void watchdog::on_timer() noexcept {
    auto const now = steady::now();
    while (auto due = take_due(now)) {
        auto const wake = [target = due->target] {
            if (auto const op = target.lock()) op->on_watchdog();
        };
        if (!try_post(due->strand, wake)) try_later(*due, now);
    }
}

// There is room for it, as it has just been taken out.
void watchdog::try_later(wake_up const& due, steady::time_point now) noexcept {
    auto const op = due.target.lock();
    if (!op) return;
    std::lock_guard const lock(mutex_);
    entries_.set(*op, now + retry_interval);
}

/// Takes out one whose time has come; after the last of them the timer goes on.
std::optional<watchdog::wake_up> watchdog::take_due(steady::time_point now) {
    std::lock_guard const lock(mutex_);
    // Otherwise this was a wait that another thread had replaced when it was over already.
    if (armed_ <= now) armed_ = steady::time_point::max();
    auto* const entry = entries_.pop_due(now);
    // The operation may be about to be destroyed by another thread: then it waits for the mutex, with all of its members
    // still there, and the weak pointer will be of no use.
    if (entry) return wake_up(static_cast<operation&>(*entry));
    try {
        move_timer();
    } catch (std::bad_alloc const&) {
        // The next one to be armed begins the wait. Mostly there is memory: what the wait just over had.
    }
    return std::nullopt;
}

} // namespace async_llm::net
