// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_CHAT_DECODE_USAGE_HPP
#define ASYNC_LLM_CODEC_CHAT_DECODE_USAGE_HPP

#include "codec/json/json_tape.hpp"
#include <async_llm/chat_completion.hpp>

namespace async_llm::codec {

/// Reads the member `usage`.
usage decode_usage(json_view source);

/// Reads the usage in a provider's own member: AI/ML API's `meta` has costs, Groq's `x_groq` has counts.
/** Counts that were reported elsewhere stay. */
void read_vendor_usage(json_view source, std::optional<usage>& out);

} // namespace async_llm::codec

#endif
