// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "codec/parsed_json.hpp"

#include "codec/ascii.hpp"
#include "codec/body_look.hpp"

#include <boost/json/error.hpp>

namespace async_llm::codec {

parsed_json::parsed_json(std::string_view text, std::size_t start, std::size_t max_depth)
    : size_(text.size()) {
    error_ = tape_.parse(text.substr(start), max_depth, used_);
    used_ += start;
    if (error_) return;
    auto tail = trim(text.substr(used_));
    if (tail.empty()) return;
    if (tail.starts_with(data_field)) tail = trim_left(tail.substr(data_field.size()));
    has_end_mark_ = tail == stream_end_mark;
    if (!tail.empty() && !has_end_mark_) error_ = json::error::extra_data;
}

std::string parsed_json::complaint(std::string const& subject) const {
    auto const place = " at byte " + std::to_string(used_) + " of " + std::to_string(size_);
    if (error_ == json::error::too_deep) return subject + "'s JSON is nested too deeply" + place;
    if (error_ == json::error::extra_data) return "there is more behind " + subject + "'s JSON" + place;
    return subject + " is not valid JSON" + place + ": " + error_.message();
}

} // namespace async_llm::codec
