// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/chat/decode_chunk.hpp"

#include "codec/calls/call_assembler.hpp"
#include "codec/calls/decode_calls.hpp"
#include "codec/chat/decode_content.hpp"
#include "codec/chat/decode_message.hpp"

#include <cstdint>
#include <utility>
#include <vector>

namespace async_llm::codec {
namespace {

/// Returns whether a delta has more than a role and empty members.
bool says_anything(json_view delta) {
    auto const object = as_object(delta);
    // Anything else is refused.
    if (!object) return !is_empty_array(delta);
    bool says = false;
    object->for_each_member([&says](std::string_view name, json_view value) {
        auto const text = read_string(value);
        bool const is_container = value.is_object() || value.is_array();
        bool const is_empty =
            value.is_null() || (text && text->empty()) || (is_container && value.size() == 0);
        says = says || (name != "role" && !is_empty);
    });
    return says;
}

/// `total`: what is known of the usage; some providers report it inside of the last choice. `place`: that of
/// the choice, which is set in `messages` if it has a message in place of a delta.
bool read_chunk_choice(
    json_view source,
    chunk_choice& out,
    std::optional<usage>& total,
    std::string& detail,
    std::size_t place,
    message_places* messages
) {
    std::optional<json_view> delta;
    std::optional<json_view> message;
    read_members(source, out.extra, [&](auto name, auto value) {
        if (name == "delta") {
            delta = value;
        } else if (name == "message") {
            message = value;
        } else if (name == "usage" && !total && as_object(value)) {
            total = decode_usage(*as_object(value));
        } else {
            return read_choice_member(name, value, out);
        }
        return true;
    });
    bool const has_delta = delta && !delta->is_null();
    bool const has_message = message && !message->is_null();
    // Some servers send a `message` where others send a `delta`, or the whole of it beside the last.
    bool const takes_message = has_message && !(has_delta && says_anything(*delta));
    if (takes_message && messages && place < messages->size()) messages->set(place);
    if (has_message && !takes_message) keep("message", *message, out.extra);
    auto empty = empty_text::counts;
    if (has_delta || has_message) {
        auto const said = takes_message ? *message : *delta;
        auto const object = as_object(said);
        if (!object && !is_empty_array(said) && read_string(said) != std::string_view()) {
            detail = std::string(takes_message ? ".message" : ".delta") + " is " + kind_of(said) +
                ", not an object";
            return false;
        }
        if (object) {
            decode_delta(*object, out.delta);
            read_inner_error(*object, out.delta.extra, out);
            empty = empty_text::is_none;
        }
    }
    if (out.extra.empty()) return true;
    read_text_beside(source, {"text", "content"}, empty, out.delta.content, out.extra);
    take_calls_of_choice(source, out.delta.tool_calls, out.extra);
    return true;
}

/// Numbers the choices of a whole reply by their place if their numbers are out of range or not distinct.
/**
 * A stream's pieces of one number would be joined, and the first choice is the one that a chunk's text is of.
 */
void number_by_place(std::vector<choice>& choices) {
    bool ascends = choices.size() != 1 || choices.front().index == 0;
    std::int64_t least = 0;
    for (auto const& each : choices) {
        ascends = ascends && each.index >= least && each.index < static_cast<std::int64_t>(max_choices);
        least = each.index + (ascends ? 1 : 0);
    }
    if (ascends) return;
    for (std::size_t i = 0; i < choices.size(); ++i) choices[i].index = static_cast<std::int64_t>(i);
}

message_delta to_piece(assistant_message&& source) {
    message_delta out;
    out.role = std::move(source.role);
    out.content = std::move(source.content);
    out.content_parts = std::move(source.content_parts);
    out.refusal = std::move(source.refusal);
    out.reasoning = std::move(source.reasoning);
    out.reasoning_member = source.reasoning_member;
    out.reasoning_details = std::move(source.reasoning_details);
    for (std::size_t i = 0; i < source.tool_calls.size(); ++i) {
        auto& call = out.tool_calls.emplace_back(codec::to_piece(std::move(source.tool_calls[i]), i));
        call.extra.stable_erase("index");
    }
    out.annotations = std::move(source.annotations);
    out.images = std::move(source.images);
    out.audio = std::move(source.audio);
    out.extra = std::move(source.extra);
    return out;
}

chunk_choice to_piece(choice&& source) {
    chunk_choice out;
    out.index = source.index;
    out.delta = to_piece(std::move(source.message));
    out.finish_reason = std::move(source.finish_reason);
    out.native_finish_reason = std::move(source.native_finish_reason);
    out.logprobs = std::move(source.logprobs);
    out.refusal_logprobs = std::move(source.refusal_logprobs);
    out.error = std::move(source.error);
    out.extra = std::move(source.extra);
    return out;
}

} // namespace

bool chunk_choice_reader::operator()(json_view source, chunk_choice& out, std::string& detail) const {
    return read_chunk_choice(source, out, out_->usage, detail, out_->choices.size() - 1, messages_);
}

bool decode_chunk(json_view source, chat_chunk& out, std::string& detail, message_places* messages) {
    chunk_decoder decoder(source, out, detail, chunk_choice_reader(out, messages));
    while (!decoder.step()) {
    }
    return decoder.understood();
}

chat_chunk to_chunk(chat_completion source) {
    chat_chunk out;
    number_by_place(source.choices);
    out.id = std::move(source.id);
    out.object = "chat.completion.chunk";
    out.created = source.created;
    out.model = std::move(source.model);
    out.provider = std::move(source.provider);
    out.system_fingerprint = std::move(source.system_fingerprint);
    out.service_tier = std::move(source.service_tier);
    out.choices.reserve(source.choices.size());
    for (auto& choice : source.choices) out.choices.push_back(to_piece(std::move(choice)));
    out.usage = std::move(source.usage);
    out.extra = std::move(source.extra);
    return out;
}

} // namespace async_llm::codec
