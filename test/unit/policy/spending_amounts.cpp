// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/spending/spending_amounts.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <limits>

namespace {

using namespace async_llm::policy;
using async_llm::spending;

constexpr auto most = std::numeric_limits<std::int64_t>::max();
constexpr double infinite = std::numeric_limits<double>::infinity();

} // namespace

BOOST_AUTO_TEST_SUITE(spending_amounts)

BOOST_AUTO_TEST_CASE(fractions_of_a_dollar_add_up_exactly) {
    async_llm::policy::spending_amounts sum;
    for (int i = 0; i != 10; ++i) sum += to_amounts(spending(0.1, 0, 0));
    BOOST_TEST((sum == to_amounts(spending(1, 0, 0))));
    BOOST_TEST(to_usd(sum.cost) == 1.0);
    // What a hundred tokens of a small model cost.
    BOOST_TEST(to_picodollars(0.00000000213) == 2'130);
}

BOOST_AUTO_TEST_CASE(costs_that_make_no_sense_are_none_or_the_largest) {
    BOOST_TEST(to_picodollars(-1) == 0);
    BOOST_TEST(to_picodollars(std::numeric_limits<double>::quiet_NaN()) == 0);
    BOOST_TEST(to_picodollars(infinite) == most);
    BOOST_TEST(to_picodollars(1e300) == most);
    BOOST_TEST((to_amounts(spending(-1, -1, -1)) == async_llm::policy::spending_amounts()));
}

BOOST_AUTO_TEST_CASE(sums_end_at_the_largest_number) {
    BOOST_TEST(add_saturated(most, 1) == most);
    BOOST_TEST(add_saturated(most - 1, 1) == most);
    BOOST_TEST(add_saturated(1, 2) == 3);
    async_llm::policy::spending_amounts sum(most, most, most);
    sum += async_llm::policy::spending_amounts(1, 2, 3);
    BOOST_TEST((sum == async_llm::policy::spending_amounts(most, most, most)));
    // A part of what had not fitted.
    sum -= async_llm::policy::spending_amounts(most, 0, 0);
    sum -= async_llm::policy::spending_amounts(1, 0, 0);
    BOOST_TEST(sum.calls == 0);
}

BOOST_AUTO_TEST_CASE(a_mean_of_equal_numbers_is_that_number) {
    moving_mean mean;
    BOOST_TEST(!mean.is_known());
    for (int i = 0; i != 100; ++i) mean.add(7'000'001);
    BOOST_TEST(mean.is_known());
    BOOST_TEST(mean.mean() == 7'000'001);
    BOOST_TEST(mean.upper() == 7'000'001);
}

BOOST_AUTO_TEST_CASE(the_first_numbers_have_the_same_weight) {
    moving_mean mean;
    for (double const value : {10, 20, 60}) mean.add(value);
    BOOST_TEST(mean.mean() == 30);
    // 0, then 10 from 10, then 45 from 15.
    BOOST_TEST(mean.upper() == 49);
}

BOOST_AUTO_TEST_CASE(old_numbers_are_forgotten) {
    moving_mean mean;
    for (int i = 0; i != 1'000; ++i) mean.add(1'000'000);
    for (int i = 0; i != 300; ++i) mean.add(10);
    BOOST_TEST(mean.mean() == 11);
    BOOST_TEST(mean.upper() < 100);
}

BOOST_AUTO_TEST_CASE(means_are_rounded_up_and_never_overflow) {
    moving_mean mean;
    mean.add(1);
    mean.add(2);
    BOOST_TEST(mean.mean() == 2);
    mean.add(static_cast<double>(most));
    mean.add(static_cast<double>(most));
    BOOST_TEST(mean.upper() > 0);
    moving_mean zeros;
    zeros.add(0);
    BOOST_TEST(zeros.is_known());
    BOOST_TEST(zeros.upper() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
