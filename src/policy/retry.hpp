// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_POLICY_RETRY_HPP
#define ASYNC_LLM_POLICY_RETRY_HPP

#include "policy/deadline_after.hpp"
#include <async_llm/api_error.hpp>
#include <async_llm/error.hpp>
#include <async_llm/response_info.hpp>
#include <async_llm/retry_policy.hpp>

#include <optional>

namespace async_llm::policy {

/// An attempt that failed, as far as it matters for the question whether there should be another.
struct failed_try {
    failed_try(error_code code, api_error const& said, rate_limit_info const& reported)
        : ec(code), error(said), limits(reported) {}

    error_code ec;
    api_error const& error;
    /// Waits that its header fields, or its body, ask for.
    rate_limit_info const& limits;
    /// `x-should-retry`. Unset: not reported.
    std::optional<bool> server_says;
    /// Bytes of the request had left.
    bool sent = false;
    /// Content of the stream has been delivered.
    bool content_delivered = false;
    /// Attempts of the call so far, this one included.
    int attempts = 1;
    /// Most attempts of the call.
    int max_attempts = 1;
    /// Until the call's deadline. `duration::max()`: there is none.
    duration left = duration::max();
};

/// Decision about another attempt.
struct retry_decision {
    retry_decision() = default;
    explicit retry_decision(retry_stop reason) : stop(reason) {}

    /// Reason against it; `none`: try again.
    retry_stop stop = retry_stop::none;
    /// After this time.
    duration wait{0};
};

/// Decides by \ref retry_policy. `random`: from 0 to less than 1. The budget is asked afterwards.
retry_decision decide_retry(retry_policy const& policy, failed_try const& failed, double random) noexcept;

/// Returns the pause that the provider asks for; unset: none.
std::optional<duration> requested_pause(error_code const& ec, rate_limit_info const& limits) noexcept;

} // namespace async_llm::policy

#endif
