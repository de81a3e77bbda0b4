// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "thread_safety/setting.hpp"
#include <async_llm/chat_stream.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

#include <atomic>
#include <memory>

// Streams that four threads run and eight others begin: read to the end, collected, dropped in the middle,
// and cancelled by a thread that does not own them.

namespace {

namespace asio = boost::asio;
using namespace async_llm;
using namespace async_llm::test;

constexpr std::size_t calling_threads = 8;
constexpr std::size_t streams_each = 24;

struct counts {
    std::atomic<std::size_t> running = 0;
    std::atomic<std::size_t> whole = 0;
    std::atomic<std::size_t> collected = 0;
    std::atomic<std::size_t> dropped = 0;
    std::atomic<std::size_t> cancelled = 0;
};

asio::awaitable<void> read(client const& c, counts& n) {
    auto stream = co_await c.stream(hello());
    std::string text;
    while (auto chunk = co_await stream.next()) {
        text += chunk->text();
        while (auto more = stream.try_next()) text += more->text();
    }
    check(text == "Hello", "a stream that is not the one to this request: " + text);
    ++n.whole;
}

asio::awaitable<void> read_into_one(client const& c, counts& n) {
    auto stream = co_await c.stream(hello());
    std::string text;
    chat_chunk chunk;
    while (co_await stream.next(chunk)) {
        text += chunk.text();
        while (stream.try_next(chunk)) text += chunk.text();
    }
    check(text == "Hello", "a stream that is not the one to this request: " + text);
    ++n.whole;
}

asio::awaitable<void> collect(client const& c, counts& n) {
    auto stream = co_await c.stream(hello());
    auto const all = co_await stream.collect();
    check(all.text() == "Hello", "a collection that is not the one to this request");
    ++n.collected;
}

asio::awaitable<void> drop(client const& c, counts& n) {
    auto stream = co_await c.stream(hello());
    auto const first = co_await stream.next();
    check(first.has_value(), "a stream without a chunk");
    ++n.dropped;
}

asio::awaitable<void> cancel_from_elsewhere(asio::thread_pool& threads, client const& c, counts& n) {
    auto stream = std::make_shared<chat_stream>(co_await c.stream(hello()));
    asio::post(threads, [stream] { stream->cancel(); });
    try {
        while (auto chunk = co_await stream->next()) {
        }
    } catch (completion_error const& e) {
        check(e.code() == asio::error::operation_aborted, e.what());
    }
    ++n.cancelled;
}

asio::awaitable<void> one(setting& s, client const& c, counts& n, std::size_t kind) {
    switch (kind % 4) {
    case 0:
        if (kind % 8 == 0)
            co_await read(c, n);
        else
            co_await read_into_one(c, n);
        break;
    case 1: co_await collect(c, n); break;
    case 2: co_await drop(c, n); break;
    default: co_await cancel_from_elsewhere(s.threads, c, n); break;
    }
}

} // namespace

int main() {
    setting s;
    s.config.pool.max_connections = 12;
    s.server.server.respond_with([](testing::received_request const&) {
        auto reply = testing::scripted_reply::stream("Hello");
        reply.event_interval = std::chrono::milliseconds(1);
        return reply;
    });
    counts n;
    {
        client const c = s.make_client();
        callers threads(calling_threads, [&](std::size_t thread) {
            for (std::size_t i = 0; i < streams_each; ++i) {
                ++n.running;
                auto const strand = asio::make_strand(s.threads.get_executor());
                asio::co_spawn(strand, one(s, c, n, thread + i), [&n](std::exception_ptr e) {
                    check(!e, "an exception");
                    --n.running;
                });
            }
        });
        threads.join();
        auto const end = std::chrono::steady_clock::now() + std::chrono::seconds(120);
        while (n.running > 0 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
        check(n.running == 0, "streams that did not end");
        auto const stats = c.stats();
        check(stats.waiting == 0, "calls that wait");
    }
    s.threads.join();
    constexpr std::size_t quarter = calling_threads * streams_each / 4;
    check(n.whole == quarter && n.collected == quarter, "streams got lost");
    check(n.dropped == quarter && n.cancelled == quarter, "streams got lost");
    std::printf("%zu streams of each kind\n", quarter);
}
