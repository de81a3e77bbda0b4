// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_JSON_MERGE_DELTAS_HPP
#define ASYNC_LLM_CODEC_JSON_MERGE_DELTAS_HPP

#include "codec/json/json_scalar.hpp"

#include <cstddef>
#include <string_view>
#include <unordered_map>

// Pieces of JSON that become one. Null takes nothing away.
namespace async_llm::codec {

/// Treatment of a member that is there already.
enum class same_member {
    /// The later one counts.
    replace,
    /// It is replaced, but a text is appended to a text.
    append_text,
};

/// Adds members.
void join_members(json::object& out, json::object const& piece, same_member rule);

/// Adds the unknown members of a piece of a tool call: later ones count, and those of `function` and `custom`
/// are joined.
void join_call_members(json::object& out, json::object const& piece);

/// Entries of a list, by which those that come again are known.
class known_entries {
public:
    /// More are not remembered, and are added whenever they come.
    static constexpr std::size_t max_size = 256;

    /// Adds the entries that are not in the list yet: some providers send all of them again with every chunk.
    void join(json::array& out, json::array const& piece);

private:
    // The first entry of each hash. Of others with the same hash, which a peer can make, no repetition is
    // seen.
    std::unordered_map<std::size_t, std::size_t> places_;
};

/// Adds reasoning blocks: pieces of one text or summary become one block.
/**
 * Two pieces are of one block if they have the same type and index, or no index, and no different ids. A text
 * behind the signature of a text begins another block, and so does another signature; the same signature does
 * not. A block that comes again as a whole is dropped. Pieces without an index continue only the last block.
 */
void join_reasoning(json::array& out, json::array const& piece);

/// The block to which a piece may be joined is among the last of this many.
constexpr std::size_t max_open_blocks = 16;

/// Adds parts of a message's content: a text that begins the piece continues the one that ends `out`.
void join_parts(json::array& out, json::array const& piece);

/// Adds a text as a part, or to the last part.
void join_text_part(json::array& out, std::string_view text);

/// Adds sound: its data and its transcript are continued, the rest is replaced.
void join_audio(json::value& out, json::value const& piece);

/// \name How many bytes it takes
/// Texts and names, and something for each value.
/// @{
std::size_t size_of(json::value const& source) noexcept;
std::size_t size_of(json::array const& source) noexcept;
std::size_t size_of(json::object const& source) noexcept;
/// @}

/// By how many bytes `out` would grow if `piece` were joined to it. May be negative.
std::ptrdiff_t growth_of(json::object const& out, json::object const& piece, same_member rule) noexcept;

} // namespace async_llm::codec

#endif
