// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_BASE_BASE64_HPP
#define ASYNC_LLM_BASE_BASE64_HPP

#include <string>
#include <string_view>

namespace async_llm::codec {

/// The bytes in base 64 with padding (RFC 4648, section 4).
std::string base64_encode(std::string_view bytes);

/// Decodes base 64, with or without padding, up to the first character that is none.
std::string base64_decode(std::string_view text);

} // namespace async_llm::codec

#endif
