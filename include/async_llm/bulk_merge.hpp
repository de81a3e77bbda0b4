// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_BULK_MERGE_HPP
#define ASYNC_LLM_BULK_MERGE_HPP

#include <async_llm/bulk_file_options.hpp>
#include <async_llm/detail/config.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace async_llm {

/// Counts of \ref merge_bulk_files.
struct bulk_merge_report {
    bulk_merge_report() = default;

    /// Answers that were written.
    std::uint64_t answers = 0;
    /// Failures that were written: those without an answer, each once.
    std::uint64_t failures = 0;
    /// Answers left out because a later one has their `custom_id`: the prompt was edited, or asked twice.
    std::uint64_t superseded = 0;
    /// Lines of the outputs and errors files that are none, and were left out; a torn last line is one.
    std::uint64_t unreadable = 0;
};

/// Merges the outputs of several runs or shards into one file, in the order of the input.
/**
 * `outputs`: files of \ref bulk_file; the errors file beside each (`out.errors.jsonl`) is merged into that
 * beside `merged`, if there is one. `input`: file whose order is restored; empty: by the line numbers that
 * the outputs have. Of several answers with the same `custom_id` the later counts: the later line of a file,
 * of the later file. Answers to lines that the input does not have come last.
 *
 * `merged` must be none of the others; it is written beside itself (`.tmp`) and renamed at the end, so it is
 * whole or as before. Memory: about 50 bytes for each line, and none of the bodies.
 *
 * Blocks the calling thread. Throws `boost::system::system_error` with the system's error and the path; with
 * `errc::invalid_request` for no outputs, or for `merged` among them.
 *
 * Thread safety: may be called from any thread, with other files.
 */
ASYNC_LLM_DECL bulk_merge_report merge_bulk_files(
    std::vector<std::string> const& outputs,
    std::string const& merged,
    std::string const& input
);

/// Result of \ref check_bulk_files. Numbers of lines, unless said otherwise.
struct bulk_check_report {
    bulk_check_report() = default;

    /// Requests of the input: its lines without blank and refused ones.
    std::uint64_t requests = 0;
    /// Of them, those with an answer to what they say now.
    std::uint64_t answered = 0;
    /// Those that failed, and have no answer.
    std::uint64_t failed = 0;
    /// Of `failed`: for good; asked again only with `bulk_file_options::retry_failed`.
    std::uint64_t failed_for_good = 0;
    /// Those with an answer to another body: edited since.
    std::uint64_t edited = 0;
    /// Those with none of these.
    std::uint64_t missing = 0;
    /// Lines of the input that can't be asked.
    std::uint64_t refused = 0;
    /// Answers beyond the first to the same request.
    std::uint64_t duplicated = 0;
    /// Answers to another body, with a later answer behind them.
    std::uint64_t superseded = 0;
    /// Answers to what the input does not have.
    std::uint64_t unknown = 0;
    /// Lines of the outputs and errors files that are none.
    std::uint64_t unreadable = 0;
    /// Tokens and cost in USD of all answers, superseded ones included. Unset: no answer has one.
    std::int64_t input_tokens = 0;
    std::int64_t output_tokens = 0;
    std::optional<double> cost;
    /// The first lines of the input that are not answered (missing, edited or failed) or refused, with the
    /// reason; up to the number that was asked for.
    std::vector<bulk_refused_line> open_lines;

    /// Returns whether each request has its answer.
    bool complete() const noexcept { return answered == requests; }
};

/// Compares an input with the outputs of its runs or shards.
/**
 * `model`: as `bulk_file_options::model` of the runs. `max_open_lines`: how many the report names.
 *
 * Errors files are found as \ref merge_bulk_files does; outputs that do not exist count as empty, so that
 * shards that have not begun are missing lines. Memory: about 40 bytes for each line.
 *
 * Blocks the calling thread. Throws `boost::system::system_error` with the system's error and the path.
 *
 * Thread safety: may be called from any thread.
 */
ASYNC_LLM_DECL bulk_check_report check_bulk_files(
    bulk_input input,
    std::vector<std::string> const& outputs,
    std::string const& model = std::string(),
    std::size_t max_open_lines = 100
);

/// Returns the name of the errors file beside an output: `out.jsonl` has `out.errors.jsonl`.
ASYNC_LLM_DECL std::string bulk_errors_path(std::string const& output);

} // namespace async_llm

#endif
