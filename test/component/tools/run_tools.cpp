// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/tool_turns.hpp"
#include <async_llm/completion_error.hpp>

#include <boost/asio/as_tuple.hpp>

#include <algorithm>

namespace {

using namespace async_llm;
using namespace async_llm::test;
namespace json = boost::json;

using lines = std::vector<std::string>;

void require_answer(running_tools const& r, std::string_view text) {
    BOOST_REQUIRE_MESSAGE(!r.ec, explain(r.ec, r.run.response));
    BOOST_TEST(r.run.text() == text);
    BOOST_TEST(!r.run.exception);
    BOOST_TEST(r.run.response.info.detail == "");
}

// Counts who is in.
struct room {
    int present = 0;
    int most = 0;
    std::vector<std::string> log;

    tool_function function(std::chrono::milliseconds stay) {
        return [this, stay](tool_invocation invocation) -> asio::awaitable<std::string> {
            most = std::max(most, ++present);
            log.push_back("+" + invocation.call.id);
            co_await sleep_for(stay);
            log.push_back("-" + invocation.call.id);
            --present;
            co_return invocation.call.id;
        };
    }
};

std::vector<tool_call> calls_of(std::string const& name, std::size_t count) {
    std::vector<tool_call> result;
    for (std::size_t i = 0; i < count; ++i) result.emplace_back(std::to_string(i), name, "{}");
    return result;
}

std::string
refused(client_fixture& w, toolbox tools, run_tools_options options, chat_request request = hello()) {
    auto c = w.make_client();
    auto const r = use_tools(w, c, std::move(tools), std::move(options), std::move(request));
    BOOST_TEST(r->ec == errc::invalid_request);
    BOOST_TEST(r->run.turns == 0);
    BOOST_TEST(r->steps.empty());
    BOOST_TEST(w.server->request_count() == 0u);
    return r->run.response.info.detail;
}

asio::awaitable<void> ask_in_vain(client& c) {
    error_code caught;
    int status = 0;
    try {
        co_await run_tools(c, hello(), repeating_tools(1));
    } catch (completion_error const& e) {
        caught = e.code();
        status = e.info().status;
    }
    BOOST_TEST(caught == condition::authentication);
    BOOST_TEST(status == 401);
}

} // namespace

BOOST_AUTO_TEST_SUITE(run_tools)

BOOST_AUTO_TEST_CASE(the_result_of_a_tool_goes_back_to_the_model) {
    client_fixture w;
    w.server->enqueue(asking_for({tool_call("call-1", "a", R"({"x": 1})")}));
    w.server->enqueue(answering("It is done."));
    auto c = w.make_client();
    auto const r = use_tools(w, c, repeating_tools(1));
    require_answer(*r, "It is done.");
    BOOST_TEST(r->run.turns == 2);
    lines const before{"user: Hello"};
    lines const after{"user: Hello", R"(assistant calls a#call-1 {"x": 1})", R"(tool call-1: a({"x":1}))"};
    BOOST_TEST(received_messages(w, 1) == before, boost::test_tools::per_element());
    BOOST_TEST(received_messages(w, 2) == after, boost::test_tools::per_element());
    auto all = after;
    all.emplace_back("assistant: It is done.");
    BOOST_TEST(describe(r->run.messages) == all, boost::test_tools::per_element());
    BOOST_TEST(r->run.response.info.status == 200);
    BOOST_TEST(c.stats().calls_completed == 2u);
}

BOOST_AUTO_TEST_CASE(an_answer_at_once_is_one_turn) {
    client_fixture w;
    auto c = w.make_client();
    auto const r = use_tools(w, c, repeating_tools(1));
    require_answer(*r, "Hello");
    BOOST_TEST(r->run.turns == 1);
    BOOST_TEST(r->run.messages.size() == 2u);
    BOOST_TEST(w.server->request_count() == 1u);
}

BOOST_AUTO_TEST_CASE(each_turn_is_told_of_all_tools_and_settings) {
    client_fixture w;
    w.server->enqueue(asking_for({tool_call("1", "a", "{}")}));
    auto request = hello();
    request.temperature = 0.5;
    request.tools.push_back(tool::function("mine", "Of the request", json::object()));
    auto c = w.make_client();
    use_tools(w, c, repeating_tools(2), run_tools_options(), request);
    for (std::size_t turn : {1u, 2u}) {
        auto const body = received(w, turn);
        BOOST_TEST(body.at("temperature") == json::value(0.5));
        auto const& tools = body.at("tools").as_array();
        BOOST_REQUIRE(tools.size() == 3u);
        BOOST_TEST(tools[0].at("function").at("name") == "mine");
        BOOST_TEST(tools[1].at("function").at("name") == "a");
        BOOST_TEST(tools[2].at("function").at("name") == "b");
        BOOST_TEST(tools[2].at("function").at("description") == "Repeats its call");
    }
}

BOOST_AUTO_TEST_CASE(the_tools_of_a_turn_run_at_the_same_time) {
    client_fixture w;
    w.server->enqueue(asking_for({tool_call("1", "left", "{}"), tool_call("2", "right", "{}")}));
    asio::steady_timer left(w.io, patience);
    asio::steady_timer right(w.io, patience);
    // Each ends only when the other has begun.
    auto const meet = [](asio::steady_timer& mine, asio::steady_timer& other) -> tool_function {
        return [&mine, &other](tool_invocation) -> asio::awaitable<std::string> {
            other.expires_at(std::chrono::steady_clock::time_point::min());
            auto waiting = mine.async_wait(asio::as_tuple(asio::deferred));
            co_await std::move(waiting);
            co_return "met";
        };
    };
    toolbox tools;
    tools.add("left", "", json::object(), meet(left, right));
    tools.add("right", "", json::object(), meet(right, left));
    auto c = w.make_client();
    auto const begin = std::chrono::steady_clock::now();
    auto const r = use_tools(w, c, tools);
    require_answer(*r, "Hello");
    BOOST_TEST((std::chrono::steady_clock::now() - begin < patience));
}

BOOST_AUTO_TEST_CASE(a_limit_of_one_runs_them_one_after_the_other) {
    client_fixture w;
    w.server->enqueue(asking_for(calls_of("t", 3)));
    room counted;
    toolbox tools;
    tools.add("t", "", json::object(), counted.function(std::chrono::milliseconds(5)));
    run_tools_options options;
    options.max_parallel_tools = 1;
    auto c = w.make_client();
    use_tools(w, c, tools, options);
    lines const expected{"+0", "-0", "+1", "-1", "+2", "-2"};
    BOOST_TEST(counted.log == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(no_more_tools_run_than_the_limit_says) {
    client_fixture w;
    w.server->enqueue(asking_for(calls_of("t", 9)));
    room counted;
    toolbox tools;
    tools.add("t", "", json::object(), counted.function(std::chrono::milliseconds(5)));
    run_tools_options options;
    options.max_parallel_tools = 3;
    auto c = w.make_client();
    require_answer(*use_tools(w, c, tools, options), "Hello");
    BOOST_TEST(counted.most == 3);
    BOOST_TEST(counted.log.size() == 18u);
}

BOOST_AUTO_TEST_CASE(a_turn_with_more_calls_than_the_limit_runs_none) {
    struct limit_case {
        std::size_t limit;
        std::size_t calls;
        bool runs;
    };
    std::vector<limit_case> const cases{{128, 128, true}, {128, 129, false}, {3, 3, true}, {3, 4, false}};
    BOOST_TEST(run_tools_options().max_calls_per_turn == 128u);
    for (auto const& [limit, calls, runs] : cases) {
        for (bool const streaming : {false, true}) {
            client_fixture w;
            auto const all = calls_of("t", calls);
            w.server->enqueue(streaming ? streaming_calls(all) : asking_for(all));
            room counted;
            toolbox tools;
            tools.add("t", "", json::object(), counted.function(std::chrono::milliseconds(0)));
            run_tools_options options;
            options.max_calls_per_turn = limit;
            options.stream = streaming;
            auto c = w.make_client();
            auto const r = use_tools(w, c, tools, options);
            BOOST_TEST_CONTEXT(calls << " calls, limit " << limit << ", streaming " << streaming) {
                BOOST_TEST(counted.log.size() == (runs ? 2 * calls : 0u));
                BOOST_TEST((r->ec == errc::invalid_response) == !runs);
                BOOST_TEST(w.server->request_count() == (runs ? 2u : 1u));
                BOOST_TEST(r->run.turns == (runs ? 2 : 0));
                BOOST_TEST(r->run.messages.size() == (runs ? 3u + calls : 1u));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(without_a_limit_a_turn_has_what_a_reply_may_have) {
    client_fixture w;
    w.server->enqueue(asking_for(calls_of("t", 128)));
    room counted;
    toolbox tools;
    tools.add("t", "", json::object(), counted.function(std::chrono::milliseconds(0)));
    run_tools_options options;
    options.max_calls_per_turn = 0;
    auto c = w.make_client();
    require_answer(*use_tools(w, c, tools, options), "Hello");
    BOOST_TEST(counted.log.size() == 256u);
    w.server->enqueue(asking_for(calls_of("t", 129)));
    BOOST_TEST(use_tools(w, c, tools, options)->ec == errc::invalid_response);
    BOOST_TEST(counted.log.size() == 256u);
}

BOOST_AUTO_TEST_CASE(without_a_limit_all_run_at_once) {
    client_fixture w;
    w.server->enqueue(asking_for(calls_of("t", 50)));
    room counted;
    toolbox tools;
    tools.add("t", "", json::object(), counted.function(std::chrono::milliseconds(50)));
    run_tools_options options;
    options.max_parallel_tools = 0;
    auto c = w.make_client();
    require_answer(*use_tools(w, c, tools, options), "Hello");
    BOOST_TEST(counted.most == 50);
}

BOOST_AUTO_TEST_CASE(results_are_in_the_order_of_the_calls_whichever_ends_first) {
    client_fixture w;
    w.server->enqueue(asking_for({tool_call("1", "slow", "{}"), tool_call("2", "quick", "{}")}));
    asio::steady_timer slow(w.io, patience);
    toolbox tools;
    tools.add("slow", "", json::object(), [&](tool_invocation) -> asio::awaitable<std::string> {
        auto waiting = slow.async_wait(asio::as_tuple(asio::deferred));
        co_await std::move(waiting);
        co_return "first";
    });
    tools.add("quick", "", json::object(), [](tool_invocation) -> asio::awaitable<std::string> {
        co_return "second";
    });
    run_tools_options options;
    lines steps;
    options.observer = [&](run_step const& step) {
        steps.push_back(test::describe(step));
        if (step.what == run_step::kind::tool_finished) slow.cancel();
    };
    auto c = w.make_client();
    require_answer(*use_tools(w, c, tools, options), "Hello");
    lines const seen{
        "1 reply",
        "1 started slow",
        "1 started quick",
        "1 finished quick: second",
        "1 finished slow: first",
        "2 reply"
    };
    BOOST_TEST(steps == seen, boost::test_tools::per_element());
    lines const
        sent{"user: Hello", "assistant calls slow#1 {} quick#2 {}", "tool 1: first", "tool 2: second"};
    BOOST_TEST(received_messages(w, 2) == sent, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_tool_is_told_which_call_and_turn_it_serves) {
    client_fixture w;
    w.server->enqueue(asking_for({tool_call("one", "t", R"({"n":1})")}));
    w.server->enqueue(asking_for({tool_call("two", "t", "")}));
    std::vector<tool_invocation> seen;
    toolbox tools;
    tools.add("t", "", json::object(), [&](tool_invocation invocation) -> asio::awaitable<std::string> {
        seen.push_back(std::move(invocation));
        co_return "";
    });
    auto c = w.make_client();
    require_answer(*use_tools(w, c, tools), "Hello");
    BOOST_REQUIRE(seen.size() == 2u);
    BOOST_TEST(seen[0].turn == 1);
    BOOST_TEST(seen[0].call.id == "one");
    BOOST_TEST(seen[0].call.arguments == R"({"n":1})");
    BOOST_TEST(seen[0].arguments.at("n") == json::value(1));
    BOOST_TEST(seen[1].turn == 2);
    // Several providers send nothing where there are no arguments.
    BOOST_TEST(seen[1].arguments == json::value(json::object()));
    lines const last{received_messages(w, 3).back()};
    BOOST_TEST(last.front() == "tool two: ");
}

BOOST_AUTO_TEST_CASE(a_call_without_an_id_of_its_own_gets_one) {
    client_fixture w;
    w.server->enqueue(
        asking_for({tool_call("", "a", "{}"), tool_call("x", "b", "{}"), tool_call("x", "c", "{}")})
    );
    auto c = w.make_client();
    auto const r = use_tools(w, c, repeating_tools(3));
    require_answer(*r, "Hello");
    lines const sent{
        "user: Hello",
        "assistant calls a#c00001000 {} b#x {} c#c00001002 {}",
        "tool c00001000: a({})",
        "tool x: b({})",
        "tool c00001002: c({})"
    };
    BOOST_TEST(received_messages(w, 2) == sent, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_custom_tool_gets_its_input_as_a_string) {
    testing::mock_options lenient;
    lenient.check_body = false;
    client_fixture w(scheme::https, lenient);
    tool_call call("1", "shell", "ls {");
    call.type = "custom";
    w.server->enqueue(asking_for({call}));
    w.endpoint = provider::openai("test-key");
    w.endpoint.base_url = w.server->base_url();
    toolbox tools;
    tools.add(tool::raw({{"type", "custom"}, {"custom", {{"name", "shell"}}}}), &repeat_call);
    auto c = w.make_client();
    auto const r = use_tools(w, c, tools);
    require_answer(*r, "Hello");
    BOOST_TEST(received(w, 1).at("tools").as_array().size() == 1u);
    BOOST_TEST(received(w, 1).at("tools").at(0) == tools.definitions().front().extra);
    BOOST_TEST(received_messages(w, 2).at(1) == "assistant calls shell#1 ls {");
    BOOST_TEST(received_messages(w, 2).back() == R"(tool 1: shell("ls {"))");
}

BOOST_AUTO_TEST_CASE(the_run_ends_when_the_last_turn_still_asks_for_tools) {
    client_fixture w;
    for (int i = 0; i < 3; ++i) w.server->enqueue(asking_for({tool_call(std::to_string(i), "a", "{}")}));
    run_tools_options options;
    options.max_turns = 2;
    auto c = w.make_client();
    auto const r = use_tools(w, c, repeating_tools(1), options);
    BOOST_TEST(r->ec == errc::turn_limit_reached);
    BOOST_TEST(r->run.turns == 2);
    BOOST_TEST(r->run.response.info.detail != "");
    BOOST_TEST(r->run.response.tool_calls().size() == 1u);
    BOOST_TEST(w.server->request_count() == 2u);
    lines const steps{"1 reply", "1 started a", "1 finished a: a({})", "2 reply"};
    BOOST_TEST(r->steps == steps, boost::test_tools::per_element());
    lines const all{"user: Hello", "assistant calls a#0 {}", "tool 0: a({})", "assistant calls a#1 {}"};
    BOOST_TEST(describe(r->run.messages) == all, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(one_turn_is_enough_for_an_answer) {
    client_fixture w;
    run_tools_options options;
    options.max_turns = 1;
    auto c = w.make_client();
    require_answer(*use_tools(w, c, repeating_tools(1), options), "Hello");
}

BOOST_AUTO_TEST_CASE(a_choice_that_demands_a_call_holds_for_the_first_turn) {
    for (auto const& choice : {tool_choice::required(), tool_choice::function("a")}) {
        client_fixture w;
        w.server->enqueue(asking_for({tool_call("1", "a", "{}")}));
        auto request = hello();
        request.tool_choice = choice;
        auto c = w.make_client();
        require_answer(*use_tools(w, c, repeating_tools(1), run_tools_options(), request), "Hello");
        BOOST_TEST(received(w, 1).at("tool_choice") == choice.value);
        BOOST_TEST(received(w, 2).at("tool_choice") == "auto");
    }
}

BOOST_AUTO_TEST_CASE(the_usage_of_all_turns_adds_up) {
    client_fixture w;
    w.server->enqueue(asking_for({tool_call("1", "a", "{}")}));
    w.server->enqueue(asking_for({tool_call("2", "a", "{}")}));
    w.server->enqueue(answering("Done."));
    auto c = w.make_client();
    auto const r = use_tools(w, c, repeating_tools(1));
    BOOST_TEST(r->run.total_usage.prompt_tokens == 40);
    BOOST_TEST(r->run.total_usage.completion_tokens == 12);
    BOOST_TEST(r->run.total_usage.total_tokens == 52);
    BOOST_TEST(!r->run.total_usage.cost);
    BOOST_TEST(!r->run.total_usage.cached_tokens);
}

BOOST_AUTO_TEST_CASE(each_turn_has_an_idempotency_key_of_its_own) {
    client_fixture w;
    w.server->enqueue(asking_for({tool_call("1", "a", "{}")}));
    run_tools_options options;
    options.request.idempotency_key = "key";
    options.request.headers.emplace_back("X-Mine", "1");
    auto c = w.make_client();
    use_tools(w, c, repeating_tools(1), options);
    auto const requests = w.server->requests();
    BOOST_REQUIRE(requests.size() == 2u);
    BOOST_TEST(requests[0].header("idempotency-key") == "key");
    BOOST_TEST(requests[1].header("idempotency-key") == "key-2");
    BOOST_TEST(requests[1].header("x-mine") == "1");
}

BOOST_AUTO_TEST_CASE(a_conversation_goes_on_with_the_messages_of_a_run) {
    client_fixture w;
    w.server->enqueue(asking_for({tool_call("", "a", "{}")}));
    w.server->enqueue(answering("First."));
    w.server->enqueue(asking_for({tool_call("", "a", "{}")}));
    auto c = w.make_client();
    auto request = hello();
    request.messages = use_tools(w, c, repeating_tools(1))->run.messages;
    request.user("And now?");
    require_answer(*use_tools(w, c, repeating_tools(1), run_tools_options(), request), "And now?");
    lines const sent{
        "user: Hello",
        "assistant calls a#c00001000 {}",
        "tool c00001000: a({})",
        "assistant: First.",
        "user: And now?",
        "assistant calls a#c00005000 {}",
        "tool c00005000: a({})"
    };
    BOOST_TEST(received_messages(w, 4) == sent, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_call_that_fails_ends_the_run) {
    client_fixture w;
    w.server->enqueue(asking_for({tool_call("1", "a", "{}")}));
    w.server->enqueue(testing::scripted_reply::error(402, "No credit"));
    auto c = w.make_client();
    auto const r = use_tools(w, c, repeating_tools(1));
    BOOST_TEST(r->ec == condition::insufficient_credits);
    BOOST_TEST(r->run.turns == 1);
    BOOST_TEST(r->run.response.error.message == "No credit");
    BOOST_TEST(!r->run.exception);
    BOOST_TEST(r->run.messages.size() == 3u);
    BOOST_TEST(r->run.total_usage.total_tokens == 15);
}

BOOST_AUTO_TEST_CASE(run_tools_throws_a_completion_error_for_a_call_that_fails) {
    client_fixture w;
    w.server->enqueue(testing::scripted_reply::error(401, "Who are you?"));
    auto c = w.make_client();
    w.run(ask_in_vain(c));
}

BOOST_AUTO_TEST_CASE(options_out_of_bounds_are_refused) {
    client_fixture w;
    run_tools_options turns;
    turns.max_turns = 0;
    BOOST_TEST(refused(w, toolbox(), turns) == "max_turns: is below 1");
    run_tools_options timeout;
    timeout.tool_timeout = std::chrono::milliseconds(-1);
    BOOST_TEST(refused(w, toolbox(), timeout) == "tool_timeout: is negative");
}

BOOST_AUTO_TEST_CASE(a_tool_that_cannot_be_called_is_refused) {
    client_fixture w;
    run_tools_options const options;
    auto nameless = repeating_tools(1);
    nameless.add("", "", json::object(), &repeat_call);
    BOOST_TEST(refused(w, nameless, options) == "toolbox[1].name: empty");
    auto empty = repeating_tools(1);
    empty.add("b", "", json::object(), tool_function());
    BOOST_TEST(refused(w, empty, options) == "toolbox[1].function: empty");
    auto request = hello();
    request.tools.push_back(tool::function("b", "", json::object()));
    BOOST_TEST(refused(w, repeating_tools(2), options, request) == "toolbox[1].name: is in tools already");
    auto bad_name = repeating_tools(1);
    bad_name.add("not a name", "", json::object(), &repeat_call);
    BOOST_TEST(refused(w, bad_name, options).starts_with("tools[1].function.name"));
}

BOOST_AUTO_TEST_CASE(messages_that_extra_replaces_are_refused) {
    client_fixture w;
    auto request = hello();
    request.extra["messages"].emplace_array();
    BOOST_TEST(refused(w, toolbox(), run_tools_options(), request).starts_with("messages: "));
}

BOOST_AUTO_TEST_CASE(nothing_is_left_of_a_run) {
    client_fixture w;
    w.server->enqueue(asking_for({tool_call("1", "a", "{}"), tool_call("2", "a", "{}")}));
    {
        auto c = w.make_client();
        require_answer(*use_tools(w, c, repeating_tools(1)), "Hello");
        BOOST_TEST(c.stats().calls_in_flight == 0u);
    }
    w.finish();
}

BOOST_AUTO_TEST_SUITE_END()
