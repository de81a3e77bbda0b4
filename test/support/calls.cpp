// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "support/calls.hpp"

#include <async_llm/completion_error.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>

namespace async_llm::test {

call_ptr start(client const& from, chat_request request, request_options options) {
    auto result = std::make_shared<call>();
    from.async_complete(
        std::move(request),
        std::move(options),
        asio::bind_cancellation_slot(
            result->cancel.slot(),
            [result](error_code ec, chat_response response) {
                BOOST_TEST(!result->done);
                result->ec = ec;
                result->response = std::move(response);
                result->done = true;
            }
        )
    );
    return result;
}

std::vector<call_ptr> start_many(client const& from, std::size_t count) {
    std::vector<call_ptr> calls;
    for (std::size_t i = 0; i < count; ++i) calls.push_back(start(from, saying(std::to_string(i))));
    return calls;
}

void finish(world& w, std::vector<call_ptr> const& calls) {
    w.run_until([&calls] {
        return std::all_of(calls.begin(), calls.end(), [](auto const& each) { return each->done; });
    });
}

call_ptr ask(world& w, client const& from, chat_request request, request_options options) {
    auto result = start(from, std::move(request), std::move(options));
    w.run_until([&result] { return result->done; });
    return result;
}

call_ptr ask_well(world& w, client const& from) {
    auto result = ask(w, from);
    require_success(*result);
    return result;
}

void require_success(call const& c) {
    BOOST_REQUIRE_MESSAGE(c.done && !c.ec, describe(c.ec, c.response));
    BOOST_TEST(to_string(c.info().phase) == "finished");
    BOOST_TEST(c.info().detail == "");
    BOOST_TEST(c.response.error.empty());
}

void check_failure(call const& c, error_code expected, phase where) {
    auto const line = describe(c.ec, c.response);
    BOOST_CHECK_MESSAGE(c.ec == expected, line + " instead of " + expected.message());
    BOOST_TEST(to_string(c.info().phase) == to_string(where));
    BOOST_TEST(c.info().detail != "");
    BOOST_TEST(line.find("test-key") == std::string::npos);
}

void check_detail(call const& c, std::string_view part) {
    BOOST_CHECK_MESSAGE(
        c.info().detail.find(part) != std::string::npos,
        '"' + c.info().detail + "\" lacks " + std::string(part)
    );
}

void await_no_connections(world& w) {
    w.run_until([&w] { return w.server->stats().connections_open == 0; });
}

void let_pass(world& w, std::chrono::milliseconds time) {
    asio::steady_timer timer(w.io, time);
    bool over = false;
    timer.async_wait([&over](error_code) { over = true; });
    w.run_until([&over] { return over; });
}

chat_request saying(std::string text) {
    return chat_request("meta-llama/Llama-3.3-70B-Instruct-Turbo").user(std::move(text));
}

testing::scripted_reply with_field(testing::scripted_reply reply, std::string name, std::string value) {
    reply.headers.emplace_back(std::move(name), std::move(value));
    return reply;
}

} // namespace async_llm::test
