// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/json/json_scalar.hpp"

#include "base/ascii.hpp"
#include "codec/json/json_integer.hpp"
#include "codec/json/json_writer.hpp"

#include <algorithm>
#include <cmath>

namespace async_llm::codec {
namespace {

// Copies and destructors of json::value recurse, so no configuration may ask for more than a thread's stack
// can bear.
constexpr std::size_t deepest_nesting = 1000;

std::string_view view(json::string const& text) noexcept {
    return std::string_view(text.data(), text.size());
}

std::optional<double> finite(std::optional<double> number) noexcept {
    return number && std::isfinite(*number) ? number : std::nullopt;
}

std::optional<std::int64_t> to_int(std::optional<double> number) noexcept {
    // Both bounds are exact as doubles; the largest int64 itself is not.
    constexpr double bound = 9223372036854775808.0;
    if (!number || !(*number >= -bound && *number < bound)) return std::nullopt;
    return static_cast<std::int64_t>(*number);
}

template <class T>
bool assign_if(std::optional<T> read, json_scalar const& source, T& out) noexcept {
    if (read) out = *read;
    return read || source.is_null();
}

} // namespace

std::size_t bearable_depth(std::size_t limit) noexcept { return std::min(limit, deepest_nesting); }

json_scalar::json_scalar(json::value const& source) noexcept : kind_(source.kind()), integer_(0) {
    switch (kind_) {
    case json::kind::bool_: truth_ = source.get_bool(); break;
    case json::kind::int64: integer_ = source.get_int64(); break;
    case json::kind::uint64: natural_ = source.get_uint64(); break;
    case json::kind::double_: real_ = source.get_double(); break;
    case json::kind::string: text_ = view(source.get_string()); break;
    case json::kind::null:
    case json::kind::array:
    case json::kind::object: break;
    }
}

std::optional<std::int64_t> read_int(json_scalar const& source) noexcept {
    if (auto const* i = source.if_int64()) return *i;
    if (auto const* u = source.if_uint64()) {
        if (*u > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
        return static_cast<std::int64_t>(*u);
    }
    if (auto const* d = source.if_double()) return to_int(*d);
    if (auto const* s = source.if_string()) {
        if (auto const i = number_in<std::int64_t>(*s)) return i;
        return to_int(number_in<double>(*s));
    }
    return std::nullopt;
}

std::optional<double> read_double(json_scalar const& source) noexcept {
    if (auto const* i = source.if_int64()) return static_cast<double>(*i);
    if (auto const* u = source.if_uint64()) return static_cast<double>(*u);
    if (auto const* d = source.if_double()) return finite(*d);
    if (auto const* s = source.if_string()) return finite(number_in<double>(*s));
    return std::nullopt;
}

std::optional<bool> read_bool(json_scalar const& source) noexcept {
    if (auto const* b = source.if_bool()) return *b;
    auto const* text = source.if_string();
    if (text && iequals(*text, "true")) return true;
    if (text && iequals(*text, "false")) return false;
    return std::nullopt;
}

std::optional<std::string_view> read_string(json_scalar const& source) noexcept {
    auto const* s = source.if_string();
    return s ? std::optional(*s) : std::nullopt;
}

std::optional<std::string> read_word(json_scalar const& source) {
    if (auto const* s = source.if_string()) return std::string(*s);
    if (auto const* u = source.if_uint64()) return std::to_string(*u);
    if (auto const* b = source.if_bool()) return std::string(*b ? "true" : "false");
    if (auto const i = read_int(source)) return std::to_string(*i);
    return std::nullopt;
}

std::optional<std::string> read_plain_text(json_scalar const& source) {
    auto const* const real = source.if_double();
    if (!real) return read_word(source);
    std::string text;
    json_writer(text).number(*real);
    return text;
}

json::value const* find(json::object const& source, std::string_view name) noexcept {
    auto const* member = source.if_contains(name);
    return member && !member->is_null() ? member : nullptr;
}

json::object const* find_object(json::object const& source, std::string_view name) noexcept {
    auto const* member = source.if_contains(name);
    return member ? member->if_object() : nullptr;
}

json::array const* find_array(json::object const& source, std::string_view name) noexcept {
    auto const* member = source.if_contains(name);
    return member ? member->if_array() : nullptr;
}

std::string_view find_string(json::object const& source, std::string_view name) noexcept {
    auto const* member = source.if_contains(name);
    return member ? read_string(*member).value_or(std::string_view()) : std::string_view();
}

bool assign(json_scalar const& source, std::int64_t& out) noexcept {
    return assign_if(read_int(source), source, out);
}

bool assign(json_scalar const& source, double& out) noexcept {
    return assign_if(read_double(source), source, out);
}

bool assign(json_scalar const& source, bool& out) noexcept {
    return assign_if(read_bool(source), source, out);
}

bool assign(json_scalar const& source, std::string& out) {
    auto const* text = source.if_string();
    if (text) out = *text;
    return text || source.is_null();
}

} // namespace async_llm::codec
