// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_POLICY_TOKEN_BUCKET_HPP
#define ASYNC_LLM_POLICY_TOKEN_BUCKET_HPP

#include "policy/deadline_after.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <optional>

namespace async_llm::policy {

/// So much per minute, of requests or tokens, of which so much may be saved up. Full at first.
/**
 * A call that needs more than it can hold takes it when it is full and leaves it in debt, at most by a
 * minute's worth: a provider would refuse such a call, and an absurd number must not stop all others for
 * ever. Amounts below zero count as zero. Thread safety: none.
 */
class token_bucket {
public:
    /// It holds what accrues within `burst` (at most a minute), but at least one.
    token_bucket(std::int64_t per_minute, std::chrono::milliseconds burst, time_point now) noexcept
        : burst_(
              std::clamp<std::chrono::milliseconds>(burst, burst.zero(), std::chrono::minutes(1)) / minute
          ),
          accrued_until_(now) {
        set_rate(per_minute);
        level_ = capacity_;
    }

    /// Returns whether so much is there now.
    bool has(std::int64_t amount, time_point now) const noexcept {
        return now >= closed_until_ && missing(amount, now) <= capacity_ * tolerance;
    }

    /// Time when so much will be there, if no other call takes any; `now` if it is.
    time_point ready_at(std::int64_t amount, time_point now) const noexcept {
        if (has(amount, now)) return now;
        auto const wait = std::ceil(std::max(missing(amount, now), 0.0) / rate_);
        return std::max(
            std::max(now, accrued_until_) + duration(static_cast<duration::rep>(wait)),
            closed_until_
        );
    }

    /// Precondition: `has(amount, now)`.
    void take(std::int64_t amount, time_point now) noexcept {
        accrue(now);
        level_ = std::max(level_ - positive(amount), -per_minute_);
    }

    /// So much had been taken, but so much was used. The debt that comes of this is at most what the bucket
    /// can hold.
    void correct(std::int64_t taken, std::int64_t used, time_point now) noexcept {
        accrue(now);
        auto const level = level_ + (positive(taken) - positive(used));
        level_ = std::clamp(level, std::min(level_, -capacity_), capacity_);
    }

    /// Takes in what the provider says: how much there may be per minute, how much is left, and when there
    /// will be more.
    /**
     * Only lowers. Nothing left and a time given: it is closed until then, when it has one again, unless its
     * debt is longer than that. A limit below one, less than nothing left, and times beyond a day are not
     * believed.
     */
    void lower(
        std::optional<std::int64_t> limit,
        std::optional<std::int64_t> left,
        std::optional<std::chrono::milliseconds> reset,
        time_point now
    ) noexcept {
        accrue(now);
        if (limit && *limit >= 1 && static_cast<double>(*limit) < per_minute_) {
            set_rate(*limit);
            level_ = std::clamp(level_, -per_minute_, capacity_);
        }
        if (!left || *left < 0) return;
        bool const reset_told = reset && *reset > reset->zero() && *reset <= std::chrono::hours(24);
        if (*left == 0 && reset_told) {
            closed_until_ = std::max(closed_until_, now + *reset);
            level_ = std::min(level(closed_until_), 1.0);
            accrued_until_ = std::max(accrued_until_, closed_until_);
        } else {
            level_ = std::min(level_, static_cast<double>(*left));
        }
    }

    /// Goes on with the level that another one had at a time, which may lie ahead.
    void restore(double level, time_point at) noexcept {
        level_ = std::clamp(level, -per_minute_, capacity_);
        accrued_until_ = at;
    }

    /// Capacity.
    double capacity() const noexcept { return capacity_; }

    /// Level; negative: debt.
    double level(time_point now) const noexcept {
        if (now <= accrued_until_) return level_;
        auto const elapsed = static_cast<double>((now - accrued_until_).count());
        return std::min(level_ + elapsed * rate_, capacity_);
    }

private:
    static constexpr std::chrono::duration<double, duration::period> minute = std::chrono::minutes(1);
    // Sums of fractions are not exact: at the time that was foretold, a whole one must not seem to be a
    // little less.
    static constexpr double tolerance = 1e-9;

    // Doubles have room for the sums and products of all amounts; their precision is better than the
    // tolerance.
    static double positive(std::int64_t amount) noexcept {
        return static_cast<double>(std::max<std::int64_t>(amount, 0));
    }

    double missing(std::int64_t amount, time_point now) const noexcept {
        return std::min(positive(amount), capacity_) - level(now);
    }

    void set_rate(std::int64_t per_minute) noexcept {
        per_minute_ = static_cast<double>(std::max<std::int64_t>(per_minute, 1));
        rate_ = per_minute_ / minute.count();
        capacity_ = std::max(per_minute_ * burst_, 1.0);
    }

    void accrue(time_point now) noexcept {
        level_ = level(now);
        accrued_until_ = std::max(accrued_until_, now);
    }

    double burst_; // as a part of a minute
    double per_minute_ = 1;
    double rate_ = 0; // per tick of the clock
    double capacity_ = 1;
    double level_ = 0;
    time_point accrued_until_;
    time_point closed_until_ = time_point::min(); // until then, level_ is what it will hold then
};

} // namespace async_llm::policy

#endif
