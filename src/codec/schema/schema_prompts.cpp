// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/schema/schema_prompts.hpp"

#include "base/sanitize.hpp"
#include "codec/json/json_writer.hpp"
#include "codec/schema/json_path.hpp"

namespace async_llm::codec {
namespace {

constexpr std::size_t complaint_chars = 300;
constexpr std::size_t answer_chars = 250;

} // namespace

std::string schema_prompt(boost::json::object const& schema) {
    std::string prompt =
        "Answer with one JSON object and nothing else: no explanation, no code fence. It must follow "
        "this JSON schema:\n";
    json_writer(prompt).value(schema);
    return prompt;
}

std::string correction_prompt(std::string_view complaint) {
    std::string prompt = "Your answer does not follow the JSON schema: ";
    prompt.append(sanitize(complaint, complaint_chars));
    return prompt.append(". Answer again, with the corrected JSON object and nothing else.");
}

std::string mismatch_detail(std::string_view complaint, std::string_view text) {
    auto detail = sanitize(complaint, complaint_chars);
    if (!text.empty()) detail.append("; the answer: ").append(json_excerpt(text, answer_chars));
    return detail;
}

} // namespace async_llm::codec
