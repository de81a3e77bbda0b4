// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_COMMAND_LATENCY_HISTOGRAM_HPP
#define ASYNC_LLM_COMMAND_LATENCY_HISTOGRAM_HPP

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace async_llm::command {

/// Counts of latencies in bins whose bounds grow by 9 %, from 1 ms to half an hour.
/** Shorter and longer ones are in the first and the last bin. Memory: 1 KiB, whatever their number. */
class latency_histogram {
public:
    static constexpr std::size_t bins = 252;

    void add(std::chrono::nanoseconds latency) noexcept;
    void add(latency_histogram const& other) noexcept;

    std::uint64_t count() const noexcept { return count_; }
    std::uint64_t count_of(std::size_t bin) const noexcept { return counts_[bin]; }

    /// Latency, in seconds, that this share of the calls did not exceed; 0 without calls.
    /** `share`: above 0, at most 1. Exact to 9 %, and never longer than the longest. */
    double quantile(double share) const noexcept;

    /// Longest latency, in seconds.
    double longest() const noexcept { return longest_; }

    /// Lower bound of a bin, in seconds.
    static double lower_bound(std::size_t bin) noexcept;
    static std::size_t bin_of(double seconds) noexcept;

private:
    std::array<std::uint32_t, bins> counts_{};
    std::uint64_t count_ = 0;
    double longest_ = 0;
};

} // namespace async_llm::command

#endif
