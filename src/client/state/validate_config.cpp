// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/state/validate_config.hpp"

#include "codec/http/base_url.hpp"

#include <boost/system/system_error.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

namespace async_llm::detail {
namespace {

constexpr double unbounded = std::numeric_limits<double>::max();

[[noreturn]] void refuse(std::string const& problem) {
    throw boost::system::system_error(errc::invalid_request, problem);
}

void check_duration(char const* field, std::chrono::milliseconds value) {
    if (value.count() < 0) refuse(std::string(field) + ": is negative");
}

void check_at_least(char const* field, std::size_t value, std::size_t least) {
    if (value < least) refuse(std::string(field) + ": is below " + std::to_string(least));
}

void check_between(char const* field, double value, double low, double high) {
    // Written so that what is no number is refused too.
    if (!(value >= low && value <= high)) refuse(std::string(field) + ": is out of bounds");
}

void check_limits(client_config const& c) {
    check_duration("timeouts.resolve", c.timeouts.resolve);
    check_duration("timeouts.connect", c.timeouts.connect);
    check_duration("timeouts.tls_handshake", c.timeouts.tls_handshake);
    check_duration("timeouts.pool", c.timeouts.pool);
    check_duration("timeouts.write", c.timeouts.write);
    check_duration("timeouts.first_byte", c.timeouts.first_byte);
    check_duration("timeouts.first_content", c.timeouts.first_content);
    check_duration("timeouts.content_idle", c.timeouts.content_idle);
    check_duration("timeouts.total", c.timeouts.total);
    check_duration("pool.idle_timeout", c.pool.idle_timeout);
    check_duration("pool.max_age", c.pool.max_age);
    check_duration("pool.dns_ttl", c.pool.dns_ttl);
    check_duration("pool.ping_interval", c.pool.ping_interval);
    check_duration("pool.address_race_delay", c.pool.address_race_delay);
    check_at_least("pool.max_connections", c.pool.max_connections, 1);
    check_at_least("pool.max_connecting", c.pool.max_connecting, 1);
    check_at_least("max_header_size", c.max_header_size, 1024);
    check_at_least("max_json_depth", c.max_json_depth, 8);
    if (c.max_json_members != 0) check_at_least("max_json_members", c.max_json_members, 32);
    if (c.max_json_values != 0) check_at_least("max_json_values", c.max_json_values, 1024);
    if (c.max_json_expansion != 0) check_at_least("max_json_expansion", c.max_json_expansion, 4);
    if (c.max_event_size != 0) check_at_least("max_event_size", c.max_event_size, 1024);
}

void check_retry(retry_policy const& r) {
    if (r.max_attempts < 1) refuse("retry.max_attempts: is below 1");
    check_duration("retry.initial_backoff", r.initial_backoff);
    check_duration("retry.max_backoff", r.max_backoff);
    check_duration("retry.max_retry_after", r.max_retry_after);
    check_between("retry.multiplier", r.multiplier, 1, unbounded);
    check_between("retry.jitter", r.jitter, 0, 1);
    check_between("retry.budget_ratio", r.budget_ratio, 0, unbounded);
    if (r.budget_window < std::chrono::milliseconds(100)) refuse("retry.budget_window: is below 100 ms");
}

void check_rate(char const* field, std::optional<std::int64_t> const& value) {
    if (value && *value < 1) refuse(std::string(field) + ": is below 1");
}

void check_traffic(client_config const& c) {
    for (auto const& each : c.rates.limits) {
        check_rate("rates.limits: requests_per_minute", each.requests_per_minute);
        check_rate("rates.limits: tokens_per_minute", each.tokens_per_minute);
    }
    check_duration("rates.burst", c.rates.burst);
    if (c.rates.burst > std::chrono::minutes(1)) refuse("rates.burst: is above a minute");
    if (c.rates.expected_reply_tokens < 0) refuse("rates.expected_reply_tokens: is negative");
    check_at_least("concurrency.floor", c.concurrency.floor, 1);
    check_between("concurrency.decrease", c.concurrency.decrease, 0.1, 0.99);
    check_duration("hedging.delay", c.hedging.delay);
    check_between("hedging.percentile", c.hedging.percentile, 0, 1);
    check_duration("breaker.cooldown", c.breaker.cooldown);
    check_duration("breaker.max_cooldown", c.breaker.max_cooldown);
}

template <class Number>
bool is_bad(std::optional<Number> const& value) {
    // Written so that what is no number is bad too.
    return value && !(*value >= 0 && *value <= std::numeric_limits<Number>::max());
}

void check_tls(tls_config const& c) {
    if (c.max_session_age.count() < 0) refuse("tls.max_session_age: is negative");
    if (c.server_name.empty()) return;
    std::string detail;
    auto const ec = codec::check_server_name(c.server_name, detail);
    refuse_if(ec, "tls.server_name: " + detail);
}

} // namespace

void refuse_if(error_code const& ec, std::string const& sentence) {
    if (ec) throw boost::system::system_error(ec, sentence);
}

void validate_config(client_config const& config) {
    check_limits(config);
    check_retry(config.retry);
    check_traffic(config);
    if (auto const problem = check_spending(config.spending); !problem.empty()) refuse(problem);
    check_tls(config.tls);
}

std::string check_spending(spending_limits const& limits) {
    auto const& before = limits.already_spent;
    char const* field = nullptr;
    if (is_bad(limits.max_cost)) field = "max_cost";
    if (is_bad(limits.max_total_tokens)) field = "max_total_tokens";
    if (is_bad(limits.max_calls)) field = "max_calls";
    if (is_bad(limits.input_price)) field = "input_price";
    if (is_bad(limits.output_price)) field = "output_price";
    if (is_bad(std::optional(before.cost))) field = "already_spent.cost";
    if (is_bad(std::optional(before.total_tokens))) field = "already_spent.total_tokens";
    if (is_bad(std::optional(before.calls))) field = "already_spent.calls";
    return field ? "spending." + std::string(field) + ": is negative or no number" : std::string();
}

void check_targets(std::vector<target> const& targets) {
    if (targets.empty()) refuse("targets: there is none");
    for (auto const& each : targets) {
        if (!(each.weight > 0 && each.weight <= unbounded)) refuse("targets: a weight is not above 0");
        auto const& provider = each.provider;
        bool blank = provider.key.empty();
        for (auto const& key : provider.more_keys) blank = blank || key.empty();
        if (blank && !provider.more_keys.empty()) refuse("provider.more_keys: a key is empty");
    }
}

} // namespace async_llm::detail
