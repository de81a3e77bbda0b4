// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "base/enum_names.hpp"
#include "codec/json/json_scalar.hpp"
#include <async_llm/chat_completion.hpp>
#include <async_llm/message.hpp>

#include <array>
#include <utility>

namespace async_llm {
namespace {

// In the order of the enumerators.
constexpr std::array<std::string_view, 6>
    role_names{"system", "developer", "user", "assistant", "tool", "function"};

constexpr std::array<std::string_view, 5>
    reasoning_names{"reasoning", "reasoning_content", "reasoning_text", "thinking", "reasoning_summary"};

/// The members that say something: providers refuse a null where they expect a value or nothing.
boost::json::object without_nulls(boost::json::object const& received) {
    boost::json::object part;
    for (auto const& member : received) {
        if (!member.value().is_null()) part.insert(member);
    }
    return part;
}

std::vector<content_part> parts_of(boost::json::array const& received) {
    std::vector<content_part> parts;
    for (auto const& part : received) {
        if (part.is_object()) {
            auto members = without_nulls(part.get_object());
            if (!members.empty()) parts.push_back(content_part::raw(std::move(members)));
        } else if (auto const word = codec::read_plain_text(part))
            parts.push_back(content_part::text(*word));
    }
    return parts;
}

/// An id as text, whatever it came as. Null: it is none.
boost::json::value id_of(boost::json::value const& received) {
    if (received.is_structured()) return nullptr;
    auto const word = codec::read_word(received);
    return word ? boost::json::value(*word) : nullptr;
}

/// Reasoning that came beside the one that counts, under its names.
std::optional<boost::json::object> other_reasoning_of(assistant_message const& reply) {
    std::optional<boost::json::object> others;
    if (reply.extra.empty()) return others;
    for (auto const name : reasoning_names) {
        auto const* member = reply.extra.if_contains(name);
        if (!member || name == to_string(reply.reasoning_member)) continue;
        auto const* text = member->if_string();
        auto const* object = member->if_object();
        auto const* list = member->if_array();
        bool const says_something =
            (text && !text->empty()) || (object && !object->empty()) || (list && !list->empty());
        if (!says_something) continue;
        if (!others) others.emplace();
        (*others)[name] = *member;
    }
    return others;
}

} // namespace

std::string_view to_string(reasoning_member value) noexcept {
    return codec::spelling_of(reasoning_names, value);
}

std::string_view to_string(role value) noexcept { return codec::spelling_of(role_names, value); }

bool from_string(std::string_view text, role& value) noexcept {
    return codec::find_spelling(role_names, text, value);
}

content_part content_part::text(std::string value) {
    content_part part;
    part.type = "text";
    part.value = std::move(value);
    return part;
}

content_part content_part::image_url(std::string url) {
    content_part part;
    part.type = "image_url";
    part.url = std::move(url);
    return part;
}

content_part content_part::image_url(std::string url, std::string detail) {
    auto part = image_url(std::move(url));
    part.detail = std::move(detail);
    return part;
}

content_part content_part::input_audio(std::string base64, std::string format) {
    content_part part;
    part.type = "input_audio";
    auto& audio = part.extra["input_audio"].emplace_object();
    audio["data"] = base64;
    audio["format"] = format;
    return part;
}

content_part content_part::raw(boost::json::object value) {
    content_part part;
    part.extra = std::move(value);
    return part;
}

message::message(assistant_message const& reply)
    // Whatever the provider calls itself: a turn of another role would be another's.
    : role(async_llm::role::assistant),
      content(reply.content),
      parts(parts_of(reply.content_parts)),
      tool_calls(reply.tool_calls),
      refusal(reply.refusal),
      reasoning(reply.reasoning),
      reasoning_member(reply.reasoning_member),
      other_reasoning(other_reasoning_of(reply)),
      reasoning_details(reply.reasoning_details) {
    // Of the rest only what providers take back: objects that do not expect a member refuse it.
    if (!reply.images.empty()) extra["images"] = reply.images;
    if (auto const* audio = reply.audio.if_object()) {
        auto const* received = audio->if_contains("id");
        auto id = received ? id_of(*received) : boost::json::value();
        if (!id.is_null()) extra["audio"].emplace_object()["id"] = std::move(id);
    }
    if (auto const* call = reply.extra.if_contains("function_call"); call && call->is_object())
        extra["function_call"] = *call;
}

message message::system(std::string text) { return message(async_llm::role::system, std::move(text)); }

message message::developer(std::string text) { return message(async_llm::role::developer, std::move(text)); }

message message::user(std::string text) { return message(async_llm::role::user, std::move(text)); }

message message::user(std::vector<content_part> parts) {
    return message(async_llm::role::user, std::move(parts));
}

message message::assistant(std::string text) { return message(async_llm::role::assistant, std::move(text)); }

message message::tool_result(std::string tool_call_id, std::string text) {
    message result(async_llm::role::tool, std::move(text));
    result.tool_call_id = std::move(tool_call_id);
    return result;
}

} // namespace async_llm
