// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_CHAT_DECODE_COMPLETION_HPP
#define ASYNC_LLM_CODEC_CHAT_DECODE_COMPLETION_HPP

#include "codec/chat/decode_choice.hpp"
#include "codec/json/json_tape.hpp"
#include <async_llm/chat_completion.hpp>

#include <string>

namespace async_llm::codec {

/// Reader of a choice of a completion.
struct completion_choice_reader {
    bool operator()(json_view source, choice& out, std::string& detail) const;
};

/// Decoder of a reply in steps, with the rules of \ref decode_completion.
using completion_decoder = object_decoder<chat_completion, completion_choice_reader>;

/// Reads a reply. False: its structure is not that of one; `detail` names the path, `out` has what came
/// before it.
/**
 * Missing choices are no fault of structure: a reply that reports a failure has none. Types that are wrong
 * elsewhere are tolerated, and the member is kept in the `extra` of its object. The member `error` is left to
 * the caller.
 */
bool decode_completion(json_view source, chat_completion& out, std::string& detail);

} // namespace async_llm::codec

#endif
