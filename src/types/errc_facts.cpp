// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "types/errc_facts.hpp"

#include <array>
#include <cstddef>

namespace async_llm {
namespace {

using domain = failure_domain;
using is = condition;

// Conditions of several values.
constexpr std::initializer_list<condition> none{};
constexpr auto slow = {is::timeout, is::retryable};
constexpr auto broken = {is::connection, is::retryable};
constexpr auto slow_connection = {is::timeout, is::connection, is::retryable};
constexpr auto unreadable = {is::invalid_reply};

// The only list of the values but their definition, in its order: another one needs a row here, and nothing
// else. The deadline is the caller's own last word, so it is not retryable, as other limits of time are.
constexpr std::array<errc_facts, 44> table{{
    {"invalid_request",
     "The request or the configuration is not valid",
     domain::request,
     {is::invalid_request}},
    {"client_closed", "The client is closed", domain::caller, none},
    {"queue_full", "Too many calls wait for a connection or a limit", domain::caller, {is::retryable}},
    {"pool_timeout", "No connection came free in time", domain::caller, slow},
    {"resolve_failed", "The host name could not be resolved", domain::endpoint, broken},
    {"resolve_timeout", "The host name was not resolved in time", domain::endpoint, slow_connection},
    {"connect_failed", "No address of the host accepted a connection", domain::endpoint, broken},
    {"connect_timeout", "No connection was established in time", domain::endpoint, slow_connection},
    {"proxy_failed", "The proxy did not open a tunnel", domain::endpoint, broken},
    {"tls_handshake_failed", "The TLS handshake failed", domain::endpoint, broken},
    {"tls_handshake_timeout", "The TLS handshake did not finish in time", domain::endpoint, slow_connection},
    {"certificate_rejected", "The server's certificate was not accepted", domain::endpoint, {is::certificate}
    },
    {"write_timeout", "The request could not be sent in time", domain::endpoint, slow},
    {"connection_lost", "The connection broke before the reply began", domain::endpoint, broken},
    {"too_many_tls_messages", "The peer sent too many TLS messages without data", domain::endpoint, broken},
    {"first_byte_timeout", "The reply did not begin in time", domain::overload, slow},
    {"first_content_timeout", "The stream brought no content in time", domain::overload, slow},
    {"stream_stalled", "The stream fell silent", domain::overload, slow},
    {"deadline_exceeded", "The call did not finish in time", domain::caller, {is::timeout}},
    {"truncated_response", "The reply ended too early", domain::reply, broken},
    {"response_too_large", "The reply's body is larger than allowed", domain::reply, unreadable},
    {"header_too_large", "The reply's header is larger than allowed", domain::reply, unreadable},
    {"invalid_http", "The reply is not valid HTTP/1", domain::reply, unreadable},
    {"unexpected_content_type", "The reply is not JSON but something else", domain::reply, unreadable},
    {"unsupported_content_encoding",
     "The reply has a content coding that cannot be decoded",
     domain::reply,
     unreadable},
    {"empty_response", "The reply has no content", domain::reply, unreadable},
    {"invalid_json", "The text is not valid JSON", domain::reply, unreadable},
    {"invalid_response", "The reply is not a chat completion", domain::reply, unreadable},
    {"json_too_complex",
     "The JSON has more members or values, or needs more memory, than the limits allow",
     domain::reply,
     unreadable},
    {"invalid_sse", "The reply is not a stream of events that can be read", domain::reply, unreadable},
    {"error_in_response", "The reply is an error, although its status says success", domain::reply, none},
    {"generation_failed", "The provider ended the generation with an error", domain::reply, none},
    {"stream_error", "The provider reported an error within the stream", domain::reply, none},
    {"insufficient_credits",
     "The account has no credit or quota left",
     domain::key,
     {is::insufficient_credits}},
    {"operation_in_progress", "The stream has an operation pending already", domain::caller, none},
    {"model_refused", "The model refused to answer", domain::caller, none},
    {"schema_mismatch", "The answer does not have the form that was asked for", domain::caller, unreadable},
    {"tool_failed", "A tool failed", domain::caller, none},
    {"tool_timeout", "A tool did not finish in time", domain::caller, {is::timeout}},
    {"turn_limit_reached", "The model asked for tools in too many turns", domain::caller, none},
    {"rate_limit_reached",
     "The client's own rate limit does not allow the call now",
     domain::caller,
     {is::retryable, is::rate_limited}},
    {"circuit_open", "All targets are left alone for a while after their failures", domain::caller, broken},
    {"spending_limit_reached",
     "A cap of the client's own spending does not allow the call",
     domain::caller,
     none},
    {"shared_limits_failed", "The limits that clients share could not be asked", domain::caller, none},
}};
static_assert(table.size() == static_cast<std::size_t>(errc::shared_limits_failed));

} // namespace

errc_facts const* find_facts(errc value) noexcept {
    auto const number = static_cast<std::size_t>(value);
    return number >= 1 && number <= table.size() ? &table[number - 1] : nullptr;
}

} // namespace async_llm
