// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_PROMISED_CALLS_HPP
#define ASYNC_LLM_CODEC_PROMISED_CALLS_HPP

#include "codec/error_words.hpp"
#include "codec/has_text.hpp"
#include <async_llm/chat_chunk.hpp>
#include <async_llm/chat_completion.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace async_llm::codec {

/// Tells whether the model ends in order to have tools called.
inline bool promises_calls(open_enum<finish_reason> const& reason) noexcept {
    if (reason == finish_reason::tool_calls || reason == finish_reason::function_call) return true;
    if (!(reason == finish_reason::unknown)) return false;
    for (std::string_view const plain :
         {"toolcalls", "toolcall", "tooluse", "functioncalls", "functioncall"}) {
        if (is_named(reason.text(), plain)) return true;
    }
    return false;
}

/// Tells whether a message, or a piece of one, has a call, or else anything to show: not reasoning alone.
template <class Message>
bool keeps_promise(Message const& said) noexcept {
    if (!said.tool_calls.empty()) return true;
    // Calls that could not be read.
    if (said.extra.contains("tool_calls")) return false;
    return has_text(said.content) || !said.content_parts.empty() || has_text(said.refusal) ||
        !said.images.empty() || !said.audio.is_null();
}

/// Sentence about a finish reason for which there is no call.
inline std::string broken_promise() {
    return "the finish reason is that of tool calls, but there is neither a call nor a text";
}

/// Watch on the finish reasons of a stream: an end with `tool_calls` and without calls is no answer unless it
/// has text.
class promised_calls {
public:
    void note(chat_chunk const& chunk) noexcept {
        // Nothing more can go wrong then.
        if (kept_) return;
        for (auto const& choice : chunk.choices) {
            kept_ = kept_ || keeps_promise(choice.delta);
            promised_ = promised_ || promises_calls(choice.finish_reason);
        }
    }

    /// True: a choice has ended with the promise of calls, and there is nothing.
    bool are_missing() const noexcept { return promised_ && !kept_; }

private:
    bool promised_ = false;
    bool kept_ = false;
};

/// Tells whether a choice of a whole reply ends with `tool_calls`, and has neither a call nor a text.
inline bool lack_calls(std::vector<choice> const& choices) noexcept {
    return std::any_of(choices.begin(), choices.end(), [](choice const& each) {
        return promises_calls(each.finish_reason) && !keeps_promise(each.message);
    });
}

} // namespace async_llm::codec

#endif
