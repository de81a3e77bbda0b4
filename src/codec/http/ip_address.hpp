// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_HTTP_IP_ADDRESS_HPP
#define ASYNC_LLM_CODEC_HTTP_IP_ADDRESS_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace async_llm::codec {

/// The bytes of an address in network order: 4 or 16.
using ip_bytes = std::vector<std::uint8_t>;

/// Reads `1.2.3.4`. Leading zeros are refused, because some systems take such numbers for octal.
std::optional<ip_bytes> parse_ipv4(std::string_view text);

/// Reads an IPv6 address without brackets and without a zone.
std::optional<ip_bytes> parse_ipv6(std::string_view text);

/// Either of them.
std::optional<ip_bytes> parse_ip(std::string_view text);

/// Returns whether two addresses of the same family agree in their first `bits` bits.
bool same_prefix(ip_bytes const& a, ip_bytes const& b, std::size_t bits) noexcept;

} // namespace async_llm::codec

#endif
