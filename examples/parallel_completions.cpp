// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

// Many chat completions at a time on one thread. With OPENROUTER_API_KEY or AIMLAPI_API_KEY set it asks that provider a
// few questions; without, it asks a stand-in for one a thousand, over real TLS on a loopback port.

#include <async_llm/async_llm.hpp>
#include <async_llm/testing/stand_in_provider.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <cstdio>
#include <random>
#include <unistd.h>

namespace asio = boost::asio;
namespace llm = async_llm;
using steady = std::chrono::steady_clock;

struct run {
    std::vector<std::string> models;
    std::size_t total = 0, started = 0, completed = 0, failed = 0;
    std::int64_t tokens = 0;
    bool print_replies = false;
    std::vector<double> milliseconds;
};

// One of the workers: as many of them run as requests are to be in flight.
asio::awaitable<void> work(llm::client& client, run& r) {
    while (r.started < r.total) {
        auto request = llm::chat_request(r.models[r.started++ % r.models.size()]).user("Hello");
        auto const begin = steady::now();
        auto [ec, reply] = co_await client.async_complete(std::move(request), asio::as_tuple(asio::deferred));
        r.milliseconds.push_back(std::chrono::duration<double, std::milli>(steady::now() - begin).count());
        ++(ec ? r.failed : r.completed);
        if (ec)
            std::fprintf(stderr, "\n%s\n", llm::describe(ec, reply).c_str());
        else if (r.print_replies)
            std::printf("%s: %s\n", reply.info.model.c_str(), std::string(reply.text()).c_str());
        if (reply.completion.usage) r.tokens += reply.completion.usage->total_tokens;
        if (isatty(1) && (r.completed + r.failed) % 10 == 0)
            std::printf("\r%zu of %zu\033[K", r.completed + r.failed, r.total), std::fflush(stdout);
    }
}

double percentile(std::vector<double> const& sorted, double p) {
    return sorted.empty() ? 0 : sorted[static_cast<std::size_t>(p * static_cast<double>(sorted.size() - 1))];
}

int main() try {
    asio::io_context io(1);
    run r;
    std::size_t in_flight = 64;
    llm::client_config config;
    auto provider = llm::provider::from_environment();
    std::optional<llm::testing::stand_in_provider> stand_in;
    if (provider) {
        std::printf("Asking the real provider %s, a handful of requests.\n", provider->name.c_str());
        r.models = {
            provider->name == "openrouter" ? "meta-llama/llama-3-70b-instruct"
                                           : "meta-llama/Llama-3.3-70B-Instruct-Turbo"};
        r.total = in_flight = 4;
        r.print_replies = true;
    } else {
        llm::testing::certificate_authority const authority;
        auto const dialect = llm::testing::provider_dialect::aimlapi;
        stand_in.emplace(io.get_executor(), llm::testing::stand_in_options(dialect, authority.issue()));
        stand_in->respond_with([random = std::mt19937(1)](auto const&) mutable {
            auto reply = llm::testing::scripted_reply::recorded();
            auto const delay =
                std::lognormal_distribution<double>(3.2, 0.6)(random); // median 25 ms, and a long tail
            reply.latency = std::chrono::microseconds(static_cast<long>(1000 * delay));
            return reply;
        });
        provider = llm::provider::aimlapi("stand-in-key");
        provider->base_url = stand_in->base_url();
        config.tls.ca_pem = authority.root_certificate();
        r.models = llm::testing::recorded_models();
        r.total = 1000;
        std::printf("No API key is set: asking a stand-in provider in this process, over TLS, with recorded "
                    "replies.\n");
    }
    llm::client client(io.get_executor(), *provider, config);
    auto const begin = steady::now();
    for (std::size_t i = 0; i < in_flight; ++i) asio::co_spawn(io, work(client, r), asio::detached);
    while (r.completed + r.failed < r.total && io.run_one() != 0) {
    }
    auto const seconds = std::chrono::duration<double>(steady::now() - begin).count();
    auto const stats = client.stats();
    std::sort(r.milliseconds.begin(), r.milliseconds.end());
    std::printf("\ncompleted             %zu\nfailed                %zu\n", r.completed, r.failed);
    std::printf("connections opened    %ju\n", static_cast<std::uintmax_t>(stats.connections_opened));
    std::printf("TLS handshakes        %ju full, ", static_cast<std::uintmax_t>(stats.tls_full_handshakes));
    std::printf("%ju resumed\n", static_cast<std::uintmax_t>(stats.tls_resumed_handshakes));
    std::printf("completions/s         %.0f\n", static_cast<double>(r.completed) / seconds);
    std::printf("latency ms            p50 %.1f", percentile(r.milliseconds, 0.5));
    std::printf("  p95 %.1f  p99 %.1f\n", percentile(r.milliseconds, 0.95), percentile(r.milliseconds, 0.99));
    std::printf("tokens used           %jd\n", static_cast<std::intmax_t>(r.tokens));
    return r.failed == 0 ? 0 : 1;
} catch (std::exception const& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 2;
}
