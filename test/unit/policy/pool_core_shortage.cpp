// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/scripted_pool.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace async_llm::policy;

} // namespace

BOOST_AUTO_TEST_SUITE(pool_core_shortage)

BOOST_AUTO_TEST_CASE(after_a_shortage_those_who_wait_get_what_comes_free) {
    scripted_pool p(limits(8, 4));
    p.warm_up(1);
    BOOST_TEST(p.acquire(1) == "grant 1 to 1 reused");
    BOOST_TEST(p.acquire(2) == "start 2");
    BOOST_TEST(p.acquire(3) == "start 3");
    BOOST_TEST(p.connect_failed(2, connect_problem::shortage) == "");
    BOOST_TEST(p.connect_failed(3, connect_problem::shortage) == "");
    // No storm: the next ones don't try either.
    BOOST_TEST(p.acquire(4) == "");
    BOOST_TEST(p.core.waiting() == 3u);
    BOOST_TEST(p.release(1) == "grant 1 to 2 reused");
    // What closes makes room for one.
    BOOST_TEST(p.release(1, false) == "close 1, start 4");
    BOOST_TEST(p.connected(4) == "grant 4 to 3");
    BOOST_TEST(p.release(4) == "grant 4 to 4 reused");
    BOOST_TEST(p.core.waiting() == 0u);
}

BOOST_AUTO_TEST_CASE(after_the_pause_a_shortage_is_forgotten) {
    scripted_pool p(limits(8, 2));
    p.warm_up(1);
    p.acquire(1);
    for (waiter_id w = 2; w <= 4; ++w) p.acquire(w);
    BOOST_TEST((p.core.next_at() == time_point::max()));
    BOOST_TEST(p.connect_failed(2, connect_problem::shortage) == "");
    BOOST_TEST((p.core.next_at() == p.now + async_llm::policy::pool_core::shortage_pause));
    p.now += async_llm::policy::pool_core::shortage_pause - duration(1);
    BOOST_TEST(p.advance() == "");
    p.now += duration(1);
    BOOST_TEST(p.advance() == "start 4");
    BOOST_TEST((p.core.next_at() == time_point::max()));
}

BOOST_AUTO_TEST_CASE(a_shortage_with_nothing_alive_fails_the_longest_waiter_and_the_next_one_tries) {
    scripted_pool p(limits(8, 2));
    for (waiter_id w = 1; w <= 3; ++w) p.acquire(w);
    BOOST_TEST(p.connect_failed(1, connect_problem::shortage) == "");
    BOOST_TEST(p.connect_failed(2, connect_problem::shortage) == "fail 1 by 2, start 3");
    BOOST_TEST(p.connect_failed(3, connect_problem::shortage) == "fail 2 by 3, start 4");
    BOOST_TEST(p.connect_failed(4, connect_problem::shortage) == "fail 3 by 4");
    BOOST_TEST(p.core.waiting() == 0u);
}

BOOST_AUTO_TEST_CASE(after_a_shortage_the_end_of_the_last_connection_starts_another) {
    scripted_pool p(limits(8));
    p.warm_up(1);
    p.acquire(1);
    p.acquire(2);
    p.connect_failed(2, connect_problem::shortage);
    BOOST_TEST(p.release(1, false) == "close 1, start 3");
    BOOST_TEST(p.connect_failed(3, connect_problem::peer) == "fail 2 by 3");
}

BOOST_AUTO_TEST_CASE(after_a_shortage_a_fresh_only_waiter_has_an_idle_connection_closed) {
    scripted_pool p(limits(8));
    p.warm_up(2);
    BOOST_TEST(p.acquire(1, true) == "start 3");
    BOOST_TEST(p.connect_failed(3, connect_problem::shortage) == "close 1, start 4");
    BOOST_TEST(p.connect_failed(4, connect_problem::shortage) == "close 2, start 5");
    BOOST_TEST(p.connect_failed(5, connect_problem::shortage) == "fail 1 by 5");
}

BOOST_AUTO_TEST_CASE(after_a_shortage_a_fresh_only_waiter_waits_for_what_is_in_use_and_has_it_closed) {
    scripted_pool p(limits(8));
    p.warm_up(1);
    p.acquire(1);
    BOOST_TEST(p.acquire(2, true) == "start 2");
    BOOST_TEST(p.connect_failed(2, connect_problem::shortage) == "");
    BOOST_TEST(p.release(1) == "close 1, start 3");
    BOOST_TEST(p.connected(3) == "grant 3 to 2");
}

BOOST_AUTO_TEST_CASE(a_peer_that_refuses_fails_the_longest_waiter_though_a_connection_lives) {
    scripted_pool p(limits(8));
    p.warm_up(1);
    p.acquire(1);
    p.acquire(2);
    BOOST_TEST(p.connect_failed(2, connect_problem::peer) == "fail 2 by 2");
}

BOOST_AUTO_TEST_CASE(a_connection_that_was_destroyed_makes_room_for_the_next_event) {
    scripted_pool p(limits(1));
    p.warm_up(1);
    p.acquire(1);
    p.acquire(2);
    p.core.forget(1);
    p.core.forget(1);
    BOOST_TEST(p.core.live() == 0u);
    BOOST_TEST(p.advance() == "start 2");
    p.core.forget(2);
    BOOST_TEST(p.core.connecting() == 1u);
    BOOST_TEST(p.connected(2) == "grant 2 to 2");
}

BOOST_AUTO_TEST_SUITE_END()
