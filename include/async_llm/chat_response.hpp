// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CHAT_RESPONSE_HPP
#define ASYNC_LLM_CHAT_RESPONSE_HPP

#include <async_llm/api_error.hpp>
#include <async_llm/chat_completion.hpp>
#include <async_llm/detail/config.hpp>
#include <async_llm/response_info.hpp>

namespace async_llm {

/// Result of \ref client::async_complete, beside its error code: the code is the kind, this the
/// story.
struct chat_response {
    ASYNC_LLM_DECL chat_response();

    // Out of line, all five: they would be generated anew in every translation unit that names the type.
    ASYNC_LLM_DECL chat_response(chat_response const&);
    ASYNC_LLM_DECL chat_response(chat_response&&) noexcept;
    ASYNC_LLM_DECL chat_response& operator=(chat_response const&);
    ASYNC_LLM_DECL chat_response& operator=(chat_response&&) noexcept;
    ASYNC_LLM_DECL ~chat_response();

    /// The reply. After an error: what could be decoded of it (the partial text of a failed generation).
    chat_completion completion;
    /// Status, ids, limits, times; filled as far as the call came.
    response_info info;
    /// Words of the provider about the failure; `empty()` on success.
    api_error error;

    /// The text of the first choice.
    std::string_view text() const noexcept { return completion.text(); }
    /// The tool calls of the first choice.
    std::vector<tool_call> const& tool_calls() const noexcept { return completion.tool_calls(); }
};

} // namespace async_llm

#endif
