// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/errors/foreign_api.hpp"

#include "base/ascii.hpp"

#include <boost/json/kind.hpp>

namespace async_llm::codec {

std::string_view name_foreign_api(json_view source) {
    if (!source.is_object() || find(source, "choices")) return {};
    auto const type = find_string(source, "type");
    if (type.starts_with("response.") || find_string(source, "object") == "response")
        return "the Responses API";
    bool const is_messages_event =
        type.starts_with("message_") || type.starts_with("content_block_") || type == "message";
    if (is_messages_event) return "Anthropic's Messages API";
    if (find_array(source, "candidates")) return "Gemini's API";
    auto const done = find(source, "done");
    bool const is_ollama =
        done && done->kind() == json::kind::bool_ && (find(source, "message") || find(source, "response"));
    if (is_ollama) return "Ollama's own API (its chat completions are below /v1)";
    return {};
}

bool is_more_json(std::string_view behind) noexcept {
    behind = trim_left(behind);
    return behind.starts_with('{');
}

} // namespace async_llm::codec
