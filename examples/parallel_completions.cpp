// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// A thousand chat completions on one thread, from a mock provider over real TLS on a loopback port; with
// OPENROUTER_API_KEY or AIMLAPI_API_KEY set, a few from that provider.
#include <async_llm/async_llm.hpp>
#include <async_llm/testing/mock_provider.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <iomanip>
#include <iostream>
#include <random>
#include <unistd.h>

namespace asio = boost::asio;
namespace llm = async_llm;

struct run {
    std::vector<std::string> models;
    std::size_t total = 1000, started = 0, completed = 0, failed = 0;
    std::int64_t tokens = 0;
    bool print_replies = false;
    std::vector<double> milliseconds;
};

// As many of these run as requests are to be in flight.
asio::awaitable<void> work(llm::client& client, run& r) {
    while (r.started < r.total) {
        auto request = llm::chat_request(r.models[r.started++ % r.models.size()]).user("Hello");
        auto [ec, reply] = co_await client.async_complete(std::move(request), asio::as_tuple(asio::deferred));
        r.milliseconds.push_back(1e-6 * static_cast<double>(reply.info.timings.total.count()));
        ++(ec ? r.failed : r.completed);
        if (ec)
            std::cerr << '\n' << llm::explain(ec, reply) << '\n';
        else if (r.print_replies)
            std::cout << reply.info.model << ": " << reply.text() << '\n';
        if (reply.completion.usage) r.tokens += reply.completion.usage->total_tokens;
        if (isatty(1)) std::cout << '\r' << r.completed + r.failed << " of " << r.total << std::flush;
    }
}

double percentile(std::vector<double> const& sorted, double p) {
    return sorted.at(static_cast<std::size_t>(p * static_cast<double>(sorted.size() - 1)));
}

int main() try {
    asio::io_context io(1);
    run r;
    std::size_t in_flight = 64;
    llm::client_config config;
    auto provider = llm::provider::from_environment();
    if (provider && provider->name == "openai") provider.reset(); // it has other models
    std::optional<llm::testing::mock_provider> mock;
    if (provider) {
        std::cout << "Asking the real provider " << provider->name << ", a handful of requests.\n";
        bool const aimlapi = provider->name == "aimlapi";
        r.models = {aimlapi ? "meta-llama/Llama-3.3-70B-Instruct-Turbo" : "meta-llama/llama-3-70b-instruct"};
        r.total = in_flight = 4;
        r.print_replies = true;
    } else {
        llm::testing::certificate_authority const authority;
        auto const dialect = llm::testing::provider_dialect::aimlapi;
        mock.emplace(io.get_executor(), llm::testing::mock_options(dialect, authority.issue()));
        // Microseconds: the median is 25 ms, and the tail is long.
        std::lognormal_distribution<double> const delays(10.1, 0.6);
        mock->respond_with([spread = delays, random = std::mt19937(1)](auto const&) mutable {
            auto reply = llm::testing::scripted_reply::recorded();
            reply.latency = std::chrono::microseconds(static_cast<long>(spread(random)));
            return reply;
        });
        provider = llm::provider::aimlapi("mock-key");
        provider->base_url = mock->base_url();
        config.tls.ca_pem = authority.root_certificate();
        r.models = llm::testing::recorded_models();
        std::cout << "No API key is set: asking a mock provider over TLS, with recorded replies.\n";
    }
    llm::client client(io.get_executor(), *provider, config);
    auto const begin = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < in_flight; ++i) asio::co_spawn(io, work(client, r), [](auto) {});
    while (r.completed + r.failed < r.total && io.run_one() != 0) continue;
    auto const seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    auto const stats = client.stats();
    std::sort(r.milliseconds.begin(), r.milliseconds.end());
    std::cout << std::fixed << std::setprecision(1) << "\ncompleted           " << r.completed;
    std::cout << "\nfailed              " << r.failed << "\nconnections opened  " << stats.connections_opened;
    std::cout << "\nTLS handshakes      " << stats.tls_full_handshakes << " full, "
              << stats.tls_resumed_handshakes;
    std::cout << " resumed\ncompletions/s       " << static_cast<double>(r.completed) / seconds;
    std::cout << "\nlatency ms          p50 " << percentile(r.milliseconds, 0.5);
    std::cout << "  p95 " << percentile(r.milliseconds, 0.95) << "  p99 " << percentile(r.milliseconds, 0.99);
    std::cout << "\ntokens used         " << r.tokens << '\n';
    return r.failed != 0;
} catch (std::exception const& e) {
    std::cerr << e.what() << '\n';
    return 2;
}
