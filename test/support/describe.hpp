// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_DESCRIBE_HPP
#define ASYNC_LLM_TEST_SUPPORT_DESCRIBE_HPP

#include <async_llm/chat_chunk.hpp>
#include <async_llm/chat_completion.hpp>

#include <string>

namespace async_llm::test {

/// Everything that a chunk says, as text for comparing.
std::string describe(chat_chunk const& chunk);
/// The same of a completion; `object` aside, that of the chunk that says it.
std::string describe(chat_completion const& completion);

} // namespace async_llm::test

#endif
