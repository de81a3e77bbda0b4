// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/bulk/bulk_engine.hpp"

#include "async/exception.hpp"
#include "async/try_post.hpp"
#include <async_llm/error.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

#include <utility>

namespace async_llm::detail {

bulk_engine::bulk_engine(
    std::shared_ptr<client_state> impl,
    asio::any_io_executor runs_on,
    spending_limits const& caps
)
    : operation(impl->service_for(runs_on), std::chrono::milliseconds(0)),
      impl_(std::move(impl)),
      runs_on_(std::move(runs_on)),
      spending_(spending_account::make(caps)),
      news_(strand()) {}

void bulk_engine::begin_once() {
    if (begun_) return;
    begun_ = true;
    registration_.begin_run(*impl_, weak_from_this());
    net::launch_post(shared_from_this());
}

void bulk_engine::cancel() {
    // Immediately, so that nothing of the user's is called any more if this thread runs the strand.
    cancelled_ = true;
    net::try_post(strand(), [weak = weak_from_this()] {
        if (auto const self = std::static_pointer_cast<bulk_engine>(weak.lock())) self->on_cancel();
    });
}

asio::awaitable<void> bulk_engine::run() {
    handler_cycle_breaker<bulk_engine> parting(weak_from_this());
    try {
        co_await work();
    } catch (...) {
        parting.ended();
        throw;
    }
    parting.ended();
}

/// Supplies requests, and waits until each call has ended.
asio::awaitable<void> bulk_engine::work() {
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await begin_work();
    try {
        co_await supply();
    } catch (...) {
        end(error_code(), "the source threw", std::current_exception());
    }
    while (!calls_.empty()) co_await news_.wait();
    co_await end_work();
}

asio::awaitable<void> bulk_engine::begin_work() { co_return; }

asio::awaitable<void> bulk_engine::end_work() { co_return; }

asio::awaitable<void> bulk_engine::supply() {
    while (going() && !draining_) {
        if (!has_room()) {
            co_await news_.wait();
            continue;
        }
        bool is_there = false;
        if (must_await_next())
            is_there = co_await await_next();
        else
            is_there = take_next();
        if (!is_there) co_return;
        std::shared_ptr<spending_share> share;
        while (going() && !draining_ && !try_reserve(share)) co_await news_.wait();
        if (going() && !draining_) start_next_call(std::move(share));
    }
}

/// Reserves for a call. False: another has to end first. Stops the run if it fits no more.
bool bulk_engine::try_reserve(std::shared_ptr<spending_share>& share) {
    if (!spending_) return true;
    auto const answer = spending_->try_reserve(share);
    if (answer == policy::spending_answer::granted) return true;
    // The second call of a hedge may be left, whose end is not reported.
    if (answer == policy::spending_answer::must_wait && !calls_.empty()) return false;
    stop_starting(errc::spending_limit_reached, spending_->explain());
    return true;
}

void bulk_engine::finish(std::exception_ptr exception) noexcept {
    if (exception) end(error_code(), "the run failed", std::move(exception));
    // Calls are left only if an exception has cut the coroutine off.
    cancel_calls();
    ended_ = true;
    ec_ = stop_reason();
    if (cancelled_ && !ec_) ec_ = asio::error::operation_aborted;
    if (ec_ == errc::client_closed) explain_end("the client is closed", nullptr);
    if (ec_ == asio::error::operation_aborted) explain_end("the run was cancelled", nullptr);
    registration_.end(true);
    finish_work();
}

void bulk_engine::end(error_code ec, std::string_view detail, std::exception_ptr exception) noexcept {
    if (!going()) return;
    if (exception) ec = net::error_from_exception(exception);
    explain_end(detail, std::move(exception));
    stop(ec);
    cancel_calls();
}

void bulk_engine::stop_starting(error_code ec, std::string_view detail) noexcept {
    if (!going()) return;
    explain_end(detail, nullptr);
    stop(ec);
}

void bulk_engine::drain() noexcept {
    draining_ = true;
    news_.open();
}

void bulk_engine::on_cancel() {
    if (ended_) return;
    explain_end("the run was cancelled", nullptr);
    stop(asio::error::operation_aborted);
    // Also if the run is ending already, but patiently.
    cancel_calls();
}

void bulk_engine::cancel_calls() {
    for (auto& each : calls_) each.cancel.emit(asio::cancellation_type::terminal);
}

} // namespace async_llm::detail
