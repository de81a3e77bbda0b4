// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/json/take_word.hpp"

#include <boost/json/serialize.hpp>

namespace async_llm::codec {

std::optional<std::string> take_word(json_view source) {
    if (auto const text = take_text(source)) return std::string(*text);
    auto const number = source.number_text();
    auto word = number.empty() ? read_plain_text(source.scalar()) : std::optional<std::string>(number);
    if (word && !source.budget().take_text(word->size())) word->clear();
    return word;
}

std::string take_json(json_view source) {
    // It is written in one step.
    auto& budget = source.budget();
    if (!budget.take_work(source.span() + json_budget::work_of_text(source.text_size()))) return {};
    auto text = json::serialize(source.to_value());
    if (!budget.take_text(text.size())) text.clear();
    return text;
}

} // namespace async_llm::codec
