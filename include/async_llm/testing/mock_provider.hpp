// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)
#ifndef ASYNC_LLM_TESTING_MOCK_PROVIDER_HPP
#define ASYNC_LLM_TESTING_MOCK_PROVIDER_HPP

#include <async_llm/detail/config.hpp>
#include <async_llm/testing/certificate_authority.hpp>
#include <async_llm/testing/received_request.hpp>
#include <async_llm/testing/scripted_reply.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace async_llm::testing {

/// TLS versions that the server speaks.
enum class tls_versions { tls_1_2_and_1_3, only_tls_1_2, only_tls_1_3 };

/// Fault of a connection, in place of serving it or of an HTTP/2 session on it.
enum class accept_fault {
    none,
    stall,      ///< Accept it and never send a byte (a TLS handshake that never answers).
    reset,      ///< TCP reset (RST).
    close,      ///< Close it immediately.
    plain_text, ///< Answer the first bytes with an HTTP/1.1 400, also where TLS is expected, and close.
    garbage,    ///< Answer the first bytes with bytes that are neither TLS nor HTTP, and close.

    no_settings, ///< Serve it, over HTTP/2 without ever sending SETTINGS.
    no_windows,  ///< Serve it, over HTTP/2 without ever returning a window: long request bodies do not end.
    no_ping_answers, ///< Serve it, over HTTP/2 without ever answering a PING.
};

/// Options of a mock provider.
struct mock_options {
    using duration = std::chrono::steady_clock::duration;

    /// OpenAI's manners over plain HTTP on an ephemeral port of 127.0.0.1.
    ASYNC_LLM_DECL mock_options();

    /// That dialect's manners over plain HTTP.
    ASYNC_LLM_DECL explicit mock_options(provider_dialect manners);

    /// That dialect's manners over HTTPS.
    ASYNC_LLM_DECL mock_options(provider_dialect manners, tls_identity own);

    /// Provider that it imitates.
    provider_dialect dialect;

    /// Certificate and key for HTTPS; without, it speaks plain HTTP.
    std::optional<tls_identity> identity;

    /// PEM of the authority that must have signed the client's certificate; empty: none is asked for.
    std::string client_authority;

    /// TLS versions.
    tls_versions versions;

    /// Whether TLS sessions can be resumed (tickets). Default yes.
    bool session_resumption;

    /// Whether HTTP/2 is spoken: over TLS with clients that offer `h2` by ALPN, over plain HTTP with those
    /// that begin with its preface (prior knowledge). Default no: then no ALPN is answered.
    bool http2;

    /// Streams at a time that an HTTP/2 connection announces. Default 128; zero: it names no limit.
    std::uint32_t max_concurrent_streams;

    /// Wait before the SETTINGS of an HTTP/2 connection, and so before all else on it. Zero (default): none.
    duration settings_delay;

    /// Loopback address to listen on, `127.0.0.1` (default) or `::1`.
    std::string address;

    /// Port; zero (default): any free one.
    std::uint16_t port;

    /// Length of the listen queue; zero (default): the system's maximum.
    int listen_backlog;

    /// Keys that `Authorization: Bearer` may carry; empty (default): every key is good, but there must be
    /// one.
    std::vector<std::string> accepted_keys;

    /// Whether the key is checked. Default yes.
    bool check_authorization;

    /// Whether Content-Type and body are checked as the provider would. Default yes.
    bool check_body;

    /// Whether every path is answered, not those of chat completions alone: `GET` without a body, and `POST`
    /// with any JSON. Default no.
    bool any_endpoint;

    /// A connection without a request for this long is closed (HTTP/2: with GOAWAY); zero (default): never.
    duration idle_timeout;

    /// The connection is closed after so many replies; zero (default): never.
    std::size_t max_requests_per_connection;

    /// Whether the last of those replies says `Connection: close`; over HTTP/2, whether the last of those
    /// requests is answered with GOAWAY, behind which those up to it are served. Default yes.
    bool announce_close;

    /// Whether TLS connections end with close_notify. Default yes.
    bool close_notify;

    /// Bytes of request head and body that are accepted (431, 413 beyond). Default 64 KiB and 64 MiB.
    std::size_t max_head_size;
    std::size_t max_body_size;

    /// Number of requests that are kept for `requests()`, the latest ones; they are counted beyond. Default
    /// 100,000; zero: none.
    std::size_t recorded_requests;
};

/// Counters of a mock provider, all since its start but `connections_open`.
struct mock_stats {
    mock_stats() = default;

    std::size_t connections_accepted = 0; ///< Accepted, faults included.
    std::size_t connections_open = 0;     ///< Open now.
    std::size_t max_connections_open = 0; ///< The most that were open at the same time.
    std::size_t handshakes_full = 0;      ///< TLS handshakes completed without resumption.
    std::size_t handshakes_resumed = 0;   ///< TLS handshakes completed by resuming a session.
    std::size_t handshakes_failed = 0;    ///< TLS handshakes that failed, by alert, garbage or close.
    std::size_t requests = 0;             ///< Requests received completely.
    std::size_t requests_refused = 0;     ///< Of these, those answered with an error for a fault of theirs.
    std::size_t replies_sent = 0;         ///< Replies written completely.
    std::size_t requests_aborted = 0;     ///< Requests whose client closed before the reply was complete.

    std::size_t connections_http2 = 0; ///< Of the accepted ones, those that speak HTTP/2.
    std::size_t max_streams_open = 0;  ///< The most streams that one of them had open at the same time.
    std::size_t streams_reset = 0;     ///< RST_STREAM frames of clients.
    std::size_t pings_received = 0;    ///< PING frames of clients, answers left out.
    std::size_t goaways_sent = 0;      ///< GOAWAY frames, two for one in two phases.
};

/// Event that `mock_provider::async_wait_for` waits for.
enum class mock_event {
    connections_accepted,   ///< `connections_accepted` has reached the number.
    connections_open_equal, ///< `connections_open` equals the number.
    handshakes,             ///< Completed handshakes, full and resumed together, have reached the number.
    handshakes_failed,      ///< `handshakes_failed` has reached the number.
    requests,               ///< `requests` has reached the number.
    replies_sent,           ///< `replies_sent` has reached the number.
    requests_aborted,       ///< `requests_aborted` has reached the number.
    streams_reset,          ///< `streams_reset` has reached the number.
    pings_received,         ///< `pings_received` has reached the number.
    goaways_sent            ///< `goaways_sent` has reached the number.
};

/// An HTTP/1.1 and HTTP/2 server in the process that behaves like a provider of chat completions, for tests
/// without a network.
/**
 * It listens on a loopback port as soon as it is constructed, answers `POST` on `/v1/chat/completions`,
 * `/api/v1/chat/completions` and `/chat/completions`, checks each request as the provider of its dialect
 * would, answers from a script, and records what it received. `mock_options::any_endpoint` has it answer
 * every path. It starts no thread: everything runs on the
 * executor it was given, each connection on a strand of its own, so several threads may run that executor.
 *
 * A request that passes the checks takes the first reply of the queue; if that is empty, the responder
 * answers. A request that does not pass is answered with the provider's error and takes nothing from the
 * queue.
 *
 * Over HTTP/2 each stream is a request of its own, with the same checks, script and records; they run side by
 * side. Faults of a connection hit all of its streams. Clients that break the rules, or reset more streams
 * than libnghttp2 allows (1,000, then 33 a second), get a GOAWAY.
 *
 * Object lifetimes: destroy it before its execution context. Destruction equals `stop()`; it does not block.
 *
 * Thread safety: distinct objects: safe. Shared objects: safe, except for destruction.
 */
class mock_provider {
public:
    using executor_type = asio::any_io_executor;

    /// Makes the reply to one request. Called on the connection's strand, never under a lock; what it throws
    /// becomes a 500.
    using responder = std::function<scripted_reply(received_request const&)>;

    /// Starts listening.
    /**
     * Errors: throws `boost::system::system_error` if the address cannot be bound, the identity is no usable
     * PEM, or the options ask for HTTP/2 in a build without it (`not_supported`).
     */
    ASYNC_LLM_DECL mock_provider(asio::any_io_executor executor, mock_options options);

    /// A plain HTTP server with OpenAI's manners.
    ASYNC_LLM_DECL explicit mock_provider(asio::any_io_executor executor);

    ASYNC_LLM_DECL ~mock_provider();
    mock_provider(mock_provider const&) = delete;
    mock_provider& operator=(mock_provider const&) = delete;

    /// The executor given at construction.
    ASYNC_LLM_DECL executor_type get_executor() const noexcept;

    /// The port it listens on, or listened on before `stop()`.
    ASYNC_LLM_DECL std::uint16_t port() const noexcept;

    /// Base URL with the numeric address and the dialect's prefix: `https://127.0.0.1:41234/v1`.
    ASYNC_LLM_DECL std::string base_url() const;

    /// Base URL with another host name, one that resolves to the loopback address.
    ASYNC_LLM_DECL std::string base_url(std::string_view host) const;

    /// Appends replies to the queue; each is used for one request, in order.
    ASYNC_LLM_DECL void enqueue(scripted_reply reply);
    ASYNC_LLM_DECL void enqueue(std::vector<scripted_reply> replies);

    /// Sets who answers when the queue is empty. Default: `scripted_reply::echo()`. An empty function
    /// restores it.
    ASYNC_LLM_DECL void respond_with(responder answer);

    /// Number of queued replies that have not been used.
    ASYNC_LLM_DECL std::size_t queued() const;

    /// Sets what happens to connections as they are accepted, to so many of them; zero: to all until further
    /// notice.
    ASYNC_LLM_DECL void set_accept_fault(accept_fault fault, std::size_t connections = 0);

    /// Closes the listening socket: further connects are refused. Open connections live on.
    ASYNC_LLM_DECL void stop_listening();

    /// Listens again on the same port. Throws `boost::system::system_error` if another process has taken it.
    ASYNC_LLM_DECL void resume_listening();

    /// Closes all connections that are waiting for a request, as a server does when their idle time is over;
    /// those whose last bytes of a reply are on their way count as such. Those of HTTP/2 get a GOAWAY, and
    /// are closed when their streams are done.
    ASYNC_LLM_DECL void close_idle_connections();

    /// Sends SETTINGS with this many streams at a time on all HTTP/2 connections, later ones included. Zero:
    /// none may be opened.
    ASYNC_LLM_DECL void announce_max_streams(std::uint32_t streams);

    /// Resets all connections, whatever they are doing.
    ASYNC_LLM_DECL void reset_connections();

    /// Closes the listening socket immediately and all connections from their strands, so that nothing of the
    /// server keeps the execution context's `run()` from returning. Later calls have no effect. Does not
    /// block.
    ASYNC_LLM_DECL void stop();

    /// The latest requests, oldest first, at most `mock_options::recorded_requests`.
    ASYNC_LLM_DECL std::vector<received_request> requests() const;

    /// The latest request. Precondition: there is one; throws `std::out_of_range` otherwise.
    ASYNC_LLM_DECL received_request last_request() const;

    /// Number of requests that have been received.
    ASYNC_LLM_DECL std::size_t request_count() const;

    /// The counters.
    ASYNC_LLM_DECL mock_stats stats() const;

    /// Waits until an event has come about; completes immediately if it already has.
    /**
     * Handler signature: `void(error_code)`.
     *
     * Executor: the handler's associated one, by default the server's. Never completes inline.
     *
     * Per-operation cancellation: all types; nothing else is affected.
     *
     * Errors: `asio::error::operation_aborted` if cancelled, and when the server has stopped, its last
     * connection is gone and the event therefore cannot come about any more.
     */
    template <asio::completion_token_for<void(error_code)> CompletionToken = asio::deferred_t>
    auto async_wait_for(mock_event event, std::size_t number, CompletionToken&& token = {}) {
        return asio::async_initiate<CompletionToken, void(error_code)>(
            initiate_wait(impl_),
            token,
            event,
            number
        );
    }

private:
    struct impl;
    using wait_handler = asio::any_completion_handler<void(error_code)>;

    struct initiate_wait {
        using executor_type = asio::any_io_executor;

        explicit initiate_wait(std::shared_ptr<impl> owner) noexcept : state(std::move(owner)) {}
        executor_type get_executor() const noexcept { return executor_of(*state); }

        template <class Handler>
        void operator()(Handler&& handler, mock_event event, std::size_t number) const {
            start_wait(state, event, number, wait_handler(std::forward<Handler>(handler)));
        }

        std::shared_ptr<impl> state;
    };

    ASYNC_LLM_DECL static executor_type executor_of(impl const& state) noexcept;
    ASYNC_LLM_DECL static void start_wait(
        std::shared_ptr<impl> const& state,
        mock_event event,
        std::size_t number,
        wait_handler handler
    );

    std::shared_ptr<impl> impl_;
};

} // namespace async_llm::testing

#endif
