// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/bulk/bulk_operation.hpp"

#include "async/try_post.hpp"
#include "client/state/validate_config.hpp"
#include <async_llm/completion_error.hpp>
#include <async_llm/error.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <new>

namespace async_llm::detail {
namespace {

// Index of a gathered result that has not come.
constexpr auto no_index = static_cast<std::size_t>(-1);

} // namespace

// ------------------------------------------------------------------------------------------- the user's side

void bulk_operation::start_next(bulk_next_handler handler) {
    auto const self = std::static_pointer_cast<bulk_operation>(shared_from_this());
    pending_next pending(std::move(handler));
    pending.forward_cancellation(self);
    begin_once();
    net::make_sure_of_memory();
    asio::post(strand(), [self, pending = std::move(pending)]() mutable { self->take(std::move(pending)); });
}

void bulk_operation::start_gathering(complete_all_handler handler) {
    all_.emplace(std::move(handler));
    all_->forward_cancellation(std::static_pointer_cast<bulk_operation>(shared_from_this()));
    begin_once();
}

bulk_progress bulk_operation::progress() const {
    auto result = tally_.progress();
    if (spending()) result.spent = spending()->spent();
    return result;
}

bulk_report bulk_operation::report() const {
    auto result = tally_.report();
    if (spending()) result.progress.spent = spending()->spent();
    return result;
}

// --------------------------------------------------------------------------------------------------- the run

asio::awaitable<void> bulk_operation::begin_work() {
    std::optional<std::size_t> total;
    if (feed_) total = feed_->size();
    tally_.run_begun(total);
    if (options_.max_in_flight == 0) end(errc::invalid_request, "max_in_flight: is below 1");
    if (auto const problem = check_spending(options_.spending); !problem.empty())
        end(errc::invalid_request, problem);
    co_return;
}

void bulk_operation::explain_end(std::string_view detail, std::exception_ptr exception) noexcept {
    tally_.explain(detail, std::move(exception));
}

void bulk_operation::finish_work() noexcept {
    // The user's functions must not outlive the run.
    feed_.reset();
    async_feed_.reset();
    options_ = bulk_options();
    tally_.run_ended();
    if (all_)
        answer_all();
    else
        answer();
}

void bulk_operation::on_cancel() {
    if (has_ended()) return;
    next_cancelled_ = next_.has_value();
    bulk_engine::on_cancel();
}

// ------------------------------------------------------------------------------ from the source to the calls

bool bulk_operation::has_room() const noexcept {
    return calls().size() + results_.size() < options_.max_in_flight;
}

bool bulk_operation::take_next() {
    request_ = feed_ ? feed_->pull() : std::nullopt;
    return request_.has_value();
}

asio::awaitable<bool> bulk_operation::await_next() {
    // The source shares the cancellation state of this coroutine, and expects what Asio does by default: that
    // its waits throw once it is cancelled.
    request_.reset();
    std::exception_ptr thrown;
    co_await asio::this_coro::throw_if_cancelled(true);
    try {
        request_ = co_await async_feed_->pull();
    } catch (...) {
        thrown = std::current_exception();
    }
    // From here on it would not be caught. The source may also have left the coroutine on another executor
    // than its own, and with a filter that lets no cancellation through.
    co_await asio::this_coro::throw_if_cancelled(false);
    auto back = asio::dispatch(strand(), asio::deferred);
    co_await std::move(back);
    co_await asio::this_coro::reset_cancellation_state();
    // If the run ends, this is only what the cancellation has made of the source.
    if (thrown && going()) std::rethrow_exception(thrown);
    if (thrown) request_.reset();
    co_return request_.has_value();
}

void bulk_operation::start_next_call(std::shared_ptr<spending_share> share) {
    auto options = options_of(next_index());
    // So that its result can be kept.
    while (all_ && gathered_.size() <= next_index())
        gathered_.emplace_back(no_index, error_code(), chat_response());
    tally_.call_begun();
    try {
        begin_call([&](place position) {
            // Keeps the run, and with it the signal to whose slot the call refers until it has ended.
            auto self = std::static_pointer_cast<bulk_operation>(shared_from_this());
            auto on_end = [self = std::move(self), position](error_code ec, chat_response response) {
                self->on_ended(position, ec, std::move(response));
            };
            complete_handler handler(
                asio::bind_cancellation_slot(position->cancel.slot(), std::move(on_end)),
                strand()
            );
            auto argument = request_argument(std::move(*request_)).with(std::move(options));
            argument->spending = std::move(share);
            start_complete(impl(), std::move(handler), std::move(argument));
        });
    } catch (...) {
        tally_.call_ended(bulk_tally::outcome::cancelled, std::nullopt);
        throw;
    }
}

request_options bulk_operation::options_of(std::size_t index) const {
    auto options = options_.request;
    // Another request must not get the answer that the provider keeps for the first.
    if (!options.idempotency_key.empty()) options.idempotency_key += '-' + std::to_string(index);
    return options;
}

// -------------------------------------------------------------------------------- from the calls to the user

void bulk_operation::on_ended(place position, error_code ec, chat_response response) {
    bulk_result result(position->index, ec, std::move(response));
    calls().erase(position);
    // In a handler of Asio's it would not be caught, and the run waits for every call.
    auto ending = bulk_tally::outcome::failed;
    try {
        ending = classify(result.index, ec, result.response);
    } catch (std::bad_alloc const&) {
        end(error_code(), "no memory", std::current_exception());
    }
    tally_.call_ended(ending, result.response.completion.usage);
    try {
        notify_progress();
        if (ending != bulk_tally::outcome::cancelled) keep(std::move(result));
    } catch (std::bad_alloc const&) {
        end(error_code(), "no memory", std::current_exception());
    }
    news().open();
}

bulk_tally::outcome
bulk_operation::classify(std::size_t index, error_code ec, chat_response const& response) {
    if (!ec) return bulk_tally::outcome::completed;
    // A client that is shut down takes no more calls, but lets those in flight finish: so they are not
    // cancelled here. When it ends, it ends them itself.
    if (ec == errc::client_closed) stop(ec);
    // A call that its client's caps did not allow was not sent, and the next ones would not be.
    bool const met_cap = ec == errc::spending_limit_reached;
    if (met_cap) stop_starting(ec, response.info.detail);
    bool const with_the_run = met_cap || ec == errc::client_closed || ec == asio::error::operation_aborted;
    if (with_the_run) return bulk_tally::outcome::cancelled;
    if (options_.fail_fast && going()) {
        failed_fast_ = true;
        end(ec, "request " + std::to_string(index) + ": " + explain(ec, response));
    }
    return bulk_tally::outcome::failed;
}

void bulk_operation::notify_progress() {
    if (!options_.on_progress || is_cancelled()) return;
    try {
        options_.on_progress(progress());
    } catch (...) {
        end(error_code(), "on_progress threw", std::current_exception());
    }
}

void bulk_operation::keep(bulk_result result) {
    if (all_) {
        auto const index = result.index;
        gathered_[index] = std::move(result);
    } else {
        results_.push_back(std::move(result));
        answer();
    }
}

void bulk_operation::take(pending_next pending) {
    if (next_) return pending.complete(errc::operation_in_progress, std::nullopt);
    next_.emplace(std::move(pending));
    answer();
}

void bulk_operation::answer() {
    if (!next_) return;
    std::optional<bulk_result> result;
    error_code ec;
    if (next_cancelled_) {
        if (!has_ended()) return;
        ec = asio::error::operation_aborted;
    } else if (!results_.empty()) {
        result.emplace(std::move(results_.front()));
        results_.pop_front();
    } else if (!has_ended()) {
        return;
    } else if (!failed_fast_) {
        // The result that failed was delivered.
        ec = this->ec();
    }
    next_cancelled_ = false;
    auto pending = std::move(*next_);
    next_.reset();
    news().open();
    pending.complete(ec, std::move(result));
}

void bulk_operation::answer_all() {
    auto pending = std::move(*all_);
    all_.reset();
    bulk_report report;
    try {
        report = this->report();
    } catch (std::bad_alloc const&) {
        // The results are worth more than the sentence.
        report.progress = progress();
    }
    std::erase_if(gathered_, [](bulk_result const& each) { return each.index == no_index; });
    report.results = std::move(gathered_);
    pending.complete(ec(), std::move(report));
}

} // namespace async_llm::detail
