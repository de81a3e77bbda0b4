// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/resolve_cache.hpp"

#include "async/exception.hpp"

#include <boost/asio/error.hpp>

#include <exception>
#include <utility>

namespace async_llm::net {

struct resolve_cache::waiter : net::waiter {
    using net::waiter::waiter;

    // Of these one, once it is complete.
    error_code ec;
    shared_addresses found;
};

struct resolve_cache::entry {
    shared_addresses known; // null: none
    std::chrono::steady_clock::time_point expires;
    bool in_flight = false;
    std::vector<std::shared_ptr<waiter>> waiters;
};

// A lookup under way. Whatever becomes of its handler, there is an answer: otherwise the name would stay in
// flight.
struct resolve_cache::lookup {
    lookup(std::shared_ptr<resolve_cache> cache, std::string name)
        : resolver(cache->executor_), asker(std::move(cache)), host(std::move(name)) {}
    lookup(lookup const&) = delete;
    lookup& operator=(lookup const&) = delete;
    ~lookup() {
        // Asio drops the handler if it has no memory for the results, and when the execution context ends.
        if (asker) answer(out_of_memory(), nullptr);
    }

    void answer(error_code ec, shared_addresses found) noexcept {
        std::exchange(asker, nullptr)->finish(host, ec, std::move(found));
    }

    asio::ip::tcp::resolver resolver;
    std::shared_ptr<resolve_cache> asker; // null: answered
    std::string host;
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
    auto const w = std::make_shared<waiter>(op);
    if (!find(host, w)) begin_look_up(host);
    if (!w->is_complete()) co_await w->wait(op);
    if (!w->is_complete())
        co_return failure(op.stop_reason(), {}, phase::resolving, "no answer from the resolver for " + host);
    if (w->ec)
        co_return failure(errc::resolve_failed, w->ec, phase::resolving, host + ": " + w->ec.message());
    for (auto const& address : *w->found) result.emplace_back(address, port);
    co_return failure();
}

// True: answered, or a lookup under way will answer. False: the caller is to look up, and will be
// answered by it.
bool resolve_cache::find(std::string const& host, std::shared_ptr<waiter> const& w) {
    std::lock_guard lock(mutex_);
    auto& e = entries_[host];
    if (e.known && std::chrono::steady_clock::now() < e.expires) {
        w->found = e.known;
        w->complete();
        return true;
    }
    e.waiters.push_back(w);
    return std::exchange(e.in_flight, true);
}

// Waiters for a lookup that can't begin are failed, also those who came in between; the next one may try
// again.
void resolve_cache::begin_look_up(std::string const& host) noexcept {
    try {
        look_up(host);
    } catch (...) {
        finish(host, error_from_exception(std::current_exception()), nullptr);
    }
}

void resolve_cache::look_up(std::string const& host) {
    auto const started = std::make_shared<lookup>(shared_from_this(), host);
    try {
        started->resolver.async_resolve(
            host,
            "",
            [started](error_code ec, asio::ip::tcp::resolver::results_type const& results) {
                if (!ec && results.empty()) ec = asio::error::host_not_found;
                shared_addresses found;
                try {
                    if (!ec) found = addresses_of(results);
                } catch (...) {
                    ec = error_from_exception(std::current_exception());
                }
                started->answer(ec, std::move(found));
            }
        );
    } catch (...) {
        // No thread, or no memory. It has not been asked.
        if (started->asker) started->answer(error_from_exception(std::current_exception()), nullptr);
        return;
    }
    std::lock_guard lock(mutex_);
    ++lookups_;
}

resolve_cache::shared_addresses resolve_cache::addresses_of(
    asio::ip::tcp::resolver::results_type const& results
) {
    auto found = std::make_shared<std::vector<asio::ip::address>>();
    for (auto const& r : results) found->push_back(r.endpoint().address());
    return found;
}

void resolve_cache::finish(std::string const& host, error_code ec, shared_addresses found) noexcept {
    {
        std::lock_guard lock(mutex_);
        auto& e = entries_.find(host)->second;
        e.in_flight = false;
        if (!ec) {
            e.known = found;
        } else if (e.known) {
            found = e.known;
            ec = {};
        }
        e.expires = std::chrono::steady_clock::now() + ttl_;
        for (auto& w : e.waiters) {
            w->ec = ec;
            w->found = found;
            wakes_.complete(std::move(w));
        }
        e.waiters.clear();
    }
    wakes_.flush(mutex_);
}

std::uint64_t resolve_cache::lookups() const {
    std::lock_guard lock(mutex_);
    return lookups_;
}

} // namespace async_llm::net
