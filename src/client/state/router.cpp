// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/state/router.hpp"

#include <array>
#include <cstdio>

namespace async_llm::detail {
namespace {

using clock = std::chrono::steady_clock;

std::vector<policy::target_traits> traits_of(std::vector<target> const& targets) {
    std::vector<policy::target_traits> result;
    result.reserve(targets.size());
    for (auto const& each : targets) result.emplace_back(each.weight, 1 + each.provider.more_keys.size());
    return result;
}

std::mt19937_64 seeded() {
    // Idempotency keys come from here, so the clients of many processes must not begin alike.
    std::random_device device;
    std::array<std::random_device::result_type, 8> words{};
    for (auto& word : words) word = device();
    std::seed_seq seed(words.begin(), words.end());
    return std::mt19937_64(seed);
}

double unit(std::mt19937_64& engine) { return std::uniform_real_distribution<double>(0, 1)(engine); }

} // namespace

router::router(std::vector<target> const& targets, client_config const& config)
    : hedging_(config.hedging),
      engine_(seeded()),
      budget_(config.retry),
      // Called under the lock, like everything of the board.
      board_(traits_of(targets), config.fallback.order, config.breaker, [this] { return unit(engine_); }) {}

// The clock is read under the lock, so that for the policies time does not go back.
std::uint64_t router::call_begun() {
    std::lock_guard const lock(mutex_);
    budget_.call(clock::now());
    return ++calls_;
}

std::optional<policy::target_choice> router::pick(std::vector<bool> const& tried) {
    std::lock_guard const lock(mutex_);
    return board_.pick(tried, clock::now());
}

void router::record(
    policy::target_choice choice,
    policy::failure_domain domain,
    std::optional<policy::duration> pause
) {
    std::lock_guard const lock(mutex_);
    board_.record(choice, domain, pause, clock::now());
}

bool router::has_other_target(std::vector<bool> const& tried) const {
    std::lock_guard const lock(mutex_);
    return board_.has_other(tried, clock::now());
}

bool router::has_other_key(std::size_t target) const {
    std::lock_guard const lock(mutex_);
    return board_.has_key(target, clock::now());
}

bool router::take_from_budget() {
    std::lock_guard const lock(mutex_);
    bool const granted = budget_.withdraw(clock::now());
    if (!granted) ++refused_;
    return granted;
}

void router::count_retry(bool to_another_target) {
    std::lock_guard const lock(mutex_);
    ++retries_;
    if (to_another_target) ++fallbacks_;
}

void router::count_hedge() {
    std::lock_guard const lock(mutex_);
    ++hedges_;
}

void router::count_hedge_won() {
    std::lock_guard const lock(mutex_);
    ++hedges_won_;
}

std::chrono::nanoseconds router::hedge_delay() const {
    if (hedging_.percentile > 0) {
        std::lock_guard const lock(mutex_);
        if (auto const usual = latencies_.percentile(hedging_.percentile)) return *usual;
    }
    return hedging_.delay;
}

void router::took(std::chrono::nanoseconds time) {
    if (hedging_.percentile <= 0) return;
    std::lock_guard const lock(mutex_);
    latencies_.add(time);
}

double router::random() {
    std::lock_guard const lock(mutex_);
    return unit(engine_);
}

std::string router::make_uuid() {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    {
        std::lock_guard const lock(mutex_);
        high = engine_();
        low = engine_();
    }
    // RFC 9562, version 4.
    high = (high & ~0xf000ULL) | 0x4000ULL;
    low = (low & ~(0xc000ULL << 48)) | (0x8000ULL << 48);
    std::array<char, 40> text{};
    std::snprintf(
        text.data(),
        text.size(),
        "%08x-%04x-%04x-%04x-%012llx",
        static_cast<unsigned>(high >> 32),
        static_cast<unsigned>(high >> 16 & 0xffff),
        static_cast<unsigned>(high & 0xffff),
        static_cast<unsigned>(low >> 48),
        static_cast<unsigned long long>(low & 0xffffffffffffULL)
    );
    return text.data();
}

void router::fill(client_stats& stats) const {
    std::lock_guard const lock(mutex_);
    stats.retries = retries_;
    stats.fallbacks = fallbacks_;
    stats.retries_refused = refused_;
    stats.hedges = hedges_;
    stats.hedges_won = hedges_won_;
}

} // namespace async_llm::detail
