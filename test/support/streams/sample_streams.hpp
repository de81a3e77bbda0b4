// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_STREAMS_SAMPLE_STREAMS_HPP
#define ASYNC_LLM_TEST_SUPPORT_STREAMS_SAMPLE_STREAMS_HPP

#include <string>
#include <string_view>
#include <vector>

// Bodies of streamed replies in the shapes that providers are known to send. Lines end with LF.
namespace async_llm::test {

/// An event with this data.
std::string event(std::string_view data);

/// `data: [DONE]`.
std::string done();

/// An event: a chunk with one choice that has this delta and these other members (JSON, with a comma in
/// front).
std::string delta_event(std::string_view delta, std::string_view members = "");

/// An event: the usual last chunk with content, with this reason.
std::string finish_event(std::string_view reason = "stop");

/// The text with other line ends. `mixed`: CR, CRLF and LF in turn.
std::string with_line_ends(std::string_view text, std::string_view line_end);
inline constexpr std::string_view mixed = "mixed";

namespace samples {

/// OR-1: comments, text, usage without choices, `[DONE]`.
std::string openrouter();
/// OR-2: behind the finish, the usage comes with a choice that has no finish reason.
std::string openrouter_usage_in_choice();
/// OR-3: an error with a whole choice.
std::string openrouter_error_with_choice();
/// OR-4: an error without choices.
std::string openrouter_error_without_choice();
/// OR-5: an error whose code is a word.
std::string openrouter_error_with_word();
/// OR-13: a debugging chunk in front.
std::string openrouter_debug();
/// OpenRouter's reasoning in blocks.
std::string openrouter_reasoning();
/// AI-2: an id in the first chunk alone, usage with the finish, a second finish without delta.
std::string aimlapi_claude();
/// AI-3: reasoning with null content, then content with null reasoning.
std::string aimlapi_qwen();
/// AI-4: the cost in the last chunk.
std::string aimlapi_cost();
/// As OpenAI streams: obfuscation, log probabilities, an empty delta with the finish.
std::string openai();
/// TC: two parallel calls whose later pieces have a null or empty id.
std::string tool_calls();

/// All of the above.
std::vector<std::string> all();

} // namespace samples

} // namespace async_llm::test

#endif
