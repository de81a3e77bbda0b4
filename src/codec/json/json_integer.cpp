// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/json/json_integer.hpp"

#include <cmath>

namespace async_llm::codec {
namespace {

json_integer whole(std::int64_t value) noexcept { return {value < 0, static_cast<std::uint64_t>(value)}; }

std::optional<json_integer> whole(double value) noexcept {
    // The bounds are powers of two, so doubles have them exactly. The lower one is out, because it is also
    // what an integer below the range is rounded to; the least integer itself does not come as a double.
    if (!(value > -0x1p63 && value < 0x1p64) || std::trunc(value) != value) return std::nullopt;
    if (value < 0) return whole(static_cast<std::int64_t>(value));
    return json_integer(false, static_cast<std::uint64_t>(value));
}

} // namespace

std::optional<json_integer> to_whole(boost::json::value const& source) noexcept {
    if (auto const* i = source.if_int64()) return whole(*i);
    if (auto const* u = source.if_uint64()) return json_integer(false, *u);
    if (auto const* d = source.if_double()) return whole(*d);
    return std::nullopt;
}

std::optional<json_integer> to_whole(std::string_view text) noexcept {
    if (auto const i = number_in<std::int64_t>(text)) return whole(*i);
    if (auto const u = number_in<std::uint64_t>(text)) return json_integer(false, *u);
    if (auto const d = number_in<double>(text)) return whole(*d);
    return std::nullopt;
}

} // namespace async_llm::codec
