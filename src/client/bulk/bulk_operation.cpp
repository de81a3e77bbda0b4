// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/bulk/bulk_operation.hpp"

#include "async/exception.hpp"
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

void bulk_operation::begin_once() {
    if (begun_) return;
    begun_ = true;
    registration_.begin_run(*impl_, weak_from_this());
    net::launch_post(shared_from_this());
}

bulk_progress bulk_operation::progress() const {
    auto result = tally_.progress();
    if (spending_) result.spent = spending_->spent();
    return result;
}

bulk_report bulk_operation::report() const {
    auto result = tally_.report();
    if (spending_) result.progress.spent = spending_->spent();
    return result;
}

void bulk_operation::cancel() {
    // Immediately, so that nothing of the user's is called any more if this thread runs the strand.
    cancelled_ = true;
    net::try_post(strand(), [weak = weak_from_this()] {
        if (auto const self = std::static_pointer_cast<bulk_operation>(weak.lock())) self->on_cancel();
    });
}

// --------------------------------------------------------------------------------------------------- the run

asio::awaitable<void> bulk_operation::run() {
    handler_cycle_breaker<bulk_operation> parting(weak_from_this());
    try {
        co_await supply_and_wait();
    } catch (...) {
        parting.ended();
        throw;
    }
    parting.ended();
}

/// Supplies requests, and waits until each call has ended.
asio::awaitable<void> bulk_operation::supply_and_wait() {
    co_await asio::this_coro::throw_if_cancelled(false);
    std::optional<std::size_t> total;
    if (feed_) total = feed_->size();
    tally_.run_begun(total);
    if (options_.max_in_flight == 0) end(errc::invalid_request, "max_in_flight: is below 1");
    if (auto const problem = check_spending(options_.spending); !problem.empty())
        end(errc::invalid_request, problem);
    try {
        co_await supply();
    } catch (...) {
        end(error_code(), "the source threw", std::current_exception());
    }
    while (!calls_.empty()) co_await news_.wait();
}

void bulk_operation::finish(std::exception_ptr exception) noexcept {
    if (exception) end(error_code(), "the run failed", std::move(exception));
    // Calls are left only if an exception has cut the coroutine off.
    cancel_calls();
    ended_ = true;
    ec_ = stop_reason();
    if (cancelled_ && !ec_) ec_ = asio::error::operation_aborted;
    if (ec_ == errc::client_closed) tally_.explain("the client is closed", nullptr);
    if (ec_ == asio::error::operation_aborted) tally_.explain("the run was cancelled", nullptr);
    // The user's functions must not outlive the run.
    feed_.reset();
    async_feed_.reset();
    options_ = bulk_options();
    registration_.end(true);
    tally_.run_ended();
    if (all_)
        answer_all();
    else
        answer();
}

void bulk_operation::end(error_code ec, std::string_view detail, std::exception_ptr exception) noexcept {
    if (!going()) return;
    if (exception) ec = net::error_from_exception(exception);
    tally_.explain(detail, std::move(exception));
    stop(ec);
    cancel_calls();
}

void bulk_operation::on_cancel() {
    if (ended_) return;
    tally_.explain("the run was cancelled", nullptr);
    next_cancelled_ = next_.has_value();
    stop(asio::error::operation_aborted);
    // Also if the run is ending already, but patiently.
    cancel_calls();
}

/// Begins no more calls, and lets those in flight finish.
void bulk_operation::stop_starting(error_code ec, std::string_view detail) noexcept {
    tally_.explain(detail, nullptr);
    stop(ec);
}

void bulk_operation::cancel_calls() {
    for (auto& each : calls_) each.cancel.emit(asio::cancellation_type::terminal);
}

// ------------------------------------------------------------------------------ from the source to the calls

asio::awaitable<void> bulk_operation::supply() {
    while (going()) {
        if (!has_room()) {
            co_await news_.wait();
            continue;
        }
        std::optional<chat_request> request;
        if (async_feed_)
            request = co_await await_source();
        else
            request = ask_source();
        if (!request) co_return;
        std::shared_ptr<spending_share> share;
        while (going() && !try_reserve(share)) co_await news_.wait();
        if (going()) start_call(std::move(*request), std::move(share));
    }
}

bool bulk_operation::has_room() const noexcept {
    return calls_.size() + results_.size() < options_.max_in_flight;
}

std::optional<chat_request> bulk_operation::ask_source() { return feed_ ? feed_->pull() : std::nullopt; }

asio::awaitable<std::optional<chat_request>> bulk_operation::await_source() {
    // The source shares the cancellation state of this coroutine, and expects what Asio does by default: that
    // its waits throw once it is cancelled.
    std::optional<chat_request> request;
    std::exception_ptr thrown;
    co_await asio::this_coro::throw_if_cancelled(true);
    try {
        request = co_await async_feed_->pull();
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
    if (thrown) request.reset();
    co_return request;
}

/// Reserves for a call. False: another has to end first. Stops the run if it fits no more.
bool bulk_operation::try_reserve(std::shared_ptr<spending_share>& share) {
    if (!spending_) return true;
    auto const answer = spending_->try_reserve(share);
    if (answer == policy::spending_answer::granted) return true;
    // The second call of a hedge may be left, whose end is not reported.
    if (answer == policy::spending_answer::must_wait && !calls_.empty()) return false;
    stop_starting(errc::spending_limit_reached, spending_->explain());
    return true;
}

void bulk_operation::start_call(chat_request request, std::shared_ptr<spending_share> share) {
    auto options = options_of(next_index_);
    // So that its result can be kept.
    while (all_ && gathered_.size() <= next_index_)
        gathered_.emplace_back(no_index, error_code(), chat_response());
    auto const position = calls_.emplace(calls_.end(), next_index_);
    ++next_index_;
    tally_.call_begun();
    try {
        // Keeps the run, and with it the signal to whose slot the call refers until it has ended.
        auto self = std::static_pointer_cast<bulk_operation>(shared_from_this());
        auto on_end = [self = std::move(self), position](error_code ec, chat_response response) {
            self->on_ended(position, ec, std::move(response));
        };
        complete_handler handler(
            asio::bind_cancellation_slot(position->cancel.slot(), std::move(on_end)),
            strand()
        );
        auto argument = request_argument(std::move(request)).with(std::move(options));
        argument->spending = std::move(share);
        start_complete(impl_, std::move(handler), std::move(argument));
    } catch (...) {
        // The end of the run waits for what is in the list.
        calls_.erase(position);
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
    calls_.erase(position);
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
    news_.open();
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
    if (!options_.on_progress || cancelled_) return;
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
        if (!ended_) return;
        ec = asio::error::operation_aborted;
    } else if (!results_.empty()) {
        result.emplace(std::move(results_.front()));
        results_.pop_front();
    } else if (!ended_) {
        return;
    } else if (!failed_fast_) {
        // The result that failed was delivered.
        ec = ec_;
    }
    next_cancelled_ = false;
    auto pending = std::move(*next_);
    next_.reset();
    news_.open();
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
    pending.complete(ec_, std::move(report));
}

} // namespace async_llm::detail
