// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/faults/open_files.hpp"
#include "support/fixtures/calls.hpp"
#include <async_llm/completion_error.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <iostream>
#include <iterator>

// Two thousand calls at a time, each on a connection of its own, client and server in one loop on one thread.

namespace {

namespace asio = boost::asio;
using namespace async_llm;
using namespace async_llm::test;
using testing::scripted_reply;

constexpr std::size_t calls = 2'000;

std::size_t threads_of_this_process() {
    auto const folder = std::filesystem::directory_iterator("/proc/self/task");
    return static_cast<std::size_t>(std::distance(begin(folder), end(folder)));
}

// Both ends of each connection are files of this process.
bool enough_files() { return allow_open_files(2 * calls + 200); }

constexpr auto too_few_files = "many_in_flight: skipped, since the hard limit of open files is too low";

struct tally {
    tally() = default;

    std::size_t completed = 0;
    std::size_t failed = 0;
    std::string first_failure;
    std::size_t most_on_connections = 0;
    std::size_t most_threads = 0;
};

// Looks at the client between two handlers of the loop. Counting threads is slow, so only where it matters.
void sample(client& c, tally& t) {
    auto const in_use = calls_on_connections(c);
    if (in_use <= t.most_on_connections) return;
    t.most_on_connections = in_use;
    if (in_use % 100 == 0) t.most_threads = std::max(t.most_threads, threads_of_this_process());
}

// Starts all calls together, and returns when all have completed.
void complete_all(client_fixture& w, client& c, tally& t) {
    for (std::size_t i = 0; i < calls; ++i) {
        c.async_complete(hello(), [&t](error_code ec, chat_response response) {
            bool const good = !ec && response.text() == "Hello";
            if (!good && t.failed++ == 0) t.first_failure = explain(ec, response);
            if (good) ++t.completed;
        });
    }
    BOOST_TEST(c.stats().calls_in_flight == calls);
    w.run_until([&] {
        sample(c, t);
        return t.completed + t.failed == calls;
    });
}

void run(client_fixture& w, client& c, std::size_t threads_allowed) {
    tally t;
    // The replies come after a while, so that the last request is out before the first reply is in. How long
    // that takes is the machine's business: as long as it was not enough, the next round waits longer, on the
    // connections that are there already.
    auto latency = std::chrono::seconds(4);
    for (int round = 0; round < 4 && t.most_on_connections != calls; ++round, latency *= 2) {
        t = tally();
        w.server->respond_with([latency](auto const&) {
            auto reply = scripted_reply::echo();
            reply.latency = latency;
            return reply;
        });
        complete_all(w, c, t);
        BOOST_TEST(t.failed == 0u, t.first_failure);
        BOOST_TEST(t.most_threads == threads_allowed);
    }
    BOOST_TEST(t.most_on_connections == calls);
    BOOST_TEST(threads_of_this_process() == threads_allowed);
    std::cout << "many_in_flight: " << t.completed << " calls completed, " << t.most_on_connections
              << " of them on connections at a time, threads: " << t.most_threads << std::endl;
}

// No limit here but the one that this is about.
client_config without_limits(client_config config) {
    config.pool.max_connections = calls;
    config.pool.idle_timeout = std::chrono::milliseconds(0);
    config.timeouts.connect = config.timeouts.tls_handshake = std::chrono::milliseconds(0);
    // The name is looked up once, however slow the machine.
    config.pool.dns_ttl = std::chrono::hours(1);
    return config;
}

} // namespace

BOOST_AUTO_TEST_SUITE(many_in_flight)

BOOST_AUTO_TEST_CASE(to_an_address_without_any_further_thread) {
    if (!enough_files()) {
        std::cout << too_few_files << std::endl;
        return;
    }
    client_fixture w;
    w.config = without_limits(w.config);
    auto const before = threads_of_this_process();
    client c = w.make_client();
    run(w, c, before);
    BOOST_TEST(c.stats().names_resolved == 0u);
    c.cancel();
    w.finish();
}

BOOST_AUTO_TEST_CASE(to_a_name_with_the_thread_of_asios_resolver) {
    if (!enough_files()) {
        std::cout << too_few_files << std::endl;
        return;
    }
    client_fixture w;
    w.config = without_limits(w.config);
    w.endpoint.base_url = w.server->base_url("localhost");
    auto const before = threads_of_this_process();
    client c = w.make_client();
    run(w, c, before + 1);
    BOOST_TEST(c.stats().names_resolved == 1u);
    c.cancel();
    w.finish();
}

BOOST_AUTO_TEST_SUITE_END()
