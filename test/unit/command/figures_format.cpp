// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "format.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <cstdint>
#include <limits>

// Figures for people: short, and never more than the figure says.

using namespace async_llm::command;

BOOST_AUTO_TEST_SUITE(figures_format)

BOOST_AUTO_TEST_CASE(whole_numbers_are_grouped) {
    BOOST_TEST(grouped(0) == "0");
    BOOST_TEST(grouped(999) == "999");
    BOOST_TEST(grouped(1000) == "1,000");
    BOOST_TEST(grouped(12345) == "12,345");
    BOOST_TEST(grouped(1234567) == "1,234,567");
    BOOST_TEST(grouped(std::numeric_limits<std::uint64_t>::max()) == "18,446,744,073,709,551,615");
}

BOOST_AUTO_TEST_CASE(rates_are_short) {
    BOOST_TEST(compact(0) == "0");
    BOOST_TEST(compact(-3) == "0");
    BOOST_TEST(compact(std::nan("")) == "0");
    BOOST_TEST(compact(0.25) == "0.2");
    BOOST_TEST(compact(7.34) == "7.3");
    BOOST_TEST(compact(99.94) == "99.9");
    BOOST_TEST(compact(99.96) == "100");
    BOOST_TEST(compact(512) == "512");
    BOOST_TEST(compact(999.4) == "999");
    BOOST_TEST(compact(999.6) == "1k");
    BOOST_TEST(compact(41234) == "41.2k");
    BOOST_TEST(compact(3.4e6) == "3.4M");
    BOOST_TEST(compact(1e300).size() <= 5u);
    BOOST_TEST(compact(std::numeric_limits<double>::infinity()).size() <= 5u);
}

BOOST_AUTO_TEST_CASE(money_below_a_dollar_has_four_digits) {
    BOOST_TEST(money(0) == "$0.00");
    BOOST_TEST(money(0.01234) == "$0.0123");
    BOOST_TEST(money(1.239) == "$1.24");
    BOOST_TEST(money(1234.5) == "$1234.50");
    BOOST_TEST(money(-1) == "$0.00");
}

BOOST_AUTO_TEST_CASE(times_have_two_units) {
    BOOST_TEST(duration_text(0) == "0s");
    BOOST_TEST(duration_text(-5) == "0s");
    BOOST_TEST(duration_text(std::nan("")) == "0s");
    BOOST_TEST(duration_text(59.9) == "59s");
    BOOST_TEST(duration_text(60) == "1m00s");
    BOOST_TEST(duration_text(245) == "4m05s");
    BOOST_TEST(duration_text(3600 * 3 + 60 * 7) == "3h07m");
    BOOST_TEST(duration_text(86400 * 12 + 3600 * 3) == "12d03h");
    BOOST_TEST(duration_text(1e300).size() < 16u);
}

BOOST_AUTO_TEST_CASE(latencies_have_three_digits) {
    BOOST_TEST(latency_text(0) == "0 ms");
    BOOST_TEST(latency_text(0.0012) == "1.2 ms");
    BOOST_TEST(latency_text(0.34) == "340 ms");
    BOOST_TEST(latency_text(0.9999) == "1.00 s");
    BOOST_TEST(latency_text(1.234) == "1.23 s");
    BOOST_TEST(latency_text(12.34) == "12.3 s");
    BOOST_TEST(latency_text(123.4) == "123 s");
}

BOOST_AUTO_TEST_CASE(hundred_percent_is_all_and_none_is_nothing) {
    BOOST_TEST(percent(0, 10) == "0.0%");
    BOOST_TEST(percent(1, 1'000'000) == "0.1%");
    BOOST_TEST(percent(999'999, 1'000'000) == "99.9%");
    BOOST_TEST(percent(1, 4) == "25.0%");
    BOOST_TEST(percent(10, 10) == "100%");
    BOOST_TEST(percent(0, 0) == "100%");
}

BOOST_AUTO_TEST_SUITE_END()
