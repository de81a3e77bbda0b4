// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// A first connect that does not come up, while it is not known what a connection takes.

#include "support/faults/scarce_memory.hpp"
#include "support/fixtures/shared_pool.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstddef>
#include <string>

namespace {

using namespace async_llm::policy;
using namespace std::chrono_literals;

constexpr auto tick = duration(1);
constexpr auto never = time_point::max();

// A pool with so many waiters, whose first connect has had backups for so long.
struct stalled_pool : scripted_pool {
    explicit stalled_pool(std::size_t waiters, std::size_t connects, pool_limits l = shared_limits(0))
        : scripted_pool(l) {
        BOOST_TEST_REQUIRE(acquire_all(*this, 1, waiters) == "start 1");
        for (std::size_t next = 2; next <= connects; ++next) {
            now = core.next_at();
            BOOST_TEST_REQUIRE(advance() == "start " + std::to_string(next));
        }
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(pool_core_backups)

BOOST_AUTO_TEST_CASE(a_connect_that_stalls_gets_another_after_one_second_then_two_then_four) {
    for (std::size_t const waiters : {1u, 5u, 300u}) {
        stalled_pool p(waiters, 1);
        std::size_t connects = 1;
        for (auto const pause : {1s, 2s, 4s, 8s}) {
            BOOST_TEST((p.core.next_at() == p.now + pause));
            p.now += pause - tick;
            BOOST_TEST(p.advance() == "");
            p.now += tick;
            BOOST_TEST(p.advance() == "start " + std::to_string(++connects));
        }
    }
}

BOOST_AUTO_TEST_CASE(an_event_that_comes_later_than_the_time_begins_one) {
    stalled_pool p(1, 1);
    p.now += 10s;
    BOOST_TEST(p.acquire(2) == "start 2");
    BOOST_TEST((p.core.next_at() == p.now + 2s));
    BOOST_TEST(p.acquire(3) == "");
}

BOOST_AUTO_TEST_CASE(one_that_comes_up_in_time_stays_alone) {
    stalled_pool p(5, 1);
    p.now += 1s - tick;
    BOOST_TEST(p.acquire(6) == "");
    p.connected(1, 100);
    BOOST_TEST(p.core.users() == 6u);
    BOOST_TEST((p.core.next_at() == never));
    p.now += 1h;
    BOOST_TEST(p.advance() == "");
    // From now on it is known what a connect brings.
    acquire_all(p, 7, 100);
    BOOST_TEST(p.acquire(101) == "start 2");
    BOOST_TEST((p.core.next_at() == never));
    p.now += 1h;
    BOOST_TEST(p.advance() == "");
}

BOOST_AUTO_TEST_CASE(what_is_known_has_no_backups) {
    for (std::size_t const capacity : {1u, 4u, 100u}) {
        scripted_pool p(shared_limits(capacity));
        acquire_all(p, 1, 4);
        auto const connects = p.core.connecting();
        BOOST_TEST((p.core.next_at() == never));
        p.now += 1h;
        BOOST_TEST(p.advance() == "");
        BOOST_TEST(p.core.connecting() == connects);
    }
}

BOOST_AUTO_TEST_CASE(the_first_that_comes_up_decides_and_ends_the_others) {
    for (connection_id const first : {1u, 2u, 3u}) {
        stalled_pool p(4, 3);
        auto const text = p.connected(first, 100);
        for (connection_id each = 1; each <= 3; ++each) {
            bool const aborted = text.find("abort " + std::to_string(each)) != std::string::npos;
            BOOST_TEST(aborted == (each != first));
        }
        BOOST_TEST(p.core.users() == 4u);
        BOOST_TEST(p.core.connecting() == 0u);
        BOOST_TEST((p.core.next_at() == never));
        // One that had come up meanwhile is not kept.
        BOOST_TEST(p.connected(first == 1 ? 2 : 1, 100) == "close " + std::to_string(first == 1 ? 2 : 1));
    }
}

BOOST_AUTO_TEST_CASE(those_whom_it_does_not_serve_get_connects_that_have_not_stalled) {
    stalled_pool unshared(3, 2);
    BOOST_TEST(unshared.connected(2, 1) == "abort 1, grant 2 to 1, start 3, start 4");

    stalled_pool shared(5, 2);
    BOOST_TEST(shared.connected(2, 2) == "abort 1, grant 2 to 1, grant 2 to 2, start 3, start 4");
}

BOOST_AUTO_TEST_CASE(limits_hold_for_backups) {
    auto few = shared_limits(0, 2);
    stalled_pool connections(9, 2, few);
    BOOST_TEST((connections.core.next_at() == never));
    connections.now += 1h;
    BOOST_TEST(connections.advance() == "");

    auto connecting = shared_limits(0);
    connecting.max_connecting = 2;
    stalled_pool made(9, 2, connecting);
    BOOST_TEST((made.core.next_at() == never));
    made.now += 1h;
    BOOST_TEST(made.advance() == "");

    auto first = shared_limits(0);
    first.first_connecting = 2;
    stalled_pool begun(9, 2, first);
    BOOST_TEST((begun.core.next_at() == never));
    begun.now += 1h;
    BOOST_TEST(begun.advance() == "");
}

BOOST_AUTO_TEST_CASE(a_backup_that_fails_fails_no_call_and_is_not_begun_again_before_its_time) {
    for (auto const reason : {connect_problem::peer, connect_problem::shortage}) {
        stalled_pool p(3, 2);
        auto const due = p.core.next_at();
        BOOST_TEST(p.connect_failed(2, reason) == "");
        BOOST_TEST(p.core.waiting() == 3u);
        BOOST_TEST((p.core.next_at() == due));
        p.now = due - tick;
        BOOST_TEST(p.advance() == "");
        p.now = due;
        BOOST_TEST(p.advance() == "start 3");
        BOOST_TEST((p.core.next_at() == p.now + 4s));
        p.connected(1, 100);
        BOOST_TEST(p.core.users() == 3u);
    }
}

BOOST_AUTO_TEST_CASE(the_first_connect_fails_those_who_wait_and_ends_its_backups) {
    stalled_pool p(120, 3);
    p.core.connect_failed(1, connect_problem::peer, p.now, p.actions);
    BOOST_TEST(p.core.waiting() == 20u);
    auto const text = p.drain();
    BOOST_TEST(text.ends_with("fail 100 by 1, abort 3, abort 2, start 4"));
    // And the others begin anew.
    BOOST_TEST((p.core.next_at() == p.now + 1s));

    stalled_pool all(2, 3);
    BOOST_TEST(all.connect_failed(1) == "fail 1 by 1, fail 2 by 1, abort 3, abort 2");
    BOOST_TEST((all.core.next_at() == never));
}

BOOST_AUTO_TEST_CASE(after_a_shortage_of_the_first_connect_its_backup_is_waited_for) {
    stalled_pool p(2, 2);
    BOOST_TEST(p.connect_failed(1, connect_problem::shortage) == "");
    BOOST_TEST(p.core.waiting() == 2u);
    // It is the first one now.
    BOOST_TEST(p.connect_failed(2) == "fail 1 by 2, fail 2 by 2");
}

BOOST_AUTO_TEST_CASE(a_pause_after_a_shortage_holds_up_backups) {
    stalled_pool p(2, 2);
    p.now += 2s - tick;
    p.connect_failed(1, connect_problem::shortage);
    BOOST_TEST((p.core.next_at() == p.now + async_llm::policy::pool_core::shortage_pause));
    p.now += tick;
    BOOST_TEST(p.advance() == "");
    p.now = p.core.next_at();
    BOOST_TEST(p.advance() == "start 3");
}

BOOST_AUTO_TEST_CASE(with_the_last_waiter_all_of_them_end) {
    stalled_pool p(2, 3);
    BOOST_TEST(p.cancel(1) == "");
    BOOST_TEST(p.cancel(2) == "abort 3, abort 2, abort 1");
    BOOST_TEST((p.core.next_at() == never));
    BOOST_TEST(p.acquire(3) == "start 4");
    BOOST_TEST((p.core.next_at() == p.now + 1s));
}

BOOST_AUTO_TEST_CASE(what_no_call_needs_any_more_has_no_backups) {
    stalled_pool p(1, 1);
    {
        async_llm::test::scarce_memory const scarce(1, 100);
        for (int i = 0; i < 6; ++i) p.actions.emplace_back(pool_action_kind::close, 0);
        p.core.cancel(1, p.actions);
        BOOST_TEST(scarce.has_failed());
    }
    p.actions.clear();
    BOOST_TEST(p.core.connecting() == 1u);
    BOOST_TEST((p.core.next_at() == never));
    p.now += 1h;
    BOOST_TEST(p.advance() == "");
    BOOST_TEST(p.connected(1, 10) == "");
    BOOST_TEST(p.core.idle() == 1u);
}

BOOST_AUTO_TEST_CASE(reserved_slots_have_backups) {
    scripted_pool p(shared_limits(0));
    BOOST_TEST(p.reserve(150) == "start 1");
    p.now = p.core.next_at();
    BOOST_TEST(p.advance() == "start 2");
    BOOST_TEST(p.connect_failed(2) == "");
    BOOST_TEST(p.core.reserved() == 150u);
    p.now = p.core.next_at();
    BOOST_TEST(p.advance() == "start 3");
    BOOST_TEST(p.connected(3, 100) == "abort 1, start 4");
    BOOST_TEST(p.core.reserved() == 50u);

    scripted_pool cancelled(shared_limits(0));
    cancelled.reserve(5);
    cancelled.now = cancelled.core.next_at();
    cancelled.advance();
    BOOST_TEST(cancelled.acquire(1) == "");
    BOOST_TEST(cancelled.cancel_reserve() == "");
    BOOST_TEST(cancelled.core.reserved() == 0u);
    cancelled.reserve(5);
    BOOST_TEST(cancelled.cancel(1) == "");
    BOOST_TEST(cancelled.cancel_reserve() == "abort 2, abort 1");
}

BOOST_AUTO_TEST_CASE(a_closed_pool_ends_all_of_them) {
    stalled_pool p(1, 3);
    BOOST_TEST(p.close() == "fail 1 by 0, abort 1, abort 2, abort 3");
    BOOST_TEST((p.core.next_at() == never));
}

BOOST_AUTO_TEST_SUITE_END()
