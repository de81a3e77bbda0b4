// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/breaker.hpp"

#include "policy/clamp_wait.hpp"

#include <algorithm>

namespace async_llm::policy {

breaker::breaker(
    std::size_t failures,
    std::chrono::milliseconds cooldown,
    std::chrono::milliseconds max_cooldown
) noexcept
    : threshold_(failures),
      first_cooldown_(clamp_wait(cooldown)),
      max_cooldown_(std::max(first_cooldown_, clamp_wait(max_cooldown))),
      cooldown_(first_cooldown_) {}

bool breaker::available(time_point now) const noexcept {
    // Nothing is ever available at the end of time, which stands for never.
    auto const at = available_at();
    return at <= now && at != time_point::max();
}

bool breaker::failing(time_point now) const noexcept { return open_ && (probing_ || now < open_until_); }

time_point breaker::available_at() const noexcept {
    if (open_ && probing_) return time_point::max();
    return open_ ? std::max(open_until_, rest_until_) : rest_until_;
}

breaker::generation breaker::begin(time_point now) noexcept {
    if (open_ && now >= open_until_) {
        probing_ = true;
        ++generation_;
    }
    return generation_;
}

void breaker::succeeded(generation begun) noexcept {
    if (begun != generation_) return;
    failures_ = 0;
    open_ = false;
    probing_ = false;
    cooldown_ = first_cooldown_;
}

void breaker::failed(generation begun, time_point now) noexcept {
    if (begun != generation_) return;
    if (probing_) {
        cooldown_ = std::min(2 * cooldown_, max_cooldown_);
        open(now);
    } else if (threshold_ > 0 && ++failures_ >= threshold_) {
        open(now);
    }
}

void breaker::undecided(generation begun) noexcept {
    if (begun == generation_) probing_ = false;
}

void breaker::rest(time_point end) noexcept { rest_until_ = std::max(rest_until_, end); }

void breaker::open(time_point now) noexcept {
    ++generation_;
    failures_ = 0;
    open_ = true;
    probing_ = false;
    open_until_ = now + cooldown_;
}

} // namespace async_llm::policy
