// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_ADDRESS_RACE_HPP
#define ASYNC_LLM_NET_ADDRESS_RACE_HPP

#include "async/failure.hpp"
#include "async/operation.hpp"
#include "net/resolve_cache.hpp"
#include <async_llm/detail/config.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace async_llm::net {

/// The addresses with the families in turn, beginning with that of the first (RFC 8305, section 4).
endpoints interleave_families(endpoints const& list);

/// Connects to the first address that answers (RFC 8305, section 5).
/**
 * The next address is tried when the one before has failed, or after `delay`, while that goes on (zero: only
 * when it has failed). On success `socket` is set. The failure has `errc::connect_failed`, with the first
 * address's error, or why `op` was stopped. `host` is for the failure's text.
 */
asio::awaitable<failure> race_addresses(
    operation& op,
    asio::any_io_executor const& executor,
    endpoints const& addresses,
    std::chrono::milliseconds delay,
    std::string const& host,
    std::optional<asio::ip::tcp::socket>& socket
);

} // namespace async_llm::net

#endif
