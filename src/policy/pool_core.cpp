// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/pool_core.hpp"

#include <algorithm>
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
        actions.reserve(2 * actions.capacity());
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
      random01_(std::move(random01)) {
    // So that the first ones can always be begun: those who wait then have something to wait for.
    connecting_.reserve(std::min(allowance_.value(), max_reserved));
}

std::optional<connection_id> pool_core::try_acquire(bool fresh_only, time_point now, pool_actions& actions) {
    if (closed_) return std::nullopt;
    expire(now, actions);
    // If there is one, no waiter wants it.
    if (!can_take_idle(fresh_only)) return std::nullopt;
    auto const connection = latest_idle(fresh_only).rbegin()->second;
    take_idle(connections_.find(connection), next_ticket_++);
    return connection;
}

acquire_result pool_core::acquire(waiter_id waiter, bool fresh_only, time_point now, pool_actions& actions) {
    if (closed_) return acquire_result::refused_closed;
    expire(now, actions);
    // Idle connections that the waiter could take mean that no other waiter wants them.
    bool const queue_full = limits_.max_waiters != 0 && waiting() >= limits_.max_waiters;
    if (queue_full && !can_take_idle(fresh_only)) return acquire_result::refused_full;
    enqueue(waiter, fresh_only, next_ticket_++);
    serve(now, actions);
    return acquire_result::pending;
}

bool pool_core::cancel(waiter_id waiter, pool_actions& actions) {
    if (!waiters_.contains(waiter)) return false;
    dequeue(waiter);
    if (connecting() > waiting() + reserved_) abort_youngest(actions);
    return true;
}

void pool_core::abort_youngest(pool_actions& actions) {
    actions.emplace_back(pool_action_kind::abort_connect, connecting_.back());
    connecting_.pop_back();
}

void pool_core::reserve(std::size_t connections, time_point now, pool_actions& actions) {
    if (closed_) return;
    expire(now, actions);
    if (connections > idle()) reserved_ = std::max(reserved_, connections - idle());
    serve(now, actions);
}

void pool_core::cancel_reserve(pool_actions& actions) {
    for (auto surplus = std::exchange(reserved_, 0); surplus != 0 && connecting() > waiting(); --surplus)
        abort_youngest(actions);
}

void pool_core::connected(connection_id connection, time_point now, pool_actions& actions) {
    if (!stop_connecting(connection)) {
        actions.emplace_back(pool_action_kind::close, connection);
        return;
    }
    expire(now, actions);
    try {
        // Any waiter can take it.
        bool const is_reserved = waiting() == 0 && reserved_ != 0;
        add_idle(connection, is_reserved, now);
        if (is_reserved) --reserved_;
        allowance_.succeeded();
    } catch (std::bad_alloc const&) {
        actions.emplace_back(pool_action_kind::close, connection);
        pause_end_ = now + shortage_pause;
        closed_since_ = 0;
        if (live() == 0) fail_longest_waiter(connection, actions);
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
    allowance_.begin_anew();
    reserved_ = 0;
    expire(now, actions);
    if (reason == connect_problem::shortage) {
        pause_end_ = now + shortage_pause;
        closed_since_ = 0;
    }
    if (reason == connect_problem::peer || live() == 0) fail_longest_waiter(connection, actions);
    serve(now, actions);
}

void pool_core::probe_failed(
    waiter_id waiter,
    connection_id connection,
    bool fresh_only,
    time_point now,
    pool_actions& actions
) {
    auto const it = find_in_use(connection);
    if (it == connections_.end()) return;
    auto const arrival = it->second.arrival;
    actions.emplace_back(pool_action_kind::close, connection);
    erase(it);
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
    auto const it = find_in_use(connection);
    if (it == connections_.end()) return;
    expire(now, actions);
    if (reusable && limits_.keep_alive && !closed_ && now < it->second.age_limit) {
        make_idle(it, now);
    } else {
        actions.emplace_back(pool_action_kind::close, connection);
        erase(it);
    }
    serve(now, actions);
}

void pool_core::forget(connection_id connection) noexcept {
    auto const it = find_in_use(connection);
    if (it != connections_.end()) erase(it);
}

void pool_core::close(pool_actions& actions) {
    // All or nothing.
    actions.reserve(actions.size() + waiting() + live());
    closed_ = true;
    reserved_ = 0;
    while (waiting() != 0) fail_longest_waiter(connection_id(0), actions);
    while (!connecting_.empty()) {
        actions.emplace_back(pool_action_kind::abort_connect, connecting_.front());
        connecting_.erase(connecting_.begin());
    }
    while (!idle_expiry_.empty()) close_idle(idle_expiry_.begin()->second, actions);
}

void pool_core::expire(time_point now, pool_actions& actions) noexcept {
    // No waiter can want the room that this makes: serve() closes idle connections itself where it needs
    // room.
    while (!idle_expiry_.empty() && idle_expiry_.begin()->first <= now) {
        // The event itself must find room for its actions; what is left over expires with the next one.
        if (!has_room_for(actions, 1 + most_after_expiry)) return;
        close_idle(idle_expiry_.begin()->second, actions);
    }
}

void pool_core::advance(time_point now, pool_actions& actions) {
    expire(now, actions);
    serve(now, actions);
}

time_point pool_core::next_at() const noexcept {
    auto next = time_point::max();
    if (may_connect() && live() < limits_.max_connections && pause_end_ != time_point::min())
        next = pause_end_;
    if (limits_.close_idle_by_timer && !idle_expiry_.empty())
        next = std::min(next, idle_expiry_.begin()->first);
    return next;
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

pool_core::connection_map::iterator pool_core::find_in_use(connection_id connection) {
    auto const it = connections_.find(connection);
    return it != connections_.end() && it->second.is_idle ? connections_.end() : it;
}

bool pool_core::can_take_idle(bool fresh_only) const noexcept {
    return !idle_[unused].empty() || (!fresh_only && !idle_[used].empty());
}

// Precondition: can_take_idle(fresh_only).
pool_core::queue const& pool_core::latest_idle(bool fresh_only) const noexcept {
    if (fresh_only || idle_[used].empty()) return idle_[unused];
    if (idle_[unused].empty()) return idle_[used];
    return idle_[used].rbegin()->first > idle_[unused].rbegin()->first ? idle_[used] : idle_[unused];
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
    queued_[it->second.fresh_only].erase(it->second.arrival);
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

// A new one.
void pool_core::add_idle(connection_id connection, bool is_reserved, time_point now) {
    auto const age_limit = age_expiry(now, limits_.max_age, random01_());
    auto const it = connections_.emplace(connection, connection_state(age_limit)).first;
    it->second.is_reserved = is_reserved;
    try {
        make_idle(it, now);
    } catch (...) {
        connections_.erase(it);
        throw;
    }
}

// Whatever it held is there for another one.
void pool_core::erase(connection_map::iterator it) noexcept {
    connections_.erase(it);
    ++closed_since_;
    if (connections_.empty()) allowance_.begin_anew();
}

// Throws only for a connection that was never idle before.
void pool_core::make_idle(connection_map::iterator it, time_point now) {
    auto& [connection, state] = *it;
    state.is_idle = true;
    state.arrival = next_ticket_++;
    state.idle_until = state.age_limit;
    if (!state.is_reserved)
        state.idle_until = std::min(state.idle_until, limit_expiry(now, limits_.idle_timeout));
    auto& place = idle_[state.was_granted ? used : unused];
    if (!state.idle_node) {
        auto const node = place.emplace(state.arrival, connection).first;
        try {
            idle_expiry_.emplace(state.idle_until, connection);
        } catch (...) {
            place.erase(node);
            throw;
        }
        return;
    }
    state.idle_node.key() = state.arrival;
    state.expiry_node.value().first = state.idle_until;
    place.insert(std::move(state.idle_node));
    idle_expiry_.insert(std::move(state.expiry_node));
}

void pool_core::leave_idle(connection_map::iterator it) {
    auto& [connection, state] = *it;
    state.is_idle = false;
    state.idle_node = idle_[state.was_granted ? used : unused].extract(state.arrival);
    state.expiry_node = idle_expiry_.extract({state.idle_until, connection});
}

void pool_core::close_idle(connection_id connection, pool_actions& actions) {
    actions.emplace_back(pool_action_kind::close, connection);
    auto const it = connections_.find(connection);
    leave_idle(it);
    erase(it);
}

// Gives it to a waiter that came at that time.
void pool_core::take_idle(connection_map::iterator it, ticket arrival) {
    leave_idle(it);
    auto& state = it->second;
    state.arrival = arrival;
    state.was_granted = true;
    state.is_reserved = false;
}

void pool_core::grant(waiter_id waiter, connection_id connection, pool_actions& actions) {
    auto const it = connections_.find(connection);
    actions.emplace_back(pool_action_kind::grant, connection, waiter, it->second.was_granted);
    take_idle(it, waiters_.at(waiter).arrival);
    dequeue(waiter);
}

// To the longest waiter among those that can take it. One is enough: no event brings more than one waiter or
// connection.
void pool_core::grant_idle(pool_actions& actions) {
    auto const& [any, fresh] = queued_;
    bool const any_can = !any.empty() && can_take_idle(false);
    bool const fresh_can = !fresh.empty() && can_take_idle(true);
    if (!any_can && !fresh_can) return;
    bool const to_fresh = fresh_can && (!any_can || fresh.begin()->first < any.begin()->first);
    auto const waiter = queued_[to_fresh].begin()->second;
    grant(waiter, latest_idle(to_fresh).rbegin()->second, actions);
}

bool pool_core::pauses(time_point now) const noexcept {
    return now < pause_end_ && closed_since_ == 0 && live() != 0;
}

// Closes an idle connection if nothing can be begun while it is there. Precondition: no waiter can
// take it.
void pool_core::make_room(time_point now, pool_actions& actions) {
    auto const& least_recent = idle_[used];
    bool const full = live() >= limits_.max_connections;
    if (!least_recent.empty() && (full || pauses(now))) close_idle(least_recent.begin()->second, actions);
}

bool pool_core::may_connect() const noexcept {
    return connecting() < waiting() + reserved_ && connecting() < allowance_.value();
}

void pool_core::start_connects(time_point now, pool_actions& actions) {
    while (may_connect()) {
        // Idle connections while there are waiters: all of these want a fresh one.
        if (connecting() < waiting()) make_room(now, actions);
        // The last one may have been closed for it, and with that slow start begins anew.
        if (!may_connect() || live() >= limits_.max_connections || pauses(now)) return;
        connecting_.push_back(next_connection_);
        try {
            actions.emplace_back(pool_action_kind::start_connect, next_connection_);
        } catch (...) {
            connecting_.pop_back();
            throw;
        }
        ++next_connection_;
        if (closed_since_ != 0) --closed_since_;
    }
}

// Does all that can be done for those who wait. Precondition: what is idle has not expired.
void pool_core::serve(time_point now, pool_actions& actions) noexcept {
    try {
        grant_idle(actions);
        start_connects(now, actions);
        // There is no room for more.
        if (live() >= limits_.max_connections && connecting() <= waiting()) reserved_ = 0;
    } catch (std::bad_alloc const&) {
        // The actions have room for a few, which are followed by other events; the rest is for those.
    }
}

} // namespace async_llm::policy
