// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/streams/streams.hpp"

#include <string>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using testing::reply_fault;
using testing::reply_framing;
using testing::scripted_reply;

/// Opens a stream that the provider answers in some other way.
opening_ptr
open_bad(client_fixture& w, client const& from, scripted_reply reply, request_options options = {}) {
    w.server->enqueue(std::move(reply));
    auto result = open_stream(w, from, hello(), std::move(options));
    BOOST_TEST(!result->stream.try_next().has_value());
    if (result->ec) {
        BOOST_TEST(result->stream.info().detail != "");
        BOOST_TEST((next(w, result->stream)->ec == result->ec));
    }
    return result;
}

/// Reads a stream of these events to its end.
whole_stream read_events(client_fixture& w, client const& from, std::vector<std::string> events) {
    w.server->enqueue(scripted_reply::events(std::move(events)));
    auto stream = open_well(w, from);
    auto result = read_all(w, stream);
    if (result.ec) BOOST_TEST(stream.info().detail != "");
    return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(stream_peers)

BOOST_AUTO_TEST_CASE(a_status_that_is_an_error_fails_the_opening) {
    client_fixture w;
    auto const client = w.make_client();
    auto reply = scripted_reply::error(429, "Slow down");
    reply.headers.emplace_back("Retry-After", "2");
    auto const result = open_bad(w, client, reply);
    BOOST_TEST(result->ec == condition::rate_limited);
    BOOST_TEST(result->stream.info().status == 429);
    BOOST_TEST(result->stream.error().message == "Slow down");
    BOOST_TEST((result->stream.info().rate_limit.retry_after == 2000ms));
    // What the error says was read to its end, so the connection is as good as before.
    auto stream = open_well(w, client);
    BOOST_TEST(!read_all(w, stream).ec);
    BOOST_TEST(client.stats().connections_opened == 1u);
}

BOOST_AUTO_TEST_CASE(an_error_in_json_with_status_200_fails_the_opening) {
    client_fixture w;
    auto const client = w.make_client();
    scripted_reply const reply(
        200,
        R"({"error":{"message":"Provider returned error","code":429},"user_id":"u"})"
    );
    auto const result = open_bad(w, client, reply);
    BOOST_TEST(result->ec == condition::rate_limited);
    BOOST_TEST(result->stream.info().status == 200);
    BOOST_TEST(result->stream.error().message == "Provider returned error");
}

BOOST_AUTO_TEST_CASE(an_error_in_json_that_is_labelled_as_a_stream_is_told_by_next) {
    client_fixture w;
    auto const client = w.make_client();
    w.server->enqueue(scripted_reply(200, R"({"error":{"message":"busy","code":503}})", "text/event-stream"));
    auto stream = open_well(w, client);
    auto const all = read_all(w, stream);
    BOOST_TEST(all.ec == make_http_error(503));
    BOOST_TEST(stream.error().message == "busy");
}

BOOST_AUTO_TEST_CASE(a_completion_in_one_piece_is_a_stream_of_one_chunk) {
    client_fixture w;
    auto const client = w.make_client();
    w.server->enqueue(scripted_reply::recorded());
    auto reply = open_stream(w, client);
    BOOST_TEST_REQUIRE(!reply->ec);
    auto const all = read_all(w, reply->stream);
    BOOST_TEST(!all.ec);
    BOOST_TEST(all.chunks.size() == 1u);
    BOOST_TEST(all.text.starts_with("Hello. It's nice to meet you."));
    BOOST_TEST(reply->stream.completion().usage->total_tokens == 113);
    ask_well(w, client);
    BOOST_TEST(client.stats().connections_opened == 1u);
}

BOOST_AUTO_TEST_CASE(a_stream_under_any_label_is_a_stream) {
    client_fixture w;
    auto const client = w.make_client();
    for (auto const* label : {"application/json", "text/plain", "", "TEXT/EVENT-STREAM; charset=utf-8"}) {
        w.server->enqueue(scripted_reply(200, says("a") + finishes() + done(), label));
        auto stream = open_well(w, client);
        auto const all = read_all(w, stream);
        BOOST_TEST(!all.ec);
        BOOST_TEST(all.text == "a");
    }
}

BOOST_AUTO_TEST_CASE(a_web_page_fails_the_opening) {
    client_fixture w;
    auto const client = w.make_client();
    auto const page = open_bad(w, client, scripted_reply(200, "<html>Are you human?</html>", "text/html"));
    BOOST_TEST(page->ec == errc::unexpected_content_type);
    auto const gateway = open_bad(w, client, scripted_reply(502, "<h1>Bad gateway</h1>", "text/html"));
    BOOST_TEST(gateway->ec == make_http_error(502));
    auto const empty = open_bad(w, client, scripted_reply(204, "", ""));
    BOOST_TEST(empty->ec == errc::empty_response);
}

BOOST_AUTO_TEST_CASE(keeps_a_body_that_is_no_stream_if_asked_to) {
    client_fixture w;
    auto const client = w.make_client();
    request_options options;
    options.keep_body = true;
    auto const refused = open_bad(w, client, scripted_reply(400, "no", "text/plain"), options);
    BOOST_TEST(refused->stream.info().body == "no");
    auto const page = open_bad(w, client, scripted_reply(200, "<p>hi", "text/html"), options);
    BOOST_TEST(page->stream.info().body == "<p>hi");
}

BOOST_AUTO_TEST_CASE(an_error_body_that_is_too_large_is_not_kept) {
    client_fixture w;
    w.config.max_response_size = 1000;
    auto const client = w.make_client();
    auto const refused = open_bad(w, client, scripted_reply(400, std::string(5000, 'x'), "text/plain"));
    BOOST_TEST(refused->ec == errc::response_too_large);
    auto const page = open_bad(w, client, scripted_reply(200, std::string(5000, '<'), "text/html"));
    BOOST_TEST(page->ec == errc::response_too_large);
}

BOOST_AUTO_TEST_CASE(a_malformed_event_is_an_error_and_not_a_skipped_line) {
    client_fixture w;
    auto const client = w.make_client();
    auto const all =
        read_events(w, client, {says("a"), event("{\"choices\":"), says("b"), finishes(), done()});
    BOOST_TEST(all.ec == errc::invalid_json);
    BOOST_TEST(all.text == "a");
    auto const list = read_events(w, client, {says("a"), event("[1]"), done()});
    BOOST_TEST(list.ec == errc::invalid_response);
}

BOOST_AUTO_TEST_CASE(a_body_that_ends_without_a_finish_is_truncated) {
    client_fixture w;
    auto const client = w.make_client();
    BOOST_TEST(read_events(w, client, {says("a"), says("b")}).ec == errc::truncated_response);
    // What was cut off in the middle of an event is not delivered.
    auto const cut = read_events(w, client, {says("a"), "data: {\"choices\":[{\"del"});
    BOOST_TEST(cut.ec == errc::truncated_response);
    BOOST_TEST(cut.text == "a");
}

BOOST_AUTO_TEST_CASE(a_finish_reason_alone_is_an_end_and_so_is_done_alone) {
    client_fixture w;
    auto const client = w.make_client();
    BOOST_TEST(!read_events(w, client, {says("a"), finishes()}).ec);
    BOOST_TEST(!read_events(w, client, {says("a"), done()}).ec);
    BOOST_TEST(!read_events(w, client, {says("a"), finishes(), "data: [DONE]"}).ec);
    BOOST_TEST(client.stats().connections_opened == 1u);
}

BOOST_AUTO_TEST_CASE(a_connection_that_breaks_is_truncation_after_the_chunks_that_came) {
    for (auto const fault : {reply_fault::reset, reply_fault::close}) {
        client_fixture w;
        auto const client = w.make_client();
        auto reply = scripted_reply::events(counted_events(10));
        reply.event_interval = 1ms;
        reply.fault = fault;
        reply.fault_after_parts = 5;
        w.server->enqueue(reply);
        auto stream = open_well(w, client);
        auto const all = read_all(w, stream);
        BOOST_TEST(all.ec == errc::truncated_response);
        BOOST_TEST(all.ec == condition::connection);
        BOOST_TEST(stream.info().cause.failed());
        // A reset may overtake what was sent before it; an orderly end does not.
        if (fault == reply_fault::close) BOOST_TEST(all.text == counted_text(5));
        BOOST_TEST(stream.completion().text() == all.text);
        await_no_connections(w);
    }
}

BOOST_AUTO_TEST_CASE(a_stream_until_the_end_of_the_connection_ends_by_what_it_says) {
    for (bool const finished : {true, false}) {
        client_fixture w;
        auto const client = w.make_client();
        auto reply = scripted_reply::events({says("a")});
        if (finished) reply.parts.emplace_back(0ms, finishes());
        reply.framing = reply_framing::until_close;
        w.server->enqueue(reply);
        auto stream = open_well(w, client);
        auto const all = read_all(w, stream);
        BOOST_TEST(all.ec == (finished ? error_code() : error_code(errc::truncated_response)));
        BOOST_TEST(all.text == "a");
    }
}

BOOST_AUTO_TEST_CASE(events_are_bounded) {
    client_fixture w;
    w.config.max_event_size = 2000;
    auto const client = w.make_client();
    auto const fits = read_events(w, client, {says(std::string(1000, 'x')), finishes(), done()});
    BOOST_TEST(!fits.ec);
    auto const large = read_events(w, client, {says("a"), says(std::string(3000, 'x')), done()});
    BOOST_TEST(large.ec == errc::invalid_sse);
    BOOST_TEST(large.text == "a");
    // Neither does a line without an end fill the memory.
    auto endless = scripted_reply::events({says("a")});
    endless.endless = testing::endless_part::body;
    w.server->enqueue(endless);
    auto stream = open_well(w, client);
    BOOST_TEST(read_all(w, stream).ec == errc::invalid_sse);
    await_no_connections(w);
}

BOOST_AUTO_TEST_CASE(one_event_of_64_mib_works_with_the_limit_raised) {
    client_fixture w(scheme::http);
    w.config.max_event_size = 80u << 20;
    w.config.max_response_size = 80u << 20;
    auto const client = w.make_client();
    std::size_t const size = 64u << 20;
    auto const all = read_events(w, client, {says(std::string(size, 'x')), finishes(), done()});
    BOOST_TEST(!all.ec);
    BOOST_TEST(all.text.size() == size);
}

BOOST_AUTO_TEST_CASE(memory_stays_flat_over_a_hundred_thousand_events) {
    client_fixture w(scheme::http);
    auto const client = w.make_client();
    constexpr std::size_t count = 100'000;
    w.server->enqueue(scripted_reply::events(counted_events(count)));
    request_options options;
    options.keep_completion = false;
    auto stream = open_well(w, client, hello(), options);
    std::size_t early = 0;
    std::size_t late = 0;
    std::size_t seen = 0;
    std::size_t wrong = 0;
    for (bool over = false; !over;) {
        auto const taken = next(w, stream);
        BOOST_TEST_REQUIRE(!taken->ec);
        over = !taken->chunk;
        for (auto chunk = std::move(taken->chunk); chunk; chunk = stream.try_next()) {
            if (seen < count && chunk->text() != std::to_string(seen) + " ") ++wrong;
            ++seen;
            if (seen == 1'000) early = bytes_in_use();
            if (seen == count) late = bytes_in_use();
        }
    }
    BOOST_TEST(seen == count + 1);
    BOOST_TEST(wrong == 0u);
    // The server frees what it has sent, so less is fine.
    BOOST_TEST((late < early + 64 * 1024));
}

BOOST_AUTO_TEST_CASE(a_kept_connection_that_dies_at_once_is_replaced_for_a_stream_too) {
    client_fixture w;
    auto const client = w.make_client();
    ask_well(w, client);
    // The first reply on the kept connection is its end; the request goes out again on a fresh one.
    auto dead = scripted_reply::raw("");
    dead.fault = reply_fault::close;
    w.server->enqueue(dead);
    auto stream = open_well(w, client);
    BOOST_TEST(!read_all(w, stream).ec);
    BOOST_TEST(stream.info().replayed);
    BOOST_TEST(client.stats().replays == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
