// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "thread_safety/setting.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <memory>

// An execution context that four threads run is stopped at some moment of the calls that four others begin,
// and destroyed with all that is in flight.

namespace {

namespace asio = boost::asio;
using namespace async_llm;
using namespace async_llm::test;
using event = testing::mock_event;

constexpr std::size_t threads_of_each_kind = 4;
constexpr std::size_t calls_each = 20;

// Handlers that are destroyed without a call count as well.
struct handler_count {
    explicit handler_count(std::atomic<std::size_t>& left) : left_(left) { ++left_; }
    handler_count(handler_count const&) = delete;
    handler_count& operator=(handler_count const&) = delete;
    ~handler_count() { --left_; }

private:
    std::atomic<std::size_t>& left_;
};

// `handlers_own_it`: the last of them to be destroyed destroys the client.
void run(setting& s, std::size_t requests, bool handlers_own_it, std::atomic<std::size_t>& ended) {
    std::atomic<std::size_t> handlers = 0;
    auto const mark = s.server.server.request_count() + requests;
    auto io = std::make_unique<asio::io_context>(static_cast<int>(threads_of_each_kind));
    auto work =
        std::make_unique<asio::executor_work_guard<asio::io_context::executor_type>>(io->get_executor());
    auto c = std::make_shared<client>(io->get_executor(), s.endpoint, s.config);
    {
        callers runners(threads_of_each_kind, [&](std::size_t) { io->run(); });
        callers beginners(threads_of_each_kind, [&](std::size_t) {
            for (std::size_t i = 0; i != calls_each; ++i) {
                auto const counted = std::make_shared<handler_count>(handlers);
                auto const owner = handlers_own_it ? c : nullptr;
                c->async_complete(
                    hello(),
                    [counted, owner, &ended](error_code ec, chat_response const& response) {
                        check(!ec, explain(ec, response));
                        ++ended;
                    }
                );
            }
        });
        check(s.server.wait_for(event::requests, mark), "requests that do not arrive");
        io->stop();
        beginners.join();
    }
    work.reset();
    c.reset();
    io.reset();
    check(handlers == 0, "handlers that were not destroyed");
}

} // namespace

int main() {
    setting s;
    s.config.pool.max_connections = 8;
    s.config.retry = retry_policy::none();
    std::atomic<std::size_t> asked = 0;
    s.server.server.respond_with([&asked](testing::received_request const&) {
        auto reply = testing::scripted_reply::echo();
        auto const turn = ++asked % 4;
        if (turn == 1) reply.latency = std::chrono::milliseconds(3);
        if (turn == 2) reply.latency = std::chrono::seconds(60);
        return reply;
    });
    std::atomic<std::size_t> ended = 0;
    std::size_t rounds = 0;
    for (std::size_t const requests : {0u, 1u, 3u, 10u, 20u}) {
        for (bool const handlers_own_it : {false, true}) {
            for (int i = 0; i != 3; ++i, ++rounds) run(s, requests, handlers_own_it, ended);
        }
    }
    auto const begun = rounds * threads_of_each_kind * calls_each;
    check(ended < begun, "nothing was in flight");
    check(ended != 0, "nothing was completed");
    std::printf("%zu of %zu completed\n", ended.load(), begun);
}
