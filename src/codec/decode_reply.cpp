// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "codec/decode_reply.hpp"

#include "codec/ascii.hpp"
#include "codec/body_look.hpp"
#include "codec/decode_completion.hpp"
#include "codec/decode_error.hpp"
#include "codec/judge_error.hpp"
#include "codec/one_line.hpp"
#include "codec/parsed_json.hpp"

#include <algorithm>

namespace async_llm::codec {
namespace {

// Padding that is passed over in one step: a few milliseconds.
constexpr std::size_t max_padding_in_one_step = 2u * 1024 * 1024;

bool begins_stream(std::string_view text) noexcept { return looks_like_stream(text) == likeness::yes; }

bool is_labelled_json(std::string_view content_type) noexcept {
    auto const type = media_type(content_type);
    auto const suffix = type.size() > 5 ? type.substr(type.size() - 5) : type;
    return type.empty() || iequals(type, "application/json") || iequals(type, "text/json") ||
        iequals(suffix, "+json");
}

std::string of_type(std::string_view content_type) {
    auto const type = media_type(content_type);
    return type.empty() ? std::string() : " (" + one_line(type, shown_chars) + ")";
}

/// Is the body to be read as JSON? Labels lie; the first byte rarely does.
bool is_json(std::string_view text, std::string_view content_type) noexcept {
    if (text.starts_with('{')) return true;
    return !text.starts_with('<') && !begins_stream(text) && is_labelled_json(content_type);
}

std::string strangeness(std::string_view text, std::string_view content_type) {
    if (begins_stream(text)) return "the reply is a stream of events" + of_type(content_type);
    auto const start = text.starts_with('<') ? visible_text(text, shown_chars) : one_line(text, shown_chars);
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
        if (!skip_padding()) return false;
        look_at_start();
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
    case stage::ended: break;
    }
    return is_small() || give_up();
}

bool reply_decoder::give_up() {
    stage_ = stage::ended;
    return body_.tape().release_part();
}

/// Passes over what keeps a connection alive in front of the body: white space, SSE comments, a byte order
/// mark.
bool reply_decoder::skip_padding() {
    auto const body = reply_.body;
    if (position_ == 0 && body.starts_with(byte_order_mark)) position_ = byte_order_mark.size();
    auto const stop = std::min(position_ + max_padding_in_one_step, body.size());
    for (; position_ < stop; ++position_) {
        auto const c = body[position_];
        if (in_comment_)
            in_comment_ = c != '\r' && c != '\n';
        else if (c == ':')
            in_comment_ = true;
        else if (!is_space(c))
            return true;
    }
    return position_ == body.size();
}

/// Decides by its first bytes, and its status, whether the body is to be parsed.
void reply_decoder::look_at_start() {
    auto text = reply_.body.substr(position_);
    stage_ = stage::parsing;
    if (is_failure()) {
        // Some gateways answer a failure with the event that they would have ended a stream with.
        if (text.starts_with(data_field)) position_ += data_field.size();
    } else if (text.empty() || reply_.status == 204) {
        detail_ = "the reply has no content, but " + std::to_string(reply_.body.size()) + " bytes of padding";
        return end(errc::empty_response);
    } else if (!is_json(text, reply_.content_type)) {
        detail_ = strangeness(text.substr(0, max_looked_at), reply_.content_type);
        return end(errc::unexpected_content_type);
    }
    body_.begin_at(position_);
}

void reply_decoder::end_of_parsing() {
    auto const text = reply_.body.substr(position_);
    if (is_failure()) return judge_failure(text);
    if (!body_.valid()) {
        detail_ = body_.complaint("the body");
        return end(body_.error());
    }
    if (!body_.value().is_object()) {
        detail_ = "the body is not an object: " + quoted(text.substr(0, max_looked_at));
        return end(errc::invalid_response);
    }
    stage_ = stage::decoding;
    if (!is_small()) body_.tape().defer_to(later_);
    decoder_.emplace(body_.value(), completion_, detail_, completion_choice_reader());
}

void reply_decoder::judge_failure(std::string_view text) {
    auto const value = body_.value();
    if (value.is_object() || value.is_array() || read_string(value))
        error_ = decode_error(value);
    else if (!text.empty())
        error_ = decode_error_text(text.substr(0, max_looked_at));
    detail_ =
        "the provider answered with status " + std::to_string(reply_.status) + of_type(reply_.content_type);
    end(says_no_credit(reply_.status, error_) ? make_error_code(errc::insufficient_credits)
                                              : make_http_error(reply_.status));
}

/// Judges a body whose object has been decoded.
error_code reply_decoder::judge_object() {
    auto const body = body_.value();
    bool const understood = decoder_->understood();
    if (find_error(body)) {
        error_ = decode_error(body);
        detail_ = "the provider reported an error inside of a successful reply";
        return reported(error_, errc::error_in_response);
    }
    if (body_.budget().exceeded()) {
        detail_ = body_.budget().complaint("the body");
        return body_.budget().error();
    }
    if (!understood) return errc::invalid_response;
    if (!completion_.choices.empty()) return judge_choices(completion_.choices, error_, detail_);

    auto claimed = decode_error(body);
    auto const* const object = claimed.raw.if_object();
    if (object && describes_failure(*object, claimed)) {
        error_ = std::move(claimed);
        detail_ = "the provider sent an error as a successful reply";
        return reported(error_, errc::error_in_response);
    }
    detail_ = find(body, "choices") ? "choices is empty" : "choices is missing";
    return errc::invalid_response;
}

void reply_decoder::end(error_code ec) {
    stage_ = stage::ended;
    result_ = ec;
    if (ec == errc::json_too_complex) completion_ = chat_completion();
}

} // namespace async_llm::codec
