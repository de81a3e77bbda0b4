// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/retry_budget.hpp"

#include "policy/clamp_wait.hpp"

#include <algorithm>
#include <cmath>

namespace async_llm::policy {

retry_budget::retry_budget(retry_policy const& config) noexcept
    : ratio_(config.budget_ratio > 0 ? config.budget_ratio : 0),
      step_length_(std::max(clamp_wait(config.budget_window) / int(steps), duration(1))),
      minimum_(config.budget_minimum),
      steps_{} {}

void retry_budget::call(time_point now) noexcept {
    advance(now);
    ++steps_[current_].calls;
    ++calls_;
}

bool retry_budget::withdraw(time_point now) noexcept {
    advance(now);
    // An endless ratio times no calls is not a number.
    double const shared = calls_ > 0 ? std::floor(ratio_ * static_cast<double>(calls_)) : 0;
    if (static_cast<double>(retries_ + 1) > std::max(shared, static_cast<double>(minimum_))) return false;
    ++steps_[current_].retries;
    ++retries_;
    return true;
}

void retry_budget::advance(time_point now) noexcept {
    if (now < step_end_) return;
    auto const passed = (now - step_end_) / step_length_ + 1;
    if (passed > duration::rep(steps)) {
        steps_.fill(step());
        calls_ = 0;
        retries_ = 0;
        current_ = 0;
    } else {
        for (duration::rep i = 0; i < passed; ++i) next_step();
    }
    step_end_ += passed * step_length_;
}

void retry_budget::next_step() noexcept {
    current_ = (current_ + 1) % steps_.size();
    retries_ -= steps_[current_].retries;
    steps_[current_] = step();
    // The calls of the step that is now the oldest have been counted for long enough, its retries have not.
    auto& oldest = steps_[(current_ + 1) % steps_.size()];
    calls_ -= oldest.calls;
    oldest.calls = 0;
}

} // namespace async_llm::policy
