// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/batch/line_key.hpp"

#include "base/ascii.hpp"

namespace async_llm::codec {

std::string to_hex(line_key const& key) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string result;
    result.reserve(2 * key.size());
    for (auto const byte : key) {
        result += digits[byte >> 4];
        result += digits[byte & 15];
    }
    return result;
}

std::optional<line_key> read_hex(std::string_view text) noexcept {
    line_key key{};
    if (text.size() != 2 * key.size()) return std::nullopt;
    for (std::size_t i = 0; i < key.size(); ++i) {
        auto const high = hex_value(text[2 * i]);
        auto const low = hex_value(text[2 * i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        key[i] = static_cast<unsigned char>(high << 4 | low);
    }
    return key;
}

} // namespace async_llm::codec
