// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_FALLBACK_HPP
#define ASYNC_LLM_FALLBACK_HPP

#include <async_llm/api_error.hpp>
#include <async_llm/detail/config.hpp>
#include <async_llm/provider.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace async_llm {

/// One of the providers, or models, that a client may ask.
struct target {
    target(async_llm::provider service, std::string asks_for = {}, double share = 1)
        : provider(std::move(service)), model(std::move(asks_for)), weight(share) {}

    async_llm::provider provider;
    /// Asked for instead of the request's model. Empty: the request's own.
    std::string model;
    /// With `target_order::by_weight`, its share of the calls in proportion to the others'. Above 0.
    double weight;
};

/// Order in which the targets of a client are asked.
enum class target_order {
    /// The first that is available; the others stand by.
    in_order,
    /// One at random, in proportion to the weights; after a failure, one of the others, likewise.
    by_weight,
};

/// Circuit breaker: a target is left alone for a while after so many failures in a row that speak of itself.
/**
 * These are failures of the connection, limits of time, 5xx and replies that can't be understood. After
 * `cooldown` one call is let through; if that ends well, the target is available again, otherwise it rests
 * twice as long as before, up to `max_cooldown`. A target that asks for a pause (`Retry-After`) gets it, and
 * one whose only key was refused or has reached its limit rests for `cooldown`, if there is another one to
 * ask.
 */
struct circuit_breaker_policy {
    circuit_breaker_policy() = default;

    /// Failures in a row. 0: never. Unset: 5 if the client has several targets, and never if it has one:
    /// without another target, a refusal of our own would not help.
    std::optional<std::size_t> failures;
    std::chrono::milliseconds cooldown{5'000};
    std::chrono::milliseconds max_cooldown{60'000};
};

/// Options of a client with several targets.
/**
 * A call moves on to the next target after failures of the connection, limits of time, 401, 402, 403, 404,
 * 408, 409, 410, 425, 429, 5xx, replies that can't be understood, and an account without credit; not if the
 * request itself is wrong (400, 413, 415, 422) or was refused for what it says, not after a cancellation, and
 * not after content of a stream was delivered. It moves on without a wait; when there is no further target,
 * \ref retry_policy decides. Each step counts as an attempt; with more targets than
 * `retry_policy::max_attempts`, each target is asked once.
 */
struct fallback_policy {
    fallback_policy() = default;

    target_order order = target_order::in_order;
    /// Decides whether a call that failed so moves on to the next target. Empty: as above.
    /** Called on the call's strand, and so maybe on several threads at a time. Must not throw. */
    std::function<bool(error_code, api_error const&)> moves_on;
};

} // namespace async_llm

#endif
