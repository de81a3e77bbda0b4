// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/pool_core.hpp"

#include <algorithm>
#include <limits>
#include <new>
#include <utility>

namespace async_llm::policy {

namespace {

constexpr std::size_t max_reserved = 64;

// Actions of an event besides those of connections that expired, unless there is memory for more.
constexpr std::size_t most_after_expiry = 3;

bool has_room_for(pool_actions& actions, std::size_t more) noexcept {
    if (actions.capacity() - actions.size() >= more) return true;
    try {
        actions.reserve(std::max(2 * actions.capacity(), actions.size() + more));
        return true;
    } catch (std::bad_alloc const&) {
        return false;
    }
}

// Earlier by a tenth at most, so that connections made in one burst do not all have to be made again at one
// moment.
time_point age_expiry(time_point start, std::chrono::milliseconds limit, double random01) {
    auto const latest = limit_expiry(start, limit);
    if (latest == time_point::max()) return latest;
    return latest - std::chrono::duration_cast<duration>((latest - start) * (random01 / 10));
}

} // namespace

pool_core::pool_core(pool_limits limits, std::function<double()> random01)
    : limits_(limits),
      allowance_(limits_.first_connecting, limits_.max_connecting),
      random01_(std::move(random01)),
      expected_(std::min(limits_.first_capacity, connection_slots::most_capacity)),
      slots_(limits_.idle_timeout) {
    // So that the first ones can always be begun: those who wait then have something to wait for.
    connecting_.reserve(std::min(allowance_.value(), max_reserved));
}

std::optional<connection_id> pool_core::try_acquire(bool fresh_only, time_point now, pool_actions& actions) {
    // Those who wait for want of memory come first.
    if (closed_ || serve_again_at_ != time_point::max()) return std::nullopt;
    expire(now, actions);
    // If there is one, no waiter wants it.
    auto const it = slots_.next(fresh_only, now);
    if (it == slots_.none()) return std::nullopt;
    slots_.take(it, next_ticket_++);
    return it->first;
}

acquire_result pool_core::acquire(waiter_id waiter, bool fresh_only, time_point now, pool_actions& actions) {
    if (closed_) return acquire_result::refused_closed;
    expire(now, actions);
    // A slot that the waiter could take means that no other waiter wants it.
    bool const queue_full = limits_.max_waiters != 0 && waiting() >= limits_.max_waiters;
    if (queue_full && slots_.next(fresh_only, now) == slots_.none()) return acquire_result::refused_full;
    enqueue(waiter, fresh_only, next_ticket_++);
    serve(now, actions);
    return acquire_result::pending;
}

bool pool_core::cancel(waiter_id waiter, pool_actions& actions) {
    if (!waiters_.contains(waiter)) return false;
    dequeue(waiter);
    if (expected_ == 0) {
        if (waiting() + reserved_ == 0) abort_all(actions);
        return true;
    }
    bool const is_one_too_many = connecting() != 0 && slots_of(connecting() - 1) >= waiting() + reserved_;
    if (is_one_too_many) abort_youngest(actions);
    return true;
}

void pool_core::abort_youngest(pool_actions& actions) {
    actions.emplace_back(pool_action_kind::abort_connect, connecting_.back());
    connecting_.pop_back();
}

// Those for which there is no memory are not aborted, and come up though no waiter needs them.
void pool_core::abort_all(pool_actions& actions) noexcept {
    if (!has_room_for(actions, connecting() + most_after_expiry)) return;
    while (!connecting_.empty()) abort_youngest(actions);
}

void pool_core::reserve(std::size_t calls, time_point now, pool_actions& actions) {
    if (closed_) return;
    expire(now, actions);
    if (calls > free_slots()) reserved_ = std::max(reserved_, calls - free_slots());
    serve(now, actions);
}

void pool_core::cancel_reserve(pool_actions& actions) {
    if (expected_ == 0) {
        reserved_ = 0;
        if (waiting() == 0) abort_all(actions);
        return;
    }
    // Those that were begun for it, and not others that came to be too many.
    for (std::uint64_t surplus = std::exchange(reserved_, 0); surplus != 0;
         surplus -= std::min(surplus, slots_of(1))) {
        if (connecting() == 0 || slots_of(connecting() - 1) < waiting()) return;
        abort_youngest(actions);
    }
}

void pool_core::connected(
    connection_id connection,
    std::size_t capacity,
    time_point now,
    pool_actions& actions
) {
    if (!stop_connecting(connection)) {
        actions.emplace_back(pool_action_kind::close, connection);
        return;
    }
    expire(now, actions);
    // An older one has stalled, and a younger one has little to lose.
    if (expected_ == 0) abort_all(actions);
    expected_ = std::clamp<std::size_t>(capacity, 1, connection_slots::most_capacity);
    try {
        add_slots(connection, expected_, now);
        allowance_.succeeded();
    } catch (std::bad_alloc const&) {
        actions.emplace_back(pool_action_kind::close, connection);
        begin_pause(now);
        if (live() == 0) fail_longest_waiter(connection, actions);
    }
    serve(now, actions);
}

void pool_core::set_capacity(
    connection_id connection,
    std::size_t capacity,
    time_point now,
    pool_actions& actions
) {
    if (slots_.find(connection) == slots_.none()) return;
    expire(now, actions);
    auto const it = slots_.find(connection);
    if (capacity != 0) {
        expected_ = std::min(capacity, connection_slots::most_capacity);
        auto const before = free_slots();
        if (it != slots_.none()) slots_.resize(it, expected_);
        if (free_slots() > before) note_made(free_slots() - before);
        // It had been counted among those that were made.
        if (reserved_ != 0 && free_slots() < before) reserved_ += before - free_slots();
    } else if (it != slots_.none()) {
        if (it->second.users == 0)
            close_idle(it, actions);
        else
            slots_.retire(it);
    }
    serve(now, actions);
}

void pool_core::connect_failed(
    connection_id connection,
    connect_problem reason,
    time_point now,
    pool_actions& actions
) {
    if (!stop_connecting(connection)) return;
    allowance_.failed();
    expire(now, actions);
    if (reason == connect_problem::shortage) begin_pause(now);
    if (is_backup(connection)) return serve(now, actions);
    reserved_ = 0;
    auto most = std::min(waiting(), waiters_failing_by(reason));
    // Without memory for all of them, the others get a try of their own.
    if (most > 1 && !has_room_for(actions, most + most_after_expiry)) most = 1;
    for (; most != 0; --most) fail_longest_waiter(connection, actions);
    // A call that tries again gets a connect that has all its time before it.
    if (expected_ == 0 && reason == connect_problem::peer) abort_all(actions);
    serve(now, actions);
}

void pool_core::probe_failed(
    waiter_id waiter,
    connection_id connection,
    bool fresh_only,
    time_point now,
    pool_actions& actions
) {
    auto const it = slots_.find_in_use(connection);
    if (it == slots_.none()) return;
    auto const arrival = it->second.arrival;
    leave(it, true, now, actions);
    if (closed_) {
        actions.emplace_back(pool_action_kind::fail_waiter, connection_id(0), waiter);
        return;
    }
    expire(now, actions);
    try {
        enqueue(waiter, fresh_only, arrival);
    } catch (std::bad_alloc const&) {
        actions.emplace_back(pool_action_kind::fail_waiter, connection, waiter);
    }
    serve(now, actions);
}

void pool_core::release(connection_id connection, bool reusable, time_point now, pool_actions& actions) {
    auto const it = slots_.find_in_use(connection);
    if (it == slots_.none()) return;
    expire(now, actions);
    leave(it, !reusable || now >= it->second.age_limit, now, actions);
    serve(now, actions);
}

void pool_core::forget(connection_id connection) noexcept {
    auto const it = slots_.find_in_use(connection);
    if (it == slots_.none()) return;
    if (it->second.users == 1) return erase(it);
    slots_.retire(it);
    // Retired, it is never idle.
    slots_.leave(it, time_point());
}

void pool_core::close(pool_actions& actions) {
    // All or nothing.
    actions.reserve(actions.size() + waiting() + live());
    closed_ = true;
    reserved_ = 0;
    serve_again_at_ = time_point::max();
    while (waiting() != 0) fail_longest_waiter(connection_id(0), actions);
    while (!connecting_.empty()) {
        actions.emplace_back(pool_action_kind::abort_connect, connecting_.front());
        connecting_.erase(connecting_.begin());
    }
    while (idle() != 0) close_idle(slots_.first_to_expire(), actions);
}

void pool_core::expire(time_point now, pool_actions& actions) noexcept {
    // No waiter can want the room that this makes: serve() closes idle connections itself where it needs
    // room.
    while (idle() != 0 && slots_.next_expiry() <= now) {
        // The event itself must find room for its actions; what is left over expires with the next one.
        if (!has_room_for(actions, 1 + most_after_expiry)) return;
        close_idle(slots_.first_to_expire(), actions);
    }
}

void pool_core::advance(time_point now, pool_actions& actions) {
    expire(now, actions);
    serve(now, actions);
}

time_point pool_core::next_at() const noexcept {
    auto next = connect_at();
    if (limits_.close_idle_by_timer) next = std::min(next, slots_.next_expiry());
    return std::min(next, serve_again_at_);
}

bool pool_core::is_connecting(connection_id connection) const noexcept {
    return std::binary_search(connecting_.begin(), connecting_.end(), connection);
}

// False: it was not in the making.
bool pool_core::stop_connecting(connection_id connection) noexcept {
    auto const it = std::lower_bound(connecting_.begin(), connecting_.end(), connection);
    if (it == connecting_.end() || *it != connection) return false;
    connecting_.erase(it);
    return true;
}

void pool_core::enqueue(waiter_id waiter, bool fresh_only, ticket arrival) {
    auto const it = waiters_.emplace(waiter, waiter_place(fresh_only, arrival)).first;
    try {
        queued_[fresh_only].emplace(arrival, waiter);
    } catch (...) {
        waiters_.erase(it);
        throw;
    }
}

void pool_core::dequeue(waiter_id waiter) {
    auto const it = waiters_.find(waiter);
    queued_[it->second.fresh_only].erase({it->second.arrival, waiter});
    waiters_.erase(it);
}

// Precondition: waiting() != 0.
waiter_id pool_core::longest_waiter() const noexcept {
    auto const& [any, fresh] = queued_;
    if (fresh.empty()) return any.begin()->second;
    if (any.empty()) return fresh.begin()->second;
    return std::min(*any.begin(), *fresh.begin()).second;
}

void pool_core::fail_longest_waiter(connection_id connection, pool_actions& actions) {
    if (waiting() == 0) return;
    auto const waiter = longest_waiter();
    actions.emplace_back(pool_action_kind::fail_waiter, connection, waiter);
    dequeue(waiter);
}

// Most that fail with a connection. After a shortage none fails for which there is anything to wait.
std::size_t pool_core::waiters_failing_by(connect_problem reason) const noexcept {
    if (reason == connect_problem::shortage) return live() == 0 ? 1 : 0;
    return expected_capacity();
}

// A new connection.
void pool_core::add_slots(connection_id connection, std::size_t capacity, time_point now) {
    auto const age_limit = age_expiry(now, limits_.max_age, random01_());
    // Otherwise a waiter takes it: any can.
    bool const is_reserved = waiting() == 0 && reserved_ != 0;
    slots_.add(connection, capacity, age_limit, is_reserved, now);
    note_made(capacity);
}

// Of new slots, those are reserved that waiters leave.
void pool_core::note_made(std::size_t slots) noexcept {
    reserved_ -= std::min(reserved_, slots - std::min(slots, waiting()));
}

// Whatever it held is there for another one.
void pool_core::erase(position it) noexcept {
    slots_.erase(it);
    ++closed_since_;
    if (slots_.size() == 0) allowance_.begin_anew();
}

void pool_core::close_idle(position it, pool_actions& actions) {
    actions.emplace_back(pool_action_kind::close, it->first);
    erase(it);
}

// Takes back a slot. `retires`: no other call may have the connection.
void pool_core::leave(position it, bool retires, time_point now, pool_actions& actions) {
    bool const serves_on = !retires && !slots_.is_retired(it) && limits_.keep_alive && !closed_;
    if (it->second.users == 1 && !serves_on) {
        actions.emplace_back(pool_action_kind::close, it->first);
        erase(it);
        return;
    }
    if (retires) slots_.retire(it);
    slots_.leave(it, now);
}

// Gives a slot to the longest waiter among those that can take one. False: there is none.
bool pool_core::grant_next(time_point now, pool_actions& actions) {
    if (waiting() == 0) return false;
    auto const& [any, fresh] = queued_;
    auto const none = slots_.none();
    auto const for_any = any.empty() ? none : slots_.next(false, now);
    auto const for_fresh = fresh.empty() ? none : slots_.next(true, now);
    bool const to_fresh = for_fresh != none && (for_any == none || *fresh.begin() < *any.begin());
    auto const it = to_fresh ? for_fresh : for_any;
    if (it == none) return false;
    auto const [arrival, waiter] = *queued_[to_fresh].begin();
    actions.emplace_back(pool_action_kind::grant, it->first, waiter, it->second.was_used);
    slots_.take(it, arrival);
    dequeue(waiter);
    return true;
}

// Slots that so many connects are expected to bring. One of which that is not known may bring any number.
std::uint64_t pool_core::slots_of(std::size_t connects) const noexcept {
    if (expected_ != 0) return std::uint64_t(connects) * expected_;
    return connects != 0 ? std::numeric_limits<std::uint64_t>::max() : 0;
}

bool pool_core::pauses(time_point now) const noexcept {
    return now < pause_end_ && closed_since_ == 0 && live() != 0;
}

void pool_core::begin_pause(time_point now) noexcept {
    pause_end_ = now + shortage_pause;
    closed_since_ = 0;
}

// Closes an idle connection if nothing can be begun while it is there. Precondition: no waiter can
// take it.
void pool_core::make_room(time_point now, pool_actions& actions) {
    auto const it = slots_.least_recently_used();
    bool const full = live() >= limits_.max_connections;
    if (it != slots_.none() && (full || pauses(now))) close_idle(it, actions);
}

// Those in the making don't bring what is needed.
bool pool_core::lacks_slots() const noexcept { return slots_of(connecting()) < waiting() + reserved_; }

// Precondition: it is not in the making any more.
bool pool_core::is_backup(connection_id connection) const noexcept {
    return expected_ == 0 && connecting() != 0 && connecting_.front() < connection;
}

// When the next backup is due. `time_point::max()`: there is nothing that needs one.
time_point pool_core::backup_at() const noexcept {
    bool const stalls = expected_ == 0 && connecting() != 0 && waiting() + reserved_ != 0;
    return stalls ? backups_.next_at() : time_point::max();
}

// When time alone allows the next connect. `time_point::max()`: that takes another event.
time_point pool_core::connect_at() const noexcept {
    if (connecting() >= allowance_.value() || live() >= limits_.max_connections) return time_point::max();
    if (!lacks_slots()) return std::max(backup_at(), pause_end_);
    return pause_end_ != time_point::min() ? pause_end_ : time_point::max();
}

bool pool_core::may_connect(time_point now) const noexcept {
    return connecting() < allowance_.value() && (lacks_slots() || now >= backup_at());
}

void pool_core::start_connects(time_point now, pool_actions& actions) {
    while (may_connect(now)) {
        // Idle connections while there are waiters: all of these want a fresh one.
        if (slots_of(connecting()) < waiting()) make_room(now, actions);
        // The last one may have been closed for it, and with that slow start begins anew.
        if (!may_connect(now) || live() >= limits_.max_connections || pauses(now)) return;
        connecting_.push_back(next_connection_);
        try {
            actions.emplace_back(pool_action_kind::start_connect, next_connection_);
        } catch (...) {
            connecting_.pop_back();
            throw;
        }
        ++next_connection_;
        if (expected_ == 0) backups_.note_begun(connecting() == 1, now);
        if (closed_since_ != 0) --closed_since_;
    }
}

// Does all that can be done for those who wait. Precondition: what is idle has not expired.
void pool_core::serve(time_point now, pool_actions& actions) noexcept {
    serve_again_at_ = time_point::max();
    if (waiting() + reserved_ == 0) return;
    try {
        while (grant_next(now, actions)) continue;
        start_connects(now, actions);
        // There is no room for more.
        if (live() >= limits_.max_connections && slots_of(connecting()) <= waiting()) reserved_ = 0;
    } catch (std::bad_alloc const&) {
        // The actions have room for a few, which are followed by other events; the rest is for those.
        serve_again_at_ = now + shortage_pause;
    }
}

} // namespace async_llm::policy
