// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TRAFFIC_POLICY_HPP
#define ASYNC_LLM_TRAFFIC_POLICY_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace async_llm {

/// Limit of what a client asks of a provider or a model.
/**
 * A call takes one request, and as many tokens as its prompt seems to have (four bytes each) and its
 * `max_tokens` allows; when its reply reports what it really took, the difference is made good.
 */
struct rate_limit {
    rate_limit() = default;
    rate_limit(std::string of_model, std::optional<std::int64_t> requests, std::optional<std::int64_t> tokens)
        : model(std::move(of_model)), requests_per_minute(requests), tokens_per_minute(tokens) {}

    /// The provider (`provider::name`) that it is for. Empty: each.
    std::string provider;
    /// The model that it is for. Empty: all models together that no other limit names.
    std::string model;
    /// At least 1. Unset: no limit.
    std::optional<std::int64_t> requests_per_minute;
    /// At least 1. Unset: no limit.
    std::optional<std::int64_t> tokens_per_minute;
};

/// Treatment of a call that a rate limit does not let go yet.
enum class when_limited {
    /// It waits, in order, within its time limit.
    wait,
    /// It ends with `errc::rate_limit_reached`.
    refuse,
};

/// The rate limits of a client. Those of a provider's own accounting come in its replies and correct
/// these.
struct rate_limit_policy {
    rate_limit_policy() = default;

    /// For each call, the first one that names its provider and model counts, or else the first that names
    /// one of them.
    std::vector<rate_limit> limits;
    /// Treatment of calls beyond them.
    when_limited on_limited = when_limited::wait;
    /// Amount that may be saved up for a burst: what accrues in this time, but at least one request. At most
    /// a minute.
    std::chrono::milliseconds burst{10'000};
    /// Tokens that a reply is expected to have if the request does not limit them. 0: none.
    std::int64_t expected_reply_tokens = 512;
    /// Believe the provider's `x-ratelimit-*` fields: less is left, or the limit is lower, than we think.
    bool follow_headers = true;
};

/// Limit of the calls in flight to a provider, found out by trying.
/**
 * The limit falls when the provider shows that it has too much to do (429, 503, 529, and limits of time that
 * pass), at most once for what was in flight together, and rises by one for each round of calls that fills it
 * and ends well: additive increase, multiplicative decrease, as TCP does. (Limiters that go by latency do not
 * fit: the latency of a completion is a matter of its length.)
 */
struct concurrency_policy {
    concurrency_policy() = default;

    /// Off: `pool_config::max_connections` is the only limit.
    bool adaptive = true;
    /// It never falls below. At least 1.
    std::size_t floor = 4;
    /// It never rises above. 0: `pool_config::max_connections`.
    std::size_t ceiling = 0;
    /// Limit at first. 0: `ceiling`.
    std::size_t initial = 0;
    /// Share of it that is left after a fall, from 0.1 to 0.99.
    double decrease = 0.7;
};

} // namespace async_llm

#endif
