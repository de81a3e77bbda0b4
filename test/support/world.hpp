// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_WORLD_HPP
#define ASYNC_LLM_TEST_SUPPORT_WORLD_HPP

#include "support/printing.hpp"
#include <async_llm/client.hpp>
#include <async_llm/testing/certificate_authority.hpp>
#include <async_llm/testing/stand_in_provider.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <utility>

namespace async_llm::test {

// Far beyond what anything here takes; a test that reaches it hangs.
constexpr auto patience = std::chrono::seconds(60);

enum class scheme { http, https };

/// A loop, a stand-in provider on it, and what a client needs in order to reach it.
struct world {
    explicit world(
        scheme s = scheme::https,
        testing::stand_in_options options = testing::stand_in_options()
    ) {
        if (s == scheme::https && !options.identity) options.identity = authority.issue();
        server.emplace(io.get_executor(), options);
        endpoint = provider::aimlapi("test-key");
        endpoint.base_url = server->base_url();
        config.tls.use_system_store = false;
        config.tls.ca_pem = authority.root_certificate();
        config.proxy = "";
        // Tests count what is sent; those that are about retries turn them on.
        config.retry = retry_policy::none();
    }

    client make_client() { return client(io.get_executor(), endpoint, config); }

    /// Runs the loop until the coroutine has ended; an exception of it fails the test.
    void run(asio::awaitable<void> coroutine) {
        bool done = false;
        std::exception_ptr thrown;
        asio::co_spawn(io, std::move(coroutine), [&](std::exception_ptr e) {
            done = true;
            thrown = e;
        });
        run_until([&] { return done; });
        if (thrown) std::rethrow_exception(thrown);
    }

    /// Runs the loop until this holds.
    template <class Condition>
    void run_until(Condition holds) {
        auto const end = std::chrono::steady_clock::now() + patience;
        while (!holds() && std::chrono::steady_clock::now() < end) {
            io.restart();
            // Conditions may also come true without an event of this loop: the kernel's buffers are full, for instance.
            io.run_one_for(std::chrono::milliseconds(10));
        }
        BOOST_REQUIRE(holds());
    }

    /// Stops the server; then nothing may be left that keeps the loop from ending.
    void settle() {
        server->stop();
        io.restart();
        io.run_for(patience);
        BOOST_TEST(io.stopped());
    }

    asio::io_context io{1};
    testing::certificate_authority authority;
    std::optional<testing::stand_in_provider> server;
    provider endpoint;
    client_config config;
};

/// A request that every provider takes.
inline chat_request hello() { return chat_request("meta-llama/Llama-3.3-70B-Instruct-Turbo").user("Hello"); }

} // namespace async_llm::test

#endif
