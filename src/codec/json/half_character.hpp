// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

/// \file
/// Parts of characters that were cut, as bytes and as marks in texts that have to be valid.

#ifndef ASYNC_LLM_CODEC_JSON_HALF_CHARACTER_HPP
#define ASYNC_LLM_CODEC_JSON_HALF_CHARACTER_HPP

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace async_llm::codec {

/// U+FFFD.
inline constexpr std::string_view replacement_character = "\xef\xbf\xbd";

inline bool is_utf8_continuation(char c) noexcept { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

/// Returns whether a character of several bytes can begin with this one.
inline bool is_utf8_lead(char c) noexcept {
    auto const byte = static_cast<unsigned char>(c);
    return byte >= 0xc2 && byte <= 0xf4;
}

/// Counts the bytes at the beginning of a text that is not UTF-8 that could begin a character; at least 1.
/** The rules are those of \ref utf8_length. */
inline std::size_t utf8_prefix(std::string_view text) noexcept {
    if (!is_utf8_lead(text[0]) || text.size() < 2) return 1;
    auto const first = static_cast<unsigned char>(text[0]);
    auto const second = static_cast<unsigned char>(text[1]);
    unsigned const least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    unsigned const most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (second < least || second > most) return 1;
    std::size_t const whole = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    std::size_t length = 2;
    while (length < whole && length < text.size() && is_utf8_continuation(text[length])) ++length;
    return length;
}

/// \name Halves of surrogate pairs
/// As three bytes each, which UTF-8 does not allow.
/// @{
inline std::array<char, 3> half_of_pair(int unit) noexcept {
    auto const byte = [](int value) { return static_cast<char>(static_cast<unsigned char>(value)); };
    return {byte(0xe0 | unit >> 12), byte(0x80 | (unit >> 6 & 0x3f)), byte(0x80 | (unit & 0x3f))};
}

/// The code unit at the beginning of a text; negative: there is none.
inline int read_half_of_pair(std::string_view text) noexcept {
    if (text.size() < 3 || text[0] != '\xed' || !is_utf8_continuation(text[2])) return -1;
    auto const second = static_cast<unsigned char>(text[1]);
    if (second < 0xa0 || second > 0xbf) return -1;
    return 0xd000 | (second & 0x3f) << 6 | (static_cast<unsigned char>(text[2]) & 0x3f);
}
/// @}

/// \name Marks
/// A byte is marked by two noncharacters: U+FDD0 to U+FDDF for its upper half, U+FDE0 to U+FDEF for its lower
/// one. Unicode has these for the use within a program.
/// @{
inline constexpr std::string_view mark_start = "\xef\xb7";

inline bool is_mark(int code_point) noexcept { return code_point >= 0xfdd0 && code_point <= 0xfdef; }

inline std::array<char, 6> mark_of(char marked) noexcept {
    auto const byte = static_cast<unsigned char>(marked);
    auto const low = [](unsigned value) { return static_cast<char>(static_cast<unsigned char>(value)); };
    return {
        mark_start[0],
        mark_start[1],
        low(0x90u + (byte >> 4)),
        mark_start[0],
        mark_start[1],
        low(0xa0u + (byte & 15u))
    };
}

/// The byte that a mark at the beginning of a text stands for. Nothing: there is no mark.
inline std::optional<char> read_mark(std::string_view text) noexcept {
    if (text.size() < 6 || !text.starts_with(mark_start) || text.substr(3, 2) != mark_start)
        return std::nullopt;
    auto const upper = static_cast<unsigned char>(text[2]) - 0x90u;
    auto const lower = static_cast<unsigned char>(text[5]) - 0xa0u;
    if (upper > 15 || lower > 15) return std::nullopt;
    return static_cast<char>(static_cast<unsigned char>(upper << 4 | lower));
}

/// Finds the first mark, or what looks like half of one, at or behind `start`; npos: there is none.
inline std::size_t find_mark(std::string_view text, std::size_t start = 0) noexcept {
    auto at = text.find(mark_start, start);
    while (at != std::string_view::npos && at + 2 < text.size()) {
        auto const last = static_cast<unsigned char>(text[at + 2]);
        if (last >= 0x90 && last <= 0xaf) return at;
        at = text.find(mark_start, at + 2);
    }
    return std::string_view::npos;
}
/// @}

} // namespace async_llm::codec

#endif
