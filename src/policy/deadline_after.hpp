// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_POLICY_DEADLINE_AFTER_HPP
#define ASYNC_LLM_POLICY_DEADLINE_AFTER_HPP

#include <chrono>

namespace async_llm::policy {

using time_point = std::chrono::steady_clock::time_point;
using duration = std::chrono::steady_clock::duration;

/// When a limit that began at `start` has passed; `time_point::max()`: never.
/**
 * `limit`: zero or less means none. So does one that the clock can't express, `milliseconds::max()` for
 * instance, which in the clock's unit would wrap round to the past; that is why limits stay in milliseconds
 * up to here.
 */
constexpr time_point limit_expiry(time_point start, std::chrono::milliseconds limit) noexcept {
    if (limit <= limit.zero()) return time_point::max();
    auto const longest = time_point::max() - (start > time_point() ? start : time_point());
    if (limit >= std::chrono::floor<std::chrono::milliseconds>(longest)) return time_point::max();
    return start + limit;
}

} // namespace async_llm::policy

#endif
