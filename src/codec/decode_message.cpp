// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "codec/decode_message.hpp"

#include <boost/json/serialize.hpp>

#include <optional>
#include <vector>

namespace async_llm::codec {
namespace {

void append(std::optional<std::string>& to, std::string_view text) {
    if (!to) to.emplace();
    *to += text;
}

// Every template here is for an assistant_message and a message_delta, or for what they hold.

template <class Message>
void read_part(json_view from, Message& to) {
    if (auto const text = take_text(from)) return append(to.content, *text);
    if (!from.is_object()) return;
    auto const type = find_string(from, "type");
    // Thinking parts hold text parts of their own; they are no part of the answer.
    if (type.empty() || type == "text" || type == "output_text") {
        auto const text = find(from, "text");
        auto const words = text ? take_text(*text) : std::nullopt;
        if (words) append(to.content, *words);
    } else if (type == "refusal") {
        auto const refusal = find(from, "refusal");
        auto const words = refusal ? take_text(*refusal) : std::nullopt;
        if (words && !words->empty()) append(to.refusal, *words);
    }
}

/// Tells whether an object is a part of a content, and not JSON that the model was asked for.
bool is_part(json_view from) {
    if (from.size() == 1 && !find_string(from, "text").empty()) return true;
    auto const type = find_string(from, "type");
    for (std::string_view const known :
         {"text", "output_text", "refusal", "image_url", "thinking", "reasoning"}) {
        if (type == known) return true;
    }
    return false;
}

template <class Message>
bool read_content(json_view from, Message& to) {
    if (from.is_object() && is_part(from)) {
        // An object for a list of one.
        to.content.reset();
        read_part(from, to);
        to.content_parts.clear();
        to.content_parts.push_back(from.to_value());
        return true;
    }
    if (!from.is_array()) return from.is_null() || read_as_text(from, to.content);
    to.content.reset();
    // Taken, since there may be several lists.
    if (!from.budget().take_values(from.size())) return true;
    from.for_each_element([&to](json_view part) {
        read_part(part, to);
        return true;
    });
    return assign(from, to.content_parts);
}

/// Arguments are text, but some providers send the object that the text ought to hold.
void read_arguments(json_view from, std::string& to) {
    if (auto const text = take_text(from))
        to = *text;
    else if (!from.is_null())
        to = json::serialize(from.to_value());
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
    auto const text = read_string(from);
    if (text && !text->empty()) to.role = open_enum<role>(*text);
    return text || from.is_null();
}

template <class Message>
bool read_member(std::string_view name, json_view from, Message& to) {
    if (name == "role") return read_role(from, to);
    if (name == "content") return read_content(from, to);
    if (name == "refusal") return assign(from, to.refusal);
    if (name == "reasoning") return from.is_null() || read_as_text(from, to.reasoning);
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
        std::optional<std::string> text;
        if (reasoning) read_as_text(*reasoning, text);
        if (text && (!to.reasoning || to.reasoning->empty())) to.reasoning = *text;
        drop_if("reasoning_content", !reasoning || (text && to.reasoning == *text));
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

bool read_as_text(json_view from, std::optional<std::string>& to) {
    if (auto const text = take_text(from)) {
        to.emplace(*text);
        return true;
    }
    if (from.is_null() || from.is_array()) return false;
    if (from.is_object()) {
        if (from.size() == 0) return false;
        auto const text = is_part(from) ? find(from, "text") : std::nullopt;
        if (auto const words = text ? take_text(*text) : std::nullopt)
            to.emplace(*words);
        else
            to = json::serialize(from.to_value());
        return true;
    }
    auto const written = from.number_text();
    if (!written.empty())
        to.emplace(written);
    else if (auto const* const real = from.scalar().if_double())
        to = json::serialize(json::value(*real));
    else
        to = read_word(from.scalar());
    return true;
}

bool read_legacy_text(json_view from, std::optional<std::string>& to, json::object& extra) {
    if (!read_as_text(from, to)) return false;
    extra.erase("text");
    return true;
}

void decode_message(json_view from, assistant_message& to) { decode(from, to); }

void decode_delta(json_view from, message_delta& to) { decode(from, to); }

} // namespace async_llm::codec
