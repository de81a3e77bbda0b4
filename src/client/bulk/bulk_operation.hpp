// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_BULK_BULK_OPERATION_HPP
#define ASYNC_LLM_CLIENT_BULK_BULK_OPERATION_HPP

#include "async/handler_cycle_breaker.hpp"
#include "async/operation.hpp"
#include "async/pending_handler.hpp"
#include "client/bulk/bulk_stats.hpp"
#include "client/state/client_state.hpp"
#include "client/state/registration.hpp"
#include "client/state/spending_account.hpp"
#include <async_llm/bulk.hpp>
#include <async_llm/chat_request.hpp>
#include <async_llm/detail/config.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>

#include <atomic>
#include <cstddef>
#include <deque>
#include <exception>
#include <list>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace async_llm::detail {

/// Takes requests from a source, keeps a number of calls in flight, and hands out or gathers their results.
/**
 * It is no call of the client, but makes many. One coroutine on one strand takes requests and begins calls;
 * results come in, and are delivered, on the same strand, also while the coroutine awaits the source. What
 * the run hands out last, its end, waits until no call is in flight.
 */
class bulk_operation final : public net::operation {
public:
    bulk_operation(
        std::shared_ptr<client_state> impl,
        asio::any_io_executor runs_on,
        bulk_source source,
        bulk_options options
    )
        : operation(impl->service_for(runs_on), std::chrono::milliseconds(0)),
          impl_(std::move(impl)),
          runs_on_(std::move(runs_on)),
          feed_(std::move(source.feed_)),
          async_feed_(std::move(source.async_feed_)),
          options_(std::move(options)),
          spending_(spending_account::make(options_.spending)),
          news_(strand()) {}

    /// \name The user's side
    /// @{
    asio::any_io_executor const& executor() const noexcept { return runs_on_; }
    /// Begins the run, if that has not been done.
    void start_next(bulk_next_handler handler);
    /// Begins the run as one that keeps its results.
    void start_gathering(complete_all_handler handler);
    void request_cancel(asio::cancellation_type) { cancel(); }
    /// Ends the run. From any thread.
    void cancel();
    bulk_progress progress() const;
    /// Everything but the results. From any thread.
    bulk_report report() const;
    /// @}

private:
    using pending_next = pending_handler<error_code, std::optional<bulk_result>>;
    using pending_all = pending_handler<error_code, bulk_report>;
    friend class handler_cycle_breaker<bulk_operation>;

    struct call {
        explicit call(std::size_t number) : index(number) {}

        std::size_t index;
        asio::cancellation_signal cancel;
    };
    using place = std::list<call>::iterator;

    void begin_once();
    asio::awaitable<void> run() override;
    void finish(std::exception_ptr exception) noexcept override;
    void drop_handlers() { next_.reset(); }

    // From the source to the calls.
    asio::awaitable<void> supply_and_wait();
    asio::awaitable<void> supply();
    asio::awaitable<std::optional<chat_request>> await_source();
    std::optional<chat_request> ask_source();
    bool try_reserve(std::shared_ptr<spending_share>& share);
    void start_call(chat_request request, std::shared_ptr<spending_share> share);
    request_options options_of(std::size_t index) const;
    bool has_room() const noexcept;

    // From the calls to the user.
    void on_ended(place position, error_code ec, chat_response response);
    bulk_tally::outcome classify(std::size_t index, error_code ec, chat_response const& response);
    void notify_progress();
    void keep(bulk_result result);
    void take(pending_next pending);
    void answer();
    void answer_all();

    // Ending early.
    bool going() const noexcept { return !stop_reason() && !cancelled_; }
    void end(error_code ec, std::string_view detail, std::exception_ptr exception = nullptr) noexcept;
    void on_cancel();
    void stop_starting(error_code ec, std::string_view detail) noexcept;
    void cancel_calls();

    std::shared_ptr<client_state> impl_;
    asio::any_io_executor runs_on_;
    registration registration_;
    bool begun_ = false; // the user's side
    std::unique_ptr<request_feed> feed_;
    std::unique_ptr<async_request_feed> async_feed_;
    bulk_options options_;
    std::shared_ptr<spending_account> spending_; // null: there are no caps
    bulk_tally tally_;
    std::atomic<bool> cancelled_ = false;

    std::list<call> calls_;
    std::size_t next_index_ = 0;
    net::async_event news_;

    std::deque<bulk_result> results_; // not taken yet
    std::optional<pending_next> next_;
    bool next_cancelled_ = false;
    std::optional<pending_all> all_;
    std::vector<bulk_result> gathered_; // by index, with gaps

    bool failed_fast_ = false;
    bool ended_ = false;
    error_code ec_; // once it is over
};

} // namespace async_llm::detail

#endif
