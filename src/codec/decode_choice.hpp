// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_DECODE_CHOICE_HPP
#define ASYNC_LLM_CODEC_DECODE_CHOICE_HPP

#include "codec/decode_error.hpp"
#include "codec/decode_tokens.hpp"
#include "codec/decode_usage.hpp"
#include "codec/deferred_values.hpp"
#include "codec/json_tape.hpp"
#include <async_llm/chat_completion.hpp>
#include <async_llm/completion_builder.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// What a completion and a chunk, and a choice of either, have in common.
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
    auto const text = take_text(from);
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
        // The first of several: each takes its time.
        if (!to.error && is_error(from)) to.error = decode_error_member(from);
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

/// Reads the next choice with `read_choice(object, choice, detail)`. False: a structure is wrong.
template <class Reply, class ReadChoice>
bool read_next_choice(json_view entry, Reply& to, std::string& detail, ReadChoice& read_choice) {
    auto const i = to.choices.size();
    if (entry.is_object()) {
        auto& added = to.choices.emplace_back();
        added.index = static_cast<std::int64_t>(i);
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

private:
    static constexpr int max_repeats = 3;

    /// Reads one unit. True: it was the last.
    bool read_unit() {
        bool const going_on = in_choices_ ? read_choice() : read_rest();
        return !going_on || left_ == 0 || from_.budget().exceeded();
    }

    bool read_rest() {
        std::optional<json_view> choices;
        std::optional<json_view> meta;
        read_members(from_, to_->extra, [&](auto name, auto value) {
            if (name == "choices") choices = value;
            if (name == "meta") meta = value;
            return read_reply_member(name, value, *to_);
        });
        if (meta && meta->is_object()) read_meta_usage(*meta, to_->usage);
        in_choices_ = true;
        if (!choices || choices->is_null()) return true;
        if (!choices->is_array()) {
            *detail_ = "choices is " + kind_of(choices) + ", not an array";
            return understood_ = false;
        }
        if (choices->size() > max_choices) {
            *detail_ = too_many_choices(choices->size());
            return understood_ = false;
        }
        left_ = choices->size();
        next_ = choices->first();
        using element = typename decltype(to_->choices)::value_type;
        if (left_ != 0 && from_.budget().take_memory(left_ * sizeof(element))) to_->choices.reserve(left_);
        return true;
    }

    bool read_choice() {
        if (left_ == 0) return true;
        understood_ = read_next_choice(*next_, *to_, *detail_, read_choice_);
        --left_;
        last_ = std::exchange(next_, next_->next());
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
        if (last_) {
            to_->choices.pop_back();
            next_ = std::exchange(last_, std::nullopt);
            ++left_;
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
    int repeats_ = 0;
    std::size_t left_ = 0;
    std::optional<json_view> next_;
    std::optional<json_view> last_;
    json_budget before_unit_;
    std::optional<usage> usage_before_;
};

} // namespace async_llm::codec

#endif
