// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_FILE_LINE_INPUT_HPP
#define ASYNC_LLM_FILE_LINE_INPUT_HPP

#include "codec/batch/line_splitter.hpp"
#include "file/file_handle.hpp"
#include <async_llm/bulk_file_options.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace async_llm::file {

/// Input that is read line by line.
class line_input {
public:
    /// `max_line_size`: as \ref codec::line_splitter.
    line_input(bulk_input source, std::size_t max_line_size);

    /// Opens the file, if it is one.
    void open();

    /// Returns the next line, valid until the next call. Nothing: see \ref at_end.
    std::optional<codec::text_line> next();

    /// Returns whether there are no more lines; otherwise a device or pipe has nothing yet.
    bool at_end() const noexcept { return at_end_; }

    /// Path of the file; empty: a function reads.
    std::string path() const { return source_.read ? std::string() : source_.name; }

    /// Bytes that lines were made of.
    std::uint64_t position() const noexcept { return splitter_.position(); }
    /// Size of the file; 0: unknown.
    std::uint64_t size() const noexcept { return size_; }

private:
    bool read_block();

    bulk_input source_;
    file_handle file_;
    std::uint64_t size_ = 0;
    std::vector<char> block_;
    codec::line_splitter splitter_;
    bool is_finished_ = false;
    bool at_end_ = false;
};

/// Longest line of an output that is read.
inline constexpr std::size_t max_answer_size = std::size_t(1) << 30;

/// Calls `f(line)` for each line of a file, from its beginning. Returns the position behind the last line
/// feed.
template <class F>
std::uint64_t for_each_line(file_handle const& file, F f) {
    std::vector<char> block(std::size_t(1) << 18);
    codec::line_splitter splitter(max_answer_size);
    std::uint64_t offset = 0;
    while (auto const count = file.read_at(offset, block.data(), block.size())) {
        offset += count;
        splitter.feed(std::string_view(block.data(), count));
        while (auto const line = splitter.next()) f(*line);
    }
    auto const behind_last = splitter.line_start();
    splitter.finish();
    while (auto const line = splitter.next()) f(*line);
    return behind_last;
}

/// Reads the line that begins at this position, without its line feed.
std::string read_line_at(file_handle const& file, std::uint64_t offset);

} // namespace async_llm::file

#endif
