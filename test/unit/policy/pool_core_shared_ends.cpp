// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// Connections that several calls share: ends, and capacities that change.

#include "support/fixtures/shared_pool.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>

namespace {

using namespace async_llm::policy;
using namespace std::chrono_literals;

} // namespace

BOOST_AUTO_TEST_SUITE(pool_core_shared_ends)

// Ends of connections

BOOST_AUTO_TEST_CASE(what_is_not_reusable_takes_no_others_and_is_closed_by_the_last) {
    scripted_pool p(shared_limits(4));
    acquire_all(p, 1, 3);
    p.connected(1, 4);
    BOOST_TEST(p.release(1, false) == "");
    BOOST_TEST(p.core.users() == 2u);
    BOOST_TEST(p.core.free_slots() == 0u);
    BOOST_TEST((p.try_acquire() == std::nullopt));
    BOOST_TEST(p.acquire(4) == "start 2");
    BOOST_TEST(p.release(1) == "");
    BOOST_TEST(p.release(1) == "close 1");
    BOOST_TEST(p.core.in_use() == 0u);
}

BOOST_AUTO_TEST_CASE(at_its_age_limit_a_shared_connection_takes_no_others) {
    auto l = shared_limits(4);
    l.max_age = 100s;
    scripted_pool p(l);
    acquire_all(p, 1, 2);
    p.connected(1, 4);
    p.now += 100s - 1ns;
    BOOST_TEST((p.try_acquire() == 1));
    p.now += 1ns;
    BOOST_TEST(p.acquire(3) == "start 2");
    BOOST_TEST(p.release(1) == "");
    BOOST_TEST(p.release(1) == "");
    BOOST_TEST(p.release(1) == "close 1");
    BOOST_TEST(p.connected(2, 4) == "grant 2 to 3");
}

BOOST_AUTO_TEST_CASE(a_younger_connection_is_found_behind_one_that_is_too_old) {
    auto l = shared_limits(4);
    l.max_age = 100s;
    scripted_pool p(l);
    acquire_all(p, 1, 4);
    p.connected(1, 4);
    p.now += 50s;
    p.acquire(5);
    p.connected(2, 4);
    release(p, 1, 3);
    p.acquire(6);
    p.now += 50s;
    BOOST_TEST((p.try_acquire() == 2));
}

BOOST_AUTO_TEST_CASE(a_release_at_the_age_limit_lets_no_waiter_have_the_slot) {
    auto l = shared_limits(2, 1);
    l.max_age = 100s;
    scripted_pool p(l);
    acquire_all(p, 1, 3);
    p.connected(1, 2);
    p.now += 100s;
    BOOST_TEST(p.release(1) == "");
    BOOST_TEST(p.release(1) == "close 1, start 2");
}

BOOST_AUTO_TEST_CASE(without_keep_alive_a_connection_is_shared_until_the_last_leaves) {
    auto l = shared_limits(2);
    l.keep_alive = false;
    scripted_pool p(l);
    p.acquire(1);
    p.connected(1, 2);
    BOOST_TEST(p.acquire(2) == "grant 1 to 2");
    BOOST_TEST(p.release(1) == "");
    BOOST_TEST(p.acquire(3) == "grant 1 to 3");
    p.release(1);
    BOOST_TEST(p.release(1) == "close 1");
}

BOOST_AUTO_TEST_CASE(a_dead_shared_connection_takes_no_others_and_its_waiters_return) {
    scripted_pool p(shared_limits(4, 1));
    acquire_all(p, 1, 3);
    p.connected(1, 4);
    BOOST_TEST(p.probe_failed(2, 1) == "");
    BOOST_TEST(p.core.waiting() == 1u);
    BOOST_TEST(p.core.users() == 2u);
    BOOST_TEST(p.acquire(4) == "");
    BOOST_TEST(p.probe_failed(1, 1) == "");
    // Also one that came before it, had it without waiting, and has an id of its own only now.
    BOOST_TEST(p.probe_failed(9, 1) == "close 1, start 2");
    BOOST_TEST(p.connected(2, 4) == "grant 2 to 1, grant 2 to 2, grant 2 to 9, grant 2 to 4");
}

BOOST_AUTO_TEST_CASE(the_place_of_those_who_return_is_that_of_the_first_since_it_was_idle) {
    scripted_pool p(shared_limits(2, 2));
    fill(p, 2, 2);
    // Idle between, so that the first connection is that of later ones.
    release(p, 1, 2);
    BOOST_TEST(p.acquire(5) == "grant 1 to 5 reused");
    BOOST_TEST(p.acquire(6) == "grant 1 to 6 reused");
    BOOST_TEST(p.probe_failed(5, 1) == "");
    BOOST_TEST(p.probe_failed(6, 1) == "close 1, start 3");
    BOOST_TEST(p.probe_failed(4, 2) == "");
    BOOST_TEST(p.core.waiting() == 3u);
    BOOST_TEST(p.connected(3, 3) == "grant 3 to 4, grant 3 to 5, grant 3 to 6");
}

BOOST_AUTO_TEST_CASE(a_dead_shared_connection_after_closing_fails_its_waiters) {
    scripted_pool p(shared_limits(4));
    acquire_all(p, 1, 2);
    p.connected(1, 4);
    BOOST_TEST(p.close() == "");
    BOOST_TEST(p.probe_failed(1, 1) == "fail 1 by 0");
    BOOST_TEST(!p.core.drained());
    BOOST_TEST(p.probe_failed(2, 1) == "close 1, fail 2 by 0");
    BOOST_TEST(p.core.drained());
}

BOOST_AUTO_TEST_CASE(a_destroyed_shared_connection_is_forgotten_with_its_last_call) {
    scripted_pool p(shared_limits(4, 1));
    acquire_all(p, 1, 3);
    p.connected(1, 4);
    p.core.forget(1);
    BOOST_TEST(p.core.users() == 2u);
    BOOST_TEST(p.core.live() == 1u);
    BOOST_TEST(p.acquire(4) == "");
    p.core.forget(1);
    p.core.forget(1);
    BOOST_TEST(p.core.users() == 0u);
    BOOST_TEST(p.core.live() == 0u);
    p.core.forget(1);
    BOOST_TEST(p.advance() == "start 2");
}

BOOST_AUTO_TEST_CASE(closing_leaves_those_in_use_to_their_last_call) {
    scripted_pool p(shared_limits(2));
    fill(p, 2, 2);
    release(p, 2, 2);
    BOOST_TEST(p.close() == "close 2");
    BOOST_TEST(p.release(1) == "");
    BOOST_TEST((p.try_acquire() == std::nullopt));
    BOOST_TEST(!p.core.drained());
    BOOST_TEST(p.release(1) == "close 1");
    BOOST_TEST(p.core.drained());
}

// Capacities that change

BOOST_AUTO_TEST_CASE(a_raised_capacity_serves_those_who_wait) {
    scripted_pool p(shared_limits(1, 1));
    acquire_all(p, 1, 4);
    p.connected(1, 1);
    BOOST_TEST(p.set_capacity(1, 3) == "grant 1 to 2, grant 1 to 3");
    BOOST_TEST(p.set_capacity(1, 4) == "grant 1 to 4");
}

BOOST_AUTO_TEST_CASE(a_lowered_capacity_holds_until_enough_have_left) {
    scripted_pool p(shared_limits(4, 1));
    acquire_all(p, 1, 4);
    p.connected(1, 4);
    BOOST_TEST(p.set_capacity(1, 2) == "");
    BOOST_TEST(p.core.users() == 4u);
    BOOST_TEST(p.acquire(5) == "");
    BOOST_TEST(p.release(1) == "");
    BOOST_TEST(p.release(1) == "");
    BOOST_TEST(p.release(1) == "grant 1 to 5");
    BOOST_TEST(p.core.users() == 2u);
}

BOOST_AUTO_TEST_CASE(a_capacity_of_zero_closes_with_the_last_call_whatever_follows) {
    scripted_pool p(shared_limits(4));
    acquire_all(p, 1, 2);
    p.connected(1, 4);
    BOOST_TEST(p.set_capacity(1, 0) == "");
    BOOST_TEST((p.try_acquire() == std::nullopt));
    BOOST_TEST(p.set_capacity(1, 4) == "");
    BOOST_TEST((p.try_acquire() == std::nullopt));
    BOOST_TEST(p.release(1) == "");
    BOOST_TEST(p.release(1) == "close 1");
}

BOOST_AUTO_TEST_CASE(a_capacity_of_zero_closes_an_idle_connection) {
    scripted_pool p(shared_limits(4));
    p.warm_up(1);
    BOOST_TEST(p.set_capacity(1, 0) == "close 1");
    BOOST_TEST(p.core.live() == 0u);
    BOOST_TEST(p.set_capacity(1, 4) == "");
    BOOST_TEST(p.set_capacity(7, 0) == "");
}

BOOST_AUTO_TEST_CASE(the_capacity_of_an_idle_connection_changes_and_not_its_turn) {
    auto l = shared_limits(4);
    l.idle_timeout = 4s;
    scripted_pool p(l);
    p.warm_up(2);
    p.now += 2s;
    p.set_capacity(1, 3);
    BOOST_TEST(p.core.free_slots() == 4u);
    BOOST_TEST((take(p, 1) == distribution{{2, 1}}));
    p.now += 2s;
    BOOST_TEST(p.expire() == "close 1");
}

BOOST_AUTO_TEST_CASE(a_surplus_connection_that_is_full_by_a_lower_capacity_is_one_of_those_needed) {
    scripted_pool p(shared_limits(8));
    fill(p, 2, 8);
    release(p, 1, 6);
    release(p, 2, 5);
    // Connection 1 is surplus, with 2 calls.
    BOOST_TEST((take(p, 1) == distribution{{2, 1}}));
    p.set_capacity(1, 2);
    p.set_capacity(1, 8);
    BOOST_TEST((take(p, 1) == distribution{{1, 1}}));
}

BOOST_AUTO_TEST_CASE(a_surplus_connection_stays_so_whatever_its_capacity) {
    scripted_pool p(shared_limits(8));
    fill(p, 2, 8);
    release(p, 1, 6);
    release(p, 2, 5);
    p.set_capacity(1, 9);
    p.set_capacity(1, 3);
    BOOST_TEST((take(p, 1) == distribution{{2, 1}}));
}

BOOST_AUTO_TEST_CASE(the_capacity_of_a_connection_in_the_making_is_not_known_yet) {
    scripted_pool p(shared_limits(4));
    p.acquire(1);
    BOOST_TEST(p.set_capacity(1, 0) == "");
    BOOST_TEST(p.connected(1, 4) == "grant 1 to 1");
}

BOOST_AUTO_TEST_SUITE_END()
