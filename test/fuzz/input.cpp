// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "fuzz/input.hpp"

#include "codec/json/json_integer.hpp"

#include <algorithm>

namespace async_llm::fuzz {

option_line::option_line(std::string_view& input) noexcept : line_(input.substr(0, input.find('\n'))) {
    input.remove_prefix(std::min(line_.size() + 1, input.size()));
}

std::string_view option_line::word() noexcept {
    auto const result = line_.substr(0, line_.find(' '));
    line_.remove_prefix(std::min(result.size() + 1, line_.size()));
    return result;
}

std::size_t option_line::number(std::size_t least, std::size_t most) noexcept {
    return std::clamp(codec::number_in<std::size_t>(word()).value_or(0), least, most);
}

std::vector<std::string_view> whole(std::string_view text) { return {text}; }

std::vector<std::string_view> byte_by_byte(std::string_view text) {
    std::vector<std::string_view> pieces;
    for (std::size_t i = 0; i < text.size(); ++i) pieces.push_back(text.substr(i, 1));
    return pieces;
}

std::vector<std::string_view> cut_at(std::string_view text, std::size_t place) {
    place = std::min(place, text.size());
    return {text.substr(0, place), text.substr(place)};
}

} // namespace async_llm::fuzz
