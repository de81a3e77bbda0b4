// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "thread_safety/setting.hpp"
#include <async_llm/run_tools.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/serialize.hpp>

#include <atomic>
#include <memory>
#include <stdexcept>

// Runs with tools on four threads: tools that work, throw, take too long and move elsewhere, runs that are
// cancelled, and the end of the client beneath the last of them.

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using namespace async_llm;
using namespace async_llm::test;
using strand_type = asio::strand<asio::thread_pool::executor_type>;

constexpr std::size_t calling_threads = 4;
constexpr std::size_t runs_each = 15;

json::value call_of(std::string const& name) {
    json::object function;
    function["name"] = name;
    function["arguments"] = "{}";
    json::object call;
    call["id"] = "call-" + name;
    call["type"] = "function";
    call["function"] = std::move(function);
    return call;
}

std::string asking_for_all() {
    json::object message;
    message["role"] = "assistant";
    message["content"] = nullptr;
    auto& calls = message["tool_calls"].emplace_array();
    for (char const* const name : {"quick", "slow", "broken", "moving", "endless"})
        calls.push_back(call_of(name));
    json::object choice;
    choice["index"] = 0;
    choice["message"] = std::move(message);
    choice["finish_reason"] = "tool_calls";
    json::object body;
    body["id"] = "gen-1";
    body["object"] = "chat.completion";
    body["created"] = 1;
    body["model"] = "a-model";
    body["choices"].emplace_array().push_back(std::move(choice));
    return json::serialize(body);
}

// Two turns with tools, then the answer.
testing::scripted_reply model(testing::received_request const& request) {
    auto const body = request.json();
    auto const& messages = body.at("messages").as_array();
    if (messages.size() > 12) return testing::scripted_reply::completion("Hello");
    return testing::scripted_reply(200, asking_for_all());
}

asio::awaitable<void> wait(int milliseconds) {
    asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::milliseconds(milliseconds));
    co_await timer.async_wait(asio::use_awaitable);
}

toolbox make_tools(asio::thread_pool& elsewhere) {
    toolbox tools;
    tools.add("quick", "", json::object(), [](tool_invocation) -> asio::awaitable<std::string> {
        co_return "done";
    });
    tools.add("slow", "", json::object(), [](tool_invocation) -> asio::awaitable<std::string> {
        for (int i = 0; i < 3; ++i) co_await wait(1);
        co_return "done";
    });
    tools.add("broken", "", json::object(), [](tool_invocation) -> asio::awaitable<std::string> {
        co_await wait(1);
        throw std::runtime_error("broken");
    });
    tools.add("moving", "", json::object(), [&elsewhere](tool_invocation) -> asio::awaitable<std::string> {
        auto token = asio::bind_executor(elsewhere.get_executor(), asio::use_awaitable);
        co_await asio::post(std::move(token));
        co_return "done";
    });
    tools.add("endless", "", json::object(), [](tool_invocation) -> asio::awaitable<std::string> {
        co_await wait(60'000);
        co_return "done";
    });
    return tools;
}

// What one run does to itself: its observer must never be in two places.
struct one_run {
    explicit one_run(strand_type const& s) : strand(s), timer(s) {}

    strand_type strand;
    asio::steady_timer timer;
    asio::cancellation_signal signal;
    int observing = 0;
    int steps = 0;
};

void start(setting& s, client const& c, toolbox const& tools, tally& l, std::size_t number) {
    auto const state = std::make_shared<one_run>(asio::make_strand(s.threads.get_executor()));
    run_tools_options options;
    options.tool_timeout = std::chrono::milliseconds(10);
    options.stream = number % 2 == 0;
    options.observer = [state](run_step const&) {
        check(++state->observing == 1, "two observers at once");
        ++state->steps;
        --state->observing;
    };
    bool const cancelled = number % 3 == 0;
    l.begin();
    // The slot belongs to the handler's executor from the beginning.
    asio::post(state->strand, [&c, &l, state, tools, options, cancelled, number] {
        auto done = [&l, state, cancelled](error_code ec, run_tools_result const& run) {
            state->timer.cancel();
            check(ec || run.turns == 3, "a run without its turns");
            check(ec || state->steps >= 23, "a run without its steps");
            error_code allowed = errc::client_closed;
            if (cancelled) allowed = asio::error::operation_aborted;
            l.end(ec, run.response, allowed);
        };
        auto token = asio::bind_cancellation_slot(
            state->signal.slot(),
            asio::bind_executor(state->strand, std::move(done))
        );
        async_run_tools(c, hello(), tools, options, std::move(token));
        if (!cancelled) return;
        state->timer.expires_after(std::chrono::milliseconds(number));
        state->timer.async_wait([state](error_code) { state->signal.emit(asio::cancellation_type::terminal); }
        );
    });
}

asio::awaitable<void> await_run(client const& c, toolbox tools, strand_type strand, tally& l) {
    run_tools_options options;
    options.tool_timeout = std::chrono::milliseconds(10);
    auto const run = co_await run_tools(c, hello(), std::move(tools), std::move(options));
    check(strand.running_in_this_thread(), "a run that does not come back");
    l.end(error_code(), run.response, error_code());
}

} // namespace

int main() {
    setting s;
    s.server.server.respond_with(&model);
    asio::thread_pool elsewhere(2);
    auto const tools = make_tools(elsewhere);
    tally l;
    tally last;
    {
        client const c = s.make_client();
        callers threads(calling_threads, [&](std::size_t thread) {
            for (std::size_t i = 0; i < runs_each; ++i) start(s, c, tools, l, thread * runs_each + i);
            auto const strand = asio::make_strand(s.threads.get_executor());
            l.begin();
            asio::co_spawn(strand, await_run(c, tools, strand, l), [](std::exception_ptr thrown) {
                check(!thrown, "a run that throws");
            });
        });
        threads.join();
        l.wait();
        check(c.stats().calls_in_flight == 0, "calls in flight");
        auto const before = s.server.server.stats().requests;
        for (std::size_t i = 0; i < 20; ++i) start(s, c, tools, last, 3 * i + 1);
        // Some are in their second turn by then, and most tools of the others are at work.
        check(s.server.wait_for(testing::mock_event::requests, before + 22), "runs that do not run");
    }
    last.wait();
    s.threads.join();
    elsewhere.join();
    check(l.completed() >= calling_threads * runs_each / 2, "runs that nobody cancelled");
    std::printf("%zu completed, %zu cancelled, %zu closed\n", l.completed(), l.stopped(), last.stopped());
}
