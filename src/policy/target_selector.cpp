// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/target_selector.hpp"

#include "policy/clamp_wait.hpp"

#include <algorithm>

namespace async_llm::policy {
namespace {

// A wait that is longer is a mistake more often than not, and a limit per day is over by then.
constexpr duration longest_pause = std::chrono::hours(24);

constexpr std::size_t failures_among_several = 5;

bool was_tried(std::vector<bool> const& tried, std::size_t target) {
    return target < tried.size() && tried[target];
}

} // namespace

target_selector::target_selector(
    std::vector<target_traits> const& targets,
    target_order order,
    circuit_breaker_policy const& breaker,
    std::function<double()> random
)
    : order_(order), cooldown_(clamp_wait(breaker.cooldown)), random_(std::move(random)) {
    auto const failures = breaker.failures.value_or(targets.size() > 1 ? failures_among_several : 0);
    policy::breaker const health(failures, breaker.cooldown, breaker.max_cooldown);
    targets_.reserve(targets.size());
    for (auto const& each : targets) targets_.emplace_back(each.weight, health, key_ring(each.keys));
}

std::optional<target_choice> target_selector::pick(std::vector<bool> const& tried, time_point now) {
    if (targets_.size() == 1) {
        auto& only = targets_.front();
        if (!available(only, now)) return least_tired(now);
        return target_choice(0, only.keys.pick(now).value_or(0), only.health.begin(now));
    }
    auto among = candidates(tried, false, now);
    if (among.empty()) among = candidates(tried, true, now);
    if (among.empty()) return least_tired(now);
    auto const target = choose(among);
    auto& chosen = targets_[target];
    auto const key = chosen.keys.pick(now);
    return target_choice(target, key.value_or(0), chosen.health.begin(now));
}

std::optional<target_choice> target_selector::least_tired(time_point now) {
    std::optional<std::size_t> found;
    auto soonest = time_point::max();
    for (std::size_t i = 0; i < targets_.size(); ++i) {
        auto const& t = targets_[i];
        if (t.health.failing(now)) continue;
        auto const at = std::max(t.health.available_at(), t.keys.available_at());
        if (found && at >= soonest) continue;
        found = i;
        soonest = at;
    }
    if (!found) return std::nullopt;
    auto& chosen = targets_[*found];
    return target_choice(*found, chosen.keys.soonest(), chosen.health.begin(now));
}

bool target_selector::has_other(std::vector<bool> const& tried, time_point now) const {
    return !candidates(tried, false, now).empty();
}

bool target_selector::has_key(std::size_t target, time_point now) const {
    auto const& t = targets_[target];
    return t.health.available(now) && t.keys.has_good(now);
}

time_point target_selector::available_at() const noexcept {
    auto earliest = time_point::max();
    for (auto const& t : targets_)
        earliest = std::min(earliest, std::max(t.health.available_at(), t.keys.available_at()));
    return earliest;
}

void target_selector::record(
    target_choice choice,
    failure_domain domain,
    std::optional<duration> pause,
    time_point now
) {
    auto& t = targets_[choice.target];
    auto const requested = std::clamp(pause.value_or(duration::zero()), duration::zero(), longest_pause);
    if (domain == failure_domain::success) {
        t.health.succeeded(choice.generation);
        t.keys.restore(choice.key);
    } else if (speaks_against_target(domain)) {
        t.health.failed(choice.generation, now);
    } else {
        t.health.undecided(choice.generation);
    }
    auto const pause_or_cooldown = requested > duration::zero() ? requested : cooldown_;
    if (domain == failure_domain::key) t.keys.retire(choice.key);
    if (domain == failure_domain::rate) t.keys.rest(choice.key, now + pause_or_cooldown);
    // Without another target, a refusal of our own would not help the caller.
    if (targets_.size() == 1) return;
    bool const of_key = domain == failure_domain::key || domain == failure_domain::rate;
    if (of_key && t.keys.count() == 1) t.health.rest(now + pause_or_cooldown);
    if (speaks_against_target(domain) && requested > duration::zero()) t.health.rest(now + requested);
}

bool target_selector::available(target_state const& t, time_point now) {
    return t.health.available(now) && t.keys.available(now);
}

std::vector<std::size_t>
target_selector::candidates(std::vector<bool> const& tried, bool want_tried, time_point now) const {
    std::vector<std::size_t> result;
    for (std::size_t i = 0; i < targets_.size(); ++i) {
        if (was_tried(tried, i) == want_tried && available(targets_[i], now)) result.push_back(i);
    }
    return result;
}

std::size_t target_selector::choose(std::vector<std::size_t> const& indexes) {
    if (order_ == target_order::in_order || indexes.size() == 1) return indexes.front();
    double total = 0;
    for (auto const i : indexes) total += targets_[i].weight;
    double left = random_() * total;
    for (auto const i : indexes) {
        left -= targets_[i].weight;
        if (left < 0) return i;
    }
    // Rounding.
    return indexes.back();
}

} // namespace async_llm::policy
