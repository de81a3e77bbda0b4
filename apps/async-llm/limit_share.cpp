// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "limit_share.hpp"

#include <async_llm/bulk_merge.hpp>

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

// Also for the shards that would get one: the job would not end.
std::string check_rate(std::optional<std::int64_t> whole, char const* name, bulk_shard shard) {
    if (!whole || *whole >= static_cast<std::int64_t>(shard.count)) return std::string();
    return std::string(name) + ": less than one a minute for each of " + std::to_string(shard.count) +
        " shards";
}

} // namespace

std::string share_limits(job_limits const& whole, bulk_shard shard, job_limits& part) {
    part = whole;
    if (whole.limits_file.empty()) {
        part.requests_per_minute = divide(whole.requests_per_minute, shard);
        part.tokens_per_minute = divide(whole.tokens_per_minute, shard);
    }
    part.max_total_tokens = divide(whole.max_total_tokens, shard);
    part.max_calls = divide(whole.max_calls, shard);
    if (whole.max_cost) part.max_cost = *whole.max_cost / static_cast<double>(shard.count);
    auto problem = check_rate(whole.requests_per_minute, "--rpm", shard);
    if (problem.empty()) problem = check_rate(whole.tokens_per_minute, "--tpm", shard);
    return problem;
}

spending_limits make_caps(job_limits const& limits, spending const& before) {
    spending_limits caps;
    caps.max_cost = limits.max_cost;
    caps.max_total_tokens = limits.max_total_tokens;
    caps.max_calls = limits.max_calls;
    if (limits.price) {
        caps.input_price = limits.price->first;
        caps.output_price = limits.price->second;
    }
    caps.already_spent = before;
    return caps;
}

spending spent_before(std::string const& output, job_limits const& limits) {
    // Each answer is one to what this input does not have.
    auto const nothing = [](char*, std::size_t) { return std::size_t(0); };
    auto const report = check_bulk_files(bulk_input("nothing", nothing), {output}, std::string(), 0);
    auto cost = report.cost.value_or(0);
    if (!report.cost && limits.price) {
        constexpr double tokens_of_price = 1e6;
        cost = (static_cast<double>(report.input_tokens) * limits.price->first +
                static_cast<double>(report.output_tokens) * limits.price->second) /
            tokens_of_price;
    }
    auto const calls = report.unknown + report.duplicated + report.superseded;
    return spending(cost, report.input_tokens + report.output_tokens, static_cast<std::int64_t>(calls));
}

} // namespace async_llm::command
