// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "codec/decode_reply.hpp"

#include "codec/ascii.hpp"
#include "codec/decode_completion.hpp"
#include "codec/decode_error.hpp"
#include "codec/json_read.hpp"
#include "codec/one_line.hpp"

#include <boost/json/error.hpp>
#include <boost/json/monotonic_resource.hpp>

#include <algorithm>
#include <array>

namespace async_llm::codec {
namespace {

constexpr std::size_t shown_chars = 100;

/// The body without what keeps a connection alive in front of it: white space, SSE comments, a byte order mark.
std::string_view without_padding(std::string_view body) noexcept {
    if (body.starts_with("\xef\xbb\xbf")) body.remove_prefix(3);
    body = trim_left(body);
    while (body.starts_with(':')) {
        body.remove_prefix(std::min(body.find_first_of("\r\n"), body.size()));
        body = trim_left(body);
    }
    return body;
}

/// What may stand behind the JSON: white space, and the end mark of a stream.
bool is_harmless_tail(std::string_view tail) noexcept {
    constexpr std::string_view mark = "data:";
    tail = trim(tail);
    if (tail.starts_with(mark)) tail = trim_left(tail.substr(mark.size()));
    return tail.empty() || tail == "[DONE]";
}

bool begins_stream(std::string_view text) noexcept {
    constexpr std::array<std::string_view, 4> fields{"data:", "event:", "id:", "retry:"};
    return std::any_of(fields.begin(), fields.end(), [text](auto field) { return text.starts_with(field); });
}

std::string_view media_type(std::string_view content_type) noexcept {
    return trim(content_type.substr(0, content_type.find(';')));
}

bool is_labelled_json(std::string_view content_type) noexcept {
    auto const type = media_type(content_type);
    auto const suffix = type.size() > 5 ? type.substr(type.size() - 5) : type;
    return type.empty() || iequals(type, "application/json") || iequals(type, "text/json") ||
        iequals(suffix, "+json");
}

std::string quoted(std::string_view text) { return '"' + one_line(text, shown_chars) + '"'; }

std::string of_type(std::string_view content_type) {
    auto const type = media_type(content_type);
    return type.empty() ? std::string() : " (" + one_line(type, shown_chars) + ")";
}

/// The parsed body, on a memory resource that goes with it; copies that outlive it must not stay there.
class document {
public:
    document(std::string_view body, decode_limits const& limits) : size_(body.size()) {
        auto const text = without_padding(body);
        value_ = parse_json(text, limits.max_json_depth, &memory_, used_, error_);
        if (!error_ && !is_harmless_tail(text.substr(used_))) error_ = json::error::extra_data;
        used_ += body.size() - text.size();
    }
    document(document const&) = delete;
    document& operator=(document const&) = delete;

    bool valid() const noexcept { return !error_; }
    json::value const& value() const noexcept { return value_; }

    std::string complaint() const {
        auto const place = " at byte " + std::to_string(used_) + " of " + std::to_string(size_);
        if (error_ == json::error::too_deep) return "the body's JSON is nested too deeply" + place;
        if (error_ == json::error::extra_data) return "there is more behind the body's JSON" + place;
        return "the body is not valid JSON" + place + ": " + error_.message();
    }

private:
    std::array<unsigned char, 4096> first_block_;
    json::monotonic_resource memory_{first_block_.data(), first_block_.size()};
    json::value value_ = json::value(json::storage_ptr(&memory_));
    std::size_t size_;
    std::size_t used_ = 0;
    error_code error_;
};

/// The code for what the provider reported: its status if it has one, but no money is no money under any status.
error_code reported(int status, api_error const& error, errc otherwise) {
    if (says_no_credit(status, error)) return errc::insufficient_credits;
    return is_error_status(status) ? make_http_error(status) : make_error_code(otherwise);
}

error_code
judge_failure(reply_view const& reply, decode_limits const& limits, api_error& error, std::string& detail) {
    auto text = without_padding(reply.body);
    // Some gateways answer a failure with the event that they would have ended a stream with.
    if (text.starts_with("data:")) text = trim_left(text.substr(5));
    document const body(text, limits);
    if (body.valid() && (body.value().is_structured() || body.value().is_string()))
        error = decode_error(body.value());
    else if (!text.empty())
        error = decode_error_text(text);
    detail =
        "the provider answered with status " + std::to_string(reply.status) + of_type(reply.content_type);
    return says_no_credit(reply.status, error) ? make_error_code(errc::insufficient_credits)
                                               : make_http_error(reply.status);
}

choice const* first_failed(chat_completion const& completion) noexcept {
    auto const failed = std::find_if(completion.choices.begin(), completion.choices.end(), [](auto const& c) {
        return c.error || c.finish_reason == finish_reason::error;
    });
    return failed == completion.choices.end() ? nullptr : &*failed;
}

error_code judge_choices(chat_completion const& completion, api_error& error, std::string& detail) {
    auto const* failed = first_failed(completion);
    if (!failed) return {};
    if (failed->error) error = *failed->error;
    detail = "the generation of choices[" + std::to_string(failed - completion.choices.data()) + "] failed";
    return reported(error.status, error, errc::generation_failed);
}

/// Does an object without choices describe a failure, without a member `error`?
bool describes_failure(json::object const& body, api_error const& error) noexcept {
    return find_string(body, "object") == "error" || is_error_status(error.status);
}

error_code
judge_object(json::object const& body, chat_completion& completion, api_error& error, std::string& detail) {
    bool const understood = decode_completion(body, completion, detail);
    auto const* member = find(body, "error");
    if (member && is_error(*member)) {
        error = decode_error(body);
        detail = "the provider reported an error inside of a successful reply";
        return reported(error.status, error, errc::error_in_response);
    }
    if (!understood) return errc::invalid_response;
    if (!completion.choices.empty()) return judge_choices(completion, error, detail);

    auto claimed = decode_error(body);
    if (describes_failure(body, claimed)) {
        error = std::move(claimed);
        detail = "the provider sent an error as a successful reply";
        return reported(error.status, error, errc::error_in_response);
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
    document const body(reply.body, limits);
    if (!body.valid()) {
        detail = body.complaint();
        return errc::invalid_json;
    }
    if (auto const* object = body.value().if_object())
        return judge_object(*object, completion, error, detail);
    detail = "the body is not an object: " + quoted(text);
    return errc::invalid_response;
}

} // namespace async_llm::codec
