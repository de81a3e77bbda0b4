// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_DECODE_MESSAGE_HPP
#define ASYNC_LLM_CODEC_DECODE_MESSAGE_HPP

#include "codec/json_tape.hpp"
#include <async_llm/chat_chunk.hpp>
#include <async_llm/chat_completion.hpp>

#include <optional>
#include <string>

namespace async_llm::codec {

/// Reads the member `message` of a choice. What has an unexpected type stays in `extra`. Precondition: `to` is as new.
void decode_message(json_view from, assistant_message& to);

/// The same of the member `delta` of a choice of a chunk.
void decode_delta(json_view from, message_delta& to);

/// Reads what should be a text: also a number or truth value as it is written, a part's text, or an object's
/// JSON.
/** False: it is null, a list or an empty object, and `to` is unchanged. */
bool read_as_text(json_view from, std::optional<std::string>& to);

/// Reads the text of a choice of the older API of completions, and takes it out of `extra`. False: it is no
/// text.
bool read_legacy_text(json_view from, std::optional<std::string>& to, json::object& extra);

} // namespace async_llm::codec

#endif
