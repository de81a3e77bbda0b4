// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/chat/decode_choice.hpp"

#include "base/ascii.hpp"

#include <boost/json/kind.hpp>

namespace async_llm::codec {
std::string kind_of(std::optional<json_view> const& source) {
    if (!source) return "missing";
    auto const name = json::to_string(source->kind());
    return std::string(name.data(), name.size());
}

bool read_created(json_view source, std::int64_t& out) {
    if (!assign(source, out)) return false;
    // Some gateways count in milliseconds; as seconds, these would lie beyond the year 5000.
    if (out >= 100'000'000'000) out /= 1000;
    return true;
}

bool read_id(json_view source, std::string& out) {
    if (assign(source, out)) return true;
    auto const number = source.is_object() || source.is_array() ? std::nullopt : read_word(source.scalar());
    if (number) out = *number;
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

void take_usage(json_view source, choice& read, std::optional<usage>& out) {
    if (!read.extra.contains("usage")) return;
    auto const reported = find(source, "usage");
    auto const counts = reported ? as_object(*reported) : std::nullopt;
    if (!counts) return;
    out = decode_usage(*counts);
    read.extra.erase("usage");
}

bool is_choice(json_view source) {
    for (auto const* name : {"message", "delta", "finish_reason", "text", "content", "tool_calls"})
        if (find_any(source, name)) return true;
    return false;
}

bool read_usage(json_view source, std::optional<usage>& out) {
    auto const counts = as_object(source);
    if (counts) out = decode_usage(*counts);
    return counts || source.is_null();
}

} // namespace async_llm::codec
