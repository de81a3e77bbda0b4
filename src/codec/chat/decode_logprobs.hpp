// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_CHAT_DECODE_LOGPROBS_HPP
#define ASYNC_LLM_CODEC_CHAT_DECODE_LOGPROBS_HPP

#include "codec/json/json_tape.hpp"
#include <async_llm/chat_chunk.hpp>

namespace async_llm::codec {

/// Reads the member `logprobs` of a choice: as of chat completions, in the older notation, or as a bare list.
/** Members that it does not know go to `extra`, under the member's name. False: it has another type. */
template <class Choice>
bool read_logprobs(json_view source, Choice& out);

} // namespace async_llm::codec

#endif
