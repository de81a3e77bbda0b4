// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_JSON_JSON_INTEGER_HPP
#define ASYNC_LLM_CODEC_JSON_JSON_INTEGER_HPP

#include "base/ascii.hpp"

#include <boost/json/value.hpp>

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace async_llm::codec {

/// A number written as text, with nothing but white space around it.
template <class Number>
std::optional<Number> number_in(std::string_view text) noexcept {
    text = trim(text);
    Number result{};
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), result);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return result;
}

/// An integer of 64 bits, signed or not.
struct json_integer {
    json_integer(bool below_zero, std::uint64_t value) noexcept : negative(below_zero), bits(value) {}

    bool negative;
    /// Two's complement.
    std::uint64_t bits;
};

/// The integer that a JSON number is, also one with a fraction of zero. Nothing for what does not fit 64
/// bits.
std::optional<json_integer> to_whole(boost::json::value const& source) noexcept;

/// Overload for a number written as text.
std::optional<json_integer> to_whole(std::string_view text) noexcept;

} // namespace async_llm::codec

#endif
