// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/scripted_pool.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>

namespace {

using namespace async_llm::policy;
using namespace std::chrono_literals;

} // namespace

BOOST_AUTO_TEST_SUITE(pool_core_expiry)

BOOST_AUTO_TEST_CASE(idle_connections_end_after_the_idle_timeout) {
    auto l = limits(4);
    l.idle_timeout = 4s;
    scripted_pool p(l);
    p.acquire(1);
    p.acquire(2);
    p.connected(1);
    p.connected(2);
    p.release(1);
    p.now += 1s;
    p.release(2);
    p.now += 3s - 1ns;
    BOOST_TEST(p.expire() == "");
    p.now += 1ns;
    BOOST_TEST(p.expire() == "close 1");
    p.now += 1s;
    BOOST_TEST(p.acquire(3) == "close 2, start 3");
}

BOOST_AUTO_TEST_CASE(each_event_closes_what_has_been_idle_too_long) {
    auto l = limits(8);
    l.idle_timeout = 4s;
    auto const after_timeout = [&](auto event) {
        scripted_pool p(l);
        p.warm_up(2);
        p.acquire(1);
        p.acquire(2, true);
        p.now += 4s;
        return event(p);
    };
    // Connection 1 is idle, 2 in use, 3 in the making.
    BOOST_TEST(after_timeout([](scripted_pool& p) { return p.release(2); }) == "close 1");
    BOOST_TEST(after_timeout([](scripted_pool& p) { return p.connected(3); }) == "close 1, grant 3 to 2");
    BOOST_TEST(after_timeout([](scripted_pool& p) { return p.connect_failed(3); }) == "close 1, fail 2 by 3");
    BOOST_TEST(after_timeout([](scripted_pool& p) {
                   return p.probe_failed(1, 2);
               }) == "close 2, close 1, start 4");
    BOOST_TEST(after_timeout([](scripted_pool& p) { return p.acquire(3); }) == "close 1, start 4");
}

BOOST_AUTO_TEST_CASE(using_a_connection_starts_its_idle_time_anew) {
    auto l = limits(4);
    l.idle_timeout = 4s;
    scripted_pool p(l);
    p.warm_up(1);
    for (waiter_id waiter = 1; waiter <= 5; ++waiter) {
        p.now += 3s;
        BOOST_TEST(p.acquire(waiter).substr(0, 10) == "grant 1 to");
        p.now += 3s;
        BOOST_TEST(p.release(1) == "");
    }
}

BOOST_AUTO_TEST_CASE(a_connection_past_its_age_is_closed_on_release) {
    auto l = limits(4);
    l.max_age = 100s;
    scripted_pool p(l);
    p.acquire(1);
    p.connected(1);
    p.now += 100s - 1ns;
    p.release(1);
    BOOST_TEST(p.acquire(2) == "grant 1 to 2 reused");
    p.now += 1ns;
    BOOST_TEST(p.acquire(3) == "start 2");
    BOOST_TEST(p.release(1) == "close 1");
}

BOOST_AUTO_TEST_CASE(an_idle_connection_past_its_age_is_not_granted) {
    auto l = limits(4);
    l.max_age = 100s;
    l.idle_timeout = 90s;
    scripted_pool p(l);
    p.warm_up(1);
    p.now += 80s;
    p.acquire(1);
    p.release(1);
    p.now += 20s;
    BOOST_TEST(p.acquire(2) == "close 1, start 2");
}

BOOST_AUTO_TEST_CASE(the_age_is_less_by_up_to_a_tenth_drawn_once_per_connection) {
    auto l = limits(4);
    l.max_age = 100s;
    scripted_pool p(l);
    p.random = 0.5;
    p.acquire(1);
    BOOST_TEST(p.draws == 0);
    p.connected(1);
    p.random = 1.0;
    p.acquire(2);
    p.connected(2);
    p.release(1);
    p.release(2);
    BOOST_TEST(p.draws == 2);
    p.now += 90s - 1ns;
    BOOST_TEST(p.expire() == "");
    p.now += 1ns;
    BOOST_TEST(p.expire() == "close 2");
    p.now += 5s - 1ns;
    BOOST_TEST(p.expire() == "");
    p.now += 1ns;
    BOOST_TEST(p.expire() == "close 1");
    BOOST_TEST(p.draws == 2);
}

BOOST_AUTO_TEST_CASE(zero_and_endless_limits_of_time_never_pass) {
    for (auto const limit : {0ms, std::chrono::milliseconds::max()}) {
        auto l = limits(4);
        l.idle_timeout = limit;
        l.max_age = limit;
        scripted_pool p(l);
        p.warm_up(1);
        p.now += 24h * 365 * 100;
        BOOST_TEST(p.expire() == "");
        BOOST_TEST(p.acquire(1) == "grant 1 to 1 reused");
    }
}

BOOST_AUTO_TEST_CASE(a_timer_closes_idle_connections_only_if_it_is_asked_to) {
    auto l = limits(4);
    l.idle_timeout = 4s;
    scripted_pool without(l);
    without.warm_up(2);
    BOOST_TEST((without.core.next_at() == time_point::max()));

    l.close_idle_by_timer = true;
    scripted_pool p(l);
    BOOST_TEST((p.core.next_at() == time_point::max()));
    p.warm_up(1);
    auto const first = p.now + 4s;
    BOOST_TEST((p.core.next_at() == first));
    p.now += 1s;
    p.acquire(1);
    // One that is in use has no idle time.
    BOOST_TEST((p.core.next_at() == time_point::max()));
    p.release(1);
    BOOST_TEST((p.core.next_at() == p.now + 4s));
    p.now += 4s - 1ns;
    BOOST_TEST(p.advance() == "");
    p.now += 1ns;
    BOOST_TEST(p.advance() == "close 1");
    BOOST_TEST((p.core.next_at() == time_point::max()));
}

BOOST_AUTO_TEST_CASE(the_timer_waits_for_the_first_of_several) {
    auto l = limits(4);
    l.idle_timeout = 4s;
    l.close_idle_by_timer = true;
    scripted_pool p(l);
    p.acquire(1);
    p.acquire(2);
    p.connected(1);
    p.connected(2);
    p.release(2);
    auto const first = p.now + 4s;
    p.now += 1s;
    p.release(1);
    BOOST_TEST((p.core.next_at() == first));
    p.now = first;
    BOOST_TEST(p.advance() == "close 2");
    BOOST_TEST((p.core.next_at() == first + 1s));
}

BOOST_AUTO_TEST_CASE(without_keep_alive_each_connection_serves_once) {
    auto l = limits(2);
    l.keep_alive = false;
    scripted_pool p(l);
    BOOST_TEST(p.acquire(1) == "start 1");
    BOOST_TEST(p.connected(1) == "grant 1 to 1");
    BOOST_TEST(p.acquire(2) == "start 2");
    BOOST_TEST(p.connected(2) == "grant 2 to 2");
    BOOST_TEST(p.acquire(3) == "");
    BOOST_TEST(p.release(1, true) == "close 1, start 3");
    BOOST_TEST(p.connected(3) == "grant 3 to 3");
    BOOST_TEST(p.release(2, true) == "close 2");
    BOOST_TEST(p.core.idle() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
