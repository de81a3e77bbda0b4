// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_RESOLVE_CACHE_HPP
#define ASYNC_LLM_NET_RESOLVE_CACHE_HPP

#include "async/failure.hpp"
#include "async/operation.hpp"
#include "async/waiter.hpp"
#include <async_llm/detail/config.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace async_llm::net {

using endpoints = std::vector<asio::ip::tcp::endpoint>;

/// Looks names up, each at most once at a time and once per time to live.
/**
 * Asio resolves on one background thread, one name after the other, and can't be interrupted: without this a
 * hundred new connections would wait for a hundred lookups of the same name. If a later lookup fails, the old
 * addresses stay in use. Thread safety: all.
 */
class resolve_cache : public std::enable_shared_from_this<resolve_cache> {
public:
    /// `ttl`: how long an answer is kept; zero: only shared by those who wait for it together.
    resolve_cache(asio::any_io_executor executor, std::chrono::milliseconds ttl);
    ~resolve_cache();

    /// The addresses of a host, with this port. The failure, if any, has `errc::resolve_failed` or why `op`
    /// was stopped.
    /** A stop is obeyed immediately; the lookup goes on behind it and serves the next waiter. */
    asio::awaitable<failure>
    resolve(operation& op, std::string const& host, std::uint16_t port, endpoints& result);

    /// Number of names that were looked up.
    std::uint64_t lookups() const;

private:
    using shared_addresses = std::shared_ptr<std::vector<asio::ip::address> const>;
    struct waiter;
    struct lookup;
    struct entry;

    bool find(std::string const& host, std::shared_ptr<waiter> const& w);
    void begin_look_up(std::string const& host) noexcept;
    void look_up(std::string const& host);
    static shared_addresses addresses_of(asio::ip::tcp::resolver::results_type const& results);
    void finish(std::string const& host, error_code ec, shared_addresses found) noexcept;

    asio::any_io_executor executor_;
    std::chrono::milliseconds ttl_;
    mutable std::mutex mutex_;
    std::map<std::string, entry> entries_;
    wake_queue wakes_;
    std::uint64_t lookups_ = 0;
};

} // namespace async_llm::net

#endif
