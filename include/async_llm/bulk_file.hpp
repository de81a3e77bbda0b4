// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_BULK_FILE_HPP
#define ASYNC_LLM_BULK_FILE_HPP

#include <async_llm/bulk_file_options.hpp>
#include <async_llm/client.hpp>
#include <async_llm/detail/config.hpp>
#include <async_llm/detail/initiation.hpp>
#include <async_llm/with_response.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace async_llm {

/// Result of a run over a file.
struct bulk_file_report {
    ASYNC_LLM_DECL bulk_file_report();
    ASYNC_LLM_DECL bulk_file_report(bulk_file_report const&);
    ASYNC_LLM_DECL bulk_file_report(bulk_file_report&&) noexcept;
    ASYNC_LLM_DECL bulk_file_report& operator=(bulk_file_report const&);
    ASYNC_LLM_DECL bulk_file_report& operator=(bulk_file_report&&) noexcept;
    ASYNC_LLM_DECL ~bulk_file_report();

    /// Reason of the end.
    bulk_file_end end = bulk_file_end::complete;
    /// Counts, tokens, cost and time.
    bulk_file_progress progress;
    /// Lines that were asked by this run, and perhaps by an earlier one that was killed meanwhile.
    std::uint64_t maybe_asked_twice = 0;
    /// Lines of which the output has an answer to another body: the prompt was edited, and is asked again.
    std::uint64_t edited = 0;
    /// Of `answered`: lines that got the answer to another with the same body.
    std::uint64_t deduplicated = 0;
    /// Answers of the output whose `custom_id` occurs again behind them; \ref merge_bulk_files leaves them
    /// out.
    std::uint64_t superseded = 0;
    /// Lines of the output that are none, and were left as they are.
    std::uint64_t unreadable = 0;
    /// Bytes cut off the end of the output and the errors file, where an earlier run was killed while
    /// writing.
    std::uint64_t torn_bytes = 0;
    /// With `dry_run`: lines that would be asked.
    std::uint64_t to_ask = 0;
    /// With `dry_run`: tokens of those bodies, estimated as a quarter of their bytes.
    std::uint64_t estimated_tokens = 0;
    /// The first refused lines, up to `bulk_file_options::max_reported_lines`.
    std::vector<bulk_refused_line> refused_lines;
    /// Reason of an early end, for people. Empty: it was none.
    std::string detail;
    /// Exception of the input's function, or of `on_progress`. Null: none.
    std::exception_ptr exception;
};

/// Exception of \ref bulk_file when a run ends with an error.
/**
 * `code()` is what \ref async_bulk_file would have completed with. `what()` says in one line why the run
 * ended, and how far it had come.
 *
 * Thread safety: copies share one immutable report.
 */
class ASYNC_LLM_DECL bulk_file_error : public boost::system::system_error {
public:
    /// Takes the report of the run that `ec` has ended.
    bulk_file_error(error_code ec, bulk_file_report report);

    bulk_file_error(bulk_file_error const&) = default;
    bulk_file_error& operator=(bulk_file_error const&) = default;
    ~bulk_file_error() override;

    char const* what() const noexcept override;

    /// Report of the run up to its end.
    bulk_file_report const& report() const noexcept { return *report_; }

private:
    std::shared_ptr<std::string const> what_;
    std::shared_ptr<bulk_file_report const> report_;
};

/// Makes the exception that \ref with_response_t throws.
ASYNC_LLM_DECL std::exception_ptr to_exception(error_code ec, bulk_file_report&& report) noexcept;

namespace detail {

using bulk_file_handler = erased_handler<error_code, bulk_file_report>;

/// Begins a run over a file.
ASYNC_LLM_DECL void
start_bulk_file(client_ptr const&, bulk_file_handler, bulk_input, std::string output, bulk_file_options);

} // namespace detail

/// Asks each line of a file of requests, and appends the answers to another; goes on where a run before it
/// ended.
/**
 * ```
 * asio::thread_pool files(1);
 * llm::bulk_file_options options(files.get_executor());
 * options.max_in_flight = 512;
 * auto report = co_await llm::bulk_file(client, "in.jsonl", "out.jsonl", options);
 * ```
 *
 * Input: a JSON object in each line. `{"custom_id":.., "method":"POST", "url":"/v1/embeddings", "body":{..}}`
 * as for OpenAI's Batch API and vLLM; the same without `method` and `url` (Together); or a body alone. The
 * body is sent as it is, to the base URL of the client's provider followed by the url without its `/v1`;
 * without url to `/chat/completions`. A missing `custom_id` is `line-N`. Blank lines are skipped; lines that
 * can't be asked are refused, one by one: no JSON, no UTF-8, too long, another method, `"stream": true`, a
 * `custom_id` that an earlier line has.
 *
 * Output: for each answer a line as OpenAI's, `{"id", "custom_id", "response": {"status_code", "request_id",
 * "body"}, "error": null, "async_llm": {"attempts", "latency_ms", "provider", "cost", "key", "line"}}`. What
 * failed has a line of the same shape in the errors file: `response` with the status and body, if there was a
 * reply, and `error` with `code` and `message`.
 *
 * Resuming: always. Lines that the output has are not asked again, however often the run was killed; the last
 * line is cut off if it is torn. A line is the same as long as its `custom_id`, url and body, and
 * `bulk_file_options::model`, are the same text; another body is asked again, and the later answer counts.
 * The base URL may change: servers of a job move. Lines that failed are asked again, unless they failed for
 * good.
 *
 * Preconditions: the output is a regular file, or does not exist. It is locked, so that a second run on it
 * ends with an error.
 *
 * A run ends early when a limit of spending is reached, for errors that are not those of a line (a wrong key,
 * no credit, a disk that is full), and by \ref bulk_file_control. All files are whole then, and the next run
 * goes on.
 *
 * Must be awaited in a coroutine, on whose executor the run lives. Throws what the input's function or
 * `on_progress` threw, and \ref bulk_file_error where \ref async_bulk_file completes with any other error.
 * Everything else is as there.
 */
ASYNC_LLM_DECL asio::awaitable<bulk_file_report>
bulk_file(client const& sender, bulk_input input, std::string output, bulk_file_options options);

/// Overload for every completion token.
/**
 * Handler signature: `void(error_code, bulk_file_report)`. With an error, the report has what was done until
 * then. Lines that failed are no error: see `report.progress.failed`. Nor is an end by
 * \ref bulk_file_control::drain or by a limit of spending: see `report.end`.
 *
 * Executor: the handler's associated executor, or else the client's. Never invoked from within this function.
 * The run lives there as well: `on_progress` is called on a strand of that executor, or of the client's if it
 * is not fit for I/O. All work on files is done on `bulk_file_options::file_executor`.
 *
 * Object lifetimes: the arguments are moved or copied; the run shares the client's state. A client that is
 * shut down lets the calls in flight finish, and ends the run with `errc::client_closed`.
 *
 * Per-operation cancellation: `terminal`, `partial` and `total`, as \ref bulk_file_control::stop: the calls
 * are cancelled, the files are written and synced, and it completes with `asio::error::operation_aborted`.
 * The signal is to be emitted on the handler's executor.
 *
 * Errors: `errc::invalid_request`, before anything is opened, for options out of bounds; the system's for
 * files (`no_space_on_device`, ..), with the path in `report.detail`; `device_or_resource_busy` if another
 * run has the output; that of a call which says that no call can succeed (401, missing credit), or of the
 * last of `max_failures_in_a_row`; `errc::client_closed`; `asio::error::operation_aborted`. If the input's
 * function or `on_progress` threw: the code of its `boost::system::system_error`, or a generic one.
 *
 * Thread safety: may be called from any thread.
 */
template <asio::completion_token_for<void(error_code, bulk_file_report)> Token = with_response_t<>>
auto async_bulk_file(
    client const& sender,
    bulk_input input,
    std::string output,
    bulk_file_options options,
    Token&& token = {}
) {
    return detail::initiate<&detail::start_bulk_file>(
        detail::client_access::impl(sender),
        std::forward<Token>(token),
        std::move(input),
        std::move(output),
        std::move(options)
    );
}

} // namespace async_llm

#endif
