// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/streams/streams.hpp"
#include <async_llm/completion_error.hpp>

#include <boost/json/parse.hpp>

#include <string>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using testing::scripted_reply;

boost::json::object sent_body(client_fixture& w) {
    return boost::json::parse(w.server->last_request().body).as_object();
}

asio::awaitable<void> collect_by_awaiting(client const& from, chat_response& into) {
    auto stream = co_await from.stream(hello());
    into = co_await stream.collect();
}

asio::awaitable<void> collect_to_an_error(client const& from, bool& thrown) {
    auto stream = co_await from.stream(hello());
    try {
        co_await stream.collect();
    } catch (completion_error const& e) {
        thrown = true;
        BOOST_TEST(e.code() == errc::truncated_response);
        BOOST_TEST(e.response().completion.text() == "half an ");
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(stream)

BOOST_AUTO_TEST_CASE(brings_every_chunk_in_order_and_then_the_end) {
    client_fixture w;
    auto const client = w.make_client();
    w.server->enqueue(scripted_reply::events(counted_events(20)));
    auto stream = open_well(w, client);
    BOOST_TEST(stream.info().status == 200);
    // Over HTTP/2 a short one may be complete already.
    if (!over_http2()) BOOST_TEST(to_string(stream.info().phase) == "reading");
    auto const all = read_all(w, stream);
    BOOST_TEST(!all.ec);
    BOOST_TEST(all.text == counted_text(20));
    BOOST_TEST_REQUIRE(all.chunks.size() == 21u);
    BOOST_TEST((all.chunks.back().choices.front().finish_reason == finish_reason::stop));
    BOOST_TEST(to_string(stream.info().phase) == "finished");
    BOOST_TEST(stream.completion().text() == counted_text(20));
    BOOST_TEST((stream.info().timings.first_content > stream.info().timings.write));
    // The end stays the end.
    auto const again = next(w, stream);
    BOOST_TEST(!again->ec);
    BOOST_TEST(!again->chunk.has_value());
    BOOST_TEST(!stream.try_next().has_value());
    auto const stats = client.stats();
    BOOST_TEST(stats.calls_completed == 1u);
    BOOST_TEST(stats.calls_in_flight == 0u);
    BOOST_TEST(stats.connections_idle == 1u);
}

BOOST_AUTO_TEST_CASE(understands_each_providers_way_to_stream) {
    using testing::provider_dialect;
    std::string const text = "The quick brown fox jumps over the lazy dog.";
    for (auto const dialect :
         {provider_dialect::openai, provider_dialect::openrouter, provider_dialect::aimlapi}) {
        client_fixture w(scheme::https, testing::mock_options(dialect));
        auto const client = w.make_client();
        w.server->respond_with([&](testing::received_request const&) { return scripted_reply::stream(text); }
        );
        auto stream = open_well(w, client);
        auto const all = read_all(w, stream);
        BOOST_TEST(!all.ec);
        BOOST_TEST(all.text == text);
        BOOST_TEST(all.chunks.size() > 3u);
        auto const& whole = stream.completion();
        BOOST_TEST_REQUIRE(whole.usage.has_value());
        BOOST_TEST(whole.usage->completion_tokens > 0);
        BOOST_TEST((whole.choices.at(0).finish_reason == finish_reason::stop));
    }
}

BOOST_AUTO_TEST_CASE(asks_for_a_stream_and_for_its_usage_where_the_provider_wants_to_be_asked) {
    client_fixture w;
    w.endpoint.dialect = provider::openai("x").dialect;
    {
        auto const client = w.make_client();
        auto stream = open_well(w, client);
        auto const body = sent_body(w);
        BOOST_TEST(body.at("stream").as_bool());
        BOOST_TEST(body.at("stream_options").at("include_usage").as_bool());
        BOOST_TEST(w.server->last_request().streaming());
    }
    w.endpoint.dialect = provider::openrouter("x").dialect;
    auto const client = w.make_client();
    auto stream = open_well(w, client);
    BOOST_TEST(!sent_body(w).contains("stream_options"));
    auto request = hello();
    request.include_usage = false;
    auto other = open_well(w, client, request);
    BOOST_TEST(!sent_body(w).at("stream_options").at("include_usage").as_bool());
    request.include_usage.reset();
    request.extra["stream"] = false;
    auto const refused = open_stream(w, client, request);
    BOOST_TEST(refused->ec == errc::invalid_request);
    BOOST_TEST(refused->stream.info().detail.find("stream") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_thousand_streams_in_a_row_use_one_connection) {
    client_fixture w;
    auto const client = w.make_client();
    for (int i = 0; i < 1000; ++i) {
        auto const text = "stream number " + std::to_string(i);
        auto stream = open_well(w, client, saying(text));
        auto const all = read_all(w, stream);
        BOOST_TEST_REQUIRE(!all.ec);
        BOOST_TEST_REQUIRE(all.text == text);
    }
    BOOST_TEST(client.stats().connections_opened == 1u);
    BOOST_TEST(w.server->stats().connections_accepted == 1u);
}

BOOST_AUTO_TEST_CASE(waits_a_little_for_the_end_of_the_body_so_that_the_connection_lives_on) {
    client_fixture w;
    auto const client = w.make_client();
    auto reply = scripted_reply::events({says("a"), finishes(), done(), ": bye\n\n"});
    reply.parts.back().delay = 20ms;
    w.server->enqueue(reply);
    auto stream = open_well(w, client);
    BOOST_TEST(read_all(w, stream).text == "a");
    auto other = open_well(w, client);
    BOOST_TEST(!read_all(w, other).ec);
    BOOST_TEST(client.stats().connections_opened == 1u);
}

BOOST_AUTO_TEST_CASE(does_not_wait_long_for_a_body_that_does_not_end) {
    client_fixture w;
    auto const client = w.make_client();
    auto reply = scripted_reply::events({says("a"), finishes(), done(), ": bye\n\n"});
    reply.parts.back().delay = patience;
    w.server->enqueue(reply);
    auto stream = open_well(w, client);
    auto const all = read_all(w, stream);
    BOOST_TEST(!all.ec);
    BOOST_TEST(all.text == "a");
    await_no_connections(w);
}

BOOST_AUTO_TEST_CASE(an_end_that_was_read_already_waits_for_nothing) {
    for (bool const collecting : {false, true}) {
        client_fixture w;
        auto const client = w.make_client();
        auto reply = scripted_reply::events({says("a") + finishes() + done(), ": bye\n\n"});
        reply.parts.back().delay = patience;
        w.server->enqueue(reply);
        auto stream = open_well(w, client);
        BOOST_TEST(next(w, stream)->chunk->text() == "a");
        BOOST_TEST(stream.try_next().has_value());
        // By now it waits for more of the body, as for any stream whose reader takes its time.
        let_pass(w, 50ms);
        bool ended = false;
        auto const end = [&](error_code ec) {
            BOOST_TEST(!ec);
            ended = true;
        };
        if (collecting)
            stream.async_collect([&](error_code ec, chat_response const&) { end(ec); });
        else
            stream.async_next([&](error_code ec, std::optional<chat_chunk> const& chunk) {
                BOOST_TEST(!chunk.has_value());
                end(ec);
            });
        w.run_until([&] { return ended; });
        BOOST_TEST(client.stats().calls_completed == 1u);
    }
}

BOOST_AUTO_TEST_CASE(does_not_swallow_an_endless_body_behind_the_end, *http1_only()) {
    client_fixture w;
    auto const client = w.make_client();
    std::vector<std::string> events{says("a"), finishes(), done()};
    for (int i = 0; i < 64; ++i) events.push_back(":" + std::string(16 * 1024, 'x') + "\n\n");
    w.server->enqueue(scripted_reply::events(events));
    auto stream = open_well(w, client);
    BOOST_TEST(!read_all(w, stream).ec);
    BOOST_TEST(client.stats().connections_idle == 0u);
    await_no_connections(w);
}

BOOST_AUTO_TEST_CASE(reads_nothing_while_nobody_asks) {
    client_fixture w;
    auto const client = w.make_client();
    // More than the buffers of both sockets hold.
    std::string const long_text(64 * 1024, 'x');
    std::vector<std::string> events;
    for (int i = 0; i < 400; ++i) events.push_back(says(long_text));
    events.push_back(finishes());
    events.push_back(done());
    w.server->enqueue(scripted_reply::events(events));
    request_options options;
    options.keep_completion = false;
    auto stream = open_well(w, client, hello(), options);
    auto const before = bytes_in_use();
    let_pass(w, 300ms);
    BOOST_TEST(w.server->stats().replies_sent == 0u);
    auto const after = bytes_in_use();
    BOOST_TEST((after < before + 1024 * 1024));
    // Nor between one question and the next, when the connection is watched.
    BOOST_TEST(next(w, stream)->chunk.has_value());
    let_pass(w, 300ms);
    BOOST_TEST(w.server->stats().replies_sent == 0u);
    BOOST_TEST((bytes_in_use() < before + 1024 * 1024));
    auto const all = read_all(w, stream);
    BOOST_TEST(!all.ec);
    BOOST_TEST(all.chunks.size() == 400u);
    BOOST_TEST(w.server->stats().replies_sent == 1u);
}

BOOST_AUTO_TEST_CASE(collects_what_the_call_without_streaming_would_have_returned) {
    client_fixture w;
    auto const client = w.make_client();
    auto const plain = ask_well(w, client);
    chat_response collected;
    w.run(collect_by_awaiting(client, collected));
    auto const& a = plain->response.completion;
    auto const& b = collected.completion;
    BOOST_TEST(a.text() == b.text());
    BOOST_TEST(a.object == b.object);
    BOOST_TEST(a.model == b.model);
    BOOST_TEST_REQUIRE(b.choices.size() == a.choices.size());
    BOOST_TEST((a.choices[0].finish_reason == b.choices[0].finish_reason));
    BOOST_TEST((a.choices[0].message.role == b.choices[0].message.role));
    BOOST_TEST_REQUIRE(b.usage.has_value());
    BOOST_TEST(a.usage->total_tokens == b.usage->total_tokens);
    BOOST_TEST(collected.info.status == 200);
    BOOST_TEST(to_string(collected.info.phase) == "finished");
    BOOST_TEST((collected.info.timings.total.count() > 0));
}

BOOST_AUTO_TEST_CASE(collecting_includes_what_was_taken_before) {
    client_fixture w;
    auto const client = w.make_client();
    w.server->enqueue(scripted_reply::events(counted_events(5)));
    auto stream = open_well(w, client);
    BOOST_TEST(next(w, stream)->chunk->text() == "0 ");
    bool done = false;
    stream.async_collect([&](error_code ec, chat_response response) {
        BOOST_TEST(!ec);
        BOOST_TEST(response.text() == counted_text(5));
        done = true;
    });
    w.run_until([&] { return done; });
}

BOOST_AUTO_TEST_CASE(collecting_is_bounded) {
    client_fixture w;
    w.config.max_response_size = 10'000;
    auto const client = w.make_client();
    w.server->enqueue(scripted_reply::events(counted_events(5'000)));
    auto stream = open_well(w, client);
    bool done = false;
    stream.async_collect([&](error_code ec, chat_response response) {
        BOOST_TEST(ec == errc::response_too_large);
        BOOST_TEST(response.text().size() > 1'000u);
        BOOST_TEST(response.info.detail != "");
        done = true;
    });
    w.run_until([&] { return done; });
    await_no_connections(w);
    // One by one they come, however many.
    w.server->enqueue(scripted_reply::events(counted_events(5'000)));
    auto other = open_well(w, client);
    auto const all = read_all(w, other);
    BOOST_TEST(!all.ec);
    BOOST_TEST(all.text == counted_text(5'000));
    done = false;
    other.async_collect([&](error_code ec, chat_response response) {
        BOOST_TEST(ec == errc::response_too_large);
        BOOST_TEST(response.info.detail != "");
        done = true;
    });
    w.run_until([&] { return done; });
}

BOOST_AUTO_TEST_CASE(keeps_nothing_if_it_is_told_so) {
    client_fixture w;
    auto const client = w.make_client();
    w.server->enqueue(scripted_reply::events(counted_events(5)));
    request_options options;
    options.keep_completion = false;
    auto stream = open_well(w, client, hello(), options);
    BOOST_TEST(read_all(w, stream).text == counted_text(5));
    BOOST_TEST(stream.completion().choices.empty());
}

BOOST_AUTO_TEST_CASE(an_error_within_the_stream_comes_after_what_was_received_and_carries_it) {
    client_fixture w;
    auto const client = w.make_client();
    auto const failure =
        event(R"({"id":"c-1","choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}],)"
              R"("error":{"code":502,"message":"upstream is gone"}})");
    w.server->enqueue(scripted_reply::events({says("0 "), says("1 "), failure}));
    auto stream = open_well(w, client);
    auto const all = read_all(w, stream);
    BOOST_TEST(all.text == "0 1 ");
    BOOST_TEST(all.ec == make_http_error(502));
    BOOST_TEST(stream.error().message == "upstream is gone");
    BOOST_TEST(stream.completion().text() == "0 1 ");
    BOOST_TEST(stream.info().detail != "");
    BOOST_TEST(all.last.has_value());
    // The error stays the error.
    BOOST_TEST(next(w, stream)->ec == make_http_error(502));
    BOOST_TEST(!stream.try_next().has_value());
    BOOST_TEST(client.stats().calls_failed == 1u);
}

BOOST_AUTO_TEST_CASE(an_error_while_collecting_carries_what_was_received) {
    client_fixture w;
    auto const client = w.make_client();
    w.server->enqueue(scripted_reply::events({says("half "), says("an ")}));
    bool thrown = false;
    w.run(collect_to_an_error(client, thrown));
    BOOST_TEST(thrown);
}

BOOST_AUTO_TEST_CASE(a_stream_without_a_choice_is_an_error) {
    for (bool const by_chunks : {true, false}) {
        client_fixture w(scheme::http);
        auto const client = w.make_client();
        w.server->enqueue(scripted_reply::events({done()}));
        auto stream = open_well(w, client);
        if (by_chunks) {
            BOOST_TEST((read_all(w, stream).ec == errc::invalid_response));
            continue;
        }
        std::optional<error_code> ended;
        stream.async_collect([&](error_code ec, chat_response const&) { ended = ec; });
        w.run_until([&] { return ended.has_value(); });
        BOOST_TEST(*ended == errc::invalid_response);
    }
}

BOOST_AUTO_TEST_CASE(a_moved_stream_goes_on_with_the_pending_operation) {
    client_fixture w;
    auto const client = w.make_client();
    auto reply = scripted_reply::events({says("late"), finishes(), done()});
    reply.parts.front().delay = 30ms;
    w.server->enqueue(reply);
    auto stream = open_well(w, client);
    auto const pending = start_next(stream);
    chat_stream other = std::move(stream);
    BOOST_TEST(!stream);
    w.run_until([&] { return pending->done; });
    BOOST_TEST(pending->chunk->text() == "late");
    BOOST_TEST(!read_all(w, other).ec);
}

BOOST_AUTO_TEST_CASE(a_shutdown_lets_open_streams_end) {
    client_fixture w;
    auto const client = w.make_client();
    w.server->enqueue(scripted_reply::events(counted_events(3)));
    auto stream = open_well(w, client);
    BOOST_TEST(client.stats().calls_in_flight == 1u);
    bool shut = false;
    client.async_shutdown(patience, [&](error_code ec) {
        BOOST_TEST(!ec);
        shut = true;
    });
    BOOST_TEST(read_all(w, stream).text == counted_text(3));
    w.run_until([&] { return shut; });
    auto const refused = open_stream(w, client);
    BOOST_TEST(refused->ec == errc::client_closed);
}

BOOST_AUTO_TEST_SUITE_END()
