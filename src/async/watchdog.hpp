// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_ASYNC_WATCHDOG_HPP
#define ASYNC_LLM_ASYNC_WATCHDOG_HPP

#include "async/due_timer.hpp"
#include "policy/deadline_heap.hpp"
#include <async_llm/detail/config.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>

namespace async_llm::net {

class operation;

/// Watches the limits of many operations with one timer, which is armed while one of them has a limit.
/**
 * A timer for each operation would mean two waits per call, each of which ends cancelled, by way of the
 * operation's strand.
 *
 * It knows the operations without keeping them: each is to be disarmed before it ends. Thread safety: all.
 */
class watchdog : public std::enable_shared_from_this<watchdog> {
public:
    /// `executor`: where the operations run.
    explicit watchdog(asio::any_io_executor const& executor);
    watchdog(watchdog const&) = delete;
    watchdog& operator=(watchdog const&) = delete;
    ~watchdog();

    /// Wakes the operation at this time, and not at the one that it had asked for before. Not for
    /// `time_point::max()`.
    /** After an exception it is not woken at all. */
    void arm(operation& op, std::chrono::steady_clock::time_point expiry);

    /// Does not wake the operation; it may be on its way to be woken already.
    void disarm(operation& op) noexcept;

private:
    friend class due_timer;

    struct wake_up;

    void on_due() noexcept;
    void try_later(wake_up const& due, std::chrono::steady_clock::time_point now) noexcept;
    std::optional<wake_up> take_due(std::chrono::steady_clock::time_point now) noexcept;

    // With the mutex held.
    bool move_timer() noexcept;

    std::mutex mutex_;
    // One that is on its way to be woken has the deadline `time_point::max()`.
    policy::deadline_heap entries_;
    // Never later than the earliest entry. If it is too early, that is found out when it fires, and it is
    // moved.
    due_timer timer_;
};

} // namespace async_llm::net

#endif
