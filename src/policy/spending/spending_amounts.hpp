// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_POLICY_SPENDING_AMOUNTS_HPP
#define ASYNC_LLM_POLICY_SPENDING_AMOUNTS_HPP

#include <async_llm/spending_limits.hpp>

#include <cstdint>
#include <limits>
#include <optional>

namespace async_llm::policy {

/// Amounts of \ref spending as integers, which add up exactly. Sums end at the largest number.
struct spending_amounts {
    spending_amounts() = default;
    spending_amounts(std::int64_t c, std::int64_t t, std::int64_t p) : calls(c), tokens(t), cost(p) {}

    spending_amounts& operator+=(spending_amounts const& more) noexcept;
    /// Precondition: `less` is a part of it.
    spending_amounts& operator-=(spending_amounts const& less) noexcept;
    bool operator==(spending_amounts const&) const = default;

    std::int64_t calls = 0;
    std::int64_t tokens = 0;
    /// In picodollars, 10^-12 USD.
    std::int64_t cost = 0;
};

/// Returns the sum of two numbers that are not negative; the largest number if it is larger.
constexpr std::int64_t add_saturated(std::int64_t a, std::int64_t b) noexcept {
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    return a > most - b ? most : a + b;
}

/// Converts USD to picodollars. Negative, or no number: zero. The largest are 9 million USD.
std::int64_t to_picodollars(double usd) noexcept;
double to_usd(std::int64_t picodollars) noexcept;

spending_amounts to_amounts(spending const& values) noexcept;
spending to_spending(spending_amounts const& amounts) noexcept;

/// Usage of one attempt, as the provider reported it.
struct reported_use {
    reported_use() = default;

    std::int64_t input_tokens = 0;
    std::int64_t output_tokens = 0;
    /// 0: not reported.
    std::int64_t total_tokens = 0;
    /// In USD. Unset: not reported.
    std::optional<double> cost;
};

/// Mean of the last numbers, and their mean deviation from it.
class moving_mean {
public:
    /// Adds a number that is not negative.
    void add(double value) noexcept;

    /// Returns whether there is a number.
    bool is_known() const noexcept { return count_ != 0; }
    /// Returns the mean, rounded up.
    std::int64_t mean() const noexcept;
    /// Returns mean and deviation together: most numbers are smaller. Rounded up.
    std::int64_t upper() const noexcept;

private:
    // The last numbers have a sixteenth of the weight each.
    static constexpr unsigned memory = 16;

    unsigned count_ = 0; // up to `memory`
    double mean_ = 0;
    double deviation_ = 0;
};

} // namespace async_llm::policy

#endif
