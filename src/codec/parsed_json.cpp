// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "codec/parsed_json.hpp"

#include "codec/ascii.hpp"
#include "codec/body_look.hpp"
#include <async_llm/error.hpp>

#include <boost/json/error.hpp>

namespace async_llm::codec {
namespace {

// Bytes that are looked at behind the value. The parser has passed over white space there, so only an end
// mark can be.
constexpr std::size_t max_tail = 64u * 1024;

} // namespace

parsed_json::parsed_json(std::string_view text, std::size_t start, decode_limits const& limits)
    : start_(start) {
    while (!step(text, limits)) {
    }
}

bool parsed_json::step(std::string_view text, decode_limits const& limits) {
    if (!begun_) tape_.begin(text.substr(start_), limits);
    begun_ = true;
    if (!tape_.step()) return false;
    size_ = text.size();
    used_ = start_ + tape_.used();
    error_ = tape_.error();
    if (!error_) look_behind(text);
    return true;
}

void parsed_json::look_behind(std::string_view text) {
    auto tail = text.substr(used_);
    if (tail.size() > max_tail) tail = tail.substr(0, max_tail);
    tail = trim(tail);
    if (tail.empty()) return;
    if (tail.starts_with(data_field)) tail = trim_left(tail.substr(data_field.size()));
    has_end_mark_ = tail == stream_end_mark;
    if (!has_end_mark_) error_ = json::error::extra_data;
}

error_code parsed_json::error() const noexcept {
    if (!error_ || error_ == errc::json_too_complex) return error_;
    return errc::invalid_json;
}

std::string parsed_json::complaint(std::string const& subject) const {
    auto const place = " at byte " + std::to_string(used_) + " of " + std::to_string(size_);
    if (error_ == errc::json_too_complex) return budget().complaint(subject);
    if (error_ == json::error::too_deep) return subject + "'s JSON is nested too deeply" + place;
    if (error_ == json::error::extra_data) return "there is more behind " + subject + "'s JSON" + place;
    return subject + " is not valid JSON" + place + ": " + error_.message();
}

} // namespace async_llm::codec
