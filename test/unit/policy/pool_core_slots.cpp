// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// Connections that several calls share: which of them takes the next call.

#include "support/fixtures/shared_pool.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <map>

namespace {

using namespace async_llm::policy;
using namespace std::chrono_literals;

} // namespace

BOOST_AUTO_TEST_SUITE(pool_core_slots)

// Grants

BOOST_AUTO_TEST_CASE(one_connection_serves_as_many_as_it_takes_the_longest_waiters_first) {
    scripted_pool p(shared_limits(0));
    BOOST_TEST(acquire_all(p, 1, 4) == "start 1");
    BOOST_TEST(p.connected(1, 3) == "grant 1 to 1, grant 1 to 2, grant 1 to 3, start 2");
    BOOST_TEST(p.core.in_use() == 1u);
    BOOST_TEST(p.core.users() == 3u);
    BOOST_TEST(p.core.free_slots() == 0u);
    BOOST_TEST(p.release(1) == "grant 1 to 4");
    BOOST_TEST(p.core.users() == 3u);
}

BOOST_AUTO_TEST_CASE(a_slot_is_had_without_waiting_while_others_have_the_connection) {
    scripted_pool p(shared_limits(3));
    p.acquire(1);
    p.connected(1, 3);
    BOOST_TEST((p.try_acquire() == 1));
    BOOST_TEST(p.acquire(2) == "grant 1 to 2");
    BOOST_TEST((p.try_acquire() == std::nullopt));
    BOOST_TEST(p.core.users() == 3u);
    BOOST_TEST(p.core.idle() == 0u);
    release(p, 1, 3);
    BOOST_TEST(p.core.users() == 0u);
    BOOST_TEST(p.core.idle() == 1u);
    BOOST_TEST(p.core.free_slots() == 3u);
}

BOOST_AUTO_TEST_CASE(a_capacity_of_zero_when_it_is_made_is_one) {
    scripted_pool p(shared_limits(1));
    p.acquire(1);
    BOOST_TEST(p.connected(1, 0) == "grant 1 to 1");
    BOOST_TEST((p.try_acquire() == std::nullopt));
    BOOST_TEST(acquire_all(p, 2, 3) == "start 2, start 3");
}

BOOST_AUTO_TEST_CASE(max_waiters_stops_none_for_whom_there_is_a_slot) {
    auto l = shared_limits(2, 1);
    l.max_waiters = 1;
    scripted_pool p(l);
    p.acquire(1);
    p.connected(1, 2);
    p.release(1);
    p.acquire(2);
    BOOST_TEST(p.acquire(3, true) == "");
    BOOST_TEST(p.core.waiting() == 1u);
    BOOST_TEST(p.acquire(4) == "grant 1 to 4 reused");
    p.acquire(5);
    BOOST_TEST((p.result == acquire_result::refused_full));
}

// The connection that takes the next call

BOOST_AUTO_TEST_CASE(calls_are_spread_over_the_connections_that_the_load_needs) {
    scripted_pool p(shared_limits(10));
    fill(p, 3, 10);
    release(p, 1, 2);
    release(p, 2, 4);
    release(p, 3, 1);
    // The fewest calls first: 8, 6 and 9 of them.
    BOOST_TEST((take(p, 2) == distribution{{2, 2}}));
    BOOST_TEST((take(p, 3) == distribution{{1, 2}, {2, 1}}));
    BOOST_TEST(p.core.users() == 28u);
    BOOST_TEST((take(p, 2) == distribution{{2, 1}, {3, 1}}));
}

BOOST_AUTO_TEST_CASE(a_connection_that_the_load_does_not_need_takes_no_others) {
    scripted_pool p(shared_limits(8));
    fill(p, 2, 8);
    release(p, 2, 5);
    release(p, 1, 4);
    // 7 calls and a margin of 2 are more than one takes.
    BOOST_TEST((take(p, 1) == distribution{{2, 1}}));
    release(p, 2, 2);
    // For 6 of them the one with 4 is enough.
    BOOST_TEST((take(p, 1) == distribution{{1, 1}}));
    BOOST_TEST((take(p, 3) == distribution{{1, 3}}));
    // Only now the other one is needed.
    BOOST_TEST((take(p, 1) == distribution{{2, 1}}));
}

BOOST_AUTO_TEST_CASE(it_takes_no_others_either_when_calls_have_left_it) {
    scripted_pool p(shared_limits(8));
    fill(p, 2, 8);
    release(p, 2, 6);
    release(p, 1, 4);
    BOOST_TEST((take(p, 3) == distribution{{1, 3}}));
    release(p, 2, 1);
    BOOST_TEST((take(p, 1) == distribution{{1, 1}}));
}

BOOST_AUTO_TEST_CASE(full_connections_hold_a_part_of_the_load) {
    scripted_pool p(shared_limits(8));
    fill(p, 3, 8);
    release(p, 3, 7);
    release(p, 2, 5);
    // The first two hold 12 calls; the third has but one of them.
    BOOST_TEST((take(p, 1) == distribution{{2, 1}}));
}

BOOST_AUTO_TEST_CASE(the_margin_is_a_quarter_of_the_capacity_rounded_up) {
    for (auto const& [capacity, margin] :
         std::map<std::size_t, std::size_t>{{8, 2}, {9, 3}, {12, 3}, {13, 4}, {20, 5}, {100, 25}}) {
        BOOST_TEST_CONTEXT("capacity " << capacity) {
            scripted_pool p(shared_limits(capacity));
            fill(p, 2, capacity);
            // One more than one connection holds.
            auto const load = capacity - margin + 1;
            auto const on_first = load / 2 + 1;
            release(p, 2, capacity - (load - on_first));
            release(p, 1, capacity - on_first);
            BOOST_TEST(p.core.users() == load);
            BOOST_TEST((take(p, 1) == distribution{{2, 1}}));
            release(p, 2, 2);
            // Surplus, it takes no others though it has fewer.
            BOOST_TEST((take(p, 1) == distribution{{1, 1}}));
        }
    }
}

BOOST_AUTO_TEST_CASE(of_surplus_connections_the_one_with_the_most_calls_is_needed_again_first) {
    scripted_pool p(shared_limits(8));
    fill(p, 3, 8);
    release(p, 2, 7);
    release(p, 3, 6);
    release(p, 1, 5);
    // 3, 1 and 2 calls, of which the first connection holds all.
    BOOST_TEST((take(p, 5) == distribution{{1, 5}}));
    BOOST_TEST((take(p, 6) == distribution{{3, 6}}));
    BOOST_TEST((take(p, 7) == distribution{{2, 7}}));
    BOOST_TEST((p.try_acquire() == std::nullopt));
}

BOOST_AUTO_TEST_CASE(an_idle_connection_is_granted_when_none_with_calls_has_room_the_latest_used_first) {
    scripted_pool p(shared_limits(2));
    fill(p, 4, 2);
    for (connection_id const c : {2u, 4u, 3u}) release(p, c, 2);
    BOOST_TEST(p.core.idle() == 3u);
    BOOST_TEST((take(p, 2) == distribution{{3, 2}}));
    BOOST_TEST((take(p, 2) == distribution{{4, 2}}));
    BOOST_TEST(p.core.idle() == 1u);
}

// A call that ends as another begins, in turn over the calls there are.
void run_steadily(scripted_pool& p, std::deque<connection_id>& calls, std::size_t load, duration time) {
    for (auto const end = p.now + time; p.now < end; p.now += 10ms) {
        auto const oldest = calls.front();
        calls.pop_front();
        p.release(oldest);
        if (calls.size() >= load) continue;
        auto const connection = p.try_acquire();
        BOOST_TEST_REQUIRE(connection.has_value());
        calls.push_back(*connection);
    }
}

BOOST_AUTO_TEST_CASE(the_surplus_of_a_burst_ages_out_and_the_rest_share_the_load) {
    struct row {
        row(std::size_t l, std::size_t n) : load(l), connections(n) {}
        std::size_t load;
        std::size_t connections;
    };
    for (auto const& [load, connections] : {row(1, 1), row(20, 1), row(75, 1), row(140, 2), row(350, 4)}) {
        BOOST_TEST_CONTEXT("load " << load) {
            auto l = shared_limits(100);
            l.idle_timeout = 4s;
            scripted_pool p(l);
            fill(p, 10, 100);
            std::deque<connection_id> calls;
            for (std::size_t i = 0; i < 1000; ++i) calls.push_back(1 + i % 10);
            // The burst ends, all have been replaced, and the idle time is over.
            run_steadily(p, calls, load, 20s);
            p.actions.clear();
            p.expire();
            BOOST_TEST(p.core.live() == connections);
            BOOST_TEST(p.core.users() == load);
            distribution by_connection;
            for (auto const c : calls) ++by_connection[c];
            std::size_t least = load;
            std::size_t most = 0;
            for (auto const& [id, count] : by_connection) {
                least = std::min(least, count);
                most = std::max(most, count);
            }
            BOOST_TEST(by_connection.size() == connections);
            BOOST_TEST(most - least <= load / 50 + 1);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_load_that_varies_a_little_keeps_its_connections) {
    scripted_pool p(shared_limits(100));
    fill(p, 2, 100);
    release(p, 1, 50);
    release(p, 2, 50);
    for (int i = 0; i < 10; ++i) {
        BOOST_TEST((take(p, 12) == distribution{{1, 6}, {2, 6}}));
        release(p, 1, 6);
        release(p, 2, 6);
    }
}

// Fresh connections

BOOST_AUTO_TEST_CASE(a_connection_is_fresh_until_it_is_idle_after_a_call) {
    scripted_pool p(shared_limits(3));
    BOOST_TEST(p.acquire(1, true) == "start 1");
    BOOST_TEST(p.connected(1, 3) == "grant 1 to 1");
    BOOST_TEST(p.acquire(2, true) == "grant 1 to 2");
    p.release(1);
    BOOST_TEST(p.acquire(3, true) == "grant 1 to 3");
    release(p, 1, 2);
    BOOST_TEST(p.acquire(4) == "grant 1 to 4 reused");
    // Of this, a busy connection that was idle before is no better.
    BOOST_TEST(p.acquire(5, true) == "start 2");
    BOOST_TEST(p.acquire(6) == "grant 1 to 6 reused");
    BOOST_TEST(p.connected(2, 3) == "grant 2 to 5");
    BOOST_TEST((take(p, 1, true) == distribution{{2, 1}}));
}

BOOST_AUTO_TEST_CASE(one_event_serves_waiters_of_both_kinds_in_order) {
    scripted_pool p(shared_limits(0));
    p.acquire(1);
    p.acquire(2, true);
    p.acquire(3);
    p.acquire(4, true);
    BOOST_TEST(p.connected(1, 3) == "grant 1 to 1, grant 1 to 2, grant 1 to 3, start 2");
    p.connected(2, 1);
    release(p, 1, 3);
    p.acquire(5, true);
    p.acquire(6);
    BOOST_TEST(p.core.waiting() == 1u);
}

BOOST_AUTO_TEST_CASE(a_fresh_only_waiter_has_an_idle_connection_closed_for_its_own) {
    scripted_pool p(shared_limits(2, 2));
    fill(p, 2, 2);
    release(p, 1, 2);
    release(p, 2, 2);
    take(p, 1);
    BOOST_TEST(p.acquire(10, true) == "close 1, start 3");
    BOOST_TEST(p.acquire(11, true) == "");
    BOOST_TEST(p.connected(3, 2) == "grant 3 to 10, grant 3 to 11");
}

BOOST_AUTO_TEST_SUITE_END()
