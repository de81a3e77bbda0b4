// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/retry.hpp"

#include "policy/clamp_wait.hpp"
#include "policy/failure_domain.hpp"

#include <boost/system/errc.hpp>

#include <algorithm>
#include <cmath>

namespace async_llm::policy {
namespace {

bool is_end_of_call(error_code const& ec) noexcept {
    return ec == boost::system::errc::operation_canceled || ec == make_error_code(errc::client_closed) ||
        ec == make_error_code(errc::deadline_exceeded);
}

/// Returns whether the connection broke, or time ran out, when the provider may have begun to work.
bool maybe_processed(failed_try const& failed) noexcept {
    if (failed.ec == make_error_code(errc::truncated_response)) return true;
    return failed.sent && failed.ec.category() == client_category() && failed.ec == condition::retryable;
}

bool is_retryable(retry_policy const& policy, error_code const& ec) noexcept {
    return ec == condition::retryable ||
        (policy.retry_empty_replies && ec == make_error_code(errc::empty_response)) ||
        (policy.retry_broken_replies && ec == make_error_code(errc::invalid_json));
}

/// Returns a reason against another attempt, apart from the wait; `none`: there is none.
retry_stop objection(retry_policy const& policy, failed_try const& failed) noexcept {
    if (is_end_of_call(failed.ec)) return retry_stop::ended;
    if (failed.content_delivered) return retry_stop::content_delivered;

    auto const advice = failed.error.retryable;
    if (failed.server_says == false || advice == false) return retry_stop::final_error;
    if (failed.ec == condition::insufficient_credits) return retry_stop::final_error;
    // A refusal by the client itself would come again, or it has waited for long enough.
    if (classify(failed.ec, failed.error) == failure_domain::caller) return retry_stop::final_error;
    bool const asked_to = failed.server_says == true || advice == true;
    if (!asked_to && !is_retryable(policy, failed.ec)) return retry_stop::final_error;

    if (!policy.resend_sent && maybe_processed(failed)) return retry_stop::maybe_processed;
    if (failed.attempts >= failed.max_attempts) return retry_stop::attempts_exhausted;
    return retry_stop::none;
}

/// From 0 to 1, whatever it was.
double share(double value) noexcept { return value > 0 ? std::min(value, 1.0) : 0; }

/// A wait times a factor. Neither the product nor the factor need make sense.
duration scaled(duration wait, double factor, duration longest) noexcept {
    auto const product = static_cast<double>(wait.count()) * factor;
    if (!(product > 0)) return duration::zero();
    // The comparison comes first: the conversion of a number that is too large would be undefined.
    return product < static_cast<double>(longest.count()) ? duration(static_cast<duration::rep>(product))
                                                          : longest;
}

/// The wait of our own making, before its jitter.
duration backoff(retry_policy const& policy, int attempts) noexcept {
    auto const first = clamp_wait(policy.initial_backoff);
    if (first == duration::zero()) return first;
    double const multiplier = policy.multiplier > 1 ? policy.multiplier : 1;
    return scaled(first, std::pow(multiplier, std::max(attempts, 1) - 1), clamp_wait(policy.max_backoff));
}

} // namespace

std::optional<duration> requested_pause(error_code const& ec, rate_limit_info const& limits) noexcept {
    if (limits.retry_after) return clamp_wait(*limits.retry_after);
    if (ec != make_http_error(429)) return std::nullopt;
    std::optional<duration> longest;
    auto const consider = [&longest](auto const& remaining, auto const& reset) {
        if (!remaining || *remaining > 0 || !reset) return;
        longest = std::max(longest.value_or(duration::zero()), clamp_wait(*reset));
    };
    consider(limits.remaining_requests, limits.reset_requests);
    consider(limits.remaining_tokens, limits.reset_tokens);
    return longest;
}

retry_decision decide_retry(retry_policy const& policy, failed_try const& failed, double random) noexcept {
    auto const reason = objection(policy, failed);
    if (reason != retry_stop::none) return retry_decision(reason);

    double const chance = share(policy.jitter) * share(random);
    // A wait of zero means nothing: dates and resets come out so when clocks differ.
    auto requested = requested_pause(failed.ec, failed.limits).value_or(duration::zero());
    auto const longest_requested = clamp_wait(policy.max_retry_after);
    if (requested > longest_requested) {
        if (policy.on_long_retry_after == long_retry_after::give_up)
            return retry_decision(retry_stop::retry_after_too_long);
        requested = longest_requested;
    }

    retry_decision result;
    result.wait = requested > duration::zero()
        ? scaled(requested, 1 + chance, longest_wait)
        : scaled(backoff(policy, failed.attempts), 1 - chance, longest_wait);
    if (result.wait >= failed.left) return retry_decision(retry_stop::deadline);
    return result;
}

} // namespace async_llm::policy
