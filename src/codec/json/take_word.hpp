// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_JSON_TAKE_WORD_HPP
#define ASYNC_LLM_CODEC_JSON_TAKE_WORD_HPP

#include "codec/json/json_tape.hpp"

#include <optional>
#include <string>

namespace async_llm::codec {

/// Returns a text, or a number or truth value as it was written, within the budget. Unset: it is neither.
std::optional<std::string> take_word(json_view source);

/// Returns the value as JSON, within the budget.
std::string take_json(json_view source);

} // namespace async_llm::codec

#endif
