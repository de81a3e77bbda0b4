// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_CALLS_DECODE_CALLS_HPP
#define ASYNC_LLM_CODEC_CALLS_DECODE_CALLS_HPP

#include "codec/json/json_tape.hpp"
#include <async_llm/chat_chunk.hpp>
#include <async_llm/tool.hpp>

#include <vector>

namespace async_llm::codec {

/// \name Reading the calls of a message, or the pieces of them in a delta
/**
 * `Call`: \ref tool_call or \ref tool_call_delta.
 *
 * The name and the arguments of a call stand in `function`, or in OpenAI's `custom`; what is missing there is
 * taken from beside it. `function` may be a list of one object, or the name itself, or missing. Arguments are
 * called `arguments`, `input` (of a custom tool the other way round), `parameters`, `args` or `params`; the
 * first that has any counts: the inner before the outer, the usual name before another. Whatever else there
 * is stays in `extra`, but null.
 *
 * An `index` that is a word stays in the `extra` of a piece, for \ref call_assembler. In place of the list
 * there may be a call, or a map of calls by their number or by a word, which is their index and, if a call
 * that begins has none, its id.
 */
/// @{

/// Reads the member `tool_calls`. False: not all of it was understood.
template <class Call>
bool read_tool_calls(json_view source, std::vector<Call>& out);

/// Adds the calls that an object has beside those in `out`, and takes them out of the `extra` of that
/// object.
/** They are its member `function_call`, in the notation of 2023, and, on a choice, `tool_calls`. A call that
 * came twice is one. */
template <class Call>
void take_function_call(json_view source, std::vector<Call>& out, json::object& extra);
template <class Call>
void take_calls_of_choice(json_view source, std::vector<Call>& out, json::object& extra);
/// @}

} // namespace async_llm::codec

#endif
