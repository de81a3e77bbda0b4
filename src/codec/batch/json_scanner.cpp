// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/batch/json_scanner.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "codec/json/plain_run.hpp"
#include "codec/json/unescape.hpp"

#include <bitset>

namespace async_llm::codec {
namespace {

bool is_json_space(char c) noexcept { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/// Returns the length of the escape sequence at the beginning of `text`; 0: there is none.
std::size_t escape_length(std::string_view text) noexcept {
    if (text.size() < 2) return 0;
    if (text[1] == 'u') return utf16_unit(text) < 0 ? 0 : unit_size;
    return std::string_view("\"\\/bfnrt").find(text[1]) == std::string_view::npos ? 0 : 2;
}

} // namespace

/// Returns the next character that is no white space; NUL at the end.
char json_scanner::peek() noexcept {
    while (at_ < text_.size() && is_json_space(text_[at_])) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
}

bool json_scanner::take(char c) noexcept {
    if (peek() != c || at_ == text_.size()) return false;
    ++at_;
    return true;
}

bool json_scanner::enter_object() noexcept {
    if (failed_ || walked_ == max_depth || !take('{')) {
        fail();
        return false;
    }
    ++walked_;
    behind_member_ = false;
    return true;
}

std::optional<std::string_view> json_scanner::next_name() noexcept {
    if (failed_ || take('}')) {
        // The object itself may be the value of a member.
        --walked_;
        behind_member_ = true;
        return std::nullopt;
    }
    bool const is_separated = !behind_member_ || take(',');
    peek();
    auto const begin = at_ + 1;
    if (!is_separated || !skip_string()) {
        fail();
        return std::nullopt;
    }
    auto const name = text_.substr(begin, at_ - begin - 1);
    if (!take(':')) {
        fail();
        return std::nullopt;
    }
    behind_member_ = true;
    return name;
}

std::string_view json_scanner::skip_value() noexcept {
    if (failed_) return std::string_view();
    auto const first = peek();
    auto const begin = at_;
    bool const is_container = first == '{' || first == '[';
    if (!(is_container ? skip_container() : skip_scalar(first))) fail();
    behind_member_ = true;
    return failed_ ? std::string_view() : text_.substr(begin, at_ - begin);
}

bool json_scanner::skip_scalar(char first) noexcept {
    switch (first) {
    case '"': return skip_string();
    case 't': return skip_word("true");
    case 'f': return skip_word("false");
    case 'n': return skip_word("null");
    default: return skip_number();
    }
}

bool json_scanner::skip_word(std::string_view word) noexcept {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
}

bool json_scanner::skip_digits() noexcept {
    auto const begin = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    return at_ != begin;
}

bool json_scanner::skip_number() noexcept {
    if (at_ < text_.size() && text_[at_] == '-') ++at_;
    auto const begin = at_;
    if (!skip_digits() || (text_[begin] == '0' && at_ != begin + 1)) return false;
    if (at_ < text_.size() && text_[at_] == '.') {
        ++at_;
        if (!skip_digits()) return false;
    }
    if (at_ == text_.size() || (text_[at_] | 0x20) != 'e') return true;
    ++at_;
    if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
    return skip_digits();
}

/// Moves behind the string that begins here. False: there is none; the position is that of the fault.
bool json_scanner::skip_string() noexcept {
    if (at_ == text_.size() || text_[at_] != '"') return false;
    ++at_;
    for (;;) {
        at_ += plain_length(text_.substr(at_));
        if (at_ == text_.size()) return false;
        auto const rest = text_.substr(at_);
        if (rest[0] == '"') {
            ++at_;
            return true;
        }
        bool const is_control = static_cast<unsigned char>(rest[0]) < 0x20;
        auto const length = rest[0] == '\\' ? escape_length(rest) : is_control ? 0 : utf8_length(rest);
        if (length == 0) return false;
        at_ += length;
    }
}

/// Moves behind the object or array that begins here, without recursion: lines come from anywhere.
bool json_scanner::skip_container() noexcept {
    // For each open container: is it an object?
    std::bitset<max_depth> objects;
    std::size_t depth = 0;
    for (;;) {
        auto const c = peek();
        if (c == '{' || c == '[') {
            if (walked_ + depth == max_depth) return false;
            objects[depth++] = c == '{';
            ++at_;
            if (take(c == '{' ? '}' : ']'))
                --depth;
            else if (c == '{') {
                peek();
                if (!skip_string() || !take(':')) return false;
                continue;
            } else
                continue;
        } else if (!skip_scalar(c)) {
            return false;
        }
        // Behind a value.
        while (depth != 0 && !take(',')) {
            if (!take(objects[depth - 1] ? '}' : ']')) return false;
            --depth;
        }
        if (depth == 0) return true;
        if (!objects[depth - 1]) continue;
        peek();
        if (!skip_string() || !take(':')) return false;
    }
}

bool is_json(std::string_view text) noexcept {
    json_scanner scanner(text);
    scanner.skip_value();
    return scanner.at_end();
}

bool names(std::string_view written, std::string_view name) {
    if (written.find('\\') == std::string_view::npos) return written == name;
    std::string meant;
    return unescape(written, meant) == written.size() && meant == name;
}

std::optional<std::string> read_json_string(std::string_view written) {
    if (written.size() < 2 || written.front() != '"' || written.back() != '"') return std::nullopt;
    auto const inside = written.substr(1, written.size() - 2);
    std::string meant;
    if (unescape(inside, meant) != inside.size()) return std::nullopt;
    return meant;
}

} // namespace async_llm::codec
