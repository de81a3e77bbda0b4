// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_UNESCAPE_HPP
#define ASYNC_LLM_CODEC_UNESCAPE_HPP

#include <cstddef>
#include <string>
#include <string_view>

namespace async_llm::codec {

/// Appends to `out` what the inside of a JSON string means, and gives how many bytes of `text` that took.
/**
 * Stops before a quote, and before what can't stand in a string: a control character, what is not UTF-8, an escape that
 * is wrong or not there to its end, half of a surrogate pair.
 */
std::size_t unescape(std::string_view text, std::string& out);

/// Where the first quote is that is not escaped, or npos. `text` may not begin in the middle of an escape.
std::size_t find_closing_quote(std::string_view text) noexcept;

} // namespace async_llm::codec

#endif
