// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/connect_allowance.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>

namespace {

using slow_start = async_llm::policy::connect_allowance;

} // namespace

BOOST_AUTO_TEST_SUITE(connect_allowance)

BOOST_AUTO_TEST_CASE(it_begins_with_a_few_and_never_beyond_the_limit) {
    BOOST_TEST(slow_start(32, 1024).value() == 32u);
    BOOST_TEST(slow_start(32, 5).value() == 5u);
}

BOOST_AUTO_TEST_CASE(each_success_makes_room_for_itself_and_three_more) {
    slow_start allowance(2, 100);
    allowance.succeeded();
    BOOST_TEST(allowance.value() == 5u);
    allowance.succeeded();
    BOOST_TEST(allowance.value() == 8u);
}

BOOST_AUTO_TEST_CASE(it_ends_at_the_limit) {
    slow_start allowance(2, 6);
    allowance.succeeded();
    BOOST_TEST(allowance.value() == 5u);
    allowance.succeeded();
    BOOST_TEST(allowance.value() == 6u);
    allowance.succeeded();
    BOOST_TEST(allowance.value() == 6u);
    slow_start vast(1, static_cast<std::size_t>(-1));
    vast.succeeded();
    BOOST_TEST(vast.value() == 4u);
}

BOOST_AUTO_TEST_CASE(it_begins_anew_with_what_it_began_with) {
    slow_start allowance(40, 100);
    for (int i = 0; i != 9; ++i) allowance.succeeded();
    allowance.begin_anew();
    BOOST_TEST(allowance.value() == 40u);
    allowance.succeeded();
    BOOST_TEST(allowance.value() == 43u);
}

BOOST_AUTO_TEST_CASE(a_failure_leaves_few) {
    slow_start allowance(40, 100);
    for (int i = 0; i != 9; ++i) allowance.succeeded();
    allowance.failed();
    BOOST_TEST(allowance.value() == 16u);
    allowance.succeeded();
    BOOST_TEST(allowance.value() == 19u);
    slow_start small(4, 100);
    small.succeeded();
    small.failed();
    BOOST_TEST(small.value() == 4u);
}

// Rounds of a burst in which all that may be is made: each makes four times as many as the one before.
BOOST_AUTO_TEST_CASE(a_burst_of_two_thousand_takes_five_rounds) {
    slow_start allowance(32, 1024);
    int rounds = 0;
    for (std::size_t made = 0; made < 2000; ++rounds) {
        auto const in_the_making = allowance.value();
        for (std::size_t i = 0; i != in_the_making; ++i) allowance.succeeded();
        made += in_the_making;
    }
    BOOST_TEST(rounds == 5);
}

BOOST_AUTO_TEST_SUITE_END()
