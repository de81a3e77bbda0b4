// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_ERRORS_FOREIGN_API_HPP
#define ASYNC_LLM_CODEC_ERRORS_FOREIGN_API_HPP

#include "codec/json/json_tape.hpp"

#include <string_view>

namespace async_llm::codec {

/// Names the API that an object or event without choices belongs to: `the Responses API`. Empty: none that
/// is known.
std::string_view name_foreign_api(json_view source);

/// Returns whether a text is several lines of JSON: `behind` is what follows the first value.
bool is_more_json(std::string_view behind) noexcept;

} // namespace async_llm::codec

#endif
