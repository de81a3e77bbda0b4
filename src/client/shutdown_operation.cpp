// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/shutdown_operation.hpp"

#include "async/exception.hpp"
#include "async/try_post.hpp"
#include <async_llm/error.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

namespace async_llm::detail {

void shutdown_operation::start(std::shared_ptr<shutdown_operation> const& op) {
    op->impl_->begin_shutdown(op);
    try {
        op->handler_.forward_cancellation(op);
        net::launch_post(op);
    } catch (...) {
        // It has not begun, so the client stays as it was, or as another thread has left it.
        op->impl_->undo_shutdown();
        throw;
    }
}

void shutdown_operation::notify() noexcept {
    net::try_post(strand(), [weak = weak_from_this()] {
        if (auto const self = std::static_pointer_cast<shutdown_operation>(weak.lock())) self->news_.open();
    });
}

asio::awaitable<void> shutdown_operation::run() {
    co_await asio::this_coro::throw_if_cancelled(false);
    auto const end = policy::limit_expiry(started(), drain_);
    bool forced = drain_.count() <= 0 && !impl_->calls_ended();
    while (!forced && !impl_->calls_ended() && !stop_reason()) {
        co_await news_.wait_until(end);
        forced = std::chrono::steady_clock::now() >= end && !impl_->calls_ended();
    }
    if (!stop_reason()) impl_->end_all();
    while (!impl_->ended() && !stop_reason()) co_await news_.wait();
    ec_ = forced ? error_code(errc::deadline_exceeded) : error_code();
    if (stop_reason()) ec_ = stop_reason();
}

void shutdown_operation::finish(std::exception_ptr exception) noexcept {
    if (exception) ec_ = net::error_from_exception(exception);
    handler_.complete(ec_);
}

} // namespace async_llm::detail
