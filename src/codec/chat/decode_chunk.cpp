// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/chat/decode_chunk.hpp"

#include "codec/calls/decode_calls.hpp"
#include "codec/chat/decode_choice.hpp"
#include "codec/chat/decode_content.hpp"
#include "codec/chat/decode_message.hpp"

#include <cstdint>
#include <utility>
#include <vector>

namespace async_llm::codec {
namespace {

/// Tells whether a delta has more than a role and empty members.
bool says_anything(json_view delta) {
    auto const object = as_object(delta);
    // What is something else is refused.
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

/// `total`: what is known of the usage; some providers tell it inside of the last choice. `place`: that of
/// the choice, which is set in `messages` if it has a message in place of a delta.
bool read_chunk_choice(
    json_view from,
    chunk_choice& to,
    std::optional<usage>& total,
    std::string& detail,
    std::size_t place,
    message_places* messages
) {
    std::optional<json_view> delta;
    std::optional<json_view> message;
    read_members(from, to.extra, [&](auto name, auto value) {
        if (name == "delta") {
            delta = value;
        } else if (name == "message") {
            message = value;
        } else if (name == "usage" && !total && as_object(value)) {
            total = decode_usage(*as_object(value));
        } else {
            return read_choice_member(name, value, to);
        }
        return true;
    });
    bool const has_delta = delta && !delta->is_null();
    bool const has_message = message && !message->is_null();
    // Some servers send a `message` where others send a `delta`, or the whole of it beside the last.
    bool const takes_message = has_message && !(has_delta && says_anything(*delta));
    if (takes_message && messages && place < messages->size()) messages->set(place);
    if (has_message && !takes_message) keep("message", *message, to.extra);
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
            decode_delta(*object, to.delta);
            read_inner_error(*object, to.delta.extra, to);
            empty = empty_text::is_none;
        }
    }
    if (to.extra.empty()) return true;
    read_text_beside(from, {"text", "content"}, empty, to.delta.content, to.extra);
    take_calls_of_choice(from, to.delta.tool_calls, to.extra);
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

tool_call_delta to_piece(tool_call&& from, std::size_t place) {
    tool_call_delta to;
    to.index = static_cast<std::int64_t>(place);
    to.id = std::move(from.id);
    to.type = std::move(from.type);
    to.name = std::move(from.name);
    to.arguments = std::move(from.arguments);
    to.extra = std::move(from.extra);
    to.extra.stable_erase("index");
    return to;
}

message_delta to_piece(assistant_message&& from) {
    message_delta to;
    to.role = std::move(from.role);
    to.content = std::move(from.content);
    to.content_parts = std::move(from.content_parts);
    to.refusal = std::move(from.refusal);
    to.reasoning = std::move(from.reasoning);
    to.reasoning_member = from.reasoning_member;
    to.reasoning_details = std::move(from.reasoning_details);
    for (std::size_t i = 0; i < from.tool_calls.size(); ++i)
        to.tool_calls.push_back(to_piece(std::move(from.tool_calls[i]), i));
    to.annotations = std::move(from.annotations);
    to.images = std::move(from.images);
    to.audio = std::move(from.audio);
    to.extra = std::move(from.extra);
    return to;
}

chunk_choice to_piece(choice&& from) {
    chunk_choice to;
    to.index = from.index;
    to.delta = to_piece(std::move(from.message));
    to.finish_reason = std::move(from.finish_reason);
    to.native_finish_reason = std::move(from.native_finish_reason);
    to.logprobs = std::move(from.logprobs);
    to.refusal_logprobs = std::move(from.refusal_logprobs);
    to.error = std::move(from.error);
    to.extra = std::move(from.extra);
    return to;
}

} // namespace

bool chunk_choice_reader::operator()(json_view from, chunk_choice& to, std::string& detail) const {
    return read_chunk_choice(from, to, to_->usage, detail, to_->choices.size() - 1, messages_);
}

bool decode_chunk(json_view from, chat_chunk& to, std::string& detail, message_places* messages) {
    chunk_decoder decoder(from, to, detail, chunk_choice_reader(to, messages));
    while (!decoder.step()) {
    }
    return decoder.understood();
}

chat_chunk to_chunk(chat_completion from) {
    chat_chunk to;
    number_by_place(from.choices);
    to.id = std::move(from.id);
    to.object = "chat.completion.chunk";
    to.created = from.created;
    to.model = std::move(from.model);
    to.provider = std::move(from.provider);
    to.system_fingerprint = std::move(from.system_fingerprint);
    to.service_tier = std::move(from.service_tier);
    to.choices.reserve(from.choices.size());
    for (auto& choice : from.choices) to.choices.push_back(to_piece(std::move(choice)));
    to.usage = std::move(from.usage);
    to.extra = std::move(from.extra);
    return to;
}

} // namespace async_llm::codec
