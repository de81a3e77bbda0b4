// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "base/base64.hpp"

#include <cstdint>

namespace async_llm::codec {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

} // namespace

std::string base64_encode(std::string_view bytes) {
    std::string result;
    result.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        auto const group = bytes.substr(i, 3);
        std::uint32_t bits = 0;
        for (std::size_t j = 0; j < 3; ++j)
            bits = bits << 8 | (j < group.size() ? static_cast<unsigned char>(group[j]) : 0u);
        for (std::size_t j = 0; j < 4; ++j)
            result += j <= group.size() ? alphabet[bits >> (18 - 6 * j) & 63] : '=';
    }
    return result;
}

std::string base64_decode(std::string_view text) {
    std::string result;
    std::uint32_t bits = 0;
    unsigned known = 0;
    for (char const c : text) {
        auto const digit = alphabet.find(c);
        if (digit == std::string_view::npos) break;
        bits = (bits << 6 | static_cast<std::uint32_t>(digit)) & 0xffff;
        known += 6;
        if (known < 8) continue;
        known -= 8;
        result += static_cast<char>(bits >> known & 0xff);
    }
    return result;
}

} // namespace async_llm::codec
