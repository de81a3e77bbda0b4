// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/streams/verdict_rows.hpp"
#include <async_llm/error.hpp>

namespace async_llm::test {
namespace {

std::string event(std::string const& choices) { return "data: {\"choices\":[" + choices + "]}\n\n"; }

std::string piece(std::string const& delta, int index = 0) {
    return event(R"({"index":)" + std::to_string(index) + R"(,"delta":)" + delta + "}");
}

std::string finish(std::string const& reason, int index = 0) {
    return event(
        R"({"index":)" + std::to_string(index) + R"(,"delta":{},"finish_reason":")" + reason + "\"}"
    );
}

std::string const done = "data: [DONE]\n\n";
std::string const hi = piece(R"({"content":"Hi"})");
std::string const call = R"({"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]})";
std::string const nameless = R"({"tool_calls":[{"index":1,"id":"b","function":{"arguments":"{}"}}]})";

error_code const well;

} // namespace

std::vector<verdict_row> verdict_rows_of_calls() {
    return {
        {"a call without a name",
         piece(nameless) + finish("tool_calls") + done,
         errc::invalid_response,
         "",
         "no name"},
        {"a call without a name, behind text",
         hi + piece(nameless) + finish("stop") + done,
         errc::invalid_response,
         "Hi",
         "no name"},
        {"text in a choice, calls in another",
         hi + piece(R"({"content":"!"})") + piece(call, 1) + finish("tool_calls") + finish("tool_calls", 1) +
             done,
         well,
         "Hi!"},
        {"text in a choice, calls in another of the same event",
         event(R"({"index":0,"delta":{"content":"Hi"}},{"index":1,"delta":)" + call + "}") +
             finish("tool_calls") + finish("tool_calls", 1) + done,
         well,
         "Hi"},
        {"one of the choices does not finish",
         event(R"({"index":0,"delta":{"content":"Hi"}},{"index":1,"delta":)" + call + "}") +
             finish("tool_calls"),
         errc::truncated_response,
         "Hi"},
        {"calls on the choice",
         event(R"({"delta":{},"finish_reason":"tool_calls",)" + call.substr(1)) + done,
         well,
         ""},
        {"the whole message at the end",
         hi + piece(R"({"content":"!"})") +
             event(R"({"index":0,"message":{"role":"assistant","content":"Hi!"},"finish_reason":"stop"})") +
             done,
         well,
         "Hi!"},
        {"the whole message beside an empty delta",
         hi + event(R"({"index":0,"delta":{},"message":{"content":"Hi"},"finish_reason":"stop"})") + done,
         well,
         "Hi"},
    };
}

} // namespace async_llm::test
