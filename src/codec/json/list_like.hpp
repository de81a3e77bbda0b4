// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

/// \file
/// Lists in the place of objects, and objects in the place of lists, where there is one way to read them.

#ifndef ASYNC_LLM_CODEC_JSON_LIST_LIKE_HPP
#define ASYNC_LLM_CODEC_JSON_LIST_LIKE_HPP

#include "codec/json/json_integer.hpp"
#include "codec/json/json_tape.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace async_llm::codec {

/// An object, or the only element of a list if that is one. Nothing: it is something else.
inline std::optional<json_view> as_object(json_view from) noexcept {
    if (from.is_object()) return from;
    if (from.is_array() && from.size() == 1 && from.first().is_object()) return from.first();
    return std::nullopt;
}

inline bool is_empty_array(json_view from) noexcept { return from.is_array() && from.size() == 0; }

/// Elements of an array, or of an object that stands for one: its only element, or a map of places to
/// elements.
/** An empty object or text stands for an empty array. Elements may be null. */
class list_view {
public:
    list_view() = default;

    /// Nothing: it is none of these. `is_element` tells an object that is an element from a map.
    template <class IsElement>
    static std::optional<list_view> of(json_view from, IsElement is_element) {
        if (from.is_array()) return list_view(from.first(), from.size(), false);
        if (!from.is_object() && read_string(from) != std::string_view()) return std::nullopt;
        if (!from.is_object() || from.size() == 0) return list_view(from, 0, false);
        if (!from.budget().allows_members(from.size())) return std::nullopt;
        if (is_element(from)) return list_view(from, 1, false);
        bool all = true;
        from.for_each_member([&all](std::string_view name, json_view value) {
            all = all && (value.is_object() || value.is_null()) && number_in<std::int64_t>(name);
        });
        return all ? std::optional(list_view(from.first(), from.size(), true)) : std::nullopt;
    }

    std::size_t size() const noexcept { return left_; }

    /// \name First element
    /// Precondition: the size is not 0.
    /// @{
    json_view front() const noexcept { return has_names_ ? next_->next() : *next_; }
    /// Place that its name tells. Nothing: it has no name.
    std::optional<std::int64_t> place() const noexcept {
        auto const name = has_names_ ? read_string(*next_) : std::nullopt;
        return name ? number_in<std::int64_t>(*name) : std::nullopt;
    }
    void pop_front() noexcept {
        next_ = front().next();
        --left_;
    }
    /// @}

private:
    list_view(json_view first, std::size_t size, bool has_names) noexcept
        : next_(first), left_(size), has_names_(has_names) {}

    std::optional<json_view> next_;
    std::size_t left_ = 0;
    bool has_names_ = false;
};

} // namespace async_llm::codec

#endif
