// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "net/resolve_cache.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace async_llm::net {

struct resolve_cache::waiter {
    explicit waiter(operation::strand_type const& s) : strand(s), arrival(s) {}

    operation::strand_type strand;
    gate arrival;
    bool done = false;
    error_code ec;
    addresses found;
};

struct resolve_cache::entry {
    addresses known;
    std::chrono::steady_clock::time_point expires;
    bool in_flight = false;
    std::vector<std::shared_ptr<waiter>> waiters;
};

resolve_cache::resolve_cache(asio::any_io_executor executor, std::chrono::milliseconds ttl)
    : executor_(std::move(executor)), ttl_(ttl) {}

resolve_cache::~resolve_cache() = default;

asio::awaitable<failure>
resolve_cache::resolve(operation& op, std::string const& host, std::uint16_t port, endpoints& result) {
    result.clear();
    error_code not_an_address;
    auto const literal = asio::ip::make_address(host, not_an_address);
    if (!not_an_address) {
        result.emplace_back(literal, port);
        co_return failure();
    }
    auto const w = std::make_shared<waiter>(op.strand());
    if (!find(host, w)) look_up(host);
    while (!w->done && !op.stopped()) co_await w->arrival.wait();
    if (!w->done)
        co_return failure(op.stopped(), {}, phase::resolving, "no answer from the resolver for " + host);
    if (w->ec)
        co_return failure(errc::resolve_failed, w->ec, phase::resolving, host + ": " + w->ec.message());
    for (auto const& address : w->found) result.emplace_back(address, port);
    co_return failure();
}

// True: answered, or somebody else's lookup will answer. False: the caller is to look up, and will be answered by it.
bool resolve_cache::find(std::string const& host, std::shared_ptr<waiter> const& w) {
    std::lock_guard lock(mutex_);
    auto& e = entries_[host];
    if (!e.known.empty() && std::chrono::steady_clock::now() < e.expires) {
        w->found = e.known;
        w->done = true;
        return true;
    }
    e.waiters.push_back(w);
    return std::exchange(e.in_flight, true);
}

void resolve_cache::look_up(std::string const& host) {
    auto const resolver = std::make_shared<asio::ip::tcp::resolver>(executor_);
    {
        std::lock_guard lock(mutex_);
        ++lookups_;
    }
    resolver->async_resolve(
        host,
        "",
        [self = shared_from_this(),
         resolver,
         host](error_code ec, asio::ip::tcp::resolver::results_type results) {
            addresses found;
            for (auto const& r : results) found.push_back(r.endpoint().address());
            if (!ec && found.empty()) ec = asio::error::host_not_found;
            self->finish(host, ec, std::move(found));
        }
    );
}

void resolve_cache::finish(std::string const& host, error_code ec, addresses found) {
    std::vector<std::shared_ptr<waiter>> waiters;
    {
        std::lock_guard lock(mutex_);
        auto& e = entries_[host];
        e.in_flight = false;
        waiters.swap(e.waiters);
        if (!ec) {
            e.known = found;
        } else if (!e.known.empty()) {
            found = e.known;
            ec = {};
        }
        e.expires = std::chrono::steady_clock::now() + ttl_;
    }
    for (auto& w : waiters) {
        asio::post(w->strand, [w, ec, found] {
            w->ec = ec;
            w->found = found;
            w->done = true;
            w->arrival.open();
        });
    }
}

std::uint64_t resolve_cache::lookups() const {
    std::lock_guard lock(mutex_);
    return lookups_;
}

} // namespace async_llm::net
