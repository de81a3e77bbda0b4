// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_ERRORS_ERROR_WORDS_HPP
#define ASYNC_LLM_CODEC_ERRORS_ERROR_WORDS_HPP

#include "base/ascii.hpp"

#include <algorithm>
#include <initializer_list>
#include <string_view>

// Names and words by which providers report errors, compared by their letters and digits alone: `error_msg`,
// `errorMsg`, `Error-Msg` and `error.msg` are one.
namespace async_llm::codec {

/// Compares all of a name or word, as \ref is_named does.
bool is_named_throughout(std::string_view name, std::string_view plain) noexcept;

/// Compares a name or word with a plain one: lower-case letters and digits.
inline bool is_named(std::string_view name, std::string_view plain) noexcept {
    // Many are compared, of which nearly all begin with another letter.
    bool const begin = !name.empty() && !plain.empty();
    if (begin && is_alphanumeric(name.front()) && to_lower(name.front()) != plain.front()) return false;
    return is_named_throughout(name, plain);
}

/// Compares a name or word with a list of plain ones.
template <class Words = std::initializer_list<std::string_view>>
bool is_named_any(std::string_view name, Words const& plain) noexcept {
    return std::any_of(plain.begin(), plain.end(), [name](auto each) { return is_named(name, each); });
}

/// Returns whether a text reports that nothing failed: `success`, `ok`, `0`, `200`, `none`, or nothing at
/// all.
bool is_success_word(std::string_view text) noexcept;

/// Returns the HTTP status that an error's type or code stands for (`overloaded_error`: 529); 0: none.
/**
 * Only words for which the request may be sent again have one: `rate_limit_exceeded`, `server_error` and
 * their like.
 */
int status_of_word(std::string_view word) noexcept;

/// Returns whether a type or code reports that the request was refused for its content.
bool is_content_word(std::string_view word) noexcept;

/// Returns whether a type or code reports that the account has no credit or quota left.
bool is_quota_word(std::string_view word) noexcept;

/// Returns whether a text, which is no JSON, reports an error by its look: `[ERROR] ...`, `Error: ...`.
bool looks_like_error(std::string_view text) noexcept;

/// Returns whether a text keeps a connection alive and says nothing else: `ping`, `keep-alive`, a time.
bool is_keep_alive(std::string_view text) noexcept;

} // namespace async_llm::codec

#endif
