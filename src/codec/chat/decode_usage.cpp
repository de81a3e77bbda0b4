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
bool assign_count(json_view source, std::int64_t& out) noexcept {
    auto const count = read_int(source);
    if (!count || *count < 0) return source.is_null();
    out = *count;
    return true;
}

bool assign_count(json_view source, std::optional<std::int64_t>& out) noexcept {
    std::int64_t count = 0;
    if (!assign_count(source, count)) return false;
    if (!source.is_null()) out = count;
    return true;
}

bool read_prompt_detail(std::string_view name, json_view source, usage& out) {
    if (name == "cached_tokens") return assign_count(source, out.cached_tokens);
    if (name == "cache_write_tokens") return assign_count(source, out.cache_write_tokens);
    if (name == "audio_tokens") return assign_count(source, out.prompt_audio_tokens);
    if (name == "image_tokens") return assign_count(source, out.prompt_image_tokens);
    if (name == "video_tokens") return assign_count(source, out.prompt_video_tokens);
    return false;
}

bool read_completion_detail(std::string_view name, json_view source, usage& out) {
    if (name == "reasoning_tokens") return assign_count(source, out.reasoning_tokens);
    if (name == "audio_tokens") return assign_count(source, out.completion_audio_tokens);
    if (name == "image_tokens") return assign_count(source, out.completion_image_tokens);
    if (name == "accepted_prediction_tokens") return assign_count(source, out.accepted_prediction_tokens);
    if (name == "rejected_prediction_tokens") return assign_count(source, out.rejected_prediction_tokens);
    return false;
}

using detail_reader = bool (*)(std::string_view, json_view, usage&);

bool read_details(std::string_view name, json_view source, detail_reader read, usage& out) {
    if (source.is_null()) return true;
    if (!source.is_object()) return false;
    json::object unknown;
    read_members(source, unknown, [&](auto member, auto value) { return read(member, value, out); });
    if (!unknown.empty()) out.extra.insert_or_assign(name, std::move(unknown));
    return true;
}

bool read_member(std::string_view name, json_view source, usage& out) {
    if (name == "prompt_tokens") return assign_count(source, out.prompt_tokens);
    if (name == "completion_tokens") return assign_count(source, out.completion_tokens);
    if (name == "total_tokens") return assign_count(source, out.total_tokens);
    if (name == "prompt_tokens_details") return read_details(name, source, read_prompt_detail, out);
    if (name == "completion_tokens_details") return read_details(name, source, read_completion_detail, out);
    if (name == "cost") return assign(source, out.cost);
    if (name == "cost_details") return assign(source, out.cost_details);
    if (name == "is_byok") return assign(source, out.is_byok);
    return false;
}

/// Takes a count of another name out of the unknown members if the usual one has none.
template <class Count>
void take_other_name(std::string_view name, json_view source, Count& out, usage& counts) {
    if (out != Count() || !counts.extra.contains(name)) return;
    auto const value = find(source, name);
    if (value && assign_count(*value, out)) counts.extra.stable_erase(name);
}

void take_other_detail(std::string_view name, json_view source, detail_reader read, usage& out) {
    if (!out.extra.contains(name)) return;
    auto const details = find(source, name);
    if (!details || !details->is_object()) return;
    json::object unknown;
    usage reported;
    read_members(*details, unknown, [&](auto member, auto value) { return read(member, value, reported); });
    auto const fill = [](auto& count, auto const& other) {
        if (!count) count = other;
    };
    fill(out.cached_tokens, reported.cached_tokens);
    fill(out.cache_write_tokens, reported.cache_write_tokens);
    fill(out.reasoning_tokens, reported.reasoning_tokens);
    fill(out.prompt_audio_tokens, reported.prompt_audio_tokens);
    fill(out.completion_audio_tokens, reported.completion_audio_tokens);
}

/// Names of Anthropic and of OpenAI's other interface (`input_tokens`, ...), of DeepSeek and of Moonshot.
void read_other_names(json_view source, usage& out) {
    take_other_name("input_tokens", source, out.prompt_tokens, out);
    take_other_name("output_tokens", source, out.completion_tokens, out);
    take_other_name("cache_read_input_tokens", source, out.cached_tokens, out);
    take_other_name("prompt_cache_hit_tokens", source, out.cached_tokens, out);
    take_other_name("cached_tokens", source, out.cached_tokens, out);
    take_other_name("cache_creation_input_tokens", source, out.cache_write_tokens, out);
    take_other_name("reasoning_tokens", source, out.reasoning_tokens, out);
    take_other_detail("input_tokens_details", source, read_prompt_detail, out);
    take_other_detail("output_tokens_details", source, read_completion_detail, out);
}

/// Returns whether an object has a count under one of these names.
bool has_count(json_view source, std::initializer_list<std::string_view> names) {
    return std::ranges::any_of(names, [source](auto name) {
        auto const member = find(source, name);
        std::int64_t count = 0;
        return member && assign_count(*member, count);
    });
}

/// Adds both counts up if the provider did not.
void fill_total(json_view source, usage& out) {
    if (out.total_tokens != 0 ||
        out.prompt_tokens > std::numeric_limits<std::int64_t>::max() - out.completion_tokens)
        return;
    bool const is_told = has_count(source, {"total_tokens"});
    bool const has_both = has_count(source, {"prompt_tokens", "input_tokens"}) &&
        has_count(source, {"completion_tokens", "output_tokens"});
    if (!is_told && has_both) out.total_tokens = out.prompt_tokens + out.completion_tokens;
}

} // namespace

usage decode_usage(json_view source) {
    usage out;
    read_members(source, out.extra, [&out](auto name, auto value) { return read_member(name, value, out); });
    if (!out.extra.empty()) read_other_names(source, out);
    fill_total(source, out);
    return out;
}

void read_vendor_usage(json_view source, std::optional<usage>& out) {
    auto const member = find(source, "usage");
    auto const reported = member ? as_object(*member) : std::nullopt;
    if (!reported) return;
    auto const credits = find(*reported, "credits_used");
    auto const dollars = find(*reported, "usd_spent");
    auto const credits_used = credits ? read_double(*credits) : std::nullopt;
    auto const cost = dollars ? read_double(*dollars) : std::nullopt;
    if (!credits_used && !cost) {
        if (!out && (find(*reported, "prompt_tokens") || find(*reported, "completion_tokens")))
            out = decode_usage(*reported);
        return;
    }
    if (!out) out.emplace();
    out->credits_used = credits_used;
    if (!out->cost) out->cost = cost;
}

} // namespace async_llm::codec
