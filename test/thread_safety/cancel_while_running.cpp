// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "thread_safety/setting.hpp"

#include <array>
#include <optional>

// client::cancel() and ~client on one thread, while calls begin on others and are in every phase.

namespace {

namespace asio = boost::asio;
using namespace async_llm;
using namespace async_llm::test;
using event = testing::mock_event;

constexpr std::size_t calling_threads = 3;
constexpr std::size_t calls_each = 20;

// With few connections most calls wait; with two of them stalled in the handshake, and some replies that
// never end.
void make_trouble(setting& s) {
    // Over HTTP/2 all calls wait for the first connection.
    if (!over_http2()) s.server.server.set_accept_fault(testing::accept_fault::stall, 2);
    s.server.server.respond_with([](testing::received_request const& request) {
        auto reply = mixed_reply(request);
        if (request.request_on_connection % 5 == 4) reply.fault = testing::reply_fault::stall;
        return reply;
    });
}

// Cancels as soon as so many more requests have arrived.
void cancel_while_calls_begin(setting& s, std::size_t requests, tally& l) {
    make_trouble(s);
    auto const mark = s.server.server.request_count() + requests;
    client const c = s.make_client();
    callers threads(calling_threads, [&](std::size_t) {
        for (std::size_t i = 0; i < calls_each; ++i) call(c, l, errc::client_closed);
    });
    std::thread canceller([&] {
        check(s.server.wait_for(event::requests, mark), "requests that do not arrive");
        c.cancel();
    });
    threads.join();
    canceller.join();
    l.wait();
    check(c.stats().calls_in_flight == 0, "calls in flight after cancel()");
}

void destroy_while_calls_run(setting& s, std::size_t requests, tally& l) {
    make_trouble(s);
    auto const mark = s.server.server.request_count() + requests;
    std::optional<client> c(s.make_client());
    callers threads(calling_threads, [&](std::size_t) {
        for (std::size_t i = 0; i < calls_each; ++i) call(*c, l, errc::client_closed);
    });
    threads.join();
    std::thread destroyer([&] {
        check(s.server.wait_for(event::requests, mark), "requests that do not arrive");
        c.reset();
    });
    destroyer.join();
    l.wait();
}

} // namespace

int main() {
    setting s;
    s.config.pool.max_connections = 8;
    s.config.pool.max_connecting = 4;
    // Nothing but the cancelling may end a call.
    s.config.timeouts.connect = s.config.timeouts.tls_handshake = std::chrono::milliseconds(0);
    tally l;
    constexpr std::array<std::size_t, 6> moments{0, 1, 3, 7, 15, 24};
    for (auto const requests : moments) {
        cancel_while_calls_begin(s, requests, l);
        destroy_while_calls_run(s, requests, l);
    }
    s.threads.join();
    check(l.stopped() != 0, "nothing was cancelled");
    check(l.completed() != 0, "nothing was completed");
    check(l.completed() + l.stopped() == 2 * moments.size() * calling_threads * calls_each, "calls got lost");
    std::printf("%zu completed, %zu cancelled\n", l.completed(), l.stopped());
}
