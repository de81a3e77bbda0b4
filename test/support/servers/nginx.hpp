// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_SERVERS_NGINX_HPP
#define ASYNC_LLM_TEST_SUPPORT_SERVERS_NGINX_HPP

#include "support/servers/child_process.hpp"
#include <async_llm/testing/certificate_authority.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace async_llm::test {

/// Options of nginx.
struct nginx_options {
    nginx_options() = default;

    std::string protocols = "TLSv1.2 TLSv1.3";
    /// Requests per connection.
    std::size_t keepalive_requests = 100;
    /// Seconds that it keeps an unused connection.
    unsigned keepalive_timeout = 1;
    /// Whether it reads on for a while after it has refused a request, as it does by default.
    bool lingering_close = true;
    /// A process that listens and logs, and a worker that serves, as usual; needed to reload. Off: all in one
    /// process.
    bool worker = false;
    /// Whether it offers HTTP/2 in the TLS handshake.
    bool http2 = false;
    /// Version of HTTP on a Unix domain socket, where it listens as well, without TLS. 0: it does not.
    int local_version = 0;
    /// Streams that one connection of HTTP/2 may have at a time.
    std::size_t max_concurrent_streams = 128;
    /// Port of 127.0.0.1 of a plain HTTP server, to which what is below `/behind` is passed on. 0: none.
    std::uint16_t backend = 0;
    /// Answer to `POST /v1/chat/completions`. nginx's variables in it (`$http_idempotency_key`)
    /// are replaced.
    std::string reply;
};

/// One line of nginx's own log.
struct nginx_request {
    nginx_request() = default;

    /// Number of the connection, in the order of accepting.
    std::size_t connection = 0;
    std::size_t request_on_connection = 0;
    bool session_reused = false;
    std::string protocol;
    /// Number of connections nginx counts when it logs this request.
    std::size_t active_connections = 0;
    /// The process that served it.
    long process = 0;
    int status = 0;
    /// `HTTP/1.1` or `HTTP/2.0`.
    std::string version;
    /// The request's `Idempotency-Key`; `-`: it had none.
    std::string idempotency_key;
};

/// A real nginx that speaks TLS on a loopback port.
/**
 * It answers `POST /v1/chat/completions` with `nginx_options::reply`, what is below `/dead` with a 502 of its
 * own (the server behind is not there), bodies of more than 64 KiB with 413, and everything else with 404.
 * What is passed on to `nginx_options::backend` may be of any size, and goes in both directions as it comes.
 */
class nginx_server {
public:
    /// Throws `std::runtime_error` with nginx's own words if it does not start.
    nginx_server(testing::tls_identity const& identity, nginx_options const& options);

    /// `https://127.0.0.1:PORT` and this path.
    std::string url(std::string const& path) const;
    /// `unix:SOCKET:` and this path. Precondition: `nginx_options::local_version` is not 0.
    std::string local_url(std::string const& path) const {
        return "unix:" + files_.path("socket") + ":" + path;
    }
    std::uint16_t port() const noexcept { return port_.number(); }

    /// Makes it read its configuration anew: a new worker takes over, and the old one finishes what it has
    /// begun.
    void reload() { process_->send(SIGHUP); }

    /// Asks it to take no further connection, to finish what it has begun, and then to end.
    void quit() { process_->send(SIGQUIT); }
    bool has_ended() { return process_->wait_for_end(std::chrono::milliseconds(0)); }

    /// Makes it end immediately, whatever it has begun.
    void stop() { process_->send(SIGTERM); }

    /// Starts it again, on the same port. Precondition: it has ended. Throws as the constructor.
    void start();

    /// Ends it, and returns what it has logged.
    std::vector<nginx_request> finish();

private:
    temp_dir files_;
    loopback_port port_;
    loopback_port dead_;
    std::string configuration_;
    std::optional<child_process> process_;
};

} // namespace async_llm::test

#endif
