// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "support/told.hpp"

#include <async_llm/completion_error.hpp>
#include <async_llm/telemetry.hpp>

#include <boost/algorithm/string/predicate.hpp>
#include <boost/json/serialize.hpp>

#include <utility>
#include <variant>

namespace async_llm::test {
namespace {

std::string text_of(std::vector<header> const& fields) {
    std::string result;
    for (auto const& each : fields) result += each.name + ": " + each.value + '\n';
    return result;
}

std::string text_of(response_info const& info) {
    auto result = info.request_id + '\n' + info.detail + '\n' + text_of(info.headers);
    for (auto const& each : info.failed_attempts) result += each.detail + '\n';
    return result;
}

std::string text_of(api_error const& error) {
    std::string result;
    for (auto const* each :
         {&error.message, &error.type, &error.code, &error.param, &error.provider_name, &error.upstream})
        result += *each + '\n';
    return result + boost::json::serialize(error.raw) + '\n';
}

std::string text_of(chat_response const& response) {
    auto result = text_of(response.info) + text_of(response.error);
    for (auto const& each : response.completion.choices) {
        if (each.error) result += text_of(*each.error);
    }
    // Without a choice, this is no content.
    if (response.completion.choices.empty()) result += boost::json::serialize(response.completion.extra);
    return result;
}

std::string text_of(std::vector<telemetry::attribute> const& attributes) {
    std::string result;
    for (auto const& each : attributes) {
        if (auto const* text = std::get_if<std::string>(&each.value))
            result.append(each.name).append("=").append(*text).append("\n");
        auto const* texts = std::get_if<std::vector<std::string>>(&each.value);
        for (auto const& text : texts ? *texts : std::vector<std::string>())
            result.append(each.name).append("=").append(text).append("\n");
    }
    return result;
}

debug_log_options everything() {
    debug_log_options result;
    result.content = true;
    result.reply_headers = {"*"};
    return result;
}

} // namespace

bool holds(std::string_view text, std::string_view part) { return boost::algorithm::icontains(text, part); }

std::string told(error_code ec, chat_response const& response) {
    auto result = text_of(response);
    if (ec) result += describe(ec, response) + '\n' + completion_error(ec, response).what() + '\n';
    return result;
}

listener::listener()
    : writer_([this](std::string_view line) { log_.append(line).append("\n"); }, everything()) {}

std::string listener::told_by(call_event const& event) { return text_of(event.info); }

std::string listener::told_by(attempt_started_event const& event) {
    return text_of(event.info) + text_of(event.headers);
}

std::string listener::told_by(call_finished_event const& event) {
    auto result = text_of(event.response) + text_of(telemetry::attributes_of(event));
    for (auto const& each : telemetry::measurements_of(event)) result += text_of(each.attributes);
    return result;
}

} // namespace async_llm::test
