// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_CHAT_DECODE_CHUNK_HPP
#define ASYNC_LLM_CODEC_CHAT_DECODE_CHUNK_HPP

#include "codec/chat/decode_choice.hpp"
#include "codec/chat/said_texts.hpp"
#include "codec/json/json_tape.hpp"
#include <async_llm/chat_chunk.hpp>
#include <async_llm/chat_completion.hpp>

#include <string>

namespace async_llm::codec {

/// Reader of a choice of a chunk.
class chunk_choice_reader {
public:
    /// `out`: the chunk; some providers report its usage inside of the last choice.
    /** `messages` takes the choices with a `message` in place of a delta; null: not wanted. */
    explicit chunk_choice_reader(chat_chunk& out, message_places* messages = nullptr) noexcept
        : out_(&out), messages_(messages) {}

    bool operator()(json_view source, chunk_choice& out, std::string& detail) const;

private:
    chat_chunk* out_;
    message_places* messages_;
};

/// Decoder of an event in steps, with the rules of \ref decode_chunk.
using chunk_decoder = object_decoder<chat_chunk, chunk_choice_reader>;

/// Reads an event's JSON. False: its structure is not that of a chunk; `detail` names the path.
/**
 * As lenient as \ref decode_completion. The member `error` is left to the caller, and so are the choices in
 * `messages`, which may say again what was said before.
 */
bool decode_chunk(json_view source, chat_chunk& out, std::string& detail, message_places* messages = nullptr);

/// Makes the only chunk of a stream that says all of this in one.
chat_chunk to_chunk(chat_completion source);

} // namespace async_llm::codec

#endif
