// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// Verdicts of the reader on events and on the end.

#include "base/append_large.hpp"
#include "base/ascii.hpp"
#include "base/has_text.hpp"
#include "codec/errors/decode_error.hpp"
#include "codec/errors/error_words.hpp"
#include "codec/errors/foreign_api.hpp"
#include "codec/http/sniff.hpp"
#include "codec/json/json_document.hpp"
#include "codec/reply/chunk_reader.hpp"
#include "codec/reply/reply_errors.hpp"
#include <async_llm/completion_builder.hpp>
#include <async_llm/error.hpp>

#include <algorithm>
#include <utility>

namespace async_llm::codec {
namespace {

/// Decodes an event named `error`: an error, or an object that holds one.
api_error decode_error_event(json_view source) {
    if (source.is_object() && find_error(source)) return decode_error(source);
    auto error = decode_error_member(source);
    return error.message.empty() ? decode_error(source) : error;
}

// So much is kept of lines that are no fields, for a sentence about the end.
constexpr std::size_t max_unknown_lines = 4096;

// The name of a field, with what may stand around it.
constexpr std::size_t longest_field = 32;

bool carries_content(message_delta const& delta) noexcept {
    return has_text(delta.content) || has_text(delta.reasoning) || has_text(delta.refusal) ||
        !delta.tool_calls.empty() || !delta.images.empty() || !delta.audio.is_null();
}

/// Returns whether a line is a field of an unknown name, which is ignored.
bool is_field(std::string_view line) noexcept {
    auto const name = line.substr(0, line.find(':'));
    return name.size() < line.size() && name.size() <= longest_field &&
        std::ranges::all_of(name, is_name_char);
}

} // namespace

/// The end of the body without an end mark.
chunk_reader::outcome chunk_reader::judge_end() {
    if (has_finished()) return final_ = outcome::end;
    auto const after =
        " after " + std::to_string(events_) + " events, before it had finished" + without_choice();
    if (doubt_ == doubt::words) return fail_with_claim("the stream ended" + after);
    if (claim_) error_ = std::move(*claim_);
    if (end_ == body_end::broken) return fail(errc::truncated_response, "the stream broke off" + after);
    // Another try would bring the same.
    if (choices_.empty() && !other_api_.empty())
        return fail(errc::invalid_response, "the stream ended" + after);
    if (events_ == 0 && unknown_lines_.empty())
        return fail(errc::empty_response, "the stream ended without an event");
    return fail(events_ == 0 ? errc::empty_response : errc::truncated_response, "the stream ended" + after);
}

/// Returns whether the end mark makes an answer of choices that have no finish reason.
bool chunk_reader::may_end_unfinished() const noexcept {
    return has_content_ && doubt_ == doubt::none && std::ranges::none_of(choices_, &seen_choice::finished);
}

/// Judges the stream at its end mark, which by itself does not make an answer.
chunk_reader::outcome chunk_reader::end_by_mark() {
    bool const has_choice = !choices_.empty();
    if (has_finished() || may_end_unfinished()) return final_ = outcome::end;
    auto detail =
        (has_choice ? "the stream ended before it had finished" : "the stream ended without a choice") +
        without_choice();
    if (doubt_ == doubt::words) return fail_with_claim(std::move(detail));
    if (claim_) error_ = std::move(*claim_);
    return fail(has_choice ? errc::truncated_response : errc::invalid_response, std::move(detail));
}

chunk_reader::outcome chunk_reader::fail_with_claim(std::string detail) {
    error_ = std::move(*claim_);
    return fail(
        reported(error_, errc::stream_error),
        std::move(detail) + ", and an event has an error's words"
    );
}

/// Describes what came in place of chunks, for a sentence about the end.
std::string chunk_reader::without_choice() const {
    std::string text;
    if (!other_api_.empty()) text.append("; its events are of ").append(other_api_);
    if (!unknown_lines_.empty())
        text.append("; it has lines that are no fields: ").append(excerpt(unknown_lines_));
    bool const is_about_it = choices_.empty() || doubt_ == doubt::strange;
    if (is_about_it && claim_ && !claim_->message.empty()) text.append(": ").append(excerpt(claim_->message));
    return text;
}

/// Takes a line whose field is unknown: an error, JSON that lacks its field, an end mark, or noise.
chunk_reader::outcome chunk_reader::take_unknown_line(std::string_view line, chat_chunk& chunk) {
    auto const text = trim(line);
    chunk = chat_chunk();
    if (text == stream_end_mark) return end_by_mark();
    sse_event event;
    auto const colon = text.find(':');
    auto const field = text.substr(0, colon);
    if (colon != std::string_view::npos && iequals(trim(field), "error")) {
        event.data = trim(text.substr(colon + 1));
        json_document const json(event.data.substr(0, max_body_in_one_step), 0, limits_.decode);
        bool const says_nothing = json.valid() ? !is_error(json.value()) : is_success_word(event.data);
        if (says_nothing) return outcome::need_more;
        event.name = "error";
        ++events_;
        return take_event(event, chunk);
    }
    // JSON that lacks its field, or has one that is misspelled or behind padding.
    auto const brace = text.substr(0, longest_field).find('{');
    if (brace != std::string_view::npos) {
        event.data = text.substr(brace);
        bool const is_large = event.data.size() > max_body_in_one_step;
        if (is_large || json_document(event.data, 0, limits_.decode).valid()) {
            ++events_;
            return take_event(event, chunk);
        }
    }
    if (text.empty()) return outcome::need_more;
    keep_line(text);
    // An error whose JSON takes several lines.
    if (text.front() == '}' && json_document(unknown_lines_, 0, limits_.decode).valid()) {
        auto const whole = std::exchange(unknown_lines_, std::string());
        event.data = whole;
        ++events_;
        return take_event(event, chunk);
    }
    if (!istarts_with(text, "[error")) return outcome::need_more;
    error_ = decode_error_text(text);
    return fail(reported(error_, errc::stream_error), "a line between the events is an error");
}

/// Keeps a line that is no field for the sentence about the end.
void chunk_reader::keep_line(std::string_view text) {
    bool const is_known = is_keep_alive(text) || (is_field(text) && !looks_like_error(text));
    if (!is_known && doubt_ == doubt::none) doubt_ = doubt::strange;
    // JSON over several lines begins anew behind other lines.
    if (text.starts_with('{') && !unknown_lines_.starts_with('{')) unknown_lines_.clear();
    if (unknown_lines_.size() + text.size() < max_unknown_lines) unknown_lines_.append(text).append("\n");
}

/// Passes over what is neither chunk nor error if the answer is complete; otherwise the stream fails.
chunk_reader::outcome
chunk_reader::pass_over_or_fail(errc otherwise, std::string detail, std::string_view text) {
    if (may_pass_over() && !looks_like_error(text)) return outcome::need_more;
    if (looks_like_error(text) && !trim(text).starts_with('{')) error_ = decode_error_text(trim(text));
    return fail(otherwise, std::move(detail));
}

/// Judges an event named `error`, which has been parsed and, as far as it is a chunk, decoded.
chunk_reader::outcome
chunk_reader::judge_error_event(json_document& json, std::string_view data, chat_chunk& chunk) {
    // Behind a complete answer, one that says nothing is noise.
    bool const says_nothing = data.empty() || (json.valid() && !is_error(json.value()));
    if (says_nothing && has_finished()) return outcome::need_more;
    error_ = json.valid() ? decode_error_event(json.value()) : decode_error_text(data);
    if (json.budget().exceeded()) chunk = chat_chunk();
    return fail(reported(error_, errc::stream_error), this_event() + " is an error");
}

chunk_reader::outcome chunk_reader::fail_beyond_limits(json_document const& json) {
    return fail(json.budget().error(), json.budget().complaint(this_event()));
}

/// Judges an event that has been parsed and decoded. `data`: what may be shown of it.
chunk_reader::outcome chunk_reader::judge_event(
    json_document& json,
    std::string_view data,
    bool understood,
    std::string detail,
    chat_chunk& chunk
) {
    if (!json.valid()) {
        if (json.budget().exceeded()) return fail_beyond_limits(json);
        return pass_over_or_fail(errc::invalid_json, json.complaint(this_event()), data);
    }
    auto const event = json.value();
    if (!event.is_object()) {
        auto sentence = this_event() + " is not an object: " + excerpt(data);
        return pass_over_or_fail(errc::invalid_response, std::move(sentence), data);
    }
    if (find_error(event)) {
        error_ = decode_error(event);
        return fail(reported(error_, errc::stream_error), this_event() + " reports an error");
    }
    if (json.budget().exceeded()) {
        chunk = chat_chunk();
        return fail_beyond_limits(json);
    }
    if (!understood) {
        if (reports_failure(event, error_))
            return fail(reported(error_, errc::stream_error), this_event() + " is an error");
        if (may_pass_over()) return outcome::need_more;
        return fail(errc::invalid_response, this_event() + ": " + detail);
    }
    if (chunk.choices.empty()) {
        auto const result = judge_without_choices(event, chunk);
        if (result == outcome::failed) return result;
    } else if (auto const ec = judge_choices(chunk.choices, error_, detail)) {
        return fail(ec, this_event() + ": " + detail);
    } else if (is_hollow(chunk) && reports_failure(event, error_)) {
        return fail(reported(error_, errc::stream_error), this_event() + " is an error");
    } else if (!number(chunk.choices)) {
        return fail(errc::invalid_response, this_event() + detail_);
    }
    if (json.has_end_mark() && end_by_mark() == outcome::failed) return outcome::failed;
    return outcome::chunk;
}

/// Judges an event without choices: an error, words that may be one's, or what providers add to a stream.
chunk_reader::outcome chunk_reader::judge_without_choices(json_view event, chat_chunk const& chunk) {
    // Usage comes in every stream; with nothing strange beside it, it need not be looked at.
    if (chunk.extra.empty() && chunk.object != "error") return outcome::chunk;
    auto claimed = decode_error(event);
    auto const sign = find_failure(claimed);
    if (sign == failure_sign::certain) {
        error_ = std::move(claimed);
        return fail(reported(error_, errc::stream_error), this_event() + " is an error");
    }
    if (other_api_.empty()) other_api_ = name_foreign_api(event);
    bool const has_words = sign == failure_sign::words && !is_keep_alive(claimed.message);
    bool const is_unknown = !find_array(event, "choices") && !chunk.usage && event.size() != 0;
    if (is_unknown && doubt_ == doubt::none) doubt_ = doubt::strange;
    if (doubt_ == doubt::words || (!has_words && (claim_ || !is_unknown))) return outcome::chunk;
    ensure_words(claimed);
    claim_ = std::make_unique<api_error>(std::move(claimed));
    if (has_words && other_api_.empty()) doubt_ = doubt::words;
    return outcome::chunk;
}

/// Gives the choices of an event the numbers that the user sees. False: \ref detail_ says which number is
/// wrong.
bool chunk_reader::number(std::vector<chunk_choice>& choices) {
    if (choices.empty()) return true;
    // An answer that goes on was no error.
    doubt_ = doubt::none;
    if (limits_.one_choice) {
        auto const& first = choices.front();
        if (choices.size() == 1 && !numbers_.note(first.index, carries_content(first.delta)))
            return refuse_mixture();
        if (choices.size() != 1) numbers_.note_several(first.index);
        for (auto& each : choices) each.index = numbers_.shown(each.index);
    }
    for (auto const& each : choices) {
        bool const is_in_range = each.index >= 0 && each.index < static_cast<std::int64_t>(max_choices);
        if (is_in_range) continue;
        detail_ = ": there is a choice number " + std::to_string(each.index);
        return false;
    }
    if (!note(choices)) {
        detail_ = ": there are too many choices";
        return false;
    }
    if (limits_.one_choice && !place_choices(split_choice_, choices)) return refuse_mixture();
    said_texts_.reduce(choices, messages_);
    return true;
}

bool chunk_reader::refuse_mixture() {
    detail_ = ": several choices take turns, though one was asked for";
    return false;
}

/// Remembers which choices there are. False: more than a request can ask for.
bool chunk_reader::note(std::vector<chunk_choice> const& choices) {
    for (auto const& choice : choices) {
        bool const finished = !(choice.finish_reason == finish_reason::none);
        bool const has_content = carries_content(choice.delta);
        has_content_ = has_content_ || has_content;
        auto const seen = std::ranges::find(choices_, choice.index, &seen_choice::index);
        if (seen != choices_.end()) {
            goes_on_after_finish_ = goes_on_after_finish_ || (seen->finished && has_content);
            seen->finished = seen->finished || finished;
        } else if (choices_.size() == completion_builder::max_items) {
            return false;
        } else {
            choices_.emplace_back(choice.index, finished);
        }
    }
    return true;
}

std::string chunk_reader::this_event() const { return "event " + std::to_string(events_) + " of the stream"; }

chunk_reader::outcome chunk_reader::fail(error_code ec, std::string detail) {
    ec_ = ec;
    detail_ = std::move(detail);
    return final_ = outcome::failed;
}

} // namespace async_llm::codec
