// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_RESPONSE_INFO_HPP
#define ASYNC_LLM_RESPONSE_INFO_HPP

#include <async_llm/detail/config.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace async_llm {

/// One HTTP header field.
struct http_header {
    http_header() = default;
    http_header(std::string field_name, std::string field_value)
        : name(std::move(field_name)), value(std::move(field_value)) {}

    std::string name;
    std::string value;
};

/// Phases of a call.
enum class phase {
    /// Checking and encoding the request.
    preparing,
    /// Waiting for a rate limit, or for the number of calls in flight to fall.
    limited,
    /// Waiting for a connection of the pool.
    queued,
    /// Looking the host up.
    resolving,
    /// Connecting, to the host or to a proxy.
    connecting,
    /// Asking the proxy for a tunnel.
    proxy,
    /// The TLS handshake.
    tls_handshake,
    /// Sending the request.
    writing,
    /// Waiting for the first byte of the reply.
    waiting,
    /// Receiving the reply.
    reading,
    /// The reply is complete.
    finished,
    /// Waiting before the next attempt.
    backing_off,
};

ASYNC_LLM_DECL std::string_view to_string(phase value) noexcept;

/// Reason why a call was not sent once more.
enum class retry_stop {
    /// There was no reason to: it ended well.
    none,
    /// Sending it again would not help, or the provider said not to.
    final_error,
    /// It was sent as often as `retry_policy::max_attempts` allows.
    attempts_exhausted,
    /// The wait would have passed the limit of the whole call.
    deadline,
    /// The provider asked for a longer wait than `retry_policy::max_retry_after`.
    retry_after_too_long,
    /// The client's budget for retries is used up.
    budget_exhausted,
    /// Content of the stream has been delivered.
    content_delivered,
    /// The provider may have begun to work on it, and `retry_policy::resend_sent` is off.
    maybe_processed,
    /// The caller cancelled, the client was closed, or the call's time was up.
    ended,
};

ASYNC_LLM_DECL std::string_view to_string(retry_stop value) noexcept;

/// An attempt that failed, and was followed by another.
struct failed_attempt {
    failed_attempt() = default;

    /// Target that was asked, and for which model.
    std::string provider;
    std::string model;
    /// Error of the attempt.
    error_code ec;
    /// A sentence about it.
    std::string detail;
    /// Wait before the next.
    std::chrono::nanoseconds wait{0};
};

/// Limits that a provider reports in its header fields. Unset: not reported.
struct rate_limit_info {
    rate_limit_info() = default;

    /// `x-ratelimit-limit-requests`, or `x-ratelimit-limit`.
    std::optional<std::int64_t> limit_requests;
    /// `x-ratelimit-remaining-requests`, or `x-ratelimit-remaining`.
    std::optional<std::int64_t> remaining_requests;
    /// Until the requests are full again (`x-ratelimit-reset-requests` as `1s`, `6m0s`; `x-ratelimit-reset`
    /// as a time).
    std::optional<std::chrono::milliseconds> reset_requests;
    /// `x-ratelimit-limit-tokens`.
    std::optional<std::int64_t> limit_tokens;
    /// `x-ratelimit-remaining-tokens`.
    std::optional<std::int64_t> remaining_tokens;
    /// `x-ratelimit-reset-tokens`.
    std::optional<std::chrono::milliseconds> reset_tokens;
    /// The wait that was asked for (`retry-after-ms`, `Retry-After` as seconds or date, or the body).
    std::optional<std::chrono::milliseconds> retry_after;
};

/// Durations of the phases of one attempt. Zero: it did not happen.
struct attempt_timings {
    attempt_timings() = default;

    /// Sending the request.
    std::chrono::nanoseconds write{0};
    /// From the end of sending to the first byte of the reply.
    std::chrono::nanoseconds first_byte{0};
    /// Streams: from the end of sending to the first content.
    std::chrono::nanoseconds first_content{0};
};

/// Durations of the phases of a call, and those of its last attempt. Zero: it did not happen in this call.
struct timings : attempt_timings {
    timings() = default;

    /// Waiting for a rate limit, or for the number of calls in flight to fall.
    std::chrono::nanoseconds limited{0};
    /// Waiting between attempts.
    std::chrono::nanoseconds backoff{0};
    /// Waiting for a connection, including the making of it.
    std::chrono::nanoseconds pool{0};
    /// The whole call.
    std::chrono::nanoseconds total{0};
};

/// Facts of the last attempt of a call, filled as far as it came.
struct attempt_info {
    attempt_info() = default;

    /// The HTTP status; 0: no reply.
    int status = 0;
    /// The provider's id of this call (`x-request-id`, `x-inference-id` or `x-generation-id`). Empty: none.
    std::string request_id;
    /// The reply's header fields. After a failure, and with an observer, repeated credentials are `***`.
    std::vector<http_header> headers;
    rate_limit_info rate_limit;
    /// Did the attempt go over a connection that had served before?
    bool connection_reused = false;
    /// `HTTP/1.1` or `HTTP/2`. Empty: no connection.
    std::string http_version;
    /// Stream of the HTTP/2 connection; 0: HTTP/1.1, or none.
    std::int32_t stream_id = 0;
    /// Peer (the proxy, with one), as `127.0.0.1:443` or `unix:/run/a.sock`. Empty: not connected.
    std::string remote_endpoint;
    /// `TLSv1.3` and such. Empty: no TLS.
    std::string tls_version;
    /// The system's, OpenSSL's or Beast's error beneath the result, where there is one.
    error_code cause;
    /// A sentence that says what happened and to what; credentials of the client are `***`. Empty on success.
    std::string detail;
    /// The body as received, and decoded, with credentials, if `request_options::keep_body` asked for it.
    std::string body;
};

/// Facts of a call besides its result, filled as far as it came, for successes and failures alike.
struct response_info : attempt_info {
    response_info() = default;

    /// Name of the provider that was asked (`provider::name`); of several, the last.
    std::string provider;
    /// Model that it was asked for.
    std::string model;
    /// Phase that the call reached.
    async_llm::phase phase = async_llm::phase::preparing;
    /// Number of times that the request was sent, or tried to be; the transparent replay on a fresh
    /// connection does not count.
    int attempts = 0;
    /// The attempts before the last.
    std::vector<failed_attempt> failed_attempts;
    /// Reason why there was no further attempt.
    async_llm::retry_stop retry_stop = async_llm::retry_stop::none;
    /// Did the answer come from the second of two identical calls (`hedging_policy`)?
    bool hedged = false;
    /// Was the request sent again because a kept connection had died before any byte of a reply, or because
    /// the server had not acted on it (HTTP/2)?
    bool replayed = false;
    async_llm::timings timings;

    /// The first field with this name (letter case does not matter), or an empty view.
    ASYNC_LLM_DECL std::string_view field(std::string_view name) const noexcept;
};

} // namespace async_llm

#endif
