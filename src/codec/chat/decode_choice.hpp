// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_CHAT_DECODE_CHOICE_HPP
#define ASYNC_LLM_CODEC_CHAT_DECODE_CHOICE_HPP

#include "codec/chat/decode_content.hpp"
#include "codec/chat/decode_logprobs.hpp"
#include "codec/chat/decode_usage.hpp"
#include "codec/errors/decode_error.hpp"
#include "codec/json/deferred_values.hpp"
#include "codec/json/json_tape.hpp"
#include "codec/json/list_like.hpp"
#include <async_llm/chat_completion.hpp>
#include <async_llm/completion_builder.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

// Common parts of a completion and a chunk, and of a choice of either.
namespace async_llm::codec {

/// Most choices of a reply or chunk, as of a completion that is built of chunks.
constexpr std::size_t max_choices = completion_builder::max_items;

/// Sentence about too many of them.
std::string too_many_choices(std::size_t count);

/// The kind of a value for a sentence; `missing` for a null pointer.
std::string kind_of(std::optional<json_view> const& source);

/// \name Readers of members
/// False: the type is wrong, and `out` is unchanged.
/// @{
bool read_created(json_view source, std::int64_t& out);
/// Numbers become text.
bool read_id(json_view source, std::string& out);
bool read_usage(json_view source, std::optional<usage>& out);

/// Returns whether a finish reason is none, written as text: `null`, `None`, or empty.
bool means_unfinished(std::string_view reason) noexcept;

template <class Choice>
bool read_finish_reason(json_view source, Choice& out) {
    auto const text = take_text(source);
    if (text && !means_unfinished(*text)) out.finish_reason = open_enum<finish_reason>(*text);
    return text || source.is_null();
}
/// @}

/// All members of a choice but its message. False: it is not one of those.
template <class Choice>
bool read_choice_member(std::string_view name, json_view source, Choice& out) {
    if (name == "index") return assign(source, out.index);
    if (name == "finish_reason") return read_finish_reason(source, out);
    if (name == "native_finish_reason") return assign(source, out.native_finish_reason);
    if (name == "logprobs") return read_logprobs(source, out);
    if (name == "error") {
        // The first of several: each takes its time.
        if (!out.error && is_error(source)) out.error = decode_error_member(source);
        return true;
    }
    return false;
}

/// All members of a reply but its choices. False: it is not one of those.
template <class Reply>
bool read_reply_member(std::string_view name, json_view source, Reply& out) {
    if (name == "id") return read_id(source, out.id);
    if (name == "object") return assign(source, out.object);
    if (name == "created") return read_created(source, out.created);
    if (name == "model") return assign(source, out.model);
    if (name == "provider") return assign(source, out.provider);
    if (name == "system_fingerprint") return assign(source, out.system_fingerprint);
    if (name == "service_tier") return assign(source, out.service_tier);
    if (name == "usage") return read_usage(source, out.usage);
    return name == "choices" || name == "error";
}

/// Takes usage out of the unknown members of a choice.
void take_usage(json_view source, choice& read, std::optional<usage>& out);

/// Returns whether an object is a choice, and not a map of them.
bool is_choice(json_view source);

/// Reads what stands for an error inside of a message or delta, as in a choice.
template <class Choice>
void read_inner_error(json_view said, json::object& extra, Choice& out) {
    if (extra.empty() || !extra.contains("error")) return;
    auto const error = find_error(said);
    if (error && !out.error) out.error = decode_error_member(*error);
    extra.stable_erase("error");
}

/// Reads the next choice with `read_choice(object, choice, detail)`. False: a structure is wrong.
template <class Reply, class ReadChoice>
bool read_next_choice(list_view const& source, Reply& out, std::string& detail, ReadChoice& read_choice) {
    auto const i = out.choices.size();
    auto const entry = source.front();
    if (entry.is_object()) {
        auto& added = out.choices.emplace_back();
        added.index = source.place().value_or(static_cast<std::int64_t>(i));
        if (read_choice(entry, added, detail)) return true;
    } else {
        detail = " is " + kind_of(entry) + ", not an object";
    }
    detail = "choices[" + std::to_string(i) + "]" + detail;
    return false;
}

/// Decoder of the object of a reply or chunk, which reads one unit in each step: first all but the choices,
/// then a choice.
/**
 * `read_choice(object, choice, detail)` reads a choice; false: its structure is wrong. Large values are
 * deferred if the tape has been asked to (\ref json_tape::defer_to).
 */
template <class Reply, class ReadChoice>
class object_decoder {
public:
    /// The references have to stay.
    object_decoder(json_view source, Reply& out, std::string& detail, ReadChoice read_choice)
        : source_(source), out_(&out), detail_(&detail), read_choice_(std::move(read_choice)) {}

    /// Reads on. True: all has been read, or the structure or the budget does not allow more.
    bool step() {
        auto* const later = source_.deferred();
        if (!later) return read_unit();
        if (!later->step()) return false;
        if (repeats_ == 0) {
            later->begin_unit();
            before_unit_ = source_.budget();
            usage_before_ = out_->usage;
        }
        auto& budget = source_.budget();
        budget.begin_unit();
        bool const ended = read_unit();
        budget.end_unit();
        if (!later->is_waiting() || budget.exceeded()) {
            repeats_ = 0;
            return ended;
        }
        // Values that a repetition defers are those that the last one did; anything else would not end.
        if (++repeats_ > max_repeats) return !budget.exceed(json_budget::limit::unit);
        throw_unit_away();
        return false;
    }

    /// Returns whether the structure is that of a reply.
    bool understood() const noexcept { return understood_; }

    /// Returns whether the object has a member `error`, as far as it has been read.
    bool has_error() const noexcept { return has_error_; }

private:
    static constexpr int max_repeats = 3;

    /// Reads one unit. True: it was the last.
    bool read_unit() {
        bool const going_on = in_choices_ ? read_choice() : read_rest();
        return !going_on || rest_.size() == 0 || source_.budget().exceeded();
    }

    bool read_rest() {
        std::optional<json_view> choices;
        std::optional<json_view> vendor;
        read_members(source_, out_->extra, [&](auto name, auto value) {
            if (name == "choices")
                choices = value;
            else if (name == "error")
                has_error_ = true;
            if (read_reply_member(name, value, *out_)) return true;
            if (name == "meta" || name == "x_groq") vendor = value;
            return false;
        });
        if (vendor && vendor->is_object()) read_vendor_usage(*vendor, out_->usage);
        in_choices_ = true;
        if (!choices || choices->is_null()) return true;
        auto const list = list_view::of(*choices, is_choice);
        if (!list) {
            *detail_ = "choices is " + kind_of(choices) + ", not an array";
            return understood_ = false;
        }
        if (list->size() > max_choices) {
            *detail_ = too_many_choices(list->size());
            return understood_ = false;
        }
        rest_ = *list;
        using element = typename decltype(out_->choices)::value_type;
        auto const count = rest_.size();
        if (count != 0 && source_.budget().take_memory(count * sizeof(element))) out_->choices.reserve(count);
        return true;
    }

    bool read_choice() {
        // Some gateways leave a gap in place of a choice that they dropped.
        while (rest_.size() != 0 && rest_.front().is_null()) rest_.pop_front();
        if (rest_.size() == 0) return true;
        understood_ = read_next_choice(rest_, *out_, *detail_, read_choice_);
        if constexpr (std::is_same_v<Reply, chat_completion>) {
            if (understood_ && !out_->usage) take_usage(rest_.front(), out_->choices.back(), out_->usage);
        }
        before_last_ = rest_;
        rest_.pop_front();
        return understood_;
    }

    /// Undoes the unit, which is to be read again.
    void throw_unit_away() {
        source_.budget().give_back(before_unit_);
        source_.deferred()->repeat_unit();
        // A choice of a chunk may have reported it.
        out_->usage = usage_before_;
        understood_ = true;
        detail_->clear();
        if (before_last_) {
            out_->choices.pop_back();
            rest_ = *std::exchange(before_last_, std::nullopt);
        } else {
            *out_ = Reply();
            in_choices_ = false;
        }
    }

    json_view source_;
    Reply* out_;
    std::string* detail_;
    ReadChoice read_choice_;
    bool in_choices_ = false;
    bool understood_ = true;
    bool has_error_ = false;
    int repeats_ = 0;
    list_view rest_;
    std::optional<list_view> before_last_;
    json_budget before_unit_;
    std::optional<usage> usage_before_;
};

} // namespace async_llm::codec

#endif
