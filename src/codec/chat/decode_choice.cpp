// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/chat/decode_choice.hpp"

#include "base/ascii.hpp"
#include "codec/chat/decode_usage.hpp"

#include <boost/json/kind.hpp>

namespace async_llm::codec {
std::string kind_of(std::optional<json_view> const& from) {
    if (!from) return "missing";
    auto const name = json::to_string(from->kind());
    return std::string(name.data(), name.size());
}

bool read_created(json_view from, std::int64_t& to) {
    if (!assign(from, to)) return false;
    // Some gateways count in milliseconds; as seconds, these would lie beyond the year 5000.
    if (to >= 100'000'000'000) to /= 1000;
    return true;
}

bool read_id(json_view from, std::string& to) {
    if (assign(from, to)) return true;
    auto const number = from.is_object() || from.is_array() ? std::nullopt : read_word(from.scalar());
    if (number) to = *number;
    return number.has_value();
}

bool means_unfinished(std::string_view reason) noexcept {
    // Nearly always it is one of a few words, none of which begins so.
    if (reason.empty()) return true;
    auto const first = to_lower(reason.front());
    if (first != 'n' && first != 'u' && first != 'f') return false;
    for (std::string_view const word :
         {"null", "none", "nil", "undefined", "not_finished", "finish_reason_unspecified"}) {
        if (iequals(reason, word)) return true;
    }
    return false;
}

std::string too_many_choices(std::size_t count) {
    return "choices has " + std::to_string(count) + " entries, more than " + std::to_string(max_choices);
}

void take_usage(json_view from, choice& read, std::optional<usage>& to) {
    if (!read.extra.contains("usage")) return;
    auto const told = find(from, "usage");
    auto const counts = told ? as_object(*told) : std::nullopt;
    if (!counts) return;
    to = decode_usage(*counts);
    read.extra.erase("usage");
}

bool is_choice(json_view from) {
    for (auto const* name : {"message", "delta", "finish_reason", "text", "content", "tool_calls"})
        if (find_any(from, name)) return true;
    return false;
}

bool read_usage(json_view from, std::optional<usage>& to) {
    auto const counts = as_object(from);
    if (counts) to = decode_usage(*counts);
    return counts || from.is_null();
}

} // namespace async_llm::codec
