// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)
#include "testing/reply_content.hpp"

#include "testing/field_name.hpp"

#include <boost/beast/http/status.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <chrono>
#include <ctime>

namespace async_llm::testing {
namespace {

namespace json = boost::json;

std::int64_t unix_time() {
    using namespace std::chrono;
    return duration_cast<seconds>(system_clock::now().time_since_epoch()).count();
}

std::string iso_time() {
    auto const now = static_cast<std::time_t>(unix_time());
    std::tm parts{};
    gmtime_r(&now, &parts);
    char text[32];
    auto const size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S.000Z", &parts);
    return std::string(text, size);
}

// Unique within a server: there is one reply to each request of each connection.
std::string unique_part(received_request const& request) {
    return std::to_string(request.connection) + "x" + std::to_string(request.request_on_connection);
}

// About what the Llama tokenizers make of English text.
std::int64_t token_estimate(std::size_t characters) { return static_cast<std::int64_t>(characters / 4 + 1); }

json::object usage(received_request const& request, std::string const& text) {
    auto const prompt = token_estimate(request.last_user_text().size()) + 10;
    auto const completion = token_estimate(text.size());
    json::object result;
    result["prompt_tokens"] = prompt;
    result["completion_tokens"] = completion;
    result["total_tokens"] = prompt + completion;
    return result;
}

json::object choice(provider_dialect dialect, std::string const& text) {
    json::object message;
    message["role"] = "assistant";
    message["content"] = text;
    if (dialect == provider_dialect::aimlapi)
        message["tool_calls"] = json::array();
    else
        message["refusal"] = nullptr;
    json::object result;
    result["index"] = 0;
    result["finish_reason"] = "stop";
    result["logprobs"] = nullptr;
    if (dialect == provider_dialect::openrouter) result["native_finish_reason"] = "stop";
    result["message"] = std::move(message);
    return result;
}

std::string
completion_body(provider_dialect dialect, received_request const& request, std::string const& text) {
    bool const openrouter = dialect == provider_dialect::openrouter;
    auto model = request.model();
    if (model.empty()) // OpenRouter: the account's default model
        model = "openrouter/auto";
    json::object body;
    body["id"] = (openrouter ? "gen-" : "chatcmpl-") + unique_part(request);
    if (openrouter) body["provider"] = "Stand-in";
    body["object"] = "chat.completion";
    body["created"] = unix_time();
    body["model"] = model;
    body["choices"] = json::array(1, choice(dialect, text));
    if (dialect != provider_dialect::aimlapi) body["system_fingerprint"] = nullptr;
    body["usage"] = usage(request, text);
    return json::serialize(body);
}

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
    body["timestamp"] = iso_time();
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
    case reply_content::completion: reply.body = completion_body(dialect, request, reply.body); break;
    case reply_content::echo: reply.body = completion_body(dialect, request, request.last_user_text()); break;
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
    reply.content = reply_content::verbatim;
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
