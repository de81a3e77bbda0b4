// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_HTTP_HTTP_DATE_HPP
#define ASYNC_LLM_CODEC_HTTP_HTTP_DATE_HPP

#include <chrono>
#include <optional>
#include <string_view>

namespace async_llm::codec {

/// Reads a date in any of the three formats of RFC 9110, 5.6.7. Nothing if it is none.
/** Two-digit years are taken as the RFC says: at most 50 years ahead of `now`, otherwise in the past. */
std::optional<std::chrono::sys_seconds>
parse_http_date(std::string_view text, std::chrono::sys_seconds now) noexcept;

} // namespace async_llm::codec

#endif
