// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_POLICY_BULK_LINE_TABLE_HPP
#define ASYNC_LLM_POLICY_BULK_LINE_TABLE_HPP

#include "codec/batch/line_key.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace async_llm::policy {

/// State of a line by what earlier runs have written.
enum class line_state : unsigned char {
    none,
    answered,
    failed,
    /// It is of no use to ask again.
    failed_for_good,
};

/// Entry of a \ref line_table: 16 bytes.
class line_entry {
public:
    line_entry() = default;

    line_state state() const noexcept { return static_cast<line_state>(word_ & 3); }
    /// Was the line met in the input?
    bool is_seen() const noexcept { return (word_ & seen_bit) != 0; }
    void mark_seen() noexcept { word_ |= seen_bit; }
    /// Is it about a line that says what the key does?
    bool is_about(codec::line_key const& key) const noexcept {
        return (word_ & any_bit) != 0 || (word_ & content_bits) == (rest_of(key) & content_bits);
    }

private:
    friend class line_table;

    static constexpr std::uint64_t seen_bit = 4;
    /// Its content is not known, as of an answer that another program has written.
    static constexpr std::uint64_t any_bit = 8;
    static constexpr std::uint64_t id_bits = std::uint64_t(255) << 56;
    static constexpr std::uint64_t content_bits = ~id_bits & ~std::uint64_t(15);

    static std::uint64_t id_of(codec::line_key const& key) noexcept;
    static std::uint64_t rest_of(codec::line_key const& key) noexcept;
    bool is_empty() const noexcept { return id_ == 0 && word_ == 0; }
    void set(line_state state, std::uint64_t content) noexcept {
        word_ = (word_ & (id_bits | seen_bit)) | (content & (content_bits | any_bit)) |
            static_cast<std::uint64_t>(state);
    }

    std::uint64_t id_ = 0;
    // A byte of the id, 52 bits of the content, 4 bits of flags.
    std::uint64_t word_ = 0;
};

/// Table of the lines that a run knows, by their ids: what became of them, and which were met.
/** 16 bytes for each, and at most twice as much again. */
class line_table {
public:
    line_table() = default;

    /// Consequence of something that is recorded.
    enum class effect {
        added,
        /// There was an answer to the same.
        duplicate,
        /// There was an answer to something else, which no longer counts.
        superseded,
        /// An answer is there, and stays.
        ignored,
    };

    /// Records an answer of the output. `is_exact`: is the part of the key that is the content's known?
    effect record_answer(codec::line_key const& key, bool is_exact = true);

    /// Records a failure, which counts unless there is an answer to the same.
    effect record_failure(codec::line_key const& key, bool for_good, bool is_exact = true);

    /// Returns the entry of a line, new or not. Valid until the next call.
    line_entry& entry_of(codec::line_key const& key);

    /// Returns the entry of a line; null: there is none.
    line_entry const* find(codec::line_key const& key) const noexcept;

    std::size_t size() const noexcept { return size_; }

    /// Calls `f(entry)` for each entry, in no order.
    template <class F>
    void for_each(F f) const {
        for (auto const& entry : entries_) {
            if (!entry.is_empty()) f(entry);
        }
    }

private:
    std::size_t place_of(codec::line_key const& key) const noexcept;
    void grow();

    std::vector<line_entry> entries_;
    std::size_t size_ = 0;
};

} // namespace async_llm::policy

#endif
