// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_SERVERS_NGHTTPD_HPP
#define ASYNC_LLM_TEST_SUPPORT_SERVERS_NGHTTPD_HPP

#include "support/servers/child_process.hpp"
#include <async_llm/testing/certificate_authority.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace async_llm::test {

/// Options of nghttpd.
struct nghttpd_options {
    nghttpd_options() = default;

    /// Without TLS, for clients that know that it speaks HTTP/2.
    bool plain = false;
    /// Whether each POST is answered with its own body.
    bool echo = false;
    /// Streams that one connection may have at a time.
    std::size_t max_concurrent_streams = 100;
    /// Answer to `POST /v1/chat/completions`, unless `echo` is set.
    std::string reply;
};

/// A real nghttpd, the server of libnghttp2's own authors, on a loopback port. It speaks HTTP/2 alone.
class nghttpd_server {
public:
    /// Throws `std::runtime_error` with its own words if it does not start.
    nghttpd_server(testing::tls_identity const& identity, nghttpd_options const& options);

    /// `https://127.0.0.1:PORT` and this path, or `http://`.
    std::string url(std::string const& path) const;
    std::uint16_t port() const noexcept { return port_.number(); }

private:
    temp_dir files_;
    loopback_port port_;
    bool plain_;
    std::optional<child_process> process_;
};

} // namespace async_llm::test

#endif
