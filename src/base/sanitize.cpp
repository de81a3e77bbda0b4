// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "base/sanitize.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"

#include <array>
#include <cstdint>
#include <utility>

namespace async_llm::codec {
namespace {

struct code_point {
    code_point(std::uint32_t v, std::size_t n) : value(v), length(n) {}

    std::uint32_t value;
    /// Bytes in UTF-8; 0: not UTF-8.
    std::size_t length;
};

/// Precondition: `text` is not empty.
code_point first_code_point(std::string_view text) noexcept {
    auto const length = utf8_length(text);
    auto const byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    std::uint32_t value = length > 1 ? byte(0) & (0xffu >> (length + 1)) : byte(0);
    for (std::size_t i = 1; i < length; ++i) value = value << 6 | (byte(i) & 0x3fu);
    return code_point(value, length);
}

/// Controls, and the marks that change the direction of what follows (a log must not lie about its order).
bool is_harmful(std::uint32_t c) noexcept {
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x061c || (c >= 0x200b && c <= 0x200f) ||
        (c >= 0x202a && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

bool is_white(std::uint32_t c) noexcept {
    return (c < 0x80 && is_space(static_cast<char>(c))) || c == 0x85 || c == 0xa0 || c == 0x2028 ||
        c == 0x2029;
}

class line_builder {
public:
    explicit line_builder(std::size_t max_chars) : room_(max_chars) {}

    bool full() const noexcept { return cut_; }

    void add_space() noexcept { space_ = !line_.empty(); }

    /// Takes the first character of `text`; gives its length in bytes.
    std::size_t add_first_of(std::string_view text) {
        auto const c = first_code_point(text);
        if (c.length != 0 && is_white(c.value))
            add_space();
        else if (c.length == 0 || is_harmful(c.value))
            add("?");
        else
            add(text.substr(0, c.length));
        return c.length == 0 ? 1 : c.length;
    }

    std::string finish() && {
        if (cut_) line_ += "...";
        return std::move(line_);
    }

private:
    void add(std::string_view character) {
        if (std::size_t const needed = space_ ? 2 : 1; room_ < needed) {
            cut_ = true;
            return;
        } else
            room_ -= needed;
        if (std::exchange(space_, false)) line_ += ' ';
        line_ += character;
    }

    std::string line_;
    std::size_t room_;
    bool space_ = false;
    bool cut_ = false;
};

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> entities{{
    {"&amp;", "&"},
    {"&lt;", "<"},
    {"&gt;", ">"},
    {"&quot;", "\""},
    {"&#39;", "'"},
    {"&nbsp;", " "},
}};

/// Takes a character reference at the beginning of `html`; gives its length, 0 if there is none.
std::size_t add_entity(std::string_view html, line_builder& line) {
    for (auto const& [name, character] : entities) {
        if (html.starts_with(name)) {
            line.add_first_of(character);
            return name.size();
        }
    }
    return 0;
}

/// Returns the rest of `html` behind the next `end`. Nothing if there is none, so that the search is never
/// made twice.
std::string_view behind(std::string_view html, std::string_view end) noexcept {
    auto const place = ifind(html, end);
    return place == std::string_view::npos ? std::string_view() : html.substr(place + end.size());
}

bool begins_markup(std::string_view html) noexcept {
    return html.size() > 1 && html[0] == '<' &&
        (is_letter(html[1]) || html[1] == '/' || html[1] == '!' || html[1] == '?');
}

/// Returns the rest of `html` behind the tag, comment, script or style sheet that it begins with.
std::string_view skip_markup(std::string_view html) noexcept {
    if (html.starts_with("<!--")) return behind(html.substr(4), "-->");
    for (auto const& [start, end] : {std::pair("<script", "</script"), std::pair("<style", "</style")}) {
        if (istarts_with(html, start)) return behind(behind(html, end), ">");
    }
    return behind(html, ">");
}

std::size_t run_length(std::string_view text, std::size_t begin) noexcept {
    std::size_t end = begin;
    while (end < text.size() && is_name_char(text[end])) ++end;
    return end - begin;
}

/// Keys begin with `sk-`, or are long runs of letters and digits; UUIDs and words are neither.
bool looks_like_key(std::string_view word) noexcept {
    if (word.starts_with("sk-")) return word.size() > 8;
    bool letters = false;
    bool digits = false;
    std::size_t run = 0;
    for (char const c : word) {
        letters = letters || is_letter(c);
        digits = digits || is_digit(c);
        run = c == '-' ? 0 : run + 1;
        if (run >= 32 && letters && digits) return true;
    }
    return false;
}

} // namespace

std::string sanitize(std::string_view text, std::size_t max_chars) {
    line_builder line(max_chars);
    while (!text.empty() && !line.full()) text.remove_prefix(line.add_first_of(text));
    return std::move(line).finish();
}

std::string quoted_line(std::string_view text, std::size_t max_chars) {
    return '"' + sanitize(text, max_chars) + '"';
}

std::string html_to_text(std::string_view html, std::size_t max_chars) {
    line_builder line(max_chars);
    while (!html.empty() && !line.full()) {
        if (begins_markup(html)) {
            html = skip_markup(html);
            line.add_space();
        } else if (auto const n = add_entity(html, line); n != 0)
            html.remove_prefix(n);
        else
            html.remove_prefix(line.add_first_of(html));
    }
    return std::move(line).finish();
}

std::string redact_keys(std::string_view text) {
    std::string result;
    bool credential_follows = false;
    for (std::size_t i = 0; i < text.size();) {
        auto const length = run_length(text, i);
        auto const word = text.substr(i, length);
        if (length == 0) {
            credential_follows = credential_follows && text[i] == ' ';
            result += text[i++];
            continue;
        }
        if (credential_follows || looks_like_key(word))
            result += "***";
        else
            result += word;
        credential_follows = iequals(word, "bearer");
        i += length;
    }
    return result;
}

} // namespace async_llm::codec
