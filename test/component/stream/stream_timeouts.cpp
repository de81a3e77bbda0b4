// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/streams/streams.hpp"

#include <string>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using testing::scripted_reply;

/// These events, with so long between them.
scripted_reply paced(std::vector<std::string> events, std::chrono::milliseconds interval) {
    auto reply = scripted_reply::events(std::move(events));
    reply.event_interval = interval;
    return reply;
}

/// Padding of every kind: a comment, data that is a comment, a chunk that carries nothing.
std::vector<std::string> padding(std::size_t rounds) {
    std::vector<std::string> result;
    for (std::size_t i = 0; i < rounds; ++i) {
        result.push_back(": OPENROUTER PROCESSING\n\n");
        result.push_back("data: : keepalive\n\n");
        result.push_back(event(R"({"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]})"));
    }
    return result;
}

void append(std::vector<std::string>& to, std::vector<std::string> const& from) {
    to.insert(to.end(), from.begin(), from.end());
}

} // namespace

BOOST_AUTO_TEST_SUITE(stream_timeouts)

BOOST_AUTO_TEST_CASE(padding_does_not_count_as_the_first_content) {
    client_fixture w;
    w.config.timeouts.first_content = 150ms;
    auto const client = w.make_client();
    auto events = padding(500);
    w.server->enqueue(paced(events, 5ms));
    auto stream = open_well(w, client);
    auto const all = read_all(w, stream);
    BOOST_TEST(all.ec == errc::first_content_timeout);
    BOOST_TEST(all.ec == condition::timeout);
    BOOST_TEST(all.text == "");
    BOOST_TEST((stream.info().timings.total >= 150ms));
    await_no_connections(w);
}

BOOST_AUTO_TEST_CASE(padding_does_not_count_as_content) {
    client_fixture w;
    w.config.timeouts.content_idle = 150ms;
    auto const client = w.make_client();
    std::vector<std::string> events{says("a"), says("b")};
    append(events, padding(500));
    w.server->enqueue(paced(events, 5ms));
    auto stream = open_well(w, client);
    auto const all = read_all(w, stream);
    BOOST_TEST(all.ec == errc::stream_stalled);
    BOOST_TEST(all.text == "ab");
    BOOST_TEST(stream.completion().text() == "ab");
    await_no_connections(w);
}

BOOST_AUTO_TEST_CASE(a_head_that_begins_in_time_and_does_not_end_is_late_content, *http1_only()) {
    client_fixture w;
    w.config.timeouts.first_byte = 100ms;
    w.config.timeouts.first_content = 200ms;
    auto const client = w.make_client();
    auto reply = scripted_reply::raw("HTTP/1.1 200 OK\r\nContent-Type: text/ev");
    reply.fault = testing::reply_fault::stall;
    reply.fault_after = reply.body.size();
    w.server->enqueue(reply);
    auto const opened = open_stream(w, client);
    BOOST_TEST(opened->ec == errc::first_content_timeout);
    BOOST_TEST((opened->stream.info().timings.total >= 200ms));
    await_no_connections(w);
}

BOOST_AUTO_TEST_CASE(the_limit_for_the_first_content_covers_the_wait_for_the_head) {
    client_fixture w;
    auto const client = w.make_client();
    auto reply = scripted_reply::events(counted_events(3));
    reply.latency = patience;
    w.server->enqueue(reply);
    request_options options;
    options.first_content_timeout = 100ms;
    auto const result = open_stream(w, client, hello(), options);
    BOOST_TEST(result->ec == errc::first_content_timeout);
    BOOST_TEST(to_string(result->stream.info().phase) == "waiting");
}

BOOST_AUTO_TEST_CASE(the_wait_for_the_head_is_part_of_the_wait_for_the_first_content) {
    client_fixture w;
    w.config.timeouts.first_content = 1000ms;
    auto const client = w.make_client();
    auto reply = scripted_reply::events(padding(1));
    reply.latency = 900ms;
    reply.fault = testing::reply_fault::stall;
    reply.fault_after_parts = 3;
    w.server->enqueue(reply);
    auto stream = open_well(w, client);
    BOOST_TEST(read_all(w, stream).ec == errc::first_content_timeout);
    // Had the wait begun anew with the head, it would be 1900.
    BOOST_TEST((stream.info().timings.total >= 990ms));
    BOOST_TEST((stream.info().timings.total < 1700ms));
}

BOOST_AUTO_TEST_CASE(the_limit_for_the_first_byte_has_its_own_error) {
    client_fixture w;
    auto const client = w.make_client();
    auto reply = scripted_reply::events(counted_events(3));
    reply.latency = patience;
    w.server->enqueue(reply);
    request_options options;
    options.first_content_timeout = 10s;
    options.first_byte_timeout = 100ms;
    BOOST_TEST(open_stream(w, client, hello(), options)->ec == errc::first_byte_timeout);
}

BOOST_AUTO_TEST_CASE(content_sets_the_clock_back) {
    client_fixture w;
    w.config.timeouts.first_content = 2s;
    w.config.timeouts.content_idle = 2s;
    auto const client = w.make_client();
    w.server->enqueue(paced(counted_events(30), 100ms));
    auto stream = open_well(w, client);
    auto const all = read_all(w, stream);
    BOOST_TEST(!all.ec);
    BOOST_TEST(all.text == counted_text(30));
    BOOST_TEST((stream.info().timings.total > 2s));
}

BOOST_AUTO_TEST_CASE(the_callers_own_time_does_not_count) {
    client_fixture w;
    w.config.timeouts.first_content = 300ms;
    w.config.timeouts.content_idle = 300ms;
    auto const client = w.make_client();
    w.server->enqueue(paced(counted_events(3), 20ms));
    auto stream = open_well(w, client);
    let_pass(w, 600ms);
    BOOST_TEST(next(w, stream)->chunk->text() == "0 ");
    let_pass(w, 600ms);
    BOOST_TEST(read_all(w, stream).text == "1 2 ");
}

BOOST_AUTO_TEST_CASE(silence_after_the_finish_is_an_end) {
    client_fixture w;
    w.config.timeouts.content_idle = 100ms;
    auto const client = w.make_client();
    auto reply = scripted_reply::events({says("a"), finishes(), done()});
    reply.parts.back().delay = patience;
    w.server->enqueue(reply);
    auto stream = open_well(w, client);
    auto const all = read_all(w, stream);
    BOOST_TEST(!all.ec);
    BOOST_TEST(all.text == "a");
    BOOST_TEST(client.stats().calls_completed == 1u);
    await_no_connections(w);
}

BOOST_AUTO_TEST_CASE(the_whole_call_has_a_limit_while_somebody_waits) {
    client_fixture w;
    w.config.timeouts.total = 300ms;
    auto const client = w.make_client();
    w.server->enqueue(paced(counted_events(1000), 20ms));
    auto stream = open_well(w, client);
    auto const all = read_all(w, stream);
    BOOST_TEST(all.ec == errc::deadline_exceeded);
    BOOST_TEST(all.text.starts_with("0 1 "));
    await_no_connections(w);
}

BOOST_AUTO_TEST_CASE(the_whole_call_has_a_limit_while_nobody_waits) {
    client_fixture w;
    w.config.timeouts.total = 200ms;
    auto const client = w.make_client();
    w.server->enqueue(paced(counted_events(1000), 20ms));
    auto stream = open_well(w, client);
    BOOST_TEST(!next(w, stream)->ec);
    await_no_connections(w);
    BOOST_TEST(client.stats().calls_in_flight == 0u);
    auto const all = read_all(w, stream);
    BOOST_TEST(all.ec == errc::deadline_exceeded);
}

BOOST_AUTO_TEST_CASE(a_document_in_place_of_a_stream_is_limited_as_well, *http1_only()) {
    client_fixture w;
    w.config.timeouts.first_content = 200ms;
    auto const client = w.make_client();
    auto reply = scripted_reply::error(503, "wait");
    reply.fault = testing::reply_fault::stall;
    reply.fault_after = 200;
    w.server->enqueue(reply);
    BOOST_TEST(open_stream(w, client)->ec == errc::first_content_timeout);
}

BOOST_AUTO_TEST_SUITE_END()
