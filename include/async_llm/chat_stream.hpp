// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CHAT_STREAM_HPP
#define ASYNC_LLM_CHAT_STREAM_HPP

#include <async_llm/api_error.hpp>
#include <async_llm/chat_chunk.hpp>
#include <async_llm/chat_response.hpp>
#include <async_llm/detail/config.hpp>
#include <async_llm/detail/initiation.hpp>
#include <async_llm/with_response.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <utility>

namespace async_llm {

/// A chat completion that arrives in pieces. Made by \ref client::stream and \ref client::async_stream.
/**
 * ```
 * auto stream = co_await client.stream(request);
 * while (auto chunk = co_await stream.next()) std::cout << chunk->text();
 * ```
 *
 * It is pulled: nothing is read from the connection while no operation is pending, and nothing is queued
 * beyond what one read brought (16 KiB, or one event if that is larger). A slow reader slows the provider
 * down, and no one else.
 *
 * The connection goes back to the pool when the stream has ended. Destroying the stream before closes it, and
 * so do
 * \ref cancel and any error.
 *
 * Object lifetimes: the stream shares the client's state. It may outlive the client object, whose end is the
 * stream's
 * (`errc::client_closed`). Destroy it before the execution context. A stream that was moved from, or
 * default-constructed, may only be destroyed, assigned to, and asked for its truth value.
 *
 * Thread safety: one owner at a time. \ref cancel may be called from any thread.
 */
class ASYNC_LLM_DECL chat_stream {
public:
    using executor_type = asio::any_io_executor;

    chat_stream() noexcept;
    explicit chat_stream(std::shared_ptr<detail::stream_operation> op) noexcept;
    chat_stream(chat_stream&& other) noexcept;
    chat_stream& operator=(chat_stream&& other) noexcept;
    /// Ends the stream; a pending operation completes with `asio::error::operation_aborted`. Does not block.
    ~chat_stream();

    /// Returns whether there is a stream (open, ended or failed).
    explicit operator bool() const noexcept { return op_ != nullptr; }

    /// The client's executor.
    executor_type get_executor() const noexcept;

    /// The next chunk; nothing at the end.
    /**
     * Must be awaited in a coroutine. Does not suspend if a chunk is here already. Throws \ref
     * completion_error where
     * \ref async_next completes with an error. Everything else is as there.
     */
    asio::awaitable<std::optional<chat_chunk>> next();

    /// Puts the next chunk into this one; false at the end.
    /**
     * ```
     * async_llm::chat_chunk chunk;
     * while (co_await stream.next(chunk)) std::cout << chunk.text();
     * ```
     *
     * For long streams: each chunk is written over the one before, in the same memory, where the other \ref
     * next makes and moves one. Everything else is as there, and `chunk` as with \ref async_next.
     */
    asio::awaitable<bool> next(chat_chunk& chunk);

    /// Completes with the next chunk, or with nothing at the end.
    /**
     * The end is `[DONE]`, or the end of the body after a finish reason. What follows it in the body is read
     * and dropped within a bound, so that the connection can serve again; usage that came with it is reported
     * before the end. After the end, the end comes again; after an error, that error.
     *
     * Handler signature: `void(error_code, std::optional<chat_chunk>)`. With an error, the chunk is the event
     * that reported it, if that carried anything.
     *
     * Executor: the handler's associated executor, or else the client's. Never invoked from within this
     * function.
     *
     * Object lifetimes: the stream may be moved or destroyed while the operation is pending.
     *
     * Per-operation cancellation: `terminal`, `partial` and `total` end the stream, promptly, with
     * `asio::error::operation_aborted`. The signal is to be emitted on the handler's executor.
     *
     * Errors: `errc::operation_in_progress` if another operation is pending, which goes on;
     * `errc::first_content_timeout`, `errc::stream_stalled`, `errc::deadline_exceeded`;
     * `errc::truncated_response` for a body that ends without a finish; `errc::invalid_json`,
     * `errc::invalid_response`, `errc::invalid_sse` for an event that can't be understood; what the provider
     * reported: a status of \ref http_status_category, `errc::stream_error`, `errc::generation_failed`,
     * `errc::insufficient_credits`. \ref info and \ref error have the story, \ref completion what had been
     * received. Chunks that came before the error are delivered before it.
     *
     * A stream that fails before its first content begins anew where \ref retry_policy or \ref
     * fallback_policy allow it. So long as it may, chunks that only announce an answer (a role, an empty
     * text) wait for the first one that has some of it; if nothing more comes, they are not delivered.
     *
     * Thread safety: as the class.
     */
    template <
        asio::completion_token_for<void(error_code, std::optional<chat_chunk>)> Token = with_response_t<>>
    auto async_next(Token&& token = {}) {
        return detail::initiate<&detail::start_next>(op_, std::forward<Token>(token));
    }

    /// Puts the next chunk into this one and completes with `true`, or with `false` at the end.
    /**
     * At the end, `chunk` is empty; with an error, it is the event that reported it, if that carried
     * anything, and empty otherwise.
     *
     * Handler signature: `void(error_code, bool)`. With an error: `false`.
     *
     * Object lifetimes: `chunk` must live, and is not to be touched, until the operation has completed.
     *
     * Everything else is as the other \ref async_next.
     */
    template <asio::completion_token_for<void(error_code, bool)> Token = with_response_t<>>
    auto async_next(chat_chunk& chunk, Token&& token = {}) {
        return detail::initiate<&detail::start_next_into>(op_, std::forward<Token>(token), &chunk);
    }

    /// The next chunk, if it has been received already. Nothing also at the end, after an error (which \ref
    /// async_next reports), and while an operation is pending.
    std::optional<chat_chunk> try_next();

    /// Gets the next chunk into one of the caller's. False: there is none, and the value of `chunk` means
    /// nothing.
    bool try_next(chat_chunk& chunk);

    /// Reads to the end and returns the stream as one reply, with what was taken before.
    /**
     * Must be awaited in a coroutine. Throws \ref completion_error, whose response has what had been
     * received. Everything else is as \ref async_collect.
     */
    asio::awaitable<chat_response> collect();

    /// Reads to the end and completes with the stream as one reply, as the call without streaming would have.
    /**
     * What was taken before is in it, unless `request_options::keep_completion` is off.
     *
     * Handler signature: `void(error_code, chat_response)`. With an error, `completion` has what had been
     * received.
     *
     * Errors: as \ref async_next, and `errc::response_too_large` beyond `client_config::max_response_size`.
     *
     * Everything else is as \ref async_next.
     */
    template <asio::completion_token_for<void(error_code, chat_response)> Token = with_response_t<>>
    auto async_collect(Token&& token = {}) {
        return detail::initiate<&detail::start_collect>(op_, std::forward<Token>(token));
    }

    /// Ends the stream and closes its connection; a pending operation, and later ones, complete with
    /// `asio::error::operation_aborted`. Does not block. Thread safety: any thread.
    void cancel();

    /// Status, ids, limits, times, and, after an error, what it was about. Changes only while an operation is
    /// pending.
    response_info const& info() const noexcept;

    /// Words of the provider about a failure; `empty()` otherwise. Changes only while an operation is
    /// pending.
    api_error const& error() const noexcept;

    /// Completion as received so far, folded by \ref completion_builder. Empty without
    /// `request_options::keep_completion`.
    /** Changes only while an operation is pending and by \ref try_next. */
    chat_completion const& completion() const noexcept;

private:
    std::shared_ptr<detail::stream_operation> op_;
};

/// Makes the exception that \ref with_response_t throws for a stream that failed to open.
ASYNC_LLM_DECL std::exception_ptr to_exception(error_code ec, chat_stream&& failed) noexcept;

} // namespace async_llm

#endif
