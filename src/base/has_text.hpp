// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_BASE_HAS_TEXT_HPP
#define ASYNC_LLM_BASE_HAS_TEXT_HPP

#include <optional>
#include <string>

namespace async_llm::codec {

/// Providers send empty texts where others send none.
inline bool has_text(std::optional<std::string> const& text) noexcept { return text && !text->empty(); }

} // namespace async_llm::codec

#endif
