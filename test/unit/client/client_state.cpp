// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// A client that is closed takes no calls, whatever became of a shutdown.

#include "client/state/client_state.hpp"

#include "client/state/registration.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <memory>
#include <vector>

namespace {

using namespace async_llm;

struct idle_client {
    idle_client() {
        auto endpoint = provider::aimlapi("test-key");
        endpoint.base_url = "http://127.0.0.1:1/v1";
        client_config config;
        config.proxy = "";
        std::vector<target> const targets{target(endpoint)};
        state = std::make_shared<detail::client_state>(io.get_executor(), targets, config);
    }

    bool takes_calls() const {
        detail::registration call;
        return call.begin_call(*state, {});
    }

    boost::asio::io_context io{1};
    std::shared_ptr<detail::client_state> state;
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
