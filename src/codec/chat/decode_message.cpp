// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/chat/decode_message.hpp"

#include "codec/calls/decode_calls.hpp"
#include "codec/chat/decode_content.hpp"
#include "codec/chat/decode_reasoning.hpp"

namespace async_llm::codec {
namespace {

// Every template here is for an assistant_message and a message_delta.

template <class Message>
bool read_role(json_view source, Message& out) {
    auto const text = take_text(source);
    if (text && !text->empty()) out.role = open_enum<role>(*text);
    return text || source.is_null();
}

template <class Message>
bool read_member(std::string_view name, json_view source, Message& out) {
    if (name == "role") return read_role(source, out);
    if (name == "content") {
        read_content(source, out);
        return true;
    }
    if (name == "refusal") return assign(source, out.refusal);
    if (name == "reasoning") return read_reasoning(reasoning_member::reasoning, source, out);
    if (name == "reasoning_content") return read_reasoning(reasoning_member::reasoning_content, source, out);
    if (name == "reasoning_details") return read_reasoning_details(source, out.reasoning_details);
    if (name == "tool_calls") return read_tool_calls(source, out.tool_calls);
    if (name == "annotations") return assign(source, out.annotations);
    if (name == "images") return assign(source, out.images);
    if (name == "audio") return assign(source, out.audio);
    auto const other = find_other_reasoning(name);
    return other && read_reasoning(*other, source, out);
}

template <class Message>
void decode(json_view source, Message& out) {
    read_members(source, out.extra, [&out](auto name, auto value) { return read_member(name, value, out); });
    if (out.extra.empty()) return;
    take_function_call(source, out.tool_calls, out.extra);
    read_text_beside(source, {"text"}, empty_text::is_none, out.content, out.extra);
}

} // namespace

void decode_message(json_view source, assistant_message& out) { decode(source, out); }

void decode_delta(json_view source, message_delta& out) { decode(source, out); }

} // namespace async_llm::codec
