// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/json/json_repair.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"
#include "codec/json/half_character.hpp"
#include "codec/json/plain_run.hpp"
#include "codec/json/unescape.hpp"

#include <algorithm>
#include <iterator>
#include <limits>

namespace async_llm::codec {
namespace {

// Bytes of the text that are looked at in one step: a millisecond or two if all of them are to be replaced.
constexpr std::size_t repair_step_size = 256u * 1024;

// Larger texts have no marks: all of the text would have to be searched for what looks like one.
constexpr std::size_t max_marked_text = 128u * 1024;

/// Names of the members whose texts come in pieces.
constexpr std::array<std::string_view, 6> text_members{
    "\"content\"",
    "\"reasoning\"",
    "\"reasoning_content\"",
    "\"refusal\"",
    "\"arguments\"",
    "\"text\""
};

std::string_view without_space_behind(std::string_view text) noexcept {
    auto const last = text.find_last_not_of(" \t\r\n");
    return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

/// Length of a number that JSON has no notation for, at the beginning of `text`; 0: there is none.
std::size_t length_of_no_number(std::string_view text) noexcept {
    // As JavaScript, Python, C and their like write them, with any sign and in any case.
    std::size_t const sign = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
    auto const behind = text.substr(sign);
    for (std::string_view const word : {"nan", "infinity", "inf"}) {
        if (!istarts_with(behind, word)) continue;
        auto const size = sign + word.size();
        bool const goes_on = size < text.size() && (is_letter(text[size]) || is_digit(text[size]));
        if (!goes_on) return size;
    }
    return 0;
}

void put(std::string_view text, json_faults::piece& out) noexcept {
    out.size = text.copy(out.bytes.data(), out.bytes.size());
}

/// Writes a control character as an escape sequence.
void put_control(char c, json_faults::piece& out) noexcept {
    constexpr std::string_view digits = "0123456789abcdef";
    switch (c) {
    case '\b': return put("\\b", out);
    case '\f': return put("\\f", out);
    case '\n': return put("\\n", out);
    case '\r': return put("\\r", out);
    case '\t': return put("\\t", out);
    default: break;
    }
    put("\\u0000", out);
    auto const byte = static_cast<unsigned char>(c);
    out.bytes[4] = digits[byte >> 4];
    out.bytes[5] = digits[byte & 15];
}

} // namespace

json_faults::piece json_faults::next(std::size_t most) noexcept {
    auto const begin = position_;
    auto const stop = std::min(text_.size(), begin + std::min(most, text_.size() - begin));
    piece found;
    while (position_ < stop) {
        if (in_string_ ? skip_in_string(stop, found) : skip_outside(found)) {
            found.kept = position_ - begin;
            position_ += found.replaced;
            return found;
        }
    }
    found.kept = position_ - begin;
    return found;
}

// These pass over some bytes. True: those at the position are to be replaced.

bool json_faults::skip_outside(piece& found) noexcept {
    switch (text_[position_]) {
    case '"':
        in_string_ = true;
        string_begin_ = position_ + 1;
        break;
    case '-':
    case '+':
    case 'N':
    case 'n':
    case 'I':
    case 'i':
        // The parser decides whether a value may stand here.
        found.replaced = length_of_no_number(text_.substr(position_));
        put("null", found);
        if (found.replaced != 0) return true;
        found.size = 0;
        break;
    default: break;
    }
    ++position_;
    return false;
}

bool json_faults::skip_in_string(std::size_t stop, piece& found) noexcept {
    // The last character before the stop may end behind it.
    position_ += literal_length(text_.substr(position_, stop - position_ + 3));
    if (position_ >= stop) return false;
    auto const c = text_[position_];
    if (c == '\\') return skip_escape(found);
    if (c == '"') {
        in_string_ = false;
        ++position_;
        return false;
    }
    if (static_cast<unsigned char>(c) >= 0x20) return replace_bytes(found);
    found.replaced = 1;
    put_control(c, found);
    return true;
}

bool json_faults::skip_escape(piece& found) noexcept {
    auto const unit = utf16_unit(text_.substr(position_));
    if (unit < 0) {
        // With what it escapes, which stays wrong if it is: a control character too.
        position_ = std::min(position_ + 2, text_.size());
        return false;
    }
    bool const leads = is_leading_surrogate(unit);
    if (!leads && !is_trailing_surrogate(unit)) {
        has_escaped_mark_ = has_escaped_mark_ || is_mark(unit);
        position_ += unit_size;
        return false;
    }
    if (leads && is_trailing_surrogate(utf16_unit(text_.substr(position_ + unit_size)))) {
        position_ += 2 * unit_size;
        return false;
    }
    auto const behind = position_ + unit_size;
    bool const at_edge = leads ? behind < text_.size() && text_[behind] == '"' : position_ == string_begin_;
    auto const half = half_of_pair(unit);
    replace_half(unit_size, std::string_view(half.data(), half.size()), at_edge, found);
    return true;
}

/// Replaces as much as could be the beginning of a character, as decoders of other languages do.
bool json_faults::replace_bytes(piece& found) noexcept {
    auto const rest = text_.substr(position_);
    auto length = utf8_prefix(rest);
    bool at_edge = length < rest.size() && rest[length] == '"' && is_utf8_lead(rest[0]);
    if (position_ == string_begin_ && is_utf8_continuation(rest[0])) {
        at_edge = true;
        if (halves_ == half_characters::marked) {
            length = 1;
            while (length < 3 && length < rest.size() && is_utf8_continuation(rest[length])) ++length;
        }
    }
    replace_half(length, rest.substr(0, length), at_edge, found);
    return true;
}

void json_faults::replace_half(
    std::size_t size,
    std::string_view bytes,
    bool at_edge,
    piece& found
) noexcept {
    found.replaced = size;
    if (halves_ == half_characters::replaced || !at_edge || !is_text_member()) {
        // Of a row of bytes that were taken to complete a character, the first.
        if (size != unit_size && is_utf8_continuation(bytes.front())) found.replaced = 1;
        return put(replacement_character, found);
    }
    ++marks_;
    for (auto const byte : bytes) {
        auto const mark = mark_of(byte);
        found.size +=
            std::string_view(mark.data(), mark.size()).copy(found.bytes.data() + found.size, mark.size());
    }
}

/// Returns whether the string at the position is the value of a member that carries text.
bool json_faults::is_text_member() const noexcept {
    auto before = without_space_behind(text_.substr(0, string_begin_ - 1));
    if (!before.ends_with(':')) return false;
    before.remove_suffix(1);
    before = without_space_behind(before);
    return std::ranges::any_of(text_members, [before](auto name) { return before.ends_with(name); });
}

json_repair::json_repair(std::string_view text, std::size_t max_size, half_characters halves) noexcept
    : old_(text),
      max_size_(max_size),
      faults_(text, text.size() > max_marked_text ? half_characters::replaced : halves) {}

// The text is gone through twice, so that the new one has just the room that it needs, or none at all.
bool json_repair::step() {
    auto const stop = faults_.position() + std::min(repair_step_size, old_.size() - faults_.position());
    if (measured_) checkpoints_.emplace_back(rewritten_.size(), faults_);
    while (faults_.position() < stop) {
        auto const begin = faults_.position();
        auto const piece = faults_.next(stop - begin);
        changed_ = changed_ || piece.replaced != 0;
        if (measured_)
            rewritten_.append(old_, begin, piece.kept).append(piece.replacement());
        else
            size_ += piece.kept + piece.size;
    }
    if (!faults_.at_end()) return false;
    return measured_ || end_measuring();
}

/// True: there is nothing to be written.
bool json_repair::end_measuring() {
    if (faults_.marks() != 0 && (faults_.has_escaped_mark() || find_mark(old_) != std::string_view::npos)) {
        // A text that looks like a mark would be taken for one.
        faults_ = json_faults(old_, half_characters::replaced);
        size_ = 0;
        return false;
    }
    if (!changed_ || is_too_large()) return true;
    rewritten_.reserve(size_);
    measured_ = true;
    faults_ = json_faults(old_, faults_.halves());
    return false;
}

std::size_t json_repair::origin_of(std::size_t offset) const noexcept {
    auto const next = std::upper_bound(
        checkpoints_.begin(),
        checkpoints_.end(),
        offset,
        [](std::size_t wanted, checkpoint const& known) { return wanted < known.offset; }
    );
    if (next == checkpoints_.begin()) return offset;
    auto faults = std::prev(next)->faults;
    auto at = std::prev(next)->offset;
    while (!faults.at_end()) {
        auto const begin = faults.position();
        auto const piece = faults.next(repair_step_size);
        if (offset <= at + piece.kept) return begin + (offset - at);
        at += piece.kept + piece.size;
        if (offset < at) return begin + piece.kept;
    }
    return old_.size();
}

std::optional<std::string> repaired_json(std::string_view text) {
    json_repair repair(text, std::numeric_limits<std::size_t>::max(), half_characters::replaced);
    while (!repair.step()) {
    }
    return repair.changed() ? std::optional<std::string>(repair.text()) : std::nullopt;
}

} // namespace async_llm::codec
