// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "fuzz/properties.hpp"

#include "codec/chat/encode_request.hpp"
#include <async_llm/completion_error.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include <algorithm>
#include <array>

namespace async_llm::fuzz {
namespace {

namespace json = boost::json;

// A detail has a few words of the client's own, and at most 100 characters of each of a few foreign texts.
constexpr std::size_t longest_detail = 1500;

bool is_json(std::string const& text) {
    error_code ec;
    json::parse(text, ec);
    return !ec;
}

// Not by base/utf8.hpp, on which the code under test relies.
bool is_utf8(std::string_view text) { return is_json(json::serialize(json::string(text))); }

bool has_null(json::object const& object) {
    return std::any_of(object.begin(), object.end(), [](auto const& member) {
        return member.value().is_null();
    });
}

bool is_blank(std::string const& text) { return text.find_first_not_of(" \t\r\n\v\f") == std::string::npos; }

/// Requires that a server which parses the arguments can, and finds what the model wrote.
void require_arguments(std::string const& sent, std::string const& written) {
    error_code ec;
    auto const value = json::parse(sent, ec);
    require(!ec || sent == written, "arguments that are sent back are JSON");
    if (is_blank(written)) require(sent == "{}", "empty arguments are sent back as an empty object");
    if (is_blank(written) || sent == written) return;
    // What only a lenient reader takes goes back as it took it.
    auto const read = tool_call("", "", written).parse_arguments(ec);
    if (!ec) return require(value == read, "arguments are sent back as they are read");
    require_same(
        std::string(value.at("invalid_arguments").as_string()),
        written,
        "arguments that are not JSON are sent back as they are"
    );
}

void require_call(json::object const& sent, tool_call const& call) {
    require(!has_null(sent), "no null is sent back with a call");
    require_same(std::string(sent.at("id").as_string()), call.id, "a call keeps its id");
    require_same(std::string(sent.at("type").as_string()), call.type, "a call keeps its type");
    bool const is_custom = call.type == "custom";
    auto const* const inner = sent.if_contains(is_custom ? "custom" : "function");
    if (!inner) return require(call.name.empty() && call.arguments.empty(), "a call keeps what is called");
    auto const& called = inner->as_object();
    if (call.name.empty() && call.arguments.empty() && !called.contains("name")) return;
    require(!has_null(called), "no null is sent back with what is called");
    require_same(std::string(called.at("name").as_string()), call.name, "a call keeps its name");
    require(!call.name.empty(), "no call is sent back without a name");
    auto const text = std::string(called.at(is_custom ? "input" : "arguments").as_string());
    if (is_custom)
        require_same(text, call.arguments, "a custom call keeps its input");
    else
        require_arguments(text, call.arguments);
}

/// Requires that the history says what the model said.
void require_history(json::object const& sent, assistant_message const& said) {
    require(!has_null(sent), "no null is sent back with a message");
    auto const* const calls = sent.if_contains("tool_calls");
    require((calls ? calls->as_array().size() : 0) == said.tool_calls.size(), "no call is lost");
    for (std::size_t i = 0; i < said.tool_calls.size(); ++i)
        require_call(calls->as_array()[i].as_object(), said.tool_calls[i]);
    auto const* const reasoning = sent.if_contains(to_string(said.reasoning_member));
    require(bool(reasoning) == said.reasoning.has_value(), "reasoning is sent back under its name");
    if (reasoning) require_same(std::string(reasoning->as_string()), *said.reasoning, "reasoning is kept");
    auto const* const content = sent.if_contains("content");
    if (content && content->is_string())
        require_same(std::string(content->as_string()), *said.content, "the text is kept");
    else
        require(bool(content) || !said.content, "the text is not lost");
}

bool is_control_byte(char c) noexcept { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

} // namespace

void require_same(std::string const& first, std::string const& second, char const* promise) {
    if (first != second) throw broken_property(promise + (":\n" + first + "\n---- is not ----\n" + second));
}

bool is_one_line(std::string_view text) {
    // NEL, the separators of lines and of paragraphs, the override that writes from right to left.
    constexpr std::array<std::string_view, 4>
        harmful{"\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xae"};
    return is_utf8(text) && std::none_of(text.begin(), text.end(), is_control_byte) &&
        std::none_of(harmful.begin(), harmful.end(), [text](std::string_view mark) {
               return text.find(mark) != std::string_view::npos;
           });
}

void require_told(error_code ec, api_error const& error, std::string const& detail) {
    require(ec.failed(), "a failure has a code");
    require(!detail.empty(), "a failure has a detail");
    require(detail.size() <= longest_detail, "the detail of a failure is short");
    require(is_one_line(detail), "the detail of a failure is one line");
    chat_response response;
    response.error = error;
    response.info.detail = detail;
    require(is_one_line(explain(ec, response)), "what is thrown for a failure is described in one line");
}

void require_sendable(chat_completion const& completion) {
    chat_request request("a-model");
    for (auto const& choice : completion.choices) request.messages.emplace_back(choice.message);
    dialect accepted;
    accepted.takes_reasoning_back = true;
    std::string body;
    std::string detail;
    if (auto const ec = codec::encode_request(request, accepted, body, detail)) {
        require(ec == errc::invalid_request, "a request that can't be encoded is invalid");
        require(!detail.empty(), "a request that can't be encoded is refused with a reason");
        require(body.empty(), "nothing is left of a request that can't be encoded");
    } else {
        require(is_json(body), "a request that was encoded is JSON");
        auto const sent = json::parse(body);
        for (std::size_t i = 0; i < completion.choices.size(); ++i)
            require_history(sent.at("messages").at(i).as_object(), completion.choices[i].message);
    }
}

} // namespace async_llm::fuzz
