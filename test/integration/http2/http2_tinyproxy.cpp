// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/http2_fixture.hpp"
#include "support/servers/restarted_nginx.hpp"
#include "support/servers/tinyproxy.hpp"

// HTTP/2 through a real forward proxy, tinyproxy: the protocol is agreed with the server behind it, inside
// the tunnel.

namespace {

using namespace async_llm;
using namespace async_llm::test;
using testing::scripted_reply;

} // namespace

BOOST_AUTO_TEST_SUITE(http2_tinyproxy)

BOOST_AUTO_TEST_CASE(tunnels_that_end_lose_no_completion) {
    constexpr std::size_t total = 2'000;
    auto options = echoing_nginx();
    options.http2 = true;
    restarted_nginx w(options);
    tinyproxy_server const proxy(w.nginx.port());
    w.config.proxy = proxy.url();
    w.config.pool.http2 = http2_mode::prefer;
    client const c = w.make_client();
    marked_completions const calls(c, total, 64);
    calls.run_until_ended(w, total / 2);
    w.nginx.reload();
    calls.run_until_ended(w, total);
    auto const a = check_nothing_lost(w, calls, total);
    // A reload may reset a connection; GOAWAY alone costs no attempt.
    BOOST_TEST(c.stats().retries <= 64u);
    BOOST_TEST(a.http2 == a.served.total());
    BOOST_TEST(a.served.repeated() <= c.stats().retries);
    BOOST_TEST(a.connections() >= total / 100);
    BOOST_TEST(c.stats().connections_http2 == c.stats().connections_opened);
    BOOST_TEST(proxy.requests() >= c.stats().connections_opened);
}

BOOST_AUTO_TEST_CASE(calls_share_a_tunnel_and_its_end) {
    http2_fixture w;
    tinyproxy_server proxy(w.server->port());
    w.config.proxy = proxy.url();
    client const c = w.make_client();
    auto const calls = start_many(c, 50);
    finish(w, calls);
    for (auto const& each : calls) {
        require_success(*each);
        BOOST_TEST(each->info().http_version == "HTTP/2");
        BOOST_TEST(each->info().remote_endpoint == proxy.address());
    }
    BOOST_TEST(proxy.requests() == 1u);

    w.server->respond_with([](auto const&) { return never(); });
    // On a connection that has not served before, so that nothing is sent again.
    client const other = w.make_client();
    auto const waiting = start_many(other, 50);
    w.await_requests(100);
    BOOST_TEST(proxy.requests() == 2u);
    proxy.end();
    finish(w, waiting);
    for (auto const& each : waiting) check_failure(*each, errc::connection_lost, phase::waiting);
}

BOOST_AUTO_TEST_CASE(a_server_without_alpn_is_spoken_to_in_http1) {
    client_fixture w;
    tinyproxy_server const proxy(w.server->port());
    w.config.proxy = proxy.url();
    w.config.pool.http2 = http2_mode::prefer;
    client const c = w.make_client();
    auto const calls = start_many(c, 10);
    finish(w, calls);
    for (auto const& each : calls) {
        require_success(*each);
        BOOST_TEST(each->info().http_version == (over_http2() ? "HTTP/2" : "HTTP/1.1"));
    }
    // Some may have been begun and not needed.
    BOOST_TEST(proxy.requests() >= c.stats().connections_opened);
}

BOOST_AUTO_TEST_SUITE_END()
