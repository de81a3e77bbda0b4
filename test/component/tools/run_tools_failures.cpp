// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/tool_turns.hpp"
#include <async_llm/completion_error.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <stdexcept>

namespace {

using namespace async_llm;
using namespace async_llm::test;
namespace json = boost::json;

using lines = std::vector<std::string>;

class out_of_order : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

asio::awaitable<std::string> fail(tool_invocation) {
    co_await asio::post(asio::deferred);
    throw out_of_order("the lift is stuck");
}

toolbox one_tool(tool_function function) {
    toolbox result;
    result.add("t", "", json::object(), std::move(function));
    return result;
}

run_tools_options ending() {
    run_tools_options options;
    options.on_failure = tool_failure_policy::end_run;
    return options;
}

// A run whose model calls `t` once, with these arguments.
running_tools_ptr
call_once(toolbox tools, run_tools_options options = run_tools_options(), std::string arguments = "{}") {
    client_fixture w;
    w.server->enqueue(asking_for({tool_call("1", "t", std::move(arguments))}));
    auto c = w.make_client();
    auto result = use_tools(w, c, std::move(tools), std::move(options));
    BOOST_TEST(w.server->request_count() == (result->ec ? 1u : 2u));
    return result;
}

// What the model gets to read of the one call.
std::string reported(running_tools const& r) {
    BOOST_REQUIRE_MESSAGE(!r.ec, explain(r.ec, r.run.response));
    BOOST_TEST(r.run.text() == "Hello");
    BOOST_TEST(!r.run.exception);
    BOOST_REQUIRE(r.run.messages.size() == 4u);
    return r.run.messages.at(2).content.value_or("nothing");
}

void check_ended(running_tools const& r, errc expected, std::string_view detail) {
    BOOST_TEST(r.ec == expected);
    BOOST_TEST(r.run.turns == 1);
    BOOST_TEST(r.run.messages.size() == 2u);
    BOOST_CHECK_MESSAGE(
        r.run.response.info.detail.find(detail) != std::string::npos,
        r.run.response.info.detail
    );
}

template <class Exception>
std::string thrown_text(std::exception_ptr const& exception) {
    BOOST_REQUIRE(exception);
    try {
        std::rethrow_exception(exception);
    } catch (Exception const& e) {
        return e.what();
    }
}

// What the awaitable form throws.
asio::awaitable<void>
await_run(client& c, toolbox tools, run_tools_options options, std::exception_ptr& thrown) {
    try {
        co_await run_tools(c, hello(), std::move(tools), std::move(options));
    } catch (...) {
        thrown = std::current_exception();
    }
}

// A fixture whose model calls `t` and two tools that wait.
struct three_calls : client_fixture {
    three_calls() {
        server->enqueue(asking_for(
            {tool_call("1", "wait", "{}"), tool_call("2", "t", "{}"), tool_call("3", "wait", "{}")}
        ));
        tools.add("wait", "", json::object(), waiting.function());
    }

    waiting_tool waiting;
    toolbox tools;
};

} // namespace

BOOST_AUTO_TEST_SUITE(run_tools_failures)

BOOST_AUTO_TEST_CASE(the_model_is_told_what_a_tool_threw) {
    auto const r = call_once(one_tool(&fail));
    BOOST_TEST(reported(*r) == "error: the lift is stuck");
    lines const steps{"1 reply", "1 started t", "1 finished t: error: the lift is stuck (failed)", "2 reply"};
    BOOST_TEST(r->steps == steps, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_function_that_throws_before_it_is_awaited_counts_as_well) {
    auto const r = call_once(one_tool([](tool_invocation) -> asio::awaitable<std::string> {
        throw std::logic_error("never begun");
    }));
    BOOST_TEST(reported(*r) == "error: never begun");
}

BOOST_AUTO_TEST_CASE(what_is_no_exception_is_reported_without_a_text) {
    auto const r = call_once(one_tool([](tool_invocation) -> asio::awaitable<std::string> {
        throw 42;
        co_return "";
    }));
    BOOST_TEST(reported(*r) == "error: the tool failed");
}

BOOST_AUTO_TEST_CASE(the_model_is_told_no_key_and_no_novel) {
    auto const secret = call_once(one_tool([](tool_invocation) -> asio::awaitable<std::string> {
        throw std::runtime_error("refused: Bearer sk-or-v1-0123456789abcdef0123456789abcdef");
        co_return "";
    }));
    BOOST_TEST(reported(*secret).find("0123456789abcdef") == std::string::npos);
    auto const endless = call_once(one_tool([](tool_invocation) -> asio::awaitable<std::string> {
        throw std::runtime_error(std::string(100'000, 'x') + '\n');
        co_return "";
    }));
    BOOST_TEST(reported(*endless).size() < 1000u);
}

BOOST_AUTO_TEST_CASE(a_tool_that_throws_ends_the_run_if_the_user_says_so) {
    auto const r = call_once(one_tool(&fail), ending());
    check_ended(*r, errc::tool_failed, "\"t\": the lift is stuck");
    BOOST_TEST(thrown_text<out_of_order>(r->run.exception) == "the lift is stuck");
    lines const steps{"1 reply", "1 started t", "1 finished t (failed)"};
    BOOST_TEST(r->steps == steps, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_failure_that_ends_the_run_cancels_the_other_tools) {
    three_calls w;
    w.tools.add("t", "", json::object(), &fail);
    auto c = w.make_client();
    auto const r = use_tools(w, c, w.tools, ending());
    check_ended(*r, errc::tool_failed, "the lift is stuck");
    BOOST_TEST(w.waiting.started == 2);
    BOOST_TEST(w.waiting.cancelled == 2);
    lines const steps{
        "1 reply",
        "1 started wait",
        "1 started t",
        "1 started wait",
        "1 finished t (failed)",
        "1 finished wait (failed)",
        "1 finished wait (failed)"
    };
    BOOST_TEST(r->steps == steps, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_failure_that_ends_the_run_keeps_further_tools_from_starting) {
    client_fixture w;
    w.server->enqueue(asking_for({tool_call("1", "t", "{}"), tool_call("2", "a", "{}")}));
    auto tools = repeating_tools(1);
    tools.add("t", "", json::object(), &fail);
    auto options = ending();
    options.max_parallel_tools = 1;
    auto c = w.make_client();
    auto const r = use_tools(w, c, tools, options);
    BOOST_TEST(r->ec == errc::tool_failed);
    BOOST_TEST(r->steps.back() == "1 finished t (failed)");
}

BOOST_AUTO_TEST_CASE(results_of_tools_that_had_ended_are_in_the_conversation) {
    client_fixture w;
    w.server->enqueue(asking_for({tool_call("1", "a", "{}"), tool_call("2", "t", "{}")}));
    auto tools = repeating_tools(1);
    tools.add("t", "", json::object(), &fail);
    auto c = w.make_client();
    auto const r = use_tools(w, c, tools, ending());
    BOOST_TEST(r->ec == errc::tool_failed);
    lines const all{"user: Hello", "assistant calls a#1 {} t#2 {}", "tool 1: a({})"};
    BOOST_TEST(describe(r->run.messages) == all, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(run_tools_throws_what_the_tool_threw) {
    three_calls w;
    w.tools.add("t", "", json::object(), &fail);
    auto c = w.make_client();
    std::exception_ptr thrown;
    w.run(await_run(c, w.tools, ending(), thrown));
    BOOST_TEST(thrown_text<out_of_order>(thrown) == "the lift is stuck");
    BOOST_TEST(w.waiting.cancelled == 2);
}

BOOST_AUTO_TEST_CASE(a_tool_that_takes_too_long_is_cancelled_and_reported) {
    waiting_tool waiting;
    run_tools_options options;
    options.tool_timeout = std::chrono::milliseconds(20);
    auto const r = call_once(one_tool(waiting.function()), options);
    BOOST_TEST(reported(*r) == "error: it took longer than 20 ms");
    BOOST_TEST(waiting.cancelled == 1);
}

BOOST_AUTO_TEST_CASE(a_tool_that_takes_too_long_ends_the_run_if_the_user_says_so) {
    waiting_tool waiting;
    auto options = ending();
    options.tool_timeout = std::chrono::milliseconds(20);
    auto const r = call_once(one_tool(waiting.function()), options);
    check_ended(*r, errc::tool_timeout, "\"t\": it took longer than 20 ms");
    BOOST_TEST(r->ec == condition::timeout);
    // It threw because it was cancelled, and that is no news.
    BOOST_TEST(!r->run.exception);
}

BOOST_AUTO_TEST_CASE(a_timeout_that_ends_the_run_is_thrown_as_a_completion_error) {
    client_fixture w;
    w.server->enqueue(asking_for({tool_call("1", "t", "{}")}));
    waiting_tool waiting;
    auto options = ending();
    options.tool_timeout = std::chrono::milliseconds(20);
    auto c = w.make_client();
    std::exception_ptr thrown;
    w.run(await_run(c, one_tool(waiting.function()), options, thrown));
    BOOST_TEST(thrown_text<completion_error>(thrown).find("20 ms") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_tool_that_swallows_its_cancellation_has_still_taken_too_long) {
    run_tools_options options;
    options.tool_timeout = std::chrono::milliseconds(20);
    auto const r = call_once(
        one_tool([](tool_invocation) -> asio::awaitable<std::string> {
            asio::steady_timer timer(co_await asio::this_coro::executor, patience);
            auto waiting = timer.async_wait(asio::as_tuple(asio::deferred));
            co_await std::move(waiting);
            co_return "as if nothing had happened";
        }),
        options
    );
    BOOST_TEST(reported(*r) == "error: it took longer than 20 ms");
}

BOOST_AUTO_TEST_CASE(the_time_of_a_tool_begins_when_it_does) {
    client_fixture w;
    std::vector<tool_call> calls;
    for (int i = 0; i < 10; ++i) calls.emplace_back(std::to_string(i), "t", "{}");
    w.server->enqueue(asking_for(calls));
    run_tools_options options;
    options.max_parallel_tools = 1;
    options.tool_timeout = std::chrono::milliseconds(500);
    options.on_failure = tool_failure_policy::end_run;
    auto c = w.make_client();
    auto const tools = one_tool([](tool_invocation) -> asio::awaitable<std::string> {
        co_await sleep_for(std::chrono::milliseconds(60));
        co_return "";
    });
    BOOST_TEST(!use_tools(w, c, tools, options)->ec);
}

BOOST_AUTO_TEST_CASE(no_limit_is_no_limit) {
    run_tools_options options;
    options.tool_timeout = std::chrono::milliseconds(0);
    auto const r = call_once(
        one_tool([](tool_invocation) -> asio::awaitable<std::string> {
            // If no limit were a very short one, a tool that takes no time would still escape it.
            co_await sleep_for(std::chrono::milliseconds(5));
            co_return "slept";
        }),
        options
    );
    BOOST_TEST(reported(*r) == "slept");
}

BOOST_AUTO_TEST_CASE(arguments_that_are_no_json_are_reported_with_their_text) {
    auto const r = call_once(one_tool(&repeat_call), run_tools_options(), R"({"city": "Par)");
    BOOST_TEST(reported(*r) == R"(error: the arguments are not JSON: "{"city": "Par")");
    BOOST_TEST(r->steps.at(1) == "1 started t");
    auto const long_ones = call_once(one_tool(&repeat_call), run_tools_options(), std::string(100'000, '['));
    BOOST_TEST(reported(*long_ones).size() < 1000u);
}

BOOST_AUTO_TEST_CASE(arguments_that_are_no_json_end_the_run_if_the_user_says_so) {
    auto const r = call_once(one_tool(&repeat_call), ending(), "x = 1");
    check_ended(*r, errc::invalid_json, "the arguments are not JSON: \"x = 1\"");
    BOOST_TEST(!r->run.exception);
}

BOOST_AUTO_TEST_CASE(a_tool_that_does_not_exist_is_reported) {
    auto const r = call_once(repeating_tools(1));
    BOOST_TEST(reported(*r) == "error: there is no tool \"t\"");
}

BOOST_AUTO_TEST_CASE(a_tool_that_does_not_exist_ends_the_run_if_the_user_says_so) {
    auto const r = call_once(repeating_tools(1), ending());
    check_ended(*r, errc::tool_failed, "there is no tool \"t\"");
    BOOST_TEST(!r->run.exception);
}

BOOST_AUTO_TEST_CASE(an_observer_that_throws_ends_the_run_at_any_step) {
    for (std::size_t const step : {0u, 1u, 2u, 3u}) {
        client_fixture w;
        w.server->enqueue(asking_for({tool_call("1", "a", "{}")}));
        std::size_t steps = 0;
        run_tools_options options;
        options.observer = [&](run_step const&) {
            if (steps++ == step) throw out_of_order("seen enough");
        };
        auto c = w.make_client();
        auto const r = use_tools(w, c, repeating_tools(1), options);
        BOOST_TEST(r->ec == boost::system::errc::state_not_recoverable);
        BOOST_TEST(thrown_text<out_of_order>(r->run.exception) == "seen enough");
        // It is not asked again.
        BOOST_TEST(steps == step + 1);
        BOOST_TEST(w.server->request_count() == (step < 3 ? 1u : 2u));
    }
}

BOOST_AUTO_TEST_CASE(an_observer_that_throws_cancels_running_tools) {
    three_calls w;
    w.tools.add("t", "", json::object(), &fail);
    run_tools_options options;
    options.observer = [](run_step const& step) {
        if (step.what == run_step::kind::tool_finished)
            throw boost::system::system_error(asio::error::no_memory);
    };
    auto c = w.make_client();
    std::exception_ptr thrown;
    w.run(await_run(c, w.tools, options, thrown));
    BOOST_TEST(w.waiting.cancelled == 2);
    thrown_text<boost::system::system_error>(thrown);
    w.server->enqueue(asking_for({tool_call("1", "t", "{}")}));
    BOOST_TEST(use_tools(w, c, w.tools, options)->ec == asio::error::no_memory);
}

BOOST_AUTO_TEST_CASE(a_tool_may_make_calls_and_runs_itself) {
    client_fixture w;
    w.server->enqueue(asking_for({tool_call("1", "t", "{}")}));
    w.server->enqueue(asking_for({tool_call("2", "a", "{}")}));
    w.server->enqueue(answering("inner"));
    w.server->enqueue(answering("outer"));
    auto c = w.make_client();
    auto const tools = one_tool([&c](tool_invocation) -> asio::awaitable<std::string> {
        auto const inner = co_await async_llm::run_tools(c, hello(), repeating_tools(1));
        co_return std::string(inner.text());
    });
    auto const r = use_tools(w, c, tools);
    BOOST_TEST(!r->ec);
    BOOST_TEST(r->run.text() == "outer");
    BOOST_TEST(received_messages(w, 4).back() == "tool 1: inner");
}

BOOST_AUTO_TEST_SUITE_END()
