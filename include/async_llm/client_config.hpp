// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_CONFIG_HPP
#define ASYNC_LLM_CLIENT_CONFIG_HPP

#include <async_llm/detail/config.hpp>
#include <async_llm/fallback.hpp>
#include <async_llm/provider.hpp>
#include <async_llm/retry_policy.hpp>
#include <async_llm/spending_limits.hpp>
#include <async_llm/traffic_policy.hpp>
#include <async_llm/version.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

namespace async_llm {

class observer;
class shared_limits;

/// Longest durations of the phases of a call. Zero: no limit. Negative values are refused.
struct timeouts {
    timeouts() = default;

    /// Looking the host up; `errc::resolve_timeout`.
    std::chrono::milliseconds resolve{5'000};
    /// Connecting to one of the addresses and, through a proxy, its answer; `errc::connect_timeout`.
    std::chrono::milliseconds connect{10'000};
    /// The TLS handshake; `errc::tls_handshake_timeout`.
    std::chrono::milliseconds tls_handshake{10'000};
    /// Waiting for a connection while all are busy or being made; `errc::pool_timeout`.
    std::chrono::milliseconds pool{0};
    /// Sending the request; `errc::write_timeout`.
    std::chrono::milliseconds write{30'000};
    /// From the request's last byte to the reply's first; `errc::first_byte_timeout`.
    /** Models think long and answer in one go, so there is no limit by default. */
    std::chrono::milliseconds first_byte{0};
    /// Streams: from the request's last byte to the first content; `errc::first_content_timeout`.
    /** Content is what \ref chat_chunk::has_content says. Only the time in which the caller waits for the
     * stream counts. */
    std::chrono::milliseconds first_content{0};
    /// Streams: from one content to the next; `errc::stream_stalled`. Counted as `first_content`.
    /** A stream that has said how it finished, and then falls silent, has ended well. */
    std::chrono::milliseconds content_idle{120'000};
    /// The whole call, from its start to the end of its reply, streamed or not; `errc::deadline_exceeded`.
    std::chrono::milliseconds total{600'000};
};

/// Use of HTTP/2.
enum class http2_mode {
    /// HTTP/1.1 alone: each call has a connection while it runs.
    off,
    /// HTTP/2 where the server offers it in the TLS handshake (ALPN), and HTTP/1.1 where it does not.
    /** Up to 100 calls share a connection. In builds without HTTP/2 it is HTTP/1.1. */
    prefer,
};

/// The connections that a client keeps.
struct pool_config {
    pool_config() = default;

    /// Version of HTTP.
    /**
     * HTTP/2 needs a hundredth of the connections, handshakes and descriptors, and a third of the memory for
     * calls that wait. Of each call at most 256 KiB are received ahead of a caller that does not read, and of
     * all calls of a connection at most 16 MiB are on their way.
     */
    http2_mode http2 = http2_mode::off;
    /// HTTP/2: silence of a server, with calls in flight, after which it is asked for a sign of life (PING).
    /// 0: never.
    /** After twice the time the connection is lost, and its calls end with `errc::connection_lost`. */
    std::chrono::milliseconds ping_interval{30'000};

    /// Most connections at a time, whatever their state. At least 1.
    std::size_t max_connections = 512;
    /// Most of them in the making at a time. At least 1.
    /**
     * Connects begin in slow start, so that a burst does not become a storm of handshakes: 256 at first, and
     * three more for each that succeeds. A failure leaves 16; when no connection is left, it begins anew.
     */
    std::size_t max_connecting = 1024;
    /// Most calls waiting for a connection or for another limit; one more ends with `errc::queue_full`.
    /// 0: no limit.
    std::size_t max_waiters = 100'000;
    /// Longest time that an unused connection is kept. 0: for ever. Below the keep-alive time of common
    /// servers (5 s).
    std::chrono::milliseconds idle_timeout{4'000};
    /// Closes unused connections after `idle_timeout` by a timer, and not only at the next call.
    /**
     * For servers that bind a thread to each connection (llama.cpp's). While connections are idle, the timer
     * keeps `io_context::run()` busy, for up to `idle_timeout`.
     */
    bool close_idle_by_timer = false;
    /// Keep connections for further calls. Off: each serves one call, and `Connection: close` is sent.
    /** For servers that bind a thread to each connection (llama.cpp's). */
    bool keep_alive = true;
    /// Longest time that a connection is used at all, less up to a tenth at random. 0: for ever.
    std::chrono::milliseconds max_age{600'000};
    /// Longest time that the addresses of a host are kept. 0: looked up for each connection.
    std::chrono::milliseconds dns_ttl{60'000};
    /// Head start of one address over the next (RFC 8305). 0: one after the other.
    std::chrono::milliseconds address_race_delay{250};
};

/// Trust in servers, and the client's own certificate. Chain and host name are always verified; there is no
/// way to turn that off.
struct tls_config {
    tls_config() = default;

    /// Trust the system's certificate authorities.
    bool use_system_store = true;
    /// File with further authorities, in PEM. Empty: none.
    std::string ca_file;
    /// Further authorities, in PEM. Empty: none.
    std::string ca_pem;
    /// Client certificate with its chain, and its private key, in PEM. Empty: none.
    std::string certificate_pem;
    std::string private_key_pem;
    /// The name to verify and to send as SNI instead of the host of the base URL. Empty: that host.
    /** A host name without a dot at its end, or an IP address without brackets; a wildcard is none. */
    std::string server_name;
    /// Most time from a full handshake to a resumption that descends from it. 0: never resumed. Not negative.
    /** Resuming verifies no certificate, so this bounds how long a decision about trust lasts. */
    std::chrono::seconds max_session_age{std::chrono::hours(24)};
};

/// Everything about a \ref client but its provider. Read once, by the constructor.
struct client_config {
    ASYNC_LLM_DECL client_config();

    // Out of line, all five: they would be generated anew in every translation unit that names the type.
    ASYNC_LLM_DECL client_config(client_config const&);
    ASYNC_LLM_DECL client_config(client_config&&) noexcept;
    ASYNC_LLM_DECL client_config& operator=(client_config const&);
    ASYNC_LLM_DECL client_config& operator=(client_config&&) noexcept;
    ASYNC_LLM_DECL ~client_config();

    async_llm::timeouts timeouts;
    pool_config pool;
    tls_config tls;
    /// Conditions for sending failed requests again.
    retry_policy retry;
    /// A second call when the first takes long. Off by default.
    hedging_policy hedging;
    /// Limits of what is asked of the provider. None by default.
    rate_limit_policy rates;
    /// Limit of the calls in flight.
    concurrency_policy concurrency;
    /// Caps of what all calls of the client cost together. None by default.
    /** A call that waits for others to end does so in order of \ref request_options::priority and arrival,
     * within its time limit. */
    spending_limits spending;
    /// Limits that other clients share, in other processes for instance. Null (default): none.
    /** Asked before each attempt, when `rates` and `concurrency` have let it go. */
    std::shared_ptr<async_llm::shared_limits> shared_limits;
    /// Circuit breakers of the targets.
    circuit_breaker_policy breaker;
    /// Order of the targets, and when to move on; for clients with several.
    fallback_policy fallback;
    /// Notified of everything that happens to calls (`async_llm/observer.hpp`). Null: none.
    std::shared_ptr<async_llm::observer> observer;
    /// Proxy that opens a tunnel to the server: `SCHEME://[user:password@]host[:port]`.
    /**
     * Schemes: `http` (CONNECT), `socks5` (SOCKS5, names are resolved here), `socks5h` (by the proxy).
     *
     * Unset: for https, the first of `HTTPS_PROXY`, `https_proxy`, `ALL_PROXY` and `all_proxy` in the
     * environment, unless `NO_PROXY` or `no_proxy` names the host. Empty text: no proxy. Set: used for http
     * too. Not used for Unix domain sockets.
     */
    std::optional<std::string> proxy;
    /// Largest body of a reply, also decoded, in bytes. 0: no limit. Of a stream, what `collect` gathers.
    std::size_t max_response_size = 64u * 1024 * 1024;
    /// Largest line and event of a stream, in bytes; `errc::invalid_sse` beyond. At least 1 KiB. 0: no limit.
    std::size_t max_event_size = 64u * 1024 * 1024;
    /// Largest head of a reply, in bytes; the same for its trailer, and for each chunk header. At least 1
    /// KiB.
    std::size_t max_header_size = 64u * 1024;
    /// Deepest nesting of a reply's JSON. At least 8; more than 1000 counts as 1000.
    std::size_t max_json_depth = 128;
    /// Most members of an object in a reply's JSON; `errc::json_too_complex` beyond. Of errors the beginning
    /// is kept.
    /**
     * Names that collide in its table make an object slow, so this bounds what a peer can cost. At least 32.
     * 0: no limit.
     */
    std::size_t max_json_members = 512;
    /// Most values of one reply or event that are kept as JSON, with the entries of its token lists.
    /** `errc::json_too_complex` beyond. At least 1024. 0: no limit. */
    std::size_t max_json_values = 200'000;
    /// Memory that a decoded reply or event may take, as a multiple of its bytes, beside 256 KiB.
    /** `errc::json_too_complex` beyond. At least 4. 0: no limit. */
    std::size_t max_json_expansion = 8;
    /// Bytes that all replies under way may hold together, of those that are larger than 64 KiB. 0: no limit.
    /**
     * A call that would go beyond it does not read on until others have ended; one call at a time may, so
     * that they do not wait for each other. A stream that is not read keeps what it has until it ends.
     */
    std::size_t max_reply_memory = 1024u * 1024 * 1024;
    /// `User-Agent`. Empty: not sent.
    std::string user_agent = "async_llm/" ASYNC_LLM_VERSION_STRING;
};

} // namespace async_llm

#endif
