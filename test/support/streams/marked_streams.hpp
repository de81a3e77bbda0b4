// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_STREAMS_MARKED_STREAMS_HPP
#define ASYNC_LLM_TEST_SUPPORT_STREAMS_MARKED_STREAMS_HPP

#include "support/streams/marked_completions.hpp"
#include <async_llm/chat_stream.hpp>

#include <cstddef>
#include <exception>
#include <random>
#include <string>
#include <vector>

namespace async_llm::test {

/// Answers of a server to marked streams: a few words, with a while before the head and between the words.
testing::mock_provider::responder streaming_marks(std::mt19937& random);

/// Streams, so many of them at a time, each with a mark in every word.
class marked_streams {
public:
    marked_streams(client_fixture& w, client const& from, std::size_t total, std::size_t in_flight);
    marked_streams(marked_streams const&) = delete;
    marked_streams& operator=(marked_streams const&) = delete;

    /// Runs the loop until so many of them have ended.
    void run_until_ended(std::size_t count);

    /// Waits for the coroutines themselves.
    void finish();

    /// Fails the test if one failed with nothing delivered, has a word twice, or was served too often.
    void check(served_marks const& served) const;

    /// Number of calls that had delivered something, and ended with an error.
    std::size_t broken() const;

    /// Number of calls that were begun anew, and ended well.
    std::size_t begun_anew() const;

    /// Summarizes them in a line.
    std::string figures() const;

private:
    struct one_stream {
        one_stream() = default;

        std::string text;
        error_code ec;
        response_info info;
    };

    asio::awaitable<void> work();
    asio::awaitable<void> read(std::size_t number, one_stream& result);
    static void check(one_stream const& s, std::size_t number, std::size_t served);

    client_fixture& fixture_;
    client const& client_;
    std::vector<one_stream> streams_;
    std::size_t workers_;
    std::size_t begun_ = 0;
    std::size_t ended_ = 0;
    std::size_t workers_ended_ = 0;
};

} // namespace async_llm::test

#endif
