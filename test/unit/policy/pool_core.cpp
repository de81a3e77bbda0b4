// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/scripted_pool.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <ctime>
#include <utility>

namespace {

using namespace async_llm::policy;

} // namespace

BOOST_AUTO_TEST_SUITE(pool_core)

BOOST_AUTO_TEST_CASE(a_connection_is_made_granted_released_and_granted_again) {
    scripted_pool p(limits(4));
    BOOST_TEST(p.acquire(7) == "start 1");
    BOOST_TEST((p.result == acquire_result::pending));
    BOOST_TEST(p.core.connecting() == 1u);
    BOOST_TEST(p.core.waiting() == 1u);
    BOOST_TEST(p.connected(1) == "grant 1 to 7");
    BOOST_TEST(p.core.in_use() == 1u);
    BOOST_TEST(p.core.waiting() == 0u);
    BOOST_TEST(p.release(1) == "");
    BOOST_TEST(p.core.idle() == 1u);
    BOOST_TEST(p.core.in_use() == 0u);
    BOOST_TEST(p.acquire(8) == "grant 1 to 8 reused");
    BOOST_TEST(p.core.live() == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_idle_is_had_without_waiting) {
    scripted_pool p(limits(4));
    BOOST_TEST((p.try_acquire() == std::nullopt));
    p.warm_up(2);
    BOOST_TEST((p.try_acquire(true) == std::nullopt));
    BOOST_TEST((p.try_acquire() == 2));
    BOOST_TEST((p.try_acquire() == 1));
    BOOST_TEST((p.try_acquire() == std::nullopt));
    BOOST_TEST(p.core.in_use() == 2u);
    BOOST_TEST(p.core.waiting() == 0u);
    BOOST_TEST(p.drain() == "");
    BOOST_TEST(p.release(2) == "");
    BOOST_TEST(p.acquire(1) == "grant 2 to 1 reused");
}

BOOST_AUTO_TEST_CASE(nothing_is_had_past_those_who_wait) {
    scripted_pool p(limits(1));
    p.warm_up(1);
    BOOST_TEST((p.try_acquire() == 1));
    BOOST_TEST(p.acquire(1) == "");
    BOOST_TEST((p.try_acquire() == std::nullopt));
    BOOST_TEST(p.release(1) == "grant 1 to 1 reused");
    BOOST_TEST((p.try_acquire() == std::nullopt));
    p.release(1);
    BOOST_TEST(p.close() == "close 1");
    BOOST_TEST((p.try_acquire() == std::nullopt));
}

BOOST_AUTO_TEST_CASE(what_was_had_without_waiting_keeps_its_place_when_it_is_dead) {
    scripted_pool p(limits(1));
    p.warm_up(1);
    BOOST_TEST((p.try_acquire() == 1));
    BOOST_TEST(p.acquire(1) == "");
    // Its call came before that waiter.
    BOOST_TEST(p.probe_failed(2, 1) == "close 1, start 2");
    BOOST_TEST(p.connected(2) == "grant 2 to 2");
}

BOOST_AUTO_TEST_CASE(what_was_had_without_waiting_makes_room_for_the_next_idle_one_when_it_is_dead) {
    scripted_pool p(limits(2));
    p.warm_up(2);
    BOOST_TEST((p.try_acquire() == 2));
    BOOST_TEST(p.probe_failed(1, 2) == "close 2, grant 1 to 1 reused");
    BOOST_TEST(p.core.waiting() == 0u);
}

BOOST_AUTO_TEST_CASE(a_released_connection_goes_to_the_longest_waiter_though_another_connect_was_begun_for_it
) {
    scripted_pool p(limits(4));
    p.acquire(1);
    p.connected(1);
    BOOST_TEST(p.acquire(2) == "start 2");
    BOOST_TEST(p.acquire(3) == "start 3");
    BOOST_TEST(p.release(1) == "grant 1 to 2 reused");
    BOOST_TEST(p.connected(3) == "grant 3 to 3");
}

BOOST_AUTO_TEST_CASE(a_connect_nobody_waits_for_any_more_goes_idle) {
    scripted_pool p(limits(4));
    p.acquire(1);
    p.connected(1);
    p.acquire(2);
    p.release(1);
    BOOST_TEST(p.connected(2) == "");
    BOOST_TEST(p.core.idle() == 1u);
    BOOST_TEST(p.acquire(3) == "grant 2 to 3");
}

BOOST_AUTO_TEST_CASE(of_the_idle_connections_the_last_used_is_granted) {
    scripted_pool p(limits(4));
    p.warm_up(3);
    BOOST_TEST(p.acquire(1) == "grant 3 to 1 reused");
    BOOST_TEST(p.acquire(2) == "grant 2 to 2 reused");
    p.release(3);
    BOOST_TEST(p.acquire(3) == "grant 3 to 3 reused");
}

BOOST_AUTO_TEST_CASE(of_used_and_unused_idle_connections_the_last_one_to_become_idle_is_granted) {
    scripted_pool unused_last(limits(4));
    unused_last.warm_up(1);
    unused_last.acquire(1);
    unused_last.acquire(2);
    unused_last.release(1);
    unused_last.release(1);
    unused_last.connected(2);
    BOOST_TEST(unused_last.acquire(3) == "grant 2 to 3");

    scripted_pool used_last(limits(4));
    used_last.acquire(1);
    used_last.connected(1);
    used_last.acquire(2);
    used_last.release(1);
    used_last.connected(2);
    used_last.release(1);
    BOOST_TEST(used_last.acquire(3) == "grant 1 to 3 reused");
}

BOOST_AUTO_TEST_CASE(no_more_than_max_connections_live) {
    scripted_pool p(limits(2));
    BOOST_TEST(p.acquire(1) == "start 1");
    BOOST_TEST(p.acquire(2) == "start 2");
    BOOST_TEST(p.acquire(3) == "");
    BOOST_TEST(p.connected(1) == "grant 1 to 1");
    BOOST_TEST(p.acquire(4) == "");
    BOOST_TEST(p.core.live() == 2u);
    BOOST_TEST(p.release(1, false) == "close 1, start 3");
}

BOOST_AUTO_TEST_CASE(no_more_than_max_connecting_are_in_the_making) {
    scripted_pool p(limits(8, 2));
    p.acquire(1);
    p.acquire(2);
    BOOST_TEST(p.acquire(3) == "");
    BOOST_TEST(p.core.connecting() == 2u);
    BOOST_TEST(p.connected(2) == "grant 2 to 1, start 3");
    BOOST_TEST(p.core.connecting() == 2u);
}

pool_limits slow_start(std::size_t first) {
    auto result = limits(100, 50);
    result.first_connecting = first;
    return result;
}

BOOST_AUTO_TEST_CASE(connects_begin_in_slow_start) {
    scripted_pool p(slow_start(2));
    for (waiter_id w = 1; w != 20; ++w) p.acquire(w);
    BOOST_TEST(p.core.connecting() == 2u);
    BOOST_TEST(p.connected(1) == "grant 1 to 1, start 3, start 4, start 5, start 6");
    BOOST_TEST(p.core.connecting() == 5u);
}

BOOST_AUTO_TEST_CASE(a_peer_that_fails_gets_no_storm) {
    scripted_pool p(slow_start(2));
    for (waiter_id w = 1; w != 20; ++w) p.acquire(w);
    p.connected(1);
    BOOST_TEST(p.connect_failed(2) == "fail 2 by 2");
    BOOST_TEST(p.connect_failed(3) == "fail 3 by 3");
    BOOST_TEST(p.connect_failed(4) == "fail 4 by 4");
    BOOST_TEST(p.core.connecting() == 2u);
    BOOST_TEST(p.connect_failed(5) == "fail 5 by 5, start 7");
}

BOOST_AUTO_TEST_CASE(slow_start_begins_anew_when_no_connection_is_left) {
    scripted_pool p(slow_start(1));
    p.acquire(1);
    p.connected(1);
    p.release(1, false);
    BOOST_TEST(p.acquire(2) == "start 2");
    BOOST_TEST(p.acquire(3) == "");
    p.connected(2);
    BOOST_TEST(p.acquire(4) == "start 4");
}

BOOST_AUTO_TEST_CASE(no_connect_is_begun_while_there_are_as_many_as_waiters) {
    scripted_pool p(limits(8));
    p.acquire(1);
    p.connected(1);
    p.acquire(2);
    p.release(1);
    BOOST_TEST(p.core.connecting() == 1u);
    BOOST_TEST(p.acquire(3) == "");
    BOOST_TEST(p.acquire(4) == "start 3");
}

BOOST_AUTO_TEST_CASE(a_waiter_above_max_waiters_is_refused_unless_a_connection_is_idle) {
    auto l = limits(2);
    l.max_waiters = 1;
    scripted_pool p(l);
    BOOST_TEST(p.acquire(1) == "start 1");
    BOOST_TEST(p.acquire(2) == "");
    BOOST_TEST((p.result == acquire_result::refused_full));
    BOOST_TEST(p.core.waiting() == 1u);
    p.connected(1);
    p.release(1);
    BOOST_TEST(p.acquire(3, true) == "start 2");
    BOOST_TEST(p.core.waiting() == 1u);
    BOOST_TEST(p.acquire(4, true) == "");
    BOOST_TEST((p.result == acquire_result::refused_full));
    BOOST_TEST(p.acquire(5) == "grant 1 to 5 reused");
    BOOST_TEST((p.result == acquire_result::pending));
    BOOST_TEST(p.cancel(2) == "");
    BOOST_TEST(!p.was_queued);
}

BOOST_AUTO_TEST_CASE(zero_max_waiters_is_no_limit) {
    scripted_pool p(limits(1));
    for (waiter_id waiter = 1; waiter <= 5000; ++waiter) {
        p.acquire(waiter);
        BOOST_TEST_REQUIRE((p.result == acquire_result::pending));
    }
    BOOST_TEST(p.core.waiting() == 5000u);
}

BOOST_AUTO_TEST_CASE(a_cancelled_waiter_gets_nothing_and_its_connect_is_aborted) {
    scripted_pool p(limits(4));
    p.acquire(1);
    BOOST_TEST(p.cancel(1) == "abort 1");
    BOOST_TEST(p.was_queued);
    BOOST_TEST(p.core.live() == 0u);
    BOOST_TEST(p.cancel(1) == "");
    BOOST_TEST(!p.was_queued);
}

BOOST_AUTO_TEST_CASE(a_cancel_aborts_the_youngest_connect_and_the_others_keep_their_turn) {
    scripted_pool p(limits(4));
    p.acquire(1);
    p.acquire(2);
    p.acquire(3);
    BOOST_TEST(p.cancel(1) == "abort 3");
    BOOST_TEST(p.connected(1) == "grant 1 to 2");
    BOOST_TEST(p.connected(2) == "grant 2 to 3");
}

BOOST_AUTO_TEST_CASE(a_cancel_aborts_nothing_that_another_waiter_needs) {
    scripted_pool p(limits(4, 1));
    p.acquire(1);
    p.acquire(2);
    BOOST_TEST(p.cancel(1) == "");
    BOOST_TEST(p.was_queued);
    BOOST_TEST(p.connected(1) == "grant 1 to 2");
}

BOOST_AUTO_TEST_CASE(a_cancel_aborts_one_connect_and_not_those_that_releases_made_surplus) {
    scripted_pool p(limits(8));
    p.acquire(1);
    p.acquire(2);
    p.connected(1);
    p.connected(2);
    p.acquire(3);
    p.acquire(4);
    p.acquire(5);
    p.release(1);
    p.release(2);
    BOOST_TEST(p.core.connecting() == 3u);
    BOOST_TEST(p.cancel(5) == "abort 5");
    BOOST_TEST(p.core.connecting() == 2u);
}

BOOST_AUTO_TEST_CASE(cancelling_a_granted_or_unknown_waiter_changes_nothing) {
    scripted_pool p(limits(4));
    p.acquire(1);
    p.connected(1);
    BOOST_TEST(p.cancel(1) == "");
    BOOST_TEST(!p.was_queued);
    BOOST_TEST(p.cancel(99) == "");
    BOOST_TEST(!p.was_queued);
    BOOST_TEST(p.core.in_use() == 1u);
}

BOOST_AUTO_TEST_CASE(an_aborted_connect_that_ends_all_the_same_is_closed_or_ignored) {
    scripted_pool p(limits(4));
    p.acquire(1);
    p.acquire(2);
    p.cancel(1);
    p.cancel(2);
    BOOST_TEST(p.connected(2) == "close 2");
    BOOST_TEST(p.connect_failed(1) == "");
    BOOST_TEST(p.acquire(3) == "start 3");
    BOOST_TEST(p.connect_failed(1) == "");
    BOOST_TEST(p.core.waiting() == 1u);
}

BOOST_AUTO_TEST_CASE(a_connect_failure_fails_the_longest_waiter_and_no_other) {
    scripted_pool p(limits(4, 2));
    p.acquire(1);
    p.acquire(2, true);
    p.acquire(3);
    BOOST_TEST(p.connect_failed(2) == "fail 1 by 2, start 3");
    BOOST_TEST(p.connect_failed(1) == "fail 2 by 1");
    BOOST_TEST(p.connected(3) == "grant 3 to 3");
}

BOOST_AUTO_TEST_CASE(a_connect_failure_nobody_waits_for_fails_nobody) {
    scripted_pool p(limits(4));
    p.acquire(1);
    p.connected(1);
    p.acquire(2);
    p.release(1);
    BOOST_TEST(p.connect_failed(2) == "");
    BOOST_TEST(p.core.connecting() == 0u);
    BOOST_TEST(p.core.live() == 1u);
}

BOOST_AUTO_TEST_CASE(a_fresh_only_waiter_does_not_take_a_used_connection) {
    scripted_pool p(limits(4));
    p.warm_up(1);
    BOOST_TEST(p.acquire(1, true) == "start 2");
    BOOST_TEST(p.core.idle() == 1u);
    BOOST_TEST(p.connected(2) == "grant 2 to 1");
}

BOOST_AUTO_TEST_CASE(a_fresh_only_waiter_takes_an_idle_connection_that_was_never_used) {
    scripted_pool p(limits(4));
    p.acquire(1);
    p.connected(1);
    p.acquire(2);
    p.release(1);
    p.connected(2);
    p.release(1);
    BOOST_TEST(p.core.idle() == 2u);
    BOOST_TEST(p.acquire(3, true) == "grant 2 to 3");
}

BOOST_AUTO_TEST_CASE(a_released_connection_passes_a_fresh_only_waiter_by) {
    scripted_pool p(limits(2, 1));
    p.acquire(1);
    p.connected(1);
    p.acquire(2, true);
    p.acquire(3);
    BOOST_TEST(p.release(1) == "grant 1 to 3 reused");
    BOOST_TEST(p.connected(2) == "grant 2 to 2");
}

BOOST_AUTO_TEST_CASE(a_new_connection_goes_to_whoever_waits_longest_fresh_only_or_not) {
    scripted_pool p(limits(4, 1));
    p.acquire(1);
    p.acquire(2, true);
    p.acquire(3);
    p.acquire(4, true);
    BOOST_TEST(p.connected(1) == "grant 1 to 1, start 2");
    BOOST_TEST(p.connected(2) == "grant 2 to 2, start 3");
    BOOST_TEST(p.connected(3) == "grant 3 to 3, start 4");
    BOOST_TEST(p.connected(4) == "grant 4 to 4");
}

BOOST_AUTO_TEST_CASE(a_fresh_only_waiter_makes_room_by_closing_the_least_recently_used) {
    scripted_pool p(limits(3));
    p.warm_up(3);
    BOOST_TEST(p.acquire(1, true) == "close 1, start 4");
    BOOST_TEST(p.acquire(2, true) == "close 2, start 5");
    BOOST_TEST(p.core.live() == 3u);
}

BOOST_AUTO_TEST_CASE(a_fresh_only_waiter_makes_room_when_a_connection_is_released) {
    scripted_pool p(limits(1));
    p.acquire(1);
    p.connected(1);
    BOOST_TEST(p.acquire(2, true) == "");
    BOOST_TEST(p.release(1) == "close 1, start 2");
    BOOST_TEST(p.connected(2) == "grant 2 to 2");
}

BOOST_AUTO_TEST_CASE(a_dead_idle_connection_is_closed_and_the_next_one_granted) {
    scripted_pool p(limits(4));
    p.warm_up(2);
    BOOST_TEST(p.acquire(1) == "grant 2 to 1 reused");
    BOOST_TEST(p.probe_failed(1, 2) == "close 2, grant 1 to 1 reused");
    BOOST_TEST(p.probe_failed(1, 1) == "close 1, start 3");
    BOOST_TEST(p.connected(3) == "grant 3 to 1");
}

BOOST_AUTO_TEST_CASE(a_waiter_whose_connection_was_dead_may_ask_for_a_fresh_one) {
    scripted_pool p(limits(4));
    p.warm_up(2);
    p.acquire(1);
    BOOST_TEST(p.probe_failed(1, 2, true) == "close 2, start 3");
    BOOST_TEST(p.core.idle() == 1u);
}

BOOST_AUTO_TEST_CASE(waiters_whose_connections_were_dead_return_in_order_of_arrival_ahead_of_all_others) {
    auto l = limits(2, 1);
    l.max_waiters = 1;
    scripted_pool p(l);
    p.warm_up(2);
    p.acquire(1);
    p.acquire(2);
    p.acquire(3);
    BOOST_TEST(p.core.waiting() == 1u);
    BOOST_TEST(p.probe_failed(2, 1) == "close 1, start 3");
    BOOST_TEST(p.probe_failed(1, 2) == "close 2");
    BOOST_TEST(p.core.waiting() == 3u);
    BOOST_TEST(p.connected(3) == "grant 3 to 1, start 4");
    BOOST_TEST(p.connected(4) == "grant 4 to 2");
    BOOST_TEST(p.release(3) == "grant 3 to 3 reused");
}

BOOST_AUTO_TEST_CASE(a_waiter_whose_connection_was_dead_can_be_cancelled) {
    scripted_pool p(limits(4));
    p.warm_up(1);
    p.acquire(1);
    p.probe_failed(1, 1);
    BOOST_TEST(p.cancel(1) == "abort 2");
    BOOST_TEST(p.was_queued);
}

BOOST_AUTO_TEST_CASE(a_connection_not_reusable_is_closed) {
    scripted_pool p(limits(4));
    p.acquire(1);
    p.connected(1);
    BOOST_TEST(p.release(1, false) == "close 1");
    BOOST_TEST(p.core.live() == 0u);
}

BOOST_AUTO_TEST_CASE(what_is_not_in_use_cannot_be_released) {
    scripted_pool p(limits(4));
    p.warm_up(1);
    p.acquire(1, true);
    BOOST_TEST(p.release(1, false) == "");
    BOOST_TEST(p.release(2, false) == "");
    BOOST_TEST(p.release(99, false) == "");
    BOOST_TEST(p.probe_failed(1, 1) == "");
    BOOST_TEST(p.core.idle() == 1u);
    BOOST_TEST(p.core.connecting() == 1u);
    BOOST_TEST(p.core.waiting() == 1u);
}

BOOST_AUTO_TEST_CASE(closing_fails_all_waiters_aborts_connects_and_closes_idle) {
    scripted_pool p(limits(3, 1));
    p.warm_up(2);
    p.acquire(1);
    p.acquire(2, true);
    p.acquire(3, true);
    BOOST_TEST(p.close() == "fail 2 by 0, fail 3 by 0, abort 3, close 1");
    BOOST_TEST(p.core.closed());
    BOOST_TEST(!p.core.drained());
    BOOST_TEST(p.close() == "");
    BOOST_TEST(p.connected(3) == "close 3");
    BOOST_TEST(p.acquire(4) == "");
    BOOST_TEST((p.result == acquire_result::refused_closed));
    BOOST_TEST(p.release(2) == "close 2");
    BOOST_TEST(p.core.drained());
}

BOOST_AUTO_TEST_CASE(a_dead_connection_after_closing_fails_its_waiter) {
    scripted_pool p(limits(3));
    p.warm_up(1);
    p.acquire(1);
    p.close();
    BOOST_TEST(p.probe_failed(1, 1) == "close 1, fail 1 by 0");
    BOOST_TEST(p.core.drained());
}

BOOST_AUTO_TEST_CASE(an_open_pool_without_connections_is_not_drained) {
    scripted_pool p(limits(3));
    BOOST_TEST(!p.core.drained());
    BOOST_TEST(p.close() == "");
    BOOST_TEST(p.core.drained());
}

BOOST_AUTO_TEST_CASE(actions_are_appended_to_those_there_are) {
    scripted_pool p(limits(4));
    p.core.acquire(1, false, p.now, p.actions);
    p.core.acquire(2, false, p.now, p.actions);
    BOOST_TEST(p.drain() == "start 1, start 2");
}

// The same number of events, once with a queue of one and once with a long one. Both take about the same;
// with a scan in cancel alone the latter takes some eighty times as much. It is the processor's time, which
// other programs do not change.
BOOST_AUTO_TEST_CASE(a_hundred_thousand_waiters_come_and_go_in_linear_time) {
    constexpr waiter_id count = 100'000;
    std::size_t actions = 0;
    scripted_pool p(limits(512, 16));
    auto const acquire = [&](waiter_id waiter) {
        p.core.acquire(waiter, waiter % 2 == 0, p.now, p.actions);
        actions += std::exchange(p.actions, {}).size();
    };
    auto const cancel = [&](waiter_id waiter) {
        BOOST_REQUIRE(p.core.cancel(waiter, p.actions));
        actions += std::exchange(p.actions, {}).size();
    };

    auto const start = std::clock();
    for (waiter_id waiter = 0; waiter < count; ++waiter) {
        acquire(waiter);
        cancel(waiter);
    }
    auto const short_queue = std::clock() - start;
    BOOST_TEST(actions == 2 * count);

    actions = 0;
    for (waiter_id waiter = 0; waiter < count; ++waiter) acquire(waiter);
    BOOST_TEST(p.core.waiting() == count);
    // From the middle outwards, so that neither a scan from the front nor one from the back is short.
    for (waiter_id i = 0; i < count; ++i) cancel(i % 2 == 0 ? count / 2 + i / 2 : count / 2 - 1 - i / 2);
    auto const long_queue = std::clock() - start - short_queue;
    BOOST_TEST(p.core.waiting() == 0u);
    BOOST_TEST(p.core.live() == 0u);
    BOOST_TEST(actions == 32u);
    BOOST_TEST(long_queue < 10 * short_queue);
}

BOOST_AUTO_TEST_SUITE_END()
