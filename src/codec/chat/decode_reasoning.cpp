// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/chat/decode_reasoning.hpp"

#include "codec/chat/decode_content.hpp"
#include "codec/json/list_like.hpp"
#include "codec/json/take_word.hpp"

#include <utility>

namespace async_llm::codec {
namespace {

/// Takes the text of a reasoning that is an object or a list of them, as some gateways pass it on. Unset:
/// none.
std::optional<std::string> take_reasoning(json_view source) {
    if (auto word = take_word(source)) return word;
    auto const text_of_object = [](json_view object) {
        for (std::string_view const name : {"text", "content", "summary", "thinking", "reasoning", "value"}) {
            auto const member = find(object, name);
            auto text = member ? take_word(*member) : std::nullopt;
            if (text) return text;
        }
        return std::optional<std::string>();
    };
    if (source.is_object()) return text_of_object(source);
    if (!source.is_array() || !source.budget().take_values(source.size())) return std::nullopt;
    std::optional<std::string> joined;
    source.for_each_element([&](json_view each) {
        if (auto const text = each.is_object() ? text_of_object(each) : take_word(each))
            append_text(joined, *text);
        return true;
    });
    return joined;
}

void keep_text(std::string_view name, std::string const& text, json_budget& budget, json::object& extra) {
    auto const size =
        2 * sizeof(json::key_value_pair) + name.size() + text.size() + json_budget::block_overhead;
    if (budget.take_values(1) && budget.take_memory(size)) extra.insert_or_assign(name, text);
}

} // namespace

std::optional<reasoning_member> find_other_reasoning(std::string_view name) noexcept {
    for (auto const member :
         {reasoning_member::reasoning_text, reasoning_member::thinking, reasoning_member::reasoning_summary
         }) {
        if (name == to_string(member)) return member;
    }
    return std::nullopt;
}

template <class Message>
bool read_reasoning(reasoning_member member, json_view source, Message& out) {
    auto& reasoning = out.reasoning;
    auto& member_name = out.reasoning_member;
    if (source.is_null()) return true;
    if (!reasoning && assign(source, reasoning)) {
        member_name = member;
        return true;
    }
    // A switch is no text.
    if (member > reasoning_member::reasoning_content && source.kind() == json::kind::bool_) return false;
    auto text = take_reasoning(source);
    if (!text) return false;
    bool const has_other = reasoning && member_name != member;
    if (has_other && (text->empty() || *text == *reasoning)) {
        if (member < member_name && !text->empty()) member_name = member;
        return true;
    }
    if (has_other && !reasoning->empty()) {
        if (member > member_name) return false;
        keep_text(to_string(member_name), *reasoning, source.budget(), out.extra);
    }
    reasoning = std::move(*text);
    member_name = member;
    return true;
}

template bool read_reasoning(reasoning_member, json_view, assistant_message&);
template bool read_reasoning(reasoning_member, json_view, message_delta&);

bool read_reasoning_details(json_view source, std::optional<json::array>& out) {
    if (!source.is_object()) return assign(source, out);
    auto const is_block = [](json_view object) {
        auto const name = read_string(object.first());
        return !name || !number_in<std::int64_t>(*name);
    };
    auto list = list_view::of(source, is_block);
    if (!list || list->size() == 0 || !source.budget().take_values(list->size())) return false;
    json::array blocks;
    for (; list->size() != 0; list->pop_front()) {
        auto block = list->front().to_value();
        if (block.is_object()) blocks.push_back(std::move(block));
    }
    out = std::move(blocks);
    return true;
}

} // namespace async_llm::codec
