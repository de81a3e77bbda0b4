// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "codec/decode_choice.hpp"

#include "codec/decode_usage.hpp"

#include <boost/json/kind.hpp>

#include <algorithm>

namespace async_llm::codec {
namespace {

// Few tokens have more.
constexpr std::size_t usual_bytes = 16;

std::vector<unsigned char> read_bytes(json_view from) {
    std::vector<unsigned char> bytes;
    auto const numbers = find_array(from, "bytes");
    if (!numbers) return bytes;
    bytes.reserve(std::min<std::size_t>(numbers->size(), usual_bytes));
    bool const all = numbers->for_each_element([&bytes](json_view number) {
        auto const byte = read_int(number);
        if (!byte || *byte < 0 || *byte > 255) return false;
        bytes.push_back(static_cast<unsigned char>(*byte));
        return true;
    });
    // Half of a token's bytes would be worse than none.
    if (!all) bytes.clear();
    return bytes;
}

token_logprob decode_token(json_view from) {
    token_logprob to;
    to.token = find_string(from, "token");
    if (auto const number = find(from, "logprob")) assign(*number, to.logprob);
    to.bytes = read_bytes(from);
    return to;
}

bool all_objects(json_view list) {
    return list.for_each_element([](json_view entry) { return entry.is_object(); });
}

} // namespace

std::string kind_of(std::optional<json_view> const& from) {
    if (!from) return "missing";
    auto const name = json::to_string(from->kind());
    return std::string(name.data(), name.size());
}

bool read_tokens(json_view from, std::vector<token_logprob>& to) {
    if (from.is_null()) return true;
    if (!from.is_array() || !all_objects(from)) return false;
    to.clear();
    to.reserve(from.size());
    return from.for_each_element([&to](json_view token) {
        auto& added = to.emplace_back(decode_token(token));
        auto const alternatives = find_array(token, "top_logprobs");
        if (!alternatives || !all_objects(*alternatives)) return true;
        return alternatives->for_each_element([&added](json_view alternative) {
            added.top_logprobs.push_back(decode_token(alternative));
            return true;
        });
    });
}

bool read_created(json_view from, std::int64_t& to) {
    if (!assign(from, to)) return false;
    // Some gateways count in milliseconds; as seconds, these would lie beyond the year 5000.
    if (to >= 100'000'000'000) to /= 1000;
    return true;
}

bool read_usage(json_view from, std::optional<usage>& to) {
    if (from.is_object()) to = decode_usage(from);
    return from.is_object() || from.is_null();
}

} // namespace async_llm::codec
