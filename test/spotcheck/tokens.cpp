// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/all_tokens.hpp"
#include <async_llm/completion_error.hpp>
#include <async_llm/error.hpp>

#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>

#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;
namespace asio = boost::asio;

// The mock provider echoes what was said, so each result can be distinguished from the others.
asio::awaitable<void> all_awaitable_forms(client& c) {
    using namespace asio::experimental::awaitable_operators;
    auto const plain = co_await c.complete(saying("plain"));
    BOOST_TEST(plain.text() == "plain");
    auto const with_options = co_await c.complete(saying("options"), with_header("X-A", "b"));
    BOOST_TEST(with_options.text() == "options");
    auto const implied = co_await c.async_complete(saying("default token"));
    BOOST_TEST(implied.text() == "default token");
    auto const awaitable = co_await c.async_complete(saying("use_awaitable"), asio::use_awaitable);
    BOOST_TEST(awaitable.text() == "use_awaitable");
    auto const [ec, tuple] = co_await c.async_complete(saying("as_tuple"), asio::as_tuple(asio::deferred));
    BOOST_TEST(!ec);
    BOOST_TEST(tuple.text() == "as_tuple");
    error_code redirected = errc::client_closed;
    auto const response =
        co_await c.async_complete(saying("redirect"), asio::redirect_error(asio::use_awaitable, redirected));
    BOOST_TEST(!redirected);
    BOOST_TEST(response.text() == "redirect");
    auto const [left, right] = co_await (
        c.async_complete(saying("left"), asio::use_awaitable) &&
        c.async_complete(saying("right"), asio::use_awaitable)
    );
    BOOST_TEST(left.text() == "left");
    BOOST_TEST(right.text() == "right");
}

asio::awaitable<void> all_awaitable_forms_of_endpoints(client& c) {
    auto const plain = co_await c.post(
        "chat/completions",
        R"({"model":"m","messages":[{"role":"user","content":"plain"}]})"
    );
    BOOST_TEST(plain.text().find("plain") != std::string::npos);
    std::string const body = R"({"model":"m","messages":[{"role":"user","content":"again"}]})";
    auto const with_options = co_await c.post("chat/completions", body, with_header("X-A", "b"));
    BOOST_TEST(with_options.status() == 200);
    auto const implied = co_await c.async_post("/chat/completions", body);
    BOOST_TEST(implied.text().find("again") != std::string::npos);
    auto const [ec, tuple] = co_await c.async_post("chat/completions", body, asio::as_tuple(asio::deferred));
    BOOST_TEST(!ec);
    BOOST_TEST(tuple.text().find("again") != std::string::npos);
    auto const [refused, nothing] =
        co_await c.async_get("../x", with_header("X-A", "b"), asio::as_tuple(asio::use_awaitable));
    BOOST_TEST((refused == errc::invalid_request));
    BOOST_TEST(nothing.text().empty());
}

asio::awaitable<void> a_group(client& c) {
    using operation = decltype(c.async_complete(saying("")));
    std::vector<operation> operations;
    for (int i = 0; i < 20; ++i) operations.push_back(c.async_complete(saying(std::to_string(i))));
    auto group = asio::experimental::make_parallel_group(std::move(operations));
    auto const [order, errors, responses] =
        co_await group.async_wait(asio::experimental::wait_for_all(), asio::use_awaitable);
    BOOST_TEST(order.size() == 20u);
    for (std::size_t i = 0; i < responses.size(); ++i) {
        BOOST_TEST(!errors[i]);
        BOOST_TEST(responses[i].text() == std::to_string(i));
    }
}

asio::awaitable<void> a_race_with_a_timer(client& c) {
    using namespace asio::experimental::awaitable_operators;
    asio::steady_timer timer(c.get_executor(), std::chrono::milliseconds(50));
    auto const result = co_await (
        c.async_complete(saying("late"), asio::use_awaitable) || timer.async_wait(asio::use_awaitable)
    );
    BOOST_TEST(result.index() == 1u);
    BOOST_TEST(c.stats().calls_in_flight == 0u);
}

asio::awaitable<void> a_throw(client& c) {
    error_code caught;
    try {
        co_await c.complete(chat_request("a-model"));
    } catch (completion_error const& e) {
        caught = e.code();
    }
    BOOST_TEST(caught == errc::invalid_request);
}

} // namespace

BOOST_AUTO_TEST_SUITE(tokens)

BOOST_FIXTURE_TEST_CASE(every_awaitable_form_works, calling_fixture) { run(all_awaitable_forms(c)); }

BOOST_FIXTURE_TEST_CASE(every_awaitable_form_works_for_endpoints, calling_fixture) {
    run(all_awaitable_forms_of_endpoints(c));
}

BOOST_FIXTURE_TEST_CASE(a_ranged_parallel_group_works, calling_fixture) { run(a_group(c)); }

BOOST_FIXTURE_TEST_CASE(losing_a_race_cancels_the_call, calling_fixture) {
    auto late = testing::scripted_reply::completion("late");
    late.latency = patience;
    server->enqueue(late);
    run(a_race_with_a_timer(c));
}

BOOST_FIXTURE_TEST_CASE(complete_throws_a_completion_error, calling_fixture) { run(a_throw(c)); }

BOOST_FIXTURE_TEST_CASE(a_callback_works, calling_fixture) {
    std::string text;
    c.async_complete(saying("callback"), [&](error_code ec, chat_response response) {
        BOOST_TEST(!ec);
        text = response.text();
    });
    run_until([&] { return !text.empty(); });
    BOOST_TEST(text == "callback");
}

BOOST_FIXTURE_TEST_CASE(a_deferred_operation_is_a_value_that_starts_when_called, calling_fixture) {
    auto operation = c.async_complete(saying("deferred"), asio::deferred);
    BOOST_TEST(c.stats().calls_in_flight == 0u);
    std::string text;
    std::move(operation)([&](error_code, chat_response response) { text = response.text(); });
    BOOST_TEST(c.stats().calls_in_flight == 1u);
    run_until([&] { return !text.empty(); });
    BOOST_TEST(text == "deferred");
}

BOOST_FIXTURE_TEST_CASE(a_future_works, calling_fixture) {
    auto future = c.async_complete(saying("future"), asio::use_future);
    auto failing = c.async_complete(chat_request("a-model"), asio::use_future);
    run_until([&] { return is_ready(future) && is_ready(failing); });
    BOOST_TEST(future.get().text() == "future");
    BOOST_CHECK_THROW(failing.get(), boost::system::system_error);
}

BOOST_AUTO_TEST_SUITE_END()
