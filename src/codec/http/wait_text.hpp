// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_HTTP_WAIT_TEXT_HPP
#define ASYNC_LLM_CODEC_HTTP_WAIT_TEXT_HPP

#include <chrono>
#include <optional>
#include <string_view>

// Waits as providers write them, in header fields, members of errors and sentences.
namespace async_llm::codec {

/// Makes a wait of milliseconds, rounded up, within a hundred years; a negative one is none.
std::optional<std::chrono::milliseconds> wait_of(double ms) noexcept;

/// Returns a text without the quotation marks around it, and the marks of a list or sentence behind it:
/// `"5",`.
std::string_view without_marks(std::string_view text) noexcept;

/// Reads a number that is all of the text: `20`, `+5`, `5.0`, `1e1`.
std::optional<double> digits_as_number(std::string_view text) noexcept;

/// Reads Go's notation, which OpenAI uses, in milliseconds: `6m0s`, `1.5s`, `-120ms`.
std::optional<double> duration_ms(std::string_view text) noexcept;

/// Reads a wait that is all of the text: a number of seconds, Go's notation, `2 seconds`, `PT2.4S`,
/// `00:00:02.4`.
/** Marks around it do not count (\ref without_marks). A negative wait is none. */
std::optional<std::chrono::milliseconds> read_wait(std::string_view text) noexcept;

/// Finds the wait that a sentence asks for: `Please try again in 1m30s`, `retry after 20 seconds`. Unset:
/// none.
std::optional<std::chrono::milliseconds> find_wait(std::string_view sentence) noexcept;

} // namespace async_llm::codec

#endif
