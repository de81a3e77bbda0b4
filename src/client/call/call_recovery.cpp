// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// Decisions after an attempt: the party it speaks against, whether there is another, and when.

#include "base/ascii.hpp"
#include "client/call/call_operation.hpp"
#include "codec/errors/decode_error.hpp"
#include "codec/http/rate_limit_headers.hpp"
#include "policy/failure_domain.hpp"
#include "policy/recovery.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace async_llm::detail {
namespace {

using steady = std::chrono::steady_clock;

std::optional<bool> should_retry(response_info const& info) {
    auto const value = info.field("x-should-retry");
    if (codec::iequals(value, "true")) return true;
    if (codec::iequals(value, "false")) return false;
    return std::nullopt;
}

policy::load_signal load_signal_of(policy::failure_domain kind) noexcept {
    if (kind == policy::failure_domain::success) return policy::load_signal::ok;
    return policy::asks_for_less(kind) ? policy::load_signal::overload : policy::load_signal::neutral;
}

} // namespace

bool call_operation::may_try_again() const noexcept {
    auto const& first = current_endpoint().settings.provider;
    return options_.max_attempts.value_or(config().retry.max_attempts) > 1 || impl_->endpoints().size() > 1 ||
        !first.more_keys.empty();
}

/// Reports to the router how the attempt with the present target and key ended.
void call_operation::record_result(error_code const& ec) {
    if (!std::exchange(chosen_, false)) return;
    auto& info = response_.info;
    if (ec) {
        // A gateway may have swallowed the fields themselves.
        try {
            auto const reported = codec::header_fields_in(response_.error);
            if (!reported.empty())
                codec::read_rate_limits(reported, std::chrono::system_clock::now(), info.rate_limit);
            // A wait of zero means nothing: dates come out so when clocks differ.
            auto& wait = info.rate_limit.retry_after;
            if (response_.error.retry_after && wait.value_or(std::chrono::milliseconds(0)).count() == 0)
                wait = response_.error.retry_after;
        } catch (std::bad_alloc const&) {
            // Then there is no advice. That the attempt is over has to be reported all the same.
        }
    }
    auto const kind = policy::classify(ec, response_.error);
    auto pause = policy::requested_pause(ec, info.rate_limit);
    if (pause) pause = std::min<policy::duration>(*pause, config().retry.max_retry_after);
    impl_->router().record(choice_, kind, pause);
}

void call_operation::end_attempt(
    error_code const& ec,
    std::optional<std::int64_t> used,
    bool retried,
    std::chrono::nanoseconds wait
) {
    record_result(ec);
    if (ticket_) {
        auto const& info = response_.info;
        // A refused call was not worked on.
        if (ec && info.status >= 400) used = 0;
        if (config().rates.follow_headers && info.status != 0) ticket_.observe(info.rate_limit);
        ticket_.finish(load_signal_of(policy::classify(ec, response_.error)), used);
    }
    if (std::exchange(attempting_, false)) notify_attempt_finished(ec, retried, wait);
}

policy::recovery_decision call_operation::decide(net::failure const& failed) {
    auto& info = response_.info;
    policy::failed_try last(failed.ec(), response_.error, info.rate_limit);
    last.server_says = should_retry(info);
    last.sent = sent_;
    last.content_delivered = delivered_;
    last.attempts = info.attempts;
    last.max_attempts = options_.max_attempts.value_or(config().retry.max_attempts);
    last.left = time_left();
    policy::attempt_outcome outcome(
        last,
        choice_.target,
        current_endpoint().settings.provider.more_keys.size()
    );
    outcome.stop_is_final = stop_is_final();
    auto const next = recovery_.decide(outcome, impl_->router());
    info.retry_stop = next.stop;
    return next;
}

asio::awaitable<net::failure> call_operation::send_again(net::failure failed) {
    while (failed) {
        release(exchange_.is_complete());
        hide_credentials(failed);
        record_result(failed.ec());
        auto const next = decide(failed);
        bool const again = next.step != policy::recovery_step::give_up;
        end_attempt(failed.ec(), std::nullopt, again, next.wait);
        if (!again) co_return failed;
        impl_->router().count_retry(next.step == policy::recovery_step::change_target);
        auto& past = response_.info.failed_attempts.emplace_back();
        past.provider = response_.info.provider;
        past.model = response_.info.model;
        past.ec = failed.ec();
        past.detail = std::move(failed->detail);
        resume_after_timeout();
        co_await back_off(next.wait);
        past.wait = next.wait;
        if (stop_reason())
            co_return net::failure(
                stop_reason(),
                past.ec,
                phase::backing_off,
                "the request was not sent again"
            );
        forget_reply();
        failed = co_await try_once();
    }
    co_return failed;
}

asio::awaitable<void> call_operation::back_off(std::chrono::nanoseconds wait) {
    if (wait.count() <= 0) co_return;
    auto& info = response_.info;
    info.phase = phase::backing_off;
    auto const began = steady::now();
    auto const end = began + std::chrono::duration_cast<steady::duration>(wait);
    net::async_event pause(strand());
    while (!stop_reason() && steady::now() < end) co_await pause.wait_until(end);
    info.timings.backoff += steady::now() - began;
}

void call_operation::forget_reply() {
    auto& info = response_.info;
    response_.completion = chat_completion();
    response_.error = api_error();
    info.status = 0;
    info.request_id.clear();
    info.headers.clear();
    info.rate_limit = rate_limit_info();
    info.cause = error_code();
    info.detail.clear();
    info.body.clear();
    info.connection_reused = false;
    info.remote_endpoint.clear();
    info.tls_version.clear();
    info.timings.write = info.timings.first_byte = info.timings.first_content = std::chrono::nanoseconds(0);
    sent_ = false;
    exchange_.end();
    coding_.reset();
    coding_known_ = false;
    memory_.release();
}

} // namespace async_llm::detail
