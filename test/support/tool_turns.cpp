// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "support/tool_turns.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/serialize.hpp>

#include <utility>

namespace async_llm::test {
namespace {

namespace json = boost::json;

json::object call_json(tool_call const& call) {
    json::object inner;
    inner["name"] = call.name;
    inner[call.type == "custom" ? "input" : "arguments"] = call.arguments;
    json::object result;
    if (!call.id.empty()) result["id"] = call.id;
    result["type"] = call.type;
    result[call.type] = std::move(inner);
    return result;
}

json::object usage_json(int prompt, int completion) {
    json::object result;
    result["prompt_tokens"] = prompt;
    result["completion_tokens"] = completion;
    result["total_tokens"] = prompt + completion;
    return result;
}

json::object document(char const* kind) {
    json::object result;
    result["id"] = "gen-1";
    result["object"] = kind;
    result["created"] = 1;
    result["model"] = "a-model";
    return result;
}

testing::scripted_reply completion(json::object message, char const* finish_reason, json::object usage) {
    message["role"] = "assistant";
    json::object choice;
    choice["index"] = 0;
    choice["message"] = std::move(message);
    choice["finish_reason"] = finish_reason;
    auto body = document("chat.completion");
    body["choices"].emplace_array().push_back(std::move(choice));
    body["usage"] = std::move(usage);
    return testing::scripted_reply(200, json::serialize(body));
}

std::string event(json::object delta, json::value finish_reason) {
    json::object choice;
    choice["index"] = 0;
    choice["delta"] = std::move(delta);
    choice["finish_reason"] = std::move(finish_reason);
    auto body = document("chat.completion.chunk");
    body["choices"].emplace_array().push_back(std::move(choice));
    return "data: " + json::serialize(body) + "\n\n";
}

std::string call_event(std::size_t index, json::object call) {
    call["index"] = index;
    json::object delta;
    delta["tool_calls"].emplace_array().push_back(std::move(call));
    return event(std::move(delta), nullptr);
}

std::string usage_event(json::object usage) {
    auto body = document("chat.completion.chunk");
    body["choices"].emplace_array();
    body["usage"] = std::move(usage);
    return "data: " + json::serialize(body) + "\n\n";
}

std::string text_of(json::object const& object, std::string_view member) {
    auto const* value = object.if_contains(member);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::string described(tool_call const& call) {
    return ' ' + call.name + '#' + call.id + ' ' + call.arguments;
}

std::string described(json::object const& call) {
    auto const type = text_of(call, "type");
    auto const& inner = call.at(type).as_object();
    tool_call result(text_of(call, "id"), text_of(inner, "name"), text_of(inner, "arguments"));
    if (type == "custom") result.arguments = text_of(inner, "input");
    return described(result);
}

std::string described_message(json::object const& from) {
    auto result = text_of(from, "role");
    if (from.contains("tool_call_id")) result += ' ' + text_of(from, "tool_call_id");
    if (auto const* calls = from.if_contains("tool_calls")) {
        result += " calls";
        for (auto const& call : calls->as_array()) result += described(call.as_object());
    }
    if (from.contains("content")) result += ": " + text_of(from, "content");
    return result;
}

} // namespace

testing::scripted_reply asking_for(std::vector<tool_call> const& calls) {
    json::object message;
    message["content"] = nullptr;
    auto& list = message["tool_calls"].emplace_array();
    for (auto const& call : calls) list.push_back(call_json(call));
    return completion(std::move(message), "tool_calls", usage_json(10, 5));
}

testing::scripted_reply streaming_calls(std::vector<tool_call> const& calls) {
    std::vector<std::string> events;
    json::object first;
    first["role"] = "assistant";
    first["content"] = nullptr;
    events.push_back(event(std::move(first), nullptr));
    for (std::size_t i = 0; i < calls.size(); ++i) {
        auto begin = calls[i];
        auto const half = begin.arguments.size() / 2;
        begin.arguments.resize(half);
        events.push_back(call_event(i, call_json(begin)));
        json::object rest;
        rest["function"].emplace_object()["arguments"] = calls[i].arguments.substr(half);
        events.push_back(call_event(i, std::move(rest)));
    }
    events.push_back(event(json::object(), "tool_calls"));
    events.push_back(usage_event(usage_json(10, 5)));
    events.emplace_back("data: [DONE]\n\n");
    return testing::scripted_reply::events(std::move(events));
}

testing::scripted_reply answering(std::string const& text) {
    json::object message;
    message["content"] = text;
    return completion(std::move(message), "stop", usage_json(20, 2));
}

std::string describe(run_step const& step) {
    auto result = std::to_string(step.turn);
    switch (step.what) {
    case run_step::kind::chunk: return result + " chunk";
    case run_step::kind::reply: return result + " reply";
    case run_step::kind::tool_started: return result + " started " + step.call->name;
    case run_step::kind::tool_finished: break;
    }
    result += " finished " + step.call->name;
    if (step.result) result += ": " + *step.result;
    return step.ec ? result + " (failed)" : result;
}

running_tools_ptr
start_tools(client const& from, toolbox tools, run_tools_options options, chat_request request) {
    auto result = std::make_shared<running_tools>();
    if (!options.observer)
        options.observer = [result](run_step const& step) {
            BOOST_TEST(!result->done);
            result->steps.push_back(describe(step));
        };
    async_run_tools(
        from,
        std::move(request),
        std::move(tools),
        std::move(options),
        asio::bind_cancellation_slot(
            result->cancel.slot(),
            [result](error_code ec, tool_run run) {
                BOOST_TEST(!result->done);
                result->ec = ec;
                result->run = std::move(run);
                result->done = true;
            }
        )
    );
    return result;
}

running_tools_ptr
use_tools(world& w, client const& from, toolbox tools, run_tools_options options, chat_request request) {
    auto result = start_tools(from, std::move(tools), std::move(options), std::move(request));
    w.run_until([&result] { return result->done; });
    return result;
}

boost::json::value received(world& w, std::size_t turn) { return w.server->requests().at(turn - 1).json(); }

std::vector<std::string> received_messages(world& w, std::size_t turn) {
    std::vector<std::string> result;
    auto const body = received(w, turn);
    for (auto const& each : body.at("messages").as_array())
        result.push_back(described_message(each.as_object()));
    return result;
}

std::vector<std::string> describe(std::vector<message> const& messages) {
    std::vector<std::string> result;
    for (auto const& each : messages) {
        std::string line(each.role.text());
        if (each.tool_call_id) line += ' ' + *each.tool_call_id;
        if (!each.tool_calls.empty()) line += " calls";
        for (auto const& call : each.tool_calls) line += described(call);
        if (each.content) line += ": " + *each.content;
        result.push_back(std::move(line));
    }
    return result;
}

asio::awaitable<std::string> repeat_call(tool_invocation invocation) {
    co_return invocation.call.name + '(' + json::serialize(invocation.arguments) + ')';
}

toolbox repeating_tools(std::size_t count) {
    toolbox result;
    for (std::size_t i = 0; i < count; ++i)
        result.add(
            std::string(1, static_cast<char>('a' + i)),
            "Repeats its call",
            json::object(),
            &repeat_call
        );
    return result;
}

asio::awaitable<void> sleep_for(std::chrono::milliseconds time) {
    asio::steady_timer timer(co_await asio::this_coro::executor, time);
    co_await timer.async_wait(asio::use_awaitable);
}

tool_function waiting_tool::function() {
    return [this](tool_invocation) -> asio::awaitable<std::string> {
        ++started;
        if (on_start) on_start();
        try {
            co_await sleep_for(patience);
        } catch (boost::system::system_error const& e) {
            cancelled += e.code() == asio::error::operation_aborted;
            throw;
        }
        co_return "waited";
    };
}

} // namespace async_llm::test
