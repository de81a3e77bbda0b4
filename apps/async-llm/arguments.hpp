// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_COMMAND_ARGUMENTS_HPP
#define ASYNC_LLM_COMMAND_ARGUMENTS_HPP

#include <async_llm/bulk_file_options.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace async_llm::command {

/// Arguments that name a server and a model.
struct endpoint_arguments {
    endpoint_arguments() = default;

    /// `openrouter`, `aimlapi` or `openai`. Empty: the first whose key is in the environment.
    std::string provider;
    /// Any other server. Empty: `provider` counts.
    std::string base_url;
    /// Empty: none.
    std::string model;
    /// File with certificate authorities. Empty: the system's alone.
    std::string ca_file;
    bool http2 = false;
};

/// Limits and caps, of a whole job or of the part that a shard has of it. Unset: none.
struct job_limits {
    job_limits() = default;

    std::optional<std::int64_t> requests_per_minute;
    std::optional<std::int64_t> tokens_per_minute;
    /// File by which all shards share those two. Empty: each has its part of them.
    std::string limits_file;
    std::optional<double> max_cost;
    std::optional<std::int64_t> max_total_tokens;
    std::optional<std::int64_t> max_calls;
    /// USD per million tokens, of requests and of answers.
    std::optional<std::pair<double, double>> price;

    bool has_caps() const noexcept { return max_cost || max_total_tokens || max_calls; }
};

/// Kind of the progress that is shown.
enum class progress_kind {
    /// A line on a terminal, nothing elsewhere.
    automatic,
    terminal,
    json,
    none,
};

/// Arguments of `async-llm bulk`.
struct bulk_arguments : endpoint_arguments {
    bulk_arguments() = default;

    /// `-`: standard input.
    std::string input;
    std::string output;
    std::size_t max_in_flight = 64;
    job_limits limits;
    /// `i/n`, `auto`, `auto/n`, or empty.
    std::string shard;
    bool retry_failed = false;
    bulk_dedup dedup = bulk_dedup::none;
    bool ordered = false;
    bool dry_run = false;
    progress_kind progress = progress_kind::automatic;
    /// File of the heartbeats. Empty: standard error.
    std::string progress_file;
    /// File of the page. Empty: none is written.
    std::string report;
    std::chrono::milliseconds grace{60'000};
    bool quiet = false;
};

/// Arguments of `async-llm merge`.
struct merge_arguments {
    merge_arguments() = default;

    std::vector<std::string> outputs;
    std::string merged;
    /// File whose order is restored. Empty: by the line numbers of the outputs.
    std::string input;
    bool quiet = false;
};

/// Arguments of `async-llm check`.
struct check_arguments {
    check_arguments() = default;

    std::string input;
    std::vector<std::string> outputs;
    std::string model;
    std::size_t max_open_lines = 20;
};

/// Arguments of `async-llm ask`.
struct ask_arguments : endpoint_arguments {
    ask_arguments() = default;

    /// Empty: standard input is read.
    std::string prompt;
    /// Empty: no such message.
    std::string system;
};

/// End of the program before it has begun: help, version, or misuse.
struct early_end {
    early_end() = default;
    early_end(int with_status, std::string for_output, std::string for_errors)
        : status(with_status), output(std::move(for_output)), errors(std::move(for_errors)) {}

    int status = 0;
    std::string output;
    std::string errors;
};

using invocation = std::variant<early_end, bulk_arguments, merge_arguments, check_arguments, ask_arguments>;

/// Reads the command line, without the program's name. Every misuse is an `early_end` with status 42.
invocation parse_arguments(std::vector<std::string> words);

/// Returns the text of `--help` of a subcommand; of the program itself for an empty name.
std::string help_text(std::string_view subcommand);

/// Reads `auto`, `tty`, `json`, `json:FILE` or `none`. Returns false for anything else.
bool parse_progress(std::string_view text, progress_kind& kind, std::string& file);

/// Returns whether the name of a file says that it is compressed.
bool is_gzip_name(std::string_view path);

} // namespace async_llm::command

#endif
