// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// Handlers that are called on the threads of another context than the client's, which may be gone by then.

#include "support/fixtures/calls.hpp"
#include <async_llm/observer.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include <chrono>
#include <future>
#include <memory>
#include <thread>
#include <utility>

namespace {

using namespace async_llm;
using namespace async_llm::test;

struct silent_observer : observer {};

} // namespace

BOOST_AUTO_TEST_SUITE(foreign_contexts)

// As after `get()` of a future: client and loop are destroyed while the other thread still returns from the
// handler.
BOOST_AUTO_TEST_CASE(nothing_of_a_call_outlives_its_loop) {
    client_fixture w(scheme::http);
    asio::thread_pool others(1);
    std::promise<void> called;
    std::promise<void> destroyed;
    bool freed = false;
    auto is_called = called.get_future();
    {
        auto io = std::make_unique<asio::io_context>(1);
        auto watched = std::make_shared<silent_observer>();
        std::weak_ptr<observer> const state = watched;
        auto config = w.config;
        config.observer = std::move(watched);
        // A call keeps the client's state, and with it the observer.
        auto client = std::make_unique<async_llm::client>(io->get_executor(), w.endpoint, std::move(config));
        auto handler = [&, state](error_code ec, chat_response const& response) {
            BOOST_TEST(!ec);
            BOOST_TEST(!response.text().empty());
            called.set_value();
            destroyed.get_future().wait();
            freed = state.expired();
        };
        client->async_complete(hello(), asio::bind_executor(others, std::move(handler)));
        std::thread runner([&io] { io->run(); });
        w.run_until([&] { return is_called.wait_for(std::chrono::seconds(0)) == std::future_status::ready; });
        runner.join();
        client.reset();
    }
    destroyed.set_value();
    others.join();
    BOOST_TEST(freed);
}

BOOST_AUTO_TEST_SUITE_END()
