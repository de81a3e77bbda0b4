// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include <async_llm/chat_request.hpp>

#include <utility>

namespace async_llm {
namespace {

boost::json::object schema_format(std::string name, boost::json::object schema) {
    boost::json::object inner;
    inner["name"] = name;
    inner["schema"] = std::move(schema);
    boost::json::object format;
    format["type"] = "json_schema";
    format["json_schema"] = std::move(inner);
    return format;
}

boost::json::object format_of_type(char const* type) {
    boost::json::object format;
    format["type"] = type;
    return format;
}

} // namespace

chat_request::chat_request() = default;
chat_request::chat_request(std::string model_id) : model(std::move(model_id)) {}
chat_request::chat_request(chat_request const&) = default;
chat_request::chat_request(chat_request&&) noexcept = default;
chat_request& chat_request::operator=(chat_request const&) = default;
chat_request& chat_request::operator=(chat_request&&) noexcept = default;
chat_request::~chat_request() = default;

response_format response_format::text() { return response_format(format_of_type("text")); }

response_format response_format::json_object() { return response_format(format_of_type("json_object")); }

response_format response_format::json_schema(std::string name, boost::json::object schema) {
    return response_format(schema_format(std::move(name), std::move(schema)));
}

response_format response_format::json_schema(std::string name, boost::json::object schema, bool strict) {
    auto format = schema_format(std::move(name), std::move(schema));
    format["json_schema"].get_object()["strict"] = strict;
    return response_format(std::move(format));
}

response_format response_format::raw(boost::json::object value) { return response_format(std::move(value)); }

chat_request& chat_request::add(message m) & {
    messages.push_back(std::move(m));
    return *this;
}

chat_request&& chat_request::add(message m) && { return std::move(add(std::move(m))); }

chat_request& chat_request::system(std::string text) & { return add(message::system(std::move(text))); }

chat_request&& chat_request::system(std::string text) && { return std::move(system(std::move(text))); }

chat_request& chat_request::developer(std::string text) & { return add(message::developer(std::move(text))); }

chat_request&& chat_request::developer(std::string text) && { return std::move(developer(std::move(text))); }

chat_request& chat_request::user(std::string text) & { return add(message::user(std::move(text))); }

chat_request&& chat_request::user(std::string text) && { return std::move(user(std::move(text))); }

chat_request& chat_request::assistant(std::string text) & { return add(message::assistant(std::move(text))); }

chat_request&& chat_request::assistant(std::string text) && { return std::move(assistant(std::move(text))); }

} // namespace async_llm
