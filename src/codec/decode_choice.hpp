// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_DECODE_CHOICE_HPP
#define ASYNC_LLM_CODEC_DECODE_CHOICE_HPP

#include "codec/decode_error.hpp"
#include "codec/decode_usage.hpp"
#include "codec/json_read.hpp"
#include <async_llm/chat_completion.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What a completion and a chunk, and a choice of either, have in common.
namespace async_llm::codec {

/// The kind of a value for a sentence; `missing` for a null pointer.
std::string kind_of(json::value const* from);

/// \name Readers of members
/// False: the type is wrong, and `to` is unchanged.
/// @{
bool read_tokens(json::value const& from, std::vector<token_logprob>& to);
bool read_created(json::value const& from, std::int64_t& to);
bool read_usage(json::value const& from, std::optional<usage>& to);

template <class Choice>
bool read_logprobs(json::value const& from, Choice& to) {
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

template <class Choice>
bool read_finish_reason(json::value const& from, Choice& to) {
    auto const text = read_string(from);
    if (text) to.finish_reason = open_enum<finish_reason>(*text);
    return text || from.is_null();
}
/// @}

/// All members of a choice but its message. False: it is not one of those.
template <class Choice>
bool read_choice_member(std::string_view name, json::value const& from, Choice& to) {
    if (name == "index") return assign(from, to.index);
    if (name == "finish_reason") return read_finish_reason(from, to);
    if (name == "native_finish_reason") return assign(from, to.native_finish_reason);
    if (name == "logprobs") return read_logprobs(from, to);
    if (name == "error") {
        if (is_error(from)) to.error = decode_error_member(from);
        return true;
    }
    return false;
}

/// All members of a reply but its choices. False: it is not one of those.
template <class Reply>
bool read_reply_member(std::string_view name, json::value const& from, Reply& to) {
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
bool read_choices(json::object const& from, Reply& to, std::string& detail, ReadChoice read_choice) {
    auto const* member = find(from, "choices");
    if (!member) return true;
    auto const* choices = member->if_array();
    if (!choices) {
        detail = "choices is " + kind_of(member) + ", not an array";
        return false;
    }
    for (std::size_t i = 0; i < choices->size(); ++i) {
        auto const& entry = (*choices)[i];
        if (auto const* object = entry.if_object()) {
            auto& added = to.choices.emplace_back();
            added.index = static_cast<std::int64_t>(i);
            if (read_choice(*object, added, detail)) continue;
        } else {
            detail = " is " + kind_of(&entry) + ", not an object";
        }
        detail = "choices[" + std::to_string(i) + "]" + detail;
        return false;
    }
    return true;
}

/// Reads a completion or a chunk; `read_choice` as in \ref read_choices.
template <class Reply, class ReadChoice>
bool decode_reply_object(json::object const& from, Reply& to, std::string& detail, ReadChoice read_choice) {
    read_members(from, to.extra, [&to](auto name, auto const& value) {
        return read_reply_member(name, value, to);
    });
    if (auto const* meta = find_object(from, "meta")) read_meta_usage(*meta, to.usage);
    return read_choices(from, to, detail, read_choice);
}

} // namespace async_llm::codec

#endif
