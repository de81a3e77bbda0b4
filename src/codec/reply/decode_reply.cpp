// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/reply/decode_reply.hpp"

#include "base/ascii.hpp"
#include "base/sanitize.hpp"
#include "codec/calls/cut_calls.hpp"
#include "codec/calls/promised_calls.hpp"
#include "codec/errors/decode_error.hpp"
#include "codec/errors/foreign_api.hpp"
#include "codec/http/sniff.hpp"
#include "codec/json/list_like.hpp"
#include "codec/reply/reply_errors.hpp"
#include "codec/reply/split_choice.hpp"
#include "codec/reply/stream_collector.hpp"

#include <algorithm>
#include <utility>

namespace async_llm::codec {
namespace {

bool begins_stream(std::string_view text, std::string_view content_type) noexcept {
    return looks_like_stream(text, content_type) == sniff_result::yes;
}

bool is_labelled_json(std::string_view content_type) noexcept {
    auto const type = media_type(content_type);
    auto const suffix = type.size() > 5 ? type.substr(type.size() - 5) : type;
    return type.empty() || iequals(type, "application/json") || iequals(type, "text/json") ||
        iequals(suffix, "+json");
}

std::string of_type(std::string_view content_type) {
    auto const type = media_type(content_type);
    return type.empty() ? std::string() : " (" + sanitize(type, shown_chars) + ")";
}

/// Returns whether the body is to be read as JSON. Labels lie; the first byte rarely does.
bool is_json(std::string_view text, std::string_view content_type) noexcept {
    if (text.starts_with('{')) return true;
    return !text.starts_with('<') && is_labelled_json(content_type);
}

std::string strangeness(std::string_view text, std::string_view content_type) {
    auto const start = text.starts_with('<') ? html_to_text(text, shown_chars) : sanitize(text, shown_chars);
    return "the reply is not JSON" + of_type(content_type) + ": " + '"' + start + '"';
}

// Of a text that is not JSON, so much is looked at for a sentence about it.
constexpr std::size_t max_looked_at = 64u * 1024;

} // namespace

error_code decode_reply(
    reply_view const& reply,
    decode_limits const& limits,
    chat_completion& completion,
    api_error& error,
    std::string& detail
) {
    reply_decoder decoder(reply, limits, completion, error, detail);
    while (!decoder.step()) {
    }
    return decoder.result();
}

reply_decoder::reply_decoder(
    reply_view const& reply,
    decode_limits const& limits,
    chat_completion& completion,
    api_error& error,
    std::string& detail
)
    : reply_(reply), limits_(limits), completion_(completion), error_(error), detail_(detail) {}

reply_decoder::~reply_decoder() = default;

bool reply_decoder::step() {
    switch (stage_) {
    case stage::padding:
        if (!padding_.pass_over(reply_.body, reply_padding::max_in_one_step)) return false;
        begin_ = padding_.size();
        look_at_start();
        if (stage_ == stage::events) return read_events();
        // Parsing begins in a step of its own only if it may take long.
        if (!is_small()) return false;
        if (stage_ == stage::ended) return true;
        [[fallthrough]];
    case stage::parsing:
        if (!body_.step(reply_.body, limits_)) return false;
        end_of_parsing();
        if (!is_small()) return false;
        if (stage_ == stage::ended) return true;
        [[fallthrough]];
    case stage::decoding:
        do {
            if (!decoder_->step()) continue;
            end(judge_object());
            return is_small();
        } while (is_small());
        return false;
    case stage::events: return read_events();
    case stage::ended: break;
    }
    return is_small() || give_up();
}

bool reply_decoder::give_up() {
    stage_ = stage::ended;
    return body_.tape().release_part();
}

/// Reads on in a stream of events. True: the result is known.
bool reply_decoder::read_events() {
    auto progress = events_->step();
    if (progress == stream_collector::outcome::need_more) {
        events_->put_end(true);
        progress = events_->step();
    }
    if (progress != stream_collector::outcome::ended) return false;
    error_ = std::move(events_->error());
    detail_ = std::move(events_->detail());
    completion_ = events_->take();
    end(events_->ec());
    return true;
}

/// Decides by its first bytes, and its status, whether the body is to be parsed.
void reply_decoder::look_at_start() {
    auto text = reply_.body.substr(begin_);
    stage_ = stage::parsing;
    if (is_failure()) {
        // Some gateways answer a failure with the event that they would have ended a stream with.
        if (text.starts_with(data_field)) begin_ += data_field.size();
    } else if (text.empty() || reply_.status == 204) {
        detail_ = "the reply has no content, but " + std::to_string(reply_.body.size()) + " bytes of padding";
        return end(errc::empty_response);
    } else if (!text.starts_with('{') && begins_stream(text, reply_.content_type)) {
        // Some gateways stream whether they were asked to or not.
        stage_ = stage::events;
        events_ = std::make_unique<stream_collector>(reply_.status, limits_, reply_.one_choice);
        return events_->put(text);
    } else if (!is_json(text, reply_.content_type)) {
        detail_ = strangeness(text.substr(0, max_looked_at), reply_.content_type);
        return end(errc::unexpected_content_type);
    }
    body_.begin_at(begin_);
}

void reply_decoder::end_of_parsing() {
    auto const text = reply_.body.substr(begin_);
    if (is_failure()) return judge_failure(text);
    if (!body_.valid()) {
        detail_ = body_.complaint("the body");
        note_other_api(text);
        return end(body_.error());
    }
    // A list of one stands for its object.
    auto const object = as_object(body_.value());
    if (!object) {
        detail_ = "the body is not an object: " + excerpt(text.substr(0, max_looked_at));
        return end(errc::invalid_response);
    }
    stage_ = stage::decoding;
    if (!is_small()) body_.tape().defer_to(later_);
    decoder_.emplace(*object, completion_, detail_, completion_choice_reader());
}

void reply_decoder::judge_failure(std::string_view text) {
    auto const value = body_.value();
    if (value.is_object() || value.is_array() || read_string(value))
        error_ = decode_error(value);
    else if (!text.empty())
        error_ = decode_error_text(text.substr(0, max_looked_at));
    ensure_words(error_);
    detail_ =
        "the provider answered with status " + std::to_string(reply_.status) + of_type(reply_.content_type);
    end(says_no_credit(reply_.status, error_) ? make_error_code(errc::insufficient_credits)
                                              : make_http_error(reply_.status));
}

/// Judges a body whose object has been decoded.
error_code reply_decoder::judge_object() {
    auto const body = *as_object(body_.value());
    bool const understood = decoder_->understood();
    // Of an object with too many members none was read.
    bool const may_have_error = decoder_->has_error() || body_.budget().exceeded();
    if (may_have_error && find_error(body)) {
        error_ = decode_error(body);
        detail_ = "the provider reported an error inside of a successful reply";
        return reported(error_, errc::error_in_response);
    }
    if (body_.budget().exceeded()) {
        detail_ = body_.budget().complaint("the body");
        return body_.budget().error();
    }
    if (!understood) {
        if (!reports_failure(body, error_)) return errc::invalid_response;
        return reported(error_, errc::error_in_response);
    }
    if (!completion_.choices.empty()) {
        auto const failure = judge_choices(completion_.choices, error_, detail_);
        if (!failure && is_hollow(completion_) && reports_failure(body, error_)) {
            detail_ = "the provider reported an error beside a choice without content";
            return reported(error_, errc::error_in_response);
        }
        return failure ? failure : judge_calls();
    }

    return judge_without_choices(body);
}

/// Judges the calls of choices that have not failed.
error_code reply_decoder::judge_calls() {
    auto& choices = completion_.choices;
    if (reply_.one_choice && !merge_choices(choices, detail_)) return errc::invalid_response;
    if (lack_calls(choices)) {
        detail_ = broken_promise();
        return errc::invalid_response;
    }
    auto const has_calls = [](choice const& each) { return !each.message.tool_calls.empty(); };
    if (std::ranges::none_of(choices, has_calls)) return {};
    detail_ = find_nameless_call(choices);
    if (!detail_.empty()) return errc::invalid_response;
    for (auto& each : choices) mark_cut_calls(each);
    return {};
}

/// Judges an object that has no choice: an error by its looks, or nothing that is known.
error_code reply_decoder::judge_without_choices(json_view body) {
    error_ = decode_error(body);
    if (find_failure(error_) != failure_sign::none) {
        detail_ = "the provider sent an error as a successful reply" + pending();
        return reported(error_, errc::error_in_response);
    }
    auto const choices = find_any(body, "choices");
    detail_ = !choices ? "choices is missing" : choices->is_null() ? "choices is null" : "choices is empty";
    detail_ += pending();
    if (body.size() > (choices ? 1u : 0u)) {
        ensure_words(error_);
        detail_ += ": " + excerpt(error_.message);
    } else {
        error_ = api_error();
    }
    if (auto const api = name_foreign_api(body); !api.empty()) detail_ += ", which is of " + std::string(api);
    return errc::invalid_response;
}

/// Says that the answer may come later, where the status does.
std::string reply_decoder::pending() const {
    return reply_.status == 202 ? " (status 202: accepted, but not answered yet)" : "";
}

/// Adds to the sentence about a body that is not JSON which other notation it is.
void reply_decoder::note_other_api(std::string_view text) {
    // Of two lines the first may say to which they belong.
    auto const line = text.substr(0, text.find('\n'));
    bool const is_first_line = line.size() < text.size() && line.size() <= max_looked_at;
    if (!is_first_line || !is_more_json(text.substr(line.size()))) return;
    json_document const first(line, 0, limits_);
    if (!first.valid() || !first.value().is_object()) return;
    detail_ += "; the reply is several lines of JSON (NDJSON)";
    if (auto const api = name_foreign_api(first.value()); !api.empty()) detail_ += " of " + std::string(api);
}

void reply_decoder::end(error_code ec) {
    stage_ = stage::ended;
    result_ = ec;
    if (ec == errc::json_too_complex) completion_ = chat_completion();
}

} // namespace async_llm::codec
