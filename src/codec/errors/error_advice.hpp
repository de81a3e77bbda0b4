// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_ERRORS_ERROR_ADVICE_HPP
#define ASYNC_LLM_CODEC_ERRORS_ERROR_ADVICE_HPP

#include <async_llm/api_error.hpp>

namespace async_llm::codec {

/// Fills `retryable`, `retry_after` and `refused_content` of an error that has its words, type, code and
/// `raw`.
/**
 * A wait is looked for in members (`retry_after`, `retryDelay`, also of Google's list of details), then in
 * the message, then in the upstream's words. One that is negative or unreadable is none.
 */
void read_advice(api_error& error);

} // namespace async_llm::codec

#endif
