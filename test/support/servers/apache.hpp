// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_SERVERS_APACHE_HPP
#define ASYNC_LLM_TEST_SUPPORT_SERVERS_APACHE_HPP

#include "support/servers/child_process.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace async_llm::test {

/// A real Apache on a loopback port that passes requests on to a server, and compresses replies whatever was
/// asked for.
class apache_server {
public:
    /// `backend`: the server's port. Throws `std::runtime_error` with Apache's own words if it does not
    /// start.
    explicit apache_server(std::uint16_t backend);

    /// `http://127.0.0.1:PORT` and this path. What is below `/plain` it does not compress.
    std::string url(std::string const& path) const;

private:
    temp_dir files_;
    loopback_port port_;
    std::optional<child_process> process_;
};

} // namespace async_llm::test

#endif
