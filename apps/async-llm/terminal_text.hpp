// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_COMMAND_TERMINAL_TEXT_HPP
#define ASYNC_LLM_COMMAND_TERMINAL_TEXT_HPP

#include <cstddef>
#include <string>
#include <string_view>

namespace async_llm::command {

/// Returns foreign text that can't steer a terminal: line feeds and tabs stay, other controls become `?`.
/**
 * So do characters that reorder a line (bidirectional overrides), that end it in disguise (U+2028), and bytes
 * that are no UTF-8. Whatever else the text has stays as it is.
 */
std::string terminal_text(std::string_view text);

/// Returns foreign text likewise, on one line, and cut off with `...` beyond so many characters (at least 3).
std::string terminal_line(std::string_view text, std::size_t max_characters);

} // namespace async_llm::command

#endif
