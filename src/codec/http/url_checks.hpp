// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_HTTP_URL_CHECKS_HPP
#define ASYNC_LLM_CODEC_HTTP_URL_CHECKS_HPP

#include <cstddef>
#include <string_view>

namespace async_llm::codec {

/// Fault of a URL, or of a part of one; a null pointer if there is none.
/** Constants, so that no part of a URL gets into a message. */
using url_fault = char const*;

/// Looks for characters that no URL may have, and for a fragment. `place`: index of the fault.
url_fault check_url_characters(std::string_view text, std::size_t& place) noexcept;

/// Checks a path with the query behind it, if there is one. `place`: index of the fault.
url_fault check_url_path(std::string_view path, std::size_t& place) noexcept;

} // namespace async_llm::codec

#endif
