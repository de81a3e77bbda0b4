// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#if defined(__GNUC__) && !defined(__clang__)
// g++ 12 says of use_future that its empty allocator is not initialised.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include "support/fixtures/tool_turns.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/execution/blocking.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <exception>
#include <future>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;
namespace json = boost::json;

// Executor that calls a function on a thread of its own, and waits until it has returned: a thread that posts
// to it sees nothing before that.
class thread_executor {
public:
    explicit thread_executor(asio::io_context& context) : context_(&context) {}

    asio::execution_context& query(asio::execution::context_t) const noexcept { return *context_; }
    static constexpr asio::execution::blocking_t query(asio::execution::blocking_t) noexcept {
        return asio::execution::blocking.never;
    }
    template <class Function>
    void execute(Function&& function) const {
        std::thread(std::forward<Function>(function)).join();
    }
    bool operator==(thread_executor const&) const noexcept = default;

private:
    asio::io_context* context_;
};

// Exception that notes the thread on which it is asked what it is.
class noting_thread : public std::exception {
public:
    explicit noting_thread(std::thread::id& to) : to_(&to) {}

    char const* what() const noexcept override {
        *to_ = std::this_thread::get_id();
        return "noted";
    }

private:
    std::thread::id* to_;
};

asio::awaitable<void> ask_on_strand(client& c, asio::strand<asio::io_context::executor_type> strand) {
    toolbox tools;
    int steps = 0;
    int uses = 0;
    tools.add("a", "", json::object(), [&](tool_invocation) -> asio::awaitable<std::string> {
        BOOST_TEST(strand.running_in_this_thread());
        co_await asio::post(asio::deferred);
        BOOST_TEST(strand.running_in_this_thread());
        ++uses;
        co_return "done";
    });
    run_tools_options options;
    options.observer = [&](run_step const&) {
        BOOST_TEST(strand.running_in_this_thread());
        ++steps;
    };
    auto const run = co_await run_tools(c, hello(), std::move(tools), std::move(options));
    BOOST_TEST(strand.running_in_this_thread());
    BOOST_TEST(run.text() == "Done.");
    BOOST_TEST(uses == 1);
    BOOST_TEST(steps == 4);
}

asio::awaitable<void> use_waiting_tool(client& c, waiting_tool& tool, bool& done) {
    toolbox tools;
    tools.add("t", "", json::object(), tool.function());
    run_tools_options options;
    options.tool_timeout = std::chrono::milliseconds(20);
    auto const run = co_await run_tools(c, hello(), std::move(tools), std::move(options));
    BOOST_TEST(run.text() == "Done.");
    done = true;
}

} // namespace

BOOST_AUTO_TEST_SUITE(run_tools_executors)

BOOST_AUTO_TEST_CASE(a_run_that_is_awaited_lives_on_its_coroutines_executor) {
    client_fixture w;
    w.server->enqueue(asking_for({tool_call("1", "a", "{}")}));
    w.server->enqueue(answering("Done."));
    auto c = w.make_client();
    auto const strand = asio::make_strand(w.io.get_executor());
    bool done = false;
    asio::co_spawn(strand, ask_on_strand(c, strand), [&](std::exception_ptr thrown) {
        BOOST_TEST(!thrown);
        done = true;
    });
    w.run_until([&] { return done; });
}

BOOST_AUTO_TEST_CASE(a_run_lives_on_the_executor_of_its_handler) {
    client_fixture w;
    auto c = w.make_client();
    auto const strand = asio::make_strand(w.io.get_executor());
    for (bool const bound : {true, false}) {
        w.server->enqueue(asking_for({tool_call("1", "a", "{}")}));
        w.server->enqueue(answering("Done."));
        toolbox tools;
        int steps = 0;
        tools.add("a", "", json::object(), [&](tool_invocation) -> asio::awaitable<std::string> {
            BOOST_TEST(strand.running_in_this_thread() == bound);
            ++steps;
            co_return "done";
        });
        run_tools_options options;
        options.observer = [&](run_step const&) {
            BOOST_TEST(strand.running_in_this_thread() == bound);
            ++steps;
        };
        bool done = false;
        auto const on_end = [&](error_code ec, run_tools_result const& run) {
            BOOST_TEST(!ec);
            BOOST_TEST(run.text() == "Done.");
            done = true;
        };
        if (bound)
            async_run_tools(c, hello(), std::move(tools), options, asio::bind_executor(strand, on_end));
        else
            async_run_tools(c, hello(), std::move(tools), options, on_end);
        w.run_until([&] { return done; });
        BOOST_TEST(steps == 5);
    }
}

// The threads of the system's executor are no caller's choice.
BOOST_AUTO_TEST_CASE(a_run_for_a_future_lives_on_the_clients_executor) {
    client_fixture w;
    w.server->enqueue(asking_for({tool_call("1", "a", "{}")}));
    w.server->enqueue(answering("Done."));
    auto c = w.make_client();
    auto const loop = std::this_thread::get_id();
    std::vector<std::thread::id> seen;
    toolbox tools;
    tools.add("a", "", json::object(), [&](tool_invocation) -> asio::awaitable<std::string> {
        seen.push_back(std::this_thread::get_id());
        co_return "done";
    });
    auto future = async_run_tools(c, hello(), std::move(tools), asio::use_future);
    w.run_until([&] { return future.wait_for(std::chrono::seconds(0)) == std::future_status::ready; });
    BOOST_TEST(future.get().text() == "Done.");
    BOOST_REQUIRE(seen.size() == 1u);
    BOOST_TEST((seen.front() == loop));
}

// Nothing says that the loop of the client is run while no call of it is under way.
BOOST_AUTO_TEST_CASE(a_tools_time_passes_while_the_clients_loop_stands_still) {
    client_fixture w;
    w.server->enqueue(asking_for({tool_call("1", "t", "{}")}));
    w.server->enqueue(answering("Done."));
    asio::io_context other;
    auto c = w.make_client();
    waiting_tool tool;
    bool done = false;
    asio::co_spawn(other, use_waiting_tool(c, tool, done), [](std::exception_ptr e) { BOOST_TEST(!e); });
    w.run_until([&] {
        other.poll();
        return tool.started == 1;
    });
    while (tool.cancelled == 0 && other.run_one_for(patience) != 0) {
    }
    BOOST_TEST(tool.cancelled == 1);
    w.run_until([&] {
        other.poll();
        return done;
    });
}

BOOST_AUTO_TEST_CASE(a_tool_may_move_to_another_executor) {
    client_fixture w;
    w.server->enqueue(asking_for({tool_call("1", "t", "{}"), tool_call("2", "t", "{}")}));
    asio::thread_pool threads(2);
    auto const loop = std::this_thread::get_id();
    toolbox tools;
    tools.add("t", "", json::object(), [&](tool_invocation) -> asio::awaitable<std::string> {
        auto token = asio::bind_executor(threads.get_executor(), asio::use_awaitable);
        co_await asio::post(std::move(token));
        co_return std::this_thread::get_id() == loop ? "still here" : "moved";
    });
    auto c = w.make_client();
    auto const r = use_tools(w, c, tools);
    BOOST_TEST(!r->ec);
    BOOST_TEST(received_messages(w, 2).at(3) == "tool 2: moved");
    threads.join();
}

BOOST_AUTO_TEST_CASE(a_tool_that_has_moved_is_judged_on_the_executor_of_the_run) {
    client_fixture w;
    w.server->enqueue(asking_for({tool_call("1", "t", "{}")}));
    asio::thread_pool threads(1);
    std::thread::id moved;
    std::thread::id asked;
    toolbox tools;
    tools.add("t", "", json::object(), [&](tool_invocation) -> asio::awaitable<std::string> {
        auto token = asio::bind_executor(threads.get_executor(), asio::use_awaitable);
        co_await asio::post(std::move(token));
        moved = std::this_thread::get_id();
        throw noting_thread(asked);
        co_return std::string();
    });
    auto c = w.make_client();
    auto const r = use_tools(w, c, tools);
    threads.join();
    BOOST_TEST(!r->ec);
    BOOST_TEST(received_messages(w, 2).back() == "tool 1: error: noted");
    BOOST_TEST((moved != std::this_thread::get_id()));
    BOOST_TEST((asked == std::this_thread::get_id()));
}

BOOST_AUTO_TEST_CASE(what_the_functions_hold_is_released_before_the_handler_is_called) {
    client_fixture w;
    w.server->enqueue(asking_for({tool_call("1", "t", "{}")}));
    auto c = w.make_client();
    auto held = std::make_shared<int>(1);
    std::weak_ptr<int> const watch = held;
    toolbox tools;
    tools.add("t", "", json::object(), [held](tool_invocation) -> asio::awaitable<std::string> {
        // Resumed by the loop, it still has what it captured.
        co_await asio::post(asio::deferred);
        co_return *held == 1 ? "done" : "gone";
    });
    run_tools_options options;
    options.observer = [held = std::move(held)](run_step const&) { BOOST_TEST(*held == 1); };
    bool done = false;
    bool succeeded = false;
    bool released = false;
    auto on_end = [&](error_code ec, run_tools_result const&) {
        succeeded = !ec;
        released = watch.expired();
        done = true;
    };
    // The run is still there when the handler is called.
    auto handler = asio::bind_executor(thread_executor(w.io), std::move(on_end));
    async_run_tools(c, hello(), std::move(tools), std::move(options), std::move(handler));
    w.run_until([&] { return done; });
    BOOST_TEST(succeeded);
    BOOST_TEST(released);
}

BOOST_AUTO_TEST_CASE(every_token_works) {
    client_fixture w;
    auto c = w.make_client();
    auto future = async_run_tools(c, hello(), repeating_tools(1), run_tools_options(), asio::use_future);
    auto operation = async_run_tools(c, hello(), repeating_tools(1), asio::deferred);
    std::string text;
    std::move(operation)([&](error_code ec, run_tools_result const& run) {
        BOOST_TEST(!ec);
        text = run.text();
    });
    run_tools_options bad;
    bad.max_turns = 0;
    auto failing = async_run_tools(c, hello(), repeating_tools(1), bad, asio::use_future);
    auto const ready = [](auto const& f) {
        return f.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
    };
    w.run_until([&] { return ready(future) && ready(failing) && !text.empty(); });
    BOOST_TEST(future.get().text() == "Hello");
    BOOST_TEST(text == "Hello");
    BOOST_CHECK_THROW(failing.get(), boost::system::system_error);
}

BOOST_AUTO_TEST_SUITE_END()
