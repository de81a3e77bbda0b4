// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_POLICY_CLAMP_WAIT_HPP
#define ASYNC_LLM_POLICY_CLAMP_WAIT_HPP

#include "policy/deadline_after.hpp"

#include <algorithm>
#include <chrono>

namespace async_llm::policy {

/// No wait is longer: a hundred years, which may be added to any time that a clock shows.
inline constexpr duration longest_wait = std::chrono::hours(24 * 365 * 100);

/// The nearest wait that is not negative and not too long to be added to a time.
constexpr duration clamp_wait(duration wait) noexcept {
    return std::clamp(wait, duration::zero(), longest_wait);
}

/// Overload for milliseconds, which the clock may not be able to express.
constexpr duration clamp_wait(std::chrono::milliseconds wait) noexcept {
    constexpr auto longest = std::chrono::floor<std::chrono::milliseconds>(longest_wait);
    return std::clamp(wait, wait.zero(), longest);
}

} // namespace async_llm::policy

#endif
