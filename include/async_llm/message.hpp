// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_MESSAGE_HPP
#define ASYNC_LLM_MESSAGE_HPP

#include <async_llm/detail/config.hpp>
#include <async_llm/open_enum.hpp>
#include <async_llm/tool.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace async_llm {

/// Author of the message.
enum class role {
    system,
    /// Role that newer OpenAI models take in place of `system`.
    developer,
    user,
    assistant,
    /// The result of a tool call.
    tool,
    /// The result of a function call in the notation of 2023; only where the dialect has it.
    function,
    /// Something else; see \ref open_enum.
    unknown,
};

ASYNC_LLM_DECL std::string_view to_string(role value) noexcept;
ASYNC_LLM_DECL bool from_string(std::string_view text, role& value) noexcept;

/// Member of a message that carries the model's reasoning; of several that differ, the first here counts.
enum class reasoning_member {
    /// `reasoning` (OpenRouter, vLLM).
    reasoning,
    /// `reasoning_content` (DeepSeek, Kimi, older vLLM).
    reasoning_content,
    /// `reasoning_text` (GitHub Copilot).
    reasoning_text,
    /// `thinking`.
    thinking,
    /// `reasoning_summary`.
    reasoning_summary,
};

ASYNC_LLM_DECL std::string_view to_string(reasoning_member value) noexcept;

/// One part of a message's content.
struct content_part {
    content_part() = default;

    /// Text.
    ASYNC_LLM_DECL static content_part text(std::string value);
    /// An image by its URL, or inline as a `data:` URL. `detail`: `auto`, `low`, `high` (OpenRouter:
    /// `original`).
    ASYNC_LLM_DECL static content_part image_url(std::string url);
    ASYNC_LLM_DECL static content_part image_url(std::string url, std::string detail);
    /// Sound in base 64. `format`: `wav`, `mp3`, ...
    ASYNC_LLM_DECL static content_part input_audio(std::string base64, std::string format);
    /// A part in the provider's own notation, sent as it is.
    ASYNC_LLM_DECL static content_part raw(boost::json::object value);

    /// `text`, `image_url`, `refusal`, `input_audio`, or what the provider calls it. Empty: `extra` is the
    /// whole part.
    std::string type;
    /// The text of a `text` or `refusal` part.
    std::string value;
    /// The URL of an `image_url` part.
    std::string url;
    /// The detail of an `image_url` part. Unset: not sent (providers take `auto`).
    std::optional<std::string> detail;
    /// Further members of the part (`cache_control`, ...), or all of it.
    boost::json::object extra;
};

struct assistant_message;

/// One message of a conversation.
struct message {
    /// A message without content, as an assistant turn that only calls tools.
    explicit message(async_llm::role author) : role(author) {}
    message(async_llm::role author, std::string text) : role(author), content(std::move(text)) {}
    message(async_llm::role author, std::vector<content_part> content_parts)
        : role(author), parts(std::move(content_parts)) {}
    /// The model's turn as it came, to be sent back as history.
    ASYNC_LLM_DECL explicit message(assistant_message const& reply);

    ASYNC_LLM_DECL static message system(std::string text);
    ASYNC_LLM_DECL static message developer(std::string text);
    ASYNC_LLM_DECL static message user(std::string text);
    ASYNC_LLM_DECL static message user(std::vector<content_part> parts);
    ASYNC_LLM_DECL static message assistant(std::string text);
    /// The result of the tool call with this id.
    ASYNC_LLM_DECL static message tool_result(std::string tool_call_id, std::string text);

    /// Author of the message.
    open_enum<async_llm::role> role;
    /// The text. Unset, with no parts: no `content` is sent (never null: AI/ML API refuses it).
    std::optional<std::string> content;
    /// The content as parts. Not empty: sent in place of `content`.
    std::vector<content_part> parts;
    /// The participant's name. Unset: not sent.
    std::optional<std::string> name;
    /// For `role::tool`: the call that this answers. Unset: not sent.
    std::optional<std::string> tool_call_id;
    /// For `role::assistant`: the calls that the model asked for. Empty: not sent.
    std::vector<async_llm::tool_call> tool_calls;
    /// For `role::assistant`: why it refused. Unset: not sent.
    std::optional<std::string> refusal;
    /// For `role::assistant`: its reasoning; sent as `dialect::takes_reasoning_back` says.
    std::optional<std::string> reasoning;
    /// The name under which `reasoning` came, and goes back unless the dialect has a name of its own.
    async_llm::reasoning_member reasoning_member = async_llm::reasoning_member::reasoning;
    /// For `role::assistant`: reasoning of other words that came beside it, by name; sent likewise.
    /** Unset: none came. */
    std::optional<boost::json::object> other_reasoning;
    /// For `role::assistant`: OpenRouter's reasoning blocks, given back unchanged and in order; sent
    /// likewise.
    std::optional<boost::json::array> reasoning_details;
    /// Further members; sent as they are, and winning over the fields above.
    boost::json::object extra;
};

} // namespace async_llm

#endif
