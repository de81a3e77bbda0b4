// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_BULK_BULK_FILE_OPERATION_HPP
#define ASYNC_LLM_CLIENT_BULK_BULK_FILE_OPERATION_HPP

#include "async/pending_handler.hpp"
#include "client/bulk/bulk_engine.hpp"
#include "client/bulk/file_run_control.hpp"
#include "client/bulk/file_worker.hpp"
#include "codec/http/credential_mask.hpp"
#include <async_llm/api_response.hpp>
#include <async_llm/bulk_file.hpp>

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace async_llm::detail {

/// Run over a file of requests: lines come from a \ref file_worker, and what became of them goes back there.
/**
 * At most one job of the worker is under way. It takes the results that have gathered meanwhile, and reads on
 * when few lines are left, so that the slower side sets the size of the pieces.
 */
class bulk_file_operation final : public bulk_engine, public controlled_run {
public:
    bulk_file_operation(
        std::shared_ptr<client_state> impl,
        bulk_file_handler handler,
        bulk_input input,
        std::string output,
        bulk_file_options options
    );

    void start();

    void request_drain() noexcept override;
    void request_stop() noexcept override { cancel(); }

private:
    /// Line that is asked.
    struct sent_line {
        explicit sent_line(file::line_task&& task)
            : line(std::move(static_cast<file::line_identity&>(task))), content(task.content) {}

        file::line_identity line;
        file::content_hash content;
    };
    using sent_ptr = std::shared_ptr<sent_line>;

    // From the file to the calls.
    asio::awaitable<void> begin_work() override;
    bool has_room() const noexcept override;
    bool must_await_next() const noexcept override { return tasks_.empty(); }
    bool take_next() override { return true; }
    asio::awaitable<bool> await_next() override;
    void start_next_call(std::shared_ptr<spending_share> share) override;
    bool check_options();

    // From the calls to the file.
    void on_ended(place position, sent_ptr const& sent, error_code ec, api_response response);
    void keep(file::line_result result);
    void count(error_code ec, api_response const& response);
    void classify(error_code ec, api_response& response, file::line_result& result);
    asio::awaitable<void> end_work() override;

    // Work on the files.
    void pump();
    bool wants_lines(bool has_results) const noexcept;
    std::size_t lines_of_job() const noexcept;
    void start_job(std::shared_ptr<file_job> job);
    void on_job_done(file_job& job);
    void on_job_failed(file_job& job);

    // Progress.
    bulk_file_progress figures() const;
    void publish();
    void arm_ticker();
    void on_tick();
    void notify_progress();

    // The end.
    void explain_end(std::string_view detail, std::exception_ptr exception) noexcept override;
    void finish_work() noexcept override;
    void drop_handlers() override { handler_.reset(); }
    bulk_file_end kind_of_end() const noexcept;

    using pending = pending_handler<error_code, bulk_file_report>;

    std::optional<pending> handler_;
    bulk_file_options options_;
    std::shared_ptr<file_run_control> control_;
    std::shared_ptr<codec::credential_mask const> credentials_;

    std::shared_ptr<file_worker> worker_;
    bool has_files_ = false;
    bool has_job_ = false;
    bool is_broken_ = false;
    bool is_blocked_ = false;
    bool is_supplying_ = false;
    bool sync_is_due_ = false;
    std::deque<file::line_task> tasks_;
    std::vector<file::line_result> results_; // not handed to the worker yet
    std::size_t bytes_of_results_ = 0;
    std::size_t results_of_job_ = 0;
    // Asked, and perhaps done by the provider, without an answer in the output.
    std::set<codec::line_key> open_keys_;
    file::file_counts counts_;

    std::size_t failures_in_row_ = 0;
    bulk_file_progress sums_; // of the calls: tokens, cost, retries
    asio::steady_timer ticker_;
    std::chrono::steady_clock::time_point notified_;

    bulk_file_report report_;
    error_code file_error_;
};

} // namespace async_llm::detail

#endif
