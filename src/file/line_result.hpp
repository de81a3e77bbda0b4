// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_FILE_LINE_RESULT_HPP
#define ASYNC_LLM_FILE_LINE_RESULT_HPP

#include "codec/batch/line_key.hpp"
#include "file/line_hasher.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace async_llm::file {

/// Line of the input in the output: its names.
struct line_identity {
    line_identity() = default;

    std::uint64_t line = 0;
    std::string custom_id;
    codec::line_key key{};
    /// Place in the order of an ordered output.
    std::uint64_t sequence = 0;
};

/// Line that is to be asked.
struct line_task : line_identity {
    line_task() = default;

    /// Below the base URL.
    std::string path;
    std::string body;
    content_hash content{};
};

/// End of a line that was asked.
struct line_result {
    line_result() = default;

    line_identity line;
    content_hash content{};
    /// 0: no reply.
    int status = 0;
    std::string request_id;
    std::string body;
    /// Empty: it is an answer.
    std::string error_code;
    std::string error_message;
    bool is_final = false;
    /// It ended with the run, and is to be asked again.
    bool is_cancelled = false;
    int attempts = 0;
    std::int64_t latency_ms = 0;
    std::string provider;
    std::optional<double> cost;
};

/// Counts of a run, by its files.
struct file_counts {
    file_counts() = default;

    std::uint64_t lines = 0;
    std::uint64_t answered_before = 0;
    std::uint64_t failed_before = 0;
    std::uint64_t answered = 0;
    std::uint64_t failed = 0;
    std::uint64_t refused = 0;
    std::uint64_t cancelled = 0;
    std::uint64_t deduplicated = 0;
    std::uint64_t edited = 0;
    std::uint64_t superseded = 0;
    std::uint64_t unreadable = 0;
    std::uint64_t torn_bytes = 0;
    std::uint64_t maybe_asked_twice = 0;
    std::uint64_t to_ask = 0;
    std::uint64_t estimated_tokens = 0;
    std::uint64_t input_bytes = 0;
    std::uint64_t input_size = 0;
    bool input_ended = false;
};

} // namespace async_llm::file

#endif
