// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_CALLS_PROMISED_CALLS_HPP
#define ASYNC_LLM_CODEC_CALLS_PROMISED_CALLS_HPP

#include "base/ascii.hpp"
#include "base/has_text.hpp"
#include "codec/errors/error_words.hpp"
#include <async_llm/chat_chunk.hpp>
#include <async_llm/chat_completion.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace async_llm::codec {

/// Returns whether the model ends in order to have tools called.
inline bool promises_calls(open_enum<finish_reason> const& reason) noexcept {
    if (reason == finish_reason::tool_calls || reason == finish_reason::function_call) return true;
    return reason == finish_reason::unknown &&
        is_named_any(reason.text(), {"toolcalls", "toolcall", "tooluse", "functioncalls", "functioncall"});
}

/// Returns whether a message, or a piece of one, has a call, or else anything to show: not reasoning alone.
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

/// Sentence about calls of which none has a name.
inline std::string nameless_calls() { return "the tool calls have no name"; }

/// Watch on the calls of a stream: an end with `tool_calls` and without calls is no answer unless it has
/// text, and calls without any name are none.
class promised_calls {
public:
    void note(chat_chunk const& chunk) noexcept {
        for (auto const& choice : chunk.choices) {
            // Nothing more can go wrong then.
            if (!kept_) {
                kept_ = keeps_promise(choice.delta);
                promised_ = promised_ || promises_calls(choice.finish_reason);
            }
            if (!choice.delta.tool_calls.empty() && !named_) note_calls(choice.delta.tool_calls);
        }
    }

    /// True: there is a call or something to show, so the promise cannot be broken any more.
    bool are_kept() const noexcept { return kept_; }
    /// True: a choice has ended with the promise of calls, and there is nothing.
    bool are_missing() const noexcept { return promised_ && !kept_; }
    /// True: there are calls, and none that could be run.
    bool have_no_name() const noexcept { return called_ && !named_; }

private:
    void note_calls(std::vector<tool_call_delta> const& pieces) noexcept {
        for (auto const& piece : pieces) {
            bool const is_usual = piece.type.empty() || piece.type == "function" || piece.type == "custom";
            bool const has_other_notation = !is_usual && !piece.extra.empty();
            named_ = named_ || !trim(piece.name).empty() || has_other_notation;
            called_ = called_ || !piece.id.empty() || !piece.arguments.empty();
        }
    }

    bool promised_ = false;
    bool kept_ = false;
    bool called_ = false;
    bool named_ = false;
};

/// Returns whether a choice of a whole reply ends with `tool_calls`, and has neither a call nor a text.
inline bool lack_calls(std::vector<choice> const& choices) noexcept {
    return std::any_of(choices.begin(), choices.end(), [](choice const& each) {
        return promises_calls(each.finish_reason) && !keeps_promise(each.message);
    });
}

} // namespace async_llm::codec

#endif
