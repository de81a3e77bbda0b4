// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/retry_budget.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

namespace {

using namespace async_llm::policy;
using namespace std::chrono_literals;
using async_llm::retry_policy;
using budget = async_llm::policy::retry_budget;
using std::chrono::milliseconds;

constexpr time_point start(1h);

retry_policy sharing(double ratio, std::size_t minimum, milliseconds window = 10s) {
    retry_policy policy;
    policy.budget_ratio = ratio;
    policy.budget_minimum = minimum;
    policy.budget_window = window;
    return policy;
}

void call(budget& b, int times, time_point at) {
    for (int i = 0; i < times; ++i) b.call(at);
}

/// Returns the number of retries that are granted in a row.
int drain(budget& b, time_point at, int most = 1'000'000) {
    int granted = 0;
    while (granted < most && b.withdraw(at)) ++granted;
    return granted;
}

/// Counts those later than `now - span`.
std::uint64_t within(std::vector<time_point> const& times, time_point now, duration span) {
    auto const first = std::upper_bound(times.begin(), times.end(), now - span);
    return static_cast<std::uint64_t>(times.end() - first);
}

/// A random sequence of events; a second account, kept in plain lists, judges each answer.
void walk(std::uint32_t seed) {
    std::mt19937 random(seed);
    auto const below = [&random](int end) { return std::uniform_int_distribution<int>(0, end - 1)(random); };
    auto const policy = sharing(below(100) / 100.0, std::size_t(below(20)), milliseconds(100 + below(5000)));
    budget b(policy);
    duration const window = policy.budget_window;
    auto const step = window / 20;
    std::vector<time_point> calls;
    std::vector<time_point> retries;
    auto const allowed = [&policy](std::uint64_t of_calls) {
        auto const share = std::floor(policy.budget_ratio * static_cast<double>(of_calls));
        return std::max(share, static_cast<double>(policy.budget_minimum));
    };

    auto now = start;
    int const pace = 1 + below(50);
    for (int i = 0; i < 3000; ++i) {
        if (below(3) == 0) now += std::chrono::microseconds(below(pace * 1000));
        if (below(500) == 0) now += window / (1 + below(4));
        if (below(2) == 0) {
            b.call(now);
            calls.push_back(now);
        } else if (b.withdraw(now)) {
            retries.push_back(now);
            auto const made = static_cast<double>(within(retries, now, window));
            BOOST_TEST_REQUIRE(made <= allowed(within(calls, now, window)));
        } else {
            // Not without reason either, except for the precision of a step on each side.
            auto const made = static_cast<double>(within(retries, now, window + step + 20ns));
            BOOST_TEST_REQUIRE(made + 1 > allowed(within(calls, now, window - step)));
        }
    }
}

/// Calls that all fail and are tried up to three times, as many per millisecond; returns how often something
/// was sent.
std::uint64_t outage(budget& b, int calls_per_ms, int seconds) {
    // How many first and second attempts have failed whose retry is due then.
    std::vector<std::array<int, 2>> due(std::size_t(seconds) * 1000 + 2000);
    std::uint64_t sent = 0;
    for (std::size_t ms = 0; ms < std::size_t(seconds) * 1000; ++ms) {
        auto const now = start + milliseconds(ms);
        for (int i = 0; i < calls_per_ms; ++i) b.call(now);
        sent += static_cast<std::uint64_t>(calls_per_ms);
        due[ms + 500][0] += calls_per_ms;
        for (std::size_t attempt = 0; attempt < 2; ++attempt) {
            for (int i = 0; i < due[ms][attempt]; ++i) {
                if (!b.withdraw(now)) continue;
                ++sent;
                if (attempt == 0) ++due[ms + 1000][1];
            }
        }
    }
    return sent;
}

} // namespace

BOOST_AUTO_TEST_SUITE(retry_budget)

BOOST_AUTO_TEST_CASE(a_client_with_few_calls_may_retry_them) {
    budget b(sharing(0.2, 10));
    BOOST_TEST(drain(b, start) == 10);
    call(b, 50, start);
    BOOST_TEST(drain(b, start) == 0);
    call(b, 5, start);
    BOOST_TEST(drain(b, start) == 1);
}

BOOST_AUTO_TEST_CASE(with_many_calls_a_share_of_them_is_retried) {
    budget b(sharing(0.2, 10));
    call(b, 1000, start);
    BOOST_TEST(drain(b, start) == 200);
    BOOST_TEST(!b.withdraw(start + 5s));
    call(b, 100, start + 5s);
    BOOST_TEST(drain(b, start + 5s) == 20);
}

BOOST_AUTO_TEST_CASE(what_is_older_than_the_window_counts_no_longer) {
    budget b(sharing(0.2, 10));
    call(b, 1000, start);
    BOOST_TEST(drain(b, start, 150) == 150);
    BOOST_TEST(!b.withdraw(start + 10s));
    // The calls have left the window by now, and with them the right to 50 more; the retries have, too.
    BOOST_TEST(drain(b, start + 10s + 500ms) == 10);
    BOOST_TEST(drain(b, start + 1h) == 10);
    BOOST_TEST(drain(b, start + 24h * 365 * 50) == 10);
}

BOOST_AUTO_TEST_CASE(a_budget_may_be_nothing) {
    budget b(sharing(0, 0));
    call(b, 1000, start);
    BOOST_TEST(!b.withdraw(start));
    budget none(sharing(0.2, 0));
    BOOST_TEST(!none.withdraw(start));
}

BOOST_AUTO_TEST_CASE(policies_without_sense_do_no_harm) {
    constexpr double infinite = std::numeric_limits<double>::infinity();
    for (double const ratio : {std::numeric_limits<double>::quiet_NaN(), -1.0, -infinite}) {
        budget b(sharing(ratio, 3));
        call(b, 1000, start);
        BOOST_TEST(drain(b, start) == 3);
    }
    budget generous(sharing(infinite, 3));
    BOOST_TEST(drain(generous, start) == 3);
    call(generous, 1, start);
    BOOST_TEST(drain(generous, start, 1000) == 1000);
    for (auto const window : {milliseconds::min(), 0ms, 1ms, milliseconds::max()}) {
        budget b(sharing(0.5, 3, window));
        call(b, 100, start);
        BOOST_TEST(drain(b, start) == 50);
        BOOST_TEST(drain(b, start + 1s) <= 3);
    }
    budget large(sharing(0, std::numeric_limits<std::size_t>::max()));
    BOOST_TEST(drain(large, start, 1000) == 1000);
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_read_out_of_order_does_no_harm) {
    budget b(sharing(0.2, 0));
    call(b, 50, start + 3s);
    call(b, 50, start + 2s);
    BOOST_TEST(drain(b, start + 1s) == 20);
}

BOOST_AUTO_TEST_CASE(in_no_window_there_are_more_retries_than_its_calls_allow) {
    for (std::uint32_t seed = 1; seed <= 60; ++seed) {
        BOOST_TEST_CONTEXT("seed " << seed) { walk(seed); }
    }
}

BOOST_AUTO_TEST_CASE(an_outage_costs_at_most_a_fifth_more) {
    constexpr int seconds = 25;
    constexpr std::uint64_t calls = 10'000 * seconds;
    retry_policy const defaults;
    budget b(defaults);
    auto const sent = outage(b, 10, seconds);
    BOOST_TEST(sent <= calls + calls / 5 + defaults.budget_minimum);
    // And it is used.
    BOOST_TEST(sent >= calls + calls * 17 / 100);

    // What it would cost otherwise; the last ones are not over yet.
    budget boundless(sharing(1000, 0));
    BOOST_TEST(outage(boundless, 10, seconds) > calls * 28 / 10);
}

BOOST_AUTO_TEST_SUITE_END()
