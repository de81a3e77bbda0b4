// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// The calls that want a connection, and wait for one.

#include "net/connection_pool.hpp"

#include <utility>

namespace async_llm::net {
namespace {

// The peer may have closed a connection that lay unused. One that comes straight from the handshake is not
// looked at: a peer that closes each connection immediately would be connected to again and again, and the
// call would never fail.
bool fit_for_use(connection& c) { return !c.rested || c.transport.probe(); }

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

bool connection_pool::try_acquire(bool fresh_only, lease& result) {
    auto idle = take_idle(fresh_only);
    if (!idle) return false;
    result = lease(shared_from_this(), std::move(idle));
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

/// One that is idle now; null: there is none.
connection_ptr connection_pool::take_idle(bool fresh_only) {
    connection_ptr taken;
    auto const take = [&](policy::pool_actions& actions) {
        auto const id = core_.try_acquire(fresh_only, std::chrono::steady_clock::now(), actions);
        if (!id) return;
        taken = std::move(connections_.at(*id));
        if (taken->used) ++reused_;
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
        connections_.find(id)->second = std::move(w->granted.connection_);
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

} // namespace async_llm::net
