// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_STREAM_STREAM_OPERATION_HPP
#define ASYNC_LLM_CLIENT_STREAM_STREAM_OPERATION_HPP

#include "async/handler_cycle_breaker.hpp"
#include "async/pending_handler.hpp"
#include "client/call/chat_call.hpp"
#include "client/call/outgoing_chat_request.hpp"
#include "client/stream/chunk_queue.hpp"
#include "client/stream/pending_next.hpp"
#include "client/stream/side_owner.hpp"
#include "policy/content_timeout.hpp"
#include <async_llm/chat_chunk.hpp>
#include <async_llm/chat_stream.hpp>
#include <async_llm/detail/initiation.hpp>

#include <atomic>
#include <optional>

namespace async_llm::detail {

/// A call whose reply is a stream, from its start until the stream has ended.
/**
 * One coroutine on one strand opens the stream, then waits until the caller asks for something, and reads no
 * further than that takes. Meanwhile it watches the connection, so that a caller that asks before more has
 * come need not wake it.
 *
 * The reading side (reader, builder, what the user sees of the response) has one owner at a time: the strand
 * while an operation is pending, and the user otherwise (\ref side_owner). So chunks that are here already
 * are taken without a hop. What ends the stream between two operations is kept on the strand's side until the
 * next one.
 *
 * | stage   | meaning                                              | left by                       |
 * | ------- | ---------------------------------------------------- | ----------------------------- |
 * | opening | the opener waits; attempts may still be made         | the beginning, or a failure   |
 * | serving | the stream is the user's, and the coroutine runs     | the end of the coroutine      |
 * | ended   | the coroutine has ended; what is left may be taken   |                               |
 *
 * stream_operation.cpp opens it and has the user's side, stream_reading.cpp reads it,
 * stream_ending.cpp ends it and answers the caller.
 */
class stream_operation final : public net::operation, private reply_reader {
public:
    stream_operation(
        std::shared_ptr<client_state> impl,
        request_argument argument,
        open_stream_handler handler
    );

    static void start(std::shared_ptr<stream_operation> const& op);

    /// \name The user's side
    /// @{
    asio::any_io_executor const& executor() const noexcept { return call_.state().executor(); }
    void request_cancel(asio::cancellation_type type) { call_.request_cancel(type); }
    void start_next(pending_next pending);
    void start_collect(collect_handler handler);
    bool try_next(chat_chunk& chunk);
    /// Ends the stream. From any thread.
    void cancel();
    /// Ends the stream when the user has dropped it; does nothing if it is over.
    void abandon();
    response_info const& info() const noexcept { return call_.response().info; }
    api_error const& error() const noexcept { return call_.response().error; }
    chat_completion const& completion() const noexcept { return chunks_.gathered().completion(); }
    /// All that is known, for an exception.
    chat_response snapshot() const;
    /// @}

private:
    using outcome = chunk_queue::outcome;
    using pending_collect = pending_handler<error_code, chat_response>;
    friend class handler_cycle_breaker<stream_operation>;

    asio::awaitable<void> run() override;
    void finish(std::exception_ptr exception) noexcept override;

    // Until the stream is the user's, and again as long as nothing of it was delivered.
    asio::awaitable<net::failure> read_reply() override;
    void forget_reply() override;
    asio::awaitable<net::failure> read_refusal();
    asio::awaitable<net::failure> read_start();
    void make_reader();

    // While the caller waits, on the strand.
    asio::awaitable<void> serve();
    asio::awaitable<void> rest();
    outcome try_fetch(chat_chunk& chunk);
    asio::awaitable<outcome> fetch(chat_chunk& chunk);
    asio::awaitable<outcome> fetch_once(chat_chunk& chunk);
    asio::awaitable<outcome> fetch_all();
    outcome check_whole();
    asio::awaitable<net::failure> receive_more();
    asio::awaitable<net::failure> yield();
    asio::awaitable<void> wait_for_memory(std::size_t bytes);
    net::failure take_in(net::failure broken);
    void begin_waiting();
    void end_waiting();
    asio::awaitable<void> end_well();
    void end_badly(net::failure reason);
    void close(outcome progress);
    void notify_end(error_code const& ec);
    void report_verdict();
    net::failure why_failed();
    net::failure reason_to_end() noexcept;
    void answer(outcome progress);
    void answer_next(outcome progress);
    void answer_collect();
    void on_demand(bool needs_more);
    void drop_handlers();

    // The reading side, on the strand or off it.
    outcome take_parsed(chat_chunk& chunk);
    outcome take_coded_chunk(chat_chunk& chunk);
    void give_reader_body();
    void give_up(net::failure reason);
    bool has_body_ended() const noexcept { return broken_ || exchange().is_complete(); }
    policy::content_timeout new_silence() const;
    void note(chat_chunk const& chunk);
    template <class Pending, class Operation>
    void claim_for(Pending pending, Operation begin);
    void begin_next(pending_next pending);
    void begin_collect(pending_collect pending);

    /// State of the connection while no operation is pending, or since before the present one.
    enum class watch { idle, watching, readable };
    /// See the table above.
    enum class stage { opening, serving, ended };

    net::exchange& exchange() noexcept { return call_.current().exchange(); }
    net::exchange const& exchange() const noexcept { return call_.current().exchange(); }

    // The strand's.
    outgoing_chat_request request_;
    chat_call call_;
    pending_handler<error_code, chat_stream> opener_;
    std::optional<pending_next> next_;
    std::optional<pending_collect> collect_;
    net::async_event news_;
    watch watch_ = watch::idle;
    stage stage_ = stage::opening;
    std::optional<std::chrono::steady_clock::time_point> waiting_since_; // for the caller
    net::failure verdict_; // why the coroutine ended while no operation was pending

    // The reading side's.
    chunk_queue chunks_;
    policy::content_timeout silence_;
    net::failure broken_;   // what cut the body off; the chunks before it come first
    net::failure given_up_; // why there is no further attempt

    side_owner owner_;
    std::atomic<bool> cancelled_ = false;
};

} // namespace async_llm::detail

#endif
