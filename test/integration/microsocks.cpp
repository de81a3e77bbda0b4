// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/servers/microsocks.hpp"

#include "support/fixtures/calls.hpp"
#include "support/fixtures/client_fixture.hpp"
#include <async_llm/completion_error.hpp>

#include <string>

// Through a real SOCKS5 proxy, microsocks.

namespace {

using namespace async_llm;
using namespace async_llm::test;
using event = testing::mock_event;

call_ptr ask_through(client_fixture& w, std::string const& proxy) {
    w.config.proxy = proxy;
    client const c = w.make_client();
    return ask(w, c);
}

void check_proxy_failed(call_ptr const& c, microsocks_server const& proxy, std::string_view why) {
    check_failure(*c, errc::proxy_failed, phase::proxy);
    check_detail(*c, "proxy " + proxy.address());
    check_detail(*c, why);
}

} // namespace

BOOST_AUTO_TEST_SUITE(microsocks)

BOOST_AUTO_TEST_CASE(completions_go_through_the_tunnel_and_share_connections) {
    for (auto const s : {scheme::http, scheme::https}) {
        for (auto const* const kind : {"socks5", "socks5h"}) {
            client_fixture w(s);
            microsocks_server const proxy;
            w.config.proxy = proxy.url(kind);
            w.endpoint.base_url = w.server->base_url("localhost");
            client const c = w.make_client();
            for (int round = 0; round < 3; ++round) {
                auto const calls = start_many(c, 4);
                finish(w, calls);
                for (auto const& each : calls) {
                    require_success(*each);
                    BOOST_TEST(each->info().remote_endpoint == proxy.address());
                    BOOST_TEST(each->info().http_version == (over_http2() ? "HTTP/2" : "HTTP/1.1"));
                }
            }
            auto const stats = c.stats();
            BOOST_TEST(stats.connections_opened <= 4u);
            BOOST_TEST(proxy.tunnels() == stats.connections_opened);
        }
    }
}

BOOST_AUTO_TEST_CASE(authentication_that_is_right) {
    client_fixture w;
    microsocks_server const proxy("user", "open:sesame");
    require_success(*ask_through(w, proxy.url("socks5h", "user:open%3Asesame")));
    BOOST_TEST(proxy.tunnels() == 1u);
}

BOOST_AUTO_TEST_CASE(authentication_that_is_wrong_or_missing) {
    client_fixture w;
    microsocks_server const proxy("user", "open-sesame");
    auto const wrong = ask_through(w, proxy.url("socks5", "user:rhubarb-pie"));
    check_proxy_failed(wrong, proxy, "it refused the user or the password");
    BOOST_TEST(explain(wrong->ec, wrong->response).find("rhubarb") == std::string::npos);
    check_proxy_failed(
        ask_through(w, proxy.url("socks5")),
        proxy,
        "it demands an authentication, and its URL has no user"
    );
    BOOST_TEST(w.server->stats().connections_accepted == 0u);
}

BOOST_AUTO_TEST_CASE(a_provider_that_the_proxy_cannot_reach) {
    client_fixture w;
    microsocks_server const proxy;
    w.server->stop_listening();
    check_proxy_failed(ask_through(w, proxy.url("socks5")), proxy, "connection refused (5)");
}

BOOST_AUTO_TEST_CASE(a_name_that_the_proxy_does_not_know) {
    client_fixture w(scheme::http);
    microsocks_server const proxy;
    w.endpoint.base_url = "http://nowhere.invalid/v1";
    check_proxy_failed(
        ask_through(w, proxy.url("socks5h")),
        proxy,
        "it did not connect to nowhere.invalid:80: "
    );
}

BOOST_AUTO_TEST_CASE(a_proxy_that_ends_while_a_call_waits) {
    client_fixture w;
    microsocks_server proxy;
    auto never = testing::scripted_reply::echo();
    never.fault = testing::reply_fault::stall;
    w.server->enqueue(never);
    w.config.proxy = proxy.url("socks5");
    client const c = w.make_client();
    auto const waiting = start(c);
    w.server->async_wait_for(event::requests, 1, [&](error_code) { proxy.end(); });
    finish(w, {waiting});
    check_failure(*waiting, errc::connection_lost, phase::waiting);
    BOOST_TEST((waiting->ec == condition::retryable));
}

BOOST_AUTO_TEST_SUITE_END()
