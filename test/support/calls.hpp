// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_CALLS_HPP
#define ASYNC_LLM_TEST_SUPPORT_CALLS_HPP

#include "support/world.hpp"
#include <async_llm/error.hpp>

#include <boost/asio/cancellation_signal.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace async_llm::test {

/// A call, and once it is over, what it ended with.
struct call {
    call() = default;

    bool done = false;
    error_code ec;
    chat_response response;
    /// Emit it while the loop does not run.
    asio::cancellation_signal cancel;

    response_info const& info() const noexcept { return response.info; }
};
using call_ptr = std::shared_ptr<call>;

/// Begins a call; it makes progress when the loop runs.
call_ptr
start(client const& from, chat_request request = hello(), request_options options = request_options());

/// Begins so many calls; the n-th one says n.
std::vector<call_ptr> start_many(client const& from, std::size_t count);

/// Runs the loop until they are over.
void finish(world& w, std::vector<call_ptr> const& calls);

/// One call from start to end.
call_ptr
ask(world& w, client const& from, chat_request request = hello(), request_options options = request_options()
);

/// One call that has to end well.
call_ptr ask_well(world& w, client const& from);

/// Fails the test, and ends it, if the call did not end well.
void require_success(call const& c);

/// Checks code and phase, and that the result has a sentence for people and no key.
void check_failure(call const& c, error_code expected, phase where);

/// Whether the failed call's sentence contains this.
void check_detail(call const& c, std::string_view part);

/// Runs the loop until the server has no connection any more.
void await_no_connections(world& w);

/// Runs the loop for that long, and does nothing: for limits that are a matter of time.
void let_pass(world& w, std::chrono::milliseconds time);

/// The request that every provider takes, with this text.
chat_request saying(std::string text);

/// That reply with one more header field.
testing::scripted_reply with_field(testing::scripted_reply reply, std::string name, std::string value);

} // namespace async_llm::test

#endif
