// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_RETRY_POLICY_HPP
#define ASYNC_LLM_RETRY_POLICY_HPP

#include <chrono>
#include <cstddef>

namespace async_llm {

/// Treatment of a provider that asks for a longer wait than `retry_policy::max_retry_after`.
enum class long_retry_after {
    /// Do not retry: who asks to be left alone for an hour will not answer in a minute.
    give_up,
    /// Wait for `max_retry_after`, then retry.
    clamp,
};

/// Conditions for sending a failed request again, and the waits before that.
/**
 * Sent again: after failures of the connection, after the limits of time of a phase, after the statuses 408,
 * 409, 425, 429 and 5xx, whether in the head, in an error object inside a 200, or in an event of a stream;
 * and where `x-should-retry` or the error itself (OpenRouter's `availability.retryable`) says so. Never sent
 * again: what the provider calls final; an account without credit or quota, whatever status that is reported
 * with; a refused certificate; a stream of which content has been delivered; a call that was cancelled or
 * whose time is up.
 *
 * The wait is what the provider asks for (`availability.retry_after`, `retry-after-ms`, `Retry-After`, of a
 * 429 the reset of the limit that is used up), or else grows exponentially. A wait that would pass the call's
 * deadline is not begun.
 */
struct retry_policy {
    retry_policy() = default;

    /// Nothing is sent again, except for the replay on a fresh connection when a kept one turns out to be
    /// dead.
    static retry_policy none() {
        retry_policy result;
        result.max_attempts = 1;
        return result;
    }

    /// Most times that a request is sent, the first included. At least 1.
    int max_attempts = 3;
    /// The wait before the second attempt. 0: none.
    std::chrono::milliseconds initial_backoff{500};
    /// By how much each wait is longer than the one before. At least 1.
    double multiplier = 2;
    /// Longest wait of our own making.
    std::chrono::milliseconds max_backoff{8'000};
    /// The share of a wait that is left to chance, from 0 to 1: waits lie between `(1 - jitter)` times the
    /// wait and all of it.
    /** Of waits that a provider asked for, as much is added, so that the calls it sent away do not come back
     * together. */
    double jitter = 0.5;
    /// Longest wait that a provider may ask for.
    std::chrono::milliseconds max_retry_after{60'000};
    /// Treatment of waits beyond it.
    long_retry_after on_long_retry_after = long_retry_after::give_up;
    /// Send again what the provider may have begun to work on: when the connection broke, or time ran out,
    /// after the request was sent. It may be charged for twice. Off: a kept connection that turns out dead
    /// fails the call as well, unless that was noticed before all of the request had left.
    bool resend_sent = true;
    /// Send again after a reply that is white space alone. The provider has worked on it, and may charge for
    /// it.
    bool retry_empty_replies = false;
    /// Send again after a 2xx reply of broken JSON (`errc::invalid_json`). It may be charged for twice.
    bool retry_broken_replies = false;
    /// Send an `Idempotency-Key` made at random where `request_options` has none. All attempts of a call have
    /// the same.
    bool generate_idempotency_key = false;

    /// \name Budget of the client
    /// Retries and hedges together are at most this share of the calls begun within the window, so that an
    /// outage of the provider does not multiply the traffic. Moving on to a target, or key, that the call has
    /// not asked yet is not counted.
    /// @{
    /// The share. 0: only `budget_minimum`.
    double budget_ratio = 0.2;
    /// The window. At least 100 ms.
    std::chrono::milliseconds budget_window{10'000};
    /// As many are allowed within the window in any case: a client with few calls may retry them.
    std::size_t budget_minimum = 10;
    /// @}
};

/// A second, identical call when the first one takes long: the first answer counts, the other call is
/// cancelled.
/**
 * Off by default: the provider works twice, and may charge twice. Streams are not hedged. A hedge counts as a
 * retry in the client's budget, and passes the same limits as any call.
 */
struct hedging_policy {
    hedging_policy() = default;

    /// Wait for the first call. 0: no hedging, unless `percentile` says otherwise.
    std::chrono::milliseconds delay{0};
    /// Wait as long as this share of the recent calls took, from 0 to 1, as 0.95; instead of `delay`, once
    /// enough calls were seen (20). 0: always `delay`.
    double percentile = 0;
};

} // namespace async_llm

#endif
