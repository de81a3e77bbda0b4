// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CODEC_BATCH_ANSWER_LINE_HPP
#define ASYNC_LLM_CODEC_BATCH_ANSWER_LINE_HPP

#include "codec/batch/line_key.hpp"
#include <async_llm/chat_completion.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace async_llm::codec {

/// Line of an output or an errors file, to be written.
struct new_answer_line {
    new_answer_line() = default;

    std::string_view custom_id;
    line_key key{};
    std::uint64_t line = 0;

    /// Status of the reply; 0: there was none.
    int status = 0;
    std::string_view request_id;
    /// Body of the reply. What is no JSON becomes a text.
    std::string_view body;

    /// \name Failure
    /// @{
    /// A word. Empty: the line is an answer.
    std::string_view error_code;
    std::string_view error_message;
    /// Is it of no use to ask again?
    bool is_final = false;
    /// Was it never sent, because it can't be?
    bool is_refused = false;
    /// @}

    int attempts = 0;
    std::int64_t latency_ms = 0;
    std::string_view provider;
    std::optional<double> cost;
    /// Id of the line whose answer this is as well. Empty: it was asked itself.
    std::string_view copy_of;
};

/// Appends the line with its line feed.
void append_answer_line(new_answer_line const& line, std::string& out);

/// Line of an output or an errors file, of this library or another.
struct answer_line {
    answer_line() = default;

    std::string custom_id;
    /// Unset: it is not this library's.
    std::optional<line_key> key;
    /// Its number in the input. 0: not known.
    std::uint64_t line = 0;
    /// 0: not known.
    int status = 0;
    /// Has it a reply and no error?
    bool is_answer = false;
    /// \ref new_answer_line
    bool is_final = false;
    bool is_refused = false;
    /// Was it the answer to another line with the same body?
    bool is_copy = false;
    /// As it was written beside the answer.
    std::optional<double> cost;
    /// Body of the reply.
    std::string_view body;
};

/// Reads a line. False: it is none. `line` has to stay as long as the result.
bool read_answer_line(std::string_view line, answer_line& out);

/// Reads what the body of a reply says about tokens and cost. Unset: nothing.
std::optional<usage> read_body_usage(std::string_view body);

} // namespace async_llm::codec

#endif
