// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/tool_turns.hpp"
#include <async_llm/completion_error.hpp>

#include <boost/asio/error.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <stdexcept>

namespace {

using namespace async_llm;
using namespace async_llm::test;
namespace json = boost::json;

using lines = std::vector<std::string>;

run_tools_options streaming() {
    run_tools_options options;
    options.stream = true;
    return options;
}

std::vector<tool_call> two_calls() {
    return {tool_call("1", "a", R"({"city":"Paris"})"), tool_call("2", "b", R"({"n":2})")};
}

// The steps without the chunks.
lines without_chunks(lines steps) {
    std::erase_if(steps, [](auto const& step) { return step.ends_with("chunk"); });
    return steps;
}

// What happens with this in place of the model's first turn.
running_tools_ptr begin_with(testing::scripted_reply reply, run_tools_options options = streaming()) {
    client_fixture w;
    w.server->enqueue(std::move(reply));
    auto c = w.make_client();
    auto result = use_tools(w, c, repeating_tools(2), std::move(options));
    BOOST_TEST(w.server->request_count() == 1u);
    return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(run_tools_streaming)

BOOST_AUTO_TEST_CASE(a_streamed_run_has_the_same_result_and_shows_its_chunks) {
    client_fixture whole;
    whole.server->enqueue(asking_for(two_calls()));
    whole.server->enqueue(testing::scripted_reply::completion("All is well."));
    auto c = whole.make_client();
    auto const expected = use_tools(whole, c, repeating_tools(2));

    client_fixture w;
    w.server->enqueue(streaming_calls(two_calls()));
    w.server->enqueue(testing::scripted_reply::stream("All is well."));
    auto streamed = w.make_client();
    std::string text;
    auto options = streaming();
    lines steps;
    options.observer = [&](run_step const& step) {
        steps.push_back(test::describe(step));
        if (step.what == run_step::kind::chunk) text += step.chunk->text();
    };
    auto const r = use_tools(w, streamed, repeating_tools(2), options);
    BOOST_REQUIRE_MESSAGE(!r->ec, explain(r->ec, r->run.response));
    BOOST_TEST(r->run.text() == "All is well.");
    BOOST_TEST(text == "All is well.");
    BOOST_TEST(r->run.turns == 2);
    BOOST_TEST(
        describe(r->run.messages) == describe(expected->run.messages),
        boost::test_tools::per_element()
    );
    BOOST_TEST(without_chunks(steps) == expected->steps, boost::test_tools::per_element());
    BOOST_TEST(std::count(steps.begin(), steps.end(), "1 chunk") == 7);
    BOOST_TEST(std::count(steps.begin(), steps.end(), "2 chunk") >= 3);
    BOOST_TEST(r->run.response.info.status == 200);
    BOOST_TEST(received(w, 1).at("stream") == json::value(true));
    BOOST_TEST(received_messages(w, 2) == received_messages(whole, 2), boost::test_tools::per_element());
    BOOST_TEST(streamed.stats().calls_completed == 2u);
    BOOST_TEST(streamed.stats().connections_opened == 1u);
}

BOOST_AUTO_TEST_CASE(the_usage_of_streamed_turns_adds_up) {
    client_fixture w;
    w.server->enqueue(streaming_calls(two_calls()));
    w.server->enqueue(streaming_calls(two_calls()));
    w.server->enqueue(answering("Done."));
    auto c = w.make_client();
    auto const r = use_tools(w, c, repeating_tools(2), streaming());
    // A provider that does not know how to stream is no obstacle.
    BOOST_TEST(!r->ec);
    BOOST_TEST(r->run.text() == "Done.");
    BOOST_TEST(r->run.total_usage.prompt_tokens == 40);
    BOOST_TEST(r->run.total_usage.total_tokens == 52);
}

BOOST_AUTO_TEST_CASE(a_stream_that_breaks_off_ends_the_run) {
    auto broken = streaming_calls(two_calls());
    broken.parts.erase(broken.parts.begin() + 3, broken.parts.end());
    auto const r = begin_with(broken);
    BOOST_TEST(r->ec == errc::truncated_response);
    BOOST_TEST(r->run.turns == 0);
    BOOST_TEST(r->run.messages.size() == 1u);
    BOOST_TEST(r->run.response.info.detail != "");
    // What had come is there to be looked at, and was not acted on.
    BOOST_TEST(r->run.response.tool_calls().size() == 1u);
    BOOST_TEST(std::count(r->steps.begin(), r->steps.end(), "1 chunk") == 3);
    BOOST_TEST(without_chunks(r->steps).empty());
}

BOOST_AUTO_TEST_CASE(a_stream_that_is_refused_ends_the_run) {
    auto const r = begin_with(testing::scripted_reply::error(429, "Slow down"));
    BOOST_TEST(r->ec == condition::rate_limited);
    BOOST_TEST(r->run.response.error.message == "Slow down");
    BOOST_TEST(r->run.response.info.status == 429);
    BOOST_TEST(r->steps.empty());
}

BOOST_AUTO_TEST_CASE(a_stream_without_a_choice_ends_the_run) {
    auto empty = testing::scripted_reply::events({"data: [DONE]\n\n"});
    auto const r = begin_with(empty);
    BOOST_TEST(r->ec == errc::invalid_response);
    BOOST_TEST(r->run.response.info.detail != "");
}

BOOST_AUTO_TEST_CASE(a_stream_longer_than_the_limit_ends_the_run) {
    auto options = streaming();
    options.request.max_response_size = 30;
    auto const r = begin_with(streaming_calls(two_calls()), options);
    BOOST_TEST(r->ec == errc::response_too_large);
    BOOST_TEST(r->run.response.info.detail != "");
}

BOOST_AUTO_TEST_CASE(an_observer_that_throws_at_a_chunk_ends_the_run) {
    auto options = streaming();
    int seen = 0;
    options.observer = [&](run_step const&) {
        if (++seen == 3) throw std::runtime_error("enough");
    };
    auto const r = begin_with(streaming_calls(two_calls()), options);
    BOOST_TEST(r->ec == boost::system::errc::state_not_recoverable);
    BOOST_TEST(bool(r->run.exception));
    BOOST_TEST(seen == 3);
    BOOST_TEST(r->run.turns == 0);
}

BOOST_AUTO_TEST_CASE(a_signal_cancels_a_stream_in_flight) {
    client_fixture w;
    auto slow = streaming_calls(two_calls());
    slow.parts.back().delay = patience;
    w.server->enqueue(slow);
    auto c = w.make_client();
    auto const r = start_tools(c, repeating_tools(2), streaming());
    w.run_until([&] { return r->steps.size() == 7; });
    r->cancel.emit(asio::cancellation_type::terminal);
    w.run_until([&] { return r->done; });
    BOOST_TEST(r->ec == asio::error::operation_aborted);
    BOOST_TEST(r->run.response.tool_calls().size() == 2u);
    w.run_until([&] { return c.stats().calls_in_flight == 0 && c.stats().connections_in_use == 0; });
}

BOOST_AUTO_TEST_CASE(the_loop_may_be_destroyed_in_the_middle_of_a_stream) {
    client_fixture w;
    auto slow = streaming_calls(two_calls());
    slow.parts.back().delay = patience;
    w.server->enqueue(slow);
    auto c = w.make_client();
    auto const r = start_tools(c, repeating_tools(2), streaming());
    w.run_until([&] { return r->steps.size() == 7; });
    BOOST_TEST(!r->done);
}

BOOST_AUTO_TEST_SUITE_END()
