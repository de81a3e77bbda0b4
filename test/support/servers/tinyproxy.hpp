// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_SERVERS_TINYPROXY_HPP
#define ASYNC_LLM_TEST_SUPPORT_SERVERS_TINYPROXY_HPP

#include "support/servers/child_process.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace async_llm::test {

/// A real tinyproxy on a loopback port.
class tinyproxy_server {
public:
    /// `connect_port`: the port to which it makes tunnels; `login`: `USER PASSWORD`, empty: no client has to
    /// log in.
    /** Throws `std::runtime_error` with its own words if it does not start. */
    explicit tinyproxy_server(std::uint16_t connect_port, std::string const& login = "");

    /// `127.0.0.1:PORT`
    std::string address() const;
    /// `http://[LOGIN@]127.0.0.1:PORT`; `login` as `user:password`.
    std::string url(std::string const& login = "") const;

    /// Number of tunnels it was asked for.
    std::size_t requests() const;

    void end() { process_->end(); }

private:
    temp_dir files_;
    loopback_port port_;
    std::optional<child_process> process_;
};

} // namespace async_llm::test

#endif
