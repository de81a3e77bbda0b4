// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_SHARED_CONNECTION_HPP
#define ASYNC_LLM_NET_SHARED_CONNECTION_HPP

#include "async/operation.hpp"
#include "net/connection.hpp"
#include "net/exchange.hpp"
#include "net/http/request_bytes.hpp"
#include "net/http/response_parser.hpp"
#include <async_llm/detail/config.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace async_llm::net {

/// Owner of shared connections, which report to it. Thread safety: all.
class connection_owner {
public:
    /// A connection takes so many calls at a time, those included that it has; 0: no others any more.
    /** `report`: the number of the report; one with a lower number is out of date. */
    virtual void on_capacity(connection& c, std::uint64_t report, std::size_t calls) noexcept = 0;

    /// The server asks for HTTP/1.1.
    virtual void on_http1_required() noexcept = 0;

protected:
    connection_owner() = default;
    connection_owner(connection_owner const&) = default;
    connection_owner& operator=(connection_owner const&) = default;
    ~connection_owner() = default;
};

/// Connection that many calls share: one of HTTP/2. Thread safety: all.
class shared_connection {
public:
    shared_connection() = default;
    shared_connection(shared_connection const&) = delete;
    shared_connection& operator=(shared_connection const&) = delete;
    virtual ~shared_connection() = default;

    /// Gives it its owner, and returns how many calls it takes.
    /** `expected`: as other connections to the same server; the most, until the server says more. */
    virtual std::size_t begin(
        std::shared_ptr<connection_owner> const& owner,
        connection_ptr const& self,
        std::size_t expected
    ) = 0;

    /// Begins a request. `wire` has to stay until the exchange has left, `op` until it is destroyed.
    /** If there is no room for it any more, the exchange fails as unprocessed. */
    virtual std::unique_ptr<exchange>
    start_exchange(operation& op, request_bytes wire, exchange_limits limits, response_limits sizes) = 0;

    /// Returns whether it can serve; if it was idle, after a look at what the peer has sent meanwhile.
    virtual bool probe() noexcept = 0;
    /// Returns whether the peer has said nothing since the connection was idle, and may have been gone then.
    virtual bool is_silent_since_idle() const noexcept = 0;

    /// Ends it in good order as far as that goes without waiting. Precondition: no call has it.
    virtual void close() noexcept = 0;
};

} // namespace async_llm::net

#endif
