// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_SERVERS_MICROSOCKS_HPP
#define ASYNC_LLM_TEST_SUPPORT_SERVERS_MICROSOCKS_HPP

#include "support/servers/child_process.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace async_llm::test {

/// A real microsocks, a SOCKS5 proxy, on a loopback port.
class microsocks_server {
public:
    /// Empty `user`: no client has to log in. Throws `std::runtime_error` if it does not start.
    explicit microsocks_server(std::string const& user = "", std::string const& password = "");

    /// `127.0.0.1:PORT`
    std::string address() const;
    /// `SCHEME://[LOGIN@]127.0.0.1:PORT`
    std::string url(std::string const& scheme, std::string const& login = "") const;

    /// Number of tunnels it has opened.
    std::size_t tunnels() const;

    void end() { process_->end(); }

private:
    temp_dir files_;
    loopback_port port_;
    std::optional<child_process> process_;
};

} // namespace async_llm::test

#endif
