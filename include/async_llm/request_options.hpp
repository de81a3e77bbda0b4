// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_REQUEST_OPTIONS_HPP
#define ASYNC_LLM_REQUEST_OPTIONS_HPP

#include <async_llm/detail/config.hpp>
#include <async_llm/response_info.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace async_llm {

/// Options of one call that differ from its client's configuration. Unset: as configured.
struct request_options {
    ASYNC_LLM_DECL request_options();

    // Out of line, all five: they would be generated anew in every translation unit that names the type.
    ASYNC_LLM_DECL request_options(request_options const&);
    ASYNC_LLM_DECL request_options(request_options&&) noexcept;
    ASYNC_LLM_DECL request_options& operator=(request_options const&);
    ASYNC_LLM_DECL request_options& operator=(request_options&&) noexcept;
    ASYNC_LLM_DECL ~request_options();

    /// Instead of `timeouts::total`. Zero: no limit.
    std::optional<std::chrono::milliseconds> total_timeout;
    /// Instead of `timeouts::pool`. Zero: no limit.
    std::optional<std::chrono::milliseconds> pool_timeout;
    /// Instead of `timeouts::write`. Zero: no limit.
    std::optional<std::chrono::milliseconds> write_timeout;
    /// Instead of `timeouts::first_byte`. Zero: no limit.
    std::optional<std::chrono::milliseconds> first_byte_timeout;
    /// Streams: instead of `timeouts::first_content`. Zero: no limit.
    std::optional<std::chrono::milliseconds> first_content_timeout;
    /// Streams: instead of `timeouts::content_idle`. Zero: no limit.
    std::optional<std::chrono::milliseconds> content_idle_timeout;
    /// Instead of `client_config::max_response_size`. Zero: no limit.
    std::optional<std::size_t> max_response_size;
    /// Instead of `retry_policy::max_attempts`. At least 1.
    std::optional<int> max_attempts;
    /// Instead of `hedging_policy::delay`, percentile or not. Zero: this call is not hedged.
    std::optional<std::chrono::milliseconds> hedge_delay;
    /// Priority among calls that wait for a rate limit or for others to end: higher ones go first, equals in
    /// order.
    int priority = 0;
    /// Sent with this request, replacing fields of the same name from the provider's list.
    std::vector<http_header> headers;
    /// `Idempotency-Key`, the same for all attempts. Empty: not sent, or see
    /// `retry_policy::generate_idempotency_key`.
    std::string idempotency_key;
    /// Keep the reply's body in `response_info::body`. Of a stream, only a body that is none.
    bool keep_body = false;
    /// Streams: gather what arrives, so that \ref chat_stream::completion and an error have what had been
    /// received.
    /** Up to `max_response_size`; \ref chat_stream::next goes on without beyond. Off: memory does not grow
     * with the stream. */
    bool keep_completion = true;
};

} // namespace async_llm

#endif
