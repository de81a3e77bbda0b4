// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_CALLS_CUT_CALLS_HPP
#define ASYNC_LLM_CODEC_CALLS_CUT_CALLS_HPP

#include <async_llm/chat_completion.hpp>
#include <async_llm/tool.hpp>

#include <string>
#include <vector>

// Calls that can't be run: the answer ended within them, or they have no name.
namespace async_llm::codec {

/// Returns whether the model was stopped before it had said all: by the length, or by a filter.
bool cuts_off(open_enum<finish_reason> const& reason) noexcept;

/// Marks the calls that an answer has not completed which was cut off (\ref tool_call::is_cut).
/**
 * They are those whose arguments are blank or no complete JSON value; of a custom tool, whose free text shows
 * no end, the last call. Whatever the finish reason, nothing else is marked.
 */
void mark_cut_calls(choice& answer);

/// Returns whether a call has no name, and is none in a notation of the provider's own either.
bool is_nameless(tool_call const& call) noexcept;

/// Sentence about the first choice with a call that has no name. Empty: there is none.
std::string find_nameless_call(std::vector<choice> const& choices);

} // namespace async_llm::codec

#endif
