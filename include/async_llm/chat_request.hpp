// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CHAT_REQUEST_HPP
#define ASYNC_LLM_CHAT_REQUEST_HPP

#include <async_llm/detail/config.hpp>
#include <async_llm/message.hpp>
#include <async_llm/openrouter.hpp>
#include <async_llm/tool.hpp>

#include <boost/json/object.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace async_llm {

/// The form that the answer must have.
struct response_format {
    /// Plain text; what providers do when nothing is said.
    ASYNC_LLM_DECL static response_format text();
    /// Some JSON object. Most models also want to be asked for it in a message.
    ASYNC_LLM_DECL static response_format json_object();
    /// JSON after a schema. `name`: 1 to 64 of `a-z A-Z 0-9 _ -`.
    ASYNC_LLM_DECL static response_format json_schema(std::string name, boost::json::object schema);
    ASYNC_LLM_DECL static response_format
    json_schema(std::string name, boost::json::object schema, bool strict);
    /// The provider's own notation (OpenRouter's `grammar`, ...).
    ASYNC_LLM_DECL static response_format raw(boost::json::object value);

    /// Text that is sent.
    boost::json::object value;

private:
    explicit response_format(boost::json::object v) : value(std::move(v)) {}
};

/// Text that is expected to come back mostly unchanged (OpenAI's predicted output).
struct prediction {
    explicit prediction(std::string text) : content(std::move(text)) {}
    explicit prediction(std::vector<content_part> content_parts) : parts(std::move(content_parts)) {}

    /// The expected text.
    std::string content;
    /// Content as text parts. Not empty: sent in place of `content`.
    std::vector<content_part> parts;
};

/// A chat completion to ask for.
/**
 * Only `model` and `messages` are required. What is not set is not sent, and null is never sent. Ranges are
 * those of the provider's \ref dialect; they are checked before anything is sent, and `errc::invalid_request`
 * names the field.
 *
 * ```
 * auto request = chat_request("meta-llama/llama-3-70b-instruct").system("Be brief.").user("Hello");
 * request.temperature = 0.2;
 * ```
 *
 * Thread safety: as any value.
 */
struct chat_request {
    ASYNC_LLM_DECL chat_request();
    ASYNC_LLM_DECL explicit chat_request(std::string model_id);

    // Out of line, all five: they would be generated anew in every translation unit that names the type.
    ASYNC_LLM_DECL chat_request(chat_request const&);
    ASYNC_LLM_DECL chat_request(chat_request&&) noexcept;
    ASYNC_LLM_DECL chat_request& operator=(chat_request const&);
    ASYNC_LLM_DECL chat_request& operator=(chat_request&&) noexcept;
    ASYNC_LLM_DECL ~chat_request();

    /// \name Adding messages
    /// Each appends one message and returns the request, so that they chain.
    /// @{
    ASYNC_LLM_DECL chat_request& add(message m) &;
    ASYNC_LLM_DECL chat_request&& add(message m) &&;
    ASYNC_LLM_DECL chat_request& system(std::string text) &;
    ASYNC_LLM_DECL chat_request&& system(std::string text) &&;
    ASYNC_LLM_DECL chat_request& developer(std::string text) &;
    ASYNC_LLM_DECL chat_request&& developer(std::string text) &&;
    ASYNC_LLM_DECL chat_request& user(std::string text) &;
    ASYNC_LLM_DECL chat_request&& user(std::string text) &&;
    ASYNC_LLM_DECL chat_request& assistant(std::string text) &;
    ASYNC_LLM_DECL chat_request&& assistant(std::string text) &&;
    /// @}

    /// The model's id. Required, except for OpenRouter, where `models` or the account's default may stand in.
    std::string model;
    /// The conversation, oldest first. At least one.
    std::vector<message> messages;

    /// Sampling temperature, 0 to 2. Unset: the provider's default (1.0).
    std::optional<double> temperature;
    /// Nucleus sampling, 0 to 1 (AI/ML API: 0.01 to 1).
    std::optional<double> top_p;
    /// Sample from the k likeliest tokens, 0 or more. 0: off.
    std::optional<std::int64_t> top_k;
    /// OpenRouter: 0 to 1.
    std::optional<double> top_a;
    /// Least probability relative to the likeliest token, 0 to 1 (AI/ML API: 0.001 to 0.999).
    std::optional<double> min_p;
    /// -2 to 2.
    std::optional<double> frequency_penalty;
    /// -2 to 2.
    std::optional<double> presence_penalty;
    /// 0 to 2.
    std::optional<double> repetition_penalty;
    /// For repeatable sampling. AI/ML API: 1 or more.
    std::optional<std::int64_t> seed;
    /// Token id (as text) to bias, -100 to 100. Empty: not sent.
    std::map<std::string, double> logit_bias;
    /// Return log probabilities.
    std::optional<bool> logprobs;
    /// Number of alternatives per token, 0 to 20. Needs `logprobs`.
    std::optional<std::int64_t> top_logprobs;
    /// Number of choices, 1 or more (OpenAI: up to 128).
    std::optional<std::int64_t> n;
    /// Limit of generated tokens, 1 or more; the older name, which every provider takes.
    std::optional<std::int64_t> max_tokens;
    /// `max_tokens` under its newer name (OpenAI, OpenRouter). Not together with `max_tokens`.
    std::optional<std::int64_t> max_completion_tokens;
    /// Texts that end the answer, at most 4. Empty: not sent.
    std::vector<std::string> stop;
    /// Streams: `stream_options.include_usage`, whether the last chunk has the usage. Unset: as the dialect
    /// has it.
    std::optional<bool> include_usage;
    /// The form of the answer.
    std::optional<async_llm::response_format> response_format;
    /// Tools that the model may call, at most 128. Empty: not sent.
    std::vector<tool> tools;
    /// Those that it must call. Needs `tools`.
    std::optional<async_llm::tool_choice> tool_choice;
    /// Several calls in one turn. Unset: the provider's default (yes).
    std::optional<bool> parallel_tool_calls;
    /// Expected answer.
    std::optional<async_llm::prediction> prediction;
    /// `user` on the wire: your end user's id, for the provider's abuse control.
    std::optional<std::string> user_id;
    /// Return the prompt too (AI/ML API).
    std::optional<bool> echo;
    /// `auto`, `default`, `flex`, `priority`, ...
    std::optional<std::string> service_tier;
    /// `none`, `minimal`, `low`, `medium`, `high`, ... (OpenAI's spelling; OpenRouter's is `reasoning`).
    std::optional<std::string> reasoning_effort;
    /// `low`, `medium`, `high`, ...
    std::optional<std::string> verbosity;
    /// Kinds of output: `text`, `image`, `audio`. Empty: not sent.
    std::vector<std::string> modalities;
    /// Your own labels: at most 16 pairs of at most 64 and 512 characters. Empty: not sent.
    std::map<std::string, std::string> metadata;

    /// \name OpenRouter
    /// @{
    /// Models to try in order when `model` fails. Empty: not sent.
    std::vector<std::string> models;
    /// Upstream providers that may answer, and their order.
    std::optional<provider_preferences> provider;
    /// Plugins (web search, file parser, ...). Empty: not sent.
    std::vector<plugin> plugins;
    /// Prompt transforms, e.g. `middle-out`; an empty list turns the default off. Unset: not sent.
    std::optional<std::vector<std::string>> transforms;
    /// Reasoning tokens.
    std::optional<reasoning_options> reasoning;
    /// `{"include":...}`: usage accounting. Today's OpenRouter always sends usage and ignores this.
    std::optional<bool> usage_include;
    /// Groups the calls of one conversation, at most 256 characters.
    std::optional<std::string> session_id;
    /// Ids for OpenRouter's tracing (`trace_id`, `span_name`, ...). Empty: not sent.
    boost::json::object trace;
    /// `fallback` or `sort`; deprecated by OpenRouter.
    std::optional<std::string> route;
    /// @}

    /// Anything else, at the top level of the body; sent as it is, and winning over the fields above.
    /** `stream` is refused here, because \ref client::stream says it, and so is `stream_options` where
     * nothing streams. */
    boost::json::object extra;
};

} // namespace async_llm

#endif
