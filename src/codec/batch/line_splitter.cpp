// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/batch/line_splitter.hpp"

#include <utility>

namespace async_llm::codec {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

bool is_blank(std::string_view text) noexcept {
    return text.find_first_not_of(" \t\r\v\f") == std::string_view::npos;
}

} // namespace

std::optional<text_line> line_splitter::next() {
    if (std::exchange(has_lent_kept_, false)) {
        kept_.clear();
        // One long line must not cost its memory for the rest of the file.
        if (kept_.capacity() > std::size_t(1) << 20) kept_.shrink_to_fit();
    }
    while (auto line = take_line()) {
        if (line->is_too_long || !is_blank(line->text)) return line;
        kept_.clear();
        has_lent_kept_ = false;
    }
    return std::nullopt;
}

/// Returns the next line, blank or not.
std::optional<text_line> line_splitter::take_line() {
    if (rest_.empty()) {
        if (!is_finished_ || position_ == line_start_) return std::nullopt;
        return end_line(std::string_view(), false);
    }
    auto const end = rest_.find('\n');
    auto const part = rest_.substr(0, end);
    position_ += part.size();
    if (end == std::string_view::npos) {
        rest_ = std::string_view();
        keep(part);
        return take_line();
    }
    rest_.remove_prefix(end + 1);
    ++position_;
    return end_line(part, true);
}

void line_splitter::keep(std::string_view part) {
    if (position_ - line_start_ > max_size_)
        kept_ = std::string();
    else
        kept_.append(part);
}

/// Returns the line that ends with `part`, and begins with what was kept.
std::optional<text_line> line_splitter::end_line(std::string_view part, bool is_whole) {
    text_line line;
    line.number = ++number_;
    line.offset = line_start_;
    line.size = position_ - line_start_ - (is_whole ? 1 : 0);
    line.is_whole = is_whole;
    line_start_ = position_;
    line.is_too_long = line.size > max_size_;
    if (line.is_too_long) {
        kept_ = std::string();
        return line;
    }
    has_lent_kept_ = !kept_.empty();
    if (has_lent_kept_) kept_.append(part);
    line.text = has_lent_kept_ ? std::string_view(kept_) : part;
    if (line.number == 1 && line.text.starts_with(byte_order_mark)) {
        line.text.remove_prefix(byte_order_mark.size());
        line.offset += byte_order_mark.size();
    }
    if (line.text.ends_with('\r')) line.text.remove_suffix(1);
    line.size = line.text.size();
    return line;
}

} // namespace async_llm::codec
