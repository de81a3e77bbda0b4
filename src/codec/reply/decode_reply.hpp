// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_REPLY_DECODE_REPLY_HPP
#define ASYNC_LLM_CODEC_REPLY_DECODE_REPLY_HPP

#include "codec/chat/decode_completion.hpp"
#include "codec/http/reply_padding.hpp"
#include "codec/json/decode_limits.hpp"
#include "codec/json/deferred_values.hpp"
#include "codec/json/json_document.hpp"
#include <async_llm/api_error.hpp>
#include <async_llm/chat_completion.hpp>
#include <async_llm/error.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace async_llm::codec {

class stream_collector;

/// A complete reply.
struct reply_view {
    reply_view(int status_code, std::string_view type, std::string_view bytes)
        : status(status_code), content_type(type), body(bytes) {}

    /// 200 or above.
    int status;
    /// The field `Content-Type`. Empty: there was none.
    std::string_view content_type;
    std::string_view body;
    /// The request asked for one choice, as \ref chunk_limits::one_choice.
    bool one_choice = false;
};

/// Judges a reply: no error means a completion with at least one choice.
/**
 * A status is not enough: providers report failures inside of 200, pad the body while they wait, and
 * send web pages. A stream of events that was not asked for is read as one that was. `completion` and `error`
 * get whatever could be understood; `detail` becomes a sentence about the failure. Linear in the body's size.
 * Preconditions: `completion`, `error` and `detail` are as new.
 */
error_code decode_reply(
    reply_view const& reply,
    decode_limits const& limits,
    chat_completion& completion,
    api_error& error,
    std::string& detail
);

/// Bodies up to this size are decoded within some milliseconds by \ref decode_reply.
constexpr std::size_t max_body_in_one_step = 128u * 1024;

/// Decoder of a reply in steps, so that a large one does not hold its thread.
class reply_decoder {
public:
    /// As \ref decode_reply. All that is referred to has to stay.
    reply_decoder(
        reply_view const& reply,
        decode_limits const& limits,
        chat_completion& completion,
        api_error& error,
        std::string& detail
    );
    reply_decoder(reply_decoder const&) = delete;
    reply_decoder& operator=(reply_decoder const&) = delete;
    ~reply_decoder();

    /// Decodes for some milliseconds at most. True: \ref result is known, and the memory for it given back.
    bool step();

    /// Gives memory back for some milliseconds at most, whatever has been decoded. True: there is none.
    bool give_up();

    /// Work of all steps so far, as \ref json_budget::take_work counts it.
    std::size_t work() const noexcept { return body_.budget().work(); }

    /// Result as of \ref decode_reply.
    error_code const& result() const noexcept { return result_; }

private:
    enum class stage { padding, parsing, decoding, events, ended };

    bool is_failure() const noexcept { return reply_.status >= 300; }
    bool is_small() const noexcept { return reply_.body.size() <= max_body_in_one_step; }
    void look_at_start();
    void end_of_parsing();
    void judge_failure(std::string_view text);
    error_code judge_object();
    error_code judge_calls();
    error_code judge_without_choices(json_view body);
    bool read_events();
    std::string pending() const;
    void note_other_api(std::string_view text);
    void end(error_code ec);

    reply_view reply_;
    decode_limits limits_;
    chat_completion& completion_;
    api_error& error_;
    std::string& detail_;
    stage stage_ = stage::padding;
    error_code result_;
    reply_padding padding_;
    /// Position of what is to be parsed.
    std::size_t begin_ = 0;
    json_document body_;
    deferred_values later_;
    std::optional<completion_decoder> decoder_;
    std::unique_ptr<stream_collector> events_;
};

} // namespace async_llm::codec

#endif
