// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "base/enum_names.hpp"
#include <async_llm/chat_completion.hpp>
#include <async_llm/chat_response.hpp>

#include <array>

namespace async_llm {
namespace {

constexpr std::array<std::string_view, 7>
    reasons{"", "stop", "length", "tool_calls", "content_filter", "function_call", "error"};

} // namespace

chat_response::chat_response() = default;
chat_response::chat_response(chat_response const&) = default;
chat_response::chat_response(chat_response&&) noexcept = default;
chat_response& chat_response::operator=(chat_response const&) = default;
chat_response& chat_response::operator=(chat_response&&) noexcept = default;
chat_response::~chat_response() = default;

std::string_view to_string(finish_reason value) noexcept { return codec::spelling_of(reasons, value); }

bool from_string(std::string_view text, finish_reason& value) noexcept {
    return codec::find_spelling(reasons, text, value);
}

std::string_view chat_completion::text() const noexcept {
    if (choices.empty() || !choices.front().message.content) return {};
    return *choices.front().message.content;
}

std::vector<tool_call> const& chat_completion::tool_calls() const noexcept {
    static std::vector<tool_call> const none;
    return choices.empty() ? none : choices.front().message.tool_calls;
}

} // namespace async_llm
