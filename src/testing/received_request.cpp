// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)
#include "testing/field_name.hpp"
#include "testing/request_check.hpp"
#include <async_llm/testing/received_request.hpp>

#include <boost/system/system_error.hpp>

namespace async_llm::testing {
namespace {

namespace json = boost::json;

std::string text_of(json::value const& content) {
    if (auto const* text = content.if_string()) return std::string(*text);
    std::string result;
    auto const* parts = content.if_array();
    for (std::size_t i = 0; parts && i < parts->size(); ++i) {
        auto const* part = (*parts)[i].if_object();
        auto const* text = part ? part->if_contains("text") : nullptr;
        if (text && text->is_string()) result += text->get_string();
    }
    return result;
}

bool is_user(json::object const& message) {
    auto const* role = message.if_contains("role");
    return role && *role == "user";
}

// The body's value of that key, null if there is none or the body is no JSON object.
json::value member(std::string const& body, json::string_view key) {
    error_code ec;
    auto const value = parse_body(body, ec);
    auto const* object = ec ? nullptr : value.if_object();
    auto const* found = object ? object->if_contains(key) : nullptr;
    return found ? *found : json::value();
}

} // namespace

std::string_view received_request::header(std::string_view name) const noexcept {
    for (auto const& [field, value] : headers) {
        if (same_field_name(field, name)) return value;
    }
    return {};
}

std::size_t received_request::header_count(std::string_view name) const noexcept {
    std::size_t result = 0;
    for (auto const& field : headers) result += same_field_name(field.first, name) ? 1U : 0U;
    return result;
}

json::value received_request::json() const {
    error_code ec;
    auto result = parse_body(body, ec);
    if (ec) throw boost::system::system_error(ec, "request body");
    return result;
}

std::string received_request::model() const {
    auto const value = member(body, "model");
    return value.is_string() ? std::string(value.get_string()) : std::string();
}

std::string received_request::last_user_text() const {
    auto const messages = member(body, "messages");
    auto const* list = messages.if_array();
    for (auto i = list ? list->size() : 0; i-- > 0;) {
        auto const* message = (*list)[i].if_object();
        auto const* content = message && is_user(*message) ? message->if_contains("content") : nullptr;
        if (content) return text_of(*content);
    }
    return {};
}

bool received_request::streaming() const { return member(body, "stream") == true; }

} // namespace async_llm::testing
