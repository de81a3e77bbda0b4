// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_CONNECT_OPERATION_HPP
#define ASYNC_LLM_NET_CONNECT_OPERATION_HPP

#include "async/failure.hpp"
#include "async/operation.hpp"
#include "async/operation_pool.hpp"
#include "codec/http/base_url.hpp"
#include "net/connection.hpp"
#include "net/resolve_cache.hpp"
#include "net/tls/tls_context.hpp"
#include <async_llm/client_config.hpp>
#include <async_llm/detail/config.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace async_llm::net {

/// A proxy that is asked for a tunnel.
struct proxy_route {
    proxy_route() = default;

    codec::proxy_scheme scheme = codec::proxy_scheme::http;
    std::string host;
    std::uint16_t port = 80;
    /// Value of `Proxy-Authorization`, of an HTTP proxy; empty: not sent.
    std::string authorization;
    /// Login of a SOCKS5 proxy; no user: none is offered.
    std::string user;
    std::string password;
};

/// Way to a server, with all that its connections have in common.
struct route {
    route() = default;

    std::string host;
    std::uint16_t port = 443;
    bool host_is_address = false;
    /// The host is the path of a Unix domain socket: no name, address, port or proxy.
    bool is_local = false;
    std::optional<proxy_route> proxy;
    /// Null: no TLS.
    std::shared_ptr<tls_context const> tls;
    std::shared_ptr<resolve_cache> names;
    std::shared_ptr<operation_pool> service;
    async_llm::timeouts limits;
    std::chrono::milliseconds race_delay{250};
    std::size_t max_header_size = 64u * 1024;
    /// Version of HTTP that its connections speak.
    enum class protocol { http1, by_alpn, http2 };
    protocol version = protocol::http1;
    std::chrono::milliseconds ping_interval{0};
};

/// Makes one connection: name, address, proxy, TLS.
class connect_operation final : public operation {
public:
    using done_handler = std::function<void(connection_ptr, failure)>;

    /// `done` is called on the operation's strand, once, with a connection or a failure; must not throw.
    /** `version`: that of the route, or less. */
    connect_operation(std::shared_ptr<route const> route, route::protocol version, done_handler done);

private:
    asio::awaitable<void> run() override;
    void finish(std::exception_ptr exception) noexcept override;

    asio::awaitable<failure> reach();
    asio::awaitable<failure> connect_local();
    asio::awaitable<failure> connect(std::string const& host, endpoints const& addresses);
    asio::awaitable<failure> pass_proxy(endpoints const& addresses, endpoints const& targets);
    asio::awaitable<failure> open_tunnel();
    asio::awaitable<failure> pass_socks5(endpoints const& addresses, endpoints const& targets);
    asio::awaitable<failure> secure();
    bool may_be_early() const noexcept;
    void share();
    failure blame_proxy(failure failed) const;

    std::shared_ptr<route const> route_;
    route::protocol version_;
    done_handler done_;
    connection_ptr connection_;
    std::string early_; // what the server has sent behind the answer of the proxy
    failure failure_;
};

} // namespace async_llm::net

#endif
