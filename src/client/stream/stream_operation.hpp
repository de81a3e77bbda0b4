// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_STREAM_STREAM_OPERATION_HPP
#define ASYNC_LLM_CLIENT_STREAM_STREAM_OPERATION_HPP

#include "async/handler_cycle_breaker.hpp"
#include "async/pending_handler.hpp"
#include "client/call/call_operation.hpp"
#include "client/stream/chunk_queue.hpp"
#include "client/stream/pending_next.hpp"
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
 * further than that takes. Meanwhile it watches the connection, so that a `next` before more has come
 * need not wake it.
 *
 * The reading side (reader, builder, what the user sees of the response) has one owner at a time: the strand
 * while an operation is pending, which \ref busy_ says, and the user otherwise. So chunks that are here
 * already are taken without a hop. An end of the stream while no operation is pending is kept on the strand's
 * side until the caller does.
 *
 * stream_operation.cpp opens it and has the user's side, stream_reading.cpp reads it.
 */
class stream_operation final : public call_operation {
public:
    stream_operation(
        std::shared_ptr<client_state> impl,
        request_argument argument,
        open_stream_handler handler
    );

    static void start(std::shared_ptr<stream_operation> const& op);

    /// \name The user's side
    /// @{
    asio::any_io_executor const& executor() const noexcept { return impl_->executor(); }
    void start_next(pending_next pending);
    void start_collect(collect_handler handler);
    bool try_next(chat_chunk& chunk);
    /// Ends the stream. From any thread.
    void cancel();
    /// Ends the stream when the user has dropped it; does nothing if it is over.
    void abandon();
    response_info const& info() const noexcept { return response_.info; }
    api_error const& error() const noexcept { return response_.error; }
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
    outcome judge_whole();
    asio::awaitable<net::failure> receive_more();
    asio::awaitable<net::failure> yield();
    asio::awaitable<void> wait_for_memory(std::size_t bytes);
    net::failure take_in(net::failure broken);
    void begin_waiting();
    void end_waiting();
    asio::awaitable<void> end_well();
    void end_badly(net::failure reason);
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
    policy::content_timeout fresh_silence() const;
    void note(chat_chunk const& chunk);
    template <class Pending, class Operation>
    void claim_for(Pending pending, Operation begin);
    void begin_next(pending_next pending);
    void begin_collect(pending_collect pending);
    bool claim() noexcept { return !busy_.exchange(true, std::memory_order_acquire); }
    void unclaim() noexcept { busy_.store(false, std::memory_order_release); }

    // The strand's.
    pending_handler<error_code, chat_stream> opener_;
    std::optional<pending_next> next_;
    std::optional<pending_collect> collect_;
    net::async_event news_;
    bool watching_ = false; // the connection, while no operation is pending or since before that
    bool readable_ = false; // as that has shown
    std::optional<std::chrono::steady_clock::time_point> waiting_since_; // for the caller
    net::failure verdict_; // why the coroutine ended while no operation was pending
    bool opened_ = false;
    bool finished_ = false;
    bool end_reported_ = false;

    // The reading side's.
    chunk_queue chunks_;
    policy::content_timeout silence_;
    net::failure broken_; // what cut the body off; the chunks before it come first
    std::optional<net::failure> given_up_;
    bool body_ended_ = false;

    std::atomic<bool> busy_ = true;
    std::atomic<bool> cancelled_ = false;
    std::atomic<bool> abandoned_ = false;
};

} // namespace async_llm::detail

#endif
