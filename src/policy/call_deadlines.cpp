// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/call_deadlines.hpp"

#include <algorithm>

namespace async_llm::policy {

void call_deadlines::begin_phase(
    errc error_if_expired,
    std::chrono::milliseconds limit,
    time_point now
) noexcept {
    phase_error_ = error_if_expired;
    phase_expiry_ = limit_expiry(now, limit);
}

time_point call_deadlines::expiry() const noexcept { return std::min(phase_expiry_, total_expiry_); }

bool call_deadlines::expired(time_point now) const noexcept {
    // The end of time stands for no limit, which does not pass even then.
    return expiry() != time_point::max() && expiry() <= now;
}

errc call_deadlines::expired_limit(time_point now) const noexcept {
    bool const phase_first = phase_expiry_ <= total_expiry_ && phase_expiry_ != time_point::max();
    return phase_first && phase_expiry_ <= now ? phase_error_ : errc::deadline_exceeded;
}

} // namespace async_llm::policy
