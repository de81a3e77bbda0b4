// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/call/chat_call.hpp"

#include "async/exception.hpp"
#include "async/try_post.hpp"
#include "codec/http/rate_limit_headers.hpp"

#include <boost/asio/deferred.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

#include <exception>
#include <new>
#include <utility>

namespace async_llm::detail {
namespace {

using steady = std::chrono::steady_clock;

} // namespace

chat_call::chat_call(
    net::operation& owner,
    reply_reader& reader,
    outgoing_request& request,
    std::shared_ptr<client_state> state,
    reply_kind kind,
    request_options&& options
)
    : owner_(owner),
      reader_(reader),
      state_(std::move(state)),
      options_(std::move(options)),
      record_(*state_, options_.headers, kind == reply_kind::streamed),
      spending_(call_spending::make(*state_, request.take_spending())),
      request_(request),
      context_(*state_, owner_, options_, response_),
      recovery_(config().retry, config().fallback, state_->endpoints().size()) {
    context_.streaming = kind == reply_kind::streamed;
    context_.any_reply = request_.is_endpoint();
    attempt_.emplace(context_);
    auto const& first = state_->endpoints().front();
    response_.info.provider = first.settings.provider.name;
    response_.info.model = request_.model_for(first);
}

std::chrono::milliseconds
chat_call::total_timeout(client_state const& state, request_options const& options) {
    return options.total_timeout.value_or(state.config().timeouts.total);
}

void chat_call::request_cancel(asio::cancellation_type type) {
    // The operation's strand, and so the call, lives as long as the operation.
    net::try_post(owner_.strand(), [weak = owner_.weak_from_this(), call = this, type] {
        auto const owner = weak.lock();
        if (!owner) return;
        auto const honoured = call->refuses_total_
            ? asio::cancellation_type::terminal | asio::cancellation_type::partial
            : asio::cancellation_type::all;
        if ((type & honoured) != asio::cancellation_type::none) owner->stop(asio::error::operation_aborted);
    });
}

net::failure chat_call::prepare() {
    auto const refused = [](error_code ec, std::string detail) {
        return net::failure(ec, {}, phase::preparing, std::move(detail));
    };
    record_.start(response_.info, request_.values(), target());
    if (!record_.is_admitted()) return refused(errc::client_closed, "the client is closed");
    if (owner_.stop_reason()) return refused(owner_.stop_reason(), "the request was not sent");
    if (options_.max_attempts.value_or(1) < 1)
        return refused(errc::invalid_request, "max_attempts: is below 1");
    std::string detail;
    if (auto const ec = request_.validate(config(), detail)) return refused(ec, std::move(detail));
    bool const needs_key = config().retry.generate_idempotency_key && request_.has_effect();
    if (needs_key && options_.idempotency_key.empty())
        options_.idempotency_key = state_->router().make_uuid();
    return net::failure();
}

asio::awaitable<void> chat_call::send() {
    co_await asio::this_coro::throw_if_cancelled(false);
    failed_ = prepare();
    if (failed_) co_return;
    failed_ = co_await try_once();
    if (failed_) failed_ = co_await send_again(std::move(failed_));
}

/// Chooses who is asked now, and encodes what is sent there.
net::failure chat_call::choose() {
    if (!attempt_->choose(recovery_.tried())) {
        error_code const ec = errc::circuit_open;
        return net::failure(ec, {}, phase::limited, ec.message());
    }
    auto& info = response_.info;
    info.provider = target().settings.provider.name;
    if (state_->endpoints().size() > 1) info.model = request_.model_for(target());
    std::string detail;
    auto const ec = request_.encode(attempt_->choice(), options_, detail);
    return net::failure(ec, {}, phase::preparing, std::move(detail));
}

bool chat_call::try_admit(net::failure& failed) {
    auto& info = response_.info;
    info.phase = phase::limited;
    if (spending_ && !spending_->try_reserve(owner_, request_.expected_tokens(), options_.priority, failed))
        return false;
    return failed || try_admit_by_rates(failed);
}

bool chat_call::try_admit_by_rates(net::failure& failed) {
    admission_demand const demand(
        attempt_->choice().target,
        response_.info.model,
        request_.expected_tokens(),
        options_.priority
    );
    return state_->limiter().try_admit(owner_, demand, attempt_->permit(), failed);
}

asio::awaitable<net::failure> chat_call::wait_admitted() {
    auto const began = steady::now();
    net::failure failed;
    bool admitted = false;
    if (spending_ && spending_->is_waiting()) {
        failed = co_await spending_->wait_reserved(owner_);
        admitted = failed || try_admit_by_rates(failed);
    }
    if (!admitted) failed = co_await state_->limiter().wait_admitted(owner_, attempt_->permit());
    response_.info.timings.limited += steady::now() - began;
    co_return failed;
}

shared_demand chat_call::demand_on_shared() const {
    shared_demand result;
    result.provider = target().settings.provider.name;
    result.model = response_.info.model;
    result.tokens = request_.expected_tokens();
    return result;
}

asio::awaitable<net::failure> chat_call::acquire_shared() {
    auto const began = steady::now();
    auto demand = demand_on_shared();
    std::exception_ptr thrown;
    // It shares the cancellation state of this coroutine, and expects what Asio does by default: that its
    // waits throw once it is cancelled.
    co_await asio::this_coro::throw_if_cancelled(true);
    try {
        co_await config().shared_limits->acquire(std::move(demand));
        has_shared_part_ = true;
    } catch (...) {
        thrown = std::current_exception();
    }
    // It may have left the coroutine on another executor than its own, and with a filter that lets no
    // cancellation through.
    co_await asio::this_coro::throw_if_cancelled(false);
    auto back = asio::dispatch(owner_.strand(), asio::deferred);
    co_await std::move(back);
    co_await asio::this_coro::reset_cancellation_state();
    response_.info.timings.limited += steady::now() - began;
    if (owner_.stop_reason()) {
        settle_shared(owner_.stop_reason(), 0);
        auto const* const sentence = "the request had to wait for a limit that is shared";
        co_return net::failure(owner_.stop_reason(), {}, phase::limited, sentence);
    }
    if (!thrown) co_return net::failure();
    auto const cause = net::error_from_exception(thrown);
    co_return net::failure(errc::shared_limits_failed, cause, phase::limited, net::sentence_of(thrown));
}

void chat_call::settle_shared(error_code const& ec, std::optional<std::int64_t> used) noexcept {
    if (!std::exchange(has_shared_part_, false)) return;
    // A refused call was not worked on.
    if (ec && response_.info.status >= 400) used = 0;
    if (!used) return;
    try {
        config().shared_limits->settle(demand_on_shared(), *used);
    } catch (std::bad_alloc const&) {
        // As if the reply had not said it.
    }
}

// One coroutine from the beginning to the head of the reply, since each that is awaited has a frame on the
// heap while the call waits; whatever does not wait is in functions.
asio::awaitable<net::failure> chat_call::try_once() {
    auto failed = choose();
    if (failed) co_return failed;
    if (!try_admit(failed)) failed = co_await wait_admitted();
    if (!failed && config().shared_limits) failed = co_await acquire_shared();
    if (failed) co_return failed;
    attempt_->count();
    notify_attempt_started();
    // A request that no server has acted on is no failed attempt yet, and is sent again.
    policy::replays replays;
    for (;;) {
        auto const wanted_at = steady::now();
        failed = net::failure();
        // Mostly one is idle; nothing that waits is needed then.
        bool const fresh_only = replays.fresh_only();
        if (!attempt_->try_connection(fresh_only))
            failed = co_await attempt_->wait_for_connection(fresh_only);
        if (!failed) failed = begin_exchange(wanted_at);
        if (failed) co_return failed;
        using goal = net::exchange::goal;
        auto& exchange = attempt_->exchange();
        while (auto const need = exchange.advance(goal::sent)) co_await attempt_->wait(*need);
        if (!exchange.has_failed()) notify_sent();
        while (auto const need = exchange.advance(goal::head)) co_await attempt_->wait(*need);
        failed = exchange.take_failure();
        if (!absorb_head(failed, replays)) break;
    }
    if (failed) co_return failed;
    if (!reader_.try_read_reply(failed)) failed = co_await reader_.read_reply();
    if (!failed && !context_.streaming) end_attempt(error_code(), tokens_in(response_.completion));
    co_return failed;
}

net::failure chat_call::begin_exchange(steady::time_point wanted_at) {
    auto failed = attempt_->begin_exchange(request_.wire(), wanted_at);
    if (failed) return failed;
    refuses_total_ = true;
    notify_connection(attempt_->began() - wanted_at);
    return failed;
}

/// Takes the head, or what there is of it. True: no server has acted on the request, and it is to be sent
/// again.
bool chat_call::absorb_head(net::failure const& failed, policy::replays& replays) {
    auto& info = response_.info;
    if (attempt_->take_head()) {
        // Without an observer, they stay as they came unless the call fails.
        if (state_->observer()) record_.credentials().apply(info.headers);
        info.request_id = codec::pick_request_id(info.headers);
    }
    if (!failed) {
        notify_first_byte();
        return false;
    }
    auto const lost = attempt_->find_loss(failed.ec());
    attempt_->release(false);
    if (owner_.stop_reason() || !replays.take(lost)) return false;
    // Of the others a server may have seen something.
    if (lost != policy::lost_request::dead_connection) refuses_total_ = false;
    info.replayed = true;
    state_->count_replay();
    return true;
}

std::optional<std::int64_t> tokens_in(chat_completion const& completion) noexcept {
    if (!completion.usage) return std::nullopt;
    return completion.usage->total_tokens;
}

/// Masks what a peer may have repeated of the credentials that it got.
void chat_call::hide_credentials(net::failure& failed) noexcept {
    auto& info = response_.info;
    try {
        auto const& secrets = record_.credentials();
        secrets.apply(failed->detail);
        secrets.apply(response_.error);
        secrets.apply(info.headers);
        secrets.apply(info.request_id);
        secrets.apply_to_errors(response_.completion);
    } catch (...) {
        // There is no memory for it: rather no words than a key.
        failed->detail.clear();
        response_.error = api_error();
        info.headers.clear();
        info.request_id.clear();
        response_.completion = chat_completion();
    }
}

void chat_call::fail(net::failure reason) {
    ec_ = reason.ec();
    auto& info = response_.info;
    if (reason) {
        hide_credentials(reason);
        info.phase = reason->phase;
        info.cause = reason->cause;
        info.detail = std::move(reason->detail);
    }
    if (info.retry_stop == retry_stop::none)
        info.retry_stop = owner_.stop_is_final() ? retry_stop::ended : retry_stop::final_error;
}

std::string chat_call::end_whole(std::exception_ptr const& exception, bool wants_body) {
    auto& info = response_.info;
    auto failed = exception ? net::failure::of(exception, info.phase) : take_failure();
    if (failed) fail(std::move(failed));
    auto& exchange = attempt_->exchange();
    std::string body;
    if (wants_body && exchange.has_begun()) body = std::move(exchange.body());
    attempt_->end();
    end_attempt(ec_, std::nullopt);
    info.timings.total = steady::now() - owner_.started();
    return body;
}

} // namespace async_llm::detail
