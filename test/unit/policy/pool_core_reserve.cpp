// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// Connections that are made ahead of time.

#include "support/fixtures/scripted_pool.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>

namespace {

using namespace async_llm::policy;
using namespace std::chrono_literals;

} // namespace

BOOST_AUTO_TEST_SUITE(pool_core_reserve)

BOOST_AUTO_TEST_CASE(as_many_are_made_as_were_asked_for) {
    scripted_pool p(limits(8));
    BOOST_TEST(p.reserve(3) == "start 1, start 2, start 3");
    BOOST_TEST(p.core.reserved() == 3u);
    BOOST_TEST(p.connected(2) == "");
    BOOST_TEST(p.connected(1) == "");
    BOOST_TEST(p.core.reserved() == 1u);
    BOOST_TEST(p.connected(3) == "");
    BOOST_TEST(p.core.reserved() == 0u);
    BOOST_TEST(p.core.idle() == 3u);
}

BOOST_AUTO_TEST_CASE(idle_ones_count) {
    scripted_pool p(limits(8));
    p.warm_up(2);
    BOOST_TEST(p.reserve(3) == "start 3");
    p.connected(3);
    BOOST_TEST(p.reserve(3) == "");
    BOOST_TEST(p.core.reserved() == 0u);
}

BOOST_AUTO_TEST_CASE(the_largest_wish_counts) {
    scripted_pool p(limits(8));
    BOOST_TEST(p.reserve(2) == "start 1, start 2");
    BOOST_TEST(p.reserve(1) == "");
    BOOST_TEST(p.reserve(3) == "start 3");
    BOOST_TEST(p.core.reserved() == 3u);
}

BOOST_AUTO_TEST_CASE(they_are_kept_until_their_first_use) {
    auto l = limits(8);
    l.idle_timeout = 4s;
    scripted_pool p(l);
    p.reserve(1);
    p.connected(1);
    p.now += 1h;
    BOOST_TEST(p.expire() == "");
    BOOST_TEST(p.acquire(7) == "grant 1 to 7");
    p.release(1);
    p.now += 4s;
    BOOST_TEST(p.expire() == "close 1");
}

BOOST_AUTO_TEST_CASE(their_age_ends_all_the_same) {
    auto l = limits(8);
    l.max_age = 10s;
    scripted_pool p(l);
    p.reserve(1);
    p.connected(1);
    p.now += 10s;
    BOOST_TEST(p.expire() == "close 1");
}

BOOST_AUTO_TEST_CASE(a_waiter_comes_first) {
    scripted_pool p(limits(8));
    BOOST_TEST(p.reserve(1) == "start 1");
    BOOST_TEST(p.acquire(7) == "start 2");
    BOOST_TEST(p.connected(1) == "grant 1 to 7");
    BOOST_TEST(p.core.reserved() == 1u);
    BOOST_TEST(p.connected(2) == "");
    BOOST_TEST(p.core.reserved() == 0u);
}

BOOST_AUTO_TEST_CASE(no_more_than_there_may_be) {
    scripted_pool p(limits(2));
    p.acquire(7);
    p.connected(1);
    BOOST_TEST(p.reserve(5) == "start 2");
    BOOST_TEST(p.connected(2) == "");
    BOOST_TEST(p.core.reserved() == 0u);
}

BOOST_AUTO_TEST_CASE(none_is_closed_for_them) {
    scripted_pool p(limits(2));
    p.warm_up(2);
    BOOST_TEST(p.reserve(3) == "");
    BOOST_TEST(p.core.reserved() == 0u);
    BOOST_TEST(p.core.idle() == 2u);
}

BOOST_AUTO_TEST_CASE(a_failure_ends_it) {
    scripted_pool p(limits(8));
    p.reserve(3);
    BOOST_TEST(p.connect_failed(2) == "");
    BOOST_TEST(p.core.reserved() == 0u);
    // Those that are under way are welcome.
    BOOST_TEST(p.connected(1) == "");
    BOOST_TEST(p.core.idle() == 1u);
}

BOOST_AUTO_TEST_CASE(a_waiter_that_gives_up_ends_no_reserved_one) {
    scripted_pool p(limits(8));
    p.acquire(7);
    p.reserve(1);
    BOOST_TEST(p.cancel(7) == "abort 2");
    BOOST_TEST(p.core.connecting() == 1u);
    p.acquire(8);
    p.connected(1);
    BOOST_TEST(p.core.reserved() == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_cancelled_leaves_what_waiters_need) {
    scripted_pool p(limits(8));
    BOOST_TEST(p.acquire(7) == "start 1");
    BOOST_TEST(p.reserve(2) == "start 2, start 3");
    BOOST_TEST(p.cancel_reserve() == "abort 3, abort 2");
    BOOST_TEST(p.core.reserved() == 0u);
    BOOST_TEST(p.connected(1) == "grant 1 to 7");
}

BOOST_AUTO_TEST_CASE(what_is_cancelled_ends_no_connection_that_a_waiter_needs) {
    auto l = limits(20);
    l.first_connecting = 2;
    scripted_pool p(l);
    BOOST_TEST(p.reserve(9) == "start 1, start 2");
    BOOST_TEST(p.acquire(7) == "");
    BOOST_TEST(p.cancel_reserve() == "abort 2");
    BOOST_TEST(p.connected(1) == "grant 1 to 7");
}

BOOST_AUTO_TEST_CASE(they_begin_in_slow_start) {
    auto l = limits(20, 50);
    l.first_connecting = 2;
    scripted_pool p(l);
    BOOST_TEST(p.reserve(9) == "start 1, start 2");
    BOOST_TEST(p.connected(1) == "start 3, start 4, start 5, start 6");
}

BOOST_AUTO_TEST_CASE(a_closed_pool_makes_none) {
    scripted_pool p(limits(8));
    p.reserve(1);
    BOOST_TEST(p.close() == "abort 1");
    BOOST_TEST(p.core.reserved() == 0u);
    BOOST_TEST(p.reserve(1) == "");
}

BOOST_AUTO_TEST_SUITE_END()
