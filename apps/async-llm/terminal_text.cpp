// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "terminal_text.hpp"

#include <algorithm>
#include <cstdint>

namespace async_llm::command {
namespace {

struct character {
    character(char32_t decoded, std::size_t length) : code(decoded), size(length) {}

    char32_t code;
    std::size_t size;
};

constexpr char32_t none = 0xffffffff;

std::uint8_t byte_at(std::string_view text, std::size_t position) {
    return static_cast<std::uint8_t>(text[position]);
}

/// The first character of a text that is not empty; `none` of one byte if it is no UTF-8.
character first_character(std::string_view text) {
    auto const lead = byte_at(text, 0);
    if (lead < 0x80) return character(lead, 1);
    auto const size = std::size_t(lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2);
    if (lead < 0xc2 || lead > 0xf4 || text.size() < size) return character(none, 1);
    auto code = static_cast<char32_t>(lead & (0x7f >> size));
    for (std::size_t i = 1; i < size; ++i) {
        auto const next = byte_at(text, i);
        if ((next & 0xc0) != 0x80) return character(none, 1);
        code = code << 6 | (next & 0x3f);
    }
    constexpr char32_t least_of_size[]{0x80, 0x800, 0x10000};
    bool const is_surrogate = code >= 0xd800 && code <= 0xdfff;
    if (code < least_of_size[size - 2] || is_surrogate || code > 0x10ffff) return character(none, 1);
    return character(code, size);
}

/// Characters that steer a terminal, reorder its line, or are not there.
bool is_harmful(char32_t code) {
    if (code < 0x20 || (code >= 0x7f && code < 0xa0) || code == none) return true;
    if (code == 0x61c || code == 0x200e || code == 0x200f || code == 0xfeff) return true;
    return (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) ||
        (code >= 0xe0000 && code <= 0xe007f) || (code >= 0xfff9 && code <= 0xfffb);
}

} // namespace

std::string terminal_text(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    while (!text.empty()) {
        auto const next = first_character(text);
        bool const stays = next.code == '\n' || next.code == '\t' || !is_harmful(next.code);
        if (stays)
            result += text.substr(0, next.size);
        else
            result += '?';
        text.remove_prefix(next.size);
    }
    return result;
}

std::string terminal_line(std::string_view text, std::size_t max_characters) {
    std::string result;
    std::size_t count = 0;
    std::size_t size_with_room = 0; // for the dots
    while (!text.empty()) {
        auto const next = first_character(text);
        if (count + 3 <= max_characters) size_with_room = result.size();
        if (count == max_characters) {
            result.resize(size_with_room);
            return result + "...";
        }
        bool const is_space = next.code == '\n' || next.code == '\t' || next.code == '\r';
        if (is_space)
            result += ' ';
        else if (is_harmful(next.code))
            result += '?';
        else
            result += text.substr(0, next.size);
        ++count;
        text.remove_prefix(next.size);
    }
    return result;
}

} // namespace async_llm::command
