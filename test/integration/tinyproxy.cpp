// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/servers/tinyproxy.hpp"

#include "support/fixtures/calls.hpp"
#include "support/fixtures/client_fixture.hpp"
#include "support/servers/child_process.hpp"
#include <async_llm/completion_error.hpp>

#include <boost/asio/error.hpp>

#include <array>
#include <cstdlib>
#include <vector>

// Through a real forward proxy, tinyproxy, and through things that are none.

namespace {

namespace asio = boost::asio;
using namespace async_llm;
using namespace async_llm::test;
using testing::scripted_reply;
using event = testing::mock_event;

call_ptr ask_once(client_fixture& w) {
    client const c = w.make_client();
    return ask(w, c);
}

call_ptr ask_through(client_fixture& w, std::string const& proxy) {
    w.config.proxy = proxy;
    return ask_once(w);
}

// The proxy did it, and is named.
void check_proxy_failed(call_ptr const& c, std::string const& address, std::string_view why) {
    check_failure(*c, errc::proxy_failed, phase::proxy);
    check_detail(*c, "proxy " + address);
    check_detail(*c, why);
    BOOST_TEST(c->info().status == 0);
}

// The environment's proxy settings, put back afterwards.
class proxy_environment {
public:
    proxy_environment() {
        for (auto const* name : names) {
            auto const* value = std::getenv(name);
            before_.emplace_back(value ? std::optional<std::string>(value) : std::nullopt);
            unsetenv(name);
        }
    }
    ~proxy_environment() {
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (before_[i])
                setenv(names[i], before_[i]->c_str(), 1);
            else
                unsetenv(names[i]);
        }
    }
    proxy_environment(proxy_environment const&) = delete;
    proxy_environment& operator=(proxy_environment const&) = delete;

    void set(char const* name, std::string const& value) { setenv(name, value.c_str(), 1); }

private:
    static constexpr std::array<char const*, 6>
        names{"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"};
    std::vector<std::optional<std::string>> before_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(tinyproxy)

BOOST_AUTO_TEST_CASE(completions_go_through_the_tunnel_and_share_connections) {
    client_fixture w;
    tinyproxy_server const proxy(w.server->port());
    w.config.proxy = proxy.url();
    w.endpoint.base_url = w.server->base_url("localhost");
    client c = w.make_client();
    for (int round = 0; round < 10; ++round) {
        auto const calls = start_many(c, 4);
        finish(w, calls);
        for (auto const& each : calls) {
            require_success(*each);
            BOOST_TEST(each->info().remote_endpoint == proxy.address());
            BOOST_TEST(each->info().tls_version == "TLSv1.3");
        }
    }
    auto const stats = c.stats();
    BOOST_TEST(stats.calls_completed == 40u);
    BOOST_TEST(stats.connections_opened <= 4u);
    BOOST_TEST(stats.connections_reused >= 36u);
    BOOST_TEST(proxy.requests() == stats.connections_opened);
    // TLS is between the client and the provider; the proxy has seen neither the key nor the request.
    auto const request = w.server->last_request();
    BOOST_TEST(request.tls);
    BOOST_TEST(request.server_name == "localhost");
    BOOST_TEST(request.header("proxy-authorization").empty());
    w.finish();
}

BOOST_AUTO_TEST_CASE(the_certificate_behind_the_proxy_is_verified) {
    client_fixture w;
    tinyproxy_server const proxy(w.server->port());
    w.config.tls.ca_pem = testing::certificate_authority("another root").root_certificate();
    auto const o = ask_through(w, proxy.url());
    check_failure(*o, errc::certificate_rejected, phase::tls_handshake);
    BOOST_TEST(w.server->request_count() == 0u);
}

BOOST_AUTO_TEST_CASE(plain_http_goes_through_a_configured_proxy_too) {
    client_fixture w(scheme::http);
    tinyproxy_server const proxy(w.server->port());
    auto const o = ask_through(w, proxy.url());
    require_success(*o);
    BOOST_TEST(proxy.requests() == 1u);
}

BOOST_AUTO_TEST_CASE(authentication_that_is_right) {
    client_fixture w;
    tinyproxy_server const proxy(w.server->port(), "user open-sesame");
    auto const o = ask_through(w, proxy.url("user:open-sesame"));
    require_success(*o);
    BOOST_TEST(o->info().remote_endpoint == proxy.address());
    BOOST_TEST(w.server->last_request().header("proxy-authorization").empty());
}

BOOST_AUTO_TEST_CASE(authentication_that_is_wrong_or_missing) {
    client_fixture w;
    tinyproxy_server const proxy(w.server->port(), "user open-sesame");
    // tinyproxy's answer to a wrong password is the one that servers give, not the one for proxies.
    auto const wrong = ask_through(w, proxy.url("user:rhubarb"));
    check_proxy_failed(wrong, proxy.address(), "401");
    BOOST_TEST(explain(wrong->ec, wrong->response).find("rhubarb") == std::string::npos);
    check_proxy_failed(ask_through(w, proxy.url()), proxy.address(), "407");
    BOOST_TEST(w.server->stats().connections_accepted == 0u);
}

BOOST_AUTO_TEST_CASE(a_port_that_the_proxy_refuses) {
    client_fixture w;
    tinyproxy_server const proxy(1);
    check_proxy_failed(ask_through(w, proxy.url()), proxy.address(), "403");
    BOOST_TEST(w.server->stats().connections_accepted == 0u);
}

BOOST_AUTO_TEST_CASE(a_provider_that_the_proxy_cannot_reach) {
    client_fixture w;
    tinyproxy_server const proxy(w.server->port());
    w.server->stop_listening();
    check_proxy_failed(ask_through(w, proxy.url()), proxy.address(), "it answered 5");
}

BOOST_AUTO_TEST_CASE(a_proxy_that_does_not_run) {
    client_fixture w;
    loopback_port const nobody;
    auto const o = ask_through(w, "http://127.0.0.1:" + std::to_string(nobody.number()));
    check_failure(*o, errc::connect_failed, phase::connecting);
    BOOST_TEST(o->info().cause == asio::error::connection_refused);
    check_detail(*o, "proxy");
    check_detail(*o, "127.0.0.1");
    check_detail(*o, std::to_string(nobody.number()));
}

BOOST_AUTO_TEST_CASE(a_proxy_whose_name_does_not_exist) {
    client_fixture w;
    auto const o = ask_through(w, "http://proxy.invalid:3128");
    check_failure(*o, errc::resolve_failed, phase::resolving);
    check_detail(*o, "proxy.invalid");
}

BOOST_AUTO_TEST_CASE(a_proxy_that_ends_while_a_call_waits) {
    client_fixture w;
    tinyproxy_server proxy(w.server->port());
    auto never = scripted_reply::echo();
    never.fault = testing::reply_fault::stall;
    w.server->enqueue(never);
    w.config.proxy = proxy.url();
    client c = w.make_client();
    auto const waiting = start(c);
    w.server->async_wait_for(event::requests, 1, [&](error_code) { proxy.end(); });
    finish(w, {waiting});
    check_failure(*waiting, errc::connection_lost, phase::waiting);
    BOOST_TEST((waiting->ec == condition::retryable));
}

BOOST_AUTO_TEST_CASE(the_proxy_of_the_environment) {
    client_fixture w;
    tinyproxy_server const proxy(w.server->port());
    w.config.proxy.reset();
    proxy_environment environment;
    auto const without = ask_once(w);
    require_success(*without);
    BOOST_TEST(proxy.requests() == 0u);

    environment.set("HTTPS_PROXY", proxy.url());
    auto const with = ask_once(w);
    require_success(*with);
    BOOST_TEST(with->info().remote_endpoint == proxy.address());
    BOOST_TEST(proxy.requests() == 1u);

    environment.set("NO_PROXY", "example.com, 127.0.0.0/8");
    auto const exempt = ask_once(w);
    require_success(*exempt);
    BOOST_TEST(exempt->info().remote_endpoint == "127.0.0.1:" + std::to_string(w.server->port()));
    BOOST_TEST(proxy.requests() == 1u);

    // What the configuration says goes before what the environment says.
    environment.set("NO_PROXY", "");
    auto const overruled = ask_through(w, "");
    require_success(*overruled);
    BOOST_TEST(proxy.requests() == 1u);
}

BOOST_AUTO_TEST_CASE(the_proxy_of_the_environment_is_not_for_plain_http) {
    client_fixture w(scheme::http);
    tinyproxy_server const proxy(w.server->port());
    w.config.proxy.reset();
    proxy_environment environment;
    environment.set("HTTPS_PROXY", proxy.url());
    auto const o = ask_once(w);
    require_success(*o);
    BOOST_TEST(proxy.requests() == 0u);
}

BOOST_AUTO_TEST_CASE(a_proxy_that_is_none) {
    client_fixture w;
    // One that speaks TLS, one that speaks HTTP but knows no CONNECT, and one that speaks neither.
    auto const tls_address = "127.0.0.1:" + std::to_string(w.server->port());
    check_proxy_failed(ask_through(w, "http://" + tls_address), tls_address, "");
    testing::mock_provider web(w.io.get_executor());
    auto const web_address = "127.0.0.1:" + std::to_string(web.port());
    check_proxy_failed(ask_through(w, "http://" + web_address), web_address, "it answered 4");
    web.set_accept_fault(testing::accept_fault::garbage);
    check_proxy_failed(ask_through(w, "http://" + web_address), web_address, "");
    web.set_accept_fault(testing::accept_fault::close);
    check_proxy_failed(ask_through(w, "http://" + web_address), web_address, "");
    BOOST_TEST(w.server->request_count() == 0u);
}

BOOST_AUTO_TEST_CASE(a_proxy_that_never_answers) {
    client_fixture w;
    testing::mock_provider silent(w.io.get_executor());
    silent.set_accept_fault(testing::accept_fault::stall);
    w.config.timeouts.connect = std::chrono::milliseconds(50);
    auto const address = "127.0.0.1:" + std::to_string(silent.port());
    auto const o = ask_through(w, "http://" + address);
    check_failure(*o, errc::connect_timeout, phase::proxy);
    check_detail(*o, address);
}

BOOST_AUTO_TEST_SUITE_END()
