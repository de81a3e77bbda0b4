// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/servers/behind_haproxy.hpp"

#include "support/streams/marked_streams.hpp"

#include <chrono>
#include <iostream>
#include <utility>

namespace async_llm::test {
namespace {

using testing::received_request;
using testing::scripted_reply;

constexpr std::size_t in_flight = 64;

testing::mock_options
backend_options(haproxy_mode mode, testing::certificate_authority const& authority, loopback_port const& at) {
    testing::mock_options options(testing::provider_dialect::aimlapi);
    if (mode == haproxy_mode::tcp) options.identity = authority.issue();
    options.port = at.number();
    options.recorded_requests = 0;
    return options;
}

char const* name_of(haproxy_mode mode) {
    switch (mode) {
    case haproxy_mode::http: return "http";
    case haproxy_mode::http2: return "http2";
    case haproxy_mode::tcp: return "tcp";
    }
    return "";
}

/// After a while of up to 20 ms, so that some are always under way.
testing::mock_provider::responder echoing(std::mt19937& random) {
    return [&random](received_request const&) {
        auto reply = scripted_reply::echo();
        reply.latency = std::chrono::microseconds(random() % 20'000);
        return reply;
    };
}

} // namespace

// ---------------------------------------------------------------------------------------------------
// fixtures

behind_haproxy::behind_haproxy(haproxy_mode m, std::size_t calls)
    : mode(m),
      served(calls),
      first(io.get_executor(), backend_options(m, authority, first_port)),
      second(io.get_executor(), backend_options(m, authority, second_port)),
      proxy(m, authority.issue(), {first_port.number(), second_port.number()}) {
    server->stop();
    endpoint.base_url = proxy.url("/v1");
    config.retry = persistent();
    if (mode == haproxy_mode::http2) config.pool.http2 = http2_mode::prefer;
}

void behind_haproxy::respond_with(testing::mock_provider::responder answer) {
    auto const noting = [this, answer](received_request const& request) {
        served.add(request.last_user_text());
        return answer(request);
    };
    first.respond_with(noting);
    second.respond_with(noting);
}

void behind_haproxy::kill_first() {
    first.stop_listening();
    first.reset_connections();
}

void behind_haproxy::reload() {
    auto const before = proxy.process();
    proxy.reload();
    run_until([&] { return proxy.process() != before; });
}

void behind_haproxy::print(std::string const& line) const {
    auto const count = [this](char const* name) {
        return std::to_string(proxy.counter(0, name)) + " and " + std::to_string(proxy.counter(1, name));
    };
    std::cout << "haproxy, " << name_of(mode) << ": " << line << "; haproxy: " << count("stot")
              << " sessions, " << count("wredis") << " redispatched, " << count("econ") << " and "
              << count("eresp") << " errors; " << served.repeated() << " calls served more than once"
              << std::endl;
}

completions_behind_haproxy::completions_behind_haproxy(haproxy_mode mode, std::size_t total)
    : random(20260405), w(mode, total), c(w.make_client()), count(total) {
    w.respond_with(echoing(random));
    calls.emplace(c, total, in_flight);
}

void completions_behind_haproxy::finish(std::string const& what) {
    run_until_ended(count);
    calls->check();
    calls->check_served(w.served);
    auto const stats = c.stats();
    BOOST_TEST(stats.connections_http2 == (w.mode == haproxy_mode::http2 ? stats.connections_opened : 0u));
    w.print(what + ": " + calls->figures());
}

// -----------------------------------------------------------------------------------------------------
// trials

void try_completions_and_a_death(haproxy_mode mode) {
    completions_behind_haproxy run(mode, 3'000);
    run.run_until_ended(run.count / 3);
    run.w.kill_first();
    run.w.run_until([&] { return run.w.proxy.status(0) == "DOWN"; });
    run.run_until_ended(2 * run.count / 3);
    run.w.first.resume_listening();
    run.finish("a backend dies, and comes back");
    // Some were under way there. In HTTP/2, haproxy says of them that they were not processed
    // (REFUSED_STREAM).
    BOOST_TEST(run.c.stats().retries + run.c.stats().replays > 0u);
}

void try_completions_and_maintenance(haproxy_mode mode) {
    completions_behind_haproxy run(mode, 3'000);
    constexpr std::size_t parts = 5;
    for (std::size_t i = 1; i < parts; ++i) {
        run.run_until_ended(i * run.count / parts);
        run.w.proxy.set_ready((i + 1) % 2);
        run.w.proxy.set_maintenance(i % 2);
    }
    run.finish("backends in maintenance by turns");
    BOOST_TEST(run.c.stats().retries + run.c.stats().replays > 0u);
}

void try_completions_and_draining(haproxy_mode mode) {
    completions_behind_haproxy run(mode, 1'500);
    run.run_until_ended(run.count / 3);
    run.w.proxy.drain(0);
    run.run_until_ended(2 * run.count / 3);
    run.w.proxy.set_ready(0);
    run.finish("a backend drained, and back in service");
    BOOST_TEST(run.c.stats().retries == 0u);
    BOOST_TEST(run.w.served.repeated() == 0u);
}

void try_completions_and_reloads(haproxy_mode mode) {
    completions_behind_haproxy run(mode, 3'000);
    constexpr std::size_t parts = 3;
    for (std::size_t i = 1; i < parts; ++i) {
        run.run_until_ended(i * run.count / parts);
        run.w.reload();
    }
    run.finish("reloaded");
    BOOST_TEST(run.c.stats().retries == 0u);
    BOOST_TEST(run.w.served.repeated() == 0u);
}

namespace {

/// Gives the streams that were begun anew, which depends on how many wait for their first content in that
/// moment.
std::size_t streams_and_a_death_once(haproxy_mode mode, unsigned seed) {
    constexpr std::size_t total = 1'000;
    std::mt19937 random(seed);
    behind_haproxy w(mode, total);
    // In HTTP/2, haproxy ends what its backend has cut as if that were whole.
    w.config.retry.retry_empty_replies = mode == haproxy_mode::http2;
    w.respond_with(streaming_marks(random));
    client const c = w.make_client();
    marked_streams streams(w, c, total, in_flight);
    streams.run_until_ended(total / 2);
    w.kill_first();
    streams.run_until_ended(total);
    streams.finish();

    streams.check(w.served);
    BOOST_TEST(streams.broken() > 0u);
    BOOST_TEST(streams.broken() <= in_flight);
    w.print("a backend dies: " + streams.figures());
    return streams.begun_anew();
}

} // namespace

void try_streams_and_a_death(haproxy_mode mode) {
    constexpr unsigned most_tries = 5;
    std::size_t begun_anew = 0;
    for (unsigned i = 0; i < most_tries && begun_anew == 0; ++i)
        begun_anew = streams_and_a_death_once(mode, 20260405 + i);
    BOOST_TEST(begun_anew > 0u);
}

} // namespace async_llm::test
