// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CHAT_COMPLETION_HPP
#define ASYNC_LLM_CHAT_COMPLETION_HPP

#include <async_llm/api_error.hpp>
#include <async_llm/detail/config.hpp>
#include <async_llm/message.hpp>
#include <async_llm/open_enum.hpp>
#include <async_llm/tool.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace async_llm {

/// Reason why the model stopped.
enum class finish_reason {
    /// The provider did not say (missing, null or empty).
    none,
    /// A natural end or a stop text.
    stop,
    /// `max_tokens` was reached.
    length,
    tool_calls,
    content_filter,
    /// The notation of 2023 for a tool call.
    function_call,
    /// The generation failed.
    error,
    /// Something else (`eos`, `end_turn`, ...); see \ref open_enum.
    unknown,
};

ASYNC_LLM_DECL std::string_view to_string(finish_reason value) noexcept;
ASYNC_LLM_DECL bool from_string(std::string_view text, finish_reason& value) noexcept;

/// Tokens and cost of a call. Counts are the provider's, except for a total that it left out.
/** A negative count, or one that is no number, is as if missing. */
struct usage {
    usage() = default;

    /// Tokens of the request. 0: none, or not reported.
    std::int64_t prompt_tokens = 0;
    /// Tokens of the answer, reasoning included. 0: none, or not reported.
    std::int64_t completion_tokens = 0;
    /// Tokens in all. If it was not reported, the sum of both counts if they were; otherwise 0.
    std::int64_t total_tokens = 0;

    /// \name Of the prompt (`prompt_tokens_details`); unset: not reported.
    /// @{
    std::optional<std::int64_t> cached_tokens;
    std::optional<std::int64_t> cache_write_tokens;
    std::optional<std::int64_t> prompt_audio_tokens;
    std::optional<std::int64_t> prompt_image_tokens;
    std::optional<std::int64_t> prompt_video_tokens;
    /// @}

    /// \name Of the completion (`completion_tokens_details`); unset: not reported.
    /// @{
    std::optional<std::int64_t> reasoning_tokens;
    std::optional<std::int64_t> completion_audio_tokens;
    std::optional<std::int64_t> completion_image_tokens;
    std::optional<std::int64_t> accepted_prediction_tokens;
    std::optional<std::int64_t> rejected_prediction_tokens;
    /// @}

    /// Cost of the call in USD (OpenRouter's `cost`, AI/ML API's `meta.usage.usd_spent`). Unset: not
    /// reported.
    std::optional<double> cost;
    /// AI/ML API's `meta.usage.credits_used`. Unset: not reported.
    std::optional<double> credits_used;
    /// OpenRouter: was the caller's own upstream key used?
    std::optional<bool> is_byok;
    /// OpenRouter's `cost_details`.
    boost::json::object cost_details;
    /// Members the library does not know, of `usage` and (under their own names) of its detail objects.
    boost::json::object extra;
};

/// One token with its log probability.
struct token_logprob {
    token_logprob() = default;

    std::string token;
    /// Natural logarithm of the probability. NaN: not reported.
    double logprob = std::numeric_limits<double>::quiet_NaN();
    /// The token's UTF-8 bytes; a token may be part of a character. Empty: not reported.
    std::vector<unsigned char> bytes;
    /// The likeliest alternatives; their own `top_logprobs` are empty.
    std::vector<token_logprob> top_logprobs;
    /// Members the library does not know.
    boost::json::object extra;
};

/// Message of the model in one choice.
struct assistant_message {
    assistant_message() = default;

    /// `assistant`, or what the provider wrote.
    open_enum<async_llm::role> role = async_llm::role::assistant;
    /// The text; text parts are joined. Unset: null or missing, as with tool calls.
    std::optional<std::string> content;
    /// The content as it came, if it was an array of parts. Empty otherwise.
    boost::json::array content_parts;
    /// The model's words of refusal. Unset: it did not refuse.
    std::optional<std::string> refusal;
    /// The model's reasoning, from the first \ref async_llm::reasoning_member that has any. Unset: none.
    std::optional<std::string> reasoning;
    /// The name under which `reasoning` came.
    async_llm::reasoning_member reasoning_member = async_llm::reasoning_member::reasoning;
    /// OpenRouter's reasoning blocks. Unset: none; an empty array is kept.
    std::optional<boost::json::array> reasoning_details;
    /// Calls that the model asks for.
    std::vector<tool_call> tool_calls;
    /// Citations and files.
    boost::json::array annotations;
    /// Generated images.
    boost::json::array images;
    /// Generated sound. Null: none.
    boost::json::value audio;
    /// Members the library does not know.
    boost::json::object extra;
};

/// One of the answers.
struct choice {
    choice() = default;

    /// The provider's number of the choice; its place in the list if none was given.
    std::int64_t index = 0;
    assistant_message message;
    open_enum<async_llm::finish_reason> finish_reason = async_llm::finish_reason::none;
    /// The upstream's own word (OpenRouter). Empty: none.
    std::string native_finish_reason;
    /// Log probabilities of the content. Empty: not asked for.
    std::vector<token_logprob> logprobs;
    /// Log probabilities of the refusal.
    std::vector<token_logprob> refusal_logprobs;
    /// Set if the generation of this choice failed after it had begun.
    std::optional<api_error> error;
    /// Members the library does not know.
    boost::json::object extra;
};

/// A provider's reply to a \ref chat_request.
struct chat_completion {
    chat_completion() = default;

    /// The provider's id. May be empty.
    std::string id;
    /// `chat.completion`; not checked.
    std::string object;
    /// Seconds since 1970. 0: not reported.
    std::int64_t created = 0;
    /// The model that answered; may differ from the one asked for.
    std::string model;
    /// The upstream provider (OpenRouter). Empty: not reported.
    std::string provider;
    std::string system_fingerprint;
    std::string service_tier;
    /// At least one in a reply that counts as success.
    std::vector<choice> choices;
    /// Unset: the provider sent none.
    std::optional<async_llm::usage> usage;
    /// Members the library does not know (`meta`, `openrouter_metadata`, ...).
    boost::json::object extra;

    /// The text of the first choice; empty if it has none. Valid until the completion changes.
    ASYNC_LLM_DECL std::string_view text() const noexcept;

    /// The tool calls of the first choice; empty if there is none. Valid until the completion changes.
    ASYNC_LLM_DECL std::vector<tool_call> const& tool_calls() const noexcept;
};

} // namespace async_llm

#endif
