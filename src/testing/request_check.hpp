// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)
#ifndef ASYNC_LLM_TESTING_REQUEST_CHECK_HPP
#define ASYNC_LLM_TESTING_REQUEST_CHECK_HPP

#include <async_llm/testing/mock_provider.hpp>
#include <async_llm/testing/received_request.hpp>

#include <optional>
#include <string>

namespace async_llm::testing {

/// Refusal of a request, as far as a provider says it.
struct request_fault {
    request_fault(int code, std::string text, std::string field = {})
        : status(code), message(std::move(text)), path(std::move(field)) {}

    int status;
    std::string message;
    std::string
        path; ///< The body field at fault, `messages.0.role` for instance; empty if it is not about one.
};

/// Parses a request body with a depth limit that real tool schemas stay below.
boost::json::value parse_body(std::string const& body, error_code& ec);

/// Checks method, target, key, content type and body, in a provider's order.
std::optional<request_fault> check_request(mock_options const& options, received_request const& request);

/// Checks a body against the dialect's schema; throws `request_fault`.
void check_chat_body(provider_dialect dialect, boost::json::value const& body);

} // namespace async_llm::testing

#endif
