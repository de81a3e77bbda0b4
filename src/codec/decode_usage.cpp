// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "codec/decode_usage.hpp"

namespace async_llm::codec {
namespace {

bool read_prompt_detail(std::string_view name, json_view from, usage& to) {
    if (name == "cached_tokens") return assign(from, to.cached_tokens);
    if (name == "cache_write_tokens") return assign(from, to.cache_write_tokens);
    if (name == "audio_tokens") return assign(from, to.prompt_audio_tokens);
    if (name == "image_tokens") return assign(from, to.prompt_image_tokens);
    if (name == "video_tokens") return assign(from, to.prompt_video_tokens);
    return false;
}

bool read_completion_detail(std::string_view name, json_view from, usage& to) {
    if (name == "reasoning_tokens") return assign(from, to.reasoning_tokens);
    if (name == "audio_tokens") return assign(from, to.completion_audio_tokens);
    if (name == "image_tokens") return assign(from, to.completion_image_tokens);
    if (name == "accepted_prediction_tokens") return assign(from, to.accepted_prediction_tokens);
    if (name == "rejected_prediction_tokens") return assign(from, to.rejected_prediction_tokens);
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
    if (name == "prompt_tokens") return assign(from, to.prompt_tokens);
    if (name == "completion_tokens") return assign(from, to.completion_tokens);
    if (name == "total_tokens") return assign(from, to.total_tokens);
    if (name == "prompt_tokens_details") return read_details(name, from, read_prompt_detail, to);
    if (name == "completion_tokens_details") return read_details(name, from, read_completion_detail, to);
    if (name == "cost") return assign(from, to.cost);
    if (name == "cost_details") return assign(from, to.cost_details);
    if (name == "is_byok") return assign(from, to.is_byok);
    return false;
}

} // namespace

usage decode_usage(json_view from) {
    usage to;
    read_members(from, to.extra, [&to](auto name, auto value) { return read_member(name, value, to); });
    return to;
}

void read_meta_usage(json_view meta, std::optional<usage>& to) {
    auto const told = find_object(meta, "usage");
    if (!told) return;
    auto const credits = find(*told, "credits_used");
    auto const dollars = find(*told, "usd_spent");
    auto const credits_used = credits ? read_double(*credits) : std::nullopt;
    auto const cost = dollars ? read_double(*dollars) : std::nullopt;
    if (!credits_used && !cost) return;
    if (!to) to.emplace();
    to->credits_used = credits_used;
    if (!to->cost) to->cost = cost;
}

} // namespace async_llm::codec
