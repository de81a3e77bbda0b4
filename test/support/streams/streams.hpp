// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_STREAMS_STREAMS_HPP
#define ASYNC_LLM_TEST_SUPPORT_STREAMS_STREAMS_HPP

#include "support/fixtures/calls.hpp"
#include "support/fixtures/heap.hpp"
#include <async_llm/chat_stream.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace async_llm::test {

/// A stream that is being opened, and what came of it.
struct opening {
    opening() = default;

    bool done = false;
    error_code ec;
    chat_stream stream;
    /// Emit it while the loop does not run.
    asio::cancellation_signal cancel;
};
using opening_ptr = std::shared_ptr<opening>;

/// Begins to open a stream.
opening_ptr
start_stream(client const& from, chat_request request = hello(), request_options options = request_options());

/// Opens a stream, successfully or not.
opening_ptr open_stream(
    client_fixture& w,
    client const& from,
    chat_request request = hello(),
    request_options options = request_options()
);

/// Opens a stream, which has to succeed.
chat_stream open_well(
    client_fixture& w,
    client const& from,
    chat_request request = hello(),
    request_options options = request_options()
);

/// One operation `async_next`, and what came of it.
struct taking {
    taking() = default;

    bool done = false;
    error_code ec;
    std::optional<chat_chunk> chunk;
    /// Of the form that fills a chunk of the caller's.
    bool more = false;
    asio::cancellation_signal cancel;
};
using taking_ptr = std::shared_ptr<taking>;

/// Begins to take a chunk.
taking_ptr start_next(chat_stream& from);

/// Starts to take the next chunk into this one.
taking_ptr start_next(chat_stream& from, chat_chunk& into);

/// Takes a chunk, the end, or an error.
taking_ptr next(client_fixture& w, chat_stream& from);
taking_ptr next(client_fixture& w, chat_stream& from, chat_chunk& into);

/// Everything that a stream has, in order.
struct whole_stream {
    whole_stream() = default;

    std::vector<chat_chunk> chunks;
    /// The text of them all.
    std::string text;
    /// Error that it ended with; none: it ended well.
    error_code ec;
    /// Chunk that came with the error.
    std::optional<chat_chunk> last;
};

/// Reads a stream to its end, by both forms of `async_next` in turns.
whole_stream read_all(client_fixture& w, chat_stream& from);

/// \name Events
/// With their empty line.
/// @{
std::string event(std::string const& data);
/// A chunk with this text of choice 0.
std::string says(std::string const& text);
/// A chunk with this finish reason of choice 0.
std::string finishes(std::string const& reason = "stop");
inline std::string done() { return "data: [DONE]\n\n"; }
/// @}

/// A stream of so many events with the texts `0 `, `1 `, ... and its end.
std::vector<std::string> counted_events(std::size_t count);

/// The text of that stream.
std::string counted_text(std::size_t count);

} // namespace async_llm::test

#endif
