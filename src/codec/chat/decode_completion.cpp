// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/chat/decode_completion.hpp"

#include "codec/calls/call_assembler.hpp"
#include "codec/calls/decode_calls.hpp"
#include "codec/chat/decode_content.hpp"
#include "codec/chat/decode_message.hpp"

namespace async_llm::codec {
namespace {

/// Takes a `delta` that stands in place of the message.
std::optional<json_view> take_delta(json_view source, json::object& extra) {
    auto const delta = extra.contains("delta") ? find_object(source, "delta") : std::nullopt;
    if (delta) extra.stable_erase("delta");
    return delta;
}

} // namespace

bool completion_choice_reader::operator()(json_view source, choice& out, std::string& detail) const {
    std::optional<json_view> message;
    read_members(source, out.extra, [&](auto name, auto value) {
        if (name != "message") return read_choice_member(name, value, out);
        message = value;
        return true;
    });
    bool const is_missing = !message || message->is_null();
    auto const object = is_missing ? take_delta(source, out.extra) : as_object(*message);
    if (object) {
        decode_message(*object, out.message);
        read_inner_error(*object, out.message.extra, out);
    }
    if (object || is_missing) take_calls_of_choice(source, out.message.tool_calls, out.extra);
    if (!assemble_calls(out.message.tool_calls, detail)) {
        detail.insert(0, ".message: ");
        return false;
    }
    // The shape of the older API of completions.
    bool const says_nothing =
        is_missing || is_empty_array(*message) || read_string(*message) == std::string_view();
    if (object || says_nothing) {
        auto const empty = object ? empty_text::is_none : empty_text::counts;
        bool const has_other =
            read_text_beside(source, {"text", "content"}, empty, out.message.content, out.extra);
        if (object || has_other || !out.message.tool_calls.empty()) return true;
    }
    // A choice without a message is half a reply, unless it says that it failed.
    bool const failed = out.error || out.finish_reason == finish_reason::error;
    if (failed && is_missing) return true;
    detail = ".message is " + kind_of(message) + ", not an object";
    return false;
}

bool decode_completion(json_view source, chat_completion& out, std::string& detail) {
    completion_decoder decoder(source, out, detail, completion_choice_reader());
    while (!decoder.step()) {
    }
    return decoder.understood();
}

} // namespace async_llm::codec
