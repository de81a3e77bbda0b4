// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/call/attempt.hpp"

#include "codec/errors/decode_error.hpp"
#include "codec/http/rate_limit_headers.hpp"
#include "policy/failure_domain.hpp"
#include "policy/retry.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace async_llm::detail {
namespace {

using steady = std::chrono::steady_clock;

policy::load_signal load_signal_of(policy::failure_domain domain) noexcept {
    if (domain == policy::failure_domain::success) return policy::load_signal::ok;
    return policy::asks_for_less(domain) ? policy::load_signal::overload : policy::load_signal::neutral;
}

} // namespace

std::chrono::nanoseconds between(steady::time_point first, steady::time_point last) {
    return last > first && first != steady::time_point() ? last - first : std::chrono::nanoseconds(0);
}

attempt::attempt(call_context const& call) : call_(call) {}

attempt::~attempt() {
    // The execution context was destroyed beneath the call.
    if (routed_) call_.state.router().record(choice_, policy::failure_domain::caller, std::nullopt);
}

// --------------------------------------------------------------------------------------- target and
// admission

bool attempt::choose(std::vector<bool> const& tried) {
    auto const picked = call_.state.router().pick(tried);
    if (!picked) return false;
    choice_ = *picked;
    routed_ = true;
    return true;
}

void attempt::count() noexcept {
    ++call_.info().attempts;
    counted_ = true;
}

// ------------------------------------------------------------------------------------------------ connection

bool attempt::try_connection(bool fresh_only) {
    call_.info().phase = phase::queued;
    return !call_.operation.stop_reason() && target().pool->try_acquire(fresh_only, lease_);
}

asio::awaitable<net::failure> attempt::wait_for_connection(bool fresh_only) {
    auto const began = steady::now();
    auto& operation = call_.operation;
    auto const limit = call_.options.pool_timeout.value_or(call_.config().timeouts.pool);
    if (limit.count() > 0) operation.begin_phase(errc::pool_timeout, limit);
    auto failed = co_await target().pool->acquire(operation, fresh_only, lease_);
    if (limit.count() > 0) operation.end_phase();
    if (failed) call_.info().timings.pool += steady::now() - began;
    co_return failed;
}

void attempt::release(bool completed) {
    if (!lease_) return;
    bool const reusable = completed && exchange_->is_reusable();
    exchange_->leave();
    lease_.release(reusable || lease_->shared);
}

void attempt::give_up_connection() {
    release(false);
    memory_.release();
}

// -------------------------------------------------------------------------------------------------- exchange

net::exchange_limits attempt::limits() const {
    auto const& limits = call_.config().timeouts;
    auto const& options = call_.options;
    net::exchange_limits result(
        options.write_timeout.value_or(limits.write),
        options.first_byte_timeout.value_or(limits.first_byte)
    );
    // A stream's head is none of its content, and so part of the wait for it.
    if (call_.streaming) result.head = options.first_content_timeout.value_or(limits.first_content);
    return result;
}

net::failure attempt::begin_exchange(net::request_bytes wire, steady::time_point wanted_at) {
    auto& info = call_.info();
    auto& operation = call_.operation;
    began_ = steady::now();
    info.timings.pool += began_ - wanted_at;
    if (operation.stop_reason()) {
        lease_.release(true);
        return net::failure(operation.stop_reason(), {}, phase::queued, "the request was not sent");
    }
    info.connection_reused = lease_->used.exchange(true);
    info.remote_endpoint = lease_->remote_endpoint;
    info.tls_version = lease_->tls_version;
    // A stream is bounded by its events, not as a whole.
    auto const max_body = call_.streaming ? 0 : call_.max_response_size();
    net::response_limits const sizes(call_.config().max_header_size, max_body);
    if (auto const& shared = lease_->shared) {
        shared_exchange_ = shared->start_exchange(operation, wire, limits(), sizes);
        exchange_ = shared_exchange_.get();
        info.stream_id = exchange_->stream_id();
    } else {
        exchange_ = &own_exchange_;
        own_exchange_.begin(lease_->transport, operation, wire, limits(), sizes, info.connection_reused);
    }
    info.http_version = lease_->shared ? "HTTP/2" : "HTTP/1.1";
    return net::failure();
}

void attempt::end_wait() {
    if (auto* const place = exchange_->waiting_place())
        place->wake();
    else
        lease_->transport.end_wait();
}

policy::lost_request attempt::find_loss(error_code const& ec) const noexcept {
    using processing = net::exchange::processing;
    auto const says = exchange_->server_says();
    if (says == processing::none) return policy::lost_request::not_processed;
    if (says == processing::refused) return policy::lost_request::refused;
    // A connection that has lain unused may die in the moment of its use, whether it had served before or was
    // made for nothing.
    bool const may_be_seen = exchange_->is_sent() && !call_.config().retry.resend_sent;
    bool const was_dead = lease_.has_rested() && !may_be_seen && ec == errc::connection_lost;
    return was_dead ? policy::lost_request::dead_connection : policy::lost_request::none;
}

bool attempt::take_head() {
    auto& info = call_.info();
    info.phase = exchange_->phase();
    info.timings.write = between(began_, exchange_->sent_at());
    info.timings.first_byte = between(exchange_->sent_at(), exchange_->first_byte_at());
    if (!exchange_->has_head()) return false;
    info.status = exchange_->status();
    info.headers = std::move(exchange_->headers());
    codec::read_rate_limits(info.headers, std::chrono::system_clock::now(), info.rate_limit);
    return true;
}

void attempt::end() {
    give_up_connection();
    exchange_->end();
}

// ------------------------------------------------------------------------------------------------------- end

/// Adds to the limits what an error body says of them.
void attempt::take_advice() {
    auto& response = call_.response;
    // A gateway may have swallowed the fields themselves.
    try {
        auto const reported = codec::header_fields_in(response.error);
        auto& limits = response.info.rate_limit;
        if (!reported.empty()) codec::read_rate_limits(reported, std::chrono::system_clock::now(), limits);
        // A wait of zero means nothing: dates come out so when clocks differ.
        auto& wait = limits.retry_after;
        if (response.error.retry_after && wait.value_or(std::chrono::milliseconds(0)).count() == 0)
            wait = response.error.retry_after;
    } catch (std::bad_alloc const&) {
        // Then there is no advice. That the attempt is over has to be reported all the same.
    }
}

void attempt::report_target(error_code const& ec, bool counted) {
    if (!std::exchange(routed_, false)) return;
    if (ec) take_advice();
    auto const domain = counted ? policy::failure_domain::caller : policy::classify(ec, call_.response.error);
    auto pause = policy::requested_pause(ec, call_.info().rate_limit);
    if (pause) pause = std::min<policy::duration>(*pause, call_.config().retry.max_retry_after);
    call_.state.router().record(choice_, domain, pause);
}

bool attempt::end_attempt(error_code const& ec, std::optional<std::int64_t> used) {
    report_target(ec);
    if (permit_) {
        auto const& info = call_.info();
        // A refused call was not worked on.
        if (ec && info.status >= 400) used = 0;
        if (call_.config().rates.follow_headers && info.status != 0) permit_.observe(info.rate_limit);
        permit_.finish(load_signal_of(policy::classify(ec, call_.response.error)), used);
    }
    return std::exchange(counted_, false);
}

} // namespace async_llm::detail
