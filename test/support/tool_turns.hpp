// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_TOOL_TURNS_HPP
#define ASYNC_LLM_TEST_SUPPORT_TOOL_TURNS_HPP

#include "support/world.hpp"
#include <async_llm/error.hpp>
#include <async_llm/run_tools.hpp>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace async_llm::test {

/// The turn of a model that asks for these tools. It took 10 and 5 tokens.
testing::scripted_reply asking_for(std::vector<tool_call> const& calls);

/// The same as a stream; arguments come in pieces.
testing::scripted_reply streaming_calls(std::vector<tool_call> const& calls);

/// The turn of a model that answers. It took 20 and 2 tokens.
testing::scripted_reply answering(std::string const& text);

/// A run, and once it is over, what it ended with.
struct running_tools {
    running_tools() = default;

    bool done = false;
    error_code ec;
    tool_run run;
    /// Emit it while the loop does not run.
    asio::cancellation_signal cancel;
    /// What the observer saw, as `2 finished add: 3`.
    std::vector<std::string> steps;
};
using running_tools_ptr = std::shared_ptr<running_tools>;

/// Begins a run; it makes progress when the loop runs. It has an observer, unless the options have one.
running_tools_ptr start_tools(
    client const& from,
    toolbox tools,
    run_tools_options options = run_tools_options(),
    chat_request request = hello()
);

/// A run from start to end.
running_tools_ptr use_tools(
    world& w,
    client const& from,
    toolbox tools,
    run_tools_options options = run_tools_options(),
    chat_request request = hello()
);

/// A step in the words of \ref running_tools::steps.
std::string describe(run_step const& step);

/// The body that the server got in this turn, from 1.
boost::json::value received(world& w, std::size_t turn);

/// Its messages from this one on, as `assistant calls add#a {"x":1}`, `tool a: 3`, `user: Hello`.
std::vector<std::string> received_messages(world& w, std::size_t turn);

/// The same of a conversation.
std::vector<std::string> describe(std::vector<message> const& messages);

/// A tool that tells what it was called with: `add({"x":1})`.
asio::awaitable<std::string> repeat_call(tool_invocation invocation);

/// A toolbox of so many tools of that kind, `a`, `b`, ...
toolbox repeating_tools(std::size_t count);

/// Waits, and throws if it is cancelled meanwhile.
asio::awaitable<void> sleep_for(std::chrono::milliseconds time);

/// A tool that waits until it is cancelled, and counts.
struct waiting_tool {
    waiting_tool() = default;

    int started = 0;
    int cancelled = 0;
    /// Called after each start. Empty: nobody is interested.
    std::function<void()> on_start;

    /// Refers to this.
    tool_function function();
};

} // namespace async_llm::test

#endif
