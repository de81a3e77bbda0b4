// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_COMMAND_ENDPOINT_HPP
#define ASYNC_LLM_COMMAND_ENDPOINT_HPP

#include "arguments.hpp"
#include <async_llm/client_config.hpp>
#include <async_llm/provider.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace async_llm::command {

/// Looks a variable up as `std::getenv` does.
using environment = std::function<char const*(char const*)>;

/// Returns the provider that the arguments and the environment name.
/** Unset: there is none, and `problem` is a sentence that says why. */
std::optional<provider>
choose_provider(endpoint_arguments const& arguments, environment const& lookup, std::string& problem);

/// Returns the configuration of the client of a run.
client_config configure_client(endpoint_arguments const& arguments);

/// Time in which as much accrues as rate limits may save up.
/** Nothing worth mentioning, so that they hold in every minute. */
inline constexpr std::chrono::milliseconds limits_burst{100};

/// Adds the limits of a run that has so many calls in flight.
void set_limits(client_config& config, job_limits const& limits, std::size_t max_in_flight);

} // namespace async_llm::command

#endif
