// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/call/hedged_operation.hpp"

#include "async/try_post.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>

namespace async_llm::detail {
namespace {

using steady = std::chrono::steady_clock;

} // namespace

hedged_operation::hedged_operation(
    std::shared_ptr<client_state> impl,
    request_argument argument,
    std::chrono::nanoseconds delay,
    complete_handler handler
)
    // Each of the calls keeps to the limit of the whole call by itself.
    : operation(impl->service(), std::chrono::milliseconds(0)),
      impl_(std::move(impl)),
      argument_(std::move(argument)),
      record_(*impl_, argument_->options.headers, false),
      delay_(delay),
      handler_(std::move(handler)),
      news_(strand()) {
    // Before the fields go to the second call.
    record_.credentials();
}

void hedged_operation::start(std::shared_ptr<hedged_operation> const& op) {
    op->record_.begin(op);
    op->handler_.forward_cancellation(op);
    net::launch_post(op);
}

void hedged_operation::request_cancel(asio::cancellation_type type) {
    net::try_post(strand(), [weak = weak_from_this(), type] {
        auto const self = std::static_pointer_cast<hedged_operation>(weak.lock());
        if (!self) return;
        // The calls know whether it comes too late for them.
        self->cancelling_ = true;
        for (auto const& each : self->calls_) {
            if (each.op) each.op->request_cancel(type);
        }
    });
}

void hedged_operation::begin(std::size_t index) {
    bool const second = index != 0;
    // The second of them takes what was given.
    auto argument = second ? std::move(argument_) : request_argument(argument_);
    auto& options = argument->options;
    // Rest of the time of the whole call.
    auto const total = options.total_timeout.value_or(impl_->config().timeouts.total);
    if (total.count() > 0) {
        auto const spent = std::chrono::floor<std::chrono::milliseconds>(steady::now() - started());
        options.total_timeout = std::max(total - spent, std::chrono::milliseconds(1));
    }
    auto receive = [weak = weak_from_this(), index](error_code ec, chat_response response) {
        auto const self = std::static_pointer_cast<hedged_operation>(weak.lock());
        if (self) self->take(index, ec, std::move(response));
    };
    auto op = std::make_shared<complete_operation>(
        impl_,
        std::move(argument),
        complete_handler(std::move(receive), strand())
    );
    op->join_hedge(record_.number(), second);
    calls_[index].op = op;
    complete_operation::start(op);
}

void hedged_operation::take(std::size_t index, error_code ec, chat_response response) {
    auto& call = calls_[index];
    call.target = call.op->target();
    call.op.reset();
    call.ec = ec;
    call.response.emplace(std::move(response));
    last_ = index;
    if (!ec && !winner_) winner_ = index;
    news_.open();
}

bool hedged_operation::decided() const noexcept {
    return winner_ || stop_reason() || (!calls_[0].op && !calls_[1].op);
}

void hedged_operation::stop_others(error_code reason) {
    for (auto const& each : calls_) {
        if (each.op) each.op->request_stop(reason);
    }
}

asio::awaitable<void> hedged_operation::run() {
    co_await asio::this_coro::throw_if_cancelled(false);
    response_info info;
    auto const& first = impl_->endpoints().front();
    info.provider = first.settings.provider.name;
    info.model = first.settings.model.empty() ? argument_->request.model : first.settings.model;
    record_.start(info, argument_->request, first);
    if (!record_.is_admitted()) co_return;
    begin(0);
    auto const end = steady::now() + std::chrono::duration_cast<steady::duration>(delay_);
    while (!decided() && steady::now() < end) co_await news_.wait_until(end);
    auto& others = impl_->router();
    if (!decided() && !cancelling_ && others.take_from_budget()) {
        others.count_hedge();
        begin(1);
    }
    while (!decided()) co_await news_.wait();
    if (winner_ == std::size_t(1)) others.count_hedge_won();
    stop_others(stop_reason() ? stop_reason() : error_code(asio::error::operation_aborted));
    // If the client ends, the calls say what had become of them.
    while (!winner_ && (calls_[0].op || calls_[1].op)) co_await news_.wait();
}

void hedged_operation::finish(std::exception_ptr exception) noexcept {
    chat_response response;
    error_code ec = errc::client_closed;
    if (exception) {
        auto failed = net::failure::of(exception, phase::preparing);
        ec = failed.ec();
        if (failed) response.info.detail = std::move(failed->detail);
        record_.credentials().apply(response.info.detail);
    } else if (auto& reported = calls_[winner_.value_or(last_)]; reported.response) {
        ec = reported.ec;
        response = std::move(*reported.response);
        response.info.hedged = winner_ == std::size_t(1);
    } else {
        response.info.provider = impl_->first_provider().name;
        response.info.detail = "the client is closed";
    }
    response.info.timings.total = steady::now() - started();
    // Not by the provider's name, which two targets may share.
    auto const& last = impl_->endpoints()[calls_[winner_.value_or(last_)].target];
    record_.notify_finished(response, ec, last, response.info.hedged);
    // Of a call that was not begun a second time: its run must not find a reservation that nothing uses.
    argument_.drop();
    record_.end(!ec);
    handler_.complete(ec, std::move(response));
}

} // namespace async_llm::detail
