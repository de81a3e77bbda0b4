// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)
#ifndef ASYNC_LLM_TEST_SUPPORT_SERVERS_RUNNING_PROVIDER_HPP
#define ASYNC_LLM_TEST_SUPPORT_SERVERS_RUNNING_PROVIDER_HPP

#include <async_llm/testing/mock_provider.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <chrono>
#include <future>
#include <thread>
#include <utility>

namespace async_llm::test {

/// A mock provider on a thread of its own, for tests that block.
class running_provider {
public:
    explicit running_provider(testing::mock_options options = testing::mock_options())
        : server(io_.get_executor(), std::move(options)), thread_([this] { io_.run(); }) {}

    ~running_provider() { stop(); }

    running_provider(running_provider const&) = delete;
    running_provider& operator=(running_provider const&) = delete;

    /// Stops the server and returns when run() has; that it does is a test of stop() in itself.
    void stop() {
        server.stop();
        if (thread_.joinable()) thread_.join();
    }

    /// Waits for an event; false if it does not come within a generous bound or the wait fails.
    bool wait_for(testing::mock_event event, std::size_t number) {
        auto done = server.async_wait_for(event, number, asio::use_future);
        if (done.wait_for(std::chrono::seconds(20)) != std::future_status::ready) return false;
        try {
            done.get();
        } catch (boost::system::system_error const&) {
            return false;
        }
        return true;
    }

private:
    asio::io_context io_;

public:
    testing::mock_provider server;

private:
    std::thread thread_;
};

} // namespace async_llm::test

#endif
