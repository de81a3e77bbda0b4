// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_POLICY_CALL_DEADLINES_HPP
#define ASYNC_LLM_POLICY_CALL_DEADLINES_HPP

#include "policy/deadline_after.hpp"
#include <async_llm/error.hpp>

#include <chrono>

namespace async_llm::policy {

/// The limits of one call: that of the whole call and that of the phase it is in.
/** Thread safety: none. */
class call_deadlines {
public:
    /// The call began at `start`. `total`: limit of the whole call; 0: none.
    call_deadlines(time_point start, std::chrono::milliseconds total) noexcept
        : total_expiry_(limit_expiry(start, total)) {}

    /// Begins a phase, in place of the one before. `limit` 0: none. `error_if_expired` is what it means if
    /// that passes.
    void begin_phase(errc error_if_expired, std::chrono::milliseconds limit, time_point now) noexcept;

    /// Ends the phase; the limit of the whole call stays.
    void end_phase() noexcept { phase_expiry_ = time_point::max(); }

    /// When the limit of the whole call passes; `time_point::max()`: never.
    time_point total_expiry() const noexcept { return total_expiry_; }

    /// When the first of the limits passes; `time_point::max()`: never.
    time_point expiry() const noexcept;

    /// Returns whether a limit has passed. One that passes at `now` has.
    bool expired(time_point now) const noexcept;

    /// The error of the limit that passed first; of two at the same instant the phase's, which says more.
    /** Precondition: `expired(now)`. */
    errc expired_limit(time_point now) const noexcept;

private:
    time_point total_expiry_;
    time_point phase_expiry_ = time_point::max();
    errc phase_error_ = errc::deadline_exceeded;
};

} // namespace async_llm::policy

#endif
