// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_POLICY_FAILURE_DOMAIN_HPP
#define ASYNC_LLM_POLICY_FAILURE_DOMAIN_HPP

#include "types/errc_facts.hpp"
#include <async_llm/api_error.hpp>
#include <async_llm/error.hpp>

namespace async_llm::policy {

using async_llm::failure_domain;

/// Attributes an attempt that ended with `ec` to a party. `error`: the provider's words.
/**
 * Not each 403 is about the key: one that names `reasons` (OpenRouter's moderation) is about the request, and
 * one that is no JSON comes from a gateway in front of the provider.
 */
failure_domain classify(error_code const& ec, api_error const& error) noexcept;

/// Returns whether a call that ended so moves on to another target, by default.
bool moves_on(failure_domain kind) noexcept;

/// Returns whether it counts against the target, for the circuit breaker.
bool speaks_against_target(failure_domain kind) noexcept;

/// Returns whether it says that fewer calls should be in flight.
bool asks_for_less(failure_domain kind) noexcept;

} // namespace async_llm::policy

#endif
