// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_CHAT_DECODE_MESSAGE_HPP
#define ASYNC_LLM_CODEC_CHAT_DECODE_MESSAGE_HPP

#include "codec/json/json_tape.hpp"
#include <async_llm/chat_chunk.hpp>
#include <async_llm/chat_completion.hpp>

namespace async_llm::codec {

/// Reads the member `message` of a choice. What has an unexpected type stays in `extra`. Precondition: `out`
/// is as new.
void decode_message(json_view source, assistant_message& out);

/// Decodes the member `delta` of a choice of a chunk.
void decode_delta(json_view source, message_delta& out);

} // namespace async_llm::codec

#endif
