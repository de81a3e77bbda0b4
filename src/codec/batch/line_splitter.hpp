// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_BATCH_LINE_SPLITTER_HPP
#define ASYNC_LLM_CODEC_BATCH_LINE_SPLITTER_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace async_llm::codec {

/// Line of a text file.
struct text_line {
    text_line() = default;

    /// From 1, blank lines counted.
    std::uint64_t number = 0;
    /// Position of the text in the file.
    std::uint64_t offset = 0;
    /// Bytes of the line, without its end.
    std::uint64_t size = 0;
    /// The line without its end; empty if it is too long.
    std::string_view text;
    bool is_too_long = false;
    /// Has it a line feed? The last line of a file that was being written may have none.
    bool is_whole = true;
};

/// Splitter of a file that comes in blocks into lines, of which it keeps one at a time.
/**
 * Lines end with LF or CR LF, the last one also with the file. A byte order mark is taken off the first line.
 * Lines of white space alone are counted and left out. A line that is too long is skipped without being kept.
 */
class line_splitter {
public:
    /// `max_size`: most bytes of a line, with its CR.
    explicit line_splitter(std::size_t max_size) : max_size_(max_size) {}
    line_splitter(line_splitter const&) = delete;
    line_splitter& operator=(line_splitter const&) = delete;

    /// Takes the next block of the file, which has to stay until \ref next has returned nothing.
    /** Precondition: the last block is used up. */
    void feed(std::string_view block) noexcept { rest_ = block; }

    /// Marks the end of the file.
    void finish() noexcept { is_finished_ = true; }

    /// Returns the next line, valid until the next call; nothing if it needs another block, or at the end.
    std::optional<text_line> next();

    /// Bytes of all blocks that were used up.
    std::uint64_t position() const noexcept { return position_; }

    /// Position behind the last line feed.
    std::uint64_t line_start() const noexcept { return line_start_; }

private:
    std::optional<text_line> take_line();
    void keep(std::string_view part);
    std::optional<text_line> end_line(std::string_view part, bool is_whole);

    std::size_t max_size_;
    std::string_view rest_;
    /// Beginning of a line that the last block did not end.
    std::string kept_;
    bool has_lent_kept_ = false;
    std::uint64_t number_ = 0;
    std::uint64_t position_ = 0;
    std::uint64_t line_start_ = 0;
    bool is_finished_ = false;
};

} // namespace async_llm::codec

#endif
