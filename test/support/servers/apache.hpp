// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_SERVERS_APACHE_HPP
#define ASYNC_LLM_TEST_SUPPORT_SERVERS_APACHE_HPP

#include "support/servers/child_process.hpp"
#include <async_llm/testing/certificate_authority.hpp>

#include <csignal>
#include <cstdint>
#include <optional>
#include <string>

namespace async_llm::test {

/// Options of Apache.
struct apache_options {
    apache_options() = default;

    /// Certificate and key for HTTPS; without, it speaks plain HTTP.
    std::optional<testing::tls_identity> identity;
    /// Whether it speaks HTTP/2: over TLS by ALPN, over plain HTTP with clients that know it.
    bool http2 = false;
};

/// A real Apache on a loopback port that passes requests on to a server, and compresses replies whatever was
/// asked for.
class apache_server {
public:
    /// `backend`: the server's port. Throws `std::runtime_error` with Apache's own words if it does not
    /// start.
    explicit apache_server(std::uint16_t backend, apache_options const& options = apache_options());

    /// `http://127.0.0.1:PORT`, or `https://`, and this path. What is below `/plain` it does not compress.
    std::string url(std::string const& path) const;

    /// Makes it read its configuration anew: new processes take over, and the old ones finish what they have
    /// begun.
    void reload() { process_->send(SIGUSR1); }

private:
    temp_dir files_;
    loopback_port port_;
    bool tls_;
    std::optional<child_process> process_;
};

} // namespace async_llm::test

#endif
