// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "thread_safety/setting.hpp"
#include <async_llm/observer.hpp>

#include <atomic>
#include <memory>

// What calls share beside the connections: limits of rate and of calls in flight, budget, breakers, keys,
// hedges. Four threads run a client with two targets, eight others call it, its provider fails one request in
// three, and some calls are cancelled while they wait.

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;

constexpr std::size_t calling_threads = 8;
constexpr std::size_t calls_each = 30;

testing::scripted_reply failing_reply(testing::received_request const& request) {
    switch ((request.connection + request.request_on_connection) % 6) {
    case 0: return testing::scripted_reply::error(503, "Busy");
    case 1: {
        auto later = testing::scripted_reply::error(429, "Slow down");
        later.headers.emplace_back("retry-after-ms", "5");
        later.headers.emplace_back("x-ratelimit-remaining-requests", "20");
        return later;
    }
    default: return mixed_reply(request);
    }
}

void configure(client_config& config) {
    config.pool.max_connections = 12;
    config.retry.max_attempts = 40;
    config.retry.initial_backoff = config.retry.max_backoff = 2ms;
    config.retry.budget_minimum = 1'000'000;
    config.hedging.delay = 15ms;
    config.rates.limits.emplace_back("", 60'000, 600'000'000);
    config.rates.burst = 10ms;
    config.concurrency.initial = config.concurrency.ceiling = 10;
    config.fallback.order = target_order::by_weight;
    config.breaker.cooldown = 5ms;
    config.breaker.max_cooldown = 10ms;
}

/// Counts its notifications, from whichever thread.
class counter final : public observer {
public:
    void call_started(call_started_event const&) noexcept override { ++started; }
    void attempt_started(attempt_started_event const&) noexcept override { ++attempts; }
    void call_finished(call_finished_event const&) noexcept override { ++finished; }

    std::atomic<std::size_t> started = 0;
    std::atomic<std::size_t> attempts = 0;
    std::atomic<std::size_t> finished = 0;
};

} // namespace

int main() {
    setting s;
    configure(s.config);
    auto const seen = std::make_shared<counter>();
    s.config.observer = seen;
    s.server.server.respond_with(&failing_reply);
    tally l;
    {
        auto other = s.endpoint;
        other.name = "other";
        other.more_keys = {"second-key", "third-key"};
        std::vector<target> targets;
        targets.emplace_back(s.endpoint);
        targets.emplace_back(other);
        client const c(s.threads.get_executor(), targets, s.config);
        callers threads(calling_threads, [&](std::size_t thread) {
            for (std::size_t i = 0; i < calls_each; ++i) {
                if ((thread + i) % 3 == 0)
                    call_and_cancel(s.threads, c, l, i);
                else
                    // Every target may rest after its failures at the moment.
                    call(c, l, errc::circuit_open);
                check(c.stats().concurrency_limit <= 20, "the limit of calls in flight");
            }
        });
        threads.join();
        l.wait();
        auto const stats = c.stats();
        check(stats.calls_in_flight == 0 && stats.limited == 0, "calls are left");
        check(stats.calls_completed == l.completed(), "calls completed");
        check(stats.retries > 0, "nothing was sent again");
        std::printf("%zu retries, %zu hedges, ", std::size_t(stats.retries), std::size_t(stats.hedges));
    }
    s.threads.join();
    constexpr auto all = calling_threads * calls_each;
    check(l.completed() + l.stopped() == all, "calls got lost");
    check(seen->started == all && seen->finished == all, "calls that nobody heard of");
    check(seen->attempts >= l.completed(), "attempts that nobody heard of");
    std::printf("%zu completed, %zu stopped\n", l.completed(), l.stopped());
}
