// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_API_ERROR_HPP
#define ASYNC_LLM_API_ERROR_HPP

#include <async_llm/detail/config.hpp>

#include <boost/json/value.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace async_llm {

/// Words of the provider about a failure.
/**
 * Filled from every error shape the supported providers are known to send: `{"error":{...}}` (OpenAI,
 * OpenRouter), the three shapes of AI/ML API, a bare string, or the beginning of a body that is not JSON. The
 * text comes from outside: show it, but do not trust it. Credentials of 8 characters or more that it repeats
 * are `***`.
 */
struct api_error {
    api_error() = default;

    /// The provider's message; several are joined by "; ". Empty: none was given.
    std::string message;
    /// `error.type`, OpenRouter's `error_type` or AI/ML API's `error.name`. Empty: none.
    std::string type;
    /// `error.code` as text, whether it was a number or a word, or AI/ML API's `error.data.kind`. Empty:
    /// none.
    std::string code;
    /// The request field that was refused (`error.param`, or the first path of AI/ML API's list). Empty:
    /// none.
    std::string param;
    /// The upstream provider that failed (OpenRouter's `metadata.provider_name`). Empty: none.
    std::string provider_name;
    /// The upstream's own words (OpenRouter's `metadata.raw`), as text. Empty: none.
    std::string upstream;
    /// The status that the body claims (`code`, `http_status`, `status` or `statusCode`); 0: none.
    int status = 0;
    /// True: the provider says that the same may be asked again; false: that it may not. Unset: not reported.
    std::optional<bool> retryable;
    /// The wait that the body asks for before the next attempt, in whatever notation. Unset: not reported.
    std::optional<std::chrono::milliseconds> retry_after;
    /// The request was refused for its content: moderation, a guardrail, a content policy.
    bool refused_content = false;
    /// The whole error body as it was decoded; null if it was not JSON.
    boost::json::value raw;

    /// True if the provider said nothing at all.
    bool empty() const noexcept { return message.empty() && code.empty() && type.empty() && raw.is_null(); }
};

} // namespace async_llm

#endif
