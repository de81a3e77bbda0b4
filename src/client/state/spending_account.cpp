// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/state/spending_account.hpp"

#include <utility>

namespace async_llm::detail {

spending_share::~spending_share() {
    if (owner_) owner_->release(*this, false);
}

void spending_share::record(policy::attempt_use const& use) noexcept {
    if (!owner_) return;
    bool wakes = false;
    {
        std::lock_guard const lock(owner_->mutex_);
        owner_->ledger_.record(reservation_, use);
        // Those whom nothing is left for need not wait for the end of the call.
        wakes = owner_->advance();
    }
    if (wakes) owner_->wakes_.flush(owner_->mutex_);
}

void spending_share::release() noexcept {
    if (auto const owner = std::exchange(owner_, nullptr)) owner->release(*this, true);
}

std::shared_ptr<spending_account>
spending_account::make(spending_limits const& limits, std::size_t max_waiting) {
    return limits ? std::make_shared<spending_account>(limits, max_waiting) : nullptr;
}

net::failure spending_account::refusal() const {
    return net::failure(errc::spending_limit_reached, {}, phase::limited, explain());
}

bool spending_account::try_reserve(
    net::operation& op,
    std::int64_t expected_tokens,
    int priority,
    spending_share& share,
    net::failure& failed
) {
    auto answer = policy::spending_answer::granted;
    bool is_full = false;
    {
        std::lock_guard const lock(mutex_);
        share.place_ = policy::spending_place(priority, ++arrivals_);
        share.reservation_.expected_tokens = expected_tokens;
        answer = queue_.acquire(share.place_, share.reservation_);
        if (answer == policy::spending_answer::must_wait) is_full = !wait(op, share);
    }
    if (answer == policy::spending_answer::exhausted) {
        failed = refusal();
        return true;
    }
    if (is_full) {
        failed = net::failure(errc::queue_full, {}, phase::limited, "too many calls wait already");
        return true;
    }
    share.owner_ = shared_from_this();
    return answer == policy::spending_answer::granted;
}

/// Has a call wait, with the mutex held. False: too many do. Without effect if there is no memory for it.
bool spending_account::wait(net::operation& op, spending_share& share) {
    if (queue_.is_full()) return false;
    share.waiter_ = std::make_shared<spending_share::waiter>(op);
    try {
        waiters_.emplace(share.place_, share.waiter_);
        queue_.wait(share.place_, share.reservation_);
    } catch (...) {
        waiters_.erase(share.place_);
        share.waiter_.reset();
        throw;
    }
    return true;
}

asio::awaitable<net::failure> spending_account::wait_reserved(net::operation& op, spending_share& share) {
    auto const w = share.waiter_;
    if (!w->is_complete()) co_await w->wait(op);
    // The end of the call gives back what it may have been granted all the same.
    if (auto const& reason = op.stop_reason())
        co_return net::failure(reason, {}, phase::limited, "the request had to wait for a spending limit");
    bool const granted = w->granted;
    share.reservation_ = w->reservation;
    share.waiter_.reset();
    if (granted) co_return net::failure();
    co_return refusal();
}

policy::spending_answer spending_account::try_reserve(std::shared_ptr<spending_share>& share) {
    auto made = std::make_shared<spending_share>();
    std::lock_guard const lock(mutex_);
    auto const answer = ledger_.reserve(made->reservation_);
    if (answer != policy::spending_answer::granted) return answer;
    made->owner_ = shared_from_this();
    share = std::move(made);
    return answer;
}

void spending_account::release(spending_share& share, bool wakes) noexcept {
    {
        std::lock_guard const lock(mutex_);
        // It may have been decided in the moment in which it gave up.
        if (share.waiter_ && queue_.cancel(share.place_))
            waiters_.erase(share.place_);
        else if (share.waiter_)
            share.reservation_ = share.waiter_->reservation;
        share.waiter_.reset();
        ledger_.release(share.reservation_);
        wakes = wakes && advance();
    }
    if (wakes) wakes_.flush(mutex_);
}

bool spending_account::advance() noexcept {
    while (auto const next = queue_.advance()) {
        auto const it = waiters_.find(next->place);
        it->second->granted = next->granted;
        it->second->reservation = next->reservation;
        wakes_.complete(std::move(it->second));
        waiters_.erase(it);
    }
    return !wakes_.empty();
}

std::string spending_account::explain() const {
    std::lock_guard const lock(mutex_);
    return ledger_.explain();
}

spending spending_account::spent() const {
    std::lock_guard const lock(mutex_);
    return policy::to_spending(ledger_.spent());
}

void spending_account::fill(client_stats& stats) const {
    std::lock_guard const lock(mutex_);
    stats.limited += queue_.size();
    stats.reserved = policy::to_spending(ledger_.reserved());
    stats.spent = policy::to_spending(ledger_.spent());
}

} // namespace async_llm::detail
