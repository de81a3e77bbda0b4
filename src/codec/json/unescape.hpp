// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_JSON_UNESCAPE_HPP
#define ASYNC_LLM_CODEC_JSON_UNESCAPE_HPP

#include <array>
#include <cstddef>
#include <string_view>

namespace async_llm::codec {

/// Bytes of an escape sequence that names a UTF-16 code unit.
inline constexpr std::size_t unit_size = 6;

/// Reads the UTF-16 code unit that `\u` and four digits at the beginning of `text` name; negative: there is
/// none.
int utf16_unit(std::string_view text) noexcept;

constexpr bool is_leading_surrogate(int unit) noexcept { return unit >= 0xd800 && unit < 0xdc00; }
constexpr bool is_trailing_surrogate(int unit) noexcept { return unit >= 0xdc00 && unit < 0xe000; }

/// Writes to `out`, which has as much room as the text is long, what \ref unescape appends.
std::size_t unescape_into(std::string_view text, char*& out) noexcept;

/// Appends to `out` what the inside of a JSON string means, and gives how many bytes of `text` that took.
/**
 * Stops before a quote, and before what can't stand in a string: a control character, what is not UTF-8, an
 * escape that is wrong or not there to its end, half of a surrogate pair.
 */
template <class Text>
std::size_t unescape(std::string_view text, Text& out) {
    // A std::string takes single characters slowly.
    std::array<char, 1024> block;
    std::size_t done = 0;
    for (;;) {
        auto* end = block.data();
        // A piece that the end of the block cuts is the beginning of the next one.
        auto const length = unescape_into(text.substr(done, block.size()), end);
        if (length == 0) return done;
        out.append(block.data(), static_cast<std::size_t>(end - block.data()));
        done += length;
    }
}

/// Returns the place of the first quote that is not escaped, or npos. `text` may not begin in the middle of
/// an escape.
std::size_t find_closing_quote(std::string_view text) noexcept;

} // namespace async_llm::codec

#endif
