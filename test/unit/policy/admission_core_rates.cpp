// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/scripted_admission.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>

namespace {

using namespace async_llm::policy;
using namespace std::chrono_literals;
using async_llm::rate_limit_info;
using async_llm::rate_limit_policy;
using async_llm::when_limited;

constexpr auto never = duration::max();
constexpr auto huge = std::numeric_limits<std::int64_t>::max();

rate_limit_info requests_left(std::int64_t left, std::optional<std::chrono::milliseconds> reset = {}) {
    rate_limit_info result;
    result.remaining_requests = left;
    result.reset_requests = reset;
    return result;
}

rate_limit_info tokens_left(std::int64_t left, std::optional<std::chrono::milliseconds> reset = {}) {
    rate_limit_info result;
    result.remaining_tokens = left;
    result.reset_tokens = reset;
    return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(admission_core_rates)

BOOST_AUTO_TEST_CASE(requests_go_as_fast_as_the_rate_after_a_burst) {
    scripted_admission a;
    a.lane(60);
    for (admission_id id = 1; id <= 10; ++id) BOOST_TEST(a.acquire(call(id)) == "granted");
    for (admission_id id = 11; id <= 13; ++id) BOOST_TEST(a.acquire(call(id)) == "waiting");
    BOOST_TEST((a.next() == 1s));
    BOOST_TEST(a.after(999ms) == "");
    BOOST_TEST((a.next() == 1ms));
    BOOST_TEST(a.after(1ms) == "11");
    BOOST_TEST(a.after(2s) == "12 13");
    BOOST_TEST((a.next() == never));
}

BOOST_AUTO_TEST_CASE(tokens_go_as_fast_as_the_rate_and_nobody_overtakes_by_needing_fewer) {
    scripted_admission a;
    a.lane({}, 6'000);
    BOOST_TEST(a.acquire(call(1, 900)) == "granted");
    BOOST_TEST(a.acquire(call(2, 500)) == "waiting");
    BOOST_TEST(a.acquire(call(3, 1)) == "waiting");
    BOOST_TEST((a.next() == 4s));
    BOOST_TEST(a.after(3s) == "");
    BOOST_TEST(a.after(1s) == "2");
    BOOST_TEST((a.next() == 10ms));
    BOOST_TEST(a.after(10ms) == "3");
}

BOOST_AUTO_TEST_CASE(both_limits_have_to_let_a_call_go) {
    scripted_admission a;
    a.lane(6, 60);
    BOOST_TEST(a.acquire(call(1, 8)) == "granted");
    BOOST_TEST(a.acquire(call(2, 5)) == "waiting");
    BOOST_TEST((a.next() == 10s));
    BOOST_TEST(a.after(10s) == "2");
    // The tokens are 10 - 5 = 5 by now.
    BOOST_TEST(a.acquire(call(3, 10)) == "waiting");
    a.after(4s);
    BOOST_TEST((a.next() == 6s));
    BOOST_TEST(a.after(6s) == "3");
}

BOOST_AUTO_TEST_CASE(a_call_that_lacks_one_of_both_takes_nothing_of_the_other) {
    scripted_admission a;
    a.lane(60, 60);
    BOOST_TEST(a.acquire(call(1, 10)) == "granted");
    BOOST_TEST(a.acquire(call(2, 1)) == "waiting");
    a.cancel(2);
    a.finish(1, load_signal::ok, 0);
    for (admission_id id = 3; id <= 11; ++id) BOOST_TEST(a.acquire(call(id)) == "granted");
    BOOST_TEST(a.acquire(call(12)) == "waiting");
}

BOOST_AUTO_TEST_CASE(a_call_that_needs_more_than_can_be_saved_up_goes_when_all_is_there_and_leaves_a_debt) {
    scripted_admission a;
    a.lane({}, 60);
    a.acquire(call(1, 4));
    BOOST_TEST(a.acquire(call(2, 30)) == "waiting");
    BOOST_TEST((a.next() == 4s));
    BOOST_TEST(a.after(4s) == "2");
    BOOST_TEST(a.acquire(call(3, 1)) == "waiting");
    BOOST_TEST((a.next() == 21s));
    BOOST_TEST(a.after(21s) == "3");
}

BOOST_AUTO_TEST_CASE(tokens_that_were_not_used_let_others_go) {
    scripted_admission a;
    a.lane({}, 60);
    a.acquire(call(1, 10));
    BOOST_TEST(a.acquire(call(2, 6)) == "waiting");
    BOOST_TEST(a.finish(1, load_signal::ok, 4) == "2");
}

BOOST_AUTO_TEST_CASE(tokens_that_were_used_beyond_make_others_wait) {
    scripted_admission a;
    a.lane({}, 60);
    a.acquire(call(1, 1));
    a.finish(1, load_signal::ok, 15);
    BOOST_TEST(a.acquire(call(2, 1)) == "waiting");
    BOOST_TEST((a.next() == 6s));
}

BOOST_AUTO_TEST_CASE(unknown_or_negative_use_is_what_was_expected) {
    scripted_admission a;
    a.lane({}, 60);
    a.acquire(call(1, 5));
    a.finish(1);
    a.acquire(call(2, 5));
    a.finish(2, load_signal::ok, -1);
    BOOST_TEST(a.acquire(call(3, 1)) == "waiting");
    BOOST_TEST((a.next() == 1s));
}

BOOST_AUTO_TEST_CASE(lanes_have_rates_of_their_own) {
    scripted_admission a;
    a.lane(6);
    a.lane(6);
    BOOST_TEST(a.acquire(to(0, 0, call(1))) == "granted");
    BOOST_TEST(a.acquire(to(0, 0, call(2))) == "waiting");
    BOOST_TEST(a.acquire(to(0, 1, call(3))) == "granted");
    a.after(3s);
    BOOST_TEST(a.acquire(to(0, 1, call(4))) == "waiting");
    BOOST_TEST((a.next() == 7s));
    BOOST_TEST(a.after(7s) == "2 4");
}

BOOST_AUTO_TEST_CASE(who_is_not_to_wait_is_refused_for_lack_of_requests) {
    scripted_admission a(at_most(0), what_is_beyond(when_limited::refuse));
    a.lane(6);
    BOOST_TEST(a.acquire(call(1)) == "granted");
    BOOST_TEST(a.acquire(call(2)) == "rate");
    BOOST_TEST(a.core.waiting() == 0u);
    BOOST_TEST(a.after(10s) == "");
    BOOST_TEST(a.acquire(call(3)) == "granted");
}

BOOST_AUTO_TEST_CASE(who_is_not_to_wait_for_a_rate_waits_for_the_end_of_a_call) {
    scripted_admission a(at_most(1), what_is_beyond(when_limited::refuse));
    a.lane({}, 60);
    BOOST_TEST(a.acquire(call(1, 1)) == "granted");
    BOOST_TEST(a.acquire(call(2, 6)) == "waiting");
    BOOST_TEST(a.acquire(call(3, 9)) == "waiting");
    BOOST_TEST(a.acquire(call(4, 10)) == "rate");
    BOOST_TEST(a.finish(1) == "2");
    // Now the third waits for tokens.
    BOOST_TEST(a.finish(2) == "");
    BOOST_TEST(a.acquire(call(5, 1)) == "rate");
    BOOST_TEST(a.after(6s) == "3");
}

BOOST_AUTO_TEST_CASE(a_refusal_for_the_rate_comes_before_one_for_the_number_of_those_who_wait) {
    scripted_admission a(at_most(1), what_is_beyond(when_limited::refuse), 1);
    a.lane(12);
    BOOST_TEST(a.acquire(call(1)) == "granted");
    BOOST_TEST(a.acquire(call(2)) == "waiting");
    BOOST_TEST(a.acquire(call(3)) == "full");
    a.observe(0, requests_left(0));
    BOOST_TEST(a.acquire(call(4)) == "rate");
}

BOOST_AUTO_TEST_CASE(what_the_provider_says_lowers_what_is_left) {
    scripted_admission a;
    a.lane(60, 60);
    a.observe(0, requests_left(1));
    BOOST_TEST(a.acquire(call(1, 1)) == "granted");
    BOOST_TEST(a.acquire(call(2, 1)) == "waiting");
    BOOST_TEST(a.after(1s) == "2");
    a.after(1min);
    a.observe(0, tokens_left(3));
    BOOST_TEST(a.acquire(call(3, 4)) == "waiting");
    BOOST_TEST((a.next() == 1s));
    a.observe(0, tokens_left(0, 20s));
    BOOST_TEST((a.next() == 23s));
    BOOST_TEST(a.after(23s) == "3");
}

BOOST_AUTO_TEST_CASE(a_lower_limit_that_the_provider_tells_is_obeyed) {
    scripted_admission a;
    a.lane(60, 60);
    rate_limit_info told;
    told.limit_requests = 6;
    told.limit_tokens = 600;
    a.observe(0, told);
    BOOST_TEST(a.acquire(call(1, 10)) == "granted");
    BOOST_TEST(a.acquire(call(2, 10)) == "waiting");
    BOOST_TEST((a.next() == 10s));
    BOOST_TEST(a.after(10s) == "2");
}

BOOST_AUTO_TEST_CASE(a_lane_ignores_what_is_told_of_limits_that_it_has_not) {
    scripted_admission a;
    a.lane({}, 60);
    a.lane({});
    a.observe(0, requests_left(0, 1h));
    a.observe(1, requests_left(0, 1h));
    a.observe(1, tokens_left(0, 1h));
    BOOST_TEST(a.acquire(to(0, 0, call(1, 10))) == "granted");
    BOOST_TEST(a.acquire(to(0, 1, call(2, 10))) == "granted");
}

BOOST_AUTO_TEST_CASE(nothing_that_is_told_counts_if_it_is_not_to_be_followed) {
    rate_limit_policy rates;
    rates.follow_headers = false;
    scripted_admission a(at_most(0), rates);
    a.lane(60, 60);
    auto told = requests_left(0, 1h);
    told.limit_tokens = 1;
    a.observe(0, told);
    a.observe(0, tokens_left(0, 1h));
    BOOST_TEST(a.acquire(call(1, 10)) == "granted");
}

BOOST_AUTO_TEST_CASE(a_retry_after_changes_nothing) {
    scripted_admission a;
    a.lane(6, 6);
    rate_limit_info told;
    told.retry_after = 1h;
    a.observe(0, told);
    BOOST_TEST(a.acquire(call(1, 1)) == "granted");
}

BOOST_AUTO_TEST_CASE(the_largest_and_the_least_numbers_stop_nobody_for_ever) {
    scripted_admission a;
    a.lane({}, 60);
    BOOST_TEST(a.acquire(call(1, huge)) == "granted");
    BOOST_TEST(a.acquire(call(2, huge)) == "waiting");
    BOOST_TEST((a.next() == 70s));
    BOOST_TEST(a.after(70s) == "2");
    a.finish(2, load_signal::ok, 0);
    a.finish(1, load_signal::ok, huge);
    BOOST_TEST(a.acquire(call(3, -huge)) == "granted");
    a.finish(3, load_signal::ok, huge);
    BOOST_TEST(a.acquire(call(4, 1)) == "waiting");
    BOOST_TEST((a.next() == 11s));
}

BOOST_AUTO_TEST_SUITE_END()
