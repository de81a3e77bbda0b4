// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_DECODE_CHOICE_HPP
#define ASYNC_LLM_CODEC_DECODE_CHOICE_HPP

#include "codec/decode_error.hpp"
#include "codec/decode_usage.hpp"
#include "codec/json_tape.hpp"
#include <async_llm/chat_completion.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What a completion and a chunk, and a choice of either, have in common.
namespace async_llm::codec {

/// Room is made for so many at once; more get it as they come.
constexpr std::size_t usual_choices = 16;

/// The kind of a value for a sentence; `missing` for a null pointer.
std::string kind_of(std::optional<json_view> const& from);

/// \name Readers of members
/// False: the type is wrong, and `to` is unchanged.
/// @{
bool read_tokens(json_view from, std::vector<token_logprob>& to);
bool read_created(json_view from, std::int64_t& to);
bool read_usage(json_view from, std::optional<usage>& to);

template <class Choice>
bool read_logprobs(json_view from, Choice& to) {
    if (from.is_null()) return true;
    if (!from.is_object()) return false;
    json::object unknown;
    read_members(from, unknown, [&to](auto name, auto value) {
        if (name == "content") return read_tokens(value, to.logprobs);
        if (name == "refusal") return read_tokens(value, to.refusal_logprobs);
        return false;
    });
    if (!unknown.empty()) to.extra.insert_or_assign("logprobs", std::move(unknown));
    return true;
}

template <class Choice>
bool read_finish_reason(json_view from, Choice& to) {
    auto const text = read_string(from);
    if (text) to.finish_reason = open_enum<finish_reason>(*text);
    return text || from.is_null();
}
/// @}

/// All members of a choice but its message. False: it is not one of those.
template <class Choice>
bool read_choice_member(std::string_view name, json_view from, Choice& to) {
    if (name == "index") return assign(from, to.index);
    if (name == "finish_reason") return read_finish_reason(from, to);
    if (name == "native_finish_reason") return assign(from, to.native_finish_reason);
    if (name == "logprobs") return read_logprobs(from, to);
    if (name == "error") {
        if (from.is_null()) return true;
        auto const told = from.to_value();
        if (is_error(told)) to.error = decode_error_member(told);
        return true;
    }
    return false;
}

/// All members of a reply but its choices. False: it is not one of those.
template <class Reply>
bool read_reply_member(std::string_view name, json_view from, Reply& to) {
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

/// Reads the choices, each with `read_choice(object, choice, detail)`. False: a structure is wrong.
template <class Reply, class ReadChoice>
bool read_choices(json_view from, Reply& to, std::string& detail, ReadChoice read_choice) {
    if (!from.is_array()) {
        detail = "choices is " + kind_of(from) + ", not an array";
        return false;
    }
    std::size_t i = 0;
    to.choices.reserve(std::min<std::size_t>(from.size(), usual_choices));
    return from.for_each_element([&](json_view entry) {
        if (entry.is_object()) {
            auto& added = to.choices.emplace_back();
            added.index = static_cast<std::int64_t>(i);
            if (read_choice(entry, added, detail)) return ++i, true;
        } else {
            detail = " is " + kind_of(entry) + ", not an object";
        }
        detail = "choices[" + std::to_string(i) + "]" + detail;
        return false;
    });
}

template <class Reply, class ReadChoice>
bool decode_reply_object(json_view from, Reply& to, std::string& detail, ReadChoice read_choice) {
    std::optional<json_view> choices;
    std::optional<json_view> meta;
    read_members(from, to.extra, [&](auto name, auto value) {
        if (name == "choices") choices = value;
        if (name == "meta") meta = value;
        return read_reply_member(name, value, to);
    });
    if (meta && meta->is_object()) read_meta_usage(*meta, to.usage);
    return !choices || choices->is_null() || read_choices(*choices, to, detail, read_choice);
}

} // namespace async_llm::codec

#endif
