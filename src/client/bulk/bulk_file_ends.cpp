// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "async/try_post.hpp"
#include "client/bulk/bulk_file_operation.hpp"
#include "client/state/validate_config.hpp"
#include <async_llm/error.hpp>

#include <algorithm>
#include <new>
#include <utility>

namespace async_llm::detail {

bulk_file_operation::bulk_file_operation(
    std::shared_ptr<client_state> impl,
    bulk_file_handler handler,
    bulk_input input,
    std::string output,
    bulk_file_options options
)
    : bulk_engine(std::move(impl), handler.executor(), options.spending),
      handler_(std::in_place, std::move(handler)),
      options_(std::move(options)),
      control_(control_access::impl(options_.control)),
      ticker_(strand()) {
    worker_ = std::make_shared<file_worker>(std::move(input), std::move(output), options_);
}

void bulk_file_operation::start() {
    auto const self = std::static_pointer_cast<bulk_file_operation>(shared_from_this());
    handler_->forward_cancellation(self);
    begin_once();
    control_->attach(std::weak_ptr<controlled_run>(self));
}

void bulk_file_operation::request_drain() noexcept {
    net::try_post(strand(), [weak = weak_from_this()] {
        auto const self = std::static_pointer_cast<bulk_file_operation>(weak.lock());
        if (!self || self->has_ended()) return;
        self->drain();
        self->publish();
    });
}

// ------------------------------------------------------------------------------------- the beginning and the
// end

asio::awaitable<void> bulk_file_operation::begin_work() {
    control_->begin();
    if (!check_options()) co_return;
    credentials_ = impl()->credentials_for(options_.request.headers);
    notified_ = std::chrono::steady_clock::now();
    auto job = std::make_shared<file_job>();
    job->opens = true;
    start_job(std::move(job));
    publish();
    arm_ticker();
    while (has_job_) co_await news().wait();
    has_files_ = !is_broken_;
    is_supplying_ = has_files_;
    publish();
    pump();
}

/// Ends the run if an option is out of bounds.
bool bulk_file_operation::check_options() {
    auto const check = [this](bool good, std::string_view sentence) {
        if (!good) end(errc::invalid_request, sentence);
    };
    check(static_cast<bool>(options_.file_executor), "file_executor: there is none");
    if (auto const problem = check_spending(options_.spending); !problem.empty()) check(false, problem);
    check(options_.max_in_flight > 0, "max_in_flight: is below 1");
    check(options_.shard.count > 0 && options_.shard.index < options_.shard.count, "shard: there is no such");
    check(
        options_.max_line_size > 0 && options_.max_line_size <= std::size_t(1) << 30,
        "max_line_size: is out of bounds"
    );
    check(options_.sync_interval.count() >= 0, "sync_interval: is negative");
    check(options_.progress_interval >= std::chrono::milliseconds(10), "progress_interval: is below 10 ms");
    return going();
}

asio::awaitable<void> bulk_file_operation::end_work() {
    is_supplying_ = false;
    pump();
    while (has_job_ || !results_.empty()) co_await news().wait();
    if (!has_files_) co_return;
    // Also after a failure: what is there is synced as far as it can be.
    auto job = std::make_shared<file_job>();
    job->closes = true;
    job->in_flight = open_keys_;
    start_job(std::move(job));
    while (has_job_) co_await news().wait();
}

void bulk_file_operation::explain_end(std::string_view detail, std::exception_ptr exception) noexcept {
    if (!report_.detail.empty() || report_.exception) return;
    report_.exception = std::move(exception);
    try {
        report_.detail = detail;
    } catch (std::bad_alloc const&) {
    }
}

bulk_file_end bulk_file_operation::kind_of_end() const noexcept {
    if (file_error_) return bulk_file_end::error;
    if (ec() == errc::spending_limit_reached) return bulk_file_end::spending_limit;
    if (ec()) return bulk_file_end::error;
    bool const is_whole = counts_.input_ended && tasks_.empty() && counts_.cancelled == 0;
    return is_draining() && !is_whole ? bulk_file_end::drained : bulk_file_end::complete;
}

void bulk_file_operation::finish_work() noexcept {
    ticker_.cancel();
    control_->end();
    publish();
    // With the figures of the end.
    notify_progress();
    auto ec = this->ec();
    if (!ec && file_error_) ec = file_error_;
    // Of the last call of `on_progress`.
    if (!ec) ec = stop_reason();
    // A run that a cap has ended says so by its report alone.
    if (ec == errc::spending_limit_reached) ec = file_error_;
    report_.end = kind_of_end();
    report_.progress = control_->progress();
    report_.maybe_asked_twice = counts_.maybe_asked_twice;
    report_.edited = counts_.edited;
    report_.deduplicated = counts_.deduplicated;
    report_.superseded = counts_.superseded;
    report_.unreadable = counts_.unreadable;
    report_.torn_bytes = counts_.torn_bytes;
    report_.to_ask = counts_.to_ask;
    report_.estimated_tokens = counts_.estimated_tokens;
    // The user's functions must not outlive the run.
    options_.on_progress = nullptr;
    worker_.reset();
    auto handler = std::move(*handler_);
    handler_.reset();
    handler.complete(ec, std::move(report_));
}

// ---------------------------------------------------------------------------------------------------
// progress

bulk_file_progress bulk_file_operation::figures() const {
    auto result = sums_;
    result.stage = has_ended()      ? bulk_file_stage::ended
        : !has_files_               ? bulk_file_stage::resuming
        : is_draining() || !going() ? bulk_file_stage::draining
                                    : bulk_file_stage::running;
    result.lines = counts_.lines;
    result.answered_before = counts_.answered_before;
    result.failed_before = counts_.failed_before;
    result.answered = counts_.answered;
    result.failed = counts_.failed;
    result.refused = counts_.refused;
    result.in_flight = calls().size();
    result.cancelled = counts_.cancelled;
    auto const known = result.answered_before + result.failed_before + result.answered + result.failed +
        result.refused + result.in_flight + result.cancelled + counts_.to_ask;
    result.waiting = result.lines > known ? result.lines - known : 0;
    if (has_ended()) result.cancelled += std::exchange(result.waiting, 0);
    if (counts_.input_ended) result.total = counts_.lines;
    result.input_bytes = counts_.input_bytes;
    result.input_size = counts_.input_size;
    if (spending()) result.spent = spending()->spent();
    return result;
}

void bulk_file_operation::publish() { control_->publish(figures()); }

void bulk_file_operation::arm_ticker() {
    auto const most = std::max(options_.sync_interval, std::chrono::milliseconds(10));
    ticker_.expires_after(std::min<std::chrono::milliseconds>(options_.progress_interval, most));
    ticker_.async_wait([weak = weak_from_this()](error_code ec) {
        auto const self = std::static_pointer_cast<bulk_file_operation>(weak.lock());
        if (!ec && self && !self->has_ended()) self->on_tick();
    });
}

void bulk_file_operation::on_tick() {
    sync_is_due_ = true;
    pump();
    if (std::chrono::steady_clock::now() - notified_ >= options_.progress_interval) notify_progress();
    if (has_ended()) return;
    try {
        arm_ticker();
    } catch (std::bad_alloc const&) {
        end(error_code(), "no memory", std::current_exception());
    }
}

void bulk_file_operation::notify_progress() {
    notified_ = std::chrono::steady_clock::now();
    if (!options_.on_progress || is_cancelled()) return;
    try {
        options_.on_progress(control_->progress());
    } catch (...) {
        end(error_code(), "on_progress threw", std::current_exception());
    }
}

} // namespace async_llm::detail
