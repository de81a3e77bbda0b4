// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// Notifications of a call's observer.

#include "base/ascii.hpp"
#include "client/call/chat_call.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace async_llm::detail {
namespace {

// Anything else may be a secret of the user's.
constexpr std::array<std::string_view, 10> harmless_fields{
    "host",
    "user-agent",
    "accept",
    "content-type",
    "content-length",
    "idempotency-key",
    "http-referer",
    "x-title",
    "openai-organization",
    "openai-project",
};

bool is_harmless(std::string_view name) noexcept {
    return std::ranges::any_of(harmless_fields, [name](auto each) { return codec::iequals(each, name); });
}

/// The fields of a request's head that are no secret.
std::vector<http_header> visible_fields(std::string_view head) {
    std::vector<http_header> result;
    for (auto begin = head.find("\r\n"); begin != std::string_view::npos;) {
        begin += 2;
        auto const end = head.find("\r\n", begin);
        if (end == std::string_view::npos || end == begin) break;
        auto const line = head.substr(begin, end - begin);
        auto const colon = line.find(": ");
        if (colon != std::string_view::npos && is_harmless(line.substr(0, colon)))
            result.emplace_back(std::string(line.substr(0, colon)), std::string(line.substr(colon + 2)));
        begin = end;
    }
    return result;
}

} // namespace

void chat_call::notify_attempt_started() const {
    auto* const observer = state_->observer();
    if (!observer) return;
    attempt_started_event event(response_.info);
    event.headers = visible_fields(request_.head());
    record_.credentials().apply(event.headers);
    event.body = request_.body();
    observer->attempt_started(record_.describe(event, target()));
}

void chat_call::notify_connection(std::chrono::nanoseconds waited) const {
    auto* const observer = state_->observer();
    if (!observer) return;
    connection_obtained_event event(response_.info);
    event.origin = response_.info.connection_reused ? connection_origin::reused
        : attempt_->has_resumed_tls()               ? connection_origin::resumed
                                                    : connection_origin::fresh;
    event.waited = waited;
    observer->connection_obtained(record_.describe(event, target()));
}

void chat_call::notify_sent() const {
    auto* const observer = state_->observer();
    if (!observer) return;
    request_sent_event event(response_.info);
    event.bytes = attempt_->exchange().is_sent() ? request_.wire().size() : 0;
    observer->request_sent(record_.describe(event, target()));
}

void chat_call::notify_first_byte() const {
    auto* const observer = state_->observer();
    if (!observer) return;
    first_byte_event event(response_.info);
    observer->first_byte(record_.describe(event, target()));
}

void chat_call::notify_first_content() const {
    auto* const observer = state_->observer();
    if (!observer) return;
    first_content_event event(response_.info);
    observer->first_content(record_.describe(event, target()));
}

void chat_call::notify_attempt_finished(error_code const& ec, bool retried, std::chrono::nanoseconds wait)
    const {
    auto* const observer = state_->observer();
    if (!observer) return;
    attempt_finished_event event(response_.info);
    event.ec = ec;
    event.retried = retried;
    event.wait = wait;
    observer->attempt_finished(record_.describe(event, target()));
}

void chat_call::notify_finished(chat_response const& result, error_code const& ec, std::string_view text) {
    record_.notify_finished(result, ec, target(), false, text);
}

} // namespace async_llm::detail
