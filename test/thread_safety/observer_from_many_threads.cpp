// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "thread_safety/setting.hpp"
#include <async_llm/debug_log.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>

// Calls and streams that four threads run and eight others begin, read, drop and cancel: of each call, the
// events come in their order and one at a time, and the lines of a debug log are whole.

namespace {

namespace asio = boost::asio;
using namespace async_llm;
using namespace async_llm::test;

constexpr std::size_t calling_threads = 8;
constexpr std::size_t calls_each = 25;

enum class step { begin, started, attempt, connection, sent, first_byte, first_content, attempted, finished };

// Whether `next` may follow. A replay takes another connection without a new attempt.
bool may_follow(step last, step next) {
    switch (next) {
    case step::begin: return false;
    case step::started: return last == step::begin;
    case step::attempt: return last == step::started || last == step::attempted;
    case step::connection: return last == step::attempt || last == step::connection || last == step::sent;
    case step::sent: return last == step::connection;
    case step::first_byte: return last == step::sent;
    case step::first_content: return last == step::first_byte;
    case step::attempted: return last >= step::attempt && last <= step::first_content;
    case step::finished: return last == step::started || last == step::attempted;
    }
    return false;
}

// Checks the order of the events of each call, and hands them on to a log.
class order_check : public observer {
public:
    order_check() : log_([this](std::string_view line) { count_line(line); }) {}

    void call_started(call_started_event const& e) noexcept override {
        told(e, step::started, [&] { log_.call_started(e); });
    }
    void attempt_started(attempt_started_event const& e) noexcept override {
        told(e, step::attempt, [&] { log_.attempt_started(e); });
    }
    void connection_obtained(connection_obtained_event const& e) noexcept override {
        told(e, step::connection, [&] { log_.connection_obtained(e); });
    }
    void request_sent(request_sent_event const& e) noexcept override {
        told(e, step::sent, [&] { log_.request_sent(e); });
    }
    void first_byte(first_byte_event const& e) noexcept override {
        told(e, step::first_byte, [&] { log_.first_byte(e); });
    }
    void first_content(first_content_event const& e) noexcept override {
        told(e, step::first_content, [&] { log_.first_content(e); });
    }
    void attempt_finished(attempt_finished_event const& e) noexcept override {
        told(e, step::attempted, [&] { log_.attempt_finished(e); });
    }
    void call_finished(call_finished_event const& e) noexcept override {
        told(e, step::finished, [&] { log_.call_finished(e); });
    }

    // How many calls there were, all of them finished, each event with its line.
    std::size_t finished() const {
        std::lock_guard const lock(mutex_);
        for (auto const& [number, call] : calls_)
            check(call.last == step::finished, "call " + std::to_string(number) + " has no end");
        check(lines_ == events_, "lines got lost");
        return calls_.size();
    }

private:
    struct progress {
        step last = step::begin;
        bool busy = false;
    };

    template <class Forward>
    void told(call_event const& event, step next, Forward forward) {
        {
            std::lock_guard const lock(mutex_);
            auto& call = calls_[event.call];
            auto const which = "call " + std::to_string(event.call) + ": " +
                std::to_string(static_cast<int>(next)) + " after " +
                std::to_string(static_cast<int>(call.last));
            check(!call.busy, which + ", which is not over");
            check(may_follow(call.last, next), which);
            call.last = next;
            call.busy = true;
            ++events_;
        }
        forward();
        std::lock_guard const lock(mutex_);
        calls_[event.call].busy = false;
    }

    // The log's own lock is all that keeps these apart.
    void count_line(std::string_view line) {
        check(line.starts_with("call ") && line.find('\n') == line.npos, "a line that is not one");
        ++lines_;
    }

    mutable std::mutex mutex_;
    std::map<std::uint64_t, progress> calls_;
    std::size_t events_ = 0;
    std::size_t lines_ = 0;
    debug_log log_;
};

asio::awaitable<void> read(client const& c) {
    auto stream = co_await c.stream(hello());
    while (auto chunk = co_await stream.next()) {
        while (stream.try_next()) continue;
    }
}

asio::awaitable<void> drop(client const& c) {
    auto stream = co_await c.stream(hello());
    co_await stream.next();
}

asio::awaitable<void> cancel_from_elsewhere(asio::thread_pool& threads, client const& c) {
    auto stream = std::make_shared<chat_stream>(co_await c.stream(hello()));
    asio::post(threads, [stream] { stream->cancel(); });
    while (auto chunk = co_await stream->next()) continue;
}

asio::awaitable<void> one(setting& s, client const& c, std::size_t kind) {
    switch (kind % 5) {
    case 0: co_await read(c); break;
    case 1: co_await drop(c); break;
    case 2: co_await cancel_from_elsewhere(s.threads, c); break;
    default: co_await c.complete(hello()); break;
    }
}

testing::scripted_reply some_reply(testing::received_request const& request) {
    // Often enough for every client to see it, and seldom enough for three attempts.
    if (request.connection % 3 == 0 && request.request_on_connection % 4 == 1)
        return testing::scripted_reply::error(503, "Busy");
    auto reply = mixed_reply(request);
    reply.event_interval = std::chrono::milliseconds(1);
    return reply;
}

} // namespace

int main() {
    setting s;
    s.config.pool.max_connections = 12;
    s.config.retry.initial_backoff = std::chrono::milliseconds(1);
    s.server.server.respond_with(&some_reply);
    auto const order = std::make_shared<order_check>();
    s.config.observer = order;
    std::atomic<std::size_t> running = 0;
    {
        client const c = s.make_client();
        callers threads(calling_threads, [&](std::size_t thread) {
            for (std::size_t i = 0; i < calls_each; ++i) {
                ++running;
                auto const strand = asio::make_strand(s.threads.get_executor());
                // How it ends does not matter here.
                asio::co_spawn(strand, one(s, c, thread + i), [&running](std::exception_ptr) { --running; });
            }
        });
        threads.join();
        auto const end = std::chrono::steady_clock::now() + std::chrono::seconds(120);
        while (running > 0 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
        check(running == 0, "calls that did not end");
    }
    s.threads.join();
    auto const finished = order->finished();
    check(finished == calling_threads * calls_each, "calls got lost");
    std::printf("%zu calls in order\n", finished);
}
