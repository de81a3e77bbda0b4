// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/admission_core.hpp"

#include <algorithm>

namespace async_llm::policy {

admission_core::admission_core(
    rate_limit_policy const& rates,
    concurrency_policy const& concurrency,
    std::size_t pool_limit,
    std::size_t max_waiting
)
    : on_limited_(rates.on_limited),
      burst_(rates.burst),
      follow_headers_(rates.follow_headers),
      new_limit_(concurrency, pool_limit),
      max_waiting_(max_waiting) {}

std::size_t admission_core::add_group(time_point) {
    groups_.emplace_back(new_limit_);
    return groups_.size() - 1;
}

std::size_t admission_core::add_lane(
    std::optional<std::int64_t> requests_per_minute,
    std::optional<std::int64_t> tokens_per_minute,
    time_point now
) {
    auto& added = lanes_.emplace_back();
    added.requests = make_bucket(requests_per_minute, now);
    added.tokens = make_bucket(tokens_per_minute, now);
    return lanes_.size() - 1;
}

admission_answer admission_core::acquire(admission_request const& call, time_point now) {
    auto& queue = lanes_[call.lane].queue;
    bool const has_predecessor = !queue.empty() && queue.begin()->first.priority >= call.priority;
    // A call ahead may wait for the end of another one only; then there is no lack of tokens yet.
    bool const rate_now =
        rate_admits(call, now) && (!has_predecessor || rate_admits(queue.begin()->second, now));
    if (rate_now && !has_predecessor && group_admits(call)) {
        let_go(call, now);
        return admission_answer::granted;
    }
    if (!rate_now && on_limited_ == when_limited::refuse) return admission_answer::refused_rate;
    if (max_waiting_ != 0 && waiting() >= max_waiting_) return admission_answer::refused_full;
    place const last_of_its_priority(call.priority, next_arrival_++);
    auto const it = queue.emplace(last_of_its_priority, call).first;
    try {
        waiting_.emplace(call.id, waiting_place(call.lane, last_of_its_priority));
    } catch (...) {
        queue.erase(it);
        throw;
    }
    return admission_answer::waiting;
}

bool admission_core::cancel(admission_id id) {
    auto const it = waiting_.find(id);
    if (it == waiting_.end()) return false;
    lanes_[it->second.lane].queue.erase(it->second.at);
    waiting_.erase(it);
    return true;
}

void admission_core::finish(
    admission_request const& call,
    load_signal signal,
    std::optional<std::int64_t> used,
    time_point began,
    time_point now
) {
    auto& group = groups_[call.group];
    switch (signal) {
    case load_signal::ok: group.limit.well(group.in_flight); break;
    case load_signal::overload: group.limit.overload(group.in_flight, began, now); break;
    case load_signal::neutral: break;
    }
    --group.in_flight;
    auto& tokens = lanes_[call.lane].tokens;
    if (tokens && used && *used >= 0) tokens->correct(call.tokens, *used, now);
}

void admission_core::observe(std::size_t lane, rate_limit_info const& reported, time_point now) {
    if (!follow_headers_) return;
    auto& state = lanes_[lane];
    if (state.requests)
        state.requests
            ->lower(reported.limit_requests, reported.remaining_requests, reported.reset_requests, now);
    if (state.tokens)
        state.tokens->lower(reported.limit_tokens, reported.remaining_tokens, reported.reset_tokens, now);
}

std::optional<admission_id> admission_core::advance(time_point now) noexcept {
    auto* const lane = waiting() != 0 ? next_lane(now) : nullptr;
    if (!lane) return std::nullopt;
    auto const first = lane->queue.begin();
    auto const granted = first->second.id;
    let_go(first->second, now);
    waiting_.erase(granted);
    lane->queue.erase(first);
    return granted;
}

time_point admission_core::next_at(time_point now) const {
    auto next = time_point::max();
    if (waiting() == 0) return next;
    for (auto const& lane : lanes_) {
        if (lane.queue.empty()) continue;
        auto const& first = lane.queue.begin()->second;
        // Without room in its group, time will not help it, and the end of a call is followed by advance()
        // anyway.
        if (group_admits(first)) next = std::min(next, rate_ready_at(first, now));
    }
    return next;
}

std::size_t admission_core::waiting() const noexcept { return waiting_.size(); }

std::size_t admission_core::in_flight(std::size_t group) const noexcept { return groups_[group].in_flight; }

std::size_t admission_core::limit(std::size_t group) const noexcept { return groups_[group].limit.limit(); }

std::optional<token_bucket>
admission_core::make_bucket(std::optional<std::int64_t> per_minute, time_point now) const {
    if (!per_minute) return std::nullopt;
    return token_bucket(*per_minute, burst_, now);
}

bool admission_core::group_admits(admission_request const& call) const noexcept {
    auto const& group = groups_[call.group];
    return group.limit.admits(group.in_flight);
}

bool admission_core::rate_admits(admission_request const& call, time_point now) const noexcept {
    auto const& lane = lanes_[call.lane];
    return (!lane.requests || lane.requests->has(1, now)) &&
        (!lane.tokens || lane.tokens->has(call.tokens, now));
}

time_point admission_core::rate_ready_at(admission_request const& call, time_point now) const noexcept {
    auto const& lane = lanes_[call.lane];
    auto ready = now;
    if (lane.requests) ready = std::max(ready, lane.requests->ready_at(1, now));
    if (lane.tokens) ready = std::max(ready, lane.tokens->ready_at(call.tokens, now));
    return ready;
}

void admission_core::let_go(admission_request const& call, time_point now) noexcept {
    auto& lane = lanes_[call.lane];
    if (lane.requests) lane.requests->take(1, now);
    if (lane.tokens) lane.tokens->take(call.tokens, now);
    ++groups_[call.group].in_flight;
}

// Of the lanes whose first may go, the one whose first comes before the others': they may want the same room.
admission_core::lane_state* admission_core::next_lane(time_point now) noexcept {
    lane_state* best = nullptr;
    for (auto& lane : lanes_) {
        if (lane.queue.empty()) continue;
        auto const& [at, first] = *lane.queue.begin();
        if (best && best->queue.begin()->first < at) continue;
        if (group_admits(first) && rate_admits(first, now)) best = &lane;
    }
    return best;
}

} // namespace async_llm::policy
