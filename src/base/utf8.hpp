// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_BASE_UTF8_HPP
#define ASYNC_LLM_BASE_UTF8_HPP

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace async_llm::codec {

/// Returns the bytes of the first character of a not empty text; 0 if it is not UTF-8.
/** After table 3-7 of the Unicode standard: no overlong forms, no surrogates, nothing above U+10FFFF. */
inline std::size_t utf8_length(std::string_view text) noexcept {
    auto const byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    auto const first = byte(0);
    if (first < 0x80) return 1;
    if (first < 0xc2 || first > 0xf4) return 0;
    std::size_t const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (text.size() < length) return 0;
    unsigned const least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    unsigned const most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (byte(1) < least || byte(1) > most) return 0;
    for (std::size_t i = 2; i < length; ++i) {
        if ((byte(i) & 0xc0) != 0x80) return 0;
    }
    return length;
}

/// The number of characters of a text in UTF-8.
inline std::size_t count_characters(std::string_view text) noexcept {
    auto const begins = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; };
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins));
}

} // namespace async_llm::codec

#endif
