// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/json/json_document.hpp"

#include "base/ascii.hpp"
#include "codec/http/sniff.hpp"
#include <async_llm/error.hpp>

#include <boost/json/error.hpp>

#include <algorithm>

namespace async_llm::codec {
namespace {

// Bytes that are looked at behind the value. The parser has passed over white space there, so only an end
// mark can be.
constexpr std::size_t max_tail = 64u * 1024;

// Bytes before the place of an error that are shown at most, and behind it.
constexpr std::size_t max_shown_before = 48;
constexpr std::size_t max_shown_behind = 256;

// Texts up to this size are parsed, rewritten and parsed again in one step.
constexpr std::size_t max_in_one_step = 128u * 1024;

/// Returns whether a text with this error can be one that \ref json_repair mends.
bool may_be_mended(error_code const& ec) noexcept {
    return ec != errc::json_too_complex && ec != json::error::too_deep && ec != json::error::incomplete &&
        ec != json::error::extra_data;
}

/// Recognizes that by the first bytes of JSON, which are ASCII.
bool is_utf16(std::string_view text) noexcept {
    if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) return true;
    if (text.size() < 4) return false;
    auto const is_nul = [text](std::size_t i) { return text[i] == '\0'; };
    return is_nul(0) == is_nul(2) && is_nul(1) == is_nul(3) && is_nul(0) != is_nul(1);
}

/// Returns the place from which to show a text that is wrong at `place`: at the end of a string before it, if
/// one is near.
// Not just anywhere: of a credential that begins before what is shown, the rest would not be recognized.
std::size_t begin_of_excerpt(std::string_view text, std::size_t place) noexcept {
    if (place <= max_shown_before) return 0;
    auto const near = text.substr(place - max_shown_before, max_shown_before);
    // An escaped quote may be part of a credential.
    auto quote = near.find('"', 1);
    while (quote != std::string_view::npos && near[quote - 1] == '\\') quote = near.find('"', quote + 1);
    return quote == std::string_view::npos ? place : place - near.size() + quote;
}

/// Returns whether a text has nothing but white space, and NULs, which programs in C leave behind.
bool is_padding(std::string_view text) noexcept {
    return std::ranges::all_of(text, [](char c) { return c == '\0' || is_space(c); });
}

} // namespace

json_document::json_document() : tape_(std::in_place) {}
json_document::~json_document() = default;

json_document::json_document(
    std::string_view text,
    std::size_t start,
    decode_limits const& limits,
    half_characters halves
)
    : tape_(std::in_place), halves_(halves), start_(start) {
    while (!step(text, limits)) {
    }
}

bool json_document::step(std::string_view text, decode_limits const& limits) {
    if (is_rewriting_) {
        if (!repair_->step()) return false;
        // A large tape is not given back in one step.
        if (repair_->changed() && !repair_->is_too_large() && !tape_->release_part()) return false;
        is_rewriting_ = false;
        if (!begin_again(limits, text.size() - start_)) return true;
        if (text.size() > max_in_one_step) return false;
    }
    if (!begun_) tape_->begin(text.substr(start_), limits);
    begun_ = true;
    if (!tape_->step()) return false;
    if (end_of_parsing(text)) return true;
    return text.size() <= max_in_one_step && step(text, limits);
}

/// False: the text is to be rewritten.
bool json_document::end_of_parsing(std::string_view text) {
    size_ = text.size();
    used_ = start_ + origin_of(tape_->used());
    error_ = tape_->error();
    if (!error_) look_behind(repair_ ? repair_->text() : text.substr(start_), tape_->used());
    if (!error_) return true;
    note_place(text);
    if (repair_ || !may_be_mended(error_)) return true;
    auto const value = text.substr(start_);
    repair_ = std::make_unique<json_repair>(value, budget().memory_left(), halves_);
    is_rewriting_ = true;
    return false;
}

/// Begins to parse the text that was rewritten. False: it was not, and the error stays.
bool json_document::begin_again(decode_limits const& limits, std::size_t size) {
    if (repair_->is_too_large()) {
        budget().exceed(json_budget::limit::memory);
        error_ = errc::json_too_complex;
        return false;
    }
    if (!repair_->changed()) return false;
    json_budget budget(limits, size);
    budget.take_memory(repair_->memory());
    tape_.emplace();
    tape_->begin(repair_->text(), limits, budget);
    error_ = error_code();
    return true;
}

std::size_t json_document::origin_of(std::size_t used) const noexcept {
    return repair_ ? repair_->origin_of(used) : used;
}

/// `text`: what was parsed.
void json_document::look_behind(std::string_view text, std::size_t used) {
    auto tail = text.substr(used);
    if (tail.size() > max_tail) tail = tail.substr(0, max_tail);
    tail = trim(tail);
    if (tail.empty()) return;
    if (tail.starts_with(data_field)) tail = trim_left(tail.substr(data_field.size()));
    has_end_mark_ = tail == stream_end_mark;
    if (has_end_mark_ || is_padding(tail)) return;
    error_ = json::error::extra_data;
    // The parser has passed over the white space between the value and what follows it.
    auto const line_end = text.substr(0, used).find_last_not_of(" \t\r\n") + 1;
    auto const feed = text.substr(0, used).find('\n', line_end);
    if (feed != std::string_view::npos) next_line_ = start_ + origin_of(feed + 1);
}

void json_document::note_place(std::string_view text) {
    auto const place = std::min(used_, text.size());
    auto const begin = start_ + begin_of_excerpt(text.substr(start_), place - start_);
    is_utf16_ = is_utf16(text.substr(start_));
    excerpt_ = (begin == start_ ? "\"" : "\"...") +
        sanitize(text.substr(begin, place - begin + max_shown_behind), shown_chars) + '"';
}

error_code json_document::error() const noexcept {
    if (!error_ || error_ == errc::json_too_complex) return error_;
    return errc::invalid_json;
}

std::string json_document::complaint(std::string const& subject) const {
    auto const place = " at byte " + std::to_string(used_) + " of " + std::to_string(size_);
    if (error_ == errc::json_too_complex) return budget().complaint(subject);
    if (error_ == json::error::too_deep) return subject + "'s JSON is nested too deeply" + place;
    if (is_utf16_) return subject + " is not UTF-8 but UTF-16";
    auto const shown = ": " + excerpt_;
    if (error_ == json::error::extra_data)
        return "there is more behind " + subject + "'s JSON" + place + shown;
    return subject + " is not valid JSON" + place + ": " + error_.message() + shown;
}

} // namespace async_llm::codec
