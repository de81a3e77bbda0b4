// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_SERVERS_HAPROXY_HPP
#define ASYNC_LLM_TEST_SUPPORT_SERVERS_HAPROXY_HPP

#include "support/servers/child_process.hpp"
#include <async_llm/testing/certificate_authority.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace async_llm::test {

/// Mode of haproxy for a connection.
enum class haproxy_mode {
    /// It speaks TLS and HTTP itself, and plain HTTP to the backends; each request may go to another one.
    http,
    /// Likewise, and it offers HTTP/2 in the TLS handshake.
    http2,
    /// It passes bytes on. TLS is the backends' business, and a connection stays with the backend that it
    /// got.
    tcp,
};

/// A real haproxy on a loopback port, in front of backends on others, which take turns.
/**
 * It notices within a fraction of a second that a backend takes no connections any more, or takes them again,
 * and ends what it has under way there.
 */
class haproxy_server {
public:
    /// `backends`: their ports. Throws `std::runtime_error` with its own words if it does not start.
    haproxy_server(
        haproxy_mode mode,
        testing::tls_identity const& identity,
        std::vector<std::uint16_t> const& backends
    );

    /// `https://127.0.0.1:PORT` and this path.
    std::string url(std::string const& path) const;

    /// Makes it read its configuration anew: a new process takes over, and the old one finishes what it has
    /// begun.
    void reload() { process_->send(SIGUSR2); }

    /// Returns the id of the process that serves now.
    long process() const;

    /// \name Backends, numbered from 0
    /// @{
    /// It gets nothing new; what it has begun it may finish.
    void drain(std::size_t backend);
    /// It gets nothing new, and what it has begun is ended.
    void set_maintenance(std::size_t backend);
    /// Puts it into service.
    void set_ready(std::size_t backend);
    /// One of the numbers that haproxy keeps of it, by the name that it has in `show stat`.
    std::size_t counter(std::size_t backend, std::string_view name) const;
    /// Returns its state in haproxy's view: `UP`, `DOWN`, `MAINT`, ...
    std::string status(std::size_t backend) const;
    /// @}

private:
    std::string field(std::size_t backend, std::string_view name) const;
    std::string command(std::string const& line) const;
    void order(std::string const& line) const;

    temp_dir files_;
    loopback_port port_;
    std::optional<child_process> process_;
};

} // namespace async_llm::test

#endif
