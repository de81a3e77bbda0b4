// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/call_deadlines.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>

namespace {

using async_llm::errc;
using namespace async_llm::policy;
using namespace std::chrono_literals;

constexpr time_point start(1h);
constexpr auto never = time_point::max();
constexpr auto endless = std::chrono::milliseconds::max();

} // namespace

BOOST_AUTO_TEST_SUITE(call_deadlines)

BOOST_AUTO_TEST_CASE(without_limits_nothing_expires) {
    async_llm::policy::call_deadlines clock(start, 0ms);
    BOOST_TEST((clock.expiry() == never));
    clock.begin_phase(errc::connect_timeout, 0ms, start);
    BOOST_TEST((clock.expiry() == never));
    BOOST_TEST(!clock.expired(start + 24h * 365 * 100));
    BOOST_TEST(!clock.expired(never));
}

BOOST_AUTO_TEST_CASE(the_whole_call_expires_from_its_start) {
    async_llm::policy::call_deadlines const clock(start, 10s);
    BOOST_TEST((clock.expiry() == start + 10s));
    BOOST_TEST(!clock.expired(start + 10s - 1ns));
    BOOST_TEST(clock.expired(start + 10s));
    BOOST_TEST((clock.expired_limit(start + 10s) == errc::deadline_exceeded));
}

BOOST_AUTO_TEST_CASE(a_phase_expires_from_when_it_was_entered) {
    async_llm::policy::call_deadlines clock(start, 10s);
    clock.begin_phase(errc::connect_timeout, 2s, start + 1s);
    BOOST_TEST((clock.expiry() == start + 3s));
    BOOST_TEST(!clock.expired(start + 3s - 1ns));
    BOOST_TEST(clock.expired(start + 3s));
    BOOST_TEST((clock.expired_limit(start + 3s) == errc::connect_timeout));
}

BOOST_AUTO_TEST_CASE(a_phase_does_not_need_a_limit_of_the_whole_call) {
    async_llm::policy::call_deadlines clock(start, 0ms);
    clock.begin_phase(errc::first_byte_timeout, 2s, start);
    BOOST_TEST((clock.expiry() == start + 2s));
    BOOST_TEST((clock.expired_limit(start + 5s) == errc::first_byte_timeout));
}

BOOST_AUTO_TEST_CASE(the_next_phase_takes_the_place_of_the_one_before) {
    async_llm::policy::call_deadlines clock(start, 0ms);
    clock.begin_phase(errc::connect_timeout, 2s, start);
    clock.begin_phase(errc::tls_handshake_timeout, 5s, start + 1s);
    BOOST_TEST((clock.expiry() == start + 6s));
    BOOST_TEST((clock.expired_limit(start + 6s) == errc::tls_handshake_timeout));
    clock.begin_phase(errc::first_byte_timeout, 0ms, start + 2s);
    BOOST_TEST((clock.expiry() == never));
}

BOOST_AUTO_TEST_CASE(leaving_a_phase_ends_its_limit_and_not_that_of_the_call) {
    async_llm::policy::call_deadlines clock(start, 10s);
    clock.begin_phase(errc::connect_timeout, 2s, start);
    clock.end_phase();
    BOOST_TEST((clock.expiry() == start + 10s));
    BOOST_TEST(!clock.expired(start + 3s));
    BOOST_TEST((clock.expired_limit(start + 10s) == errc::deadline_exceeded));
}

BOOST_AUTO_TEST_CASE(what_passed_first_is_the_verdict_however_late_it_is_asked_for) {
    async_llm::policy::call_deadlines clock(start, 10s);
    clock.begin_phase(errc::write_timeout, 5s, start + 4s);
    BOOST_TEST((clock.expired_limit(start + 1h) == errc::write_timeout));
    clock.begin_phase(errc::write_timeout, 5s, start + 6s);
    BOOST_TEST((clock.expiry() == start + 10s));
    BOOST_TEST((clock.expired_limit(start + 1h) == errc::deadline_exceeded));
}

BOOST_AUTO_TEST_CASE(of_two_that_pass_at_one_instant_the_phase_is_the_verdict) {
    async_llm::policy::call_deadlines clock(start, 10s);
    clock.begin_phase(errc::write_timeout, 5s, start + 5s);
    BOOST_TEST((clock.expired_limit(start + 10s) == errc::write_timeout));
}

BOOST_AUTO_TEST_CASE(an_endless_limit_is_none) {
    async_llm::policy::call_deadlines clock(start, endless);
    BOOST_TEST((clock.expiry() == never));
    clock.begin_phase(errc::connect_timeout, endless, start + 1s);
    BOOST_TEST((clock.expiry() == never));
    clock.begin_phase(errc::connect_timeout, 1s, start + 1s);
    BOOST_TEST((clock.expired_limit(start + 2s) == errc::connect_timeout));
}

BOOST_AUTO_TEST_CASE(limits_that_the_clock_cannot_express_do_not_wrap_round) {
    static_assert(limit_expiry(start, endless) == never);
    static_assert(limit_expiry(time_point::max(), 1ms) == never);
    static_assert(limit_expiry(time_point::max() - 1ms, 1ms) == never);
    static_assert(limit_expiry(time_point::max() - 3ms, 1ms) == time_point::max() - 2ms);
    static_assert(limit_expiry(time_point::min(), endless) == never);
    static_assert(limit_expiry(time_point::min(), 1ms) == time_point::min() + 1ms);
    static_assert(limit_expiry(start, -1ms) == never);
    auto const longest = std::chrono::floor<std::chrono::milliseconds>(never - start);
    BOOST_TEST((limit_expiry(start, longest + 1ms) == never));
    BOOST_TEST((limit_expiry(start, longest - 1ms) > start + 24h * 365 * 200));
}

BOOST_AUTO_TEST_SUITE_END()
