// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/json/take_word.hpp"

#include <boost/json/serialize.hpp>

#include <string_view>

namespace async_llm::codec {

std::optional<std::string> take_word(json_view from) {
    if (auto const text = take_text(from)) return std::string(*text);
    auto const number = from.number_text();
    auto word = number.empty() ? read_plain_text(from.scalar()) : std::optional<std::string>(number);
    if (word && !from.budget().take_text(word->size())) word->clear();
    return word;
}

std::string take_json(json_view from) {
    // It is written in one step.
    auto& budget = from.budget();
    if (!budget.take_work(from.span() + json_budget::work_of_text(from.text_size()))) return {};
    auto text = json::serialize(from.to_value());
    if (!budget.take_text(text.size())) text.clear();
    return text;
}

} // namespace async_llm::codec
