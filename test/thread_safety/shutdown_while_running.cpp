// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "thread_safety/setting.hpp"

#include <array>
#include <future>

// client::async_shutdown on two threads at a time, while calls begin on others.

namespace {

namespace asio = boost::asio;
using namespace async_llm;
using namespace async_llm::test;
using event = testing::mock_event;
using std::chrono::milliseconds;

constexpr std::size_t calling_threads = 4;
constexpr std::size_t calls_each = 15;

error_code shut_down(client const& c, milliseconds drain) {
    std::promise<error_code> ended;
    auto future = ended.get_future();
    c.async_shutdown(drain, [&ended](error_code ec) { ended.set_value(ec); });
    check(
        future.wait_for(std::chrono::seconds(60)) == std::future_status::ready,
        "a shutdown that never ends"
    );
    auto const ec = future.get();
    auto const stats = c.stats();
    check(
        stats.connections_in_use + stats.connections_idle + stats.connections_connecting == 0,
        "connections"
    );
    return ec;
}

void run(setting& s, milliseconds drain, std::size_t requests, tally& l) {
    auto const mark = s.server.server.request_count() + requests;
    client const c = s.make_client();
    callers threads(calling_threads, [&](std::size_t) {
        for (std::size_t i = 0; i < calls_each; ++i) call(c, l, errc::client_closed);
    });
    callers closers(2, [&](std::size_t) {
        check(s.server.wait_for(event::requests, mark), "requests that do not arrive");
        auto const ec = shut_down(c, drain);
        check(!ec || ec == errc::deadline_exceeded, ec.message());
        check(!ec || drain < std::chrono::seconds(1), "the calls did not need that long");
    });
    threads.join();
    closers.join();
    l.wait();
    check(c.stats().calls_in_flight == 0, "calls in flight after a shutdown");
    call(c, l, errc::client_closed);
    l.wait();
    check(
        c.stats().calls_completed + c.stats().calls_failed == calling_threads * calls_each + 1,
        "calls got lost"
    );
}

} // namespace

int main() {
    setting s;
    s.config.pool.max_connections = 8;
    s.server.server.respond_with(&mixed_reply);
    tally l;
    constexpr std::array<milliseconds, 3> drains{milliseconds(0), milliseconds(5), milliseconds(60'000)};
    constexpr std::array<std::size_t, 3> moments{0, 2, 10};
    for (auto const drain : drains) {
        for (auto const requests : moments) run(s, drain, requests, l);
    }
    s.threads.join();
    check(l.stopped() != 0, "nothing was cancelled");
    check(l.completed() != 0, "nothing was completed");
    std::printf("%zu completed, %zu refused or cancelled\n", l.completed(), l.stopped());
}
