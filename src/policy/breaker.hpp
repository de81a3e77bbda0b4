// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_POLICY_BREAKER_HPP
#define ASYNC_LLM_POLICY_BREAKER_HPP

#include "policy/deadline_after.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace async_llm::policy {

/// Leaves a target alone after failures in a row, and lets a single call find out whether it is well again.
/**
 * Closed: all calls pass. Open: none, until the cooldown is over. Half open: one passes; its end decides. A
 * call that began before the breaker opened decides nothing any more, however it ends: it shows how things
 * were, and many of them may still fail for the reason that is known already.
 *
 * Thread safety: none.
 */
class breaker {
public:
    /// Generation that the end of a call is reported with: calls that belong together, from one change of
    /// state to the next.
    using generation = std::uint64_t;

    /// `failures` 0: never opens by failures, only by \ref rest.
    breaker(
        std::size_t failures,
        std::chrono::milliseconds cooldown,
        std::chrono::milliseconds max_cooldown
    ) noexcept;

    /// Returns whether a call may pass now. Changes nothing.
    bool available(time_point now) const noexcept;

    /// Returns whether failures keep calls from passing, and not only a rest.
    bool failing(time_point now) const noexcept;

    /// When a call may pass, unless the one that finds out is under way: then `time_point::max()`.
    time_point available_at() const noexcept;

    /// A call passes. Precondition: `available(now)`. Each ends with one of the next three, which take what
    /// this returned.
    generation begin(time_point now) noexcept;
    void succeeded(generation begun) noexcept;
    void failed(generation begun, time_point now) noexcept;
    /// It ended without saying anything about the target.
    void undecided(generation begun) noexcept;

    /// The target asked for a pause. It ends by itself, and no call has to find out about it.
    void rest(time_point end) noexcept;

private:
    void open(time_point now) noexcept;

    std::size_t threshold_;
    duration first_cooldown_;
    duration max_cooldown_;
    duration cooldown_;
    std::size_t failures_ = 0;
    // Half open is open with `open_until_` in the past.
    bool open_ = false;
    bool probing_ = false;
    time_point open_until_;
    time_point rest_until_;
    generation generation_ = 1;
};

} // namespace async_llm::policy

#endif
