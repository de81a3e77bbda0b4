// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// A client that is closed takes no calls, whatever became of a shutdown.

#include "client/state/client_state.hpp"

#include "client/state/registration.hpp"
#include "support/fixtures/idle_client_state.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace async_llm;

struct idle_client : test::idle_client_state {
    bool takes_calls() const {
        detail::registration call;
        return call.begin_call(*state, {});
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(client_state)

BOOST_AUTO_TEST_CASE(a_shutdown_that_is_undone_leaves_the_client_open) {
    idle_client c;
    BOOST_TEST(c.takes_calls());
    c.state->begin_shutdown({});
    BOOST_TEST(!c.takes_calls());
    c.state->undo_shutdown();
    BOOST_TEST(c.takes_calls());
}

BOOST_AUTO_TEST_CASE(of_two_shutdowns_the_other_one_still_closes_it) {
    idle_client c;
    c.state->begin_shutdown({});
    c.state->begin_shutdown({});
    c.state->undo_shutdown();
    BOOST_TEST(!c.takes_calls());
}

BOOST_AUTO_TEST_CASE(a_client_that_was_closed_meanwhile_stays_closed) {
    idle_client c;
    c.state->begin_shutdown({});
    c.state->cancel();
    c.state->undo_shutdown();
    BOOST_TEST(!c.takes_calls());
}

BOOST_AUTO_TEST_SUITE_END()
