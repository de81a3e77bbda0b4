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
#include <vector>

// Common parts of a completion and a chunk, and of a choice of either.
namespace async_llm::codec {

/// Most choices of a reply or chunk, as of a completion that is built of chunks.
constexpr std::size_t max_choices = completion_builder::max_items;

/// Sentence about too many of them.
std::string too_many_choices(std::size_t count);

/// The kind of a value for a sentence; `missing` for a null pointer.
std::string kind_of(std::optional<json_view> const& from);

/// \name Readers of members
/// False: the type is wrong, and `to` is unchanged.
/// @{
bool read_created(json_view from, std::int64_t& to);
/// Numbers become text.
bool read_id(json_view from, std::string& to);
bool read_usage(json_view from, std::optional<usage>& to);

template <class Choice>
bool read_logprobs(json_view from, Choice& to) {
    return decode_logprobs(from, to.logprobs, to.refusal_logprobs, to.extra);
}

/// Tells whether a finish reason is none, written as text: `null`, `None`, or empty.
bool means_unfinished(std::string_view reason) noexcept;

template <class Choice>
bool read_finish_reason(json_view from, Choice& to) {
    auto const text = take_text(from);
    if (text && !means_unfinished(*text)) to.finish_reason = open_enum<finish_reason>(*text);
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
        // The first of several: each takes its time.
        if (!to.error && is_error(from)) to.error = decode_error_member(from);
        return true;
    }
    return false;
}

/// All members of a reply but its choices. False: it is not one of those.
template <class Reply>
bool read_reply_member(std::string_view name, json_view from, Reply& to) {
    if (name == "id") return read_id(from, to.id);
    if (name == "object") return assign(from, to.object);
    if (name == "created") return read_created(from, to.created);
    if (name == "model") return assign(from, to.model);
    if (name == "provider") return assign(from, to.provider);
    if (name == "system_fingerprint") return assign(from, to.system_fingerprint);
    if (name == "service_tier") return assign(from, to.service_tier);
    if (name == "usage") return read_usage(from, to.usage);
    return name == "choices" || name == "error";
}

/// Takes usage out of the unknown members of a choice.
void take_usage(json_view from, choice& read, std::optional<usage>& to);

/// Is an object a choice, and not a map of them?
bool is_choice(json_view from);

/// Reads what stands for an error inside of a message or delta, as in a choice.
template <class Choice>
void read_inner_error(json_view said, json::object& extra, Choice& to) {
    if (extra.empty() || !extra.contains("error")) return;
    auto const error = find_error(said);
    if (error && !to.error) to.error = decode_error_member(*error);
    extra.stable_erase("error");
}

/// Reads the next choice with `read_choice(object, choice, detail)`. False: a structure is wrong.
template <class Reply, class ReadChoice>
bool read_next_choice(list_view const& from, Reply& to, std::string& detail, ReadChoice& read_choice) {
    auto const i = to.choices.size();
    auto const entry = from.front();
    if (entry.is_object()) {
        auto& added = to.choices.emplace_back();
        added.index = from.place().value_or(static_cast<std::int64_t>(i));
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
 * deferred if the tape has been told to (\ref json_tape::defer_to).
 */
template <class Reply, class ReadChoice>
class object_decoder {
public:
    /// The references have to stay.
    object_decoder(json_view from, Reply& to, std::string& detail, ReadChoice read_choice)
        : from_(from), to_(&to), detail_(&detail), read_choice_(std::move(read_choice)) {}

    /// Reads on. True: all has been read, or the structure or the budget does not allow more.
    bool step() {
        auto* const later = from_.deferred();
        if (!later) return read_unit();
        if (!later->step()) return false;
        if (repeats_ == 0) {
            later->begin_unit();
            before_unit_ = from_.budget();
            usage_before_ = to_->usage;
        }
        auto& budget = from_.budget();
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

    /// Tells whether the structure is that of a reply.
    bool understood() const noexcept { return understood_; }

    /// Tells whether the object has a member `error`, as far as it has been read.
    bool has_error() const noexcept { return has_error_; }

private:
    static constexpr int max_repeats = 3;

    /// Reads one unit. True: it was the last.
    bool read_unit() {
        bool const going_on = in_choices_ ? read_choice() : read_rest();
        return !going_on || rest_.size() == 0 || from_.budget().exceeded();
    }

    bool read_rest() {
        std::optional<json_view> choices;
        std::optional<json_view> vendor;
        read_members(from_, to_->extra, [&](auto name, auto value) {
            if (name == "choices")
                choices = value;
            else if (name == "error")
                has_error_ = true;
            if (read_reply_member(name, value, *to_)) return true;
            if (name == "meta" || name == "x_groq") vendor = value;
            return false;
        });
        if (vendor && vendor->is_object()) read_vendor_usage(*vendor, to_->usage);
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
        using element = typename decltype(to_->choices)::value_type;
        auto const count = rest_.size();
        if (count != 0 && from_.budget().take_memory(count * sizeof(element))) to_->choices.reserve(count);
        return true;
    }

    bool read_choice() {
        // Some gateways leave a gap in place of a choice that they dropped.
        while (rest_.size() != 0 && rest_.front().is_null()) rest_.pop_front();
        if (rest_.size() == 0) return true;
        understood_ = read_next_choice(rest_, *to_, *detail_, read_choice_);
        if constexpr (std::is_same_v<Reply, chat_completion>) {
            if (understood_ && !to_->usage) take_usage(rest_.front(), to_->choices.back(), to_->usage);
        }
        before_last_ = rest_;
        rest_.pop_front();
        return understood_;
    }

    /// Undoes the unit, which is to be read again.
    void throw_unit_away() {
        from_.budget().give_back(before_unit_);
        from_.deferred()->repeat_unit();
        // A choice of a chunk may have told it.
        to_->usage = usage_before_;
        understood_ = true;
        detail_->clear();
        if (before_last_) {
            to_->choices.pop_back();
            rest_ = *std::exchange(before_last_, std::nullopt);
        } else {
            *to_ = Reply();
            in_choices_ = false;
        }
    }

    json_view from_;
    Reply* to_;
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
