// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "codec/decode_message.hpp"

#include "codec/decode_content.hpp"
#include "codec/decode_reasoning.hpp"
#include "codec/list_like.hpp"

#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace async_llm::codec {
namespace {

/// Reads a text that the encoder writes: so it is never kept as unknown, whatever its type.
void read_known_word(json_view from, std::string& to) {
    if (auto word = take_word(from)) to = std::move(*word);
}

// Every template here is for an assistant_message and a message_delta, or for what they hold.

/// Arguments are text, but some providers send the object that the text ought to hold.
void read_arguments(json_view from, std::string& to) {
    if (!assign(from, to)) to = take_json(from);
}

/// Reads the members that were not understood. A null says nothing, and would go back as a null.
void keep_unless_null(std::string_view name, json_view from, json::object& extra) {
    if (!from.is_null()) keep(name, from, extra);
}

/// Does a member hold the arguments, or a custom tool's input, if that of the usual name is missing?
bool stands_in_for(std::string_view usual, std::string_view name) noexcept {
    if (usual == "input") return name == "arguments";
    return name == "input" || name == "parameters" || name == "args" || name == "params";
}

/// The member `function`, or OpenAI's `custom`, whose free text is called `input`.
template <class Call>
void read_function(std::string_view name, json_view from, Call& to) {
    if (!from.is_object()) return read_known_word(from, to.name);
    if (!from.budget().allows_members(from.size())) return;
    std::string_view const usual = name == "custom" ? "input" : "arguments";
    bool has_usual = false;
    std::optional<json_view> instead;
    std::string_view instead_name;
    json::object unknown;
    from.for_each_member([&](std::string_view member, json_view value) {
        if (member == "name") return read_known_word(value, to.name);
        if (!instead && stands_in_for(usual, member) && !value.is_null()) {
            instead = value;
            instead_name = member;
        } else if (member != usual) {
            keep_unless_null(member, value, unknown);
        } else if (!value.is_null()) {
            has_usual = true;
            read_arguments(value, to.arguments);
        }
    });
    if (instead && has_usual)
        keep_unless_null(instead_name, *instead, unknown);
    else if (instead)
        read_arguments(*instead, to.arguments);
    if (!unknown.empty()) to.extra.insert_or_assign(name, std::move(unknown));
}

/// A call of a completion has its place in the list; its `index` is no news.
bool read_index(json_view /*from*/, tool_call& /*to*/) noexcept { return false; }
bool read_index(json_view from, tool_call_delta& to) noexcept { return assign(from, to.index); }

template <class Call>
Call decode_tool_call(json_view from) {
    Call to;
    if (!from.budget().allows_members(from.size())) return to;
    std::optional<json_view> function;
    std::optional<json_view> custom;
    std::string_view type;
    from.for_each_member([&](std::string_view name, json_view value) {
        if (name == "function" && !value.is_null())
            function = value;
        else if (name == "custom" && value.is_object())
            custom = value;
        else if (name == "type")
            type = read_string(value).value_or(std::string_view());
    });
    // A call is custom if its name is in the member of that name, whatever its type says.
    bool const is_custom = custom && !function;
    if (is_custom)
        to.type = "custom";
    else if (!type.empty() && !(function && type == "custom") && from.budget().take_text(type.size()))
        to.type = type;
    // Some servers leave the inner object out.
    bool const is_usual = to.type.empty() || to.type == "function" || to.type == "custom";
    bool const is_flat = !function && !custom && is_usual;
    from.for_each_member([&](std::string_view name, json_view value) {
        if (name == "id")
            read_known_word(value, to.id);
        else if (name == "function" || (name == "custom" && is_custom))
            read_function(name, value, to);
        else if (is_flat && name == "name")
            read_known_word(value, to.name);
        else if (is_flat && name == (to.type == "custom" ? "input" : "arguments"))
            read_arguments(value, to.arguments);
        else if (name != "type" && !(name == "index" && read_index(value, to)))
            keep_unless_null(name, value, to.extra);
    });
    return to;
}

/// Portkey's gateway sends an object where others send a list: a call, or calls by their number.
template <class Call>
bool read_call_object(json_view from, std::vector<Call>& to) {
    auto& budget = from.budget();
    if (!budget.allows_members(from.size())) return true;
    bool const is_call = find(from, "function") || find(from, "custom") || find(from, "id") ||
        find(from, "name") || find(from, "arguments");
    if (!is_call && from.size() > json_budget::max_tool_calls) budget.exceed(json_budget::limit::tool_calls);
    auto const count = is_call ? 1 : from.size();
    if (!budget.take_memory(count * sizeof(Call))) return true;
    if (is_call) {
        to.push_back(decode_tool_call<Call>(from));
        return true;
    }
    bool understood = true;
    from.for_each_member([&](std::string_view name, json_view value) {
        if (!value.is_object()) {
            understood = understood && value.is_null();
            return;
        }
        auto& call = to.emplace_back(decode_tool_call<Call>(value));
        if constexpr (std::is_same_v<Call, tool_call_delta>) {
            if (!call.index) call.index = read_int(json_scalar(name));
        }
    });
    return understood;
}

template <class Call>
bool read_tool_calls(json_view from, std::vector<Call>& to) {
    if (from.is_null()) return true;
    if (!from.is_array() && !from.is_object()) return false;
    to.clear();
    if (from.is_object()) return read_call_object(from, to);
    bool understood = true;
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
bool read_reasoning_of(reasoning_member member, json_view from, Message& to) {
    return read_reasoning(member, from, to.reasoning, to.reasoning_member, to.extra);
}

template <class Message>
bool read_member(std::string_view name, json_view from, Message& to) {
    if (name == "role") return read_role(from, to);
    if (name == "content") {
        read_content(from, to.content, to.content_parts, to.refusal);
        return true;
    }
    if (name == "refusal") return assign(from, to.refusal);
    if (name == "reasoning") return read_reasoning_of(reasoning_member::reasoning, from, to);
    if (name == "reasoning_content") return read_reasoning_of(reasoning_member::reasoning_content, from, to);
    if (name == "reasoning_details") return read_reasoning_details(from, to.reasoning_details);
    if (name == "tool_calls") return read_tool_calls(from, to.tool_calls);
    if (name == "annotations") return assign(from, to.annotations);
    if (name == "images") return assign(from, to.images);
    if (name == "audio") return assign(from, to.audio);
    auto const other = find_other_reasoning(name);
    return other && read_reasoning_of(*other, from, to);
}

/// The call in the notation of 2023 stands in for tool calls. It was kept as unknown, and stays so if it is
/// not needed.
template <class Message>
void read_function_call(json_view from, Message& to) {
    auto const call = find(from, "function_call");
    bool const needed = call && call->is_object() && to.tool_calls.empty();
    if (needed) read_function("function_call", *call, to.tool_calls.emplace_back());
    if (needed || !call) to.extra.erase("function_call");
}

template <class Message>
void decode(json_view from, Message& to) {
    read_members(from, to.extra, [&to](auto name, auto value) { return read_member(name, value, to); });
    if (to.extra.empty()) return;
    if (to.extra.contains("function_call")) read_function_call(from, to);
    read_text_beside(from, {"text"}, empty_text::is_none, to.content, to.extra);
}

} // namespace

void decode_message(json_view from, assistant_message& to) { decode(from, to); }

void decode_delta(json_view from, message_delta& to) { decode(from, to); }

} // namespace async_llm::codec
