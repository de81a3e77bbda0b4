// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/aimd_limit.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstddef>
#include <limits>

namespace {

using flow = async_llm::policy::aimd_limit;
using async_llm::concurrency_policy;
using async_llm::policy::time_point;
using namespace std::chrono_literals;

constexpr time_point start{1h};

concurrency_policy between(std::size_t floor, std::size_t ceiling, double decrease = 0.5) {
    concurrency_policy result;
    result.floor = floor;
    result.ceiling = ceiling;
    result.decrease = decrease;
    return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(aimd_limit)

BOOST_AUTO_TEST_CASE(with_a_ceiling_it_applies_from_the_beginning) {
    flow const f(between(4, 10), 512);
    BOOST_TEST(f.limit() == 10u);
    BOOST_TEST(f.admits(9));
    BOOST_TEST(!f.admits(10));
}

BOOST_AUTO_TEST_CASE(without_a_ceiling_it_applies_only_after_a_fall_and_until_it_has_risen_again) {
    flow f(between(4, 0), 8);
    BOOST_TEST(f.limit() == 8u);
    BOOST_TEST(f.admits(5'000));
    f.overload(8, start, start + 1s);
    BOOST_TEST(f.limit() == 4u);
    BOOST_TEST(f.admits(3));
    BOOST_TEST(!f.admits(4));
    int rises = 0;
    for (; f.applies(); ++rises) f.well(8);
    // From 4 to 8 by one for each round of calls.
    BOOST_TEST(rises >= 4 + 5 + 6 + 7);
    BOOST_TEST(rises <= 4 + 5 + 6 + 7 + 8);
    BOOST_TEST(f.limit() == 8u);
    BOOST_TEST(f.admits(5'000));
}

BOOST_AUTO_TEST_CASE(begins_with_what_is_given_between_floor_and_ceiling) {
    auto from = between(4, 100);
    from.initial = 20;
    BOOST_TEST(flow(from, 512).limit() == 20u);
    from.initial = 1;
    BOOST_TEST(flow(from, 512).limit() == 4u);
    from.initial = 1'000;
    BOOST_TEST(flow(from, 512).limit() == 100u);
    from.ceiling = 0;
    from.initial = 20;
    BOOST_TEST(!flow(from, 512).admits(20));
}

BOOST_AUTO_TEST_CASE(what_does_not_adapt_stays_at_its_ceiling_or_does_not_apply) {
    auto from = between(2, 10);
    from.adaptive = false;
    from.initial = 3;
    flow f(from, 512);
    f.overload(10, start, start + 1s);
    BOOST_TEST(f.limit() == 10u);
    BOOST_TEST(f.admits(9));
    BOOST_TEST(!f.admits(10));

    from.ceiling = 0;
    flow none(from, 512);
    none.overload(600, start, start + 1s);
    BOOST_TEST(none.limit() == 512u);
    BOOST_TEST(none.admits(5'000));
}

BOOST_AUTO_TEST_CASE(falls_to_a_whole_part_of_itself_but_not_below_the_floor) {
    flow f(between(3, 10, 0.7), 512);
    auto now = start;
    for (std::size_t const expected : {7u, 4u, 3u, 3u}) {
        f.overload(10, now, now + 1s);
        BOOST_TEST(f.limit() == expected);
        // Nothing of the next whole one is left, so that one more call does not make it.
        f.well(10);
        BOOST_TEST(f.limit() == expected);
        now += 2s;
    }
}

BOOST_AUTO_TEST_CASE(falls_from_what_was_in_flight_if_that_is_less) {
    flow f(between(4, 0), 512);
    f.overload(20, start, start + 1s);
    BOOST_TEST(f.limit() == 10u);
    f.overload(1, start + 2s, start + 3s);
    BOOST_TEST(f.limit() == 4u);
}

BOOST_AUTO_TEST_CASE(falls_once_for_all_that_were_in_flight_together) {
    flow f(between(1, 64), 512);
    for (int i = 0; i < 10; ++i) f.overload(64, start, start + 1s);
    f.overload(64, start + 1s, start + 2s);
    BOOST_TEST(f.limit() == 32u);
    f.overload(64, start + 1s + 1ns, start + 3s);
    BOOST_TEST(f.limit() == 16u);
}

BOOST_AUTO_TEST_CASE(rises_only_while_at_least_half_of_it_is_in_use) {
    flow f(between(4, 40), 512);
    f.overload(40, start, start + 1s);
    BOOST_TEST(f.limit() == 20u);
    for (int i = 0; i < 1'000; ++i) f.well(9);
    BOOST_TEST(f.limit() == 20u);
    for (int i = 0; i < 21; ++i) f.well(11);
    BOOST_TEST(f.limit() == 21u);
}

BOOST_AUTO_TEST_CASE(never_rises_above_its_ceiling) {
    flow f(between(4, 8), 512);
    f.overload(8, start, start + 1s);
    for (int i = 0; i < 1'000; ++i) f.well(8);
    BOOST_TEST(f.limit() == 8u);
    BOOST_TEST(!f.admits(8));
}

BOOST_AUTO_TEST_CASE(of_a_floor_and_a_lower_ceiling_the_ceiling_counts) {
    flow f(between(10, 3), 512);
    BOOST_TEST(f.limit() == 3u);
    f.overload(3, start, start + 1s);
    BOOST_TEST(f.limit() == 3u);
}

BOOST_AUTO_TEST_CASE(is_never_below_one_whatever_is_asked_for) {
    flow f(between(0, 1), 512);
    f.overload(0, start, start + 1s);
    BOOST_TEST(f.limit() == 1u);
    BOOST_TEST(f.admits(0));
    BOOST_TEST(flow(between(0, 0), 0).limit() == 1u);
}

BOOST_AUTO_TEST_CASE(decreases_out_of_range_count_as_the_nearest) {
    for (double const decrease : {0.0, -3.0, std::numeric_limits<double>::quiet_NaN()}) {
        flow f(between(1, 100, decrease), 512);
        f.overload(100, start, start + 1s);
        BOOST_TEST(f.limit() == 10u);
    }
    flow f(between(1, 100, 7.0), 512);
    f.overload(100, start, start + 1s);
    BOOST_TEST(f.limit() == 99u);
}

BOOST_AUTO_TEST_CASE(the_largest_numbers_do_not_overflow) {
    auto const most = std::numeric_limits<std::size_t>::max();
    flow f(between(most, most), most);
    BOOST_TEST(f.admits(1'000'000));
    f.well(most);
    f.overload(most, start, start + 1s);
    BOOST_TEST(f.limit() > 0u);
}

BOOST_AUTO_TEST_SUITE_END()
