// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// Servers that reset streams, end connections, or break the rules of HTTP/2.

#include "support/fixtures/http2_fixture.hpp"
#include "support/streams/streams.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include <string>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
namespace data = boost::unit_test::data;
using testing::http2_event;
using testing::http2_frames;
using testing::http2_point;
using testing::mock_options;
using testing::scripted_reply;

http2_event reset_with(std::uint32_t code) {
    http2_event event(http2_frames::rst_stream);
    event.code = code;
    return event;
}

http2_event goaway(http2_frames kind, std::int32_t last_stream, std::uint32_t code = h2_code::no_error) {
    http2_event event(kind);
    event.last_stream = last_stream;
    event.code = code;
    return event;
}

} // namespace

BOOST_AUTO_TEST_SUITE(http2_faults)

// ------------------------------------------------------------------------------------------- streams

BOOST_DATA_TEST_CASE(
    a_stream_that_is_reset_is_one_call_and_no_connection,
    data::make({0u, 1u, 2u, 3u, 5u, 8u, 9u, 11u, 12u, 255u}) * data::make({0, 1, 2}),
    code,
    point
) {
    http2_fixture w;
    auto event = reset_with(code);
    event.point = point == 0 ? http2_point::before_head : http2_point::in_body;
    event.after = point == 2 ? 20 : 0;
    w.server->enqueue(w.reply_with(event));
    auto const client = w.make_client();
    auto const result = ask(w, client);
    check_failure(
        *result,
        point == 0 ? errc::connection_lost : errc::truncated_response,
        point == 0 ? phase::waiting : phase::reading
    );
    BOOST_TEST(result->info().attempts == 1);
    BOOST_TEST(w.server->stats().requests == 1u);
    ask_well(w, client);
    BOOST_TEST(w.server->stats().connections_accepted == 1u);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_refused_stream_is_sent_again_once_and_counts_as_one_attempt) {
    http2_fixture w;
    auto const client = w.make_client();
    w.server->enqueue(w.reply_with(reset_with(h2_code::refused_stream)));
    auto const well = ask_well(w, client);
    BOOST_TEST(well->info().attempts == 1);
    BOOST_TEST(well->info().replayed);
    BOOST_TEST(client.stats().replays == 1u);
    w.server->enqueue(w.reply_with(reset_with(h2_code::refused_stream)));
    w.server->enqueue(w.reply_with(reset_with(h2_code::refused_stream)));
    auto const refused = ask(w, client);
    check_failure(*refused, errc::connection_lost, phase::waiting);
    BOOST_TEST(refused->info().attempts == 1);
    BOOST_TEST(w.server->stats().requests == 4u);
    BOOST_TEST(w.server->stats().connections_accepted == 1u);
}

BOOST_AUTO_TEST_CASE(a_refused_stream_is_retried_after_that) {
    http2_fixture w;
    w.config.retry = retry_policy();
    w.config.retry.initial_backoff = 1ms;
    auto const client = w.make_client();
    for (int i = 0; i < 2; ++i) w.server->enqueue(w.reply_with(reset_with(h2_code::refused_stream)));
    BOOST_TEST(ask_well(w, client)->info().attempts == 2);
}

BOOST_AUTO_TEST_CASE(data_of_a_dead_stream_harms_no_other) {
    http2_fixture w;
    w.server->enqueue(w.reply_with(http2_event::at_end(http2_frames::stray_data, 100)));
    auto const client = w.make_client();
    ask_well(w, client);
    ask_well(w, client);
}

BOOST_AUTO_TEST_CASE(frames_of_other_kinds_are_passed_over) {
    for (auto const kind :
         {http2_frames::unknown, http2_frames::settings, http2_frames::pings, http2_frames::empty_data}) {
        http2_fixture w;
        w.server->enqueue(w.reply_with(http2_event::in_body(5, kind, 50)));
        auto const client = w.make_client();
        ask_well(w, client);
        BOOST_TEST(w.server->stats().connections_accepted == 1u);
    }
}

BOOST_AUTO_TEST_CASE(a_flood_of_frames_ends_the_connection_promptly) {
    for (auto const kind :
         {http2_frames::unknown,
          http2_frames::settings,
          http2_frames::pings,
          http2_frames::empty_data,
          http2_frames::stray_data}) {
        http2_fixture w;
        auto reply = w.reply_with(http2_event(kind, 20'000));
        w.server->enqueue(reply);
        auto const client = w.make_client();
        auto const began = std::chrono::steady_clock::now();
        auto const result = ask(w, client);
        BOOST_TEST(result->ec == errc::connection_lost);
        BOOST_TEST(!result->info().detail.empty());
        BOOST_TEST((std::chrono::steady_clock::now() - began < 20s));
        ask_well(w, client);
    }
}

BOOST_AUTO_TEST_CASE(a_head_without_end_is_cut_short) {
    http2_fixture w;
    w.server->enqueue(w.reply_with(http2_event(http2_frames::continuations, 1000)));
    auto const client = w.make_client();
    auto const result = ask(w, client);
    BOOST_TEST(result->ec == errc::truncated_response);
    ask_well(w, client);
}

BOOST_AUTO_TEST_CASE(a_head_that_is_too_large_fails_its_call) {
    http2_fixture w;
    w.config.max_header_size = 4096;
    auto const client = w.make_client();
    w.server->enqueue(with_field(scripted_reply::completion("Hi"), "x-long", std::string(10'000, 'x')));
    auto const result = ask(w, client);
    check_failure(*result, errc::header_too_large, phase::reading);
    ask_well(w, client);
    BOOST_TEST(w.server->stats().connections_accepted == 1u);
}

BOOST_AUTO_TEST_CASE(a_body_that_is_too_large_fails_its_call) {
    http2_fixture w;
    w.config.max_response_size = 10'000;
    auto const client = w.make_client();
    w.server->enqueue(scripted_reply::completion(std::string(100'000, 'x')));
    auto const result = ask(w, client);
    check_failure(*result, errc::response_too_large, phase::reading);
    ask_well(w, client);
    BOOST_TEST(w.server->stats().connections_accepted == 1u);
}

// ---------------------------------------------------------------------------------------- connections

BOOST_AUTO_TEST_CASE(a_goaway_before_a_stream_sends_it_elsewhere) {
    for (auto const kind : {http2_frames::goaway, http2_frames::goaway_and_close}) {
        http2_fixture w;
        w.server->enqueue(w.reply_with(goaway(kind, -2)));
        auto const client = w.make_client();
        auto const result = ask_well(w, client);
        BOOST_TEST(result->info().attempts == 1);
        BOOST_TEST(result->info().replayed);
        BOOST_TEST(w.server->stats().connections_accepted == 2u);
        w.finish();
    }
}

BOOST_AUTO_TEST_CASE(a_goaway_at_a_stream_lets_it_end) {
    http2_fixture w;
    w.server->enqueue(w.reply_with(goaway(http2_frames::goaway, 0)));
    auto const client = w.make_client();
    auto const result = ask_well(w, client);
    BOOST_TEST(!result->info().replayed);
    ask_well(w, client);
    BOOST_TEST(w.server->stats().connections_accepted == 2u);
}

BOOST_AUTO_TEST_CASE(a_goaway_that_cuts_a_stream_is_a_failure_of_its_call) {
    http2_fixture w;
    w.server->enqueue(w.reply_with(goaway(http2_frames::goaway_and_close, 0, h2_code::internal_error)));
    auto const client = w.make_client();
    auto const result = ask(w, client);
    check_failure(*result, errc::connection_lost, phase::waiting);
    BOOST_TEST(!result->info().replayed);
    BOOST_TEST(w.server->stats().requests == 1u);
}

BOOST_AUTO_TEST_CASE(a_goaway_in_two_phases_loses_nothing) {
    http2_fixture w;
    int asked = 0;
    w.server->respond_with([&](auto const&) {
        // Every thirtieth request is the last one of its connection.
        if (++asked % 30 != 0) return scripted_reply::completion("Hi");
        return http2_fixture::reply_with(http2_event(http2_frames::graceful_goaway));
    });
    auto const client = w.make_client();
    auto const calls = start_many(client, 600);
    finish(w, calls);
    for (auto const& each : calls) {
        require_success(*each);
        BOOST_TEST(each->info().attempts == 1);
    }
    BOOST_TEST(w.server->stats().requests == 600u);
    BOOST_TEST(w.server->stats().goaways_sent > 2u);
}

BOOST_AUTO_TEST_CASE(a_server_that_ends_every_connection_before_its_request_is_given_up) {
    http2_fixture w;
    w.server->respond_with([](auto const&) {
        return http2_fixture::reply_with(goaway(http2_frames::goaway_and_close, -2));
    });
    auto const client = w.make_client();
    auto const result = ask(w, client);
    check_failure(*result, errc::connection_lost, phase::waiting);
    BOOST_TEST(result->info().attempts == 1);
    BOOST_TEST(w.server->stats().connections_accepted == 11u);
}

BOOST_AUTO_TEST_CASE(a_connection_that_is_cut_at_any_byte_costs_its_calls_and_no_more) {
    http2_fixture w;
    auto const client = w.make_client();
    // Some bytes of settings and acknowledgements, then all those of one reply.
    for (std::size_t at = 0; at < 700; at += 7) {
        auto reply = scripted_reply::completion("Hi");
        reply.fault = testing::reply_fault::close;
        reply.fault_after = at;
        w.server->enqueue(reply);
        auto const result = ask(w, client);
        if (!result->ec) continue;
        BOOST_TEST((result->ec == errc::connection_lost || result->ec == errc::truncated_response));
        BOOST_TEST(result->info().attempts == 1);
    }
    ask_well(w, client);
    w.finish();
}

BOOST_AUTO_TEST_CASE(the_end_of_a_shared_connection_speaks_once_against_its_target) {
    http2_fixture w;
    w.config.breaker.failures = 5;
    auto const client = w.make_client();
    w.server->respond_with([](auto const&) { return never(); });
    auto const calls = start_many(client, 50);
    w.await_requests(50);
    w.server->reset_connections();
    finish(w, calls);
    for (auto const& each : calls) BOOST_TEST(each->ec == errc::connection_lost);
    w.server->respond_with([](auto const&) { return scripted_reply::completion("Hi"); });
    ask_well(w, client);
}

BOOST_AUTO_TEST_CASE(the_end_of_a_shared_connection_costs_one_retry_of_the_budget) {
    http2_fixture w;
    w.config.retry = retry_policy();
    w.config.retry.initial_backoff = 1ms;
    w.config.retry.budget_ratio = 0;
    auto const client = w.make_client();
    int asked = 0;
    w.server->respond_with([&](auto const&) {
        return ++asked <= 100 ? never() : scripted_reply::completion("Hi");
    });
    auto const calls = start_many(client, 100);
    w.await_requests(100);
    w.server->reset_connections();
    finish(w, calls);
    for (auto const& each : calls) require_success(*each);
    BOOST_TEST(client.stats().retries_refused == 0u);
}

BOOST_AUTO_TEST_CASE(a_connection_that_died_while_it_was_idle_costs_no_call) {
    for (bool const in_good_order : {true, false}) {
        http2_fixture w;
        auto const client = w.make_client();
        ask_well(w, client);
        if (in_good_order)
            w.server->close_idle_connections();
        else
            w.server->reset_connections();
        await_no_connections(w);
        auto const calls = start_many(client, 20);
        finish(w, calls);
        for (auto const& each : calls) {
            require_success(*each);
            BOOST_TEST(each->info().attempts == 1);
        }
        BOOST_TEST(w.server->stats().connections_accepted == 2u);
    }
}

BOOST_AUTO_TEST_CASE(a_limit_lowered_to_none_holds_up_no_call_for_ever) {
    http2_fixture w;
    auto const client = w.make_client();
    ask_well(w, client);
    w.server->announce_max_streams(0);
    auto const result = ask(w, client, hello(), limited_to(500ms));
    BOOST_TEST(result->ec);
    w.server->announce_max_streams(10);
    auto const calls = start_many(client, 30);
    finish(w, calls);
    for (auto const& each : calls) require_success(*each);
    BOOST_TEST(w.server->stats().max_streams_open <= 10u);
}

// ------------------------------------------------------------------------------------ signs of life

BOOST_AUTO_TEST_CASE(a_silent_server_that_answers_a_ping_is_waited_for) {
    http2_fixture w;
    w.config.pool.ping_interval = 500ms;
    w.server->enqueue(late(1'500ms));
    auto const client = w.make_client();
    ask_well(w, client);
    BOOST_TEST(w.server->stats().pings_received >= 1u);
    BOOST_TEST(w.server->stats().pings_received <= 5u);
}

BOOST_AUTO_TEST_CASE(a_server_that_answers_no_ping_is_given_up_with_all_its_calls) {
    http2_fixture w;
    w.config.pool.ping_interval = 100ms;
    w.server->set_accept_fault(testing::accept_fault::no_ping_answers, 1);
    w.server->respond_with([](auto const&) { return never(); });
    auto const client = w.make_client();
    auto const calls = start_many(client, 10);
    finish(w, calls);
    for (auto const& each : calls) check_failure(*each, errc::connection_lost, phase::waiting);
    w.server->respond_with([](auto const&) { return scripted_reply::completion("Hi"); });
    ask_well(w, client);
}

BOOST_AUTO_TEST_CASE(no_ping_is_sent_without_calls_or_when_that_is_turned_off) {
    http2_fixture w;
    w.config.pool.ping_interval = 0ms;
    w.server->enqueue(late(200ms));
    auto const client = w.make_client();
    ask_well(w, client);
    BOOST_TEST(w.server->stats().pings_received == 0u);
}

BOOST_AUTO_TEST_CASE(a_server_that_takes_no_body_runs_into_the_write_timeout) {
    http2_fixture w;
    w.config.timeouts.write = 200ms;
    w.server->set_accept_fault(testing::accept_fault::no_windows, 1);
    auto const client = w.make_client();
    auto const large = start(client, saying(std::string(1'000'000, 'x')));
    auto const small = start(client, saying("hi"));
    finish(w, {large, small});
    check_failure(*large, errc::write_timeout, phase::writing);
    require_success(*small);
}

BOOST_AUTO_TEST_CASE(a_server_that_never_sends_settings_serves_all_the_same) {
    http2_fixture w;
    w.server->set_accept_fault(testing::accept_fault::no_settings, 1);
    auto const client = w.make_client();
    auto const result = ask(w, client, hello(), limited_to(2s));
    BOOST_TEST((!result->ec || result->ec == errc::connection_lost || result->ec == errc::deadline_exceeded));
}

BOOST_AUTO_TEST_SUITE_END()
