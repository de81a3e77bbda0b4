// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "codec/decode_completion.hpp"

#include "codec/decode_error.hpp"
#include "codec/decode_message.hpp"
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

bool read_logprobs(json::value const& from, choice& to) {
    if (from.is_null()) return true;
    auto const* lists = from.if_object();
    if (!lists) return false;
    json::object unknown;
    read_members(*lists, unknown, [&to](auto name, auto const& value) {
        if (name == "content") return read_tokens(value, to.logprobs);
        if (name == "refusal") return read_tokens(value, to.refusal_logprobs);
        return false;
    });
    if (!unknown.empty()) keep("logprobs", std::move(unknown), to.extra);
    return true;
}

bool read_finish_reason(json::value const& from, choice& to) {
    auto const text = read_string(from);
    if (text) to.finish_reason = open_enum<finish_reason>(*text);
    return text || from.is_null();
}

bool read_choice_member(std::string_view name, json::value const& from, choice& to) {
    if (name == "index") return assign(from, to.index);
    if (name == "finish_reason") return read_finish_reason(from, to);
    if (name == "native_finish_reason") return assign(from, to.native_finish_reason);
    if (name == "logprobs") return read_logprobs(from, to);
    if (name == "message") {
        if (auto const* message = from.if_object()) to.message = decode_message(*message);
        return true;
    }
    if (name == "error") {
        if (is_error(from)) to.error = decode_error_member(from);
        return true;
    }
    return false;
}

std::string kind_of(json::value const* from) {
    if (!from) return "missing";
    auto const name = json::to_string(from->kind());
    return std::string(name.data(), name.size());
}

/// A choice without a message is half a reply, unless it says that it failed.
bool has_structure(json::object const& from, choice const& to, std::string& detail) {
    auto const* message = from.if_contains("message");
    bool const failed = to.error || to.finish_reason == finish_reason::error;
    if ((message && message->is_object()) || (failed && !find(from, "message"))) return true;
    detail = ".message is " + kind_of(message) + ", not an object";
    return false;
}

bool read_choice(json::value const& from, std::size_t place, chat_completion& to, std::string& detail) {
    auto const* object = from.if_object();
    auto const fail = [&](std::string const& what) {
        detail = "choices[" + std::to_string(place) + "]" + what;
        return false;
    };
    if (!object) return fail(" is " + kind_of(&from) + ", not an object");

    auto& added = to.choices.emplace_back();
    added.index = static_cast<std::int64_t>(place);
    read_members(*object, added.extra, [&added](auto name, auto const& value) {
        return read_choice_member(name, value, added);
    });
    return has_structure(*object, added, detail) || fail(detail);
}

bool read_choices(json::object const& from, chat_completion& to, std::string& detail) {
    auto const* member = find(from, "choices");
    if (!member) return true;
    auto const* choices = member->if_array();
    if (!choices) {
        detail = "choices is " + kind_of(member) + ", not an array";
        return false;
    }
    for (std::size_t i = 0; i < choices->size(); ++i) {
        if (!read_choice((*choices)[i], i, to, detail)) return false;
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

bool read_member(std::string_view name, json::value const& from, chat_completion& to) {
    if (name == "id") return assign(from, to.id);
    if (name == "object") return assign(from, to.object);
    if (name == "created") return read_created(from, to.created);
    if (name == "model") return assign(from, to.model);
    if (name == "provider") return assign(from, to.provider);
    if (name == "system_fingerprint") return assign(from, to.system_fingerprint);
    if (name == "service_tier") return assign(from, to.service_tier);
    if (name == "usage") return read_usage(from, to.usage);
    return name == "choices" || name == "error";
}

} // namespace

bool decode_completion(json::object const& from, chat_completion& to, std::string& detail) {
    read_members(from, to.extra, [&to](auto name, auto const& value) {
        return read_member(name, value, to);
    });
    if (auto const* meta = find_object(from, "meta")) read_meta_usage(*meta, to.usage);
    return read_choices(from, to, detail);
}

} // namespace async_llm::codec
