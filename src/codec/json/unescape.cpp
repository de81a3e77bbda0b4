// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/json/unescape.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "codec/json/plain_run.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace async_llm::codec {
namespace {

constexpr auto hex_values = [] {
    std::array<std::int8_t, 256> values{};
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<std::int8_t>(hex_value(static_cast<char>(i)));
    return values;
}();

} // namespace

int utf16_unit(std::string_view text) noexcept {
    if (text.size() < unit_size || text[0] != '\\' || text[1] != 'u') return -1;
    auto const digit = [text](std::size_t i) -> int {
        return hex_values[static_cast<unsigned char>(text[i])];
    };
    // A character that is no digit has all bits set.
    return digit(2) << 12 | digit(3) << 8 | digit(4) << 4 | digit(5);
}

namespace {

void put_utf8(int code_point, char*& out) noexcept {
    auto const value = static_cast<unsigned>(code_point);
    auto const put = [&out](unsigned byte) { *out++ = static_cast<char>(byte); };
    auto const put_rest = [&put, value](unsigned shift) { put(0x80 | (value >> shift & 0x3f)); };
    if (value < 0x80) {
        put(value);
    } else if (value < 0x800) {
        put(0xc0 | value >> 6);
        put_rest(0);
    } else if (value < 0x10000) {
        put(0xe0 | value >> 12);
        put_rest(6);
        put_rest(0);
    } else {
        put(0xf0 | value >> 18);
        put_rest(12);
        put_rest(6);
        put_rest(0);
    }
}

// These write what is at the beginning of `text` and give how many bytes of it that took; 0: it is something
// else. What a text means is never longer than the text, so there is room for it where there is room for the
// text.

/// `\u` and four digits, or two of these that are a surrogate pair.
std::size_t put_code_point(std::string_view text, char*& out) noexcept {
    auto const first = utf16_unit(text);
    if (first < 0 || is_trailing_surrogate(first)) return 0;
    if (!is_leading_surrogate(first)) {
        put_utf8(first, out);
        return unit_size;
    }
    auto const second = utf16_unit(text.substr(unit_size));
    if (!is_trailing_surrogate(second)) return 0;
    put_utf8(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00), out);
    return 2 * unit_size;
}

std::size_t put_escape(std::string_view text, char*& out) noexcept {
    if (text.size() < 2 || text[0] != '\\') return 0;
    switch (text[1]) {
    case '"':
    case '\\':
    case '/': *out++ = text[1]; return 2;
    case 'b': *out++ = '\b'; return 2;
    case 'f': *out++ = '\f'; return 2;
    case 'n': *out++ = '\n'; return 2;
    case 'r': *out++ = '\r'; return 2;
    case 't': *out++ = '\t'; return 2;
    case 'u': return put_code_point(text, out);
    default: return 0;
    }
}

std::size_t put_escapes(std::string_view text, char*& out) noexcept {
    std::size_t length = 0;
    while (auto const escape = put_escape(text.substr(length), out)) length += escape;
    return length;
}

std::size_t put_plain(std::string_view text, char*& out) noexcept {
    std::size_t length = 0;
    while (length + 8 <= text.size()) {
        // Those that are not plain are overwritten.
        std::memcpy(out, text.data() + length, 8);
        auto const plain = plain_of_eight(text.data() + length);
        out += plain;
        length += plain;
        if (plain != 8) return length;
    }
    auto const tail = plain_length(text.substr(length));
    out = std::copy_n(text.data() + length, tail, out);
    return length + tail;
}

/// Characters that are not ASCII.
std::size_t put_others(std::string_view text, char*& out) noexcept {
    std::size_t length = 0;
    while (length < text.size()) {
        auto const character = utf8_length(text.substr(length));
        if (character < 2) break;
        for (auto const end = length + character; length != end; ++length) *out++ = text[length];
    }
    return length;
}

} // namespace

std::size_t unescape_into(std::string_view text, char*& out) noexcept {
    // A copy, which what is written can't change.
    auto* end = out;
    std::size_t done = 0;
    while (done < text.size()) {
        done += put_plain(text.substr(done), end);
        auto const rest = text.substr(done);
        if (rest.empty()) break;
        auto const length = rest.front() == '\\' ? put_escapes(rest, end) : put_others(rest, end);
        if (length == 0) break;
        done += length;
    }
    out = end;
    return done;
}

std::size_t find_closing_quote(std::string_view text) noexcept {
    auto quote = text.find('"');
    while (quote != std::string_view::npos) {
        // An even number of backslashes escape one another.
        auto const before = text.substr(0, quote).find_last_not_of('\\') + 1;
        if ((quote - before) % 2 == 0) break;
        quote = text.find('"', quote + 1);
    }
    return quote;
}

} // namespace async_llm::codec
