// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// The expressions that users write with streams, by every completion token, and in the shapes in which g++ 12
// is known to destroy temporaries twice: worth something under AddressSanitizer.

#include "support/fixtures/all_tokens.hpp"
#include "support/streams/streams.hpp"
#include <async_llm/completion_error.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;
namespace asio = boost::asio;

asio::awaitable<std::string> rest_of(chat_stream stream) {
    std::string text;
    while (auto chunk = co_await stream.next()) text += chunk->text();
    co_return text;
}

asio::awaitable<void> all_ways_to_open(client& c) {
    auto plain = co_await c.stream(saying("plain"));
    BOOST_TEST(co_await rest_of(std::move(plain)) == "plain");
    BOOST_TEST(co_await rest_of(co_await c.stream(saying(long_text()))) == long_text());
    auto with_options = co_await c.stream(
        chat_request("m").system(long_text()).user(long_text()),
        with_header("X-Long", long_text())
    );
    BOOST_TEST(co_await rest_of(std::move(with_options)) == long_text());
    auto implied = co_await c.async_stream(saying("implied"));
    BOOST_TEST(co_await rest_of(std::move(implied)) == "implied");
    auto awaitable = co_await c.async_stream(saying("use_awaitable"), asio::use_awaitable);
    BOOST_TEST(co_await rest_of(std::move(awaitable)) == "use_awaitable");
    auto [ec, tuple] = co_await c.async_stream(saying("as_tuple"), asio::as_tuple(asio::deferred));
    BOOST_TEST(!ec);
    BOOST_TEST(co_await rest_of(std::move(tuple)) == "as_tuple");
    BOOST_TEST((co_await (co_await c.stream(saying("collect"))).collect()).text() == "collect");
}

asio::awaitable<void> all_ways_to_take(client& c) {
    auto stream = co_await c.stream(saying("a b c d e f g h i j"));
    auto one = co_await stream.async_next();
    BOOST_TEST(one.has_value());
    auto two = co_await stream.async_next(asio::use_awaitable);
    BOOST_TEST(two.has_value());
    auto [ec, three] = co_await stream.async_next(asio::as_tuple(asio::deferred));
    BOOST_TEST(!ec);
    BOOST_TEST(three.has_value());
    error_code redirected = errc::client_closed;
    auto four = co_await stream.async_next(asio::redirect_error(asio::use_awaitable, redirected));
    BOOST_TEST(!redirected);
    BOOST_TEST(four.has_value());
    auto const all = co_await stream.async_collect(asio::use_awaitable);
    BOOST_TEST(all.text() == "a b c d e f g h i j");
}

asio::awaitable<void> all_ways_to_fill(client& c) {
    auto stream = co_await c.stream(saying("a b c d e f g h i j"));
    chat_chunk chunk;
    BOOST_TEST(co_await stream.next(chunk));
    bool const two = co_await stream.async_next(chunk);
    BOOST_TEST(two);
    BOOST_TEST(co_await stream.async_next(chunk, asio::use_awaitable));
    auto [ec, three] = co_await stream.async_next(chunk, asio::as_tuple(asio::deferred));
    BOOST_TEST(!ec);
    BOOST_TEST(three);
    error_code redirected = errc::client_closed;
    auto four = co_await stream.async_next(chunk, asio::redirect_error(asio::use_awaitable, redirected));
    BOOST_TEST(!redirected);
    BOOST_TEST(four);
    auto const all = co_await stream.collect();
    BOOST_TEST(all.text() == "a b c d e f g h i j");
    BOOST_TEST(!co_await stream.next(chunk));
}

asio::awaitable<void> a_group(client& c) {
    using operation = decltype(c.async_stream(saying("")));
    std::vector<operation> operations;
    for (int i = 0; i < 10; ++i) operations.push_back(c.async_stream(saying(std::to_string(i))));
    auto group = asio::experimental::make_parallel_group(std::move(operations));
    auto [order, errors, streams] =
        co_await group.async_wait(asio::experimental::wait_for_all(), asio::use_awaitable);
    for (std::size_t i = 0; i < streams.size(); ++i) {
        BOOST_TEST(!errors[i]);
        auto const text = co_await rest_of(std::move(streams[i]));
        BOOST_TEST(text == std::to_string(i));
    }
}

asio::awaitable<void> a_race_with_a_timer(client& c) {
    using namespace asio::experimental::awaitable_operators;
    auto stream = co_await c.stream(saying("late"));
    asio::steady_timer timer(c.get_executor(), std::chrono::milliseconds(50));
    auto const result =
        co_await (stream.async_next(asio::use_awaitable) || timer.async_wait(asio::use_awaitable));
    BOOST_TEST(result.index() == 1u);
    error_code caught;
    try {
        co_await stream.next();
    } catch (completion_error const& e) {
        caught = e.code();
    }
    BOOST_TEST(caught == asio::error::operation_aborted);
}

asio::awaitable<void> a_refusal(client& c) {
    error_code caught;
    try {
        auto stream = co_await c.stream(chat_request("m"));
    } catch (completion_error const& e) {
        caught = e.code();
        BOOST_TEST(std::string(e.what()).find("messages") != std::string::npos);
    }
    BOOST_TEST(caught == errc::invalid_request);
}

} // namespace

BOOST_AUTO_TEST_SUITE(stream_tokens)

BOOST_FIXTURE_TEST_CASE(streams_open_by_every_awaitable_form, calling_fixture) { run(all_ways_to_open(c)); }

BOOST_FIXTURE_TEST_CASE(chunks_are_taken_by_every_awaitable_form, calling_fixture) {
    run(all_ways_to_take(c));
}

BOOST_FIXTURE_TEST_CASE(a_chunk_is_filled_by_every_awaitable_form, calling_fixture) {
    run(all_ways_to_fill(c));
}

BOOST_FIXTURE_TEST_CASE(a_parallel_group_of_streams_works, calling_fixture) { run(a_group(c)); }

BOOST_FIXTURE_TEST_CASE(losing_a_race_ends_the_stream, calling_fixture) {
    auto reply = testing::scripted_reply::events({says("late")});
    reply.body = ": wait\n\n";
    reply.parts.front().delay = patience;
    server->enqueue(reply);
    run(a_race_with_a_timer(c));
    await_no_connections(*this);
}

BOOST_FIXTURE_TEST_CASE(stream_throws_a_completion_error, calling_fixture) { run(a_refusal(c)); }

BOOST_FIXTURE_TEST_CASE(futures_work, calling_fixture) {
    auto opened = c.async_stream(saying("future"), asio::use_future);
    run_until([&] { return is_ready(opened); });
    auto stream = opened.get();
    auto first = stream.async_next(asio::use_future);
    run_until([&] { return is_ready(first); });
    BOOST_TEST(first.get().has_value());
    chat_chunk chunk;
    auto second = stream.async_next(chunk, asio::use_future);
    run_until([&] { return is_ready(second); });
    BOOST_TEST(second.get());
    auto rest = stream.async_collect(asio::use_future);
    run_until([&] { return is_ready(rest); });
    BOOST_TEST(rest.get().text() == "future");
    auto failing = c.async_stream(chat_request("m"), asio::use_future);
    run_until([&] { return is_ready(failing); });
    BOOST_CHECK_THROW(failing.get(), boost::system::system_error);
}

BOOST_FIXTURE_TEST_CASE(handlers_of_a_stream_run_on_their_own_executor, calling_fixture) {
    auto const strand = asio::make_strand(io);
    chat_stream stream;
    bool done = false;
    c.async_stream(saying("x"), asio::bind_executor(strand, [&](error_code ec, chat_stream s) {
                       BOOST_TEST(!ec);
                       BOOST_TEST(strand.running_in_this_thread());
                       stream = std::move(s);
                       done = true;
                   }));
    run_until([&] { return done; });
    for (done = false; !done;) {
        bool taken = false;
        stream.async_next(asio::bind_executor(strand, [&](error_code ec, std::optional<chat_chunk> chunk) {
            BOOST_TEST(!ec);
            BOOST_TEST(strand.running_in_this_thread());
            taken = true;
            done = !chunk;
        }));
        BOOST_TEST(!taken);
        run_until([&] { return taken; });
    }
}

BOOST_AUTO_TEST_SUITE_END()
