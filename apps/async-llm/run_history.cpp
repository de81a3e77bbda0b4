// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "run_history.hpp"

#include <algorithm>

namespace async_llm::command {

void run_history::add_answer(
    std::chrono::nanoseconds time,
    std::chrono::nanoseconds latency,
    std::int64_t tokens
) {
    auto& here = at(time);
    ++here.answered;
    here.tokens += tokens;
    here.latency.add(latency);
    latency_.add(latency);
}

run_history::interval& run_history::at(std::chrono::nanoseconds time) {
    auto const since = std::max(time, time.zero());
    while (static_cast<std::size_t>(since / length_) >= most_intervals) join_pairs();
    auto const index = static_cast<std::size_t>(since / length_);
    if (index >= intervals_.size()) intervals_.resize(index + 1);
    return intervals_[index];
}

void run_history::join_pairs() {
    for (std::size_t i = 0; 2 * i < intervals_.size(); ++i) {
        auto joined = intervals_[2 * i];
        if (2 * i + 1 < intervals_.size()) {
            auto const& second = intervals_[2 * i + 1];
            joined.answered += second.answered;
            joined.failed += second.failed;
            joined.rate_limited += second.rate_limited;
            joined.tokens += second.tokens;
            joined.latency.add(second.latency);
        }
        intervals_[i] = joined;
    }
    intervals_.resize((intervals_.size() + 1) / 2);
    length_ *= 2;
}

} // namespace async_llm::command
