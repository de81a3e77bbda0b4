// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/bulk/bulk_file_operation.hpp"

#include "async/try_post.hpp"
#include "policy/bulk/line_failure.hpp"
#include "types/errc_facts.hpp"
#include <async_llm/completion_error.hpp>
#include <async_llm/detail/endpoint_request.hpp>
#include <async_llm/error.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/error.hpp>

#include <algorithm>
#include <new>
#include <utility>

namespace async_llm::detail {
namespace {

/// Bytes of replies that wait to be written.
constexpr std::size_t max_bytes_of_results = std::size_t(32) << 20;

/// The word for an error in an errors file.
std::string name_of(error_code const& ec, api_error const& error) {
    if (ec.category() == http_status_category()) {
        auto const status = "http_" + std::to_string(ec.value());
        return error.code.empty() ? status : error.code;
    }
    auto const* const facts =
        ec.category() == client_category() ? find_facts(static_cast<errc>(ec.value())) : nullptr;
    return facts ? facts->name : "error";
}

} // namespace

// ------------------------------------------------------------------------------------ from the file to the
// calls

void bulk_file_operation::start_next_call(std::shared_ptr<spending_share> share) {
    auto task = std::move(tasks_.front());
    tasks_.pop_front();
    pump();
    control_->begin_asking();
    auto options = options_.request;
    // Another request must not get the answer that the provider keeps for the first.
    if (!options.idempotency_key.empty()) options.idempotency_key += '-' + codec::to_hex(task.key);
    auto request = endpoint_request::post(std::move(task.path), std::move(task.body), std::move(options));
    request->spending = std::move(share);
    auto sent = std::make_shared<sent_line>(std::move(task));
    begin_call([&](place position) {
        // Keeps the run, and with it the signal to whose slot the call refers until it has ended.
        auto self = std::static_pointer_cast<bulk_file_operation>(shared_from_this());
        auto on_end = [self = std::move(self), sent, position](error_code ec, api_response response) {
            self->on_ended(position, sent, ec, std::move(response));
        };
        endpoint_handler handler(
            asio::bind_cancellation_slot(position->cancel.slot(), std::move(on_end)),
            strand()
        );
        start_endpoint_call(impl(), std::move(handler), std::move(request));
    });
    publish();
}

bool bulk_file_operation::has_room() const noexcept {
    // A kill asks twice what is in flight or not written yet: together no more than what may be in flight.
    auto const unwritten = results_.size() + results_of_job_;
    return calls().size() + unwritten < options_.max_in_flight && bytes_of_results_ < max_bytes_of_results;
}

asio::awaitable<bool> bulk_file_operation::await_next() {
    while (going() && !is_draining() && tasks_.empty()) {
        if (counts_.input_ended && !has_job_) break;
        pump();
        co_await news().wait();
    }
    co_return going() && !is_draining() && !tasks_.empty();
}

// ------------------------------------------------------------------------------------ from the calls to the
// file

void bulk_file_operation::on_ended(
    place position,
    sent_ptr const& sent,
    error_code ec,
    api_response response
) {
    calls().erase(position);
    // In a handler of Asio's it would not be caught, and the run waits for every call.
    try {
        count(ec, response);
        file::line_result result;
        result.line = std::move(sent->line);
        result.content = sent->content;
        result.status = response.info.status;
        result.request_id = std::move(response.info.request_id);
        result.attempts = response.info.attempts;
        result.latency_ms =
            std::chrono::duration_cast<std::chrono::milliseconds>(response.info.timings.total).count();
        result.provider = std::move(response.info.provider);
        if (response.usage) result.cost = response.usage->cost;
        if (ec)
            classify(ec, response, result);
        else
            failures_in_row_ = 0;
        if (result.is_cancelled && result.attempts > 0) open_keys_.insert(result.line.key);
        result.body = std::move(response).text();
        if (ec && credentials_) credentials_->apply(result.body);
        keep(std::move(result));
    } catch (std::bad_alloc const&) {
        end(error_code(), "no memory", std::current_exception());
    }
    publish();
    pump();
    news().open();
}

/// Keeps a result for the worker; without files to write to, its line is asked again.
void bulk_file_operation::keep(file::line_result result) {
    if (is_broken_) {
        open_keys_.insert(result.line.key);
        return;
    }
    bytes_of_results_ += result.body.size();
    results_.push_back(std::move(result));
}

void bulk_file_operation::count(error_code ec, api_response const& response) {
    auto const& info = response.info;
    sums_.retries += info.failed_attempts.size();
    for (auto const& attempt : info.failed_attempts) {
        if (attempt.ec == condition::rate_limited) ++sums_.rate_limited;
    }
    if (ec == condition::rate_limited) ++sums_.rate_limited;
    if (!response.usage) return;
    sums_.input_tokens += response.usage->prompt_tokens;
    sums_.output_tokens += response.usage->completion_tokens;
    if (response.usage->cost) sums_.cost = sums_.cost.value_or(0) + *response.usage->cost;
}

/// Decides what a failed call is to its line, and to the run.
void bulk_file_operation::classify(error_code ec, api_response& response, file::line_result& result) {
    using policy::line_failure;
    auto const failure = policy::classify_line_failure(ec);
    result.is_cancelled = ec == asio::error::operation_aborted || failure == line_failure::ends_run;
    // A client that is shut down takes no more calls, but lets those in flight finish.
    if (failure == line_failure::ends_run) stop_starting(ec, explain(ec, response));
    if (result.is_cancelled) return;
    result.is_final = failure == line_failure::for_good;
    result.error_code = name_of(ec, response.error);
    result.error_message = response.error.message.empty() ? response.info.detail : response.error.message;
    if (result.error_message.empty()) result.error_message = ec.message();
    ++failures_in_row_;
    if (options_.max_failures_in_a_row == 0 || failures_in_row_ < options_.max_failures_in_a_row) return;
    stop_starting(ec, std::to_string(failures_in_row_) + " lines in a row failed; " + explain(ec, response));
}

// ---------------------------------------------------------------------------------------------- work on
// files

/// Begins a job of the worker if there is any work.
void bulk_file_operation::pump() {
    if (has_job_ || !has_files_ || is_broken_) return;
    bool const reads = wants_lines(!results_.empty());
    bool const syncs = std::exchange(sync_is_due_, false);
    if (results_.empty() && !reads && !syncs) return;
    auto job = std::make_shared<file_job>();
    job->results = std::exchange(results_, std::vector<file::line_result>());
    job->syncs = syncs;
    if (reads) job->most_lines = lines_of_job();
    start_job(std::move(job));
}

/// Returns how many lines are kept ready. Each is noted in the journal, so there are not more than needed.
std::size_t bulk_file_operation::lines_of_job() const noexcept {
    return std::clamp<std::size_t>(options_.max_in_flight / 4, 16, 256);
}

bool bulk_file_operation::wants_lines(bool has_results) const noexcept {
    if (!is_supplying_ || !going() || is_draining() || counts_.input_ended) return false;
    return tasks_.size() < lines_of_job() && (!is_blocked_ || has_results);
}

void bulk_file_operation::start_job(std::shared_ptr<file_job> job) {
    has_job_ = true;
    results_of_job_ = job->results.size();
    auto self = std::static_pointer_cast<bulk_file_operation>(shared_from_this());
    auto const done = [self = std::move(self), job] { self->on_job_done(*job); };
    if (worker_->start(job, strand(), done)) return;
    job->exception = std::make_exception_ptr(std::bad_alloc());
    on_job_done(*job);
}

void bulk_file_operation::on_job_done(file_job& job) {
    has_job_ = false;
    // Only if an exception has cut the coroutine off.
    if (has_ended()) return;
    results_of_job_ = 0;
    for (auto const& result : job.results) bytes_of_results_ -= result.body.size();
    counts_ = job.counts;
    is_blocked_ = job.is_blocked;
    try {
        if (job.closes || job.exception) report_.refused_lines = std::move(job.refused_lines);
        if (job.exception) on_job_failed(job);
        for (auto& task : job.tasks) tasks_.push_back(std::move(task));
    } catch (std::bad_alloc const&) {
        end(error_code(), "no memory", std::current_exception());
    }
    publish();
    pump();
    news().open();
}

/// Ends the run: what can't be written is asked again by the next.
void bulk_file_operation::on_job_failed(file_job& job) {
    is_broken_ = true;
    for (auto const& result : job.results) open_keys_.insert(result.line.key);
    for (auto const& result : results_) open_keys_.insert(result.line.key);
    results_.clear();
    bytes_of_results_ = 0;
    try {
        std::rethrow_exception(job.exception);
    } catch (file::file_error const& e) {
        if (!file_error_) file_error_ = e.code();
        end(e.code(), e.sentence());
    } catch (...) {
        end(error_code(),
            job.opens || job.most_lines != 0 ? "the input failed" : "the files failed",
            job.exception);
    }
}

} // namespace async_llm::detail
