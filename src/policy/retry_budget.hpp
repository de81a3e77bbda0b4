// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_POLICY_RETRY_BUDGET_HPP
#define ASYNC_LLM_POLICY_RETRY_BUDGET_HPP

#include "policy/deadline_after.hpp"
#include <async_llm/retry_policy.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace async_llm::policy {

/// Budget of a client's retries: a share of the calls it has begun within a sliding window.
/**
 * When a retry is granted, those of the window that ends then, itself included, are at most so many as the
 * calls of that window allow. The price of counting in steps is that a retry is counted for up to a twentieth
 * of the window longer, and a call for up to a twentieth less. Thread safety: none.
 */
class retry_budget {
public:
    /// Takes the `budget_...` members.
    explicit retry_budget(retry_policy const& config) noexcept;

    /// A call has begun.
    void call(time_point now) noexcept;

    /// Takes one retry out; false: there is none left.
    bool withdraw(time_point now) noexcept;

private:
    // A window has so many. The first of them is only in part within it, so calls are counted in so many that
    // are not older than the window, and retries in one more, that none of them is missed.
    static constexpr std::size_t steps = 20;

    struct step {
        std::uint64_t calls = 0;
        std::uint64_t retries = 0;
    };

    void advance(time_point now) noexcept;
    void next_step() noexcept;

    double ratio_;
    duration step_length_;
    std::size_t minimum_;
    std::array<step, steps + 1> steps_;
    std::uint64_t calls_ = 0;
    std::uint64_t retries_ = 0;
    time_point step_end_;
    std::size_t current_ = 0;
};

} // namespace async_llm::policy

#endif
