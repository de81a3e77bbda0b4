// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_COMMAND_RUN_HISTORY_HPP
#define ASYNC_LLM_COMMAND_RUN_HISTORY_HPP

#include "latency_histogram.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace async_llm::command {

/// Calls of a run over its time, in at most 240 intervals of equal length.
/**
 * It begins with intervals of a second. When there is no room for another, each two become one, so that
 * memory stays within 300 KiB however long the run is.
 */
class run_history {
public:
    static constexpr std::size_t most_intervals = 240;

    /// Calls that ended within an interval.
    struct interval {
        interval() = default;

        std::uint64_t answered = 0;
        std::uint64_t failed = 0;
        /// Replies with status 429.
        std::uint64_t rate_limited = 0;
        std::int64_t tokens = 0;
        /// Of calls that were answered.
        latency_histogram latency;
    };

    /// Times are since the run began.
    void add_answer(std::chrono::nanoseconds time, std::chrono::nanoseconds latency, std::int64_t tokens);
    void add_failure(std::chrono::nanoseconds time) { ++at(time).failed; }
    void add_rate_limited(std::chrono::nanoseconds time) { ++at(time).rate_limited; }

    std::vector<interval> const& intervals() const noexcept { return intervals_; }
    /// Length of an interval in seconds: a power of two.
    double interval_seconds() const noexcept { return static_cast<double>(length_.count()); }
    latency_histogram const& latency() const noexcept { return latency_; }

private:
    interval& at(std::chrono::nanoseconds time);
    void join_pairs();

    std::vector<interval> intervals_;
    std::chrono::seconds length_{1};
    latency_histogram latency_; // of the whole run
};

} // namespace async_llm::command

#endif
