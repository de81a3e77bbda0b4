// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_POLICY_LATENCY_WINDOW_HPP
#define ASYNC_LLM_POLICY_LATENCY_WINDOW_HPP

#include "policy/deadline_after.hpp"

#include <array>
#include <cstddef>
#include <optional>

namespace async_llm::policy {

/// Durations of the last calls. Thread safety: none.
class latency_window {
public:
    /// Below so many calls there is no percentile.
    static constexpr std::size_t least = 20;

    void add(duration taken) noexcept;

    /// Returns the duration that this share of the calls did not exceed; nothing if too few were seen.
    /// `share`: from 0 to 1.
    std::optional<duration> percentile(double share) const;

private:
    std::array<duration, 256> taken_{};
    std::size_t seen_ = 0;
};

} // namespace async_llm::policy

#endif
