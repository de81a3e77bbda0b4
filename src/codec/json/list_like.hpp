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
inline std::optional<json_view> as_object(json_view source) noexcept {
    if (source.is_object()) return source;
    if (source.is_array() && source.size() == 1 && source.first().is_object()) return source.first();
    return std::nullopt;
}

inline bool is_empty_array(json_view source) noexcept { return source.is_array() && source.size() == 0; }

/// Elements of an array, or of an object that stands for one: its only element, or a map of places to
/// elements.
/** An empty object or text stands for an empty array. Elements may be null. */
class list_view {
public:
    list_view() = default;

    /// Nothing: it is none of these. `is_element` distinguishes an object that is an element from a map.
    template <class IsElement>
    static std::optional<list_view> of(json_view source, IsElement is_element) {
        if (source.is_array()) return list_view(source.first(), source.size(), false);
        if (!source.is_object() && read_string(source) != std::string_view()) return std::nullopt;
        if (!source.is_object() || source.size() == 0) return list_view(source, 0, false);
        if (!source.budget().allows_members(source.size())) return std::nullopt;
        if (is_element(source)) return list_view(source, 1, false);
        bool all = true;
        source.for_each_member([&all](std::string_view name, json_view value) {
            all = all && (value.is_object() || value.is_null()) && number_in<std::int64_t>(name);
        });
        return all ? std::optional(list_view(source.first(), source.size(), true)) : std::nullopt;
    }

    std::size_t size() const noexcept { return left_; }

    /// \name First element
    /// Precondition: the size is not 0.
    /// @{
    json_view front() const noexcept { return has_names_ ? next_->next() : *next_; }
    /// Place that its name gives. Nothing: it has no name.
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
