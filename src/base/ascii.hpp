// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_BASE_ASCII_HPP
#define ASYNC_LLM_BASE_ASCII_HPP

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

// Character classes that do not depend on the process's locale, as those of <cctype> do.
namespace async_llm::codec {

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

constexpr char to_lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr bool is_letter(char c) noexcept {
    char const lower = to_lower(c);
    return lower >= 'a' && lower <= 'z';
}

constexpr bool is_alphanumeric(char c) noexcept { return is_digit(c) || is_letter(c); }

/// White space of JSON and HTML, with the vertical tab.

/// A character of an identifier or a plain name.
constexpr bool is_name_char(char c) noexcept { return is_alphanumeric(c) || c == '-' || c == '_'; }
constexpr bool is_space(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// C0 controls and DEL.
constexpr bool is_control(char c) noexcept { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

constexpr bool is_ascii(char c) noexcept { return static_cast<unsigned char>(c) < 0x80; }

/// The value of a hexadecimal digit, or -1.
constexpr int hex_value(char c) noexcept {
    if (is_digit(c)) return c - '0';
    char const lower = to_lower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// A character of a token (RFC 9110, section 5.6.2), of which field names consist.
constexpr bool is_token_char(char c) noexcept {
    return is_alphanumeric(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

/// \name Comparing without regard to letter case
/// @{
inline bool same_letter(char a, char b) noexcept { return to_lower(a) == to_lower(b); }

inline bool iequals(std::string_view a, std::string_view b) noexcept {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), same_letter);
}

inline bool istarts_with(std::string_view text, std::string_view start) noexcept {
    return iequals(text.substr(0, start.size()), start);
}

/// Returns the first place of `wanted` in `text`, or npos.
inline std::size_t ifind(std::string_view text, std::string_view wanted) noexcept {
    auto const place = std::search(text.begin(), text.end(), wanted.begin(), wanted.end(), same_letter);
    if (place == text.end() && !wanted.empty()) return std::string_view::npos;
    return static_cast<std::size_t>(place - text.begin());
}
/// @}

template <class Words = std::initializer_list<std::string_view>>
bool icontains_any(std::string_view text, Words const& wanted) noexcept {
    return std::any_of(wanted.begin(), wanted.end(), [text](auto each) {
        return ifind(text, each) != std::string_view::npos;
    });
}

inline std::string lower_case(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), to_lower);
    return result;
}

/// Without the white space in front.
constexpr std::string_view trim_left(std::string_view text) noexcept {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    return text;
}

/// Without the white space at both ends.
constexpr std::string_view trim(std::string_view text) noexcept {
    text = trim_left(text);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

} // namespace async_llm::codec

#endif
