// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "support/describe.hpp"
#include "support/streams.hpp"
#include <async_llm/completion_error.hpp>

#include <string>
#include <utility>
#include <vector>

// Streams that are read into one chunk of the caller's.

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using testing::scripted_reply;

constexpr auto broken_event =
    R"({"id":"c-1","choices":[{"index":0,"delta":{"content":"last"}}],"error":{"message":"upstream is gone","code":502}})";

std::string empty() { return describe(chat_chunk()); }

asio::awaitable<void> read_by_awaiting(client const& from, std::string& text, std::size_t& count) {
    auto stream = co_await from.stream(hello());
    chat_chunk chunk;
    while (co_await stream.next(chunk)) {
        text += chunk.text();
        ++count;
    }
    BOOST_TEST(describe(chunk) == empty());
    bool const again = co_await stream.next(chunk);
    BOOST_TEST(!again);
}

asio::awaitable<void>
read_to_an_error(client const& from, std::string& text, chat_chunk& chunk, bool& thrown) {
    auto stream = co_await from.stream(hello());
    try {
        while (co_await stream.next(chunk)) text += chunk.text();
    } catch (completion_error const& e) {
        thrown = true;
        BOOST_TEST(e.code() == make_http_error(502));
        BOOST_TEST(e.response().completion.text() == "0 1 last");
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(stream_into)

BOOST_AUTO_TEST_CASE(can_be_awaited_in_a_loop) {
    world w;
    auto const client = w.make_client();
    w.server->enqueue(scripted_reply::events(counted_events(5)));
    std::string text;
    std::size_t count = 0;
    w.run(read_by_awaiting(client, text, count));
    BOOST_TEST(text == counted_text(5));
    BOOST_TEST(count == 6u);
    BOOST_TEST(client.stats().calls_completed == 1u);
}

BOOST_AUTO_TEST_CASE(each_chunk_is_written_over_the_one_before) {
    world w;
    auto const client = w.make_client();
    std::vector<std::string> events;
    for (char c = 'a'; c <= 'z'; ++c) events.push_back(says(std::string(100, c)));
    events.push_back(finishes());
    events.push_back(done());
    auto reply = scripted_reply::events(events);
    // Some are here when they are asked for, others are waited for.
    for (std::size_t i = 0; i < reply.parts.size(); i += 3) reply.parts[i].delay = 2ms;
    w.server->enqueue(reply);
    auto stream = open_well(w, client);
    chat_chunk chunk;
    // The first is read in full, the second by what it has in common with that.
    for (char c = 'a'; c <= 'b'; ++c) {
        BOOST_TEST(next(w, stream, chunk)->more);
        BOOST_TEST(chunk.text() == std::string(100, c));
    }
    auto const* const where = chunk.text().data();
    for (char c = 'c'; c <= 'z'; ++c) {
        BOOST_TEST(next(w, stream, chunk)->more);
        BOOST_TEST(chunk.text() == std::string(100, c));
        BOOST_TEST(static_cast<void const*>(chunk.text().data()) == static_cast<void const*>(where));
    }
    BOOST_TEST(next(w, stream, chunk)->more);
    BOOST_TEST((chunk.choices.at(0).finish_reason == finish_reason::stop));
    auto const end = next(w, stream, chunk);
    BOOST_TEST(!end->ec);
    BOOST_TEST(!end->more);
    BOOST_TEST(describe(chunk) == empty());
}

BOOST_AUTO_TEST_CASE(what_the_caller_does_to_the_chunk_shows_nowhere) {
    world w;
    auto const client = w.make_client();
    std::vector<chat_chunk> kept;
    for (bool const disturbing : {false, true}) {
        w.server->enqueue(scripted_reply::events(counted_events(6)));
        auto stream = open_well(w, client);
        chat_chunk chunk;
        for (std::size_t i = 0; i < 6; ++i) {
            BOOST_TEST(next(w, stream, chunk)->more);
            if (!disturbing) {
                kept.push_back(chunk);
                continue;
            }
            BOOST_TEST(describe(chunk) == describe(kept[i]));
            if (i == 0) auto const taken = std::move(chunk);
            if (i == 1) chunk.choices.clear();
            if (i == 2) chunk.choices.at(0).delta.tool_calls.emplace_back();
            if (i == 3) chunk.extra["x"] = chunk.id = "mine";
            if (i == 4) chunk.usage.emplace();
        }
        BOOST_TEST(!read_all(w, stream).ec);
        BOOST_TEST(stream.completion().text() == counted_text(6));
    }
}

BOOST_AUTO_TEST_CASE(an_error_throws_and_leaves_the_event_that_reported_it) {
    world w;
    auto const client = w.make_client();
    w.server->enqueue(scripted_reply::events({says("0 "), says("1 "), event(broken_event)}));
    std::string text;
    chat_chunk chunk;
    bool thrown = false;
    w.run(read_to_an_error(client, text, chunk, thrown));
    BOOST_TEST(thrown);
    BOOST_TEST(text == "0 1 ");
    BOOST_TEST(chunk.text() == "last");
}

BOOST_AUTO_TEST_CASE(an_error_that_no_event_reported_leaves_nothing) {
    world w;
    auto const client = w.make_client();
    w.server->enqueue(scripted_reply::events({says("half")}));
    auto stream = open_well(w, client);
    chat_chunk chunk;
    BOOST_TEST(next(w, stream, chunk)->more);
    auto const failed = next(w, stream, chunk);
    BOOST_TEST(failed->ec == errc::truncated_response);
    BOOST_TEST(!failed->more);
    BOOST_TEST(describe(chunk) == empty());
    // It stays so, and it is said again.
    chunk.id = "mine";
    BOOST_TEST(next(w, stream, chunk)->ec == errc::truncated_response);
    BOOST_TEST(describe(chunk) == empty());
}

BOOST_AUTO_TEST_CASE(what_is_here_is_taken_without_waiting) {
    world w;
    auto const client = w.make_client();
    w.server->enqueue(
        scripted_reply(200, says("a") + says("b") + says("c") + finishes() + done(), "text/event-stream")
    );
    auto stream = open_well(w, client);
    chat_chunk chunk;
    BOOST_TEST(next(w, stream, chunk)->more);
    auto text = std::string(chunk.text());
    while (stream.try_next(chunk)) text += chunk.text();
    BOOST_TEST(text == "abc");
    BOOST_TEST(!next(w, stream, chunk)->more);
    BOOST_TEST(!stream.try_next(chunk));
}

BOOST_AUTO_TEST_CASE(one_operation_at_a_time) {
    world w;
    auto const client = w.make_client();
    auto reply = scripted_reply::events({says("late"), finishes(), done()});
    reply.parts.front().delay = 100ms;
    w.server->enqueue(reply);
    auto stream = open_well(w, client);
    chat_chunk chunk;
    chat_chunk other;
    auto const first = start_next(stream, chunk);
    auto const second = start_next(stream, other);
    BOOST_TEST(!stream.try_next(other));
    w.run_until([&] { return second->done; });
    BOOST_TEST(second->ec == errc::operation_in_progress);
    BOOST_TEST(!first->done);
    w.run_until([&] { return first->done; });
    BOOST_TEST(first->more);
    BOOST_TEST(chunk.text() == "late");
    BOOST_TEST(describe(other) == empty());
}

BOOST_AUTO_TEST_CASE(what_ends_a_stream_ends_who_waits_for_it) {
    enum class how { signal, cancel, destroy, move };
    for (auto const end : {how::signal, how::cancel, how::destroy, how::move}) {
        world w;
        auto const client = w.make_client();
        auto reply = scripted_reply::events({says("a"), says("never")});
        reply.parts.back().delay = patience;
        w.server->enqueue(reply);
        auto stream = open_well(w, client);
        chat_chunk chunk;
        BOOST_TEST(next(w, stream, chunk)->more);
        auto const waiting = start_next(stream, chunk);
        let_pass(w, 10ms);
        BOOST_TEST(!waiting->done);
        switch (end) {
        case how::signal: waiting->cancel.emit(asio::cancellation_type::total); break;
        case how::cancel: stream.cancel(); break;
        case how::destroy: stream = chat_stream(); break;
        case how::move: {
            auto other = std::move(stream);
            break;
        }
        }
        w.run_until([&] { return waiting->done; });
        BOOST_TEST(waiting->ec == asio::error::operation_aborted);
        BOOST_TEST(describe(chunk) == empty());
        await_no_connections(w);
    }
}

BOOST_AUTO_TEST_SUITE_END()
