// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "codec/decode_choice.hpp"

#include "codec/decode_usage.hpp"

#include <boost/json/kind.hpp>

#include <algorithm>

namespace async_llm::codec {
namespace {

std::vector<unsigned char> read_bytes(json::object const& from) {
    std::vector<unsigned char> bytes;
    auto const* numbers = find_array(from, "bytes");
    if (!numbers) return bytes;
    for (auto const& number : *numbers) {
        auto const byte = read_int(number);
        // Half of a token's bytes would be worse than none.
        if (!byte || *byte < 0 || *byte > 255) return {};
        bytes.push_back(static_cast<unsigned char>(*byte));
    }
    return bytes;
}

token_logprob decode_token(json::object const& from) {
    token_logprob to;
    to.token = find_string(from, "token");
    if (auto const* number = find(from, "logprob")) assign(*number, to.logprob);
    to.bytes = read_bytes(from);
    return to;
}

bool all_objects(json::array const& list) noexcept {
    return std::all_of(list.begin(), list.end(), [](auto const& entry) { return entry.is_object(); });
}

} // namespace

std::string kind_of(json::value const* from) {
    if (!from) return "missing";
    auto const name = json::to_string(from->kind());
    return std::string(name.data(), name.size());
}

bool read_tokens(json::value const& from, std::vector<token_logprob>& to) {
    if (from.is_null()) return true;
    auto const* tokens = from.if_array();
    if (!tokens || !all_objects(*tokens)) return false;
    to.reserve(tokens->size());
    for (auto const& entry : *tokens) {
        auto const& token = entry.get_object();
        to.push_back(decode_token(token));
        auto const* alternatives = find_array(token, "top_logprobs");
        if (!alternatives || !all_objects(*alternatives)) continue;
        for (auto const& alternative : *alternatives)
            to.back().top_logprobs.push_back(decode_token(alternative.get_object()));
    }
    return true;
}

bool read_created(json::value const& from, std::int64_t& to) {
    if (!assign(from, to)) return false;
    // Some gateways count in milliseconds; as seconds, these would lie beyond the year 5000.
    if (to >= 100'000'000'000) to /= 1000;
    return true;
}

bool read_usage(json::value const& from, std::optional<usage>& to) {
    if (auto const* object = from.if_object()) to = decode_usage(*object);
    return from.is_object() || from.is_null();
}

} // namespace async_llm::codec
