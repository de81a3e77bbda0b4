// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_JOIN_JSON_HPP
#define ASYNC_LLM_CODEC_JOIN_JSON_HPP

#include "codec/json_read.hpp"

#include <cstddef>
#include <string_view>

// Pieces of JSON that become one. Null takes nothing away.
namespace async_llm::codec {

/// What becomes of a member that is there already.
enum class same_member {
    /// The later one counts.
    replace,
    /// The same, but a text is appended to a text.
    append_text,
};

/// Adds members.
void join_members(json::object& to, json::object const& piece, same_member rule);

/// Adds the entries of a list.
void join_list(json::array& to, json::array const& piece);

/// Adds reasoning blocks: pieces of one text or summary become one block.
void join_reasoning(json::array& to, json::array const& piece);

/// Adds parts of a message's content: a text that begins the piece continues the one that ends `to`.
void join_parts(json::array& to, json::array const& piece);

/// Adds a text as a part, or to the last part.
void join_text_part(json::array& to, std::string_view text);

/// Adds sound: its data and its transcript are continued, the rest is replaced.
void join_audio(json::value& to, json::value const& piece);

/// \name How many bytes it takes
/// Texts and names, and something for each value.
/// @{
std::size_t size_of(json::value const& from) noexcept;
std::size_t size_of(json::array const& from) noexcept;
std::size_t size_of(json::object const& from) noexcept;
/// @}

/// By how many bytes `to` would grow if `piece` were joined to it. May be negative.
std::ptrdiff_t growth_of(json::object const& to, json::object const& piece, same_member rule) noexcept;

} // namespace async_llm::codec

#endif
