// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_POLICY_AIMD_LIMIT_HPP
#define ASYNC_LLM_POLICY_AIMD_LIMIT_HPP

#include "policy/deadline_after.hpp"
#include <async_llm/traffic_policy.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace async_llm::policy {

/// Limit of the calls in flight: additive increase, multiplicative decrease.
/**
 * With a ceiling of its own it always applies. Without, it applies only while it is below `pool_limit`: at
 * that height the pool's own limit and queue do the same. Numbers in flight include the call whose end is
 * known. Thread safety: none.
 */
class aimd_limit {
public:
    aimd_limit(concurrency_policy const& config, std::size_t pool_limit) noexcept
        : adaptive_(config.adaptive),
          has_ceiling_(config.ceiling != 0),
          ceiling_(height(has_ceiling_ ? config.ceiling : pool_limit)),
          // A ceiling below the floor wins.
          floor_(std::min(height(config.floor), ceiling_)),
          decrease_(config.decrease >= 0.1 ? std::min(config.decrease, 0.99) : 0.1),
          limit_(ceiling_) {
        if (adaptive_ && config.initial != 0) limit_ = std::clamp(height(config.initial), floor_, ceiling_);
    }

    /// Returns whether another call may go, besides so many.
    bool admits(std::size_t in_flight) const noexcept { return !applies() || in_flight < limit(); }

    bool applies() const noexcept { return has_ceiling_ || limit_ < ceiling_; }
    std::size_t limit() const noexcept { return static_cast<std::size_t>(limit_); }

    /// A call ended well. One such for each of the calls that it lets in raises it by about one.
    void well(std::size_t in_flight) noexcept {
        // A limit that is not made use of would rise without having been tried.
        bool const in_use = static_cast<double>(in_flight) >= limit_ / 2;
        if (adaptive_ && in_use) limit_ = std::min(limit_ + 1 / limit_, ceiling_);
    }

    /// The provider had too much to do, at the end of a call that began then.
    /**
     * Calls that began before the last fall do not trigger another, since they suffered from the same load.
     * It falls from what was really in flight, if that is less: 512 with 20 in flight would need many falls
     * to be felt.
     */
    void overload(std::size_t in_flight, time_point began, time_point now) noexcept {
        if (!adaptive_ || began <= fallen_) return;
        fallen_ = now;
        auto const basis = std::min(std::floor(limit_), static_cast<double>(in_flight));
        limit_ = std::max(std::floor(basis * decrease_), floor_);
    }

private:
    // More would not be exact as a double, and is no limit anyway.
    static double height(std::size_t calls) noexcept {
        return static_cast<double>(std::clamp<std::size_t>(calls, 1, 1'000'000'000));
    }

    bool adaptive_;
    bool has_ceiling_;
    double ceiling_;
    double floor_;
    double decrease_;
    double limit_;
    time_point fallen_ = time_point::min();
};

} // namespace async_llm::policy

#endif
