// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)
#include "testing/request_check.hpp"

#include "testing/field_name.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <array>

namespace async_llm::testing {
namespace {

bool is_for_chat(received_request const& request) {
    constexpr std::array<std::string_view, 3> served{
        "/v1/chat/completions",
        "/api/v1/chat/completions",
        "/chat/completions"
    };
    auto const path = std::string_view(request.target).substr(0, request.target.find('?'));
    return std::find(served.begin(), served.end(), path) != served.end();
}

void check_target(mock_options const& options, received_request const& request) {
    bool const for_chat = is_for_chat(request);
    if (!for_chat && !options.any_endpoint)
        throw request_fault(404, "Not Found: " + request.method + " " + request.target);
    bool const gets = !for_chat && request.method == "GET";
    if (!gets && request.method != "POST") throw request_fault(405, "Method Not Allowed: " + request.method);
}

void check_key(mock_options const& options, received_request const& request) {
    constexpr std::string_view scheme = "Bearer ";
    auto const value = request.header("Authorization");
    if (value.size() <= scheme.size() || !same_field_name(value.substr(0, scheme.size()), scheme))
        throw request_fault(
            401,
            options.dialect == provider_dialect::openrouter ? "No auth credentials found"
                                                            : "You didn't provide an API key."
        );
    auto const key = value.substr(scheme.size());
    auto const& keys = options.accepted_keys;
    if (!keys.empty() && std::find(keys.begin(), keys.end(), key) == keys.end())
        throw request_fault(
            401,
            options.dialect == provider_dialect::openrouter ? "User not found."
                                                            : "Incorrect API key provided."
        );
}

void check_content_type(received_request const& request) {
    auto type = request.header("Content-Type");
    type = type.substr(0, type.find(';'));
    while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.remove_suffix(1);
    if (!same_field_name(type, "application/json"))
        throw request_fault(415, "Unsupported Media Type: expected application/json");
    if (request.header_count("Content-Type") != 1) throw request_fault(400, "More than one Content-Type");
}

void check_without_body(received_request const& request) {
    bool const has_fields =
        request.header_count("Content-Type") != 0 || request.header_count("Content-Length") != 0;
    if (!request.body.empty() || has_fields) throw request_fault(400, "GET has no body");
}

} // namespace

boost::json::value parse_body(std::string const& body, error_code& ec) {
    boost::json::parse_options limits;
    limits.max_depth = 256;
    return boost::json::parse(body, ec, {}, limits);
}

std::optional<request_fault> check_request(mock_options const& options, received_request const& request) {
    try {
        check_target(options, request);
        if (options.check_authorization) check_key(options, request);
        if (options.check_body && request.method == "GET") {
            check_without_body(request);
        } else if (options.check_body) {
            check_content_type(request);
            error_code ec;
            auto const body = parse_body(request.body, ec);
            if (ec) throw request_fault(400, "The body is not valid JSON: " + ec.message());
            if (is_for_chat(request)) check_chat_body(options.dialect, body);
        }
    } catch (request_fault& fault) {
        return std::move(fault);
    }
    return std::nullopt;
}

} // namespace async_llm::testing
