// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_POLICY_TARGET_SELECTOR_HPP
#define ASYNC_LLM_POLICY_TARGET_SELECTOR_HPP

#include "policy/breaker.hpp"
#include "policy/deadline_after.hpp"
#include "policy/failure_domain.hpp"
#include "policy/key_ring.hpp"
#include <async_llm/fallback.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace async_llm::policy {

/// Target of an attempt, and one of its keys.
struct target_choice {
    target_choice() = default;
    target_choice(std::size_t t, std::size_t k, breaker::generation b = 0)
        : target(t), key(k), generation(b) {}

    std::size_t target = 0;
    std::size_t key = 0;
    /// For \ref target_selector::record: without it, the end of the call would not be heard.
    breaker::generation generation = 0;
};

/// Facts of a target that count here.
struct target_traits {
    target_traits(double w, std::size_t k) : weight(w), keys(k) {}

    double weight;
    std::size_t keys;
};

/// Selects the next target and API key from the results of earlier attempts. Thread safety: none.
class target_selector {
public:
    /// `random`: gives numbers from 0 to less than 1. At least one target.
    target_selector(
        std::vector<target_traits> const& targets,
        target_order order,
        circuit_breaker_policy const& breaker,
        std::function<double()> random
    );

    /// Picks a target and key; nothing if every target rests for its failures.
    /**
     * `tried`: for each target, whether an attempt of this call with it has failed. One that it has not comes
     * before one that it has. If those who are well all rest, or their keys do, it is the one whose rest ends
     * first: a call that is sent away with a wait can be sent again, as it would be by a lone target with a
     * single key. Each choice ends with \ref record, once, and as it was returned.
     */
    std::optional<target_choice> pick(std::vector<bool> const& tried, time_point now);

    /// Returns whether there is a target that is available and not among these.
    bool has_other(std::vector<bool> const& tried, time_point now) const;

    /// Returns whether this target may be asked with a key that was not refused and does not rest.
    bool has_key(std::size_t target, time_point now) const;

    /// When a target may be asked again; the past if one may be now, `time_point::max()` if only the end
    /// of a call can show.
    time_point available_at() const noexcept;

    /// Records the end of an attempt. `pause`: the wait that the provider asked for.
    /**
     * Keys are retired after `failure_domain::key`, and rest after `failure_domain::rate` for the pause, or
     * else for the breaker's cooldown. If there are other targets, one with a single key rests as long after
     * both, and any target for a pause that it asks for after a failure that speaks of itself. No pause is
     * longer than a day.
     */
    void record(target_choice choice, failure_domain domain, std::optional<duration> pause, time_point now);

private:
    struct target_state {
        target_state(double w, breaker b, key_ring k) : weight(w), health(b), keys(std::move(k)) {}

        double weight;
        breaker health;
        key_ring keys;
    };

    static bool available(target_state const& t, time_point now);
    std::vector<std::size_t> candidates(std::vector<bool> const& tried, bool want_tried, time_point now)
        const;
    std::size_t choose(std::vector<std::size_t> const& indexes);
    std::optional<target_choice> least_tired(time_point now);

    std::vector<target_state> targets_;
    target_order order_;
    duration cooldown_;
    std::function<double()> random_;
};

} // namespace async_llm::policy

#endif
