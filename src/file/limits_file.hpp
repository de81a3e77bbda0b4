// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_FILE_LIMITS_FILE_HPP
#define ASYNC_LLM_FILE_LIMITS_FILE_HPP

#include "file/file_handle.hpp"
#include "policy/token_bucket.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace async_llm::file {

/// Rate limits of a job whose state is in a file, of which each process takes what it needs.
/**
 * Blocks. The file is one line of JSON of a fixed length, so that it is written whole: what is left of
 * requests and tokens, and when that was. One that can't be read counts as a bucket that was just emptied.
 */
class limits_file {
public:
    using milliseconds = std::chrono::milliseconds;
    /// Since the epoch of the system's clock.
    using microseconds = std::chrono::microseconds;

    limits_file(
        std::string path,
        std::optional<std::int64_t> requests_per_minute,
        std::optional<std::int64_t> tokens_per_minute,
        milliseconds burst,
        milliseconds lock_timeout
    );

    struct result {
        /// Of the demands, the first so many may go.
        std::size_t granted = 0;
        /// Time until the next one may, if no other process takes anything.
        microseconds wait{0};
    };

    /// Takes a request for each demand, in tokens, as far as there are any.
    /**
     * `put_back_requests`, `put_back_tokens`: taken before, and not needed; below zero: needed beyond that.
     * Throws \ref file_error.
     */
    result take(
        std::vector<std::int64_t> const& demands,
        std::int64_t put_back_requests,
        std::int64_t put_back_tokens,
        microseconds now
    );

private:
    using bucket = std::optional<policy::token_bucket>;

    class lock;

    void read(microseconds now);
    void read_text(std::string_view text, microseconds now);
    void write(microseconds now);
    bucket make(std::optional<std::int64_t> per_minute, policy::time_point at) const;

    std::string path_;
    std::optional<std::int64_t> requests_per_minute_;
    std::optional<std::int64_t> tokens_per_minute_;
    milliseconds burst_;
    milliseconds lock_timeout_;
    file_handle file_;
    microseconds at_{0}; // of what was read
    bucket requests_;
    bucket tokens_;
};

} // namespace async_llm::file

#endif
