// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/scripted_admission.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

namespace {

using namespace async_llm::policy;
using namespace std::chrono_literals;
using async_llm::concurrency_policy;
using async_llm::rate_limit_policy;

constexpr auto never = duration::max();

} // namespace

BOOST_AUTO_TEST_SUITE(admission_core)

BOOST_AUTO_TEST_CASE(without_limits_all_go_at_once) {
    scripted_admission a;
    a.lane({});
    for (admission_id id = 1; id <= 1'000; ++id)
        BOOST_TEST_REQUIRE(a.acquire(call(id, 1'000'000)) == "granted");
    BOOST_TEST(a.core.in_flight(0) == 1'000u);
    BOOST_TEST(a.core.waiting() == 0u);
    BOOST_TEST((a.next() == never));
    for (admission_id id = 1; id <= 1'000; ++id) a.finish(id);
    BOOST_TEST(a.core.in_flight(0) == 0u);
}

BOOST_AUTO_TEST_CASE(no_more_are_in_flight_than_the_ceiling) {
    scripted_admission a(at_most(2));
    a.lane({});
    BOOST_TEST(a.acquire(call(1)) == "granted");
    BOOST_TEST(a.acquire(call(2)) == "granted");
    BOOST_TEST(a.acquire(call(3)) == "waiting");
    BOOST_TEST(a.acquire(call(4)) == "waiting");
    BOOST_TEST(a.advance() == "");
    BOOST_TEST(a.finish(2) == "3");
    BOOST_TEST(a.finish(1) == "4");
    BOOST_TEST(a.finish(3) == "");
    BOOST_TEST(a.core.in_flight(0) == 1u);
}

BOOST_AUTO_TEST_CASE(time_does_not_help_those_who_wait_for_the_end_of_a_call) {
    scripted_admission a(at_most(1));
    a.lane(60);
    a.acquire(call(1));
    a.acquire(call(2));
    // The rate would let it go after a while, but only the end of a call makes room.
    BOOST_TEST((a.next() == never));
    BOOST_TEST(a.after(1h) == "");
    BOOST_TEST((a.next() == never));
    BOOST_TEST(a.finish(1) == "2");
}

BOOST_AUTO_TEST_CASE(higher_priorities_go_first_and_equal_ones_in_the_order_of_arrival) {
    scripted_admission a(at_most(1));
    a.lane({});
    a.acquire(call(1));
    a.acquire(call(2, 0, -1));
    a.acquire(call(3));
    a.acquire(call(4, 0, 7));
    a.acquire(call(5));
    a.acquire(call(6, 0, 7));
    a.acquire(call(7, 0, std::numeric_limits<int>::min()));
    a.acquire(call(8, 0, std::numeric_limits<int>::max()));
    std::string order;
    for (admission_id next = 1; next != 0;) {
        auto const granted = a.finish(next);
        order += granted + ",";
        next = granted.empty() ? 0 : std::stoull(granted);
    }
    BOOST_TEST(order == "8,4,6,3,5,2,7,,");
}

BOOST_AUTO_TEST_CASE(only_a_higher_priority_overtakes_those_who_wait) {
    scripted_admission a(at_most(0));
    a.lane({}, 60);
    BOOST_TEST(a.acquire(call(1, 8)) == "granted");
    BOOST_TEST(a.acquire(call(2, 5)) == "waiting");
    BOOST_TEST(a.acquire(call(3, 1)) == "waiting");
    BOOST_TEST(a.acquire(call(4, 1, -1)) == "waiting");
    BOOST_TEST(a.acquire(call(5, 1, 1)) == "granted");
}

BOOST_AUTO_TEST_CASE(one_that_gave_up_gets_nothing_and_makes_way) {
    scripted_admission a(at_most(1));
    a.lane({});
    a.acquire(call(1));
    a.acquire(call(2));
    a.acquire(call(3));
    BOOST_TEST(a.cancel(2) == "");
    BOOST_TEST(a.was_waiting);
    a.cancel(2);
    BOOST_TEST(!a.was_waiting);
    a.cancel(1);
    BOOST_TEST(!a.was_waiting);
    a.cancel(99);
    BOOST_TEST(!a.was_waiting);
    BOOST_TEST(a.finish(1) == "3");
    a.cancel(3);
    BOOST_TEST(!a.was_waiting);
}

BOOST_AUTO_TEST_CASE(when_the_first_gives_up_those_behind_it_who_need_less_may_go) {
    scripted_admission a;
    a.lane({}, 60);
    a.acquire(call(1, 5));
    BOOST_TEST(a.acquire(call(2, 9)) == "waiting");
    BOOST_TEST(a.acquire(call(3, 2)) == "waiting");
    BOOST_TEST(a.acquire(call(4, 2)) == "waiting");
    BOOST_TEST(a.acquire(call(5, 2)) == "waiting");
    BOOST_TEST(a.cancel(2) == "3 4");
}

BOOST_AUTO_TEST_CASE(one_more_than_may_wait_is_refused) {
    scripted_admission a(at_most(1), rate_limit_policy(), 2);
    a.lane({});
    a.lane({});
    BOOST_TEST(a.acquire(call(1)) == "granted");
    BOOST_TEST(a.acquire(call(2)) == "waiting");
    BOOST_TEST(a.acquire(to(0, 1, call(3))) == "waiting");
    BOOST_TEST(a.acquire(call(4)) == "full");
    BOOST_TEST(a.acquire(call(5, 0, 9)) == "full");
    BOOST_TEST(a.core.waiting() == 2u);
    BOOST_TEST(a.cancel(4) == "");
    BOOST_TEST(!a.was_waiting);
    a.cancel(2);
    BOOST_TEST(a.acquire(call(6)) == "waiting");
}

BOOST_AUTO_TEST_CASE(those_who_may_go_at_once_are_not_refused_because_others_wait) {
    scripted_admission a(at_most(1), rate_limit_policy(), 1);
    a.lane({});
    a.lane({});
    a.core.add_group(a.now);
    a.acquire(call(1));
    BOOST_TEST(a.acquire(call(2)) == "waiting");
    BOOST_TEST(a.acquire(to(1, 1, call(3))) == "granted");
    BOOST_TEST(a.acquire(to(1, 1, call(4))) == "full");
}

BOOST_AUTO_TEST_CASE(groups_have_limits_of_their_own) {
    scripted_admission a(at_most(4));
    a.core.add_group(a.now);
    a.lane({});
    a.lane({});
    for (admission_id id = 1; id <= 4; ++id) a.acquire(call(id));
    a.after(1s);
    a.finish(1, load_signal::overload);
    BOOST_TEST(a.core.limit(0) == 2u);
    BOOST_TEST(a.core.limit(1) == 4u);
    BOOST_TEST(a.acquire(call(11)) == "waiting");
    BOOST_TEST(a.acquire(to(1, 1, call(12))) == "granted");
    BOOST_TEST(a.core.in_flight(0) == 3u);
    BOOST_TEST(a.core.in_flight(1) == 1u);
}

BOOST_AUTO_TEST_CASE(lanes_that_lead_to_one_group_share_its_room_in_the_order_of_all) {
    scripted_admission a(at_most(1));
    a.lane({});
    a.lane({});
    a.acquire(call(1));
    a.acquire(to(0, 1, call(2)));
    a.acquire(to(0, 0, call(3)));
    a.acquire(to(0, 1, call(4)));
    a.acquire(to(0, 0, call(5, 0, 1)));
    BOOST_TEST(a.finish(1) == "5");
    BOOST_TEST(a.finish(5) == "2");
    BOOST_TEST(a.finish(2) == "3");
    BOOST_TEST(a.finish(3) == "4");
}

BOOST_AUTO_TEST_CASE(a_lane_that_lacks_tokens_does_not_keep_a_group_from_the_others) {
    scripted_admission a(at_most(1));
    a.lane({}, 60);
    a.lane({});
    a.acquire(call(1, 10));
    a.acquire(to(0, 0, call(2, 10)));
    a.acquire(to(0, 1, call(3)));
    BOOST_TEST(a.finish(1) == "3");
    BOOST_TEST((a.next() == never));
    BOOST_TEST(a.finish(3) == "");
    BOOST_TEST((a.next() == 10s));
    BOOST_TEST(a.after(10s) == "2");
}

BOOST_AUTO_TEST_CASE(without_a_ceiling_nobody_waits_until_the_first_fall) {
    scripted_admission a;
    a.lane({});
    for (admission_id id = 1; id <= 600; ++id) BOOST_TEST_REQUIRE(a.acquire(call(id)) == "granted");
    BOOST_TEST(a.core.limit(0) == 512u);
    a.after(1s);
    a.finish(1, load_signal::overload);
    BOOST_TEST(a.core.limit(0) == 256u);
    BOOST_TEST(a.acquire(call(1'000)) == "waiting");
    // The surplus drains; neither those that follow it into trouble nor neutral ends change the limit.
    for (admission_id id = 2; id <= 344; ++id) BOOST_TEST_REQUIRE(a.finish(id, load_signal::overload) == "");
    BOOST_TEST(a.core.in_flight(0) == 256u);
    BOOST_TEST(a.core.limit(0) == 256u);
    BOOST_TEST(a.finish(345, load_signal::neutral) == "1000");
    BOOST_TEST(a.core.limit(0) == 256u);
}

BOOST_AUTO_TEST_CASE(a_fall_starts_from_what_was_in_flight) {
    scripted_admission a;
    a.lane({});
    for (admission_id id = 1; id <= 20; ++id) a.acquire(call(id));
    a.after(1s);
    a.finish(1, load_signal::overload);
    BOOST_TEST(a.core.limit(0) == 10u);
}

BOOST_AUTO_TEST_CASE(a_limit_that_has_risen_again_lets_everybody_go) {
    concurrency_policy small;
    small.floor = 1;
    small.decrease = 0.5;
    rate_limit_policy const none;
    async_llm::policy::admission_core core(none, small, 4, 0);
    auto const now = time_point(1h);
    core.add_group(now);
    core.add_lane({}, {}, now);
    for (admission_id id = 1; id <= 4; ++id) core.acquire(call(id), now);
    core.finish(call(1), load_signal::overload, {}, now, now + 1s);
    BOOST_TEST(core.limit(0) == 2u);
    for (admission_id id = 5; id <= 50; ++id) core.acquire(call(id), now + 1s);
    BOOST_TEST(core.waiting() == 46u);
    std::vector<admission_id> in_flight{2, 3, 4};
    std::size_t ends = 0;
    for (; core.waiting() != 0; ++ends) {
        BOOST_TEST_REQUIRE(ends < in_flight.size());
        core.finish(call(in_flight[ends]), load_signal::ok, {}, now, now + 1s);
        while (auto const id = core.advance(now + 1s)) in_flight.push_back(*id);
    }
    BOOST_TEST(ends < 12u);
    BOOST_TEST(core.limit(0) == 4u);
    BOOST_TEST(core.in_flight(0) == 49 - ends);
}

BOOST_AUTO_TEST_CASE(many_may_wait_and_each_event_looks_at_few_of_them) {
    // If an event looked at all who wait, this would take minutes.
    constexpr admission_id many = 50'000;
    scripted_admission a(at_most(1));
    a.lane({});
    for (admission_id id = 0; id < many; ++id) a.acquire(call(id));
    for (admission_id id = many - 2; id > many / 2; --id) BOOST_TEST_REQUIRE(a.cancel(id) == "");
    for (admission_id id = 0; id < many / 2; ++id) BOOST_TEST_REQUIRE(a.finish(id) == std::to_string(id + 1));
    BOOST_TEST(a.finish(many / 2) == std::to_string(many - 1));
    BOOST_TEST(a.core.waiting() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
