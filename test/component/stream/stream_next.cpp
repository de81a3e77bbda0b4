// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/describe.hpp"
#include "support/streams/streams.hpp"
#include <async_llm/completion_error.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include <array>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

// A chunk at a time: by value, and into a chunk that the caller lends.

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using testing::scripted_reply;
namespace data = boost::unit_test::data;

enum class form { value, lent };
constexpr std::array both_forms{form::value, form::lent};

std::ostream& operator<<(std::ostream& out, form f) { return out << (f == form::lent ? "lent" : "value"); }

std::string empty() { return describe(chat_chunk()); }

asio::awaitable<void> read_values(client const& from, std::string& text, std::size_t& count) {
    auto stream = co_await from.stream(hello());
    while (auto chunk = co_await stream.next()) {
        text += chunk->text();
        ++count;
    }
    auto const after = co_await stream.next();
    BOOST_TEST(!after.has_value());
}

asio::awaitable<void>
read_into(client const& from, chat_chunk& chunk, std::string& text, std::size_t& count) {
    auto stream = co_await from.stream(hello());
    while (co_await stream.next(chunk)) {
        text += chunk.text();
        ++count;
    }
    BOOST_TEST(describe(chunk) == empty());
    bool const again = co_await stream.next(chunk);
    BOOST_TEST(!again);
}

/// Reads streams by awaiting one chunk after the other, and counts them.
struct awaiting_reader {
    explicit awaiting_reader(form f) : how(f) {}

    asio::awaitable<void> read(client const& from) {
        return how == form::lent ? read_into(from, chunk, text, count) : read_values(from, text, count);
    }

    form how;
    chat_chunk chunk;
    std::string text;
    std::size_t count = 0;
};

taking_ptr start_taking(chat_stream& from, form how, chat_chunk& lent) {
    return how == form::lent ? start_next(from, lent) : start_next(from);
}

} // namespace

BOOST_AUTO_TEST_SUITE(stream_next)

BOOST_DATA_TEST_CASE(can_be_awaited_in_a_loop, data::make(both_forms), how) {
    client_fixture w;
    auto const client = w.make_client();
    w.server->enqueue(scripted_reply::events(counted_events(5)));
    awaiting_reader reader(how);
    w.run(reader.read(client));
    BOOST_TEST(reader.text == counted_text(5));
    BOOST_TEST(reader.count == 6u);
    BOOST_TEST(client.stats().calls_completed == 1u);
}

BOOST_DATA_TEST_CASE(an_error_throws_after_what_was_received_and_carries_it, data::make(both_forms), how) {
    client_fixture w;
    auto const client = w.make_client();
    auto const failure =
        event(R"({"id":"c-1","choices":[{"index":0,"delta":{"content":"last"},"finish_reason":"error"}],)"
              R"("error":{"code":502,"message":"upstream is gone"}})");
    w.server->enqueue(scripted_reply::events({says("0 "), says("1 "), failure}));
    awaiting_reader reader(how);
    bool thrown = false;
    try {
        w.run(reader.read(client));
    } catch (completion_error const& e) {
        thrown = true;
        BOOST_TEST(e.code() == make_http_error(502));
        BOOST_TEST(e.error().message == "upstream is gone");
        BOOST_TEST(e.response().completion.text() == "0 1 last");
        BOOST_TEST(e.info().status == 200);
        BOOST_TEST(std::string(e.what()).find("upstream is gone") != std::string::npos);
    }
    BOOST_TEST(thrown);
    BOOST_TEST(reader.text == "0 1 ");
    if (how == form::lent) BOOST_TEST(reader.chunk.text() == "last");
}

BOOST_DATA_TEST_CASE(what_is_here_is_taken_without_waiting, data::make(both_forms), how) {
    client_fixture w;
    auto const client = w.make_client();
    w.server->enqueue(
        scripted_reply(200, says("a") + says("b") + says("c") + finishes() + done(), "text/event-stream")
    );
    auto stream = open_well(w, client);
    chat_chunk chunk;
    BOOST_TEST(next(w, stream, chunk)->more);
    BOOST_TEST(chunk.text() == "a");
    std::string text;
    std::size_t count = 0;
    auto const take = [&] {
        if (how == form::lent) return stream.try_next(chunk);
        auto taken = stream.try_next();
        if (taken) chunk = std::move(*taken);
        return taken.has_value();
    };
    for (; take(); ++count) text += chunk.text();
    BOOST_TEST(text == "bc");
    BOOST_TEST(count == 3u);
    auto const end = next(w, stream);
    BOOST_TEST(!end->ec);
    BOOST_TEST(!end->chunk.has_value());
    BOOST_TEST(!take());
    BOOST_TEST(stream.completion().text() == "abc");
}

BOOST_DATA_TEST_CASE(takes_one_operation_at_a_time, data::make(both_forms), how) {
    client_fixture w;
    auto const client = w.make_client();
    auto reply = scripted_reply::events({says("late"), finishes(), done()});
    reply.parts.front().delay = 100ms;
    w.server->enqueue(reply);
    auto stream = open_well(w, client);
    chat_chunk chunk;
    chat_chunk other;
    auto const first = start_taking(stream, how, chunk);
    auto const second = start_taking(stream, how, other);
    BOOST_TEST(!stream.try_next().has_value());
    BOOST_TEST(!stream.try_next(other));
    w.run_until([&] { return second->done; });
    BOOST_TEST(second->ec == errc::operation_in_progress);
    BOOST_TEST(describe(other) == empty());
    BOOST_TEST(!first->done);
    w.run_until([&] { return first->done; });
    BOOST_TEST(!first->ec);
    if (how == form::value) chunk = first->chunk.value();
    BOOST_TEST(chunk.text() == "late");
    BOOST_TEST(!read_all(w, stream).ec);
}

BOOST_AUTO_TEST_CASE(each_chunk_is_written_over_the_one_before) {
    client_fixture w;
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
    client_fixture w;
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

BOOST_AUTO_TEST_CASE(an_error_that_no_event_reported_leaves_nothing) {
    client_fixture w;
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

BOOST_AUTO_TEST_CASE(what_ends_a_stream_ends_who_waits_for_it) {
    enum class how { signal, cancel, destroy, move };
    for (auto const end : {how::signal, how::cancel, how::destroy, how::move}) {
        client_fixture w;
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
