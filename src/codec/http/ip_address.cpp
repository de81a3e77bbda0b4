// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/http/ip_address.hpp"

#include "base/ascii.hpp"

#include <algorithm>

namespace async_llm::codec {
namespace {

constexpr std::size_t ipv4_size = 4;
constexpr std::size_t ipv6_size = 16;

bool append_octet(std::string_view text, ip_bytes& bytes) {
    if (text.empty() || text.size() > 3 || (text.size() > 1 && text.front() == '0')) return false;
    unsigned value = 0;
    for (char const c : text) {
        if (!is_digit(c)) return false;
        value = value * 10 + static_cast<unsigned>(c - '0');
    }
    bytes.push_back(static_cast<std::uint8_t>(value));
    return value <= 255;
}

bool append_group(std::string_view text, ip_bytes& bytes) {
    if (text.empty() || text.size() > 4) return false;
    unsigned value = 0;
    for (char const c : text) {
        if (hex_value(c) < 0) return false;
        value = value * 16 + static_cast<unsigned>(hex_value(c));
    }
    bytes.push_back(static_cast<std::uint8_t>(value >> 8));
    bytes.push_back(static_cast<std::uint8_t>(value & 0xff));
    return true;
}

// Groups between colons, of which the last may be an IPv4 address.
bool append_groups(std::string_view text, ip_bytes& bytes) {
    while (!text.empty()) {
        auto const colon = text.find(':');
        auto const group = text.substr(0, colon);
        bool const is_last = colon == std::string_view::npos;
        if (is_last && group.find('.') != std::string_view::npos) {
            auto const tail = parse_ipv4(group);
            if (!tail) return false;
            bytes.insert(bytes.end(), tail->begin(), tail->end());
        } else if (!append_group(group, bytes)) {
            return false;
        }
        if (is_last) return true;
        text.remove_prefix(colon + 1);
        if (text.empty()) return false;
    }
    return true;
}

} // namespace

std::optional<ip_bytes> parse_ipv4(std::string_view text) {
    ip_bytes bytes;
    for (std::size_t i = 0; i < ipv4_size; ++i) {
        auto const dot = text.find('.');
        bool const is_last = i + 1 == ipv4_size;
        if ((dot == std::string_view::npos) != is_last || !append_octet(text.substr(0, dot), bytes))
            return std::nullopt;
        text.remove_prefix(is_last ? text.size() : dot + 1);
    }
    return bytes;
}

std::optional<ip_bytes> parse_ipv6(std::string_view text) {
    ip_bytes head;
    auto const gap = text.find("::");
    if (gap == std::string_view::npos) {
        if (!append_groups(text, head) || head.size() != ipv6_size) return std::nullopt;
        return head;
    }
    ip_bytes tail;
    auto const before = text.substr(0, gap);
    if (before.find('.') != std::string_view::npos || !append_groups(before, head) ||
        !append_groups(text.substr(gap + 2), tail) || head.size() + tail.size() > ipv6_size - 2)
        return std::nullopt;
    head.resize(ipv6_size - tail.size());
    head.insert(head.end(), tail.begin(), tail.end());
    return head;
}

std::optional<ip_bytes> parse_ip(std::string_view text) {
    auto address = parse_ipv4(text);
    return address ? address : parse_ipv6(text);
}

bool same_prefix(ip_bytes const& a, ip_bytes const& b, std::size_t bits) noexcept {
    if (a.size() != b.size() || bits > a.size() * 8) return false;
    auto const whole = static_cast<std::ptrdiff_t>(bits / 8);
    if (!std::equal(a.begin(), a.begin() + whole, b.begin())) return false;
    auto const rest = bits % 8;
    if (rest == 0) return true;
    auto const index = static_cast<std::size_t>(whole);
    return ((a[index] ^ b[index]) >> (8 - rest)) == 0;
}

} // namespace async_llm::codec
