// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_STREAMS_VERDICT_ROWS_HPP
#define ASYNC_LLM_TEST_SUPPORT_STREAMS_VERDICT_ROWS_HPP

#include <async_llm/detail/config.hpp>

#include <string>
#include <vector>

namespace async_llm::test {

/// Stream of events, and the verdict on it, which is one however it is read.
struct verdict_row {
    verdict_row(
        std::string row_name,
        std::string events,
        error_code verdict,
        std::string answer,
        std::string said = {}
    )
        : name(std::move(row_name)),
          body(std::move(events)),
          ec(verdict),
          text(std::move(answer)),
          words(std::move(said)) {}

    std::string name;
    std::string body;
    /// No error: it is an answer.
    error_code ec;
    /// Text of the first choice, as far as it came.
    std::string text;
    /// Part of the provider's words, or of the sentence about the failure. Empty: not checked.
    std::string words;
};

/// Streams with calls, or with messages, in places where others have none; part of \ref verdict_rows.
std::vector<verdict_row> verdict_rows_of_calls();

/// Streams that answer a request for one choice.
std::vector<verdict_row> const& verdict_rows();

} // namespace async_llm::test

#endif
