// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/calls.hpp"
#include "support/servers/unroutable_host.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <string>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using testing::scripted_reply;

constexpr auto limit = 50ms;

scripted_reply after(scripted_reply::duration latency) {
    auto reply = scripted_reply::echo();
    reply.latency = latency;
    return reply;
}

// A fixture whose provider answers no attempt to connect.
struct unreachable_fixture : client_fixture {
    unreachable_fixture() : client_fixture(scheme::http) {
        endpoint.base_url = "http://127.0.0.1:" + std::to_string(hole.port());
    }

    unroutable_host hole;
};

// A fixture whose provider is connected to, but reads nothing: the system accepts, and no program does.
struct deaf_fixture : client_fixture {
    deaf_fixture()
        : client_fixture(scheme::http),
          listener(io, asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
        endpoint.base_url = "http://127.0.0.1:" + std::to_string(listener.local_endpoint().port());
    }

    asio::ip::tcp::acceptor listener;
};

// The call ran into this limit, not before its time, and left no connection behind.
void check_timeout(client_fixture& w, client const& from, call const& c, errc expected, phase where) {
    check_failure(c, expected, where);
    BOOST_TEST((c.ec == condition::timeout));
    BOOST_TEST((c.ec == condition::retryable) == (expected != errc::deadline_exceeded));
    BOOST_TEST((c.info().timings.total >= limit));
    await_no_connections(w);
    auto const stats = from.stats();
    // Over HTTP/2 it costs a stream, and no connection.
    auto const left = over_http2() ? 0 : stats.connections_idle;
    BOOST_TEST(left + stats.connections_in_use + stats.connections_connecting == 0U);
    BOOST_TEST(stats.calls_in_flight + stats.waiting == 0U);
    BOOST_TEST(stats.replays == 0U);
}

} // namespace

BOOST_AUTO_TEST_SUITE(timeouts)

BOOST_AUTO_TEST_CASE(connecting) {
    unreachable_fixture w;
    w.config.timeouts.connect = limit;
    auto const client = w.make_client();
    auto const result = ask(w, client);
    check_timeout(w, client, *result, errc::connect_timeout, phase::connecting);
    check_detail(*result, "127.0.0.1");
    BOOST_TEST(client.stats().connections_failed == 1U);
}

BOOST_AUTO_TEST_CASE(sending) {
    deaf_fixture w;
    w.config.timeouts.write = limit;
    auto const client = w.make_client();
    auto const result = ask(w, client, saying(std::string(24 * 1024 * 1024, 'x')));
    check_timeout(w, client, *result, errc::write_timeout, phase::writing);
    BOOST_TEST(client.stats().connections_opened == 1U);
}

BOOST_AUTO_TEST_CASE(first_byte) {
    for (auto const s : {scheme::http, scheme::https}) {
        client_fixture w(s);
        w.config.timeouts.first_byte = limit;
        auto const client = w.make_client();
        w.server->enqueue(after(1h));
        auto const result = ask(w, client);
        check_timeout(w, client, *result, errc::first_byte_timeout, phase::waiting);
        BOOST_TEST(result->info().status == 0);
        BOOST_TEST(w.server->stats().requests_aborted == 1U);
        BOOST_TEST(w.server->request_count() == 1U);
    }
}

// On a connection that served before: its end is ours, so there is no second try.
BOOST_AUTO_TEST_CASE(first_byte_on_a_reused_connection) {
    client_fixture w;
    auto const client = w.make_client();
    ask_well(w, client);
    w.server->enqueue(after(1h));
    request_options options;
    options.first_byte_timeout = limit;
    auto const result = ask(w, client, hello(), options);
    check_timeout(w, client, *result, errc::first_byte_timeout, phase::waiting);
    BOOST_TEST(result->info().connection_reused);
    BOOST_TEST(w.server->request_count() == 2U);
}

BOOST_AUTO_TEST_CASE(first_byte_does_not_limit_the_rest) {
    client_fixture w;
    w.config.timeouts.first_byte = 1s;
    auto const client = w.make_client();
    auto reply = scripted_reply::echo();
    reply.padding_lines = 11;
    reply.padding_interval = 100ms;
    w.server->enqueue(reply);
    auto const result = ask_well(w, client);
    BOOST_TEST((result->info().timings.total > 1s));
}

// The limit includes connecting, so the connection is made before.
BOOST_AUTO_TEST_CASE(whole_call_while_waiting) {
    client_fixture w;
    auto const client = w.make_client();
    ask_well(w, client);
    w.server->enqueue(after(1h));
    auto const result = ask(w, client, hello(), limited_to(limit));
    check_timeout(w, client, *result, errc::deadline_exceeded, phase::waiting);
}

BOOST_AUTO_TEST_CASE(whole_call_within_the_body) {
    for (auto const s : {scheme::http, scheme::https}) {
        client_fixture w(s);
        auto const client = w.make_client();
        ask_well(w, client);
        auto stalled = scripted_reply::completion(std::string(1000, 'x'));
        stalled.fault = testing::reply_fault::stall;
        stalled.fault_after = 600;
        w.server->enqueue(stalled);
        request_options options;
        options.total_timeout = 10 * limit;
        options.keep_body = true;
        auto const result = ask(w, client, hello(), options);
        check_timeout(w, client, *result, errc::deadline_exceeded, phase::reading);
        BOOST_TEST(result->info().status == 200);
        BOOST_TEST(result->info().body.find("xxx") != std::string::npos);
        BOOST_TEST(result->response.text() == "");
    }
}

BOOST_AUTO_TEST_CASE(whole_call_while_connecting) {
    unreachable_fixture w;
    w.config.timeouts.total = limit;
    auto const client = w.make_client();
    auto const result = ask(w, client);
    check_failure(*result, errc::deadline_exceeded, phase::queued);
    w.run_until([&client] { return client.stats().connections_connecting == 0; });
    BOOST_TEST(client.stats().connections_failed == 0U);
}

BOOST_AUTO_TEST_CASE(waiting_for_a_connection, *http1_only()) {
    client_fixture w;
    w.config.pool.max_connections = 1;
    w.config.timeouts.pool = limit;
    auto const client = w.make_client();
    ask_well(w, client);
    w.server->enqueue(after(1h));
    auto const holder = start(client);
    w.run_until([&w] { return w.server->request_count() == 2; });
    auto const result = ask(w, client);
    check_failure(*result, errc::pool_timeout, phase::queued);
    BOOST_TEST((result->ec == condition::timeout));
    BOOST_TEST((result->info().timings.pool >= limit));
    BOOST_TEST(result->info().remote_endpoint == "");
    BOOST_TEST(!holder->done);
    BOOST_TEST(client.stats().connections_in_use == 1U);
    BOOST_TEST(client.stats().waiting == 0U);
    BOOST_TEST(w.server->request_count() == 2U);
    client.cancel();
    finish(w, {holder});
    check_failure(*holder, errc::client_closed, phase::waiting);
}

BOOST_AUTO_TEST_CASE(waiting_for_a_connection_does_not_limit_the_rest, *http1_only()) {
    client_fixture w;
    w.config.pool.max_connections = 1;
    w.config.timeouts.pool = 500ms;
    w.config.timeouts.first_byte = 0ms;
    w.server->respond_with([](auto const&) { return after(300ms); });
    auto const client = w.make_client();
    // The second waits for the first, and then for its reply: both together are longer than the limit.
    auto const calls = start_many(client, 2);
    finish(w, calls);
    for (auto const& each : calls) require_success(*each);
    BOOST_TEST((calls[1]->info().timings.total >= 500ms));
}

BOOST_AUTO_TEST_CASE(zero_and_endless_are_no_limit) {
    for (auto const none : {0ms, std::chrono::milliseconds::max()}) {
        client_fixture w;
        auto& t = w.config.timeouts;
        t.resolve = t.connect = t.tls_handshake = t.pool = t.write = t.first_byte = t.total = none;
        auto const client = w.make_client();
        w.server->enqueue(after(100ms));
        auto const result = ask_well(w, client);
        BOOST_TEST((result->info().timings.first_byte >= 90ms));
    }
}

BOOST_AUTO_TEST_CASE(one_call_overrides_the_configuration) {
    client_fixture w;
    w.config.timeouts.first_byte = limit;
    w.config.timeouts.total = 2 * limit;
    auto const client = w.make_client();
    w.server->enqueue(after(3 * limit));
    request_options patient;
    patient.first_byte_timeout = 0ms;
    patient.total_timeout = 0ms;
    require_success(*ask(w, client, hello(), patient));

    w.server->enqueue(after(1h));
    request_options hasty = patient;
    hasty.total_timeout = limit;
    check_timeout(w, client, *ask(w, client, hello(), hasty), errc::deadline_exceeded, phase::waiting);
}

BOOST_AUTO_TEST_CASE(one_call_overrides_pool_and_write, *http1_only()) {
    deaf_fixture w;
    w.config.pool.max_connections = 1;
    auto const client = w.make_client();
    request_options hasty;
    hasty.write_timeout = 20 * limit;
    hasty.pool_timeout = limit;
    auto const large = saying(std::string(24 * 1024 * 1024, 'x'));
    auto const writer = start(client, large, hasty);
    w.run_until([&client] { return client.stats().connections_in_use == 1; });
    auto const waiter = ask(w, client, hello(), hasty);
    check_failure(*waiter, errc::pool_timeout, phase::queued);
    finish(w, {writer});
    check_timeout(w, client, *writer, errc::write_timeout, phase::writing);
}

BOOST_AUTO_TEST_SUITE_END()
