// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "net/operation.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace async_llm::net {
operation::operation(std::shared_ptr<operation_service> service, std::chrono::milliseconds total)
    : service_(std::move(service)),
      strand_(service_->take_strand()),
      started_(std::chrono::steady_clock::now()),
      clock_(started_, total) {}

// Still armed: the execution context was destroyed beneath the operation.
operation::~operation() {
    disarm();
    service_->give_back(std::move(strand_));
}

void operation::enter(errc if_expired, std::chrono::milliseconds limit) {
    clock_.enter(if_expired, limit, std::chrono::steady_clock::now());
    watch();
}

void operation::leave() { clock_.leave(); }

void operation::stop(error_code reason) {
    // The limit of a phase may be forgiven, so it must not hide what comes after it and may not.
    if ((reason_ && !phase_expired_) || finished_) return;
    reason_ = reason;
    phase_expired_ = false;
    signal_.emit(asio::cancellation_type::terminal);
}

void operation::go_on() {
    clock_.leave();
    reason_ = error_code();
    phase_expired_ = false;
    watch();
}

std::chrono::steady_clock::duration operation::time_left() const noexcept {
    using steady = std::chrono::steady_clock;
    auto const end = clock_.total_expiry();
    return end == steady::time_point::max() ? steady::duration::max() : end - steady::now();
}

void operation::request_stop(error_code reason) {
    asio::post(strand_, [weak = weak_from_this(), reason] {
        if (auto self = weak.lock()) self->stop(reason);
    });
}

void operation::watch() {
    auto const expiry = clock_.expiry();
    if (expiry < armed_) arm(expiry);
}

void operation::arm(std::chrono::steady_clock::time_point expiry) {
    if (expiry == std::chrono::steady_clock::time_point::max()) return disarm();
    armed_ = expiry;
    service_->watchdog().arm(*this, expiry);
}

void operation::disarm() noexcept {
    if (armed_ == std::chrono::steady_clock::time_point::max()) return;
    armed_ = std::chrono::steady_clock::time_point::max();
    service_->watchdog().disarm(*this);
}

void operation::on_watchdog() {
    auto const now = std::chrono::steady_clock::now();
    if (finished_) return;
    if (!clock_.expired(now)) return arm(clock_.expiry());
    auto const verdict = clock_.verdict(now);
    stop(verdict);
    if (verdict == errc::deadline_exceeded) return;
    // The limit of the whole operation stays, for one that goes on after all.
    phase_expired_ = reason_ == verdict;
    clock_.leave();
    arm(clock_.expiry());
}

void launch(std::shared_ptr<operation> const& op) {
    // From the moment others know of the operation they may stop it, which happens on the strand. So the beginning has to
    // happen there too: a signal that reached the coroutine before its first statement would leave co_spawn as an
    // exception that nobody catches, and one that was emitted while the slot is connected would be a race.
    asio::post(op->strand_, [op] { operation::begin(op); });
}

void launch_at_once(std::shared_ptr<operation> const& op) {
    asio::dispatch(op->strand_, [op] { operation::begin(op); });
}

void operation::begin(std::shared_ptr<operation> const& op) {
    // Asio 1.26 leaves a dangling proxy behind when a signal reaches co_spawn from another executor than the
    // coroutine's own. Hence: the slot given to it is ours and never the user's, it is emitted on this strand alone, and
    // the completion handler has no executor of its own, so that Asio's internal dispatch to the strand runs inline.
    asio::co_spawn(
        op->strand_,
        op->run(),
        asio::bind_cancellation_slot(
            op->signal_.slot(),
            [op](std::exception_ptr failure) {
                op->finished_ = true;
                op->disarm();
                op->finish(std::move(failure));
            }
        )
    );
    // The coroutine has run until its first wait, and in most cases into a phase whose limit comes first.
    if (!op->finished_) op->watch();
}

asio::awaitable<void> gate::wait_until(std::chrono::steady_clock::time_point time) {
    timer_.expires_at(time);
    co_await timer_.async_wait(asio::as_tuple(asio::deferred));
}

} // namespace async_llm::net
