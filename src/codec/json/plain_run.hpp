// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

/// \file
/// Characters that stand in a JSON string as they are.

#ifndef ASYNC_LLM_CODEC_JSON_PLAIN_RUN_HPP
#define ASYNC_LLM_CODEC_JSON_PLAIN_RUN_HPP

#include "base/utf8.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace async_llm::codec {

inline bool is_plain(char c) noexcept {
    auto const byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

/// Returns the number of the eight bytes at `text` before the first that is not plain.
// Many in one step, because nearly all of a conversation is such text.
inline std::size_t plain_of_eight(char const* text) noexcept {
    constexpr std::uint64_t ones = 0x0101010101010101;
    constexpr std::uint64_t tops = 0x8080808080808080;
    auto const zero_byte = [](std::uint64_t word) { return (word - ones) & ~word & tops; };
    std::uint64_t word;
    std::memcpy(&word, text, 8);
    auto const control = (word - ones * 0x20) & ~word & tops;
    auto const special = zero_byte(word ^ ones * '"') | zero_byte(word ^ ones * '\\');
    auto const found = (word & tops) | control | special;
    if (found == 0) return 8;
    // A subtraction borrows from the more significant bytes, so only the least significant mark is sure to be
    // right.
    if constexpr (std::endian::native == std::endian::little)
        return static_cast<std::size_t>(std::countr_zero(found)) / 8;
    std::size_t length = 0;
    while (length < 8 && is_plain(text[length])) ++length;
    return length;
}

/// The bytes before the first that is not ASCII, or can't stand in a string as it is.
inline std::size_t plain_length(std::string_view text) noexcept {
    std::size_t length = 0;
    while (length + 8 <= text.size()) {
        auto const plain = plain_of_eight(text.data() + length);
        length += plain;
        if (plain != 8) return length;
    }
    while (length < text.size() && is_plain(text[length])) ++length;
    return length;
}

/// Overload for valid UTF-8 in place of ASCII.
inline std::size_t literal_length(std::string_view text) noexcept {
    std::size_t length = 0;
    while (length < text.size()) {
        length += plain_length(text.substr(length));
        if (length == text.size()) break;
        auto const character = utf8_length(text.substr(length));
        if (character < 2) break;
        length += character;
    }
    return length;
}

} // namespace async_llm::codec

#endif
