// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/costly_replies.hpp"
#include "support/fixtures/tool_turns.hpp"

#include <string>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;

std::vector<tool_call> one_call() {
    std::vector<tool_call> result;
    result.emplace_back("call-1", "a", R"({"x":1})");
    return result;
}

run_tools_options capped(spending_limits caps, bool streaming) {
    run_tools_options result;
    result.spending = std::move(caps);
    result.stream = streaming;
    return result;
}

/// So many turns that ask for a tool, of 15 tokens each.
void ask_often(testing::mock_provider& server, int turns, bool streaming) {
    for (int i = 0; i != turns; ++i)
        server.enqueue(streaming ? streaming_calls(one_call()) : asking_for(one_call()));
}

} // namespace

BOOST_AUTO_TEST_SUITE(run_tools_spending)

BOOST_AUTO_TEST_CASE(a_turn_that_does_not_fit_is_not_begun) {
    for (bool const streaming : {false, true}) {
        client_fixture w(scheme::http);
        ask_often(*w.server, 9, streaming);
        auto const client = w.make_client();
        auto const r = use_tools(w, client, repeating_tools(1), capped(most_tokens(50), streaming));
        BOOST_TEST(r->ec == errc::spending_limit_reached);
        BOOST_TEST(r->run.turns == 3);
        BOOST_TEST(w.server->request_count() == 3U);
        BOOST_TEST(r->run.total_usage.total_tokens == 45);
        auto const& detail = r->run.response.info.detail;
        BOOST_TEST(detail == "max_total_tokens: 45 of 50 are spent, and a call takes about 15");
        // The results of the last turn are there to go on with.
        BOOST_TEST((r->run.messages.back().role == role::tool));
        w.finish();
    }
}

BOOST_AUTO_TEST_CASE(a_run_within_its_caps_answers) {
    client_fixture w(scheme::http);
    ask_often(*w.server, 1, false);
    w.server->enqueue(answering("Done."));
    auto const client = w.make_client();
    auto const r = use_tools(w, client, repeating_tools(1), capped(most_calls(2), false));
    BOOST_TEST(!r->ec);
    BOOST_TEST(r->run.text() == "Done.");
    w.finish();
}

BOOST_AUTO_TEST_CASE(what_was_spent_before_counts) {
    client_fixture w(scheme::http);
    auto const client = w.make_client();
    auto caps = most_tokens(100);
    caps.already_spent = spending(0, 90, 6);
    auto const r = use_tools(w, client, repeating_tools(1), capped(caps, false));
    BOOST_TEST(r->ec == errc::spending_limit_reached);
    BOOST_TEST(r->run.turns == 0);
    BOOST_TEST(w.server->request_count() == 0U);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_cap_of_the_client_ends_a_run_as_well) {
    client_fixture w(scheme::http);
    w.config.spending = most_calls(2);
    ask_often(*w.server, 9, false);
    auto const client = w.make_client();
    auto const r = use_tools(w, client, repeating_tools(1));
    BOOST_TEST(r->ec == errc::spending_limit_reached);
    BOOST_TEST(r->run.turns == 2);
    BOOST_TEST(r->run.response.info.detail == "max_calls: 2 of 2 are spent");
    w.finish();
}

BOOST_AUTO_TEST_CASE(caps_that_make_no_sense_are_refused) {
    client_fixture w(scheme::http);
    auto const client = w.make_client();
    auto const r = use_tools(w, client, repeating_tools(1), capped(most_calls(-1), false));
    BOOST_TEST(r->ec == errc::invalid_request);
    BOOST_TEST(r->run.response.info.detail.find("spending.max_calls: ") == 0U);
    w.finish();
}

BOOST_AUTO_TEST_SUITE_END()
