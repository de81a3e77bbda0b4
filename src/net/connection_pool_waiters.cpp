// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// The calls that want a connection, and the operations that have some made ahead of time, and wait for these.

#include "net/connection_pool.hpp"

#include <utility>

namespace async_llm::net {
namespace {

// The peer may have closed a connection that lay unused. One that comes straight from the handshake is not
// looked at: a peer that closes each connection immediately would be connected to again and again, and the
// call would never fail.
bool fit_for_use(connection& c) {
    if (c.shared) return c.shared->probe();
    return !c.rested || c.transport.probe();
}

} // namespace

// Guard of a coroutine that waits, which may end by an exception or be destroyed.
class connection_pool::place {
public:
    place(connection_pool& pool, waiter_ptr w) : pool_(pool), waiter_(std::move(w)) {}
    place(place const&) = delete;
    place& operator=(place const&) = delete;
    ~place() {
        if (!left_) pool_.withdraw(*waiter_);
    }

    void move_to(waiter_ptr w) noexcept { waiter_ = std::move(w); }

    void note_left() noexcept { left_ = true; }

private:
    connection_pool& pool_;
    waiter_ptr waiter_;
    bool left_ = false;
};

// Guard of a coroutine that waits for reserved connections.
class connection_pool::reserve_place {
public:
    reserve_place(connection_pool& pool, waiter_ptr w) : pool_(pool), waiter_(std::move(w)) {}
    reserve_place(reserve_place const&) = delete;
    reserve_place& operator=(reserve_place const&) = delete;
    ~reserve_place() {
        if (waiter_->is_complete()) return;
        if (is_running_here(waiter_->strand())) {
            pool_.cancel_reserve(*waiter_);
        } else {
            // The execution context is on its way out, so that nothing is ended.
            std::lock_guard const lock(pool_.mutex_);
            pool_.remove_reserver(*waiter_);
        }
    }

private:
    connection_pool& pool_;
    waiter_ptr waiter_;
};

bool connection_pool::try_acquire(bool fresh_only, lease& result) {
    auto taken = take_free(fresh_only);
    if (!taken) return false;
    result = lease(shared_from_this(), std::move(taken));
    return fit_for_use(*result);
}

asio::awaitable<failure> connection_pool::acquire(operation& op, bool fresh_only, lease& result) {
    auto w = std::make_shared<waiter>(op);
    place queued(*this, w);
    if (result) {
        w->granted = std::move(result);
        put_back(w, fresh_only);
    } else {
        enqueue(w, fresh_only);
    }
    for (;;) {
        if (!w->is_complete()) co_await w->wait(op);
        bool const gave_up = !w->is_complete() && give_up(*w);
        if (w->is_complete() && w->granted && fit_for_use(*w->granted)) break;
        if (gave_up || !w->granted) {
            queued.note_left();
            if (!op.stop_reason()) co_return std::move(w->reason);
            auto const cause = w->reason ? w->reason->cause : error_code();
            co_return failure(op.stop_reason(), cause, phase::queued, "no connection came free");
        }
        // Another one, as the message to this one may still be on its way.
        auto next = std::make_shared<waiter>(op);
        next->granted = std::move(w->granted);
        w = std::move(next);
        queued.move_to(w);
        put_back(w, fresh_only);
    }
    queued.note_left();
    result = std::move(w->granted);
    co_return failure();
}

/// One that is free now; null: there is none.
connection_ptr connection_pool::take_free(bool fresh_only) {
    connection_ptr taken;
    auto const take = [&](policy::pool_actions& actions) {
        auto const id = core_.try_acquire(fresh_only, std::chrono::steady_clock::now(), actions);
        if (!id) return;
        taken = lend(*id);
    };
    handle(take);
    return taken;
}

void connection_pool::enqueue(waiter_ptr const& w, bool fresh_only) {
    auto answer = policy::acquire_result::pending;
    auto const ask = [&](policy::pool_actions& actions) {
        let_in(w);
        try {
            answer = core_.acquire(w->id, fresh_only, std::chrono::steady_clock::now(), actions);
        } catch (...) {
            waiters_.erase(w->id);
            throw;
        }
        if (answer != policy::acquire_result::pending) waiters_.erase(w->id);
    };
    handle(ask);
    if (answer == policy::acquire_result::pending) return;
    w->reason = answer == policy::acquire_result::refused_closed
        ? closed()
        : failure(errc::queue_full, {}, phase::queued, "too many calls wait already");
    w->complete();
}

// Its connection turned out to be dead. It waits in the place that it had when it was given this, whether it
// had to wait then or not.
void connection_pool::put_back(waiter_ptr const& w, bool fresh_only) {
    handle([&](policy::pool_actions& actions) {
        let_in(w);
        auto const id = w->granted->id;
        note_left(*w->granted);
        w->granted.connection_.reset();
        core_.probe_failed(w->id, id, fresh_only, std::chrono::steady_clock::now(), actions);
    });
}

// From now on, what is decided about it finds it.
void connection_pool::let_in(waiter_ptr const& w) {
    if (w->id == 0) w->id = next_waiter_++;
    waiters_.emplace(w->id, w);
}

// False: it is complete meanwhile. If that is decided but not done, what it would have had finds no waiter.
bool connection_pool::give_up(waiter const& w) noexcept {
    bool gone = false;
    handle([&](policy::pool_actions& actions) {
        core_.cancel(w.id, actions);
        waiters_.erase(w.id);
        gone = !w.is_complete();
    });
    return gone;
}

// Its coroutine has not come to its end.
void connection_pool::withdraw(waiter& w) noexcept {
    if (is_running_here(w.strand())) {
        give_up(w);
        if (w.granted) w.granted.release(true);
        return;
    }
    // The execution context is on its way out, so that nothing is resumed or begun.
    std::lock_guard const lock(mutex_);
    policy::pool_actions ignored;
    core_.cancel(w.id, ignored);
    waiters_.erase(w.id);
}

// -------------------------------------------------------------------------------------- reserved connections

asio::awaitable<failure> connection_pool::reserve(operation& op, std::size_t connections) {
    auto const w = std::make_shared<waiter>(op);
    reserve_place const reserved(*this, w);
    if (!begin_reserve(w, connections)) co_return closed();
    if (!w->is_complete()) co_await w->wait(op);
    if (w->is_complete()) co_return std::move(w->reason);
    co_return failure(op.stop_reason(), {}, phase::queued, "not all connections were made");
}

// False: the pool is closed.
bool connection_pool::begin_reserve(waiter_ptr const& w, std::size_t connections) {
    bool begun = false;
    handle([&](policy::pool_actions& actions) {
        if (core_.closed()) return;
        reservers_.push_back(w);
        core_.reserve(connections, std::chrono::steady_clock::now(), actions);
        begun = true;
    });
    return begun;
}

// With the last operation that waits for them, the connections in the making are not needed.
void connection_pool::cancel_reserve(waiter const& w) noexcept {
    handle([&](policy::pool_actions& actions) {
        remove_reserver(w);
        if (reservers_.empty()) core_.cancel_reserve(actions);
    });
}

void connection_pool::remove_reserver(waiter const& w) noexcept {
    std::erase_if(reservers_, [&w](auto const& each) { return each.get() == &w; });
}

void connection_pool::complete_reservers(connect_end const* about) noexcept {
    using kind = policy::pool_action_kind;
    for (auto& each : reservers_) {
        if (core_.closed())
            each->reason = failure_of(policy::pool_action(kind::fail_waiter), nullptr);
        else if (about && about->reason)
            each->reason = failure_of(policy::pool_action(kind::fail_waiter, about->id), about);
        wakes_.complete(std::move(each));
    }
    reservers_.clear();
}

} // namespace async_llm::net
