// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_ASYNC_PHASE_LIMITS_HPP
#define ASYNC_LLM_ASYNC_PHASE_LIMITS_HPP

#include <async_llm/detail/config.hpp>
#include <async_llm/error.hpp>

#include <chrono>

namespace async_llm::net {

/// Limits of the phases that an operation goes through, and the reason for which it has to end.
class phase_limits {
public:
    /// Begins a phase that ends the operation with `if_expired` after `limit` (zero: none).
    virtual void begin_phase(errc if_expired, std::chrono::milliseconds limit) = 0;

    /// Ends the limit of the present phase.
    virtual void end_phase() = 0;

    /// Reason for which the operation has to end; no error while it may go on.
    virtual error_code const& stop_reason() const noexcept = 0;

protected:
    ~phase_limits() = default;
};

} // namespace async_llm::net

#endif
