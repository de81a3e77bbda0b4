// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "latency_histogram.hpp"

#include <algorithm>
#include <cmath>

namespace async_llm::command {
namespace {

constexpr double first_bound = 0.001; // seconds
constexpr double bins_of_doubling = 12;

} // namespace

void latency_histogram::add(std::chrono::nanoseconds latency) noexcept {
    auto const seconds = std::chrono::duration<double>(latency).count();
    ++counts_[bin_of(seconds)];
    ++count_;
    longest_ = std::max(longest_, seconds);
}

void latency_histogram::add(latency_histogram const& other) noexcept {
    for (std::size_t i = 0; i < bins; ++i) counts_[i] += other.counts_[i];
    count_ += other.count_;
    longest_ = std::max(longest_, other.longest_);
}

double latency_histogram::quantile(double share) const noexcept {
    if (count_ == 0) return 0;
    auto const wanted = std::max(std::ceil(share * static_cast<double>(count_)), 1.0);
    double below = 0;
    for (std::size_t i = 0; i < bins; ++i) {
        auto const here = static_cast<double>(counts_[i]);
        if (here > 0 && below + here >= wanted) {
            auto const low = i == 0 ? 0 : lower_bound(i);
            auto const high = lower_bound(i + 1);
            return std::min(low + (high - low) * (wanted - below) / here, longest_);
        }
        below += here;
    }
    return longest_;
}

double latency_histogram::lower_bound(std::size_t bin) noexcept {
    return first_bound * std::exp2(static_cast<double>(bin) / bins_of_doubling);
}

std::size_t latency_histogram::bin_of(double seconds) noexcept {
    if (!(seconds > first_bound)) return 0;
    // A little more, since the logarithm of a bound may come out a little less.
    auto const bin = std::floor(std::log2(seconds / first_bound) * bins_of_doubling + 1e-9);
    return static_cast<std::size_t>(std::min(bin, static_cast<double>(bins - 1)));
}

} // namespace async_llm::command
