// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_ASYNC_WAITER_HPP
#define ASYNC_LLM_ASYNC_WAITER_HPP

#include "async/operation.hpp"
#include <async_llm/detail/config.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>

namespace async_llm::net {

/// Coroutine that waits for the decision of an object which has many such waiters and a mutex.
/**
 * Decisions are made and waiters give up under that mutex: whichever comes second sees the first, so that no
 * grant is lost. A waiter that was stopped and finds itself complete has what it was given.
 */
class waiter {
public:
    /// Waits on the strand of `op`, for one decision.
    explicit waiter(operation const& op)
        : strand_(op.strand()), timer_(strand_, std::chrono::steady_clock::time_point::max()) {}
    waiter(waiter const&) = delete;
    waiter& operator=(waiter const&) = delete;
    ~waiter() = default;

    operation::strand_type const& strand() const noexcept { return strand_; }

    /// Returns whether the decision is there. What was written before it is visible then.
    bool is_complete() const noexcept { return complete_.load(std::memory_order_acquire); }

    /// Waits until it is complete or the operation is stopped. On its strand.
    asio::awaitable<void> wait(operation const& op);

    /// Completes it without a message. The decision must be written before.
    void complete() noexcept { complete_.store(true, std::memory_order_release); }

private:
    friend class wake_queue;

    operation::strand_type strand_;
    asio::steady_timer timer_;
    std::atomic<bool> complete_ = false;
    std::shared_ptr<waiter> next_;
};

/// Waiters that are complete, until there is memory to wake them.
class wake_queue {
public:
    wake_queue() = default;
    wake_queue(wake_queue const&) = delete;
    wake_queue& operator=(wake_queue const&) = delete;
    ~wake_queue();

    /// With the mutex held, as the next.
    bool empty() const noexcept { return !first_; }

    /// Completes a waiter, whose decision is written, and has it woken by \ref flush.
    void complete(std::shared_ptr<waiter> w) noexcept;

    /// Wakes them, the first completed one first, without the mutex. Without memory for that they stay.
    void flush(std::mutex& mutex) noexcept;

private:
    std::shared_ptr<waiter> first_;
    waiter* last_ = nullptr;
};

} // namespace async_llm::net

#endif
