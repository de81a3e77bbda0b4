// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_STATE_ROUTER_HPP
#define ASYNC_LLM_CLIENT_STATE_ROUTER_HPP

#include "policy/latency_window.hpp"
#include "policy/recovery.hpp"
#include "policy/retry_budget.hpp"
#include "policy/target_selector.hpp"
#include <async_llm/client_config.hpp>
#include <async_llm/client_stats.hpp>
#include <async_llm/fallback.hpp>

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace async_llm::detail {

/// Thread-safe shell of target selection, retry budget and latency statistics.
/** The decisions are those of `policy`; here they get the clock, the dice and a lock. Thread safety: all. */
class router final : public policy::recovery_resources {
public:
    router(std::vector<target> const& targets, client_config const& config);
    router(router const&) = delete;
    router& operator=(router const&) = delete;

    /// A call begins. Returns its number.
    std::uint64_t call_begun();

    std::optional<policy::target_choice> pick(std::vector<bool> const& tried);
    void record(
        policy::target_choice choice,
        policy::failure_domain domain,
        std::optional<policy::duration> pause
    );
    bool has_other_target(std::vector<bool> const& tried) const override;
    bool has_other_key(std::size_t target) const override;
    bool take_from_budget() override;
    void count_retry(bool to_another_target);
    void count_hedge();
    void count_hedge_won();

    /// When to send a second request; zero: never.
    std::chrono::nanoseconds hedge_delay() const;
    void took(std::chrono::nanoseconds time);

    double random() override;
    /// A new idempotency key: a random UUID.
    std::string make_uuid();

    void fill(client_stats& stats) const;

private:
    hedging_policy hedging_;
    mutable std::mutex mutex_;
    std::mt19937_64 engine_;
    policy::retry_budget budget_;
    policy::target_selector board_;
    policy::latency_window latencies_;
    std::uint64_t calls_ = 0;
    std::uint64_t retries_ = 0;
    std::uint64_t fallbacks_ = 0;
    std::uint64_t refused_ = 0;
    std::uint64_t hedges_ = 0;
    std::uint64_t hedges_won_ = 0;
};

} // namespace async_llm::detail

#endif
