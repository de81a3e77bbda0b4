// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/spending/spending_amounts.hpp"

#include <algorithm>
#include <cmath>

namespace async_llm::policy {
namespace {

constexpr double pico = 1e-12;

/// Converts a number to the next integer above it, up to the largest.
std::int64_t rounded_up(double value) noexcept {
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    // Sums of fractions are a little off; what is so close to an integer is one.
    auto const up = std::ceil(value * (1 - 1e-12));
    if (!(up > 0)) return 0;
    // The comparison comes first: the conversion of a number that is too large would be undefined.
    return up < static_cast<double>(most) ? static_cast<std::int64_t>(up) : most;
}

} // namespace

spending_amounts& spending_amounts::operator+=(spending_amounts const& more) noexcept {
    calls = add_saturated(calls, more.calls);
    tokens = add_saturated(tokens, more.tokens);
    cost = add_saturated(cost, more.cost);
    return *this;
}

spending_amounts& spending_amounts::operator-=(spending_amounts const& less) noexcept {
    // Not below zero, if a sum had ended at the largest number.
    calls = std::max<std::int64_t>(calls - less.calls, 0);
    tokens = std::max<std::int64_t>(tokens - less.tokens, 0);
    cost = std::max<std::int64_t>(cost - less.cost, 0);
    return *this;
}

std::int64_t to_picodollars(double usd) noexcept {
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    if (!(usd > 0)) return 0;
    auto const amount = std::round(usd / pico);
    return amount < static_cast<double>(most) ? static_cast<std::int64_t>(amount) : most;
}

double to_usd(std::int64_t picodollars) noexcept { return static_cast<double>(picodollars) / 1e12; }

spending_amounts to_amounts(spending const& values) noexcept {
    return spending_amounts(
        std::max<std::int64_t>(values.calls, 0),
        std::max<std::int64_t>(values.total_tokens, 0),
        to_picodollars(values.cost)
    );
}

spending to_spending(spending_amounts const& amounts) noexcept {
    return spending(to_usd(amounts.cost), amounts.tokens, amounts.calls);
}

void moving_mean::add(double value) noexcept {
    count_ = std::min(count_ + 1, memory);
    auto const weight = 1.0 / count_;
    // The first number deviates from nothing.
    auto const off = count_ == 1 ? 0 : std::abs(value - mean_);
    deviation_ += (off - deviation_) * weight;
    mean_ += (value - mean_) * weight;
}

std::int64_t moving_mean::mean() const noexcept { return rounded_up(mean_); }
std::int64_t moving_mean::upper() const noexcept { return rounded_up(mean_ + deviation_); }

} // namespace async_llm::policy
