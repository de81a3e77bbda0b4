// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_ERROR_HPP
#define ASYNC_LLM_ERROR_HPP

#include <async_llm/detail/config.hpp>

#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/error_condition.hpp>

#include <type_traits>

namespace async_llm {

/// Errors that happen inside the client, named after their phase.
/**
 * A status of 300 or above is not listed here: it is an `error_code` of \ref http_status_category whose value
 * is the status itself. `boost::asio::error::operation_aborted` means that the caller cancelled, and only
 * that.
 *
 * The underlying system or TLS error, where there is one, is `response_info::cause`, and a sentence for
 * people is `response_info::detail`.
 */
enum class errc {
    /// The request is empty, contradictory or out of range; `detail` names the field. Nothing was sent.
    invalid_request = 1,
    /// The client was destroyed, cancelled or shut down.
    client_closed,
    /// The queue for connections, or for admission by a limit, is full (`pool_config::max_waiters`).
    queue_full,
    /// No connection came free within `timeouts::pool`.
    pool_timeout,
    /// The host name has no address.
    resolve_failed,
    /// No answer from the resolver within `timeouts::resolve`.
    resolve_timeout,
    /// No address of the host (or of the proxy) accepted a connection.
    connect_failed,
    /// Connecting, with the exchange with a proxy, took longer than `timeouts::connect`.
    connect_timeout,
    /// The proxy refused, or does not speak its protocol; `detail` has its status line or reply code.
    proxy_failed,
    /// TLS could not be agreed on, or the peer closed during the handshake.
    tls_handshake_failed,
    /// The handshake took longer than `timeouts::tls_handshake`.
    tls_handshake_timeout,
    /// The certificate is expired, self-signed, from an unknown authority or for another name; `detail` says
    /// which.
    certificate_rejected,
    /// The peer did not take the request within `timeouts::write`.
    write_timeout,
    /// The connection broke before the first byte of the reply.
    connection_lost,
    /// The peer sent more than some tens of TLS messages (key updates, tickets) without data among them.
    too_many_tls_messages,
    /// No byte of the reply within `timeouts::first_byte` after the request was sent.
    first_byte_timeout,
    /// A stream brought nothing that a model made within `timeouts::first_content` after the request was
    /// sent.
    first_content_timeout,
    /// A stream fell silent: no content within `timeouts::content_idle` after the last. Comments and padding
    /// do not count.
    stream_stalled,
    /// The whole call took longer than `timeouts::total`.
    deadline_exceeded,
    /// The reply, or the compressed data in it, ended too early; a stream, before any finish reason.
    truncated_response,
    /// The reply's body, as received or decoded, is longer than `client_config::max_response_size`.
    response_too_large,
    /// The reply's header, trailer or a chunk header is longer than `client_config::max_header_size`.
    header_too_large,
    /// The reply is not HTTP/1.x.
    invalid_http,
    /// A 2xx reply that is no JSON (or no stream) by the look of it: a web page, plain text.
    unexpected_content_type,
    /// The body has a content coding other than gzip and deflate, or damaged data of these; see `detail`.
    unsupported_content_encoding,
    /// A 2xx reply without content, or with white space alone.
    empty_response,
    /// The body is not JSON, or nested too deeply.
    invalid_json,
    /// The body is JSON, but not a chat completion; `detail` names the path that does not fit.
    invalid_response,
    /// The JSON of a reply, an event or a tool call's arguments exceeds `client_config::max_json_members`,
    /// `max_json_values` or `max_json_expansion`; `detail` names the limit.
    json_too_complex,
    /// The stream of events can't be read: a line or event is longer than `client_config::max_event_size`.
    invalid_sse,
    /// An error object inside a 2xx reply, without a code that is an HTTP status.
    error_in_response,
    /// The provider ended a choice with an error; the text so far is in the completion.
    generation_failed,
    /// An error event inside a stream, without a code that is an HTTP status. What came before was delivered.
    stream_error,
    /// The account has no credit or quota left, whatever status the provider says it with (402, 403 or 429).
    insufficient_credits,
    /// The stream, or the bulk run, has an operation pending already; that one goes on.
    operation_in_progress,
    /// The model refused to answer (`assistant_message::refusal`), where an answer of a certain form was
    /// asked for.
    model_refused,
    /// The answer is not of the form that was asked for; `detail` names the path that does not fit.
    schema_mismatch,
    /// A tool failed, and `run_tools_options::on_failure` says that this ends the run.
    tool_failed,
    /// A tool took longer than `run_tools_options::tool_timeout`, likewise.
    tool_timeout,
    /// The model still asked for tools after `run_tools_options::max_turns`.
    turn_limit_reached,
    /// The client's own rate limit does not allow the call, and `when_limited::refuse` says that it does not
    /// wait.
    rate_limit_reached,
    /// All targets are left alone for a while after their failures (`circuit_breaker_policy`).
    circuit_open,
    /// A cap of `spending_limits` does not allow the call; `detail` names the cap and says how much is spent.
    spending_limit_reached,
    /// `client_config::shared_limits` could not be asked; `detail` has its words, `cause` its error code.
    shared_limits_failed,
};

/// Coarse tests: `if (ec == condition::rate_limited)`.
enum class condition {
    /// The request itself is wrong: `errc::invalid_request`, 400, 413, 415, 422.
    invalid_request = 1,
    /// The key is missing or wrong: 401.
    authentication,
    /// The key may not do this: 403.
    permission_denied,
    /// No credit or quota: 402, `errc::insufficient_credits`.
    insufficient_credits,
    /// Unknown path or model: 404, 410.
    not_found,
    /// Too many requests or tokens: 429, `errc::rate_limit_reached`.
    rate_limited,
    /// Any status from 400 to 499.
    client_error,
    /// Any status from 500 to 599.
    server_error,
    /// Any limit of time, ours or theirs: every `errc::..._timeout`, `errc::deadline_exceeded`, 408, 504,
    /// 522, 524.
    timeout,
    /// The network or the peer failed before a reply was there: resolve, connect, proxy, TLS, lost or
    /// truncated.
    connection,
    /// The certificate was not accepted.
    certificate,
    /// The reply could not be understood.
    invalid_reply,
    /// Sending the same again may succeed: lost connections, 408, 409, 425, 429 and 5xx (but no missing
    /// credit).
    retryable,
};

/// The category of \ref errc. Thread safety: all.
ASYNC_LLM_DECL boost::system::error_category const& client_category() noexcept;

/// The category whose values are HTTP status codes of 300 and above. Thread safety: all.
ASYNC_LLM_DECL boost::system::error_category const& http_status_category() noexcept;

/// The category of \ref condition. Thread safety: all.
ASYNC_LLM_DECL boost::system::error_category const& condition_category() noexcept;

/// Makes an `error_code` of \ref client_category.
ASYNC_LLM_DECL error_code make_error_code(errc value) noexcept;

/// Makes an `error_code` of \ref http_status_category. Precondition: `status` is at least 300.
ASYNC_LLM_DECL error_code make_http_error(int status) noexcept;

/// Makes an `error_condition` of \ref condition_category.
ASYNC_LLM_DECL boost::system::error_condition make_error_condition(condition value) noexcept;

} // namespace async_llm

namespace boost::system {

template <>
struct is_error_code_enum<async_llm::errc> : std::true_type {};

template <>
struct is_error_condition_enum<async_llm::condition> : std::true_type {};

} // namespace boost::system

#endif
