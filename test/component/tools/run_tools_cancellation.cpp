// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/after_attempt.hpp"
#include "support/fixtures/tool_turns.hpp"
#include <async_llm/completion_error.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using asio::cancellation_type;
namespace json = boost::json;

// A fixture in which the model asks for two tools that wait.
struct waiting_fixture : client_fixture {
    waiting_fixture() {
        server->enqueue(asking_for({tool_call("1", "wait", "{}"), tool_call("2", "wait", "{}")}));
        tools.add("wait", "", json::object(), waiting.function());
        c.emplace(make_client());
    }

    // Until the tools are at work.
    running_tools_ptr start(run_tools_options options = run_tools_options()) {
        auto const most = static_cast<int>(options.max_parallel_tools);
        auto result = start_tools(*c, tools, std::move(options));
        run_until([&] { return waiting.started == std::min(most, 2); });
        return result;
    }

    void check_cancelled(running_tools& r, error_code const& expected) {
        run_until([&] { return r.done; });
        BOOST_TEST(r.ec == expected);
        BOOST_TEST(r.run.turns == 1);
        BOOST_TEST(r.run.messages.size() == 2u);
        BOOST_TEST(!r.run.exception);
        BOOST_TEST(r.run.response.info.detail != "");
        BOOST_TEST(waiting.cancelled == waiting.started);
        BOOST_TEST(server->request_count() == 1u);
        c.reset();
        finish();
    }

    waiting_tool waiting;
    toolbox tools;
    std::optional<client> c;
};

asio::awaitable<void> lose_a_race(client& c, toolbox tools, waiting_tool& waiting) {
    using namespace asio::experimental::awaitable_operators;
    asio::steady_timer both_started(c.get_executor(), asio::steady_timer::time_point::max());
    waiting.on_start = [&] {
        if (waiting.started == 2) both_started.cancel();
    };
    auto watch = [&both_started]() -> asio::awaitable<void> {
        co_await both_started.async_wait(asio::as_tuple(asio::use_awaitable));
    };
    auto run = run_tools(c, hello(), std::move(tools));
    auto const result = co_await (std::move(run) || watch());
    waiting.on_start = nullptr;
    BOOST_TEST(result.index() == 1u);
    BOOST_TEST(waiting.cancelled == 2);
}

asio::awaitable<void> await_cancelled(client& c, toolbox tools, error_code& caught) {
    try {
        co_await run_tools(c, hello(), std::move(tools));
    } catch (completion_error const& e) {
        caught = e.code();
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(run_tools_cancellation)

BOOST_AUTO_TEST_CASE(a_signal_of_any_type_reaches_the_running_tools) {
    for (auto const type :
         {cancellation_type::terminal, cancellation_type::partial, cancellation_type::total}) {
        waiting_fixture w;
        auto const r = w.start();
        r->cancel.emit(type);
        w.check_cancelled(*r, asio::error::operation_aborted);
    }
}

BOOST_AUTO_TEST_CASE(tools_that_have_not_begun_never_do) {
    waiting_fixture w;
    run_tools_options options;
    options.max_parallel_tools = 1;
    auto const r = w.start(options);
    r->cancel.emit(cancellation_type::terminal);
    w.check_cancelled(*r, asio::error::operation_aborted);
    BOOST_TEST(w.waiting.started == 1);
    // Nor is the observer notified that they do.
    std::vector<std::string> const steps{"1 reply", "1 started wait", "1 finished wait (failed)"};
    BOOST_TEST(r->steps == steps, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_end_of_the_client_reaches_the_running_tools) {
    waiting_fixture cancelled;
    auto r = cancelled.start();
    cancelled.c->cancel();
    cancelled.check_cancelled(*r, errc::client_closed);
    waiting_fixture destroyed;
    r = destroyed.start();
    destroyed.c.reset();
    destroyed.check_cancelled(*r, errc::client_closed);
    waiting_fixture shut_down;
    r = shut_down.start();
    shut_down.c->async_shutdown(std::chrono::milliseconds(0), [](error_code) {});
    shut_down.check_cancelled(*r, errc::client_closed);
}

BOOST_AUTO_TEST_CASE(a_tool_that_the_run_has_cancelled_is_no_failure_that_ends_it) {
    waiting_fixture w;
    run_tools_options options;
    options.on_failure = tool_failure_policy::end_run;
    auto const r = w.start(options);
    w.c->cancel();
    w.check_cancelled(*r, errc::client_closed);
}

BOOST_AUTO_TEST_CASE(the_run_waits_until_its_tools_have_ended) {
    client_fixture w;
    w.server->enqueue(asking_for({tool_call("1", "t", "{}")}));
    asio::steady_timer last_act(w.io, patience);
    bool started = false;
    bool cancelled = false;
    toolbox tools;
    tools.add("t", "", json::object(), [&](tool_invocation) -> asio::awaitable<std::string> {
        started = true;
        try {
            co_await sleep_for(patience);
        } catch (boost::system::system_error const&) {
            cancelled = true;
        }
        co_await asio::this_coro::reset_cancellation_state();
        auto waiting = last_act.async_wait(asio::as_tuple(asio::deferred));
        co_await std::move(waiting);
        co_return "cleaned up";
    });
    auto c = w.make_client();
    auto const r = start_tools(c, tools);
    w.run_until([&] { return started; });
    r->cancel.emit(cancellation_type::terminal);
    w.run_until([&] { return cancelled; });
    for (int i = 0; i < 5; ++i) w.io.run_one_for(std::chrono::milliseconds(10));
    BOOST_TEST(!r->done);
    last_act.cancel();
    w.run_until([&] { return r->done; });
    BOOST_TEST(r->ec == asio::error::operation_aborted);
}

BOOST_AUTO_TEST_CASE(a_signal_cancels_the_call_in_flight) {
    client_fixture w;
    auto late = answering("late");
    late.latency = patience;
    w.server->enqueue(late);
    auto c = w.make_client();
    auto const r = start_tools(c, repeating_tools(1));
    w.run_until([&] { return w.server->request_count() == 1; });
    r->cancel.emit(cancellation_type::terminal);
    w.run_until([&] { return r->done; });
    BOOST_TEST(r->ec == asio::error::operation_aborted);
    BOOST_TEST(r->run.turns == 0);
    BOOST_TEST(c.stats().calls_in_flight == 0u);
    BOOST_TEST(c.stats().connections_in_use == 0u);
}

BOOST_AUTO_TEST_CASE(a_signal_that_crosses_the_last_answer_comes_too_late) {
    client_fixture w;
    auto const ended = std::make_shared<after_attempt>();
    w.config.observer = ended;
    w.server->enqueue(answering("done"));
    auto c = w.make_client();
    auto const r = start_tools(c, repeating_tools(1));
    ended->action = [&] { r->cancel.emit(cancellation_type::terminal); };
    w.run_until([&] { return r->done; });
    BOOST_TEST(!r->ec);
    BOOST_TEST(r->run.text() == "done");
}

BOOST_AUTO_TEST_CASE(a_signal_before_the_run_has_begun_ends_it) {
    client_fixture w;
    auto c = w.make_client();
    auto const r = start_tools(c, repeating_tools(1));
    r->cancel.emit(cancellation_type::terminal);
    w.run_until([&] { return r->done; });
    BOOST_TEST(r->ec == asio::error::operation_aborted);
    BOOST_TEST(w.server->request_count() == 0u);
}

BOOST_AUTO_TEST_CASE(a_run_of_a_closed_client_is_refused) {
    client_fixture w;
    auto c = w.make_client();
    c.cancel();
    auto const r = use_tools(w, c, repeating_tools(1));
    BOOST_TEST(r->ec == errc::client_closed);
}

BOOST_AUTO_TEST_CASE(a_run_that_loses_a_race_is_cancelled) {
    waiting_fixture w;
    w.run(lose_a_race(*w.c, w.tools, w.waiting));
}

BOOST_AUTO_TEST_CASE(a_cancelled_run_throws_operation_aborted_and_not_what_its_tools_threw) {
    waiting_fixture w;
    error_code caught;
    bool done = false;
    asio::cancellation_signal signal;
    auto const on_end = [&](std::exception_ptr) { done = true; };
    asio::co_spawn(
        w.io,
        await_cancelled(*w.c, w.tools, caught),
        asio::bind_cancellation_slot(signal.slot(), on_end)
    );
    w.run_until([&] { return w.waiting.started == 2; });
    signal.emit(cancellation_type::terminal);
    w.run_until([&] { return done; });
    BOOST_TEST(caught == asio::error::operation_aborted);
    BOOST_TEST(w.waiting.cancelled == 2);
}

BOOST_AUTO_TEST_CASE(the_loop_may_be_destroyed_while_tools_run) {
    waiting_fixture w;
    auto const r = w.start();
    // The destructors run: first the client, then the loop with all that is suspended in it.
    BOOST_TEST(!r->done);
    r->steps.clear();
}

BOOST_AUTO_TEST_CASE(the_loop_may_be_destroyed_while_a_call_is_in_flight) {
    client_fixture w;
    auto late = answering("late");
    late.latency = patience;
    w.server->enqueue(late);
    auto c = w.make_client();
    auto const r = start_tools(c, repeating_tools(1));
    w.run_until([&] { return w.server->request_count() == 1; });
    BOOST_TEST(!r->done);
}

BOOST_AUTO_TEST_CASE(a_run_that_nobody_has_run_may_be_destroyed) {
    client_fixture w;
    auto c = w.make_client();
    auto const r = start_tools(c, repeating_tools(1));
    BOOST_TEST(!r->done);
}

BOOST_AUTO_TEST_CASE(a_run_of_a_client_that_is_gone_is_refused_in_its_coroutine) {
    client_fixture w;
    std::optional<client> c(w.make_client());
    auto run = run_tools(*c, hello(), repeating_tools(1));
    c.reset();
    error_code caught;
    bool done = false;
    asio::co_spawn(w.io, std::move(run), [&](std::exception_ptr thrown, run_tools_result const&) {
        done = true;
        try {
            std::rethrow_exception(thrown);
        } catch (completion_error const& e) {
            caught = e.code();
        }
    });
    w.run_until([&] { return done; });
    BOOST_TEST(caught == errc::client_closed);
}

BOOST_AUTO_TEST_SUITE_END()
