// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "endpoint.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <utility>

namespace async_llm::command {
namespace {

/// A preset of the library with the variable that has its key.
struct preset {
    char const* name;
    char const* variable;
    provider (*make)(credential);
};

constexpr preset presets[]{
    {"openrouter", "OPENROUTER_API_KEY", &provider::openrouter},
    {"aimlapi", "AIMLAPI_API_KEY", &provider::aimlapi},
    {"openai", "OPENAI_API_KEY", &provider::openai},
};

std::string value_of(environment const& lookup, char const* name) {
    auto const* const value = lookup(name);
    return value ? value : "";
}

// As provider::from_environment has it: the limits of another server are not OpenAI's.
provider with_base_url(provider made, environment const& lookup) {
    auto url = value_of(lookup, "OPENAI_BASE_URL");
    if (made.name != "openai" || url.empty()) return made;
    auto other = provider::openai_compatible(std::move(url), made.key);
    other.name = made.name;
    return other;
}

/// Longest time, in the queue of a limit, of calls that take so much together.
std::chrono::milliseconds longest_wait(std::optional<std::int64_t> per_minute, double amount) {
    if (!per_minute) return std::chrono::milliseconds(0);
    constexpr double most = 30 * 24 * 60;
    auto const minutes = amount / static_cast<double>(std::max<std::int64_t>(*per_minute, 1));
    return std::chrono::milliseconds(std::llround(std::min(minutes, most) * 60'000));
}

} // namespace

std::optional<provider>
choose_provider(endpoint_arguments const& arguments, environment const& lookup, std::string& problem) {
    if (!arguments.base_url.empty())
        return provider::openai_compatible(arguments.base_url, value_of(lookup, "ASYNC_LLM_API_KEY"));
    for (auto const& each : presets) {
        if (!arguments.provider.empty() && arguments.provider != each.name) continue;
        auto key = value_of(lookup, each.variable);
        if (!key.empty()) return with_base_url(each.make(std::move(key)), lookup);
        problem = std::string(each.variable) + " is not set";
    }
    if (arguments.provider.empty())
        problem =
            "no key is set (OPENROUTER_API_KEY, AIMLAPI_API_KEY or OPENAI_API_KEY), and no --base-url given";
    return std::nullopt;
}

client_config configure_client(endpoint_arguments const& arguments) {
    client_config config;
    config.tls.ca_file = arguments.ca_file;
    if (arguments.http2) config.pool.http2 = http2_mode::prefer;
    return config;
}

void set_limits(client_config& config, job_limits const& limits, std::size_t max_in_flight) {
    config.pool.max_connections = std::max(config.pool.max_connections, max_in_flight);
    if (limits.requests_per_minute || limits.tokens_per_minute)
        config.rates.limits.emplace_back(std::string(), limits.requests_per_minute, limits.tokens_per_minute);
    // All calls in flight may wait for a limit, one behind the other, which must not end them. The server has
    // the usual time nevertheless.
    constexpr double tokens_of_call = 8192;
    auto const calls = static_cast<double>(max_in_flight);
    config.timeouts.first_byte = config.timeouts.total;
    config.timeouts.total = std::chrono::hours(1) + longest_wait(limits.requests_per_minute, calls) +
        longest_wait(limits.tokens_per_minute, calls * tokens_of_call);
    config.rates.burst = limits_burst;
}

} // namespace async_llm::command
