// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/calls/argument_scanner.hpp"

#include "base/ascii.hpp"

namespace async_llm::codec {

std::size_t argument_scanner::scan(std::string_view piece) noexcept {
    auto at = piece.begin();
    while (at != piece.end() && state_ != state::complete) {
        // Most of the arguments is text.
        if (state_ == state::within_string) {
            while (at != piece.end() && *at != '"' && *at != '\\') ++at;
            if (at == piece.end()) break;
        }
        take(*at++);
    }
    return static_cast<std::size_t>(at - piece.begin());
}

void argument_scanner::take(char c) noexcept {
    switch (state_) {
    case state::within_string:
        if (c == '\\')
            state_ = state::after_backslash;
        else if (c == '"')
            state_ = depth_ == 0 ? state::complete : state::within_container;
        return;
    case state::after_backslash: state_ = state::within_string; return;
    case state::word:
    case state::complete: return;
    case state::blank:
    case state::within_container: break;
    }
    if (is_space(c)) return;
    bool const is_first = state_ == state::blank;
    if (c == '{' || c == '[') {
        is_empty_ = is_first;
        ++depth_;
        state_ = state::within_container;
    } else if (c == '"') {
        is_empty_ = false;
        state_ = state::within_string;
    } else if (is_first) {
        is_empty_ = false;
        state_ = state::word;
    } else if (c == '}' || c == ']') {
        if (--depth_ == 0) state_ = state::complete;
    } else {
        is_empty_ = false;
    }
}

bool begins_container(std::string_view text) noexcept {
    text = trim_left(text);
    return text.starts_with('{') || text.starts_with('[');
}

void normalize_arguments(std::string& arguments) {
    std::string_view rest(arguments);
    while (true) {
        argument_scanner scanner;
        auto const end = scanner.scan(rest);
        // Not from both ends: white space behind many placeholders would be passed over as often.
        auto const behind = trim_left(rest.substr(end));
        if (!scanner.is_complete() || behind.empty()) break;
        if (scanner.is_placeholder() && begins_container(behind)) {
            rest = behind;
            continue;
        }
        if (trim(behind) == trim(rest.substr(0, end))) rest = rest.substr(0, end);
        break;
    }
    if (rest.size() != arguments.size()) arguments = std::string(rest);
}

} // namespace async_llm::codec
