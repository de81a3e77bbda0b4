// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "codec/decode_message.hpp"

#include "codec/deferred_values.hpp"
#include "codec/text_reader.hpp"

#include <boost/json/serialize.hpp>

#include <optional>
#include <vector>

namespace async_llm::codec {
namespace {

joined_parts read_parts(json_view from) {
    joined_parts read;
    if (auto* const later = from.deferred()) {
        later->take_or_defer(from, read);
        return read;
    }
    part_reader reader(from);
    while (!reader.step(static_cast<std::size_t>(-1))) {
    }
    return reader.take();
}

// Every template here is for an assistant_message and a message_delta, or for what they hold.

template <class Message>
bool read_content(json_view from, Message& to) {
    if (!from.is_array()) return assign(from, to.content);
    to.content.reset();
    // Taken, since there may be several lists.
    if (!from.budget().take_values(from.size())) return true;
    auto read = read_parts(from);
    to.content = std::move(read.content);
    if (!to.refusal)
        to.refusal = std::move(read.refusal);
    else if (read.refusal && from.budget().take_text(read.refusal->size()))
        *to.refusal += *read.refusal;
    return assign(from, to.content_parts);
}

/// Arguments are text, but some providers send the object that the text ought to hold.
void read_arguments(json_view from, std::string& to) {
    if (assign(from, to)) return;
    // It is written in one step.
    auto& budget = from.budget();
    if (!budget.take_work(from.span() + json_budget::work_of_text(from.text_size()))) return;
    auto text = json::serialize(from.to_value());
    if (budget.take_text(text.size())) to = std::move(text);
}

/// The member `function`, or OpenAI's `custom`, whose free text is called `input`.
template <class Call>
bool read_function(std::string_view name, json_view from, Call& to) {
    if (from.is_null()) return true;
    if (!from.is_object()) return false;
    json::object unknown;
    read_members(from, unknown, [&to](auto member, auto value) {
        if (member == "name") return assign(value, to.name);
        if (member != "arguments" && member != "input") return false;
        read_arguments(value, to.arguments);
        return true;
    });
    if (!unknown.empty()) to.extra.insert_or_assign(name, std::move(unknown));
    return true;
}

/// A call of a completion has its place in the list; its `index` is no news.
bool read_index(json_view /*from*/, tool_call& /*to*/) noexcept { return false; }
bool read_index(json_view from, tool_call_delta& to) noexcept { return assign(from, to.index); }

template <class Call>
Call decode_tool_call(json_view from) {
    Call to;
    if (find_object(from, "custom") && !find_object(from, "function")) to.type = "custom";
    read_members(from, to.extra, [&to](auto name, auto value) {
        if (name == "id") return assign(value, to.id);
        if (name == "type") return read_string(value) == std::string_view() || assign(value, to.type);
        if (name == "function" || name == "custom") return read_function(name, value, to);
        if (name == "index") return read_index(value, to);
        return false;
    });
    return to;
}

template <class Call>
bool read_tool_calls(json_view from, std::vector<Call>& to) {
    if (from.is_null()) return true;
    if (!from.is_array()) return false;
    bool understood = true;
    to.clear();
    auto& budget = from.budget();
    if (from.size() > json_budget::max_tool_calls) budget.exceed(json_budget::limit::tool_calls);
    if (from.size() == 0 || !budget.take_memory(from.size() * sizeof(Call))) return true;
    to.reserve(from.size());
    from.for_each_element([&](json_view call) {
        if (call.is_object())
            to.push_back(decode_tool_call<Call>(call));
        else
            understood = understood && call.is_null();
        return true;
    });
    return understood;
}

template <class Message>
bool read_role(json_view from, Message& to) {
    auto const text = take_text(from);
    if (text && !text->empty()) to.role = open_enum<role>(*text);
    return text || from.is_null();
}

template <class Message>
bool read_member(std::string_view name, json_view from, Message& to) {
    if (name == "role") return read_role(from, to);
    if (name == "content") return read_content(from, to);
    if (name == "refusal") return assign(from, to.refusal);
    if (name == "reasoning") return assign(from, to.reasoning);
    if (name == "reasoning_details") return assign(from, to.reasoning_details);
    if (name == "tool_calls") return read_tool_calls(from, to.tool_calls);
    if (name == "annotations") return assign(from, to.annotations);
    if (name == "images") return assign(from, to.images);
    if (name == "audio") return assign(from, to.audio);
    return false;
}

/// Members that stand in for others if those are missing. They were kept as unknown, and stay so if they are not needed.
template <class Message>
void read_older_names(json_view from, Message& to) {
    auto const drop_if = [&to](std::string_view name, bool understood) {
        if (understood) to.extra.erase(name);
    };
    if (to.extra.contains("reasoning_content")) {
        auto const reasoning = find(from, "reasoning_content");
        auto const text = reasoning ? read_string(*reasoning) : std::nullopt;
        bool const needed = text && (!to.reasoning || to.reasoning->empty());
        if (needed) assign(*reasoning, to.reasoning);
        drop_if("reasoning_content", needed || !reasoning || (text && to.reasoning == *text));
    }
    if (to.extra.contains("function_call")) {
        auto const call = find(from, "function_call");
        bool const needed = call && call->is_object() && to.tool_calls.empty();
        if (needed) read_function("function_call", *call, to.tool_calls.emplace_back());
        drop_if("function_call", needed || !call);
    }
}

template <class Message>
void decode(json_view from, Message& to) {
    read_members(from, to.extra, [&to](auto name, auto value) { return read_member(name, value, to); });
    if (!to.extra.empty()) read_older_names(from, to);
}

} // namespace

void decode_message(json_view from, assistant_message& to) { decode(from, to); }

void decode_delta(json_view from, message_delta& to) { decode(from, to); }

} // namespace async_llm::codec
