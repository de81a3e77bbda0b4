// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "async/watchdog.hpp"

#include "async/operation.hpp"
#include "async/try_post.hpp"

#include <new>

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
    if (move_timer()) return;
    entries_.remove(op);
    throw std::bad_alloc();
}

void watchdog::disarm(operation& op) noexcept {
    std::lock_guard const lock(mutex_);
    entries_.remove(op);
    // A wait without an entry would keep the user's loop from running out of work.
    if (entries_.earliest() == due_timer::never)
        timer_.set(*this, due_timer::never);
    else if (timer_.due() == due_timer::never)
        move_timer();
}

/// False: there is no memory for it. The next operation that is armed or disarmed tries again.
bool watchdog::move_timer() noexcept {
    auto const next = entries_.earliest();
    return next >= timer_.due() || timer_.set(*this, next);
}

void watchdog::on_due() noexcept {
    auto const now = steady::now();
    while (auto due = take_due(now)) {
        auto const wake = [target = due->target] {
            if (auto const op = target.lock()) op->on_watchdog();
        };
        if (!try_post(due->strand, wake)) try_later(*due, now);
    }
}

// Unless it was armed anew or disarmed meanwhile, by another thread.
void watchdog::try_later(wake_up const& due, steady::time_point now) noexcept {
    auto const op = due.target.lock();
    if (!op) return;
    std::lock_guard const lock(mutex_);
    if (entries_.deadline_of(*op) == due_timer::never) entries_.set(*op, now + retry_interval);
}

/// Takes one whose time has come; after the last of them the timer goes on.
std::optional<watchdog::wake_up> watchdog::take_due(steady::time_point now) noexcept {
    std::lock_guard const lock(mutex_);
    timer_.note_end(now);
    auto* const entry = entries_.take_due(now);
    // The operation may be about to be destroyed by another thread: then it waits for the mutex, with all of
    // its members still there, and the weak pointer will be of no use.
    if (entry) return wake_up(static_cast<operation&>(*entry));
    move_timer();
    return std::nullopt;
}

} // namespace async_llm::net
