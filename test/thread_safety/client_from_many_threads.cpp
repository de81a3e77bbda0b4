// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "thread_safety/setting.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_future.hpp>

#include <future>

// One client, run by four threads and called by eight others, by every kind of token, with calls cancelled in
// between.

namespace {

namespace asio = boost::asio;
using namespace async_llm;
using namespace async_llm::test;
using strand_type = asio::strand<asio::thread_pool::executor_type>;

constexpr std::size_t calling_threads = 8;
constexpr std::size_t calls_each = 30;

void call_on_strand(asio::thread_pool& threads, client const& c, tally& l) {
    auto const strand = asio::make_strand(threads.get_executor());
    l.begin();
    auto const done = [&l, strand](error_code ec, chat_response const& response) {
        check(strand.running_in_this_thread(), "a handler that is not on its executor");
        l.end(ec, response, error_code());
    };
    c.async_complete(hello(), asio::bind_executor(strand, done));
}

void call_with_future(client const& c, tally& l) {
    l.begin();
    auto future = c.async_complete(hello(), asio::use_future);
    check(
        future.wait_for(std::chrono::seconds(60)) == std::future_status::ready,
        "a future that is never ready"
    );
    l.end(error_code(), future.get(), error_code());
}

void work(setting& s, client const& c, tally& l, std::size_t thread) {
    for (std::size_t i = 0; i < calls_each; ++i) {
        switch ((thread + i) % 4) {
        case 0: call(c, l, error_code()); break;
        case 1: call_on_strand(s.threads, c, l); break;
        case 2: call_with_future(c, l); break;
        default: call_and_cancel(s.threads, c, l, i); break;
        }
        auto const stats = c.stats();
        check(stats.connections_in_use <= s.config.pool.max_connections, "too many connections");
    }
}

} // namespace

int main() {
    setting s;
    s.config.pool.max_connections = 12;
    s.server.server.respond_with(&mixed_reply);
    tally l;
    {
        client const c = s.make_client();
        callers threads(calling_threads, [&](std::size_t thread) { work(s, c, l, thread); });
        threads.join();
        l.wait();
        auto const stats = c.stats();
        check(stats.calls_in_flight == 0, "calls in flight");
        check(stats.calls_completed == l.completed(), "calls completed");
        check(stats.calls_failed == l.stopped(), "calls failed");
        check(stats.connections_in_use == 0 && stats.waiting == 0, "connections in use");
    }
    s.threads.join();
    check(l.completed() + l.stopped() == calling_threads * calls_each, "calls got lost");
    check(l.completed() >= calling_threads * calls_each * 3 / 4, "calls that nobody cancelled");
    std::printf("%zu completed, %zu cancelled\n", l.completed(), l.stopped());
}
