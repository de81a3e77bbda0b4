// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/token_bucket.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <random>

namespace {

using bucket = async_llm::policy::token_bucket;
using async_llm::policy::time_point;
using namespace std::chrono_literals;

constexpr time_point start{1h};
constexpr auto huge = std::numeric_limits<std::int64_t>::max();
constexpr auto untold = std::nullopt;

// 60 per minute and 10 s to save up in: ten at most, one each second.
bucket one_each_second() { return bucket(60, 10s, start); }

} // namespace

BOOST_AUTO_TEST_SUITE(token_bucket)

BOOST_AUTO_TEST_CASE(is_full_at_first_and_holds_what_accrues_in_the_time_of_a_burst) {
    auto b = one_each_second();
    BOOST_TEST(b.capacity() == 10.0);
    BOOST_TEST(b.has(10, start));
    b.take(10, start);
    BOOST_TEST(!b.has(1, start));
}

BOOST_AUTO_TEST_CASE(holds_one_however_short_the_burst_and_a_minute_s_worth_however_long) {
    BOOST_TEST(bucket(5, 1ms, start).capacity() == 1.0);
    BOOST_TEST(bucket(5, 0ms, start).capacity() == 1.0);
    BOOST_TEST(bucket(5, -7ms, start).capacity() == 1.0);
    BOOST_TEST(bucket(5, 1h, start).capacity() == 5.0);
    BOOST_TEST(bucket(5, std::chrono::milliseconds::max(), start).capacity() == 5.0);
}

BOOST_AUTO_TEST_CASE(a_rate_below_one_counts_as_one) {
    for (std::int64_t const rate : {std::int64_t(0), std::int64_t(-5), -huge}) {
        bucket b(rate, 10s, start);
        b.take(1, start);
        BOOST_TEST((b.ready_at(1, start) == start + 60s));
    }
}

BOOST_AUTO_TEST_CASE(fills_again_with_time_but_never_above_its_capacity) {
    auto b = one_each_second();
    b.take(10, start);
    BOOST_TEST(!b.has(1, start + 999ms));
    BOOST_TEST(b.has(1, start + 1s));
    BOOST_TEST(!b.has(2, start + 1s));
    BOOST_TEST(b.level(start + 1h) == 10.0);
}

BOOST_AUTO_TEST_CASE(tells_when_enough_will_be_there) {
    auto b = one_each_second();
    BOOST_TEST((b.ready_at(10, start) == start));
    b.take(8, start);
    BOOST_TEST((b.ready_at(2, start) == start));
    BOOST_TEST((b.ready_at(5, start) == start + 3s));
    BOOST_TEST((b.ready_at(5, start + 1s) == start + 3s));
}

BOOST_AUTO_TEST_CASE(at_the_time_that_it_foretold_enough_is_there) {
    std::mt19937_64 random(7);
    for (std::int64_t const rate : {std::int64_t(1), std::int64_t(7), std::int64_t(90'001), huge}) {
        bucket b(rate, 333ms, start);
        auto now = start;
        for (int i = 0; i < 2'000; ++i) {
            auto const amount = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(rate)) + 1;
            auto const ready = b.ready_at(amount, now);
            // Never so early that one who waits until then would ask again and again.
            BOOST_TEST_REQUIRE(b.has(amount, now) == (ready == now));
            BOOST_TEST_REQUIRE(b.has(amount, ready));
            now = ready;
            b.take(amount, now);
            now += std::chrono::nanoseconds(random() % 1'000'000);
        }
    }
}

BOOST_AUTO_TEST_CASE(whoever_needs_more_than_it_holds_takes_it_full_and_leaves_it_in_debt) {
    auto b = one_each_second();
    BOOST_TEST(b.has(25, start));
    b.take(25, start);
    BOOST_TEST(b.level(start) == -15.0);
    BOOST_TEST((b.ready_at(1, start) == start + 16s));
    // Not sooner than when it is full again.
    BOOST_TEST((b.ready_at(25, start) == start + 25s));
}

BOOST_AUTO_TEST_CASE(no_debt_of_a_call_is_longer_than_a_minute) {
    auto b = one_each_second();
    b.take(huge, start);
    BOOST_TEST((b.ready_at(0, start) == start + 60s));
}

BOOST_AUTO_TEST_CASE(what_was_not_used_comes_back_up_to_the_capacity) {
    auto b = one_each_second();
    b.take(9, start);
    b.correct(9, 2, start);
    BOOST_TEST(b.level(start) == 8.0);
    b.correct(huge, 0, start);
    BOOST_TEST(b.level(start) == 10.0);
}

BOOST_AUTO_TEST_CASE(what_was_used_beyond_is_charged_and_leaves_a_debt_of_its_capacity_at_most) {
    auto b = one_each_second();
    b.take(1, start);
    b.correct(1, 15, start);
    BOOST_TEST(b.level(start) == -5.0);
    b.correct(0, huge, start);
    BOOST_TEST(b.level(start) == -10.0);
}

BOOST_AUTO_TEST_CASE(a_correction_does_not_shorten_a_greater_debt) {
    auto b = one_each_second();
    b.take(40, start);
    b.correct(40, 45, start);
    BOOST_TEST(b.level(start) == -30.0);
}

BOOST_AUTO_TEST_CASE(negative_amounts_are_zero) {
    auto b = one_each_second();
    b.take(5, start);
    b.take(-huge, start);
    b.correct(-3, -huge, start);
    BOOST_TEST(b.level(start) == 5.0);
    BOOST_TEST(b.has(-1, start));
}

BOOST_AUTO_TEST_CASE(less_left_at_the_provider_than_here_lowers_the_level) {
    auto b = one_each_second();
    b.lower(untold, 3, untold, start);
    BOOST_TEST(b.level(start) == 3.0);
    b.lower(untold, 9, untold, start);
    BOOST_TEST(b.level(start) == 3.0);
    b.lower(untold, 0, untold, start);
    BOOST_TEST(b.level(start) == 0.0);
    BOOST_TEST((b.ready_at(1, start) == start + 1s));
}

BOOST_AUTO_TEST_CASE(nothing_left_until_a_reset_closes_it_until_then_and_one_is_there_then) {
    auto b = one_each_second();
    b.lower(untold, 0, 30s, start);
    BOOST_TEST(!b.has(1, start + 30s - 1ns));
    BOOST_TEST((b.ready_at(1, start) == start + 30s));
    BOOST_TEST(b.has(1, start + 30s));
    BOOST_TEST(!b.has(2, start + 30s));
    BOOST_TEST((b.ready_at(4, start + 5s) == start + 33s));
    BOOST_TEST((b.ready_at(4, start + 31s) == start + 33s));
}

BOOST_AUTO_TEST_CASE(a_reset_that_comes_before_the_next_would_have_accrued_lets_one_go) {
    bucket b(1, 10s, start);
    b.lower(untold, 0, 10s, start);
    BOOST_TEST((b.ready_at(1, start) == start + 10s));
}

BOOST_AUTO_TEST_CASE(while_closed_nothing_that_comes_back_lets_anybody_go) {
    auto b = one_each_second();
    b.take(8, start);
    b.lower(untold, 0, 30s, start);
    b.correct(8, 0, start + 1s);
    BOOST_TEST(!b.has(1, start + 29s));
    BOOST_TEST(b.has(9, start + 30s));
    BOOST_TEST(!b.has(10, start + 30s));
}

BOOST_AUTO_TEST_CASE(a_later_reply_does_not_open_it_sooner) {
    auto b = one_each_second();
    b.lower(untold, 0, 30s, start);
    b.lower(untold, 0, 2s, start + 1s);
    b.lower(untold, 8, 2s, start + 2s);
    BOOST_TEST((b.ready_at(1, start + 3s) == start + 30s));
    b.lower(untold, 0, 40s, start + 3s);
    BOOST_TEST((b.ready_at(1, start + 3s) == start + 43s));
}

BOOST_AUTO_TEST_CASE(debt_is_not_forgiven_by_what_the_provider_says) {
    auto b = one_each_second();
    b.take(15, start);
    b.lower(untold, 0, 2s, start);
    BOOST_TEST((b.ready_at(1, start) == start + 6s));
    b.lower(untold, 0, 10s, start);
    BOOST_TEST((b.ready_at(1, start) == start + 10s));
}

BOOST_AUTO_TEST_CASE(a_lower_limit_lowers_the_rate_and_the_capacity_and_a_higher_one_changes_nothing) {
    auto b = one_each_second();
    b.lower(600, untold, untold, start);
    BOOST_TEST(b.capacity() == 10.0);
    b.lower(30, untold, untold, start);
    BOOST_TEST(b.capacity() == 5.0);
    BOOST_TEST(b.level(start) == 5.0);
    b.take(5, start);
    BOOST_TEST((b.ready_at(1, start) == start + 2s));
    b.lower(60, untold, untold, start);
    BOOST_TEST((b.ready_at(1, start) == start + 2s));
}

BOOST_AUTO_TEST_CASE(what_accrued_before_the_rate_fell_is_kept) {
    auto b = one_each_second();
    b.take(10, start);
    b.lower(30, untold, untold, start + 4s);
    BOOST_TEST(b.has(4, start + 4s));
    BOOST_TEST((b.ready_at(5, start + 4s) == start + 6s));
}

BOOST_AUTO_TEST_CASE(absurd_statements_are_not_believed) {
    auto b = one_each_second();
    b.lower(0, -1, 5s, start);
    b.lower(-4, -huge, -5s, start);
    BOOST_TEST(b.capacity() == 10.0);
    BOOST_TEST(b.level(start) == 10.0);
    // That nothing is left is believed, the time is not.
    b.lower(huge, 0, std::chrono::milliseconds::max(), start);
    b.lower(untold, 0, 24h + 1ms, start);
    b.lower(untold, 0, -1ms, start);
    b.lower(untold, 0, 0ms, start);
    BOOST_TEST((b.ready_at(1, start) == start + 1s));
    b.lower(untold, 0, 24h, start);
    BOOST_TEST((b.ready_at(1, start) == start + 24h));
}

BOOST_AUTO_TEST_CASE(parts_that_accrued_one_by_one_make_a_whole) {
    auto b = one_each_second();
    b.take(10, start);
    for (int i = 1; i <= 10; ++i) b.take(0, start + i * 100ms);
    // Ten times 0.1 is a little less than 1 in doubles.
    BOOST_TEST(b.has(1, start + 1s));
}

BOOST_AUTO_TEST_CASE(a_moment_in_the_past_takes_nothing_away_and_adds_nothing) {
    auto b = one_each_second();
    b.take(10, start);
    BOOST_TEST(b.has(2, start + 2s));
    b.take(1, start + 2s);
    BOOST_TEST(b.level(start + 1s) == 1.0);
    b.take(0, start + 1s);
    BOOST_TEST(b.level(start + 2s) == 1.0);
}

BOOST_AUTO_TEST_CASE(the_largest_numbers_do_not_overflow) {
    bucket b(huge, 1min, start);
    BOOST_TEST(b.has(huge, start));
    b.take(huge, start);
    BOOST_TEST((b.ready_at(huge, start) <= start + 61s));
    b.correct(0, huge, start);
    b.correct(huge, 0, start);
    BOOST_TEST(b.has(huge, start + 10min));
    b.lower(huge, huge, 1s, start + 10min);
    BOOST_TEST(b.has(huge, start + 10min));
}

BOOST_AUTO_TEST_SUITE_END()
