// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_OBSERVER_HPP
#define ASYNC_LLM_OBSERVER_HPP

#include <async_llm/chat_request.hpp>
#include <async_llm/chat_response.hpp>
#include <async_llm/detail/config.hpp>
#include <async_llm/error.hpp>
#include <async_llm/response_info.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace async_llm {

namespace codec {
class credential_mask;
}

/// Facts common to all events of a call. References in it are valid during the event.
/**
 * The client's keys and the other credentials that it sends are `***` in `info` and in errors. What the
 * request and the reply say is as it was sent: \ref without_credentials makes it fit for a log.
 */
struct call_event {
    call_event(response_info const& known) : info(known) {}

    /// Copies a text with `***` in place of each credential of 8 characters or more.
    ASYNC_LLM_DECL std::string without_credentials(std::string_view text) const;

    /// Number of the call within its client, from 1; of both calls, if it was hedged.
    std::uint64_t call = 0;
    /// Is its reply asked for as a stream?
    bool streaming = false;
    /// Is it the second of two identical calls (`hedging_policy`)?
    bool hedge = false;
    /// Is it a call of \ref client::async_post or \ref client::async_get?
    bool endpoint = false;
    /// Method and path of the request: `POST` and `/chat/completions`, or what the call of an endpoint names.
    /** Below the base URL, without a query; credentials of the client are `***`. */
    std::string_view method = "POST";
    std::string_view path = "/chat/completions";
    /// Host and port of the provider, or path of its socket and 0; before the first attempt, of the first.
    std::string_view server_address;
    std::uint16_t server_port = 0;
    /// Facts of the call by now: provider, model, attempts, times, ...
    response_info const& info;
    /// For the library itself. Null: nothing is known to be secret.
    codec::credential_mask const* credentials = nullptr;
};

/// A call has begun.
struct call_started_event : call_event {
    call_started_event(response_info const& known, chat_request const& sent)
        : call_event(known), request(sent) {}

    /// As given. Of a call of an endpoint it is empty; see \ref attempt_started_event::body.
    chat_request const& request;
};

/// An attempt begins: it was let through by all limits, and now needs a connection.
struct attempt_started_event : call_event {
    using call_event::call_event;

    /// The header fields that are going to be sent, except those that may hold a secret: never
    /// `Authorization`, `Cookie`, a proxy's password, or a field that is not known to be harmless.
    std::vector<http_header> headers;
    /// The request's body.
    std::string_view body;
};

/// Origin of a connection.
enum class connection_origin {
    /// It was made, with a full TLS handshake or without TLS.
    fresh,
    /// It was made, and its TLS session taken up again.
    resumed,
    /// It had served before.
    reused,
};

/// The call has a connection.
struct connection_obtained_event : call_event {
    using call_event::call_event;

    connection_origin origin = connection_origin::fresh;
    /// Time that it was waited for.
    std::chrono::nanoseconds waited{0};
};

/// The request has been sent, or as much of it as the peer took before it answered or went away.
struct request_sent_event : call_event {
    using call_event::call_event;

    /// Head and body; 0 if the peer did not take all of it.
    std::size_t bytes = 0;
};

/// The reply has begun: its head is there. `info` has its status, its fields and when its first byte came.
struct first_byte_event : call_event {
    using call_event::call_event;
};

/// The first content of a stream has come.
struct first_content_event : call_event {
    using call_event::call_event;
};

/// An attempt has ended.
struct attempt_finished_event : call_event {
    using call_event::call_event;

    /// Result of the call. `info` has status, header fields and times.
    error_code ec;
    /// There will be another one.
    bool retried = false;
    /// After this time.
    std::chrono::nanoseconds wait{0};
};

/// A call has ended; its handler is about to be called.
struct call_finished_event : call_event {
    call_finished_event(chat_response const& result) : call_event(result.info), response(result) {}

    error_code ec;
    /// As the caller gets it. Of a stream, what `request_options::keep_completion` has gathered.
    /** Of a call of an endpoint, the completion has the reply's `usage`, `id` and `model` alone. */
    chat_response const& response;
    /// The reply of a call of an endpoint, as the caller gets it.
    std::string_view text;
};

/// Receiver of everything that happens to the calls of a client: for metrics, traces and logs.
/**
 * Derive from it, override what you need, and put it into `client_config::observer`. Without one, nothing of
 * this costs anything. `async_llm/telemetry.hpp` has the names that OpenTelemetry gives to what is in the
 * events.
 *
 * Executor: the functions are called on the strand of the call, in the order of its events (`first_content`
 * maybe on the thread that takes the chunk); those of different calls at the same time, if the executor has
 * several threads. A hedged call has two strands, and the end of the attempt that lost may be reported after
 * that of the call. What happens to a call before it first waits may be reported within the function that
 * starts it, if that runs on the client's executor. Be quick: the call waits meanwhile.
 *
 * Object lifetimes: client and calls share the observer; it lives until the last call is gone. What an event
 * refers to is valid until the function returns.
 *
 * Errors: the functions must not throw; they are `noexcept`, and so are yours.
 */
class ASYNC_LLM_DECL observer {
public:
    virtual ~observer();

    virtual void call_started(call_started_event const&) noexcept {}
    virtual void attempt_started(attempt_started_event const&) noexcept {}
    virtual void connection_obtained(connection_obtained_event const&) noexcept {}
    virtual void request_sent(request_sent_event const&) noexcept {}
    virtual void first_byte(first_byte_event const&) noexcept {}
    virtual void first_content(first_content_event const&) noexcept {}
    virtual void attempt_finished(attempt_finished_event const&) noexcept {}
    virtual void call_finished(call_finished_event const&) noexcept {}

protected:
    observer() = default;
    observer(observer const&) = default;
    observer& operator=(observer const&) = default;
};

} // namespace async_llm

#endif
