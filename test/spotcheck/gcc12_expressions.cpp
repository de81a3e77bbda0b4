// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// The expressions that users write, each in the shape in which g++ 12 is known to destroy temporaries twice.
// They are worth something under AddressSanitizer alone.

#include "support/fixtures/all_tokens.hpp"
#include <async_llm/async_llm.hpp>

#include <optional>
#include <string>

namespace {

using namespace async_llm;
using namespace async_llm::test;
namespace asio = boost::asio;

asio::awaitable<void> temporaries(client& c) {
    auto a = co_await c.complete(chat_request(long_text()).user(long_text()));
    BOOST_TEST(a.text() == long_text());
    auto b = co_await c.complete(chat_request("m").add(message::user(long_text())).system(long_text()));
    BOOST_TEST(b.text() == long_text());
    auto d = co_await c.complete(chat_request("m").user(long_text()), with_header("X-Long", long_text()));
    BOOST_TEST(d.text() == long_text());
    auto [ec, e] = co_await c.async_complete(
        chat_request("m").add(message(role::user, long_text())),
        with_header("X-Long", long_text()),
        asio::as_tuple(asio::deferred)
    );
    BOOST_TEST(!ec);
    BOOST_TEST(e.text() == long_text());
    BOOST_TEST((co_await c.complete(chat_request("m").user(long_text()))).text() == long_text());
}

asio::awaitable<void> control_flow(client& c) {
    if ((co_await c.complete(chat_request("m").user(long_text()))).text() != long_text())
        BOOST_ERROR("a condition");
    for (auto const& choice : (co_await c.complete(chat_request("m").user(long_text()))).completion.choices)
        BOOST_TEST(choice.message.content.value() == long_text());
    auto request = chat_request("m").user(long_text());
    auto const copied = co_await c.complete(request);
    auto const moved = co_await c.complete(std::move(request));
    BOOST_TEST(copied.text() == moved.text());
    request = chat_request("m").user("first");
    request.add(message((co_await c.complete(request)).completion.choices.front().message)).user(long_text());
    BOOST_TEST((co_await c.complete(request)).text() == long_text());
}

asio::awaitable<void> client_from_a_temporary(provider endpoint, client_config config) {
    client c(co_await asio::this_coro::executor, std::move(endpoint), std::move(config));
    auto const reply = co_await c.complete(chat_request("m").user(long_text()));
    BOOST_TEST(reply.text() == long_text());
    co_await c.async_shutdown(std::chrono::seconds(5));
}

} // namespace

BOOST_AUTO_TEST_SUITE(gcc12_expressions)

BOOST_FIXTURE_TEST_CASE(temporaries_within_an_awaited_expression, calling_fixture) { run(temporaries(c)); }

BOOST_FIXTURE_TEST_CASE(awaited_expressions_in_control_flow, calling_fixture) { run(control_flow(c)); }

BOOST_FIXTURE_TEST_CASE(a_client_made_within_a_coroutine, client_fixture) {
    run(client_from_a_temporary(endpoint, config));
}

BOOST_AUTO_TEST_SUITE_END()
