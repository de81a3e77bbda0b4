// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/http/http_normalizer.hpp"

#include "base/ascii.hpp"

namespace async_llm::net {
namespace {

bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }

bool is_text(char c) noexcept { return !codec::is_control(c) || c == '\t'; }

// `d` stands for a digit, `b` for 0 or 1: Beast knows no other version.
constexpr std::string_view status_line_begin = "HTTP/1.b ddd";

bool fits(char c, char pattern) noexcept {
    if (pattern == 'd') return codec::is_digit(c);
    if (pattern == 'b') return c == '0' || c == '1';
    return c == pattern;
}

} // namespace

http_normalizer::http_normalizer(http_part part) : place_(first_place(part)) {}

http_normalizer::place http_normalizer::first_place(http_part part) noexcept {
    switch (part) {
    case http_part::head: return place::version;
    case http_part::first_chunk_header: return place::size_start;
    case http_part::chunk_header: return place::behind_chunk;
    case http_part::trailer: break;
    }
    return place::field_start;
}

void http_normalizer::read(std::string_view bytes) {
    while (state_ == state::reading && size_ < bytes.size()) {
        if (put(bytes[size_]))
            ++size_;
        else
            state_ = state::refused;
    }
}

bool http_normalizer::is_field() const noexcept {
    return place_ == place::field_start || place_ == place::name || place_ == place::after_name ||
        place_ == place::value;
}

bool http_normalizer::may_be_strict() const noexcept {
    return place_ == place::field_start || place_ == place::quoted || place_ == place::escaped;
}

bool http_normalizer::may_end_line() const noexcept {
    switch (place_) {
    case place::version:
    case place::name:
    case place::after_name:
    case place::size_start:
    case place::quoted:
    case place::escaped: return false;
    default: return true;
    }
}

bool http_normalizer::put(char c) {
    if (has_return_ || c == '\r' || c == '\n') return put_end_of_line(c);
    return place_ < place::behind_chunk ? put_in_head(c) : put_in_chunk_header(c);
}

bool http_normalizer::put_end_of_line(char c) {
    if (has_return_ ? c != '\n' : !may_end_line()) return false;
    bool const is_strict = place_ != place::after_code && place_ != place::padding;
    if (!is_strict || (c == '\n' && !has_return_)) deviates_ = true;
    has_return_ = c == '\r';
    if (!has_return_) end_line();
    return true;
}

bool http_normalizer::put_in_head(char c) {
    switch (place_) {
    case place::version:
        if (!fits(c, status_line_begin[text_.size()])) return false;
        return put_text(c, text_.size() + 1 < status_line_begin.size() ? place::version : place::after_code);
    case place::after_code: return c == ' ' && put_text(c, place::reason);
    case place::reason: return put_text(c, place::reason);
    case place::field_start: return codec::is_token_char(c) && put_text(c, place::name);
    case place::name:
        if (codec::is_token_char(c)) return put_text(c, place::name);
        [[fallthrough]];
    case place::after_name:
        if (c == ':') return put_text(c, place::value);
        if (!is_blank(c)) return false;
        deviates_ = true;
        place_ = place::after_name;
        return true;
    default: return put_text(c, place::value);
    }
}

bool http_normalizer::put_in_chunk_header(char c) {
    switch (place_) {
    case place::size_start:
    case place::size:
        if (codec::hex_value(c) >= 0) {
            is_last_chunk_ = is_last_chunk_ && c == '0';
            return put_text(c, place::size);
        }
        if (place_ == place::size_start) return false;
        [[fallthrough]];
    case place::padding:
        if (c == ';') return put_text(c, place::extension);
        // Before an extension, white space is what the strict syntax has.
        place_ = place::padding;
        return is_blank(c);
    case place::extension: return put_text(c, c == '"' ? place::quoted : place::extension);
    case place::quoted:
        if (c == '\\') return put_text(c, place::escaped);
        return put_text(c, c == '"' ? place::extension : place::quoted);
    case place::escaped: return put_text(c, place::quoted);
    default: return false;
    }
}

bool http_normalizer::put_text(char c, place next) {
    place_ = next;
    if (!is_text(c)) return false;
    text_ += c;
    return true;
}

void http_normalizer::end_line() {
    auto const ended = place_;
    line_ = size_ + 1;
    place_ = ended == place::behind_chunk ? place::size_start : place::field_start;
    if (ended == place::behind_chunk) return;
    text_ += ended == place::after_code ? " \r\n" : "\r\n";
    bool const is_chunk_header = ended > place::behind_chunk;
    if (ended == place::field_start || (is_chunk_header && !is_last_chunk_)) state_ = state::complete;
}

} // namespace async_llm::net
