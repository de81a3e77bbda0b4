// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "async/operation.hpp"

#include "async/exception.hpp"
#include "async/try_post.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

#include <new>
#include <utility>

namespace async_llm::net {
operation::operation(std::shared_ptr<operation_pool> service, std::chrono::milliseconds total)
    : service_(std::move(service)),
      strand_(service_->take_strand()),
      started_(std::chrono::steady_clock::now()),
      clock_(started_, total) {}

// Still armed: the execution context was destroyed beneath the operation.
operation::~operation() {
    disarm();
    service_->give_back(std::move(strand_));
}

void operation::begin_phase(errc if_expired, std::chrono::milliseconds limit) {
    clock_.begin_phase(if_expired, limit, std::chrono::steady_clock::now());
    watch();
}

void operation::end_phase() { clock_.end_phase(); }

void operation::stop(error_code reason) noexcept {
    // The limit of a phase may be forgiven, so it must not hide what comes after it and may not.
    if ((reason_ && !phase_expired_) || finished_) return;
    reason_ = reason;
    phase_expired_ = false;
    // Asio takes the signal to the coroutine's executor, for which it may need memory.
    for (int i = 0; i != max_post_tries; ++i) {
        try {
            return signal_.emit(asio::cancellation_type::terminal);
        } catch (std::bad_alloc const&) {
        }
    }
}

void operation::resume_after_timeout() {
    clock_.end_phase();
    reason_ = error_code();
    phase_expired_ = false;
    watch();
}

std::chrono::steady_clock::duration operation::time_left() const noexcept {
    using steady = std::chrono::steady_clock;
    auto const end = clock_.total_expiry();
    return end == steady::time_point::max() ? steady::duration::max() : end - steady::now();
}

void operation::request_stop(error_code reason) noexcept {
    try_post(strand_, [weak = weak_from_this(), reason] {
        if (auto self = weak.lock()) self->stop(reason);
    });
}

void operation::watch() {
    auto const expiry = clock_.expiry();
    if (expiry < armed_) arm(expiry);
}

void operation::arm(std::chrono::steady_clock::time_point expiry) {
    if (expiry == std::chrono::steady_clock::time_point::max()) return disarm();
    // If that throws, it is not armed at all.
    armed_ = std::chrono::steady_clock::time_point::max();
    service_->watchdog().arm(*this, expiry);
    armed_ = expiry;
}

// In a handler of Asio's it would not be caught, and without its limit the operation might never end.
void operation::arm_or_stop(std::chrono::steady_clock::time_point expiry) noexcept {
    try {
        arm(expiry);
    } catch (...) {
        stop(error_from_exception(std::current_exception()));
    }
}

void operation::disarm() noexcept {
    if (armed_ == std::chrono::steady_clock::time_point::max()) return;
    armed_ = std::chrono::steady_clock::time_point::max();
    service_->watchdog().disarm(*this);
}

void operation::on_watchdog() noexcept {
    auto const now = std::chrono::steady_clock::now();
    if (finished_) return;
    if (!clock_.expired(now)) return arm_or_stop(clock_.expiry());
    auto const expired = clock_.expired_limit(now);
    stop(expired);
    if (expired == errc::deadline_exceeded) return disarm();
    // The limit of the whole operation stays, for one that goes on after all.
    phase_expired_ = reason_ == expired;
    clock_.end_phase();
    arm_or_stop(clock_.expiry());
}

void launch_post(std::shared_ptr<operation> const& op) {
    // From the moment others know of the operation they may stop it, which happens on the strand. So the
    // beginning has to happen there too: a signal that reached the coroutine before its first statement would
    // leave co_spawn as an exception that is not caught, and one that was emitted while the slot is
    // connected would be a race.
    make_sure_of_memory();
    asio::post(op->strand_, [op] { operation::begin(op); });
}

void launch_dispatch(std::shared_ptr<operation> const& op) {
    make_sure_of_memory();
    asio::dispatch(op->strand_, [op] { operation::begin(op); });
}

// Handler that co_spawn calls at the end of the coroutine.
class operation::end_of_run {
public:
    explicit end_of_run(std::shared_ptr<operation> op) noexcept : op_(std::move(op)) {}
    end_of_run(end_of_run&&) noexcept = default;
    end_of_run& operator=(end_of_run&&) = delete;
    // If Asio has no memory to begin a wait, it destroys the coroutine, by a post to the strand, and the
    // exception leaves the loop. The caller is notified all the same. When the execution context is
    // destroyed, the strand is not run.
    ~end_of_run() {
        if (op_ && is_running_here(op_->strand_)) op_->end(std::make_exception_ptr(std::bad_alloc()));
    }

    void operator()(std::exception_ptr failure) {
        auto const op = std::exchange(op_, nullptr);
        op->end(std::move(failure));
    }

private:
    std::shared_ptr<operation> op_;
};

void operation::begin(std::shared_ptr<operation> const& op) noexcept {
    // Asio 1.26 leaves a dangling proxy behind when a signal reaches co_spawn from another executor than the
    // coroutine's own. Hence: the slot given to it is ours and never the user's, it is emitted on this strand
    // alone, and the completion handler has no executor of its own, so that Asio's internal dispatch to the
    // strand runs inline.
    try {
        asio::co_spawn(
            op->strand_,
            op->run(),
            asio::bind_cancellation_slot(op->signal_.slot(), end_of_run(op))
        );
    } catch (...) {
        // No memory for the coroutine. In a handler of Asio's it would not be caught.
        op->end(std::current_exception());
    }
    // The coroutine has run until its first wait, and in most cases into a phase whose limit comes first.
    if (op->finished_) return;
    auto const expiry = op->clock_.expiry();
    if (expiry < op->armed_) op->arm_or_stop(expiry);
}

void operation::end(std::exception_ptr failure) noexcept {
    if (std::exchange(finished_, true)) return;
    disarm();
    finish(std::move(failure));
}

asio::awaitable<void> async_event::wait_until(std::chrono::steady_clock::time_point time) {
    timer_.expires_at(time);
    co_await timer_.async_wait(asio::as_tuple(asio::deferred));
}

} // namespace async_llm::net
