// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/errors/foreign_api.hpp"

#include "base/ascii.hpp"

#include <boost/json/kind.hpp>

namespace async_llm::codec {

std::string_view name_foreign_api(json_view from) {
    if (!from.is_object() || find(from, "choices")) return {};
    auto const type = find_string(from, "type");
    if (type.starts_with("response.") || find_string(from, "object") == "response")
        return "the Responses API";
    bool const is_messages_event =
        type.starts_with("message_") || type.starts_with("content_block_") || type == "message";
    if (is_messages_event) return "Anthropic's Messages API";
    if (find_array(from, "candidates")) return "Gemini's API";
    auto const done = find(from, "done");
    bool const is_ollama =
        done && done->kind() == json::kind::bool_ && (find(from, "message") || find(from, "response"));
    if (is_ollama) return "Ollama's own API (its chat completions are below /v1)";
    return {};
}

bool is_more_json(std::string_view behind) noexcept {
    behind = trim_left(behind);
    return behind.starts_with('{');
}

} // namespace async_llm::codec
