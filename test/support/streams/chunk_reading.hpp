// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_STREAMS_CHUNK_READING_HPP
#define ASYNC_LLM_TEST_SUPPORT_STREAMS_CHUNK_READING_HPP

#include "codec/reply/chunk_reader.hpp"
#include <async_llm/chat_completion.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace async_llm::test {

/// Way to give a body to a \ref codec::chunk_reader.
struct feeding {
    feeding() = default;

    int status = 200;
    std::string content_type = "text/event-stream";
    codec::chunk_limits limits;
    /// False: the body breaks off.
    bool complete = true;
    /// False: its end is not reported.
    bool to_the_end = true;
};

/// Feeds under this label; \ref broken: a body that breaks off; \ref open_ended: one whose end is not
/// reported.
feeding labelled(std::string content_type);
feeding broken(std::string content_type = "text/event-stream");
feeding open_ended(std::string content_type = "text/event-stream");

/// Result of reading a body.
struct chunk_reading {
    using outcome = codec::chunk_reader::outcome;

    chunk_reading() = default;

    std::vector<chat_chunk> chunks;
    /// Outcome at its end; `need_more` if the end was not reported.
    outcome end = outcome::need_more;
    /// The chunk that came with a failure.
    chat_chunk last;
    error_code ec;
    api_error error;
    std::string detail;
    bool is_stream = false;
    bool is_document = false;
    bool has_finished = false;
    std::string document;

    /// Is this part of the sentence about the failure?
    bool mentions(std::string_view part) const { return detail.find(part) != std::string::npos; }
    /// The text of the first choice in all chunks.
    std::string text() const;
    /// All chunks, the last one too, folded into a completion.
    chat_completion completion() const;
    /// Everything above.
    std::string describe() const;
};

/// Gives a reader the body in these pieces.
chunk_reading read_pieces(std::vector<std::string_view> const& pieces, feeding const& how = feeding());

/// Reads a body in one piece.
chunk_reading read_whole(std::string_view body, feeding const& how = feeding());

/// Reads a body whole, byte by byte, and split in two at every place; each has to give the same.
chunk_reading read_everyhow(std::string_view body, feeding const& how = feeding());

/// \ref read_everyhow, and the same with the other ends of lines.
chunk_reading read_stream(std::string_view body, feeding const& how = feeding());

/// A stream, however it is given, ends with this text.
chunk_reading check_ends_well(std::string_view body, std::string_view text, feeding const& how = feeding());

/// A stream, however it is given, fails so after this text.
chunk_reading
check_fails(std::string_view body, error_code ec, std::string_view text, feeding const& how = feeding());

} // namespace async_llm::test

#endif
