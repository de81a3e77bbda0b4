// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_BULK_BULK_OPERATION_HPP
#define ASYNC_LLM_CLIENT_BULK_BULK_OPERATION_HPP

#include "async/pending_handler.hpp"
#include "client/bulk/bulk_engine.hpp"
#include "client/bulk/bulk_stats.hpp"
#include "client/state/client_state.hpp"
#include <async_llm/bulk.hpp>
#include <async_llm/chat_request.hpp>
#include <async_llm/detail/config.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <deque>
#include <exception>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace async_llm::detail {

/// Run over requests in memory, whose results are handed out or gathered.
class bulk_operation final : public bulk_engine {
public:
    bulk_operation(
        std::shared_ptr<client_state> impl,
        asio::any_io_executor runs_on,
        bulk_source source,
        bulk_options options
    )
        : bulk_engine(std::move(impl), std::move(runs_on), options.spending),
          feed_(std::move(source.feed_)),
          async_feed_(std::move(source.async_feed_)),
          options_(std::move(options)) {}

    /// \name The user's side
    /// @{
    /// Begins the run, if that has not been done.
    void start_next(bulk_next_handler handler);
    /// Begins the run as one that keeps its results.
    void start_gathering(complete_all_handler handler);
    bulk_progress progress() const;
    /// Everything but the results. From any thread.
    bulk_report report() const;
    /// @}

private:
    using pending_next = pending_handler<error_code, std::optional<bulk_result>>;
    using pending_all = pending_handler<error_code, bulk_report>;

    // From the source to the calls.
    asio::awaitable<void> begin_work() override;
    bool has_room() const noexcept override;
    bool must_await_next() const noexcept override { return async_feed_ != nullptr; }
    bool take_next() override;
    asio::awaitable<bool> await_next() override;
    void start_next_call(std::shared_ptr<spending_share> share) override;
    request_options options_of(std::size_t index) const;

    // From the calls to the user.
    void on_ended(place position, error_code ec, chat_response response);
    bulk_tally::outcome classify(std::size_t index, error_code ec, chat_response const& response);
    void notify_progress();
    void keep(bulk_result result);
    void take(pending_next pending);
    void answer();
    void answer_all();

    // The end.
    void explain_end(std::string_view detail, std::exception_ptr exception) noexcept override;
    void finish_work() noexcept override;
    void drop_handlers() override { next_.reset(); }
    void on_cancel() override;

    std::unique_ptr<request_feed> feed_;
    std::unique_ptr<async_request_feed> async_feed_;
    bulk_options options_;
    bulk_tally tally_;
    std::optional<chat_request> request_; // taken, and not begun

    std::deque<bulk_result> results_; // not taken yet
    std::optional<pending_next> next_;
    bool next_cancelled_ = false;
    std::optional<pending_all> all_;
    std::vector<bulk_result> gathered_; // by index, with gaps

    bool failed_fast_ = false;
};

} // namespace async_llm::detail

#endif
