// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/calls.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using testing::after_reply;
using testing::reply_fault;
using testing::scripted_reply;

scripted_reply after(scripted_reply::duration latency) {
    auto reply = scripted_reply::echo();
    reply.latency = latency;
    return reply;
}

// Ends the connection after so many bytes of the reply.
scripted_reply broken(reply_fault fault, std::size_t bytes) {
    auto reply = scripted_reply::echo();
    reply.fault = fault;
    reply.fault_after = bytes;
    return reply;
}

// A fixture with one idle connection that has served once.
struct warm_fixture : client_fixture {
    explicit warm_fixture(scheme s = scheme::https) : client_fixture(s) {
        config.pool.idle_timeout = 0ms;
        config.pool.max_age = 0ms;
    }

    client make_warm_client() {
        auto result = make_client();
        ask_well(*this, result);
        BOOST_TEST_REQUIRE(result.stats().connections_idle == 1U);
        return result;
    }
};

// One connection, held by a call that the server does not answer.
struct busy_fixture : client_fixture {
    busy_fixture() { config.pool.max_connections = 1; }

    call_ptr hold(client const& from) {
        server->enqueue(after(1h));
        auto result = start(from, saying("holder"));
        run_until([this] { return server->request_count() == 1; });
        return result;
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(pool)

BOOST_AUTO_TEST_CASE(no_more_connections_than_allowed) {
    for (std::size_t const most : {1U, 4U}) {
        client_fixture w;
        w.config.pool.max_connections = most;
        w.server->respond_with([](testing::received_request const&) { return after(5ms); });
        auto const client = w.make_client();
        auto const calls = start_many(client, 50);
        finish(w, calls);
        for (std::size_t i = 0; i < calls.size(); ++i) {
            require_success(*calls[i]);
            BOOST_TEST(calls[i]->response.text() == std::to_string(i));
        }
        BOOST_TEST(w.server->stats().max_connections_open == most);
        BOOST_TEST(w.server->stats().connections_accepted == most);
        BOOST_TEST(client.stats().connections_reused == 50 - most);
    }
}

BOOST_AUTO_TEST_CASE(no_more_handshakes_at_a_time_than_allowed) {
    client_fixture w;
    w.config.pool.max_connecting = 3;
    w.server->set_accept_fault(testing::accept_fault::stall);
    auto const client = w.make_client();
    auto const calls = start_many(client, 20);
    w.run_until([&w] { return w.server->stats().connections_accepted == 3; });
    BOOST_TEST(client.stats().connections_connecting == 3U);
    BOOST_TEST(client.stats().waiting == 20U);
    client.cancel();
    finish(w, calls);
    for (auto const& each : calls) check_failure(*each, errc::client_closed, phase::queued);
    await_no_connections(w);
    BOOST_TEST(w.server->stats().connections_accepted == 3U);
}

BOOST_AUTO_TEST_CASE(first_come_first_served) {
    client_fixture w;
    w.config.pool.max_connections = 1;
    auto const client = w.make_client();
    auto const calls = start_many(client, 30);
    finish(w, calls);
    auto const requests = w.server->requests();
    BOOST_TEST_REQUIRE(requests.size() == calls.size());
    for (std::size_t i = 0; i < requests.size(); ++i) {
        require_success(*calls[i]);
        BOOST_TEST(requests[i].last_user_text() == std::to_string(i));
        BOOST_TEST(requests[i].connection == 1U);
    }
}

BOOST_AUTO_TEST_CASE(queue_has_an_end) {
    busy_fixture w;
    w.config.pool.max_waiters = 2;
    auto const client = w.make_client();
    auto const holder = w.hold(client);
    auto const waiting = start_many(client, 2);
    auto const refused = ask(w, client);
    check_failure(*refused, errc::queue_full, phase::queued);
    BOOST_TEST((refused->ec == condition::retryable));
    BOOST_TEST(client.stats().waiting == 2U);
    BOOST_TEST(!waiting.front()->done);

    // A place that comes free can be taken.
    waiting.front()->cancel.emit(asio::cancellation_type::total);
    finish(w, {waiting.front()});
    BOOST_TEST((waiting.front()->ec == asio::error::operation_aborted));
    auto const next = start(client);
    w.server->reset_connections();
    finish(w, {holder, waiting.back(), next});
    check_failure(*holder, errc::connection_lost, phase::waiting);
    require_success(*waiting.back());
    require_success(*next);
}

BOOST_AUTO_TEST_CASE(connections_that_the_server_closed_while_idle) {
    for (auto const s : {scheme::http, scheme::https}) {
        for (bool const reset : {false, true}) {
            warm_fixture w(s);
            auto const client = w.make_warm_client();
            if (reset)
                w.server->reset_connections();
            else
                w.server->close_idle_connections();
            await_no_connections(w);
            auto const result = ask_well(w, client);
            BOOST_TEST(!result->info().connection_reused);
            BOOST_TEST(!result->info().replayed);
            BOOST_TEST(client.stats().replays == 0U);
            BOOST_TEST(client.stats().connections_opened == 2U);
            BOOST_TEST(client.stats().connections_idle == 1U);
            BOOST_TEST(w.server->request_count() == 2U);
        }
    }
}

// Made for a call that was cancelled meanwhile. Where there is TLS, session tickets lie in the socket.
BOOST_AUTO_TEST_CASE(connections_that_were_never_used) {
    for (auto const s : {scheme::http, scheme::https}) {
        for (bool const closed : {false, true}) {
            warm_fixture w(s);
            auto const client = w.make_client();
            auto const given_up = start(client);
            w.run_until([&client] { return client.stats().connections_opened == 1; });
            given_up->cancel.emit(asio::cancellation_type::terminal);
            finish(w, {given_up});
            BOOST_TEST((given_up->ec == asio::error::operation_aborted));
            BOOST_TEST_REQUIRE(client.stats().connections_idle == 1U);
            let_pass(w, 5ms);
            if (closed) {
                w.server->close_idle_connections();
                await_no_connections(w);
            }
            auto const result = ask_well(w, client);
            BOOST_TEST(!result->info().connection_reused);
            BOOST_TEST(!result->info().replayed);
            BOOST_TEST(client.stats().connections_opened == (closed ? 2U : 1U));
            BOOST_TEST(w.server->request_count() == 1U);
        }
    }
}

// The server has decided to close when the request is already on its way.
BOOST_AUTO_TEST_CASE(one_replay_of_a_request_that_met_a_dying_connection) {
    for (auto const s : {scheme::http, scheme::https}) {
        for (auto const fault : {reply_fault::close, reply_fault::reset}) {
            warm_fixture w(s);
            auto const client = w.make_warm_client();
            w.server->enqueue(broken(fault, 0));
            request_options options;
            options.idempotency_key = "once";
            auto const result = ask(w, client, saying("again"), options);
            require_success(*result);
            BOOST_TEST(result->response.text() == "again");
            BOOST_TEST(result->info().replayed);
            BOOST_TEST(!result->info().connection_reused);
            BOOST_TEST(result->info().attempts == 1);
            BOOST_TEST(client.stats().replays == 1U);
            BOOST_TEST(client.stats().connections_opened == 2U);
            auto const requests = w.server->requests();
            BOOST_TEST_REQUIRE(requests.size() == 3U);
            BOOST_TEST((requests[1].headers == requests[2].headers));
            BOOST_TEST(requests[1].body == requests[2].body);
        }
    }
}

BOOST_AUTO_TEST_CASE(connection_that_closes_after_each_reply_without_a_word) {
    for (auto const s : {scheme::http, scheme::https}) {
        for (auto const then : {after_reply::close, after_reply::reset}) {
            warm_fixture w(s);
            w.server->respond_with([then](testing::received_request const&) {
                auto reply = scripted_reply::echo();
                reply.then = then;
                return reply;
            });
            auto const client = w.make_client();
            for (std::size_t i = 0; i < 10; ++i) ask_well(w, client);
            // The request that meets the closed door is never received.
            BOOST_TEST(w.server->request_count() == 10U);
            BOOST_TEST(client.stats().connections_opened == 10U);
            BOOST_TEST(client.stats().replays <= 9U);
        }
    }
}

BOOST_AUTO_TEST_CASE(fresh_connections_are_not_tried_again) {
    for (auto const fault : {reply_fault::close, reply_fault::reset}) {
        client_fixture w;
        auto const client = w.make_client();
        w.server->enqueue(broken(fault, 0));
        check_failure(*ask(w, client), errc::connection_lost, phase::waiting);
        BOOST_TEST(w.server->request_count() == 1U);
        BOOST_TEST(client.stats().replays == 0U);
    }
}

BOOST_AUTO_TEST_CASE(never_more_than_one_replay) {
    warm_fixture w;
    auto const client = w.make_warm_client();
    w.server->respond_with([](testing::received_request const&) { return broken(reply_fault::close, 0); });
    auto const result = ask(w, client);
    check_failure(*result, errc::connection_lost, phase::waiting);
    BOOST_TEST(result->info().replayed);
    BOOST_TEST((result->ec == condition::retryable));
    BOOST_TEST(w.server->request_count() == 3U);
    BOOST_TEST(client.stats().replays == 1U);
}

BOOST_AUTO_TEST_CASE(no_replay_once_the_reply_has_begun) {
    warm_fixture w;
    auto const client = w.make_warm_client();
    w.server->enqueue(broken(reply_fault::close, 1));
    auto const result = ask(w, client);
    check_failure(*result, errc::truncated_response, phase::reading);
    BOOST_TEST(!result->info().replayed);
    BOOST_TEST(w.server->request_count() == 2U);
}

// The replay must not take another old connection, which most likely has died as well.
BOOST_AUTO_TEST_CASE(a_replay_takes_a_new_connection) {
    warm_fixture w;
    w.config.pool.max_connections = 2;
    auto const client = w.make_client();
    auto const pair = start_many(client, 2);
    finish(w, pair);
    BOOST_TEST_REQUIRE(client.stats().connections_idle == 2U);
    w.server->enqueue(broken(reply_fault::close, 0));
    auto const result = ask_well(w, client);
    BOOST_TEST(result->info().replayed);
    BOOST_TEST(!result->info().connection_reused);
    BOOST_TEST(w.server->last_request().connection == 3U);
    BOOST_TEST(w.server->stats().max_connections_open == 2U);
}

// The first connection serves both calls while the second is in the making, which then is not needed.
// That is the usual course of things, but not a certain one.
BOOST_AUTO_TEST_CASE(a_replay_takes_a_connection_that_was_never_used) {
    bool found = false;
    for (int i = 0; i != 20 && !found; ++i) {
        warm_fixture w;
        w.config.pool.max_connecting = 1;
        auto const client = w.make_client();
        w.server->enqueue(scripted_reply::echo());
        w.server->enqueue(after(30ms));
        finish(w, start_many(client, 2));
        auto const requests = w.server->requests();
        found = client.stats().connections_idle == 2 &&
            std::all_of(requests.begin(), requests.end(), [](auto const& each) {
                    return each.connection == 1;
                });
        if (!found) continue;
        w.server->enqueue(broken(reply_fault::close, 0));
        auto const result = ask_well(w, client);
        BOOST_TEST(result->info().replayed);
        BOOST_TEST(!result->info().connection_reused);
        BOOST_TEST(client.stats().connections_opened == 2U);
    }
    BOOST_TEST(found);
}

BOOST_AUTO_TEST_CASE(idle_and_old_connections_are_replaced) {
    for (bool const by_age : {false, true}) {
        warm_fixture w;
        (by_age ? w.config.pool.max_age : w.config.pool.idle_timeout) = 20ms;
        auto const client = w.make_client();
        ask_well(w, client);
        let_pass(w, 40ms);
        BOOST_TEST(!ask_well(w, client)->info().connection_reused);
        BOOST_TEST(client.stats().connections_opened == 2U);
        w.run_until([&w] { return w.server->stats().connections_open <= 1; });
    }
    warm_fixture kept;
    auto const client = kept.make_warm_client();
    let_pass(kept, 40ms);
    BOOST_TEST(ask_well(kept, client)->info().connection_reused);
}

BOOST_AUTO_TEST_CASE(connections_for_one_call_each) {
    client_fixture w;
    w.config.pool.keep_alive = false;
    w.config.pool.max_connections = 4;
    auto const client = w.make_client();
    auto const calls = start_many(client, 20);
    finish(w, calls);
    for (auto const& each : calls) require_success(*each);
    auto const requests = w.server->requests();
    BOOST_TEST_REQUIRE(requests.size() == 20U);
    for (auto const& each : requests) {
        BOOST_TEST(each.header("Connection") == "close");
        BOOST_TEST(each.request_on_connection == 1U);
    }
    BOOST_TEST(w.server->stats().max_connections_open <= 4U);
    BOOST_TEST(client.stats().connections_idle == 0U);
    BOOST_TEST(client.stats().connections_reused == 0U);
    await_no_connections(w);
}

BOOST_AUTO_TEST_CASE(streams_on_connections_for_one_call_each) {
    client_fixture w;
    w.config.pool.keep_alive = false;
    auto const client = w.make_client();
    for (int i = 0; i < 2; ++i) {
        w.server->enqueue(scripted_reply::stream("Hello"));
        w.run([](async_llm::client const& from) -> asio::awaitable<void> {
            auto stream = co_await from.stream(hello());
            auto const response = co_await stream.collect();
            BOOST_TEST(response.text() == "Hello");
        }(client));
    }
    BOOST_TEST(w.server->stats().connections_accepted == 2U);
    await_no_connections(w);
}

BOOST_AUTO_TEST_CASE(a_timer_closes_idle_connections) {
    client_fixture w;
    w.config.pool.idle_timeout = 50ms;
    w.config.pool.close_idle_by_timer = true;
    auto const client = w.make_client();
    ask_well(w, client);
    // No further call is needed.
    await_no_connections(w);
    BOOST_TEST(client.stats().connections_idle == 0U);
    // The client is idle now, and lets the loop end.
    w.finish();
    w.server->resume_listening();
}

BOOST_AUTO_TEST_CASE(without_the_timer_idle_connections_keep_no_loop) {
    for (bool const by_timer : {false, true}) {
        client_fixture w;
        w.config.pool.idle_timeout = 1h;
        w.config.pool.close_idle_by_timer = by_timer;
        std::optional<client> client = w.make_client();
        ask_well(w, *client);
        w.server->stop();
        w.io.restart();
        w.io.run_for(by_timer ? 100ms : std::chrono::milliseconds(patience));
        BOOST_TEST(w.io.stopped() == !by_timer);
        client.reset();
        w.finish();
    }
}

BOOST_AUTO_TEST_CASE(every_call_fails_when_the_host_refuses) {
    for (std::size_t const most : {1U, 512U}) {
        client_fixture w;
        w.config.pool.max_connections = most;
        w.server->stop_listening();
        auto const client = w.make_client();
        auto const calls = start_many(client, 50);
        finish(w, calls);
        for (auto const& each : calls) check_failure(*each, errc::connect_failed, phase::connecting);
        BOOST_TEST(client.stats().connections_failed >= 1U);
        BOOST_TEST(client.stats().connections_connecting == 0U);
        BOOST_TEST(client.stats().waiting == 0U);
        w.server->resume_listening();
        ask_well(w, client);
    }
}

BOOST_AUTO_TEST_CASE(names_are_looked_up_once) {
    for (auto const ttl : {60'000ms, 0ms}) {
        client_fixture w;
        w.endpoint.base_url = w.server->base_url("localhost");
        w.config.pool.dns_ttl = ttl;
        w.config.pool.max_connecting = 30;
        w.server->respond_with([](testing::received_request const&) { return after(50ms); });
        auto const client = w.make_client();
        auto const calls = start_many(client, 30);
        finish(w, calls);
        for (auto const& each : calls) require_success(*each);
        BOOST_TEST(client.stats().connections_opened > 1U);
        BOOST_TEST(client.stats().names_resolved == 1U);

        // Some are still in the making, for calls that have been served by another meanwhile.
        w.run_until([&client] { return client.stats().connections_connecting == 0; });
        w.server->reset_connections();
        await_no_connections(w);
        ask_well(w, client);
        BOOST_TEST(client.stats().names_resolved == (ttl == 0ms ? 2U : 1U));
    }
}

BOOST_AUTO_TEST_CASE(a_connection_in_the_making_outlives_the_call_that_asked_for_it) {
    client_fixture w;
    w.config.pool.max_connecting = 1;
    auto const client = w.make_client();
    auto const calls = start_many(client, 2);
    w.run_until([&w] { return w.server->stats().connections_accepted == 1; });
    BOOST_TEST_REQUIRE(client.stats().connections_connecting == 1U);
    calls.front()->cancel.emit(asio::cancellation_type::terminal);
    finish(w, calls);
    check_failure(*calls.front(), asio::error::operation_aborted, phase::queued);
    require_success(*calls.back());
    BOOST_TEST(w.server->stats().connections_accepted == 1U);
    BOOST_TEST(w.server->request_count() == 1U);
    BOOST_TEST(w.server->last_request().last_user_text() == "1");
}

BOOST_AUTO_TEST_SUITE_END()
