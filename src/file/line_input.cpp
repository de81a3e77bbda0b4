// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "file/line_input.hpp"

#include <algorithm>
#include <poll.h>
#include <string>
#include <string_view>
#include <utility>

namespace async_llm::file {
namespace {

constexpr std::size_t block_size = 256u * 1024;
/// Longest wait for a pipe, since answers are to be written meanwhile.
constexpr int most_wait_ms = 20;

bool is_readable(file_handle const& file) {
    struct pollfd waiting{};
    waiting.fd = file.descriptor();
    waiting.events = POLLIN;
    return ::poll(&waiting, 1, most_wait_ms) != 0;
}

} // namespace

line_input::line_input(bulk_input source, std::size_t max_line_size)
    : source_(std::move(source)), splitter_(max_line_size) {}

void line_input::open() {
    block_.resize(block_size);
    if (source_.read) return;
    file_ = file_handle::open_input(source_.name);
    size_ = file_.size();
}

std::optional<codec::text_line> line_input::next() {
    for (;;) {
        auto line = splitter_.next();
        if (line) return line;
        if (is_finished_) {
            at_end_ = true;
            return std::nullopt;
        }
        if (!read_block()) return std::nullopt;
    }
}

/// Reads on. False: there is nothing yet.
bool line_input::read_block() {
    if (!source_.read && size_ == 0 && !is_readable(file_)) return false;
    auto const count =
        source_.read ? source_.read(block_.data(), block_.size()) : file_.read(block_.data(), block_.size());
    is_finished_ = count == 0;
    if (is_finished_)
        splitter_.finish();
    else
        splitter_.feed(std::string_view(block_.data(), count));
    return true;
}

std::string read_line_at(file_handle const& file, std::uint64_t offset) {
    std::string line;
    std::size_t step = 4096;
    for (;;) {
        auto const begin = line.size();
        line.resize(begin + step);
        auto const count = file.read_at(offset + begin, line.data() + begin, step);
        line.resize(begin + count);
        auto const end = line.find('\n', begin);
        if (end != std::string::npos) {
            line.resize(end);
            return line;
        }
        if (count == 0) return line;
        step = std::max(step, line.size());
    }
}

} // namespace async_llm::file
