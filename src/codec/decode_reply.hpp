// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_DECODE_REPLY_HPP
#define ASYNC_LLM_CODEC_DECODE_REPLY_HPP

#include <async_llm/api_error.hpp>
#include <async_llm/chat_completion.hpp>
#include <async_llm/error.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace async_llm::codec {

/// A complete reply.
struct reply_view {
    reply_view(int status_code, std::string_view type, std::string_view bytes)
        : status(status_code), content_type(type), body(bytes) {}

    /// 200 or above.
    int status;
    /// The field `Content-Type`. Empty: there was none.
    std::string_view content_type;
    std::string_view body;
};

/// How much a body may demand.
struct decode_limits {
    decode_limits() = default;
    explicit decode_limits(std::size_t json_depth) : max_json_depth(json_depth) {}

    /// Deepest nesting of the JSON; more than 1000 counts as 1000.
    std::size_t max_json_depth = 128;
};

/// Judges a reply: no error means a completion with at least one choice.
/**
 * A status is not enough to tell: providers report failures inside of 200, pad the body while they wait, and send web
 * pages. `completion` and `error` get whatever could be understood; `detail` becomes a sentence about the failure.
 * Linear in the body's size. Preconditions: `completion`, `error` and `detail` are as new.
 */
error_code decode_reply(
    reply_view const& reply,
    decode_limits const& limits,
    chat_completion& completion,
    api_error& error,
    std::string& detail
);

} // namespace async_llm::codec

#endif
