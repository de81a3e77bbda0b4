// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_SCHEMA_JSON_PATH_HPP
#define ASYNC_LLM_CODEC_SCHEMA_JSON_PATH_HPP

#include <boost/json/value.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace async_llm::codec {

/// Position of a reader in a JSON document. Lives on the stack of the reader, each step within the one
/// before.
class json_path {
public:
    json_path() = default;
    json_path(json_path const& outer, std::string_view member) noexcept
        : outer_(&outer), member_(member), depth_(outer.depth_ + 1) {}
    json_path(json_path const& outer, std::size_t index) noexcept
        : outer_(&outer), index_(index), is_index_(true), depth_(outer.depth_ + 1) {}
    // Shallow on purpose: a copy would point to what the original points to.
    json_path(json_path const&) = delete;
    json_path& operator=(json_path const&) = delete;

    std::size_t depth() const noexcept { return depth_; }

    /// As `days[2].high`, of a bounded length; empty for the document itself.
    std::string text() const;

private:
    std::string step_text() const;

    json_path const* outer_ = nullptr;
    std::string_view member_;
    std::size_t index_ = 0;
    bool is_index_ = false;
    std::size_t depth_ = 0;
};

/// A value in few words of one line: `"warm"`, `12`, `an array`.
std::string shown_value(boost::json::value const& value);

/// Foreign text as `sanitize` has it, as a JSON string.
std::string json_excerpt(std::string_view text, std::size_t max_chars);

} // namespace async_llm::codec

#endif
