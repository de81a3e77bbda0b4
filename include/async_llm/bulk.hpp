// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_BULK_HPP
#define ASYNC_LLM_BULK_HPP

#include <async_llm/bulk_options.hpp>
#include <async_llm/bulk_source.hpp>
#include <async_llm/chat_response.hpp>
#include <async_llm/client.hpp>
#include <async_llm/detail/config.hpp>
#include <async_llm/detail/initiation.hpp>
#include <async_llm/with_response.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace async_llm {

/// Result of one request of a bulk run.
struct bulk_result {
    ASYNC_LLM_DECL bulk_result();
    ASYNC_LLM_DECL bulk_result(std::size_t number, error_code code, chat_response reply);

    // Out of line, all five: they would be generated anew in every translation unit that names the type.
    ASYNC_LLM_DECL bulk_result(bulk_result const&);
    ASYNC_LLM_DECL bulk_result(bulk_result&&) noexcept;
    ASYNC_LLM_DECL bulk_result& operator=(bulk_result const&);
    ASYNC_LLM_DECL bulk_result& operator=(bulk_result&&) noexcept;
    ASYNC_LLM_DECL ~bulk_result();

    /// Position of the request in the source, from 0.
    std::size_t index = 0;
    /// Error of the call, as \ref client::async_complete reports it. No error: it ended well.
    error_code ec;
    /// The reply, or the story of the failure.
    chat_response response;

    /// The text of the first choice.
    std::string_view text() const noexcept { return response.text(); }
};

/// Result of a run in which all results were kept.
struct bulk_report {
    ASYNC_LLM_DECL bulk_report();
    ASYNC_LLM_DECL bulk_report(bulk_report const&);
    ASYNC_LLM_DECL bulk_report(bulk_report&&) noexcept;
    ASYNC_LLM_DECL bulk_report& operator=(bulk_report const&);
    ASYNC_LLM_DECL bulk_report& operator=(bulk_report&&) noexcept;
    ASYNC_LLM_DECL ~bulk_report();

    /// In the order of the source. A request that was not done, because the run was ended before, is not
    /// among them.
    std::vector<bulk_result> results;
    /// Progress of the run.
    bulk_progress progress;
    /// Reason for an early end of the run, for people. Empty: it was not.
    std::string detail;
    /// Exception of the source, or of `on_progress`. Null: none.
    std::exception_ptr exception;
};

/// Exception of \ref complete_all and \ref bulk::next when a run is ended early.
/**
 * `code()` is what the operation with a completion token would have completed with. `what()` says in one
 * line why the run ended, and how far it had come.
 *
 * Thread safety: copies share one immutable report.
 */
class ASYNC_LLM_DECL bulk_error : public boost::system::system_error {
public:
    /// Takes the report of the run that `ec` has ended.
    bulk_error(error_code ec, bulk_report report);

    bulk_error(bulk_error const&) = default;
    bulk_error& operator=(bulk_error const&) = default;
    ~bulk_error() override;

    char const* what() const noexcept override;

    /// Report of the run up to its end. Without results if \ref bulk::next has thrown: those were delivered
    /// before.
    bulk_report const& report() const noexcept { return *report_; }

private:
    std::shared_ptr<std::string const> what_;
    std::shared_ptr<bulk_report const> report_;
};

/// Makes the exception that \ref with_response_t throws: that of the source or of `on_progress`, if it has
/// ended the run, or a \ref bulk_error.
ASYNC_LLM_DECL std::exception_ptr to_exception(error_code ec, bulk_report&& report) noexcept;

/// Many chat completions, a bounded number of them in flight, whose results are pulled in the order of
/// completion.
/**
 * ```
 * llm::bulk_options options;
 * options.max_in_flight = 256;
 * llm::bulk run(client, next_request, options);
 * while (auto result = co_await run.next()) std::cout << result->index << ": " << result->text() << '\n';
 * ```
 *
 * It begins with the first `next`. Calls in flight and results that were not taken are together never more
 * than `bulk_options::max_in_flight`, and the source is not asked for more: who takes no results slows the
 * source down, and memory does not grow with the number of requests.
 *
 * A call that fails is a result with an error code, and the run goes on; with `bulk_options::fail_fast` the
 * first failure cancels the other calls, is delivered, and what was done at the same time, and then the run
 * has ended. Whatever else ends a run early comes as an error after the results that were there.
 *
 * Executor: the source and `on_progress` are called on a strand of the client's executor, one at a time.
 *
 * Object lifetimes: the source and the options are moved or copied, and freed when the run has ended. The run
 * shares the client's state. It may outlive the client object, whose end is the run's
 * (`errc::client_closed`); a client that is shut down lets the calls in flight finish. Destroy the run before
 * the execution context. A run that was moved from, or default-constructed, may only be destroyed, assigned
 * to, and asked for its truth value.
 *
 * Thread safety: one owner at a time. \ref cancel, \ref progress and \ref exception may be called from any
 * thread.
 */
class ASYNC_LLM_DECL bulk {
public:
    using executor_type = asio::any_io_executor;

    bulk() noexcept;
    bulk(client const& sender, bulk_source requests, bulk_options options = bulk_options());
    bulk(bulk&& other) noexcept;
    bulk& operator=(bulk&& other) noexcept;
    /// Ends the run; a pending operation completes with `asio::error::operation_aborted`. Does not block.
    /**
     * An asynchronous source that is being awaited is cancelled, and gone only when the executor has run
     * that. Apart from it, the source and `on_progress` are not called any more, unless another thread does
     * so at this moment.
     */
    ~bulk();

    /// Returns whether there is a run (not begun, under way or ended).
    explicit operator bool() const noexcept { return op_ != nullptr; }

    /// The client's executor.
    executor_type get_executor() const noexcept;

    /// The next result; nothing at the end.
    /**
     * Must be awaited in a coroutine. Throws what the source or `on_progress` threw, and \ref bulk_error for
     * any other error of \ref async_next. Everything else is as there.
     */
    asio::awaitable<std::optional<bulk_result>> next();

    /// Completes with the next result, or with nothing at the end.
    /**
     * After the end, the end comes again; after an error, that error.
     *
     * Handler signature: `void(error_code, std::optional<bulk_result>)`. With an error there is no result.
     *
     * Executor: the handler's associated executor, or else the client's. Never invoked from within this
     * function.
     *
     * Object lifetimes: the run may be moved or destroyed while the operation is pending.
     *
     * Per-operation cancellation: `terminal`, `partial` and `total` end the run with
     * `asio::error::operation_aborted`, when its calls, and the source if that is being awaited, have been
     * cancelled. The signal is to be emitted on the handler's executor.
     *
     * Errors: `errc::operation_in_progress` if another operation is pending, which goes on;
     * `errc::client_closed`; `errc::invalid_request`, before anything is sent, for options out of bounds;
     * `errc::spending_limit_reached`, after the last result; `asio::error::operation_aborted`. If the source
     * or `on_progress` threw: the code of its `boost::system::system_error`, or a generic one.
     *
     * Thread safety: as the class.
     */
    template <
        asio::completion_token_for<void(error_code, std::optional<bulk_result>)> Token = with_response_t<>>
    auto async_next(Token&& token = {}) {
        return detail::initiate<&detail::start_bulk_next>(op_, std::forward<Token>(token));
    }

    /// Progress of the run, also after its end.
    bulk_progress progress() const;

    /// Exception of the source, or of `on_progress`. Null: none.
    std::exception_ptr exception() const;

    /// Ends the run: cancels its calls. The results that are there can still be taken.
    /** Then \ref next ends with `asio::error::operation_aborted`. A run that has ended stays as it is. */
    void cancel();

private:
    std::shared_ptr<detail::bulk_operation> op_;
};

/// Completes all requests, a bounded number of them at a time, and returns the results in their order.
/**
 * ```
 * llm::bulk_options options;
 * options.max_in_flight = 256;
 * auto report = co_await llm::complete_all(client, requests, options);
 * for (auto const& result : report.results) std::cout << result.index << ": " << result.text() << '\n';
 * ```
 *
 * All results are kept until the end; use \ref bulk for more requests than there is memory for.
 *
 * Must be awaited in a coroutine, on whose executor the run lives. Throws what the source or `on_progress`
 * threw, and \ref bulk_error where \ref async_complete_all completes with any other error. Everything else is
 * as there.
 */
ASYNC_LLM_DECL asio::awaitable<bulk_report>
complete_all(client const& sender, bulk_source requests, bulk_options options = bulk_options());

/// Overload for every completion token.
/**
 * Handler signature: `void(error_code, bulk_report)`. With an error, the report has what was done until then.
 *
 * Executor: the handler's associated executor, or else the client's. Never invoked from within this function.
 * The run lives there as well: the source and `on_progress` are called on a strand of that executor, or of
 * the client's if it is not fit for I/O, or the system's (`use_future`).
 *
 * Object lifetimes: `requests` and `options` are moved or copied; the run shares the client's state.
 *
 * Per-operation cancellation: `terminal`, `partial` and `total`, with `asio::error::operation_aborted`, when
 * the calls, and the source if that is being awaited, have been cancelled. The signal is to be emitted on the
 * handler's executor.
 *
 * Errors: with `bulk_options::fail_fast`, that of the first call that failed; otherwise failures are in the
 * report alone. The others as \ref bulk::async_next.
 *
 * Thread safety: may be called from any thread.
 */
template <asio::completion_token_for<void(error_code, bulk_report)> Token = with_response_t<>>
auto async_complete_all(
    client const& sender,
    bulk_source requests,
    bulk_options options,
    Token&& token = {}
) {
    return detail::initiate<&detail::start_complete_all>(
        detail::client_access::impl(sender),
        std::forward<Token>(token),
        std::move(requests),
        std::move(options)
    );
}

template <asio::completion_token_for<void(error_code, bulk_report)> Token = with_response_t<>>
auto async_complete_all(client const& sender, bulk_source requests, Token&& token = {}) {
    return async_complete_all(sender, std::move(requests), bulk_options(), std::forward<Token>(token));
}

} // namespace async_llm

#endif
