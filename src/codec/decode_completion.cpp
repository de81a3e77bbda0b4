// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "codec/decode_completion.hpp"

#include "codec/call_assembler.hpp"
#include "codec/decode_calls.hpp"
#include "codec/decode_choice.hpp"
#include "codec/decode_message.hpp"

namespace async_llm::codec {

bool completion_choice_reader::operator()(json_view from, choice& to, std::string& detail) const {
    std::optional<json_view> message;
    std::optional<json_view> text;
    read_members(from, to.extra, [&](auto name, auto value) {
        if (name == "text") text = value;
        if (name != "message") return read_choice_member(name, value, to);
        message = value;
        return true;
    });
    auto const object = message ? as_object(*message) : std::nullopt;
    if (object) decode_message(*object, to.message);
    bool const is_missing = !message || message->is_null();
    if (object || is_missing) take_calls_of_choice(from, to.message.tool_calls, to.extra);
    if (object || !to.message.tool_calls.empty()) {
        if (is_missing && text) read_legacy_text(*text, to.message.content, to.extra);
        if (assemble_calls(to.message.tool_calls, detail)) return true;
        detail.insert(0, ".message: ");
        return false;
    }
    // The shape of the older API of completions.
    if (is_missing && text && read_legacy_text(*text, to.message.content, to.extra)) return true;
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
