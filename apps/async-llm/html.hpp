// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_COMMAND_HTML_HPP
#define ASYNC_LLM_COMMAND_HTML_HPP

#include <string>
#include <string_view>

namespace async_llm::command {

/// Returns foreign text as it may stand in HTML, between tags as well as in an attribute with quotation
/// marks.
/** Replaces, too, all that \ref terminal_text does. */
std::string html_text(std::string_view text);

} // namespace async_llm::command

#endif
