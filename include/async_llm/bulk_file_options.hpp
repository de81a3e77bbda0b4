// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_BULK_FILE_OPTIONS_HPP
#define ASYNC_LLM_BULK_FILE_OPTIONS_HPP

#include <async_llm/bulk_shard.hpp>
#include <async_llm/detail/config.hpp>
#include <async_llm/request_options.hpp>
#include <async_llm/spending_limits.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace async_llm {

namespace detail {
class file_run_control;
struct control_access;
} // namespace detail

/// Stage of a run over a file.
enum class bulk_file_stage {
    /// It has not begun.
    waiting,
    /// Reads what earlier runs have written.
    resuming,
    /// Reads lines and asks.
    running,
    /// Waits for the calls in flight, and begins no more.
    draining,
    /// Ended.
    ended,
};

ASYNC_LLM_DECL std::string_view to_string(bulk_file_stage value) noexcept;

/// Reason why a run over a file has ended.
enum class bulk_file_end {
    /// Each line of the shard was answered, failed, or refused.
    complete,
    /// \ref bulk_file_control::drain was called.
    drained,
    /// A limit of what it may spend was reached.
    spending_limit,
    /// An error; the error code of the operation says which.
    error,
};

ASYNC_LLM_DECL std::string_view to_string(bulk_file_end value) noexcept;

/// Figures of a run over a file, for a live line or a heartbeat. Numbers of lines, unless said otherwise.
struct bulk_file_progress {
    bulk_file_progress() = default;

    bulk_file_stage stage = bulk_file_stage::waiting;

    /// Lines of the shard that were read, blank ones left out. The sum of the next eight.
    std::uint64_t lines = 0;
    /// Answered by an earlier run.
    std::uint64_t answered_before = 0;
    /// Failed for good in an earlier run, and not asked again (`bulk_file_options::retry_failed`).
    std::uint64_t failed_before = 0;
    /// Answered by this run, those by \ref bulk_dedup included.
    std::uint64_t answered = 0;
    /// Failed in this run.
    std::uint64_t failed = 0;
    /// Lines that can't be asked: no JSON, no request, a `custom_id` that an earlier line has.
    std::uint64_t refused = 0;
    /// Ended by the end of the run; the next one asks them.
    std::uint64_t cancelled = 0;
    /// Asked now.
    std::uint64_t in_flight = 0;
    /// Read, and not begun yet.
    std::uint64_t waiting = 0;

    /// Lines of the shard in all. Unset: the input has not been read to its end.
    std::optional<std::uint64_t> total;
    /// Bytes of the input that were read.
    std::uint64_t input_bytes = 0;
    /// Size of the input in bytes. 0: unknown. For the time left, while there is no `total`.
    std::uint64_t input_size = 0;

    /// Tokens of the replies of this run, as far as they were reported (`usage`).
    std::int64_t input_tokens = 0;
    std::int64_t output_tokens = 0;
    /// Cost of this run in USD. Unset: no reply has one.
    std::optional<double> cost;
    /// Spent in the sense of `bulk_file_options::spending`, with its `already_spent`. Nothing without caps.
    async_llm::spending spent;

    /// Replies of this run with status 429, those included that were followed by another attempt.
    std::uint64_t rate_limited = 0;
    /// Attempts of this run that were followed by another.
    std::uint64_t retries = 0;

    /// Since the run began; of a run that has ended, until then.
    std::chrono::nanoseconds elapsed{0};
    /// Since the first call began. 0: none has.
    std::chrono::nanoseconds asking{0};
    /// Lines answered or failed, per second of `asking`.
    double per_second = 0;
    /// Tokens, in and out, per second of `asking`.
    double tokens_per_second = 0;
};

/// Line of the input that can't be asked.
struct bulk_refused_line {
    bulk_refused_line() = default;

    /// From 1.
    std::uint64_t line = 0;
    /// Position of its first byte in the input, from 0.
    std::uint64_t offset = 0;
    /// The line's `custom_id`; `line-N` if it has none that can be read.
    std::string custom_id;
    /// A sentence.
    std::string reason;
};

/// Equal bodies that are asked once, and answered for each `custom_id`.
enum class bulk_dedup {
    none,
    /// Bodies with `temperature` 0.
    deterministic,
    all,
};

/// Input of \ref bulk_file: a file, or a function that reads.
struct bulk_input {
    /// A file, or anything else that can be opened and read, such as `/dev/stdin`.
    ASYNC_LLM_DECL bulk_input(std::string file);
    ASYNC_LLM_DECL bulk_input(char const* file);
    /// A function, for instance one that decompresses. `title`: its name in messages.
    /** It fills up to `size` bytes, and returns how many; 0 at the end. Called on
     * `bulk_file_options::file_executor`, where it may block. What it throws ends the run. */
    ASYNC_LLM_DECL
    bulk_input(std::string title, std::function<std::size_t(char* into, std::size_t size)> function);

    /// Path of the file, or the function's name.
    std::string name;
    /// Empty: `name` is opened.
    std::function<std::size_t(char* into, std::size_t size)> read;
};

/// Handle with which another part of the program ends a run, or looks at it. Copies share one run.
/**
 * To be put into `bulk_file_options::control`, for one run. Thread safety: all, also in a signal handler of
 * Asio (`asio::signal_set`), but not in one of the system.
 */
class ASYNC_LLM_DECL bulk_file_control {
public:
    bulk_file_control();

    /// Begins no further call, and lets those in flight finish; then the run ends (`bulk_file_end::drained`).
    /** Before the run has begun, it is what the run begins with. */
    void drain() const;

    /// Ends the run now: cancels the calls in flight, whose lines the next run asks. The files are whole.
    /** It completes with `asio::error::operation_aborted`. */
    void stop() const;

    /// Figures as they are now.
    bulk_file_progress progress() const;

private:
    friend struct detail::control_access;

    std::shared_ptr<detail::file_run_control> impl_;
};

/// Options of \ref bulk_file.
struct bulk_file_options {
    /// `files`: see `file_executor`.
    ASYNC_LLM_DECL explicit bulk_file_options(asio::any_io_executor files);

    // Out of line, all five: they would be generated anew in every translation unit that names the type.
    ASYNC_LLM_DECL bulk_file_options(bulk_file_options const&);
    ASYNC_LLM_DECL bulk_file_options(bulk_file_options&&) noexcept;
    ASYNC_LLM_DECL bulk_file_options& operator=(bulk_file_options const&);
    ASYNC_LLM_DECL bulk_file_options& operator=(bulk_file_options&&) noexcept;
    ASYNC_LLM_DECL ~bulk_file_options();

    /// Executor on which files are opened, locked, read, written and synced, which blocks: a thread, for
    /// instance that of an `asio::thread_pool`.
    /** One job at a time. Its context has to outlive the run, and must be joined before the client's context
     * is destroyed. */
    asio::any_io_executor file_executor;

    /// For each call. `-` and a hash of the line is appended to an idempotency key, because they are
    /// different.
    request_options request;
    /// Most calls in flight, with those whose answer is not written yet. At least 1; default 64.
    /** A kill has at most so many asked twice, and with `ordered` those that wait for others in front of
     * them. Calls that find no connection (`pool_config::max_connections`) wait for one, within
     * `timeouts::pool`.
     */
    std::size_t max_in_flight = 64;
    /// Caps of what the run costs. None by default.
    /**
     * A run that meets one, or one of its client, begins no more calls, lets those in flight finish, and ends
     * with `bulk_file_end::spending_limit`. A later run with larger caps goes on; what earlier ones have
     * spent is \ref check_bulk_files's to tell, for `already_spent`.
     */
    spending_limits spending;
    /// Model that each body asks for, instead of its own. Empty (default): bodies are sent as they are.
    std::string model;

    /// Lines that this run works on.
    bulk_shard shard;
    /// Ask lines again that failed for good in an earlier run (400, 403, 404, 422, a refused content).
    /** Those that failed otherwise always are. Default no. */
    bool retry_failed = false;
    /// Equal bodies are asked once. Default: each line is.
    bulk_dedup dedup = bulk_dedup::none;
    /// Write answers in the order of the input; those that failed are left out. Default no: as they come.
    bool ordered = false;
    /// With `ordered`: lines between the first that is not answered and the last that is read. At least
    /// `max_in_flight`, to which it is raised; default 4096.
    /** Their answers are kept in memory. */
    std::size_t ordered_window = 4096;
    /// Read and check everything, and neither ask nor write. Default no.
    bool dry_run = false;

    /// File of what failed. Empty (default): `out.jsonl` has `out.errors.jsonl`.
    std::string errors_path;
    /// File of what is in flight. Empty (default): `out.jsonl` has `out.jsonl.journal`.
    std::string journal_path;
    /// Longest line in bytes that is read, at most 1 GiB. Default 16 MiB. Longer ones are refused, and
    /// skipped without being kept.
    std::size_t max_line_size = std::size_t(16) << 20;
    /// Refused lines that the report names; the errors file has all. Default 100.
    std::size_t max_reported_lines = 100;
    /// Time between two `fsync` of what was written. Default 1 s. Zero: after each write.
    /** A kill of the process loses nothing that was written; a loss of power loses up to so much. */
    std::chrono::milliseconds sync_interval{1000};
    /// Failures in a row, without an answer in between, that end the run with the error of the last: a server
    /// that is down, a model that does not exist. Default 1000; 0: no limit.
    std::size_t max_failures_in_a_row = 1000;

    /// Called at intervals, and at the end, one call after the other, on the strand of the run. Empty:
    /// nothing.
    /** An exception of it ends the run. */
    std::function<void(bulk_file_progress const&)> on_progress;
    /// Default 1 s; at least 10 ms.
    std::chrono::milliseconds progress_interval{1000};
    /// To end the run from elsewhere.
    bulk_file_control control;
};

} // namespace async_llm

#endif
