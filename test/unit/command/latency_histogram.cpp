// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "latency_histogram.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cmath>

// Quantiles are right to the width of a bin.

using namespace async_llm;
using namespace async_llm::command;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(latency_histogram)

BOOST_AUTO_TEST_CASE(nothing_has_no_latency) {
    command::latency_histogram const histogram;
    BOOST_TEST(histogram.count() == 0u);
    BOOST_TEST(histogram.quantile(0.5) == 0);
    BOOST_TEST(histogram.longest() == 0);
}

BOOST_AUTO_TEST_CASE(bins_follow_each_other) {
    for (std::size_t i = 1; i < command::latency_histogram::bins; ++i) {
        auto const low = command::latency_histogram::lower_bound(i);
        auto const high = command::latency_histogram::lower_bound(i + 1);
        BOOST_TEST(high / low < 1.09);
        BOOST_TEST(command::latency_histogram::bin_of(low * 1.0001) == i);
        BOOST_TEST(command::latency_histogram::bin_of(high * 0.9999) == i);
    }
    BOOST_TEST(command::latency_histogram::lower_bound(command::latency_histogram::bins) > 1800);
}

BOOST_AUTO_TEST_CASE(extremes_are_counted) {
    command::latency_histogram histogram;
    histogram.add(0ns);
    histogram.add(-5s);
    histogram.add(100h);
    BOOST_TEST(histogram.count() == 3u);
    BOOST_TEST(histogram.count_of(0) == 2u);
    BOOST_TEST(histogram.count_of(command::latency_histogram::bins - 1) == 1u);
    BOOST_TEST(histogram.longest() == 360'000);
}

BOOST_AUTO_TEST_CASE(quantiles_are_near) {
    command::latency_histogram histogram;
    for (int i = 1; i <= 1000; ++i) histogram.add(i * 1ms);
    for (double const share : {0.01, 0.1, 0.5, 0.9, 0.99})
        BOOST_TEST(std::abs(histogram.quantile(share) / share - 1) < 0.09);
    BOOST_TEST(histogram.quantile(1) == 1);
}

BOOST_AUTO_TEST_CASE(a_quantile_is_not_longer_than_the_longest) {
    command::latency_histogram histogram;
    histogram.add(123ms);
    BOOST_TEST(std::abs(histogram.quantile(0.5) - 0.123) < 0.011);
    BOOST_TEST(histogram.quantile(0.99) <= 0.123);
}

BOOST_AUTO_TEST_CASE(sums_are_as_if_all_had_been_counted_together) {
    command::latency_histogram one;
    command::latency_histogram other;
    command::latency_histogram all;
    for (int i = 1; i <= 100; ++i) {
        (i % 3 == 0 ? one : other).add(i * 7ms);
        all.add(i * 7ms);
    }
    one.add(other);
    BOOST_TEST(one.count() == all.count());
    BOOST_TEST(one.longest() == all.longest());
    BOOST_TEST(one.quantile(0.5) == all.quantile(0.5));
}

BOOST_AUTO_TEST_SUITE_END()
