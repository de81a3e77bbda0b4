// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_ASYNC_OPERATION_HPP
#define ASYNC_LLM_ASYNC_OPERATION_HPP

#include "async/operation_pool.hpp"
#include "async/phase_limits.hpp"
#include "policy/call_deadlines.hpp"
#include "policy/deadline_heap.hpp"
#include <async_llm/detail/config.hpp>
#include <async_llm/error.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <exception>
#include <memory>

namespace async_llm::net {

/// Something that runs as a coroutine on a strand of its own, can be stopped from outside, and keeps to its
/// limits.
/**
 * A user's call is one, and so is the making of a connection, which belongs to the pool and not to a call.
 *
 * All members but \ref request_stop are for the strand alone.
 */
class operation : public std::enable_shared_from_this<operation>,
                  public phase_limits,
                  private policy::deadline_entry {
public:
    /// Runs what it is given one after the other; all that happens to an operation happens there.
    using strand_type = asio::any_io_executor;

    /// Runs on the service's executor. `total`: limit of the whole operation from now; zero: none.
    operation(std::shared_ptr<operation_pool> service, std::chrono::milliseconds total);
    operation(operation const&) = delete;
    operation& operator=(operation const&) = delete;
    virtual ~operation();

    strand_type const& strand() const noexcept { return strand_; }

    std::chrono::steady_clock::time_point started() const noexcept { return started_; }

    /// Begins a phase that ends the operation with `if_expired` after `limit` (zero: none).
    void begin_phase(errc if_expired, std::chrono::milliseconds limit) final;

    /// Ends the limit of the present phase.
    void end_phase() final;

    /// Returns the error with which the operation has to end; no error while it may go on.
    /** To be looked at after each wait: a signal that finds nothing waiting is not remembered by Asio. */
    error_code const& stop_reason() const noexcept final { return reason_; }

    /// Ends the operation with this reason, unless it has one already that is final.
    void stop(error_code reason) noexcept;

    /// Returns whether that reason is final. All are but the limit of a phase, which \ref
    /// resume_after_timeout can forgive.
    bool stop_is_final() const noexcept { return reason_ && !phase_expired_; }

    /// Goes on after the limit of a phase has passed. Precondition: not \ref stop_is_final.
    void resume_after_timeout();

    /// Until the limit of the whole operation; `duration::max()`: there is none.
    std::chrono::steady_clock::duration time_left() const noexcept;

    /// Stops the operation from any thread. Without memory for that it does nothing.
    void request_stop(error_code reason) noexcept;

protected:
    /// For operations that it launches on the same executor.
    std::shared_ptr<operation_pool> const& service() const noexcept { return service_; }

    /// Does the work of the operation. `*this` stays until \ref finish has returned.
    virtual asio::awaitable<void> run() = 0;

    /// Called on the strand when \ref run has ended.
    virtual void finish(std::exception_ptr failure) noexcept = 0;

private:
    friend void launch_post(std::shared_ptr<operation> const& op);
    friend void launch_dispatch(std::shared_ptr<operation> const& op);
    friend class net::watchdog;

    class end_of_run;

    static void begin(std::shared_ptr<operation> const& op) noexcept;
    void end(std::exception_ptr failure) noexcept;
    void watch();
    void arm(std::chrono::steady_clock::time_point expiry);
    void arm_or_stop(std::chrono::steady_clock::time_point expiry) noexcept;
    void disarm() noexcept;
    void on_watchdog() noexcept;

    std::shared_ptr<operation_pool> service_;
    strand_type strand_;
    std::chrono::steady_clock::time_point started_;
    policy::call_deadlines clock_;
    asio::cancellation_signal signal_;
    // One time to be woken at for all limits: that it comes too early is found out then, which is far cheaper
    // than to follow each change. `max()`: none; otherwise it may have passed.
    std::chrono::steady_clock::time_point armed_ = std::chrono::steady_clock::time_point::max();
    error_code reason_;
    bool phase_expired_ = false; // which is what the reason is
    bool finished_ = false;
};

/// Runs the operation; it may be stopped already. The only place that spawns a coroutine. From any thread.
void launch_post(std::shared_ptr<operation> const& op);

/// Runs the operation within this call, until it first waits, if this is a thread that runs its executor.
/** For operations that call nothing of the user's but observers before that. */
void launch_dispatch(std::shared_ptr<operation> const& op);

/// Lets a coroutine wait for an event that happens on its own strand, or on another one that posts to it.
class async_event {
public:
    explicit async_event(operation::strand_type const& strand) : timer_(strand) {}

    /// Ends the wait.
    void open() { timer_.cancel(); }

    /// Waits for \ref open, a signal, or this time. May end without a cause: look at the state that counts.
    asio::awaitable<void> wait_until(std::chrono::steady_clock::time_point time);

    /// Waits for \ref open or a signal. May end without a cause: look at the state that counts.
    asio::awaitable<void> wait() { return wait_until(std::chrono::steady_clock::time_point::max()); }

private:
    asio::steady_timer timer_;
};

} // namespace async_llm::net

#endif
