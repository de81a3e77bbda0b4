// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// Streams that are read slowly, and calls that end before their reply.

#include "support/fixtures/http2_fixture.hpp"
#include "support/streams/streams.hpp"

#include <string>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using testing::mock_options;
using testing::scripted_reply;

// More than the window of a stream.
scripted_reply long_stream(std::size_t kib) {
    std::vector<std::string> events;
    for (std::size_t i = 0; i < kib; ++i) events.push_back(says(std::string(1024, 'x')));
    events.push_back(finishes());
    events.push_back(done());
    return scripted_reply::events(events);
}

} // namespace

BOOST_AUTO_TEST_SUITE(http2_streams)

BOOST_AUTO_TEST_CASE(many_streams_share_a_connection) {
    http2_fixture w;
    w.server->respond_with([](auto const&) { return scripted_reply::events(counted_events(50)); });
    auto const client = w.make_client();
    std::vector<opening_ptr> openings;
    for (int i = 0; i < 80; ++i) openings.push_back(start_stream(client));
    for (auto const& each : openings) w.run_until([&] { return each->done; });
    for (auto const& each : openings) {
        auto const all = read_all(w, each->stream);
        BOOST_TEST(!all.ec);
        BOOST_TEST(all.text == counted_text(50));
        BOOST_TEST(each->stream.info().http_version == "HTTP/2");
    }
    BOOST_TEST(w.server->stats().connections_accepted == 1u);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_stream_that_is_not_read_delays_no_other) {
    http2_fixture w;
    auto const client = w.make_client();
    w.server->enqueue(long_stream(4096));
    auto slow = open_well(w, client);
    for (int i = 0; i < 20; ++i) {
        w.server->enqueue(long_stream(512));
        auto stream = open_well(w, client);
        auto const all = read_all(w, stream);
        BOOST_TEST(!all.ec);
        BOOST_TEST(all.text.size() == 512u * 1024);
    }
    // The server could not send more than its window.
    BOOST_TEST(w.server->stats().replies_sent == 20u);
    auto const all = read_all(w, slow);
    BOOST_TEST(!all.ec);
    BOOST_TEST(all.text.size() == 4096u * 1024);
    BOOST_TEST(w.server->stats().connections_accepted == 1u);
}

BOOST_AUTO_TEST_CASE(a_stream_of_small_frames_is_honest) {
    http2_fixture w;
    std::vector<std::string> events(20'000, ":\n\n");
    events.push_back(says("a") + finishes() + done());
    w.server->enqueue(scripted_reply::events(events));
    auto const client = w.make_client();
    auto stream = open_well(w, client);
    BOOST_TEST(read_all(w, stream).text == "a");
}

BOOST_AUTO_TEST_CASE(a_stream_that_is_dropped_is_reset_and_no_more) {
    http2_fixture w;
    auto const client = w.make_client();
    w.server->respond_with([](auto const&) { return long_stream(2048); });
    {
        auto const dropped = open_well(w, client);
        BOOST_TEST(client.stats().streams == 1u);
    }
    w.run_until([&] { return w.server->stats().streams_reset == 1u; });
    BOOST_TEST(client.stats().streams == 0u);
    auto stream = open_well(w, client);
    BOOST_TEST(read_all(w, stream).text.size() == 2048u * 1024);
    BOOST_TEST(w.server->stats().connections_accepted == 1u);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_limit_of_time_ends_its_call_and_no_other) {
    http2_fixture w;
    w.server->enqueue(never());
    w.server->enqueue(late(400ms));
    auto const client = w.make_client();
    auto const limited = start(client, hello(), limited_to(100ms));
    w.await_requests(1);
    auto const other = start(client);
    finish(w, {limited, other});
    check_failure(*limited, errc::deadline_exceeded, phase::waiting);
    require_success(*other);
    BOOST_TEST(w.server->stats().streams_reset == 1u);
    BOOST_TEST(w.server->stats().connections_accepted == 1u);
}

BOOST_AUTO_TEST_CASE(a_cancelled_call_is_reset_promptly) {
    http2_fixture w;
    w.server->respond_with([](auto const&) { return never(); });
    auto const client = w.make_client();
    auto const c = start(client);
    w.await_requests(1);
    c->cancel.emit(asio::cancellation_type::terminal);
    finish(w, {c});
    BOOST_TEST(c->ec == asio::error::operation_aborted);
    w.run_until([&] { return w.server->stats().streams_reset == 1u; });
    w.finish();
}

BOOST_AUTO_TEST_CASE(the_place_of_a_cancelled_call_is_free_when_the_server_knows_it) {
    for (bool const answers_pings : {true, false}) {
        mock_options options;
        options.max_concurrent_streams = 2;
        http2_fixture w(options);
        if (!answers_pings) w.server->set_accept_fault(testing::accept_fault::no_ping_answers, 1);
        w.server->respond_with([](auto const&) { return never(); });
        auto const client = w.make_client();
        // It keeps the connection busy.
        auto const kept = start(client);
        w.await_requests(1);
        auto const c = start(client);
        w.await_requests(2);
        c->cancel.emit(asio::cancellation_type::terminal);
        finish(w, {c});
        w.run_until([&] { return w.server->stats().pings_received == 1u; });
        let_pass(w, 50ms);
        w.server->respond_with([](auto const&) { return scripted_reply::completion("Hi"); });
        ask_well(w, client);
        BOOST_TEST(w.server->stats().connections_accepted == (answers_pings ? 1u : 2u));
        client.cancel();
        finish(w, {kept});
    }
}

BOOST_AUTO_TEST_CASE(a_call_that_was_refused_a_place_has_sent_nothing) {
    mock_options options;
    options.max_concurrent_streams = 1;
    http2_fixture w(options);
    w.config.pool.max_connections = 1;
    w.server->respond_with([](auto const&) { return never(); });
    auto const client = w.make_client();
    auto const first = start(client);
    auto const second = start(client);
    w.run_until([&] { return client.stats().waiting == 1u && w.server->stats().requests == 1u; });
    // Which of the two got the place is the server's business.
    for (auto const& each : {first, second}) each->cancel.emit(asio::cancellation_type::total);
    w.run_until([&] { return first->done || second->done; });
    auto const& refused = first->done ? *first : *second;
    BOOST_TEST(refused.ec == asio::error::operation_aborted);
    BOOST_TEST(!(first->done && second->done));
    client.cancel();
    finish(w, {first, second});
}

BOOST_AUTO_TEST_CASE(a_storm_of_cancels_does_not_run_into_a_servers_limit_of_resets) {
    http2_fixture w;
    w.config.pool.max_connections = 1;
    w.server->respond_with([](auto const&) { return late(200ms); });
    auto const client = w.make_client();
    std::size_t asked = 0;
    for (int round = 0; round < 20; ++round) {
        auto const calls = start_many(client, 50);
        asked += calls.size();
        w.await_requests(asked);
        for (auto const& each : calls) each->cancel.emit(asio::cancellation_type::terminal);
        finish(w, calls);
    }
    // Of each connection what accrues in 16 seconds, and the little that came meanwhile. The others run out,
    // or end with their connection when they have taken all of its places.
    auto const stats = w.server->stats();
    BOOST_TEST(stats.streams_reset >= 400u);
    BOOST_TEST(stats.streams_reset <= 450u * stats.connections_accepted);
    BOOST_TEST(stats.streams_reset < asked);
    ask_well(w, client);
    BOOST_TEST(w.server->stats().goaways_sent == 0u);
}

BOOST_AUTO_TEST_CASE(shutdown_lets_calls_on_shared_connections_end) {
    http2_fixture w;
    w.server->respond_with([](auto const&) { return late(150ms); });
    auto const client = w.make_client();
    auto const calls = start_many(client, 120);
    w.await_requests(100);
    bool ended = false;
    client.async_shutdown(patience, [&](error_code ec) {
        BOOST_TEST(!ec);
        ended = true;
    });
    finish(w, calls);
    for (auto const& each : calls) require_success(*each);
    w.run_until([&] { return ended; });
    await_no_connections(w);
}

BOOST_AUTO_TEST_SUITE_END()
