// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "limit_share.hpp"

#include <cstdint>
#include <optional>

namespace async_llm::command {
namespace {

// The first shards get what does not divide evenly.
std::optional<std::int64_t> divide(std::optional<std::int64_t> whole, bulk_shard shard) {
    if (!whole) return whole;
    auto const count = static_cast<std::int64_t>(shard.count);
    return *whole / count + (static_cast<std::int64_t>(shard.index) < *whole % count ? 1 : 0);
}

std::string check_rate(std::optional<std::int64_t> part, char const* name, bulk_shard shard) {
    if (!part || *part > 0) return std::string();
    return std::string(name) + ": less than one a minute for each of " + std::to_string(shard.count) +
        " shards";
}

} // namespace

std::string share_limits(job_limits const& whole, bulk_shard shard, job_limits& part) {
    part = whole;
    part.requests_per_minute = divide(whole.requests_per_minute, shard);
    part.tokens_per_minute = divide(whole.tokens_per_minute, shard);
    part.max_total_tokens = divide(whole.max_total_tokens, shard);
    part.max_calls = divide(whole.max_calls, shard);
    if (whole.max_cost) part.max_cost = *whole.max_cost / static_cast<double>(shard.count);
    auto problem = check_rate(part.requests_per_minute, "--rpm", shard);
    if (problem.empty()) problem = check_rate(part.tokens_per_minute, "--tpm", shard);
    return problem;
}

} // namespace async_llm::command
