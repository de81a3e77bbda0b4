// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "async/waiter.hpp"

#include "async/try_post.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>

#include <utility>

namespace async_llm::net {

asio::awaitable<void> waiter::wait(operation const& op) {
    while (!is_complete() && !op.stop_reason()) co_await timer_.async_wait(asio::as_tuple(asio::deferred));
}

// One after the other: the links of a long list would be destroyed by as deep a recursion.
wake_queue::~wake_queue() {
    while (first_) first_ = std::move(first_->next_);
}

void wake_queue::complete(std::shared_ptr<waiter> w) noexcept {
    w->complete();
    auto* const added = w.get();
    (first_ ? last_->next_ : first_) = std::move(w);
    last_ = added;
}

void wake_queue::flush(std::mutex& mutex) noexcept {
    std::shared_ptr<waiter> list;
    waiter* last = nullptr;
    {
        std::lock_guard const lock(mutex);
        list = std::move(first_);
        last = last_;
    }
    while (list && try_post(list->strand_, [w = list] { w->timer_.cancel(); })) list = std::move(list->next_);
    if (!list) return;
    std::lock_guard const lock(mutex);
    if (first_)
        last->next_ = std::move(first_);
    else
        last_ = last;
    first_ = std::move(list);
}

} // namespace async_llm::net
