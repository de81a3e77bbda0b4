// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/state/registration.hpp"

#include "support/fixtures/idle_client_state.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace async_llm;

struct counted : test::idle_client_state {
    client_stats stats() const { return state->stats(); }
};

} // namespace

BOOST_AUTO_TEST_SUITE(registration)

BOOST_AUTO_TEST_CASE(a_call_counts_from_its_registration_to_its_end) {
    counted c;
    detail::registration held;
    BOOST_TEST(held.begin_call(*c.state, {}));
    BOOST_TEST(c.stats().calls_in_flight == 1U);
    held.end(true);
    BOOST_TEST(c.stats().calls_in_flight == 0U);
    BOOST_TEST(c.stats().calls_completed == 1U);
    held.end(false);
    BOOST_TEST(c.stats().calls_failed == 0U);
}

BOOST_AUTO_TEST_CASE(a_call_that_is_destroyed_has_failed) {
    counted c;
    {
        detail::registration held;
        BOOST_TEST(held.begin_call(*c.state, {}));
        BOOST_TEST(!c.state->calls_ended());
    }
    BOOST_TEST(c.state->calls_ended());
    BOOST_TEST(c.stats().calls_failed == 1U);
}

BOOST_AUTO_TEST_CASE(a_run_that_is_destroyed_is_no_call) {
    counted c;
    {
        detail::registration held;
        held.begin_run(*c.state, {});
        BOOST_TEST(c.stats().calls_in_flight == 0U);
    }
    BOOST_TEST(c.stats().calls_failed == 0U);
    c.state->end_all();
    BOOST_TEST(c.state->ended());
}

BOOST_AUTO_TEST_SUITE_END()
