// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/costly_replies.hpp"
#include "support/streams/streams.hpp"

#include <boost/asio/error.hpp>

#include <optional>
#include <string>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;

/// A fixture whose clients have this cap of tokens.
struct capped_fixture : client_fixture {
    explicit capped_fixture(std::int64_t tokens) : client_fixture(scheme::http) {
        config.spending = most_tokens(tokens);
    }
};

request_options not_kept() {
    request_options result;
    result.keep_completion = false;
    return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(stream_spending)

BOOST_AUTO_TEST_CASE(a_stream_spends_what_its_last_event_says) {
    for (bool const kept : {true, false}) {
        capped_fixture w(1'000);
        w.server->enqueue(streamed_costing(100, 0.5));
        auto const client = w.make_client();
        auto stream = open_well(w, client, hello(), kept ? request_options() : not_kept());
        BOOST_TEST(client.stats().reserved.calls == 1);
        BOOST_TEST(client.stats().spent.calls == 0);
        auto const all = read_all(w, stream);
        BOOST_TEST(!all.ec);
        BOOST_TEST(client.stats().spent.total_tokens == 100);
        BOOST_TEST(client.stats().spent.cost == 0.5);
        BOOST_TEST(client.stats().spent.calls == 1);
        BOOST_TEST(client.stats().reserved.total_tokens == 0);
        w.finish();
    }
}

BOOST_AUTO_TEST_CASE(a_stream_beyond_the_cap_is_not_opened) {
    capped_fixture w(100);
    w.server->enqueue(streamed_costing(100));
    auto const client = w.make_client();
    auto stream = open_well(w, client);
    auto const waiting = start_stream(client);
    w.run_until([&] { return client.stats().limited == 1 || waiting->done; });
    BOOST_TEST(!waiting->done);
    read_all(w, stream);
    w.run_until([&] { return waiting->done; });
    BOOST_TEST(waiting->ec == errc::spending_limit_reached);
    BOOST_TEST(waiting->stream.info().detail.find("100 of 100 are spent") != std::string::npos);
    BOOST_TEST(w.server->request_count() == 1U);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_stream_that_is_left_costs_the_average) {
    capped_fixture w(1'000);
    auto endless = streamed_costing(0);
    endless.parts.back().delay = patience;
    w.server->enqueue({streamed_costing(100, 0.5), endless, endless});
    auto const client = w.make_client();
    auto first = open_well(w, client);
    read_all(w, first);
    auto second = open_well(w, client);
    BOOST_TEST(next(w, second)->chunk.has_value());
    {
        auto const dropped = std::move(second);
    }
    w.run_until([&] { return client.stats().reserved.total_tokens == 0; });
    BOOST_TEST(client.stats().spent.total_tokens == 200);
    BOOST_TEST(client.stats().spent.cost == 1.0);
    // Cancelled while nothing is asked of it.
    auto third = open_well(w, client);
    third.cancel();
    w.run_until([&] { return client.stats().reserved.total_tokens == 0; });
    BOOST_TEST(client.stats().spent.calls == 3);
    BOOST_TEST(client.stats().spent.total_tokens == 300);
    w.finish();
}

BOOST_AUTO_TEST_CASE(an_event_that_ends_the_stream_with_an_error_says_what_it_took) {
    capped_fixture w(1'000);
    w.server->enqueue(testing::scripted_reply::events(
        {says("Hi"),
         event(R"({"id":"gen-1","object":"chat.completion.chunk","created":1,"model":"m",)"
               R"("choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}],)"
               R"("error":{"code":502,"message":"Upstream failed"},)"
               R"("usage":{"prompt_tokens":30,"completion_tokens":4,"total_tokens":34}})")}
    ));
    auto const client = w.make_client();
    auto stream = open_well(w, client);
    BOOST_TEST(!!read_all(w, stream).ec);
    BOOST_TEST(client.stats().spent.total_tokens == 34);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_stream_that_is_refused_costs_nothing) {
    capped_fixture w(1'000);
    w.server->enqueue(testing::scripted_reply::error(400, "No"));
    auto const client = w.make_client();
    BOOST_TEST((open_stream(w, client)->ec == make_http_error(400)));
    BOOST_TEST(client.stats().spent.total_tokens == 0);
    BOOST_TEST(client.stats().spent.calls == 1);
    BOOST_TEST(client.stats().reserved.total_tokens == 0);
    w.finish();
}

BOOST_AUTO_TEST_SUITE_END()
