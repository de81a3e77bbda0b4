// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "codec/decode_message.hpp"

#include "codec/decode_calls.hpp"
#include "codec/deferred_values.hpp"
#include "codec/take_word.hpp"
#include "codec/text_reader.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace async_llm::codec {
namespace {

void append(std::optional<std::string>& to, std::string_view text) {
    if (!to) to.emplace();
    *to += text;
}

joined_parts read_parts(json_view from) {
    joined_parts read;
    if (auto* const later = from.deferred()) {
        later->take_or_defer(from, read);
        return read;
    }
    part_reader reader(from);
    while (!reader.step(static_cast<std::size_t>(-1))) {
    }
    return reader.take();
}

/// Tells whether an object is a part of a content, and not JSON that the model was asked for.
bool is_part(json_view from) {
    auto const type = find_string(from, "type");
    auto const text = find(from, "text");
    return type.empty() ? text && from.size() == 1 : text || find(from, type);
}

// Every template here is for an assistant_message and a message_delta, or for what they hold.

template <class Message>
void read_part(json_view from, Message& to) {
    if (auto const text = take_word(from)) return append(to.content, *text);
    if (!from.is_object()) return;
    auto const type = find_string(from, "type");
    // Thinking parts hold text parts of their own; they are no part of the answer.
    if (type.empty() || type == "text" || type == "output_text") {
        auto const text = find(from, "text");
        auto const words = text ? take_word(*text) : std::nullopt;
        if (words) append(to.content, *words);
    } else if (type == "refusal") {
        auto const refusal = find(from, "refusal");
        auto const words = refusal ? take_text(*refusal) : std::nullopt;
        if (words && !words->empty()) append(to.refusal, *words);
    }
}

/// Content that is an object: a part without its list, or a structured answer that ought to have been a text.
template <class Message>
void read_content_object(json_view from, Message& to) {
    if (!is_part(from)) return append(to.content, take_json(from));
    read_part(from, to);
    auto value = from.to_value();
    if (value.is_object()) to.content_parts.push_back(std::move(value));
}

template <class Message>
void read_content(json_view from, Message& to) {
    if (from.is_null()) return;
    to.content.reset();
    // A large text is copied in steps.
    if (assign(from, to.content)) return;
    if (auto word = take_word(from)) {
        to.content = std::move(*word);
    } else if (from.is_object()) {
        read_content_object(from, to);
    } else {
        // Taken, since there may be several lists.
        if (!from.budget().take_values(from.size())) return;
        auto read = read_parts(from);
        to.content = std::move(read.content);
        if (!to.refusal)
            to.refusal = std::move(read.refusal);
        else if (read.refusal && from.budget().take_text(read.refusal->size()))
            *to.refusal += *read.refusal;
        assign(from, to.content_parts);
    }
}

/// The text of a reasoning that is an object or a list of them, as some gateways pass it on. Unset: none.
std::optional<std::string> take_reasoning(json_view from) {
    if (auto word = take_word(from)) return word;
    if (from.is_object()) {
        for (std::string_view const name : {"text", "content", "summary", "thinking", "reasoning"}) {
            auto const member = find(from, name);
            auto text = member ? take_word(*member) : std::nullopt;
            if (text) return text;
        }
    }
    if (!from.is_array() || !from.budget().take_values(from.size())) return std::nullopt;
    std::optional<std::string> joined;
    from.for_each_element([&joined](json_view each) {
        auto const member = each.is_object() ? find(each, "text") : std::optional(each);
        if (auto const text = member ? take_word(*member) : std::nullopt) append(joined, *text);
        return true;
    });
    return joined;
}

void keep_text(std::string_view name, std::string const& text, json_budget& budget, json::object& extra) {
    auto const size =
        2 * sizeof(json::key_value_pair) + name.size() + text.size() + json_budget::block_overhead;
    if (budget.take_values(1) && budget.take_memory(size)) extra.insert_or_assign(name, text);
}

/// Reads `reasoning` or `reasoning_content`. Of two different texts, `reasoning` counts.
template <class Message>
bool read_reasoning(reasoning_member member, json_view from, Message& to) {
    if (from.is_null()) return true;
    if (!to.reasoning && assign(from, to.reasoning)) {
        to.reasoning_member = member;
        return true;
    }
    auto text = take_reasoning(from);
    if (!text) return false;
    bool const has_other = to.reasoning && to.reasoning_member != member;
    if (has_other && (text->empty() || *text == *to.reasoning)) {
        if (member == reasoning_member::reasoning && !text->empty()) to.reasoning_member = member;
        return true;
    }
    if (has_other && !to.reasoning->empty()) {
        if (member == reasoning_member::reasoning_content) return false;
        keep_text("reasoning_content", *to.reasoning, from.budget(), to.extra);
    }
    to.reasoning = std::move(*text);
    to.reasoning_member = member;
    return true;
}

template <class Message>
bool read_role(json_view from, Message& to) {
    auto const text = take_text(from);
    if (text && !text->empty()) to.role = open_enum<role>(*text);
    return text || from.is_null();
}

template <class Message>
bool read_member(std::string_view name, json_view from, Message& to) {
    if (name == "role") return read_role(from, to);
    if (name == "content") {
        read_content(from, to);
        return true;
    }
    if (name == "refusal") return assign(from, to.refusal);
    if (name == "reasoning") return read_reasoning(reasoning_member::reasoning, from, to);
    if (name == "reasoning_content") return read_reasoning(reasoning_member::reasoning_content, from, to);
    if (name == "reasoning_details") return assign(from, to.reasoning_details);
    if (name == "tool_calls") return read_tool_calls(from, to.tool_calls);
    if (name == "annotations") return assign(from, to.annotations);
    if (name == "images") return assign(from, to.images);
    if (name == "audio") return assign(from, to.audio);
    return false;
}

template <class Message>
void decode(json_view from, Message& to) {
    read_members(from, to.extra, [&to](auto name, auto value) { return read_member(name, value, to); });
    if (!to.extra.empty()) take_function_call(from, to.tool_calls, to.extra);
}

} // namespace

bool read_as_text(json_view from, std::optional<std::string>& to) {
    if (from.is_object() && from.size() != 0) {
        auto const text = is_part(from) ? find(from, "text") : std::nullopt;
        auto word = text ? take_word(*text) : std::nullopt;
        to = word ? std::move(*word) : take_json(from);
        return true;
    }
    if (from.is_object() || from.is_array()) return false;
    auto word = take_word(from);
    if (!word) return false;
    to = std::move(word);
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
