// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_JSON_JSON_REPAIR_HPP
#define ASYNC_LLM_CODEC_JSON_JSON_REPAIR_HPP

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace async_llm::codec {

/// Treatment of half a character at the beginning or the end of a string that another chunk may complete.
enum class half_characters {
    /// Becomes U+FFFD.
    replaced,
    /// In the members that carry text, becomes the marks that \ref split_characters reads.
    marked,
};

/// Finder of the places of a JSON text that are rewritten.
class json_faults {
public:
    /// Part of the text that stays, and what comes in the place of the bytes behind it.
    struct piece {
        piece() = default;

        std::size_t kept = 0;
        std::size_t replaced = 0;
        std::size_t size = 0;
        /// Marks for three bytes are the longest.
        std::array<char, 18> bytes{};

        std::string_view replacement() const noexcept { return std::string_view(bytes.data(), size); }
    };

    json_faults(std::string_view text, half_characters halves) noexcept : text_(text), halves_(halves) {}

    /// Goes on to the next place, or by about so many bytes.
    piece next(std::size_t most) noexcept;

    std::size_t position() const noexcept { return position_; }
    half_characters halves() const noexcept { return halves_; }
    bool at_end() const noexcept { return position_ >= text_.size(); }
    std::size_t marks() const noexcept { return marks_; }
    /// Returns whether the text has an escaped character that looks like a mark.
    bool has_escaped_mark() const noexcept { return has_escaped_mark_; }

private:
    bool skip_outside(piece& found) noexcept;
    bool skip_in_string(std::size_t stop, piece& found) noexcept;
    bool skip_escape(piece& found) noexcept;
    bool replace_bytes(piece& found) noexcept;
    void replace_half(std::size_t size, std::string_view bytes, bool at_edge, piece& found) noexcept;
    bool is_text_member() const noexcept;

    std::string_view text_;
    half_characters halves_;
    std::size_t position_ = 0;
    std::size_t marks_ = 0;
    /// Beginning of the string that the position is in.
    std::size_t string_begin_ = 0;
    bool in_string_ = false;
    bool has_escaped_mark_ = false;
};

/// Rewriter of JSON that strict parsing refuses, in steps. What it makes is to be parsed strictly.
/**
 * In strings, bare control characters become escape sequences, and lone surrogates and bytes that are not
 * UTF-8 become U+FFFD. Outside of strings, NaN and infinity in any spelling (`-nan`, `Inf`) become null. All
 * else stays, and so does all of valid JSON.
 */
class json_repair {
public:
    /// `text` has to stay. `max_size`: most bytes that the new text may have.
    json_repair(std::string_view text, std::size_t max_size, half_characters halves) noexcept;

    /// Rewrites for some milliseconds at most. True: it is done.
    bool step();

    /// Returns whether the new text is another one. If not, there is none.
    bool changed() const noexcept { return changed_; }
    bool is_too_large() const noexcept { return size_ > max_size_; }
    std::string_view text() const noexcept { return rewritten_; }
    /// Bytes of memory that the new text takes.
    std::size_t memory() const noexcept { return rewritten_.capacity(); }
    /// Returns whether it has halves of characters that were marked.
    bool has_marks() const noexcept { return faults_.marks() != 0; }

    /// Finds where in the old text stands what is at `offset` in the new one.
    std::size_t origin_of(std::size_t offset) const noexcept;

private:
    /// Place that is known in both texts.
    struct checkpoint {
        checkpoint(std::size_t at, json_faults const& source) noexcept : offset(at), faults(source) {}

        std::size_t offset;
        json_faults faults;
    };

    bool end_measuring();

    std::string_view old_;
    std::size_t max_size_;
    json_faults faults_;
    std::size_t size_ = 0;
    bool changed_ = false;
    bool measured_ = false;
    std::string rewritten_;
    std::vector<checkpoint> checkpoints_;
};

/// Rewrites a text likewise, in one step. Unset: there is nothing to be rewritten.
std::optional<std::string> repaired_json(std::string_view text);

} // namespace async_llm::codec

#endif
