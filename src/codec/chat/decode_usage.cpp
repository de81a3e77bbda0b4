// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/chat/decode_usage.hpp"

#include "codec/json/list_like.hpp"

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string_view>

namespace async_llm::codec {
namespace {

/// Reads a count. A negative one is none, as a value of another type is: false.
bool assign_count(json_view from, std::int64_t& to) noexcept {
    auto const count = read_int(from);
    if (!count || *count < 0) return from.is_null();
    to = *count;
    return true;
}

bool assign_count(json_view from, std::optional<std::int64_t>& to) noexcept {
    std::int64_t count = 0;
    if (!assign_count(from, count)) return false;
    if (!from.is_null()) to = count;
    return true;
}

bool read_prompt_detail(std::string_view name, json_view from, usage& to) {
    if (name == "cached_tokens") return assign_count(from, to.cached_tokens);
    if (name == "cache_write_tokens") return assign_count(from, to.cache_write_tokens);
    if (name == "audio_tokens") return assign_count(from, to.prompt_audio_tokens);
    if (name == "image_tokens") return assign_count(from, to.prompt_image_tokens);
    if (name == "video_tokens") return assign_count(from, to.prompt_video_tokens);
    return false;
}

bool read_completion_detail(std::string_view name, json_view from, usage& to) {
    if (name == "reasoning_tokens") return assign_count(from, to.reasoning_tokens);
    if (name == "audio_tokens") return assign_count(from, to.completion_audio_tokens);
    if (name == "image_tokens") return assign_count(from, to.completion_image_tokens);
    if (name == "accepted_prediction_tokens") return assign_count(from, to.accepted_prediction_tokens);
    if (name == "rejected_prediction_tokens") return assign_count(from, to.rejected_prediction_tokens);
    return false;
}

using detail_reader = bool (*)(std::string_view, json_view, usage&);

bool read_details(std::string_view name, json_view from, detail_reader read, usage& to) {
    if (from.is_null()) return true;
    if (!from.is_object()) return false;
    json::object unknown;
    read_members(from, unknown, [&](auto member, auto value) { return read(member, value, to); });
    if (!unknown.empty()) to.extra.insert_or_assign(name, std::move(unknown));
    return true;
}

bool read_member(std::string_view name, json_view from, usage& to) {
    if (name == "prompt_tokens") return assign_count(from, to.prompt_tokens);
    if (name == "completion_tokens") return assign_count(from, to.completion_tokens);
    if (name == "total_tokens") return assign_count(from, to.total_tokens);
    if (name == "prompt_tokens_details") return read_details(name, from, read_prompt_detail, to);
    if (name == "completion_tokens_details") return read_details(name, from, read_completion_detail, to);
    if (name == "cost") return assign(from, to.cost);
    if (name == "cost_details") return assign(from, to.cost_details);
    if (name == "is_byok") return assign(from, to.is_byok);
    return false;
}

/// Takes a count of another name out of the unknown members if the usual one has told none.
template <class Count>
void take_other_name(std::string_view name, json_view from, Count& to, usage& counts) {
    if (to != Count() || !counts.extra.contains(name)) return;
    auto const value = find(from, name);
    if (value && assign_count(*value, to)) counts.extra.stable_erase(name);
}

void take_other_detail(std::string_view name, json_view from, detail_reader read, usage& to) {
    if (!to.extra.contains(name)) return;
    auto const details = find(from, name);
    if (!details || !details->is_object()) return;
    json::object unknown;
    usage told;
    read_members(*details, unknown, [&](auto member, auto value) { return read(member, value, told); });
    auto const fill = [](auto& count, auto const& other) {
        if (!count) count = other;
    };
    fill(to.cached_tokens, told.cached_tokens);
    fill(to.cache_write_tokens, told.cache_write_tokens);
    fill(to.reasoning_tokens, told.reasoning_tokens);
    fill(to.prompt_audio_tokens, told.prompt_audio_tokens);
    fill(to.completion_audio_tokens, told.completion_audio_tokens);
}

/// Names of Anthropic and of OpenAI's other interface (`input_tokens`, ...), of DeepSeek and of Moonshot.
void read_other_names(json_view from, usage& to) {
    take_other_name("input_tokens", from, to.prompt_tokens, to);
    take_other_name("output_tokens", from, to.completion_tokens, to);
    take_other_name("cache_read_input_tokens", from, to.cached_tokens, to);
    take_other_name("prompt_cache_hit_tokens", from, to.cached_tokens, to);
    take_other_name("cached_tokens", from, to.cached_tokens, to);
    take_other_name("cache_creation_input_tokens", from, to.cache_write_tokens, to);
    take_other_name("reasoning_tokens", from, to.reasoning_tokens, to);
    take_other_detail("input_tokens_details", from, read_prompt_detail, to);
    take_other_detail("output_tokens_details", from, read_completion_detail, to);
}

/// Has an object a count under one of these names?
bool has_count(json_view from, std::initializer_list<std::string_view> names) {
    return std::any_of(names.begin(), names.end(), [from](auto name) {
        auto const member = find(from, name);
        std::int64_t count = 0;
        return member && assign_count(*member, count);
    });
}

/// Adds both counts up if the provider did not.
void fill_total(json_view from, usage& to) {
    if (to.total_tokens != 0 ||
        to.prompt_tokens > std::numeric_limits<std::int64_t>::max() - to.completion_tokens)
        return;
    bool const is_told = has_count(from, {"total_tokens"});
    bool const has_both = has_count(from, {"prompt_tokens", "input_tokens"}) &&
        has_count(from, {"completion_tokens", "output_tokens"});
    if (!is_told && has_both) to.total_tokens = to.prompt_tokens + to.completion_tokens;
}

} // namespace

usage decode_usage(json_view from) {
    usage to;
    read_members(from, to.extra, [&to](auto name, auto value) { return read_member(name, value, to); });
    if (!to.extra.empty()) read_other_names(from, to);
    fill_total(from, to);
    return to;
}

void read_vendor_usage(json_view from, std::optional<usage>& to) {
    auto const member = find(from, "usage");
    auto const told = member ? as_object(*member) : std::nullopt;
    if (!told) return;
    auto const credits = find(*told, "credits_used");
    auto const dollars = find(*told, "usd_spent");
    auto const credits_used = credits ? read_double(*credits) : std::nullopt;
    auto const cost = dollars ? read_double(*dollars) : std::nullopt;
    if (!credits_used && !cost) {
        if (!to && (find(*told, "prompt_tokens") || find(*told, "completion_tokens")))
            to = decode_usage(*told);
        return;
    }
    if (!to) to.emplace();
    to->credits_used = credits_used;
    if (!to->cost) to->cost = cost;
}

} // namespace async_llm::codec
