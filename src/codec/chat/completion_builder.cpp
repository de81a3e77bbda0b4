// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "base/has_text.hpp"
#include "codec/calls/call_assembler.hpp"
#include "codec/calls/cut_calls.hpp"
#include "codec/json/decode_limits.hpp"
#include "codec/json/merge_deltas.hpp"
#include <async_llm/completion_builder.hpp>
#include <async_llm/error.hpp>

#include <algorithm>
#include <utility>

namespace async_llm {
namespace {

using codec::growth_of;
using codec::same_member;
using codec::size_of;
namespace json = boost::json;

// As many as one event may add.
constexpr std::size_t max_members = codec::decode_limits().max_json_members;

constexpr auto index_limit = static_cast<std::int64_t>(completion_builder::max_items);

/// \name How many bytes a chunk would add
/// @{
std::size_t size_of(std::optional<std::string> const& text) noexcept { return text ? text->size() : 0; }

std::size_t size_of(std::vector<token_logprob> const& tokens) noexcept {
    std::size_t size = 0;
    for (auto const& token : tokens) {
        size += sizeof(token) + token.token.size() + token.bytes.size() + size_of(token.top_logprobs);
        if (!token.extra.empty()) size += size_of(token.extra);
    }
    return size;
}

std::size_t size_of(tool_call_delta const& call) noexcept {
    return call.id.size() + call.type.size() + call.name.size() + call.arguments.size() + size_of(call.extra);
}

/// Without `extra`.
std::size_t size_of(message_delta const& delta) noexcept {
    auto size = size_of(delta.content) + size_of(delta.content_parts) + size_of(delta.refusal) +
        size_of(delta.reasoning) + size_of(delta.annotations) + size_of(delta.images);
    if (delta.reasoning_details) size += size_of(*delta.reasoning_details);
    if (!delta.audio.is_null()) size += size_of(delta.audio);
    for (auto const& call : delta.tool_calls) size += size_of(call);
    return size;
}

std::ptrdiff_t growth_of(choice const& out, chunk_choice const& piece) noexcept {
    auto size = size_of(piece.delta) + size_of(piece.logprobs) + size_of(piece.refusal_logprobs);
    if (piece.error) size += size_of(piece.error->raw);
    return static_cast<std::ptrdiff_t>(size) + growth_of(out.extra, piece.extra, same_member::replace) +
        growth_of(out.message.extra, piece.delta.extra, same_member::append_text);
}

/// @}

/// \name Joining
/// @{
void keep_first(std::string& out, std::string const& piece) {
    if (out.empty() && !piece.empty()) out = piece;
}

void join(std::optional<std::string>& out, std::optional<std::string> const& piece) {
    if (out && piece)
        *out += *piece;
    else if (piece)
        out = piece;
}

void join(std::vector<token_logprob>& out, std::vector<token_logprob> const& piece) {
    out.insert(out.end(), piece.begin(), piece.end());
}

void join_content(assistant_message& out, message_delta const& piece) {
    if (!out.content_parts.empty() || !piece.content_parts.empty()) {
        // Once there are parts, plain text becomes one too: they are what is sent back.
        if (out.content_parts.empty() && codec::has_text(out.content))
            codec::join_text_part(out.content_parts, *out.content);
        if (piece.content_parts.empty() && codec::has_text(piece.content))
            codec::join_text_part(out.content_parts, *piece.content);
        codec::join_parts(out.content_parts, piece.content_parts);
    }
    join(out.content, piece.content);
}

/// All but the tool calls and the lists.
void join(assistant_message& out, message_delta const& piece) {
    if (piece.role) out.role = *piece.role;
    join_content(out, piece);
    // That there is an empty text says nothing here: that the model refused, least of all.
    if (codec::has_text(piece.refusal)) join(out.refusal, piece.refusal);
    if (codec::has_text(piece.reasoning)) {
        if (!codec::has_text(out.reasoning)) out.reasoning_member = piece.reasoning_member;
        join(out.reasoning, piece.reasoning);
    }
    if (piece.reasoning_details) {
        if (!out.reasoning_details) out.reasoning_details.emplace();
        codec::join_reasoning(*out.reasoning_details, *piece.reasoning_details);
    }
    codec::join_audio(out.audio, piece.audio);
    codec::join_members(out.extra, piece.extra, same_member::append_text);
}

/// All but the tool calls and the lists.
void join(choice& out, chunk_choice const& piece) {
    join(out.message, piece.delta);
    bool const failed = piece.finish_reason == finish_reason::error;
    bool const is_first = out.finish_reason == finish_reason::none;
    bool const is_told = !(piece.finish_reason == finish_reason::none);
    bool const is_cut = is_told && !is_first && !(out.finish_reason == finish_reason::error) &&
        !codec::cuts_off(out.finish_reason) && codec::cuts_off(piece.finish_reason);
    if (failed || (is_first && is_told) || is_cut) out.finish_reason = piece.finish_reason;
    if (failed && !piece.native_finish_reason.empty()) out.native_finish_reason.clear();
    keep_first(out.native_finish_reason, piece.native_finish_reason);
    join(out.logprobs, piece.logprobs);
    join(out.refusal_logprobs, piece.refusal_logprobs);
    if (!out.error) out.error = piece.error;
    codec::join_members(out.extra, piece.extra, same_member::replace);
}

bool has_counts(usage const& source) noexcept {
    return source.prompt_tokens != 0 || source.completion_tokens != 0 || source.total_tokens != 0;
}

void join(std::optional<usage>& out, std::optional<usage> const& piece) {
    if (!piece) return;
    auto const before = std::exchange(out, piece);
    if (!before) return;
    // Some providers report the cost once, before the last usage or in a chunk without counts.
    if (!has_counts(*piece) && has_counts(*before)) {
        out = before;
        if (!piece->extra.empty()) out->extra = piece->extra;
    }
    out->cost = piece->cost ? piece->cost : before->cost;
    out->credits_used = piece->credits_used ? piece->credits_used : before->credits_used;
    out->is_byok = piece->is_byok ? piece->is_byok : before->is_byok;
    out->cost_details = piece->cost_details.empty() ? before->cost_details : piece->cost_details;
}

/// All but the choices.
void join(chat_completion& out, chat_chunk const& piece) {
    keep_first(out.id, piece.id);
    if (out.object.empty()) out.object = "chat.completion";
    if (out.created == 0) out.created = piece.created;
    keep_first(out.model, piece.model);
    keep_first(out.provider, piece.provider);
    keep_first(out.system_fingerprint, piece.system_fingerprint);
    keep_first(out.service_tier, piece.service_tier);
    join(out.usage, piece.usage);
    codec::join_members(out.extra, piece.extra, same_member::replace);
}
/// @}

/// Returns whether an object has more members than pieces may add to it: names that collide make large ones
/// slow.
bool is_too_wide(json::object const& object) noexcept { return object.size() > max_members; }

bool has_wide_member(json::object const& object, std::string_view name) noexcept {
    auto const* const member = codec::find_object(object, name);
    return member && is_too_wide(*member);
}

/// Says that of any object that a piece adds members to.
bool is_too_wide(choice const& out, message_delta const& piece) noexcept {
    auto const& message = out.message;
    auto const* audio = message.audio.if_object();
    bool in_blocks = false;
    if (message.reasoning_details && piece.reasoning_details) {
        auto const& blocks = *message.reasoning_details;
        auto const touched =
            std::min(blocks.size(), piece.reasoning_details->size() + codec::max_open_blocks);
        in_blocks = std::any_of(
            blocks.end() - static_cast<std::ptrdiff_t>(touched),
            blocks.end(),
            [](auto const& each) { return each.is_object() && is_too_wide(each.get_object()); }
        );
    }
    bool const in_calls = std::ranges::any_of(message.tool_calls, [](auto const& call) {
        if (call.extra.empty()) return false;
        return is_too_wide(call.extra) || has_wide_member(call.extra, "function") ||
            has_wide_member(call.extra, "custom");
    });
    return is_too_wide(out.extra) || is_too_wide(message.extra) || (audio && is_too_wide(*audio)) ||
        in_blocks || in_calls;
}

/// Returns whether a piece may add members to an object.
bool may_widen(chunk_choice const& piece) noexcept {
    auto const& delta = piece.delta;
    return !piece.extra.empty() || !delta.extra.empty() || !delta.tool_calls.empty() ||
        !delta.audio.is_null() || delta.reasoning_details;
}

bool is_in_range(std::int64_t index) noexcept { return index >= 0 && index < index_limit; }

/// A sentence about the first index that is out of range; empty if there is none.
std::string bad_index(chat_chunk const& chunk) {
    auto const complaint = [](std::size_t choice, std::string const& call, std::int64_t index) {
        return "choices[" + std::to_string(choice) + "]" + call + ".index is " + std::to_string(index) +
            ", not below " + std::to_string(index_limit);
    };
    for (std::size_t i = 0; i < chunk.choices.size(); ++i) {
        auto const& piece = chunk.choices[i];
        if (!is_in_range(piece.index)) return complaint(i, {}, piece.index);
        for (std::size_t k = 0; k < piece.delta.tool_calls.size(); ++k) {
            auto const index = piece.delta.tool_calls[k].index.value_or(0);
            if (!is_in_range(index) && index != -1)
                return complaint(i, ".delta.tool_calls[" + std::to_string(k) + "]", index);
        }
    }
    return {};
}

/// Returns the place at which the choice with this index is, or belongs.
auto find_choice(std::vector<choice>& choices, std::int64_t index) {
    return std::ranges::lower_bound(choices, index, {}, &choice::index);
}

} // namespace

/// State of a choice beside the choice itself.
struct completion_builder::open_choice {
    open_choice() = default;

    /// Adds the tool calls and the lists. False: a call was refused.
    bool join(assistant_message& out, message_delta const& piece) {
        if (!piece.annotations.empty()) annotations.join(out.annotations, piece.annotations);
        if (!piece.images.empty()) images.join(out.images, piece.images);
        return piece.tool_calls.empty() || calls.add(out.tool_calls, piece.tool_calls);
    }

    codec::call_assembler calls;
    codec::known_entries annotations;
    codec::known_entries images;
};

completion_builder::completion_builder(std::size_t max_size) : max_size_(max_size) {}
completion_builder::completion_builder(completion_builder const&) = default;
completion_builder::completion_builder(completion_builder&&) noexcept = default;
completion_builder& completion_builder::operator=(completion_builder const&) = default;
completion_builder& completion_builder::operator=(completion_builder&&) noexcept = default;
completion_builder::~completion_builder() = default;

error_code completion_builder::add(chat_chunk const& chunk) {
    if (auto complaint = bad_index(chunk); !complaint.empty()) {
        detail_ = std::move(complaint);
        return errc::invalid_response;
    }
    // Adds to the size, unless that is too much. It never takes away more than was added for what is
    // replaced.
    auto const fits = [this](std::ptrdiff_t growth) {
        auto const grown = size_ + static_cast<std::size_t>(growth);
        if (growth > 0 && max_size_ != 0 && grown > max_size_) {
            detail_ = "the streamed completion is larger than " + std::to_string(max_size_) + " bytes";
            return false;
        }
        size_ = grown;
        return true;
    };
    if (!fits(growth_of(completion_.extra, chunk.extra, same_member::replace)))
        return errc::response_too_large;
    join(completion_, chunk);
    if (!chunk.extra.empty() && is_too_wide(completion_.extra)) return refuse_members();
    for (auto const& piece : chunk.choices) {
        static choice const fresh;
        auto known = find_choice(completion_.choices, piece.index);
        auto const place = known - completion_.choices.begin();
        bool const is_new = known == completion_.choices.end() || known->index != piece.index;
        if (!fits(growth_of(is_new ? fresh : *known, piece))) return errc::response_too_large;
        if (is_new) {
            known = completion_.choices.insert(known, choice());
            known->index = piece.index;
            open_.insert(open_.begin() + place, open_choice());
        }
        join(*known, piece);
        auto& open = open_[static_cast<std::size_t>(place)];
        bool const joined = open.join(known->message, piece.delta);
        if (!(known->finish_reason == finish_reason::none) && codec::cuts_off(known->finish_reason))
            open.calls.mark_cut(known->message.tool_calls);
        if (may_widen(piece) && is_too_wide(*known, piece.delta)) return refuse_members();
        if (joined) continue;
        detail_ = "choice " + std::to_string(piece.index) + ": " + open.calls.detail();
        return errc::invalid_response;
    }
    return {};
}

error_code completion_builder::refuse_members() {
    detail_ =
        "an object of the streamed completion has more than " + std::to_string(max_members) + " members";
    return errc::json_too_complex;
}

chat_completion completion_builder::take() {
    auto taken = std::move(completion_);
    *this = completion_builder(max_size_);
    return taken;
}

} // namespace async_llm
