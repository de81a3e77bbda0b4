// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/chat/decode_completion.hpp"

#include "codec/calls/call_assembler.hpp"
#include "codec/calls/decode_calls.hpp"
#include "codec/chat/decode_choice.hpp"
#include "codec/chat/decode_content.hpp"
#include "codec/chat/decode_message.hpp"

namespace async_llm::codec {
namespace {

/// Takes a `delta` that stands in place of the message.
std::optional<json_view> take_delta(json_view from, json::object& extra) {
    auto const delta = extra.contains("delta") ? find_object(from, "delta") : std::nullopt;
    if (delta) extra.stable_erase("delta");
    return delta;
}

} // namespace

bool completion_choice_reader::operator()(json_view from, choice& to, std::string& detail) const {
    std::optional<json_view> message;
    read_members(from, to.extra, [&](auto name, auto value) {
        if (name != "message") return read_choice_member(name, value, to);
        message = value;
        return true;
    });
    bool const is_missing = !message || message->is_null();
    auto const object = is_missing ? take_delta(from, to.extra) : as_object(*message);
    if (object) {
        decode_message(*object, to.message);
        read_inner_error(*object, to.message.extra, to);
    }
    if (object || is_missing) take_calls_of_choice(from, to.message.tool_calls, to.extra);
    if (!assemble_calls(to.message.tool_calls, detail)) {
        detail.insert(0, ".message: ");
        return false;
    }
    // The shape of the older API of completions.
    bool const says_nothing =
        is_missing || is_empty_array(*message) || read_string(*message) == std::string_view();
    if (object || says_nothing) {
        auto const empty = object ? empty_text::is_none : empty_text::counts;
        bool const has_other =
            read_text_beside(from, {"text", "content"}, empty, to.message.content, to.extra);
        if (object || has_other || !to.message.tool_calls.empty()) return true;
    }
    // A choice without a message is half a reply, unless it says that it failed.
    bool const failed = to.error || to.finish_reason == finish_reason::error;
    if (failed && is_missing) return true;
    detail = ".message is " + kind_of(message) + ", not an object";
    return false;
}

bool decode_completion(json_view from, chat_completion& to, std::string& detail) {
    completion_decoder decoder(from, to, detail, completion_choice_reader());
    while (!decoder.step()) {
    }
    return decoder.understood();
}

} // namespace async_llm::codec
