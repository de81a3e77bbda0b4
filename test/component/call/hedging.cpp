// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/retries.hpp"

#include <string>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using testing::scripted_reply;

scripted_reply after(std::chrono::milliseconds latency, std::string text) {
    auto result = scripted_reply::completion(std::move(text));
    result.latency = latency;
    return result;
}

/// A fixture whose calls are hedged after 20 ms.
struct hedging_fixture : client_fixture {
    hedging_fixture() : client_fixture(scheme::http) { config.hedging.delay = 20ms; }
};

} // namespace

BOOST_AUTO_TEST_SUITE(hedging)

BOOST_AUTO_TEST_CASE(off_by_default) {
    client_fixture w(scheme::http);
    auto const client = w.make_client();
    w.server->enqueue(after(100ms, "Slow"));
    auto const c = ask_well(w, client);
    BOOST_TEST(!c->info().hedged);
    BOOST_TEST(w.server->request_count() == 1U);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_quick_answer_needs_no_second_call) {
    hedging_fixture w;
    w.config.hedging.delay = 30s;
    auto const client = w.make_client();
    auto const c = ask_well(w, client);
    BOOST_TEST(!c->info().hedged);
    BOOST_TEST(w.server->request_count() == 1U);
    BOOST_TEST(client.stats().hedges == 0U);
    BOOST_TEST(client.stats().calls_completed == 1U);
    w.finish();
}

BOOST_AUTO_TEST_CASE(the_second_call_wins_and_the_first_is_cancelled) {
    hedging_fixture w;
    auto const client = w.make_client();
    w.server->enqueue(after(60s, "First"));
    w.server->enqueue(after(0ms, "Second"));
    auto const c = ask_well(w, client);
    BOOST_TEST(c->response.text() == "Second");
    BOOST_TEST(c->info().hedged);
    BOOST_TEST((c->info().timings.total >= 20ms));
    w.run_until([&] { return w.server->stats().requests_aborted == 1; });
    auto const stats = client.stats();
    BOOST_TEST(stats.hedges == 1U);
    BOOST_TEST(stats.hedges_won == 1U);
    BOOST_TEST(stats.calls_completed == 1U);
    BOOST_TEST(stats.calls_failed == 0U);
    auto const sent = w.server->requests();
    BOOST_TEST(sent.front().body == sent.back().body);
    w.finish();
}

BOOST_AUTO_TEST_CASE(the_first_call_wins_after_all) {
    hedging_fixture w;
    auto const client = w.make_client();
    w.server->enqueue(after(80ms, "First"));
    w.server->enqueue(after(60s, "Second"));
    auto const c = ask_well(w, client);
    BOOST_TEST(c->response.text() == "First");
    BOOST_TEST(!c->info().hedged);
    w.run_until([&] { return w.server->stats().requests_aborted == 1; });
    BOOST_TEST(client.stats().hedges_won == 0U);
    w.finish();
}

// The client's loop rests until both answers are there, so that it finds both at a time.
BOOST_AUTO_TEST_CASE(of_two_answers_the_first_wins) {
    hedging_fixture w;
    asio::io_context loop;
    client const from(loop.get_executor(), w.endpoint, w.config);
    w.server->enqueue(after(300ms, "First"));
    w.server->enqueue(after(400ms, "Second"));
    auto const c = start(from);
    w.run_until([&] {
        loop.poll();
        return w.server->request_count() == 2;
    });
    w.run_until([&] { return w.server->stats().replies_sent == 2; });
    w.run_until([&] {
        loop.poll();
        return c->done;
    });
    require_success(*c);
    BOOST_TEST(c->response.text() == "First");
    BOOST_TEST(!c->info().hedged);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_failure_waits_for_the_other_call) {
    hedging_fixture w;
    auto const client = w.make_client();
    auto failing = scripted_reply::error(500, "No");
    failing.latency = 60ms;
    w.server->enqueue(failing);
    w.server->enqueue(after(120ms, "Second"));
    BOOST_TEST(ask_well(w, client)->response.text() == "Second");
    w.server->enqueue(failing);
    w.server->enqueue(failing);
    auto const c = ask(w, client);
    check_failure(*c, make_http_error(500), phase::finished);
    BOOST_TEST(client.stats().calls_failed == 1U);
    // A call that fails before the second is due has failed.
    w.server->enqueue(scripted_reply::error(400, "Never"));
    BOOST_TEST(ask(w, client)->ec == make_http_error(400));
    w.finish();
}

BOOST_AUTO_TEST_CASE(cancelling_ends_both) {
    hedging_fixture w;
    auto const client = w.make_client();
    w.server->respond_with([](auto const&) { return after(60s, "Never"); });
    auto const c = start(client);
    w.run_until([&] { return w.server->request_count() == 2; });
    c->cancel.emit(asio::cancellation_type::terminal);
    w.run_until([&] { return c->done; });
    BOOST_TEST(c->ec == asio::error::operation_aborted);
    w.run_until([&] { return w.server->stats().requests_aborted == 2; });
    w.finish();
}

// A cancellation that comes too late for the one call must not have another one begin.
BOOST_AUTO_TEST_CASE(who_wants_to_cancel_does_not_want_a_second_call) {
    hedging_fixture w;
    w.config.hedging.delay = 100ms;
    auto const client = w.make_client();
    w.server->enqueue(after(300ms, "First"));
    auto const c = start(client);
    w.run_until([&] { return w.server->request_count() == 1; });
    c->cancel.emit(asio::cancellation_type::total);
    finish(w, {c});
    require_success(*c);
    BOOST_TEST(client.stats().hedges == 0U);
    BOOST_TEST(w.server->request_count() == 1U);
    w.finish();
}

BOOST_AUTO_TEST_CASE(the_second_call_has_what_is_left_of_the_time) {
    hedging_fixture w;
    w.config.hedging.delay = 800ms;
    auto const client = w.make_client();
    w.server->respond_with([](auto const&) { return after(60s, "Never"); });
    auto const late = ask(w, client, hello(), limited_to(1000ms));
    BOOST_TEST(late->ec == errc::deadline_exceeded);
    BOOST_TEST(w.server->request_count() == 2U);
    BOOST_TEST((late->info().timings.total < 1500ms));
    w.finish();
}

BOOST_AUTO_TEST_CASE(closing_the_client_and_the_deadline_end_both) {
    hedging_fixture w;
    w.server->respond_with([](auto const&) { return after(60s, "Never"); });
    auto client = w.make_client();
    auto const late = ask(w, client, hello(), limited_to(100ms));
    BOOST_TEST(late->ec == errc::deadline_exceeded);
    auto const c = start(client);
    w.run_until([&] { return w.server->request_count() == 4; });
    client.cancel();
    w.run_until([&] { return c->done; });
    BOOST_TEST(c->ec == errc::client_closed);
    auto const refused = ask(w, client);
    BOOST_TEST(refused->ec == errc::client_closed);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_loop_may_be_destroyed_with_both_in_flight) {
    auto w = std::make_unique<hedging_fixture>();
    w->server->respond_with([](auto const&) { return after(60s, "Never"); });
    std::optional<client> made(w->make_client());
    auto const c = start(*made);
    w->run_until([&] { return w->server->request_count() == 2; });
    made.reset();
    w.reset();
    BOOST_TEST(!c->done);
}

BOOST_AUTO_TEST_CASE(hedges_come_out_of_the_budget) {
    hedging_fixture w;
    w.config.retry.budget_ratio = 0;
    w.config.retry.budget_minimum = 1;
    auto const client = w.make_client();
    w.server->respond_with([](auto const&) { return after(80ms, "Slow"); });
    ask_well(w, client);
    ask_well(w, client);
    BOOST_TEST(client.stats().hedges == 1U);
    BOOST_TEST(client.stats().retries_refused == 1U);
    BOOST_TEST(w.server->request_count() == 3U);
    w.finish();
}

BOOST_AUTO_TEST_CASE(the_delay_follows_the_latency_of_recent_calls) {
    hedging_fixture w;
    w.config.hedging.delay = 0ms;
    w.config.hedging.percentile = 0.9;
    auto const client = w.make_client();
    // Too few calls were seen, and no delay is given: no hedging.
    w.server->enqueue(after(50ms, "Slow"));
    ask_well(w, client);
    for (int i = 0; i < 30; ++i) ask_well(w, client);
    BOOST_TEST(client.stats().hedges == 0U);
    w.server->enqueue(after(60s, "First"));
    BOOST_TEST(ask_well(w, client)->info().hedged);
    w.finish();
}

BOOST_AUTO_TEST_CASE(one_call_may_differ) {
    hedging_fixture w;
    auto const client = w.make_client();
    w.server->enqueue(after(80ms, "Slow"));
    request_options options;
    options.hedge_delay = 0ms;
    require_success(*ask(w, client, hello(), options));
    BOOST_TEST(w.server->request_count() == 1U);
    w.finish();
}

BOOST_AUTO_TEST_SUITE_END()
