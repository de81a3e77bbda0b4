// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "base/has_text.hpp"
#include <async_llm/chat_chunk.hpp>

#include <algorithm>

namespace async_llm {
namespace {

bool says_something(message_delta const& delta) noexcept {
    return codec::has_text(delta.content) || codec::has_text(delta.reasoning) ||
        codec::has_text(delta.refusal) || !delta.content_parts.empty() ||
        (delta.reasoning_details && !delta.reasoning_details->empty()) || !delta.tool_calls.empty() ||
        !delta.images.empty() || !delta.audio.is_null() || !delta.annotations.empty();
}

} // namespace

chat_chunk::chat_chunk() = default;
chat_chunk::chat_chunk(chat_chunk const&) = default;
chat_chunk::chat_chunk(chat_chunk&&) noexcept = default;
chat_chunk& chat_chunk::operator=(chat_chunk const&) = default;
chat_chunk& chat_chunk::operator=(chat_chunk&&) noexcept = default;
chat_chunk::~chat_chunk() = default;

std::string_view chat_chunk::text() const noexcept {
    auto const first = std::ranges::find(choices, 0, &chunk_choice::index);
    return first != choices.end() && first->delta.content ? *first->delta.content : std::string_view();
}

bool chat_chunk::has_content() const noexcept {
    return std::ranges::any_of(choices, [](auto const& choice) {
        return says_something(choice.delta) || !(choice.finish_reason == async_llm::finish_reason::none);
    });
}

} // namespace async_llm
