// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// Connections that several calls share: how many are made, for waiters and ahead of time.

#include "support/faults/scarce_memory.hpp"
#include "support/fixtures/shared_pool.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstddef>
#include <string>

namespace {

using namespace async_llm::policy;
using namespace std::chrono_literals;

} // namespace

BOOST_AUTO_TEST_SUITE(pool_core_shared_connects)

// Connects

BOOST_AUTO_TEST_CASE(as_many_connects_are_begun_as_the_waiters_need) {
    struct row {
        row(std::size_t e, std::size_t w, std::size_t n) : expected(e), waiters(w), connects(n) {}
        std::size_t expected;
        std::size_t waiters;
        std::size_t connects;
    };
    for (auto const& [expected, waiters, connects] :
         {row(0, 1, 1),
          row(0, 50, 1),
          row(1, 5, 5),
          row(10, 1, 1),
          row(10, 10, 1),
          row(10, 11, 2),
          row(10, 30, 3)}) {
        BOOST_TEST_CONTEXT(expected << " slots, " << waiters << " waiters") {
            scripted_pool p(shared_limits(expected));
            acquire_all(p, 1, waiters);
            BOOST_TEST(p.core.connecting() == connects);
        }
    }
}

BOOST_AUTO_TEST_CASE(where_nothing_is_known_the_others_follow_the_first) {
    scripted_pool unshared(shared_limits(0));
    BOOST_TEST(acquire_all(unshared, 1, 4) == "start 1");
    BOOST_TEST(unshared.connected(1, 1) == "grant 1 to 1, start 2, start 3, start 4");

    scripted_pool shared(shared_limits(0));
    BOOST_TEST(acquire_all(shared, 1, 7) == "start 1");
    BOOST_TEST(shared.connected(1, 2) == "grant 1 to 1, grant 1 to 2, start 2, start 3, start 4");
}

BOOST_AUTO_TEST_CASE(the_last_that_was_made_or_changed_tells_what_is_expected) {
    scripted_pool p(shared_limits(1));
    acquire_all(p, 1, 2);
    p.connected(1, 5);
    BOOST_TEST(p.core.connecting() == 1u);
    p.connected(2, 5);
    BOOST_TEST((take(p, 8) == distribution{{1, 3}, {2, 5}}));
    // Waiters 11 to 15 share one.
    BOOST_TEST(acquire_all(p, 11, 16) == "start 3, start 4");
    BOOST_TEST(p.set_capacity(1, 2) == "start 5");
    BOOST_TEST(p.acquire(17) == "start 6");
    // Closing one says nothing of others.
    p.set_capacity(1, 0);
    BOOST_TEST(p.acquire(18) == "");
    BOOST_TEST(p.acquire(19) == "start 7");
}

BOOST_AUTO_TEST_CASE(a_cancel_aborts_a_connect_that_the_others_do_not_need) {
    scripted_pool p(shared_limits(3));
    BOOST_TEST(acquire_all(p, 1, 7) == "start 1, start 2, start 3");
    BOOST_TEST(p.cancel(1) == "abort 3");
    BOOST_TEST(p.cancel(2) == "");
    BOOST_TEST(p.cancel(3) == "");
    BOOST_TEST(p.cancel(4) == "abort 2");
    p.cancel(5);
    p.cancel(6);
    BOOST_TEST(p.cancel(7) == "abort 1");

    scripted_pool unknown(shared_limits(0));
    BOOST_TEST(acquire_all(unknown, 1, 2) == "start 1");
    BOOST_TEST(unknown.cancel(1) == "");
    BOOST_TEST(unknown.cancel(2) == "abort 1");
    BOOST_TEST(unknown.cancel(2) == "");
}

BOOST_AUTO_TEST_CASE(a_peer_that_fails_a_connect_fails_all_whom_it_would_have_served) {
    struct row {
        row(std::size_t e, std::size_t n, std::size_t c) : expected(e), failed(n), connecting(c) {}
        std::size_t expected;
        std::size_t failed;
        std::size_t connecting; // for the others
    };
    for (auto const& [expected, failed, connecting] :
         {row(1, 1, 12), row(3, 3, 12), row(0, 100, 1), row(250, 250, 1), row(1'000'000'000'000, 300, 0)}) {
        BOOST_TEST_CONTEXT(expected << " slots expected") {
            auto limits = shared_limits(expected);
            limits.first_connecting = 12;
            scripted_pool p(limits);
            acquire_all(p, 1, 300);
            p.core.connect_failed(1, connect_problem::peer, p.now, p.actions);
            BOOST_TEST_REQUIRE(p.actions.size() >= failed);
            for (std::size_t i = 0; i < failed; ++i)
                BOOST_TEST_REQUIRE(to_text(p.actions[i]) == "fail " + std::to_string(i + 1) + " by 1");
            BOOST_TEST(p.core.waiting() == 300 - failed);
            BOOST_TEST(p.core.connecting() == connecting);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_shortage_fails_one_waiter_and_only_if_nothing_lives) {
    scripted_pool p(shared_limits(4));
    acquire_all(p, 1, 6);
    BOOST_TEST(p.connect_failed(1, connect_problem::shortage) == "");
    BOOST_TEST(p.connect_failed(2, connect_problem::shortage) == "fail 1 by 2, start 3");
}

BOOST_AUTO_TEST_CASE(without_memory_for_all_one_fails_and_the_others_have_another_try) {
    scripted_pool p(shared_limits(100));
    acquire_all(p, 1, 50);
    {
        async_llm::test::scarce_memory const scarce(1, 100);
        p.core.connect_failed(1, connect_problem::peer, p.now, p.actions);
        BOOST_TEST(scarce.has_failed());
    }
    BOOST_TEST(p.drain() == "fail 1 by 1, start 2");
    BOOST_TEST(p.core.waiting() == 49u);
}

BOOST_AUTO_TEST_CASE(without_memory_for_all_grants_the_rest_comes_with_the_next_event_or_after_a_pause) {
    for (bool const by_event : {true, false}) {
        scripted_pool p(shared_limits(0));
        acquire_all(p, 1, 50);
        {
            async_llm::test::scarce_memory const scarce(4, 100);
            p.core.connected(1, 100, p.now, p.actions);
            BOOST_TEST(scarce.has_failed());
        }
        auto const granted = p.actions.size();
        BOOST_TEST(granted >= 1u);
        BOOST_TEST(p.core.users() == granted);
        BOOST_TEST(p.core.waiting() == 50 - granted);
        p.drain();
        BOOST_TEST((p.core.next_at() == p.now + async_llm::policy::pool_core::shortage_pause));
        // No other call is served before them.
        BOOST_TEST((p.try_acquire() == std::nullopt));
        BOOST_TEST((by_event ? p.release(1) : p.advance()) != "");
        BOOST_TEST(p.core.waiting() == 0u);
        BOOST_TEST((p.core.next_at() == time_point::max()));
        BOOST_TEST((p.try_acquire() == 1));
    }
}

BOOST_AUTO_TEST_CASE(a_closed_pool_has_nothing_to_do_later) {
    scripted_pool p(shared_limits(0));
    acquire_all(p, 1, 50);
    {
        async_llm::test::scarce_memory const scarce(4, 100);
        p.core.connected(1, 100, p.now, p.actions);
    }
    BOOST_TEST((p.core.next_at() != time_point::max()));
    p.close();
    BOOST_TEST((p.core.next_at() == time_point::max()));
}

// Reserved slots

BOOST_AUTO_TEST_CASE(slots_are_reserved_for_calls) {
    scripted_pool p(shared_limits(10));
    BOOST_TEST(p.reserve(25) == "start 1, start 2, start 3");
    BOOST_TEST(p.connected(1, 10) == "");
    BOOST_TEST(p.core.reserved() == 15u);
    p.connected(2, 10);
    p.connected(3, 10);
    BOOST_TEST(p.core.reserved() == 0u);
    BOOST_TEST(p.core.free_slots() == 30u);
    take(p, 4);
    BOOST_TEST(p.reserve(26) == "");
    BOOST_TEST(p.reserve(27) == "start 4");
}

BOOST_AUTO_TEST_CASE(where_nothing_is_known_one_connection_is_reserved_first) {
    scripted_pool p(shared_limits(0));
    BOOST_TEST(p.reserve(25) == "start 1");
    BOOST_TEST(p.connected(1, 10) == "start 2, start 3");
    BOOST_TEST(p.core.reserved() == 15u);
}

BOOST_AUTO_TEST_CASE(waiters_are_served_before_slots_are_reserved) {
    scripted_pool p(shared_limits(10));
    acquire_all(p, 1, 4);
    BOOST_TEST(p.reserve(7) == "start 2");
    BOOST_TEST(p.connected(1, 10) == "grant 1 to 1, grant 1 to 2, grant 1 to 3, grant 1 to 4");
    BOOST_TEST(p.core.reserved() == 1u);
    p.connected(2, 10);
    BOOST_TEST(p.core.reserved() == 0u);
}

BOOST_AUTO_TEST_CASE(a_reserved_connection_is_kept_to_its_first_use) {
    auto l = shared_limits(10);
    l.idle_timeout = 4s;
    scripted_pool p(l);
    p.reserve(5);
    p.connected(1, 10);
    // A change of its capacity is no use.
    p.set_capacity(1, 7);
    p.now += 1h;
    BOOST_TEST(p.expire() == "");
    take(p, 2);
    release(p, 1, 2);
    p.now += 4s;
    BOOST_TEST(p.expire() == "close 1");
}

BOOST_AUTO_TEST_CASE(a_changed_capacity_changes_what_is_reserved) {
    scripted_pool p(shared_limits(100));
    BOOST_TEST(p.reserve(130) == "start 1, start 2");
    p.connected(1, 100);
    BOOST_TEST(p.core.reserved() == 30u);
    BOOST_TEST(p.set_capacity(1, 50) == "start 3");
    BOOST_TEST(p.core.reserved() == 80u);
    p.set_capacity(1, 120);
    BOOST_TEST(p.core.reserved() == 10u);
}

BOOST_AUTO_TEST_CASE(what_is_cancelled_aborts_the_connects_of_reserved_slots) {
    scripted_pool p(shared_limits(10));
    acquire_all(p, 1, 11);
    BOOST_TEST(p.reserve(15) == "start 3");
    BOOST_TEST(p.cancel_reserve() == "abort 3");
    BOOST_TEST(p.core.connecting() == 2u);

    // Those that releases made surplus are no one's to abort.
    scripted_pool surplus(shared_limits(10));
    acquire_all(surplus, 1, 10);
    surplus.connected(1, 10);
    acquire_all(surplus, 11, 30);
    for (int i = 0; i < 10; ++i) surplus.release(1);
    BOOST_TEST(surplus.core.waiting() == 10u);
    BOOST_TEST(surplus.core.connecting() == 2u);
    BOOST_TEST(surplus.reserve(10) == "");
    for (int i = 0; i < 10; ++i) surplus.release(1);
    BOOST_TEST(surplus.core.waiting() == 0u);
    BOOST_TEST(surplus.cancel_reserve() == "abort 3");
    BOOST_TEST(surplus.core.connecting() == 1u);
}

BOOST_AUTO_TEST_CASE(at_max_connections_a_connect_under_way_still_brings_what_is_reserved) {
    scripted_pool p(shared_limits(10, 1));
    p.acquire(1);
    BOOST_TEST(p.reserve(9) == "");
    BOOST_TEST(p.core.reserved() == 9u);
    BOOST_TEST(p.connected(1, 10) == "grant 1 to 1");
    BOOST_TEST(p.core.reserved() == 0u);
    BOOST_TEST(p.reserve(10) == "");
    BOOST_TEST(p.core.reserved() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
