// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/chat/decode_message.hpp"

#include "codec/calls/decode_calls.hpp"
#include "codec/chat/decode_content.hpp"
#include "codec/chat/decode_reasoning.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace async_llm::codec {
namespace {

// Every template here is for an assistant_message and a message_delta.

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

template <class Message>
void decode(json_view from, Message& to) {
    read_members(from, to.extra, [&to](auto name, auto value) { return read_member(name, value, to); });
    if (to.extra.empty()) return;
    take_function_call(from, to.tool_calls, to.extra);
    read_text_beside(from, {"text"}, empty_text::is_none, to.content, to.extra);
}

} // namespace

void decode_message(json_view from, assistant_message& to) { decode(from, to); }

void decode_delta(json_view from, message_delta& to) { decode(from, to); }

} // namespace async_llm::codec
