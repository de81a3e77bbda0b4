// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/reply/split_choice.hpp"

#include "base/has_text.hpp"
#include "codec/calls/call_assembler.hpp"
#include "codec/calls/cut_calls.hpp"
#include "codec/calls/promised_calls.hpp"

#include <iterator>
#include <optional>
#include <utility>

namespace async_llm::codec {
namespace {

namespace json = boost::json;

/// `Message`: an assistant_message or a message_delta.
template <class Message>
choice_share share_of(Message const& said) noexcept {
    bool const has_text = codec::has_text(said.content) || codec::has_text(said.refusal) ||
        !said.content_parts.empty() || !said.images.empty() || !said.audio.is_null();
    bool const has_reasoning =
        codec::has_text(said.reasoning) || (said.reasoning_details && !said.reasoning_details->empty());
    return {has_text, has_reasoning, !said.tool_calls.empty()};
}

template <class List>
void append(List& out, List& source) {
    out.insert(out.end(), std::make_move_iterator(source.begin()), std::make_move_iterator(source.end()));
}

void take_text(std::optional<std::string>& out, std::optional<std::string>& source) {
    if (!has_text(out) && source) out = std::move(source);
}

void take_missing(json::object& out, json::object& source) {
    // Emplaced only if the name is new.
    for (auto& member : source) out.emplace(member.key(), std::move(member.value()));
}

void merge(assistant_message& out, assistant_message& part) {
    take_text(out.content, part.content);
    append(out.content_parts, part.content_parts);
    take_text(out.refusal, part.refusal);
    if (!has_text(out.reasoning) && has_text(part.reasoning)) out.reasoning_member = part.reasoning_member;
    take_text(out.reasoning, part.reasoning);
    if (!out.reasoning_details) out.reasoning_details = std::move(part.reasoning_details);
    append(out.tool_calls, part.tool_calls);
    append(out.annotations, part.annotations);
    append(out.images, part.images);
    if (out.audio.is_null()) out.audio = std::move(part.audio);
    take_missing(out.extra, part.extra);
}

/// Rank of a finish reason among those of the parts: that the answer was cut off must not be lost.
int rank_of(open_enum<finish_reason> const& reason) noexcept {
    if (cuts_off(reason)) return 3;
    if (promises_calls(reason)) return 2;
    return reason == finish_reason::none ? 0 : 1;
}

void merge(choice& out, choice& part) {
    merge(out.message, part.message);
    if (rank_of(part.finish_reason) > rank_of(out.finish_reason)) {
        out.finish_reason = std::move(part.finish_reason);
        out.native_finish_reason = std::move(part.native_finish_reason);
    }
    append(out.logprobs, part.logprobs);
    append(out.refusal_logprobs, part.refusal_logprobs);
    take_missing(out.extra, part.extra);
}

} // namespace

bool split_choice::may_be_part(std::int64_t number, choice_share const& brings) const noexcept {
    auto const is_anothers = [number](std::int64_t owner) { return owner != no_owner && owner != number; };
    if (brings.text && is_anothers(text_)) return false;
    if (brings.reasoning && is_anothers(reasoning_)) return false;
    return !brings.calls || number == 0 || calls_ != 0;
}

bool split_choice::place(std::int64_t& number, choice_share const& brings) noexcept {
    auto& known = states_[static_cast<std::size_t>(number)];
    if (known == state::alternative) return true;
    if (!may_be_part(number, brings)) {
        bool const would_mix = number == 0 || known == state::part;
        known = state::alternative;
        return !would_mix;
    }
    if (brings.text) text_ = number;
    if (brings.reasoning) reasoning_ = number;
    if (brings.calls && calls_ == no_owner) calls_ = number;
    if (brings.text || brings.reasoning || brings.calls) known = state::part;
    number = 0;
    return true;
}

bool place_choices(split_choice& rule, std::vector<chunk_choice>& choices) noexcept {
    for (auto& each : choices) {
        if (!rule.place(each.index, share_of(each.delta))) return false;
    }
    return true;
}

bool merge_choices(std::vector<choice>& choices, std::string& detail) {
    if (choices.size() < 2) return true;
    split_choice rule;
    std::vector<bool> is_part;
    for (std::size_t i = 0; i < choices.size(); ++i) {
        auto brings = share_of(choices[i].message);
        // Under one number there may be several calls; of several texts it is unknown.
        if (i != 0 && choices[i].index == choices.front().index) brings.calls = false;
        auto number = static_cast<std::int64_t>(i);
        if (!rule.place(number, brings)) return true;
        is_part.push_back(number == 0);
    }
    std::size_t kept = 1;
    for (std::size_t i = 1; i < choices.size(); ++i) {
        if (is_part[i])
            merge(choices.front(), choices[i]);
        else if (kept++ != i)
            choices[kept - 1] = std::move(choices[i]);
    }
    if (kept == choices.size()) return true;
    choices.resize(kept);
    if (assemble_calls(choices.front().message.tool_calls, detail)) return true;
    detail.insert(0, "the choices, which are parts of one: ");
    return false;
}

} // namespace async_llm::codec
