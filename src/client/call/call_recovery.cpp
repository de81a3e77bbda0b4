// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// Decisions after an attempt: the party it speaks against, whether there is another, and when.

#include "base/ascii.hpp"
#include "client/call/chat_call.hpp"
#include "policy/recovery.hpp"

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

} // namespace

bool chat_call::may_try_again() const noexcept {
    auto const& endpoints = state_->endpoints();
    return options_.max_attempts.value_or(config().retry.max_attempts) > 1 || endpoints.size() > 1 ||
        !endpoints.front().settings.provider.more_keys.empty();
}

void chat_call::end_attempt(
    error_code const& ec,
    std::optional<std::int64_t> used,
    bool retried,
    std::chrono::nanoseconds wait
) {
    settle_shared(ec, used);
    bool const was_attempt = attempt_->end_attempt(ec, used);
    if (spending_) end_spending(ec, was_attempt, retried);
    if (was_attempt) notify_attempt_finished(ec, retried, wait);
}

/// Spends what the attempt has taken; the reservation stays for further attempts.
void chat_call::end_spending(error_code const& ec, bool was_attempt, bool retried) noexcept {
    auto const& info = response_.info;
    if (auto const& reported = response_.completion.usage) spending_->note_usage(*reported);
    // After an exception the exchange may have been ended before.
    bool const was_sent = attempt_->was_begun() || info.status != 0;
    if (was_attempt)
        spending_->end_attempt(policy::classify_charge(ec, response_.error, info.status, was_sent));
    if (!retried) spending_->end();
}

policy::recovery_decision chat_call::decide(net::failure const& failed) {
    auto& info = response_.info;
    policy::failed_try last(failed.ec(), response_.error, info.rate_limit);
    last.server_says = should_retry(info);
    last.sent = attempt_->was_begun();
    last.content_delivered = delivered_;
    last.attempts = info.attempts;
    last.max_attempts = options_.max_attempts.value_or(config().retry.max_attempts);
    last.left = owner_.time_left();
    auto const spare_keys = target().settings.provider.more_keys.size();
    policy::attempt_outcome outcome(last, attempt_->choice().target, spare_keys);
    outcome.stop_is_final = owner_.stop_is_final();
    outcome.is_shared = failed->is_shared;
    auto const next = recovery_.decide(outcome, state_->router());
    info.retry_stop = next.stop;
    return next;
}

asio::awaitable<net::failure> chat_call::send_again(net::failure failed) {
    while (failed) {
        attempt_->release(attempt_->exchange().is_complete());
        hide_credentials(failed);
        attempt_->report_target(failed.ec(), failed->is_shared);
        auto const next = decide(failed);
        bool const again = next.step != policy::recovery_step::give_up;
        end_attempt(failed.ec(), std::nullopt, again, next.wait);
        if (!again) co_return failed;
        state_->router().count_retry(next.step == policy::recovery_step::change_target);
        keep_failed_attempt(failed);
        owner_.resume_after_timeout();
        co_await back_off(next.wait);
        auto& past = response_.info.failed_attempts.back();
        past.wait = next.wait;
        if (owner_.stop_reason()) {
            auto const& reason = owner_.stop_reason();
            co_return net::failure(reason, past.ec, phase::backing_off, "the request was not sent again");
        }
        begin_anew();
        failed = co_await try_once();
    }
    co_return failed;
}

void chat_call::keep_failed_attempt(net::failure& failed) {
    auto& info = response_.info;
    auto& past = info.failed_attempts.emplace_back();
    past.provider = info.provider;
    past.model = info.model;
    past.ec = failed.ec();
    past.detail = std::move(failed->detail);
}

asio::awaitable<void> chat_call::back_off(std::chrono::nanoseconds wait) {
    if (wait.count() <= 0) co_return;
    auto& info = response_.info;
    info.phase = phase::backing_off;
    auto const began = steady::now();
    auto const end = began + std::chrono::duration_cast<steady::duration>(wait);
    net::async_event pause(owner_.strand());
    while (!owner_.stop_reason() && steady::now() < end) co_await pause.wait_until(end);
    info.timings.backoff += steady::now() - began;
}

/// Begins another attempt, with an empty reply.
void chat_call::begin_anew() {
    response_.completion = chat_completion();
    response_.error = api_error();
    static_cast<attempt_info&>(response_.info) = attempt_info();
    static_cast<attempt_timings&>(response_.info.timings) = attempt_timings();
    attempt_.emplace(context_);
    reader_.forget_reply();
}

} // namespace async_llm::detail
