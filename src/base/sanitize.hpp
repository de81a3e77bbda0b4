// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_BASE_SANITIZE_HPP
#define ASYNC_LLM_BASE_SANITIZE_HPP

#include <cstddef>
#include <string>
#include <string_view>

namespace async_llm::codec {

/// Foreign text made fit for a log: one line, valid UTF-8, no control characters, at most `max_chars`
/// characters.
/**
 * White space is collapsed; what could steer a terminal or reorder a line becomes `?`; what is cut off
 * becomes `...`. Stops reading where the limit is reached.
 */
std::string sanitize(std::string_view text, std::size_t max_chars);

/// Foreign text as `sanitize` has it, in quotation marks.
std::string quoted_line(std::string_view text, std::size_t max_chars);

/// Returns the text that a reader of a web page sees, printable and short: without tags, comments, scripts
/// and style sheets. Linear time.
std::string html_to_text(std::string_view html, std::size_t max_chars);

/// `text` with everything that looks like an API key replaced, because providers like to repeat a wrong key.
std::string redact_keys(std::string_view text);

} // namespace async_llm::codec

#endif
