// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_REPLY_ENDPOINT_REPLY_HPP
#define ASYNC_LLM_CODEC_REPLY_ENDPOINT_REPLY_HPP

#include "codec/http/reply_padding.hpp"
#include "codec/json/decode_limits.hpp"
#include "codec/json/json_document.hpp"
#include "codec/reply/decode_reply.hpp"
#include <async_llm/api_error.hpp>
#include <async_llm/chat_completion.hpp>
#include <async_llm/error.hpp>

#include <string>

namespace async_llm::codec {

/// Judge of a successful reply of any endpoint, in steps: an error, or an answer whose form is not known.
/**
 * A body is an error if it is an object with a member `error` that reports one, or that says otherwise that
 * it failed (\ref claims_failure), and nothing in it is of an answer: neither a list or object besides those
 * of an error, nor a text. Beside `choices` a member `error` counts, as in a chat completion. Anything else,
 * whatever its form, is an answer.
 *
 * | body of a 200 | verdict |
 * |---|---|
 * | `{"error": {"message": "overloaded"}}`, with `id` or `model` beside it | error |
 * | `{"object": "error", "message": "..."}`, `{"success": false, "result": null}` | error |
 * | `{"error": "...", "choices": [...]}` | error |
 * | `{"object": "batch", "error": {...}, "request_counts": {...}}` | answer |
 * | `{"error": null, "data": [...]}`, `{"message": "deleted"}`, `[...]`, no JSON, nothing | answer |
 */
class endpoint_reply_judge {
public:
    /// `facts` gets `usage`, `id` and `model` of the reply. All that is referred to has to stay.
    /** Preconditions: the status is below 300; `facts`, `error` and `detail` are as new. */
    endpoint_reply_judge(
        reply_view const& reply,
        decode_limits const& limits,
        chat_completion& facts,
        api_error& error,
        std::string& detail
    )
        : reply_(reply), limits_(limits), facts_(facts), error_(error), detail_(detail) {}

    /// Works for some milliseconds at most. True: \ref result is known, and the memory for it given back.
    bool step();

    /// Gives memory back for some milliseconds at most. True: there is none.
    bool give_up();

    /// No error: the body is an answer.
    error_code const& result() const noexcept { return result_; }

private:
    enum class stage { padding, parsing, ended };

    bool is_small() const noexcept { return reply_.body.size() <= max_body_in_one_step; }
    void judge(json_view body);

    reply_view reply_;
    decode_limits limits_;
    chat_completion& facts_;
    api_error& error_;
    std::string& detail_;
    stage stage_ = stage::padding;
    error_code result_;
    reply_padding padding_;
    json_document body_;
};

/// Judges a reply in one step.
error_code judge_endpoint_reply(
    reply_view const& reply,
    decode_limits const& limits,
    chat_completion& facts,
    api_error& error,
    std::string& detail
);

} // namespace async_llm::codec

#endif
