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
std::optional<std::string> take_reasoning(json_view from) {
    if (auto word = take_word(from)) return word;
    auto const text_of_object = [](json_view object) {
        for (std::string_view const name : {"text", "content", "summary", "thinking", "reasoning", "value"}) {
            auto const member = find(object, name);
            auto text = member ? take_word(*member) : std::nullopt;
            if (text) return text;
        }
        return std::optional<std::string>();
    };
    if (from.is_object()) return text_of_object(from);
    if (!from.is_array() || !from.budget().take_values(from.size())) return std::nullopt;
    std::optional<std::string> joined;
    from.for_each_element([&](json_view each) {
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

bool read_reasoning(
    reasoning_member member,
    json_view from,
    std::optional<std::string>& reasoning,
    reasoning_member& under,
    json::object& extra
) {
    if (from.is_null()) return true;
    if (!reasoning && assign(from, reasoning)) {
        under = member;
        return true;
    }
    // A switch is no text.
    if (member > reasoning_member::reasoning_content && from.kind() == json::kind::bool_) return false;
    auto text = take_reasoning(from);
    if (!text) return false;
    bool const has_other = reasoning && under != member;
    if (has_other && (text->empty() || *text == *reasoning)) {
        if (member < under && !text->empty()) under = member;
        return true;
    }
    if (has_other && !reasoning->empty()) {
        if (member > under) return false;
        keep_text(to_string(under), *reasoning, from.budget(), extra);
    }
    reasoning = std::move(*text);
    under = member;
    return true;
}

bool read_reasoning_details(json_view from, std::optional<json::array>& to) {
    if (!from.is_object()) return assign(from, to);
    auto const is_block = [](json_view object) {
        auto const name = read_string(object.first());
        return !name || !number_in<std::int64_t>(*name);
    };
    auto list = list_view::of(from, is_block);
    if (!list || list->size() == 0 || !from.budget().take_values(list->size())) return false;
    json::array blocks;
    for (; list->size() != 0; list->pop_front()) {
        auto block = list->front().to_value();
        if (block.is_object()) blocks.push_back(std::move(block));
    }
    to = std::move(blocks);
    return true;
}

} // namespace async_llm::codec
