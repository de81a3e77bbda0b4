// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/faults/scarce_memory.hpp"
#include "support/fixtures/calls.hpp"
#include "support/fixtures/meanwhile.hpp"
#include <async_llm/error.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>

#include <cstddef>
#include <new>
#include <optional>

namespace {

using namespace async_llm;
using namespace async_llm::test;
namespace asio = boost::asio;

// A call that takes its time, and a shutdown behind it.
struct running_call {
    explicit running_call(std::chrono::milliseconds latency) {
        auto reply = testing::scripted_reply::completion("Hello");
        reply.latency = latency;
        w.server->enqueue(reply);
        client.emplace(w.make_client());
        client->async_complete(hello(), [this](error_code ec, chat_response) { call = ec; });
        w.run_until([this] { return w.server->request_count() == 1; });
    }

    void shut_down(std::chrono::milliseconds drain) {
        client->async_shutdown(drain, asio::bind_cancellation_slot(signal.slot(), [this](error_code ec) {
                                   shutdown = ec;
                                   call_was_over = call.has_value();
                                   if (client) left = client->stats();
                               }));
    }

    client_fixture w;
    std::optional<async_llm::client> client;
    asio::cancellation_signal signal;
    std::optional<error_code> call;
    std::optional<error_code> shutdown;
    bool call_was_over = false;
    client_stats left;
};

} // namespace

BOOST_AUTO_TEST_SUITE(client_shutdown)

// Each request for memory of a shutdown that does not begin fails once; meanwhile another thread closes the
// client.
BOOST_AUTO_TEST_CASE(one_that_does_not_begin_opens_no_client_that_another_thread_closed) {
    bool failed = true;
    std::size_t threw = 0;
    for (std::size_t n = 1; failed; ++n) {
        BOOST_TEST_CONTEXT("request " << n) {
            client_fixture w(scheme::http);
            auto const client = w.make_client();
            // Asio 1.26 has undefined behaviour where there is no memory for a strand. This leaves one.
            finish(w, {start(client, chat_request(""))});
            meanwhile cancel([&client] { client.cancel(); });
            bool refused = false;
            bool over = false;
            {
                scarce_memory const scarce(n, 1, memory_of::operator_new, [&cancel] { cancel(); });
                try {
                    client.async_shutdown(patience, [&over](error_code) { over = true; });
                } catch (std::bad_alloc const&) {
                    over = true;
                    ++threw;
                }
                failed = scarce.has_failed();
            }
            cancel.join();
            w.run_until([&] { return over; });
            client.async_complete(hello(), [&refused](error_code ec, chat_response const&) {
                refused = ec == errc::client_closed;
            });
            w.finish();
            BOOST_TEST(refused);
        }
    }
    BOOST_TEST(threw > 0U);
}

BOOST_AUTO_TEST_CASE(one_that_does_not_begin_leaves_the_client_open) {
    client_fixture w(scheme::http);
    auto const client = w.make_client();
    {
        memory_limit const none(0);
        auto const shut_down = [&client] { client.async_shutdown(patience, [](error_code) {}); };
        BOOST_CHECK_THROW(shut_down(), std::bad_alloc);
    }
    ask_well(w, client);
}

BOOST_AUTO_TEST_CASE(lets_a_running_call_finish) {
    running_call r(std::chrono::milliseconds(100));
    r.shut_down(patience);
    r.w.run_until([&] { return r.shutdown.has_value(); });
    BOOST_TEST(!*r.shutdown);
    BOOST_TEST(r.call_was_over);
    BOOST_TEST(!*r.call);
    auto const stats = r.client->stats();
    BOOST_TEST(stats.connections_idle + stats.connections_in_use + stats.connections_connecting == 0u);
    r.w.finish();
    BOOST_TEST(r.w.server->stats().connections_open == 0u);
}

BOOST_AUTO_TEST_CASE(refuses_new_calls_at_once) {
    running_call r(std::chrono::milliseconds(100));
    r.shut_down(patience);
    std::optional<error_code> refused;
    r.client->async_complete(hello(), [&](error_code ec, chat_response) { refused = ec; });
    r.w.run_until([&] { return refused.has_value(); });
    BOOST_TEST(*refused == errc::client_closed);
    BOOST_TEST(!r.shutdown.has_value());
    r.w.run_until([&] { return r.shutdown.has_value(); });
    BOOST_TEST(r.w.server->request_count() == 1u);
}

BOOST_AUTO_TEST_CASE(cancels_what_outlasts_the_drain) {
    running_call r(patience);
    r.shut_down(std::chrono::milliseconds(50));
    r.w.run_until([&] { return r.shutdown.has_value() && r.call.has_value(); });
    BOOST_TEST(*r.shutdown == errc::deadline_exceeded);
    BOOST_TEST(*r.call == errc::client_closed);
    BOOST_TEST(r.left.calls_in_flight == 0u);
    BOOST_TEST(r.left.connections_in_use + r.left.connections_idle == 0u);
    r.w.finish();
}

BOOST_AUTO_TEST_CASE(without_calls_completes_and_closes_unused_connections) {
    running_call r(std::chrono::milliseconds(0));
    r.w.run_until([&] { return r.call.has_value(); });
    BOOST_TEST(r.client->stats().connections_idle == 1u);
    r.shut_down(patience);
    r.w.run_until([&] { return r.shutdown.has_value(); });
    BOOST_TEST(!*r.shutdown);
    r.w.run_until([&] { return r.w.server->stats().connections_open == 0; });
}

BOOST_AUTO_TEST_CASE(may_be_cancelled_itself) {
    running_call r(patience);
    r.shut_down(patience);
    r.signal.emit(asio::cancellation_type::terminal);
    r.w.run_until([&] { return r.shutdown.has_value(); });
    BOOST_TEST(*r.shutdown == asio::error::operation_aborted);
    BOOST_TEST(!r.call.has_value());
    r.client->cancel();
    r.w.run_until([&] { return r.call.has_value(); });
    r.w.finish();
}

BOOST_AUTO_TEST_CASE(may_be_asked_for_twice) {
    running_call r(std::chrono::milliseconds(50));
    std::optional<error_code> second;
    r.shut_down(patience);
    r.client->async_shutdown(patience, [&](error_code ec) { second = ec; });
    r.w.run_until([&] { return r.shutdown.has_value() && second.has_value(); });
    BOOST_TEST(!*r.shutdown);
    BOOST_TEST(!*second);
}

BOOST_AUTO_TEST_CASE(destroying_the_client_meanwhile_ends_it) {
    running_call r(patience);
    r.shut_down(patience);
    r.client.reset();
    r.w.run_until([&] { return r.shutdown.has_value() && r.call.has_value(); });
    BOOST_TEST(*r.call == errc::client_closed);
    r.w.finish();
}

BOOST_AUTO_TEST_SUITE_END()
