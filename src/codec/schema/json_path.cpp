// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/schema/json_path.hpp"

#include "base/ascii.hpp"
#include "base/sanitize.hpp"
#include "codec/json/json_writer.hpp"

#include <algorithm>
#include <utility>

namespace async_llm::codec {
namespace {

/// Of a longer path, so many steps at its beginning and at its end are shown.
constexpr std::size_t shown_steps = 5;
constexpr std::size_t max_shown = 40;

bool is_plain(std::string_view name) noexcept {
    return !name.empty() && name.size() <= max_shown && std::ranges::all_of(name, is_name_char);
}

} // namespace

std::string json_excerpt(std::string_view text, std::size_t max_chars) {
    std::string result;
    json_writer(result).string(sanitize(text, max_chars));
    return result;
}

std::string json_path::step_text() const {
    if (is_index_) return '[' + std::to_string(index_) + ']';
    if (!is_plain(member_)) return '[' + json_excerpt(member_, max_shown) + ']';
    return (outer_->outer_ ? "." : "") + std::string(member_);
}

std::string json_path::text() const {
    std::string result;
    bool cut = false;
    for (auto const* step = this; step->outer_; step = step->outer_) {
        if (step->depth_ <= shown_steps || depth_ - step->depth_ < shown_steps)
            result.insert(0, step->step_text());
        else if (!std::exchange(cut, true))
            result.insert(0, result.starts_with('.') ? ".." : "...");
    }
    return result;
}

std::string shown_value(boost::json::value const& value) {
    if (value.is_object()) return "an object";
    if (value.is_array()) return "an array";
    if (value.is_string()) return json_excerpt(value.get_string(), max_shown);
    std::string text;
    json_writer writer(text);
    writer.value(value);
    return writer.fault() == json_fault::none ? text : "a number that is too large";
}

} // namespace async_llm::codec
