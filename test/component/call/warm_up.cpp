// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// Connections that are made before there are calls for them.

#include "support/fixtures/calls.hpp"
#include "support/servers/unroutable_host.hpp"
#include <async_llm/error.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;

error_code make_ready(client_fixture& w, client const& client, std::size_t connections) {
    std::optional<error_code> result;
    client.async_warm_up(connections, [&result](error_code ec) { result = ec; });
    w.run_until([&result] { return result.has_value(); });
    return *result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(warm_up)

BOOST_AUTO_TEST_CASE(calls_find_connections_that_are_there) {
    for (auto const s : {scheme::http, scheme::https}) {
        client_fixture w(s);
        auto const client = w.make_client();
        BOOST_TEST(!make_ready(w, client, 5));
        BOOST_TEST(client.stats().connections_idle == 5U);
        BOOST_TEST(w.server->request_count() == 0U);
        auto const calls = start_many(client, 5);
        finish(w, calls);
        for (auto const& each : calls) {
            require_success(*each);
            BOOST_TEST(!each->info().connection_reused);
        }
        BOOST_TEST(client.stats().connections_opened == 5U);
    }
}

BOOST_AUTO_TEST_CASE(what_is_there_counts) {
    client_fixture w;
    auto const client = w.make_client();
    ask_well(w, client);
    BOOST_TEST(!make_ready(w, client, 3));
    BOOST_TEST(client.stats().connections_opened == 3U);
    BOOST_TEST(!make_ready(w, client, 3));
    BOOST_TEST(!make_ready(w, client, 0));
    BOOST_TEST(client.stats().connections_opened == 3U);
}

BOOST_AUTO_TEST_CASE(they_outlive_the_idle_timeout_until_their_first_use) {
    client_fixture w;
    w.config.pool.idle_timeout = 20ms;
    auto const client = w.make_client();
    BOOST_TEST(!make_ready(w, client, 2));
    let_pass(w, 40ms);
    ask_well(w, client);
    BOOST_TEST(client.stats().connections_opened == 2U);
    let_pass(w, 40ms);
    // The one that has served is too old now, the other one is not.
    BOOST_TEST(!ask_well(w, client)->info().connection_reused);
    BOOST_TEST(client.stats().connections_opened == 2U);
}

// Not the server's patience: then there is another one, and the call does not notice.
BOOST_AUTO_TEST_CASE(one_that_the_server_has_closed_is_replaced) {
    client_fixture w;
    auto const client = w.make_client();
    BOOST_TEST(!make_ready(w, client, 1));
    w.server->close_idle_connections();
    await_no_connections(w);
    auto const result = ask_well(w, client);
    BOOST_TEST(!result->info().replayed);
    BOOST_TEST(client.stats().connections_opened == 2U);
}

BOOST_AUTO_TEST_CASE(no_more_than_max_connections) {
    client_fixture w;
    w.config.pool.max_connections = 3;
    auto const client = w.make_client();
    BOOST_TEST(!make_ready(w, client, 10));
    BOOST_TEST(client.stats().connections_idle == 3U);
}

BOOST_AUTO_TEST_CASE(a_host_that_refuses_is_an_error) {
    client_fixture w;
    w.server->stop_listening();
    auto const client = w.make_client();
    BOOST_TEST(make_ready(w, client, 500) == errc::connect_failed);
    // A failing host gets no storm.
    BOOST_TEST(client.stats().connections_failed <= 256U);
}

BOOST_AUTO_TEST_CASE(a_target_that_does_not_exist_is_refused) {
    client_fixture w;
    auto const client = w.make_client();
    std::optional<error_code> result;
    client.async_warm_up(std::size_t(1), std::size_t(2), [&result](error_code ec) { result = ec; });
    w.run_until([&result] { return result.has_value(); });
    BOOST_TEST(*result == errc::invalid_request);
}

BOOST_AUTO_TEST_CASE(it_can_be_cancelled) {
    client_fixture w;
    unroutable_host nowhere;
    w.endpoint.base_url = "http://127.0.0.1:" + std::to_string(nowhere.port()) + "/v1";
    auto const client = w.make_client();
    asio::cancellation_signal signal;
    std::optional<error_code> result;
    auto const note = [&result](error_code ec) { result = ec; };
    client.async_warm_up(4, asio::bind_cancellation_slot(signal.slot(), note));
    w.run_until([&client] { return client.stats().connections_connecting == 4; });
    signal.emit(asio::cancellation_type::terminal);
    w.run_until([&result] { return result.has_value(); });
    BOOST_TEST((*result == asio::error::operation_aborted));
    w.run_until([&client] { return client.stats().connections_connecting == 0; });
}

BOOST_AUTO_TEST_CASE(the_end_of_the_client_ends_it) {
    client_fixture w;
    unroutable_host nowhere;
    w.endpoint.base_url = "http://127.0.0.1:" + std::to_string(nowhere.port()) + "/v1";
    auto const client = w.make_client();
    std::optional<error_code> result;
    client.async_warm_up(4, [&result](error_code ec) { result = ec; });
    w.run_until([&client] { return client.stats().connections_connecting == 4; });
    client.cancel();
    w.run_until([&result] { return result.has_value(); });
    BOOST_TEST(*result == errc::client_closed);
    BOOST_TEST(make_ready(w, client, 1) == errc::client_closed);
}

BOOST_AUTO_TEST_SUITE_END()
