// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/http/url_checks.hpp"

#include "base/ascii.hpp"

namespace async_llm::codec {

url_fault check_url_characters(std::string_view text, std::size_t& place) noexcept {
    place = 0;
    if (text.empty()) return "empty";
    for (; place < text.size(); ++place) {
        char const c = text[place];
        if (is_control(c)) return "contains a control character";
        if (c == ' ') return "contains a space";
        if (!is_ascii(c))
            return "contains a character that is not ASCII; write it in Punycode or percent-encoded";
    }
    place = text.find('#');
    return place == std::string_view::npos ? nullptr : "has a fragment";
}

url_fault check_url_path(std::string_view path, std::size_t& place) noexcept {
    constexpr std::string_view others = "-._~!$&'()*+,;=:@/%";
    bool in_query = false;
    for (place = 0; place < path.size(); ++place) {
        auto const i = place;
        in_query = in_query || path[i] == '?';
        bool const is_other = others.find(path[i]) != std::string_view::npos || (in_query && path[i] == '?');
        if (!is_alphanumeric(path[i]) && !is_other)
            return in_query ? "the query contains a character that must be percent-encoded"
                            : "the path contains a character that must be percent-encoded";
        bool const encoded =
            i + 2 < path.size() && hex_value(path[i + 1]) >= 0 && hex_value(path[i + 2]) >= 0;
        if (path[i] == '%' && !encoded)
            return "the path contains a percent sign that begins no percent-encoding";
    }
    return nullptr;
}

} // namespace async_llm::codec
