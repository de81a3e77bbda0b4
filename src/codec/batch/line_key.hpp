// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_BATCH_LINE_KEY_HPP
#define ASYNC_LLM_CODEC_BATCH_LINE_KEY_HPP

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace async_llm::codec {

/// Hash by which a line is known again: 9 bytes of its id, and 7 of what is sent.
using line_key = std::array<unsigned char, 16>;

/// Bytes of a key that are the id's.
inline constexpr std::size_t id_key_size = 9;

/// Returns the key as 32 hexadecimal digits.
std::string to_hex(line_key const& key);

/// Reads 32 hexadecimal digits. Unset: it is something else.
std::optional<line_key> read_hex(std::string_view text) noexcept;

} // namespace async_llm::codec

#endif
