// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_CHAT_DECODE_CONTENT_HPP
#define ASYNC_LLM_CODEC_CHAT_DECODE_CONTENT_HPP

#include "codec/json/json_tape.hpp"
#include <async_llm/chat_chunk.hpp>

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

// The text of an answer, wherever a provider puts it.
namespace async_llm::codec {

/// Appends to a text that may be unset.
void append_text(std::optional<std::string>& out, std::string_view text);

/// Reads the member `content` of a message or delta; a list or part is kept as well.
template <class Message>
void read_content(json_view source, Message& out);

/// Meaning of an empty text that stands in place of the content.
enum class empty_text {
    /// It is the content.
    counts,
    /// It says nothing.
    is_none,
};

/// Reads the text of an answer from other members, if the content has none, and takes the one out of `extra`.
/**
 * The text of a choice is that of the first of these places that has any: `content` of its message or delta,
 * their `text`, `text` of the choice itself (the older API of completions), and its `content`. Further ones
 * are kept. There it may be a text, a number, a list of texts or parts, a part, or an object, whose JSON it
 * is then. `names`: the members of `source`, in their order. True: one of them was read.
 */
bool read_text_beside(
    json_view source,
    std::initializer_list<std::string_view> names,
    empty_text empty,
    std::optional<std::string>& content,
    json::object& extra
);

} // namespace async_llm::codec

#endif
