// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_CHAT_DECODE_REASONING_HPP
#define ASYNC_LLM_CODEC_CHAT_DECODE_REASONING_HPP

#include "codec/json/json_tape.hpp"
#include <async_llm/chat_chunk.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace async_llm::codec {

/// Finds the name of a member that carries reasoning but `reasoning` and `reasoning_content`. Unset: it is
/// none.
std::optional<reasoning_member> find_other_reasoning(std::string_view name) noexcept;

/// Reads a member that carries the model's reasoning. False: it has no text, or is to be kept beside another.
/**
 * It is a text, or an object or list that has it. Of several members whose texts differ, the one counts that
 * \ref reasoning_member has first, and the others stay in `extra` under their names, to be sent back. An
 * equal or empty one says nothing new.
 */
template <class Message>
bool read_reasoning(reasoning_member member, json_view source, Message& out);

/// Reads blocks of reasoning: a list, a map of places to blocks, or the only block without its list.
bool read_reasoning_details(json_view source, std::optional<json::array>& out);

} // namespace async_llm::codec

#endif
