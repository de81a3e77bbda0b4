// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)
#include "testing/reply_content.hpp"

#include "testing/completion_content.hpp"
#include "testing/field_name.hpp"

#include <boost/beast/http/status.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace async_llm::testing {
namespace {

namespace json = boost::json;

std::string openai_error(request_fault const& fault) {
    json::object error;
    error["message"] = fault.message;
    error["type"] = fault.status == 429 ? "rate_limit_exceeded"
        : fault.status >= 500           ? "server_error"
                                        : "invalid_request_error";
    error["param"] = fault.path.empty() ? json::value() : json::value(fault.path);
    error["code"] = fault.status == 401 ? json::value("invalid_api_key") : json::value();
    json::object body;
    body["error"] = std::move(error);
    return json::serialize(body);
}

std::string openrouter_error(request_fault const& fault) {
    json::object error;
    error["message"] = fault.message;
    error["code"] = fault.status;
    if (!fault.path.empty()) {
        json::object metadata;
        metadata["error_type"] = "invalid_request";
        error["metadata"] = std::move(metadata);
    }
    json::object body;
    body["error"] = std::move(error);
    return json::serialize(body);
}

std::string aimlapi_error(request_fault const& fault, received_request const& request) {
    json::object error;
    error["name"] = fault.path.empty() ? "Error" : "BodyValidationException";
    error["message"] = fault.message;
    if (!fault.path.empty()) {
        json::object row;
        row["path"] = fault.path;
        row["reason"] = fault.message;
        error["details"] = json::array(1, std::move(row));
    } else if (fault.status == 403) {
        json::object data;
        data["kind"] = "err_insufficent_credits"; // spelt as the provider spells it
        error["data"] = std::move(data);
    }
    json::object body;
    body["title"] = reason_phrase(fault.status);
    body["status"] = fault.status;
    body["message"] = fault.path.empty() ? fault.message : "Invalid payload provided. Check the details.";
    body["instance"] = request.target;
    body["timestamp"] = utc_time("%Y-%m-%dT%H:%M:%S.000Z");
    body["requestId"] = "req-" + unique_part(request);
    body["error"] = std::move(error);
    return json::serialize(body);
}

std::string
error_body(request_fault const& fault, provider_dialect dialect, received_request const& request) {
    switch (dialect) {
    case provider_dialect::openrouter: return openrouter_error(fault);
    case provider_dialect::aimlapi: return aimlapi_error(fault, request);
    case provider_dialect::openai: break;
    }
    return openai_error(fault);
}

char const* request_id_field(provider_dialect dialect) {
    switch (dialect) {
    case provider_dialect::openrouter: return "X-Generation-Id";
    case provider_dialect::aimlapi: return "x-inference-id";
    case provider_dialect::openai: break;
    }
    return "x-request-id";
}

void set_error(
    scripted_reply& reply,
    request_fault const& fault,
    provider_dialect dialect,
    received_request const& request
) {
    reply.status = fault.status;
    reply.body = error_body(fault, dialect, request);
}

bool is_success(int status) { return status >= 200 && status < 300; }

// Puts the events of the body's text in front of the scripted parts.
void set_events(scripted_reply& reply, provider_dialect dialect, received_request const& request) {
    auto events = completion_events(dialect, request, reply.body);
    std::vector<body_part> parts;
    parts.reserve(events.size() + reply.parts.size());
    for (auto& event : events) parts.emplace_back(scripted_reply::duration::zero(), std::move(event));
    std::move(reply.parts.begin(), reply.parts.end(), std::back_inserter(parts));
    reply.parts = std::move(parts);
    reply.body.clear();
}

// Members of a reply of one piece, and only those, become what providers set for streams.
void set_stream(scripted_reply& reply, provider_dialect dialect, received_request const& request) {
    reply.content = reply_content::stream;
    if (reply.content_type == "application/json") reply.content_type = "text/event-stream";
    if (reply.framing == reply_framing::content_length) reply.framing = reply_framing::chunked;
    set_events(reply, dialect, request);
}

} // namespace

std::string_view reason_phrase(int status) noexcept {
    switch (status) {
    case 103: return "Early Hints";
    case 425: return "Too Early";
    default: break;
    }
    auto const phrase = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(status));
    return phrase == "<unknown-status>" ? std::string_view("Unknown")
                                        : std::string_view(phrase.data(), phrase.size());
}

scripted_reply render(scripted_reply reply, provider_dialect dialect, received_request const& request) {
    switch (reply.content) {
    case reply_content::verbatim: break;
    case reply_content::echo: reply.body = request.last_user_text(); [[fallthrough]];
    case reply_content::completion:
        if (is_success(reply.status) && request.streaming())
            set_stream(reply, dialect, request);
        else
            reply.body = completion_body(dialect, request, reply.body);
        break;
    case reply_content::stream: set_events(reply, dialect, request); break;
    case reply_content::error:
        set_error(reply, request_fault(reply.status, reply.body), dialect, request);
        break;
    case reply_content::recorded: {
        auto const model = reply.body.empty() ? request.model() : reply.body;
        reply.body = recorded_reply(model);
        if (reply.body.empty())
            set_error(
                reply,
                request_fault(404, "No reply is recorded for the model " + model),
                dialect,
                request
            );
        break;
    }
    }
    // Of a stream it stays, since its events may share writes.
    if (reply.content != reply_content::stream) reply.content = reply_content::verbatim;
    auto const* const id_field = request_id_field(dialect);
    bool const scripted =
        std::any_of(reply.headers.begin(), reply.headers.end(), [id_field](auto const& field) {
            return same_field_name(field.first, id_field);
        });
    if (!scripted) reply.headers.emplace_back(id_field, "req-" + unique_part(request));
    return reply;
}

scripted_reply
render_refusal(request_fault const& fault, provider_dialect dialect, received_request const& request) {
    scripted_reply reply(fault.status, std::string());
    set_error(reply, fault, dialect, request);
    if (fault.status == 405) reply.headers.emplace_back("Allow", "POST");
    return render(std::move(reply), dialect, request);
}

} // namespace async_llm::testing
