// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/calls/call_repetition.hpp"

#include "base/ascii.hpp"
#include "codec/calls/argument_scanner.hpp"
#include "codec/json/json_scalar.hpp"

#include <algorithm>
#include <optional>

namespace async_llm::codec {
namespace {

// Arguments are compared as values if that takes well below a millisecond, and no more than the piece itself
// pays for.
constexpr std::size_t max_compared = 64u * 1024;
constexpr std::size_t max_ratio = 4;
constexpr std::size_t max_compared_depth = 128;

std::optional<json::value> value_of(std::string_view text) {
    std::size_t used = 0;
    error_code ec;
    auto value = parse_json(text, max_compared_depth, used, ec);
    if (ec || !trim(text.substr(used)).empty()) return std::nullopt;
    return value;
}

} // namespace

bool tells_nothing(std::string_view arguments) noexcept {
    arguments = trim(arguments);
    if (arguments.empty() || arguments == "null") return true;
    argument_scanner scanner;
    return scanner.scan(arguments) == arguments.size() && scanner.is_placeholder();
}

bool is_same_text(std::string_view known, std::string_view text) noexcept {
    // Whatever long white space is around them, it is not looked at again and again.
    if (known.size() > max_ratio * text.size() || text.size() > max_ratio * known.size()) return false;
    return trim(known) == trim(text);
}

bool have_same_value(std::string_view known, std::string_view text) {
    if (std::max(known.size(), text.size()) > max_compared || known.size() > max_ratio * text.size())
        return false;
    auto const first = value_of(known);
    return first && first == value_of(text);
}

} // namespace async_llm::codec
