// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_SPENDING_LIMITS_HPP
#define ASYNC_LLM_SPENDING_LIMITS_HPP

#include <cstdint>
#include <optional>

namespace async_llm {

/// Amounts that calls have taken, or hold in reserve.
struct spending {
    spending() = default;
    spending(double usd, std::int64_t tokens, std::int64_t number_of_calls)
        : cost(usd), total_tokens(tokens), calls(number_of_calls) {}

    /// In USD: `usage::cost`, or computed by the prices of \ref spending_limits.
    double cost = 0;
    /// `usage::total_tokens` of every attempt.
    std::int64_t total_tokens = 0;
    /// Calls that were begun to be sent. Retries of a call do not count again, the second call of a hedge
    /// does.
    std::int64_t calls = 0;
};

/// Caps of what the calls of a client, of a bulk run or of a tool run may spend together.
/**
 * A call reserves what calls take on average (and the usual deviation from it) before it is sent, and waits
 * if that does not fit beside what others have reserved, since they may take less. When it ends, what it has
 * really taken is spent, and the rest of its reservation is free. A call that fits no more ends with
 * `errc::spending_limit_reached`, and was not sent. A call that was sent is never ended, and its retries are
 * part of it.
 *
 * So a cap is exceeded at most by that by which the calls then in flight take more than they had reserved.
 * Before the first usage is known, at most four calls are in flight; they reserve what their size suggests.
 *
 * Every attempt counts that the provider may have worked on. Where its usage does not come (the connection
 * broke, the call was cancelled, a stream was left before its end, or is not asked for its usage), the
 * average counts. Refusals (a status of 300 or above, except 504 and 524, and errors that blame the request,
 * the key or the rate) cost nothing.
 *
 * A provider without usage at all makes the caps of tokens, and of cost by prices, estimates: four bytes of
 * a request for each token, and what its `max_tokens` allows. With `max_cost`, a provider that reports no
 * cost, and no prices, calls are refused after the first four answers.
 */
struct spending_limits {
    spending_limits() = default;

    /// Most cost, in USD. Not negative. 0: no call is sent. Unset: no limit.
    std::optional<double> max_cost;
    /// Most tokens, of requests and answers together. Not negative. 0: no call is sent. Unset: no limit.
    std::optional<std::int64_t> max_total_tokens;
    /// Most calls. Not negative. 0: no call is sent. Unset: no limit.
    std::optional<std::int64_t> max_calls;

    /// Price of the tokens of requests, in USD per million, where the provider reports no cost. Not negative.
    /** If several models are asked, that of the dearest. Unset: 0 if the other price is set. */
    std::optional<double> input_price;
    /// Price of the tokens of answers, in USD per million. Otherwise as \ref input_price.
    std::optional<double> output_price;

    /// Spent before, and counted as if it were now: by an earlier run, for instance. Nothing by default.
    /** Its average is what the first calls reserve, so that they need not be few. */
    spending already_spent;

    /// Returns whether there is any cap.
    explicit operator bool() const noexcept { return max_cost || max_total_tokens || max_calls; }
};

} // namespace async_llm

#endif
