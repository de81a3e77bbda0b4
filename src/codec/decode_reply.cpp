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

/// The body without what keeps a connection alive in front of it: white space, SSE comments, a byte order mark.
std::string_view without_padding(std::string_view body) noexcept {
    if (body.starts_with(byte_order_mark)) body.remove_prefix(byte_order_mark.size());
    body = trim_left(body);
    while (body.starts_with(':')) {
        body.remove_prefix(std::min(body.find_first_of("\r\n"), body.size()));
        body = trim_left(body);
    }
    return body;
}

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

error_code
judge_failure(reply_view const& reply, decode_limits const& limits, api_error& error, std::string& detail) {
    auto text = without_padding(reply.body);
    // Some gateways answer a failure with the event that they would have ended a stream with.
    if (text.starts_with(data_field)) text = trim_left(text.substr(data_field.size()));
    parsed_json const body(text, 0, limits.max_json_depth);
    auto const value = body.value();
    if (value.is_object() || value.is_array() || read_string(value))
        error = decode_error(value.to_value());
    else if (!text.empty())
        error = decode_error_text(text);
    detail =
        "the provider answered with status " + std::to_string(reply.status) + of_type(reply.content_type);
    return says_no_credit(reply.status, error) ? make_error_code(errc::insufficient_credits)
                                               : make_http_error(reply.status);
}

error_code judge_object(json_view body, chat_completion& completion, api_error& error, std::string& detail) {
    bool const understood = decode_completion(body, completion, detail);
    if (auto const member = find(body, "error"); member && is_error(member->to_value())) {
        error = decode_error(body.to_value());
        detail = "the provider reported an error inside of a successful reply";
        return reported(error, errc::error_in_response);
    }
    if (!understood) return errc::invalid_response;
    if (!completion.choices.empty()) return judge_choices(completion.choices, error, detail);

    auto const tree = body.to_value();
    auto claimed = decode_error(tree);
    if (describes_failure(tree.get_object(), claimed)) {
        error = std::move(claimed);
        detail = "the provider sent an error as a successful reply";
        return reported(error, errc::error_in_response);
    }
    detail = find(body, "choices") ? "choices is empty" : "choices is missing";
    return errc::invalid_response;
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

} // namespace

error_code decode_reply(
    reply_view const& reply,
    decode_limits const& limits,
    chat_completion& completion,
    api_error& error,
    std::string& detail
) {
    if (reply.status >= 300) return judge_failure(reply, limits, error, detail);

    auto const text = without_padding(reply.body);
    if (text.empty() || reply.status == 204) {
        detail = "the reply has no content, but " + std::to_string(reply.body.size()) + " bytes of padding";
        return errc::empty_response;
    }
    if (!is_json(text, reply.content_type)) {
        detail = strangeness(text, reply.content_type);
        return errc::unexpected_content_type;
    }
    parsed_json const body(reply.body, reply.body.size() - text.size(), limits.max_json_depth);
    if (!body.valid()) {
        detail = body.complaint("the body");
        return errc::invalid_json;
    }
    if (body.value().is_object()) return judge_object(body.value(), completion, error, detail);
    detail = "the body is not an object: " + quoted(text);
    return errc::invalid_response;
}

} // namespace async_llm::codec
