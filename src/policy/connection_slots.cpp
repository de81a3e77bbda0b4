// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/connection_slots.hpp"

#include <algorithm>

namespace async_llm::policy {

void connection_slots::add(
    connection_id connection,
    std::size_t capacity,
    time_point age_limit,
    bool is_reserved,
    time_point now
) {
    // Made outside, so that nothing has to be undone.
    ranking rank;
    rank.emplace(0, connection);
    expiry_set expiry;
    expiry.emplace(now, connection);
    auto const it = connections_.emplace(connection, entry(capacity, age_limit, is_reserved)).first;
    it->second.rank_node = rank.extract(rank.begin());
    it->second.expiry_node = expiry.extract(expiry.begin());
    place_idle(it, now);
}

void connection_slots::erase(position it) noexcept {
    withdraw(it);
    users_ -= it->second.users;
    connections_.erase(it);
}

connection_slots::position connection_slots::next(bool fresh_only, time_point now) noexcept {
    while (auto const connection = preferred(fresh_only)) {
        auto const it = connections_.find(connection);
        if (it->second.users == 0 || now < it->second.age_limit) return it;
        retire(it);
    }
    return none();
}

void connection_slots::take(position it, ticket arrival) noexcept {
    auto& e = it->second;
    withdraw(it);
    e.arrival = e.users == 0 ? arrival : std::min(e.arrival, arrival);
    e.is_reserved = false;
    ++e.users;
    ++users_;
    place(it, e.users < e.capacity ? slot_state::active : slot_state::full);
}

void connection_slots::leave(position it, time_point now) noexcept {
    auto& e = it->second;
    bool const stays = e.state == slot_state::surplus || e.state == slot_state::retired;
    withdraw(it);
    --e.users;
    --users_;
    if (e.users == 0 && e.state != slot_state::retired) {
        e.was_used = true;
        place_idle(it, now);
    } else if (stays) {
        place(it, e.state);
    } else {
        place(it, e.users < e.capacity ? slot_state::active : slot_state::full);
    }
    if (has_shared()) demote_surplus();
}

void connection_slots::retire(position it) noexcept {
    withdraw(it);
    place(it, slot_state::retired);
}

void connection_slots::resize(position it, std::size_t capacity) noexcept {
    auto& e = it->second;
    withdraw(it);
    e.capacity = capacity;
    if (e.state == slot_state::retired || e.state == slot_state::idle) {
        place(it, e.state);
    } else if (e.users >= e.capacity) {
        place(it, slot_state::full);
    } else {
        place(it, e.state == slot_state::surplus ? slot_state::surplus : slot_state::active);
    }
}

connection_slots::position connection_slots::first_to_expire() noexcept {
    return idle_expiry_.empty() ? none() : connections_.find(idle_expiry_.begin()->second);
}

connection_slots::position connection_slots::least_recently_used() noexcept {
    auto const& used = ranked_[static_cast<std::size_t>(slot_state::idle)][true];
    return used.empty() ? none() : connections_.find(used.begin()->second);
}

std::size_t connection_slots::free_slots_of(entry const& e) noexcept {
    return e.state == slot_state::retired || e.users >= e.capacity ? 0 : e.capacity - e.users;
}

bool connection_slots::serves(entry const& e) noexcept {
    return e.state == slot_state::active || e.state == slot_state::full;
}

// Null: those of its state are not ranked.
connection_slots::ranking* connection_slots::ranking_of(entry const& e) noexcept {
    auto const index = static_cast<std::size_t>(e.state);
    return index < ranked_.size() ? &ranked_[index][e.was_used] : nullptr;
}

// The one that holds the first connection of that state, from the least rank on or from the greatest, or
// null.
connection_slots::ranking const*
connection_slots::first_ranking(slot_state state, bool fresh_only, bool ascending) const noexcept {
    auto const& [fresh, used] = ranked_[static_cast<std::size_t>(state)];
    if (fresh_only || used.empty()) return fresh.empty() ? nullptr : &fresh;
    if (fresh.empty()) return &used;
    bool const used_first = ascending ? *used.begin() < *fresh.begin() : *fresh.rbegin() < *used.rbegin();
    return used_first ? &used : &fresh;
}

// Returns whether a connection with calls has room. It saves HTTP/1.1 all the rest.
bool connection_slots::has_shared() const noexcept {
    auto const& [active, surplus, idle] = ranked_;
    return active[0].size() + active[1].size() + surplus[0].size() + surplus[1].size() != 0;
}

// 0: there is none.
connection_id connection_slots::preferred(bool fresh_only) const noexcept {
    if (has_shared()) {
        if (auto const* const active = first_ranking(slot_state::active, fresh_only, true))
            return active->begin()->second;
        if (auto const* const surplus = first_ranking(slot_state::surplus, fresh_only, false))
            return surplus->rbegin()->second;
    }
    auto const* const idle = first_ranking(slot_state::idle, fresh_only, false);
    return idle ? idle->rbegin()->second : 0;
}

// Leaves the state as it is, for the place to come.
void connection_slots::withdraw(position it) noexcept {
    auto& e = it->second;
    free_slots_ -= free_slots_of(e);
    if (serves(e)) serving_capacity_ -= e.capacity;
    if (auto* const ranked = ranking_of(e)) e.rank_node = ranked->extract(e.rank);
    if (e.state == slot_state::idle) e.expiry_node = idle_expiry_.extract(e.expiry);
}

// Precondition, if it is idle: its nodes say since and until when.
void connection_slots::place(position it, slot_state state) noexcept {
    auto& e = it->second;
    e.state = state;
    free_slots_ += free_slots_of(e);
    if (serves(e)) serving_capacity_ += e.capacity;
    if (auto* const ranked = ranking_of(e)) {
        if (state != slot_state::idle) e.rank_node.value().first = e.users;
        e.rank = ranked->insert(ranked->end(), std::move(e.rank_node));
    }
    if (state == slot_state::idle)
        e.expiry = idle_expiry_.insert(idle_expiry_.end(), std::move(e.expiry_node));
}

void connection_slots::place_idle(position it, time_point now) noexcept {
    auto& e = it->second;
    e.rank_node.value().first = next_ticket_++;
    auto const latest = e.is_reserved ? time_point::max() : limit_expiry(now, idle_timeout_);
    e.expiry_node.value().first = std::min(e.age_limit, latest);
    place(it, slot_state::idle);
}

void connection_slots::demote_surplus() noexcept {
    while (auto const* const active = first_ranking(slot_state::active, false, true)) {
        auto const it = connections_.find(active->begin()->second);
        auto const capacity = it->second.capacity;
        if (users_ + capacity + (capacity + 3) / 4 > serving_capacity_) return;
        withdraw(it);
        place(it, slot_state::surplus);
    }
}

} // namespace async_llm::policy
