// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/breaker.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <limits>

namespace {

using namespace async_llm::policy;
using namespace std::chrono_literals;
using fuse = async_llm::policy::breaker;

constexpr time_point start(1h);
constexpr auto never = time_point::max();

fuse three() { return fuse(3, 5s, 60s); }

/// Calls that fail one after the other.
void fail(fuse& b, int times, time_point at) {
    for (int i = 0; i < times; ++i) b.failed(b.begin(at), at);
}

/// One that was opened at `start`, for five seconds.
fuse opened() {
    auto b = three();
    fail(b, 3, start);
    return b;
}

} // namespace

BOOST_AUTO_TEST_SUITE(breaker)

BOOST_AUTO_TEST_CASE(it_is_closed_at_first) {
    auto const b = three();
    BOOST_TEST(b.available(start));
    BOOST_TEST((b.available_at() <= start));
}

BOOST_AUTO_TEST_CASE(it_opens_after_so_many_failures_in_a_row) {
    auto b = three();
    fail(b, 2, start);
    BOOST_TEST(b.available(start));
    fail(b, 1, start);
    BOOST_TEST(!b.available(start));
    BOOST_TEST((b.available_at() == start + 5s));
    BOOST_TEST(!b.available(start + 5s - 1ns));
    BOOST_TEST(b.available(start + 5s));
}

BOOST_AUTO_TEST_CASE(a_success_ends_the_row_and_what_is_undecided_does_not) {
    auto b = three();
    fail(b, 2, start);
    b.succeeded(b.begin(start));
    fail(b, 2, start);
    BOOST_TEST(b.available(start));
    b.undecided(b.begin(start));
    fail(b, 1, start);
    BOOST_TEST(!b.available(start));
}

BOOST_AUTO_TEST_CASE(half_open_it_lets_a_single_call_pass) {
    auto b = opened();
    auto const now = start + 5s;
    b.begin(now);
    BOOST_TEST(!b.available(now));
    BOOST_TEST(!b.available(now + 1h));
    BOOST_TEST(!b.available(never));
    BOOST_TEST((b.available_at() == never));
}

BOOST_AUTO_TEST_CASE(the_success_of_that_call_closes_it) {
    auto b = opened();
    auto const now = start + 5s;
    b.succeeded(b.begin(now));
    BOOST_TEST(b.available(now));
    // It begins anew.
    fail(b, 2, now);
    BOOST_TEST(b.available(now));
    fail(b, 1, now);
    BOOST_TEST((b.available_at() == now + 5s));
}

BOOST_AUTO_TEST_CASE(the_failure_of_that_call_opens_it_for_twice_as_long) {
    auto b = opened();
    auto now = start;
    for (auto const cooldown : {10s, 20s, 40s, 60s, 60s}) {
        now = b.available_at();
        b.failed(b.begin(now), now + 1s);
        BOOST_TEST((b.available_at() == now + 1s + cooldown));
    }
    now = b.available_at();
    b.succeeded(b.begin(now));
    fail(b, 3, now);
    BOOST_TEST((b.available_at() == now + 5s));
}

BOOST_AUTO_TEST_CASE(if_that_call_decides_nothing_the_next_one_does) {
    auto b = opened();
    auto const now = start + 5s;
    b.undecided(b.begin(now));
    BOOST_TEST(b.available(now));
    auto const second = b.begin(now);
    BOOST_TEST(!b.available(now));
    b.succeeded(second);
    BOOST_TEST(b.available(now));
}

BOOST_AUTO_TEST_CASE(old_failures_do_not_lengthen_the_cooldown) {
    auto b = three();
    auto const old = b.begin(start);
    fail(b, 3, start);
    b.failed(old, start + 4s);
    BOOST_TEST((b.available_at() == start + 5s));
    // Nor do they decide for the call that finds out.
    auto const probe = b.begin(start + 5s);
    b.failed(old, start + 6s);
    BOOST_TEST((b.available_at() == never));
    b.succeeded(probe);
    BOOST_TEST(b.available(start + 6s));
    // Nor do they count when it is closed again.
    for (int i = 0; i < 3; ++i) b.failed(old, start + 7s);
    BOOST_TEST(b.available(start + 7s));
}

BOOST_AUTO_TEST_CASE(an_old_success_does_not_close_it) {
    auto b = three();
    auto const old = b.begin(start);
    fail(b, 3, start);
    b.succeeded(old);
    BOOST_TEST(!b.available(start + 1s));
    auto const probe = b.begin(start + 5s);
    b.succeeded(old);
    b.undecided(old);
    BOOST_TEST((b.available_at() == never));
    b.failed(probe, start + 6s);
    BOOST_TEST((b.available_at() == start + 16s));
    b.succeeded(old);
    BOOST_TEST((b.available_at() == start + 16s));
}

BOOST_AUTO_TEST_CASE(with_no_limit_it_never_opens) {
    fuse b(0, 5s, 60s);
    fail(b, 1000, start);
    BOOST_TEST(b.available(start));
}

BOOST_AUTO_TEST_CASE(a_rest_ends_by_itself) {
    fuse b(0, 5s, 60s);
    b.rest(start + 10s);
    BOOST_TEST(!b.available(start + 10s - 1ns));
    BOOST_TEST((b.available_at() == start + 10s));
    BOOST_TEST(b.available(start + 10s));
    // More than one call passes.
    b.begin(start + 10s);
    BOOST_TEST(b.available(start + 10s));
}

BOOST_AUTO_TEST_CASE(a_rest_is_no_failure_and_no_success) {
    auto b = three();
    fail(b, 2, start);
    b.rest(start + 1s);
    BOOST_TEST(b.available(start + 1s));
    fail(b, 1, start + 1s);
    BOOST_TEST((b.available_at() == start + 6s));
}

BOOST_AUTO_TEST_CASE(of_two_rests_the_later_end_counts) {
    auto b = three();
    b.rest(start + 10s);
    b.rest(start + 5s);
    BOOST_TEST((b.available_at() == start + 10s));
    b.rest(start + 15s);
    BOOST_TEST((b.available_at() == start + 15s));
}

BOOST_AUTO_TEST_CASE(a_rest_and_a_cooldown_both_have_to_be_over) {
    auto b = opened();
    b.rest(start + 3s);
    BOOST_TEST((b.available_at() == start + 5s));
    b.rest(start + 8s);
    BOOST_TEST(!b.available(start + 5s));
    BOOST_TEST((b.available_at() == start + 8s));
    // It is still a single call that finds out.
    b.begin(start + 8s);
    BOOST_TEST(!b.available(start + 8s));
}

BOOST_AUTO_TEST_CASE(cooldowns_without_sense_do_no_harm) {
    constexpr auto longest = std::chrono::milliseconds::max();
    fuse endless(1, longest, longest);
    fail(endless, 1, start);
    BOOST_TEST((endless.available_at() > start + 24h * 365 * 50));
    BOOST_TEST((endless.available_at() != never));
    auto const late = endless.available_at();
    endless.failed(endless.begin(late), start);
    BOOST_TEST((endless.available_at() != never));

    fuse negative(1, -5s, std::chrono::milliseconds::min());
    fail(negative, 1, start);
    BOOST_TEST((negative.available_at() == start));

    // A limit below the first cooldown is none.
    fuse reversed(1, 10s, 1s);
    fail(reversed, 1, start);
    BOOST_TEST((reversed.available_at() == start + 10s));
    reversed.failed(reversed.begin(start + 10s), start + 10s);
    BOOST_TEST((reversed.available_at() == start + 20s));
}

BOOST_AUTO_TEST_SUITE_END()
