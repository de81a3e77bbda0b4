// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "run_history.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>

// The history of a run keeps its sums, however long the run is.

using namespace async_llm;
using namespace async_llm::command;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(run_history)

BOOST_AUTO_TEST_CASE(calls_are_in_the_second_in_which_they_end) {
    command::run_history history;
    history.add_answer(0ms, 100ms, 10);
    history.add_answer(999ms, 200ms, 20);
    history.add_failure(1000ms);
    history.add_rate_limited(2500ms);
    auto const& intervals = history.intervals();
    BOOST_REQUIRE(intervals.size() == 3u);
    BOOST_TEST(history.interval_seconds() == 1);
    BOOST_TEST(intervals[0].answered == 2u);
    BOOST_TEST(intervals[0].tokens == 30);
    BOOST_TEST(intervals[0].latency.count() == 2u);
    BOOST_TEST(intervals[1].failed == 1u);
    BOOST_TEST(intervals[1].latency.count() == 0u);
    BOOST_TEST(intervals[2].rate_limited == 1u);
    BOOST_TEST(history.latency().count() == 2u);
}

BOOST_AUTO_TEST_CASE(a_long_run_has_longer_intervals) {
    command::run_history history;
    constexpr int seconds = 10'000;
    for (int i = 0; i < seconds; ++i) {
        history.add_answer(i * 1s, 10ms, 3);
        if (i % 10 == 0) history.add_failure(i * 1s);
        if (i % 100 == 0) history.add_rate_limited(i * 1s);
    }
    auto const& intervals = history.intervals();
    BOOST_TEST(history.interval_seconds() == 64);
    BOOST_TEST(intervals.size() == std::size_t(seconds / 64 + 1));
    BOOST_TEST(intervals.size() <= command::run_history::most_intervals);
    command::run_history::interval sum;
    for (auto const& each : intervals) {
        BOOST_TEST(each.answered <= 64u);
        sum.answered += each.answered;
        sum.failed += each.failed;
        sum.rate_limited += each.rate_limited;
        sum.tokens += each.tokens;
        sum.latency.add(each.latency);
    }
    BOOST_TEST(sum.answered == 10'000u);
    BOOST_TEST(sum.failed == 1'000u);
    BOOST_TEST(sum.rate_limited == 100u);
    BOOST_TEST(sum.tokens == 30'000);
    BOOST_TEST(sum.latency.count() == 10'000u);
    BOOST_TEST(intervals[0].answered == 64u);
}

BOOST_AUTO_TEST_CASE(a_pause_of_days_is_no_harm) {
    command::run_history history;
    history.add_answer(0s, 1s, 1);
    history.add_answer(std::chrono::hours(24 * 365), 1s, 1);
    history.add_answer(-1s, 1s, 1);
    BOOST_TEST(history.intervals().size() <= command::run_history::most_intervals);
    BOOST_TEST(history.intervals().front().answered == 2u);
    BOOST_TEST(history.intervals().back().answered == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
