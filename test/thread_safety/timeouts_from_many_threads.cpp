// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "thread_safety/setting.hpp"
#include <async_llm/error.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/strand.hpp>

#include <atomic>
#include <string>

// Calls of sixteen coroutines that four threads run. Replies come about when the limits pass, so that many a
// call ends as the watchdog wakes it.

namespace {

namespace asio = boost::asio;
using namespace async_llm;
using namespace async_llm::test;
using std::chrono::milliseconds;

constexpr std::size_t callers_at_a_time = 16;
constexpr std::size_t calls_each = 30;

struct counts {
    std::atomic<std::size_t> running = 0;
    std::atomic<std::size_t> completed = 0;
    std::atomic<std::size_t> timed_out = 0;
};

asio::awaitable<void> ask(client const& c, request_options options, counts& n) {
    try {
        auto const reply = co_await c.complete(hello(), options);
        check(reply.text() == "Hello", "a reply that is not the one to this request");
        ++n.completed;
    } catch (completion_error const& e) {
        check(e.code() == condition::timeout, e.what());
        ++n.timed_out;
    }
}

asio::awaitable<void> read(client const& c, request_options options, counts& n) {
    try {
        auto stream = co_await c.stream(hello(), options);
        std::string text;
        while (auto const chunk = co_await stream.next()) text += chunk->text();
        check(text == "Hello", "a stream that is not the one to this request");
        ++n.completed;
    } catch (completion_error const& e) {
        check(e.code() == condition::timeout, e.what());
        ++n.timed_out;
    }
}

// Some have one limit, some the other, and some both.
request_options options_of(std::size_t i) {
    request_options options;
    if (i % 3 != 0) options.total_timeout = milliseconds(50 + 30 * (i % 7));
    if (i % 3 != 1) options.first_byte_timeout = milliseconds(10 + 10 * (i % 5));
    return options;
}

asio::awaitable<void> series(client const& c, std::size_t first, counts& n) {
    for (std::size_t i = first; i != first + calls_each; ++i) {
        auto const options = options_of(i);
        if (i % 4 == 0)
            co_await read(c, options, n);
        else
            co_await ask(c, options, n);
    }
}

} // namespace

int main() {
    setting s;
    s.config.pool.max_connections = 12;
    s.config.retry = retry_policy::none();
    s.server.server.respond_with([](testing::received_request const& request) {
        auto reply = testing::scripted_reply::echo();
        reply.latency = milliseconds(request.request_on_connection * 3 % 25);
        return reply;
    });
    counts n;
    auto const ended = [&n](std::exception_ptr e) {
        check(!e, "an exception");
        --n.running;
    };
    auto const await_end = [&n] {
        auto const end = std::chrono::steady_clock::now() + std::chrono::seconds(120);
        while (n.running > 0 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
        check(n.running == 0, "calls that did not end");
    };
    {
        client const c = s.make_client();
        for (std::size_t i = 0; i < callers_at_a_time; ++i) {
            ++n.running;
            asio::co_spawn(asio::make_strand(s.threads.get_executor()), series(c, i, n), ended);
        }
        await_end();
        // One that has all the time there is: none of the limits before has left anything behind.
        ++n.running;
        asio::co_spawn(s.threads, ask(c, request_options(), n), ended);
        await_end();
    }
    // Nothing waits any more, so the threads come to an end.
    s.threads.join();
    check(n.timed_out != 0, "no limit was passed");
    check(n.completed > 1, "nothing was completed");
    check(n.completed + n.timed_out == callers_at_a_time * calls_each + 1, "calls got lost");
    std::printf("%zu completed, %zu passed a limit\n", n.completed.load(), n.timed_out.load());
}
