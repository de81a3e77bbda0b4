// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "fuzz/properties.hpp"

#include "codec/encode_request.hpp"
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

// Not by codec/utf8.hpp, on which the code under test relies.
bool is_utf8(std::string_view text) { return is_json(json::serialize(json::string(text))); }

bool is_control_byte(char c) noexcept { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

} // namespace

void require_same(std::string const& first, std::string const& second, char const* promise) {
    if (first != second) throw broken_property(promise + (":\n" + first + "\n---- is not ----\n" + second));
}

bool is_one_line(std::string_view text) {
    // NEL, the separators of lines and of paragraphs, the override that writes from right to left.
    constexpr std::array<std::string_view, 4> harmful{
        "\xc2\x85",
        "\xe2\x80\xa8",
        "\xe2\x80\xa9",
        "\xe2\x80\xae"};
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
    require(is_one_line(describe(ec, response)), "what is thrown for a failure is described in one line");
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
    }
}

} // namespace async_llm::fuzz
