// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/http/sse_parser.hpp"

#include "base/append_large.hpp"
#include "base/ascii.hpp"
#include "codec/http/sniff.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace async_llm::codec {
namespace {

// Memory of one huge event is not kept for the small ones behind it.
constexpr std::size_t largest_kept = 65'536;

void empty(std::string& buffer) {
    if (buffer.capacity() > largest_kept)
        std::string().swap(buffer);
    else
        buffer.clear();
}

} // namespace

void sse_parser::put(std::string_view bytes) {
    bytes_ = bytes;
    position_ = 0;
    line_feed_ = bytes.find('\n');
    carriage_return_ = bytes.find('\r');
}

bool sse_parser::next(sse_event& event) {
    if (given_) forget_event();
    if (line_given_) forget_line();
    std::string_view line;
    while (take_line(line)) {
        if (!line.empty()) {
            if (!read_field(line) && gives_unknown_lines_) {
                if (!continues_data(line)) {
                    give_line(line, event);
                    return true;
                }
                add_data(line);
            }
            empty(kept_line_);
        } else if (has_data_) {
            give(event);
            return true;
        } else {
            name_.clear();
        }
    }
    // The bytes are the caller's again.
    if (has_data_) own_data();
    put({});
    return false;
}

bool sse_parser::take_unfinished(sse_event& event) {
    if (given_) forget_event();
    if (line_given_) forget_line();
    if (!kept_line_.empty()) {
        if (!read_field(kept_line_) && gives_unknown_lines_ && !continues_data(kept_line_)) {
            give_line(kept_line_, event);
            return true;
        }
        empty(kept_line_);
    }
    if (!has_data_) return false;
    give(event);
    return true;
}

/// Passes over a byte order mark at the start of the stream, which may come in pieces.
void sse_parser::skip_mark() {
    while (mark_ < byte_order_mark.size() && position_ < bytes_.size()) {
        if (bytes_[position_] == byte_order_mark[mark_]) {
            ++position_;
            ++mark_;
        } else {
            kept_line_ = byte_order_mark.substr(0, mark_);
            mark_ = byte_order_mark.size();
        }
    }
}

std::size_t sse_parser::find_line_end() noexcept {
    if (line_feed_ < position_) line_feed_ = bytes_.find('\n', position_);
    if (carriage_return_ < position_) carriage_return_ = bytes_.find('\r', position_);
    return std::min(line_feed_, carriage_return_);
}

/// Finds the next complete line that is not the rest of a comment.
bool sse_parser::take_line(std::string_view& line) {
    skip_mark();
    while (!too_large_) {
        if (after_return_ && position_ < bytes_.size()) {
            if (bytes_[position_] == '\n') ++position_;
            after_return_ = false;
        }
        auto const end = find_line_end();
        if (end == std::string_view::npos) {
            keep_rest();
            return false;
        }
        line = bytes_.substr(position_, end - position_);
        position_ = end + 1;
        after_return_ = bytes_[end] == '\r';

        bool const is_comment = in_comment_ || (kept_line_.empty() && line.starts_with(':'));
        in_comment_ = false;
        if (is_comment) continue;
        if (exceeds(kept_line_.size() + line.size())) {
            fail();
        } else {
            if (!kept_line_.empty()) {
                append_large(kept_line_, line);
                line = kept_line_;
            }
            return true;
        }
    }
    return false;
}

/// Keeps the beginning of a line whose end is not here yet.
void sse_parser::keep_rest() {
    auto const rest = bytes_.substr(position_);
    position_ = bytes_.size();
    if (rest.empty() || in_comment_) return;
    if (kept_line_.empty() && rest.front() == ':')
        in_comment_ = true;
    else if (exceeds(kept_line_.size() + rest.size()))
        fail();
    else
        append_large(kept_line_, rest);
}

/// False: the field is unknown. Precondition: the line is not empty.
bool sse_parser::read_field(std::string_view line) {
    auto const colon = line.find(':');
    auto const field = line.substr(0, colon);
    auto value = line.substr(std::min(colon, line.size() - 1) + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (field == "data")
        add_data(value);
    else if (field == "event")
        name_ = value;
    else if (field == "id" && value.find('\0') == std::string_view::npos)
        id_ = value;
    else if (field == "retry")
        read_retry(value);
    else
        return field == "id";
    return true;
}

/// Is a line without a field JSON that belongs behind the data before it? Given by itself it would come
/// before them.
bool sse_parser::continues_data(std::string_view line) const noexcept {
    return has_data_ && line.starts_with('{');
}

void sse_parser::read_retry(std::string_view value) noexcept {
    if (!std::ranges::all_of(value, is_digit)) return;
    std::int64_t number = 0;
    auto const [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error == std::errc()) retry_ = std::chrono::milliseconds(number);
}

void sse_parser::add_data(std::string_view value) {
    if (!has_data_) {
        has_data_ = true;
        owned_ = !kept_line_.empty();
        if (owned_) {
            // The value is the rest of the line that was put together already.
            offset_ = static_cast<std::size_t>(value.data() - kept_line_.data());
            joined_.swap(kept_line_);
        } else {
            borrowed_ = value;
        }
        return;
    }
    own_data();
    if (exceeds(joined_.size() - offset_ + 1 + value.size())) return fail();
    append_large(joined_, "\n");
    append_large(joined_, value);
}

void sse_parser::own_data() {
    if (owned_) return;
    owned_ = true;
    offset_ = 0;
    joined_ = borrowed_;
    borrowed_ = {};
}

void sse_parser::give(sse_event& event) {
    event.name = name_;
    event.data = owned_ ? std::string_view(joined_).substr(offset_) : borrowed_;
    event.id = id_;
    event.is_unknown_line = false;
    given_ = true;
}

void sse_parser::give_line(std::string_view line, sse_event& event) {
    event.name = {};
    event.data = line;
    event.id = id_;
    event.is_unknown_line = true;
    line_given_ = true;
}

void sse_parser::forget_event() {
    given_ = false;
    has_data_ = false;
    owned_ = false;
    borrowed_ = {};
    name_.clear();
    empty(joined_);
}

void sse_parser::forget_line() {
    line_given_ = false;
    empty(kept_line_);
}

void sse_parser::fail() {
    too_large_ = true;
    forget_event();
    std::string().swap(kept_line_);
}

} // namespace async_llm::codec
