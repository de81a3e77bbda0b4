// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CHAT_CHUNK_HPP
#define ASYNC_LLM_CHAT_CHUNK_HPP

#include <async_llm/api_error.hpp>
#include <async_llm/chat_completion.hpp>
#include <async_llm/detail/config.hpp>
#include <async_llm/open_enum.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace async_llm {

/// A piece of a \ref tool_call. Every member may be missing in any piece; \ref completion_builder puts them
/// together.
struct tool_call_delta {
    tool_call_delta() = default;

    /// Index of the call of the choice that this belongs to. Unset: missing, null, or a word, which is in
    /// `extra` then.
    std::optional<std::int64_t> index;
    /// Empty: missing, null or empty, as in most pieces after the first.
    std::string id;
    /// `function` or `custom`. Empty: not reported.
    std::string type;
    /// Empty: not reported in this piece.
    std::string name;
    /// The next piece of the arguments' text.
    std::string arguments;
    /// Members the library does not know.
    boost::json::object extra;
};

/// A piece of an \ref assistant_message.
struct message_delta {
    message_delta() = default;

    /// Unset: not reported in this piece.
    std::optional<open_enum<async_llm::role>> role;
    /// The next piece of the text; text parts are joined. Unset: null or missing.
    std::optional<std::string> content;
    /// The content as it came, if it was an array of parts.
    boost::json::array content_parts;
    /// The next piece of the refusal. Unset: null or missing.
    std::optional<std::string> refusal;
    /// The next piece of the model's reasoning, as \ref assistant_message::reasoning. Unset: null or missing.
    std::optional<std::string> reasoning;
    /// The name under which `reasoning` came.
    async_llm::reasoning_member reasoning_member = async_llm::reasoning_member::reasoning;
    /// OpenRouter's reasoning blocks, or pieces of them. Unset: none.
    std::optional<boost::json::array> reasoning_details;
    /// Pieces of calls that the model asks for.
    std::vector<tool_call_delta> tool_calls;
    /// Citations and files.
    boost::json::array annotations;
    /// Generated images.
    boost::json::array images;
    /// The next piece of the generated sound. Null: none.
    boost::json::value audio;
    /// Members the library does not know.
    boost::json::object extra;
};

/// Piece of one choice in a chunk.
struct chunk_choice {
    chunk_choice() = default;

    /// The provider's number of the choice; its place in the list if none was given.
    std::int64_t index = 0;
    message_delta delta;
    /// `none` until the choice ends. Some providers send it twice.
    open_enum<async_llm::finish_reason> finish_reason = async_llm::finish_reason::none;
    /// The upstream's own word (OpenRouter). Empty: none.
    std::string native_finish_reason;
    /// Log probabilities of this piece of the content.
    std::vector<token_logprob> logprobs;
    /// Log probabilities of this piece of the refusal.
    std::vector<token_logprob> refusal_logprobs;
    /// Set if the generation of this choice failed.
    std::optional<api_error> error;
    /// Members the library does not know.
    boost::json::object extra;
};

/// One event of a streamed reply (`chat.completion.chunk`).
/** Fields mean what they mean in \ref chat_completion. All but `choices` may be missing in any chunk. */
struct chat_chunk {
    ASYNC_LLM_DECL chat_chunk();

    // Out of line, all five: they would be generated anew in every translation unit that names the type.
    ASYNC_LLM_DECL chat_chunk(chat_chunk const&);
    ASYNC_LLM_DECL chat_chunk(chat_chunk&&) noexcept;
    ASYNC_LLM_DECL chat_chunk& operator=(chat_chunk const&);
    ASYNC_LLM_DECL chat_chunk& operator=(chat_chunk&&) noexcept;
    ASYNC_LLM_DECL ~chat_chunk();

    /// The provider's id; some providers send it in the first chunk alone.
    std::string id;
    /// `chat.completion.chunk`; not checked.
    std::string object;
    /// Seconds since 1970. 0: not reported.
    std::int64_t created = 0;
    /// The model that answers.
    std::string model;
    /// The upstream provider (OpenRouter). Empty: not reported.
    std::string provider;
    std::string system_fingerprint;
    std::string service_tier;
    /// New pieces of the choices. Empty in chunks that carry usage or debugging data alone.
    std::vector<chunk_choice> choices;
    /// Unset: none in this chunk. If several chunks have it, the last one counts.
    std::optional<async_llm::usage> usage;
    /// Members the library does not know (`meta`, `obfuscation`, ...).
    boost::json::object extra;

    /// New piece of the first choice's text (that with index 0); empty if this chunk has none.
    /** Valid until the chunk changes. */
    ASYNC_LLM_DECL std::string_view text() const noexcept;

    /// Does it carry anything that a model made: text, reasoning, refusal, tool calls, media, or the end of a
    /// choice?
    /** Chunks without are padding; they do not reset `timeouts::content_idle`. */
    ASYNC_LLM_DECL bool has_content() const noexcept;
};

} // namespace async_llm

#endif
