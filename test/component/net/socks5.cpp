// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/calls.hpp"
#include "support/servers/blocked_resolver.hpp"
#include "support/servers/child_process.hpp"
#include "support/servers/relay.hpp"
#include <async_llm/completion_error.hpp>

#include <boost/asio/error.hpp>

#include <chrono>
#include <string>
#include <vector>

// Through a SOCKS5 proxy whose answers are set in advance, and which then passes on what comes.

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::string_literals;

std::string const no_login = "\x05\x00"s;
std::string const login = "\x05\x02"s;
std::string const welcome = "\x01\x00"s;
std::string const opened = "\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50"s;
std::string const refused = "\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00"s;

struct behind_socks5 : client_fixture {
    explicit behind_socks5(scheme s, relay::script answers = relay::script{no_login, opened})
        : client_fixture(s), proxy(io, server->port()) {
        proxy.scripts.push_back(std::move(answers));
        config.proxy = "socks5h://" + proxy.address();
    }

    call_ptr ask_once() {
        client const c = make_client();
        return ask(*this, c);
    }

    relay proxy;
};

std::string port_of(client_fixture const& w) {
    auto const port = w.server->port();
    return std::string{static_cast<char>(port >> 8), static_cast<char>(port & 0xFF)};
}

void check_fails(relay::script answers, bool closes, std::string const& why) {
    behind_socks5 w(scheme::https, std::move(answers));
    w.config.proxy = "socks5h://user:open-sesame@" + w.proxy.address();
    w.proxy.closes = closes;
    auto const failed = w.ask_once();
    check_failure(*failed, errc::proxy_failed, phase::proxy);
    check_detail(*failed, "proxy " + w.proxy.address() + ": " + why);
    BOOST_TEST(explain(failed->ec, failed->response).find("open-sesame") == std::string::npos);
    BOOST_TEST((failed->ec == condition::retryable));
    BOOST_TEST(w.server->request_count() == 0u);
}

} // namespace

BOOST_AUTO_TEST_SUITE(socks5)

BOOST_AUTO_TEST_CASE(completions_share_connections_through_the_proxy) {
    for (auto const s : {scheme::http, scheme::https}) {
        behind_socks5 w(s);
        client const c = w.make_client();
        for (int i = 0; i < 3; ++i) {
            auto const answered = ask_well(w, c);
            BOOST_TEST(answered->info().remote_endpoint == w.proxy.address());
            BOOST_TEST(answered->info().connection_reused == (i != 0));
            BOOST_TEST(answered->info().http_version == (over_http2() ? "HTTP/2" : "HTTP/1.1"));
        }
        BOOST_TEST(w.proxy.connections() == 1u);
        BOOST_TEST(w.server->last_request().header("proxy-authorization").empty());
    }
}

BOOST_AUTO_TEST_CASE(the_proxy_resolves_names_if_it_is_to) {
    behind_socks5 w(scheme::http);
    w.endpoint.base_url = "http://unreachable.test:81/v1";
    require_success(*w.ask_once());
    BOOST_TEST_REQUIRE(w.proxy.messages().size() == 2u);
    BOOST_TEST(w.proxy.messages()[1] == "\x05\x01\x00\x03\x10unreachable.test\x00\x51"s);
}

BOOST_AUTO_TEST_CASE(names_are_resolved_here_otherwise) {
    behind_socks5 w(scheme::https);
    w.config.proxy = "socks5://" + w.proxy.address();
    w.endpoint.base_url = w.server->base_url("localhost");
    require_success(*w.ask_once());
    BOOST_TEST_REQUIRE(w.proxy.messages().size() == 2u);
    auto const& request = w.proxy.messages()[1];
    auto const four = "\x05\x01\x00\x01\x7f\x00\x00\x01"s + port_of(w);
    auto const six = "\x05\x01\x00\x04"s + std::string(15, '\0') + "\x01"s + port_of(w);
    BOOST_TEST((request == four || request == six));
    BOOST_TEST(w.server->last_request().server_name == "localhost");
}

BOOST_AUTO_TEST_CASE(each_address_of_a_name_is_tried_while_the_reply_is_about_the_address) {
    for (bool const second_works : {false, true}) {
        behind_socks5 w(scheme::http, {no_login, refused});
        if (second_works) w.proxy.scripts.push_back({no_login, opened});
        w.config.proxy = "socks5://" + w.proxy.address();
        w.endpoint.base_url = "http://" + std::string(name_of_two_addresses()) + ":80/v1";
        auto const asked = w.ask_once();
        if (second_works)
            require_success(*asked);
        else
            check_failure(*asked, errc::proxy_failed, phase::proxy);
        BOOST_TEST_REQUIRE(w.proxy.messages().size() == 4u);
        BOOST_TEST(w.proxy.messages()[1] == "\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x50"s);
        BOOST_TEST(w.proxy.messages()[3] == "\x05\x01\x00\x01\x7f\x00\x00\x02\x00\x50"s);
        BOOST_TEST(w.proxy.connections() == 2u);
    }
}

BOOST_AUTO_TEST_CASE(no_other_address_is_tried_if_the_proxy_does_not_allow_it) {
    behind_socks5 w(scheme::http, {no_login, "\x05\x02"s});
    w.config.proxy = "socks5://" + w.proxy.address();
    w.endpoint.base_url = "http://" + std::string(name_of_two_addresses()) + ":80/v1";
    auto const failed = w.ask_once();
    check_failure(*failed, errc::proxy_failed, phase::proxy);
    check_detail(*failed, "it did not connect to 127.0.0.1:80: not allowed by its rules (2)");
    BOOST_TEST(w.proxy.connections() == 1u);
}

BOOST_AUTO_TEST_CASE(a_name_that_does_not_exist_is_no_fault_of_the_proxy) {
    behind_socks5 w(scheme::http);
    w.config.proxy = "socks5://" + w.proxy.address();
    w.endpoint.base_url = "http://nowhere.invalid/v1";
    auto const failed = w.ask_once();
    check_failure(*failed, errc::resolve_failed, phase::resolving);
    check_detail(*failed, "nowhere.invalid");
    BOOST_TEST(explain(failed->ec, failed->response).find("proxy") == std::string::npos);
    BOOST_TEST(w.proxy.connections() == 0u);
}

BOOST_AUTO_TEST_CASE(a_login_is_decoded_and_sent) {
    behind_socks5 w(scheme::https, {login, welcome, opened});
    w.config.proxy = "socks5h://us%40er:open%3Asesame@" + w.proxy.address();
    require_success(*w.ask_once());
    BOOST_TEST_REQUIRE(w.proxy.messages().size() == 3u);
    BOOST_TEST(w.proxy.messages()[1] == "\x01\x05us@er\x0bopen:sesame"s);
}

BOOST_AUTO_TEST_CASE(answers_that_open_no_tunnel) {
    check_fails({"HTTP/1.1 400 Bad Request\r\n\r\n"}, false, "it does not speak SOCKS5");
    check_fails({"\x05\xff"s}, false, "it accepts no authentication by user and password");
    check_fails({login, "\x01\x01"s}, false, "it refused the user or the password");
    check_fails({no_login, refused}, false, "it did not connect to 127.0.0.1:");
    check_fails({no_login, "\x05\x00\x00\x09"s}, false, "its reply has an address of an unknown type");
    check_fails({no_login, opened + "x"}, false, "it sent more than its answer");
}

BOOST_AUTO_TEST_CASE(a_proxy_that_closes_after_any_byte) {
    std::vector<std::string> const answers{login, welcome, opened};
    for (std::size_t i = 0; i != answers.size(); ++i) {
        for (std::size_t cut = 0; cut != answers[i].size(); ++cut) {
            relay::script some(answers.begin(), answers.begin() + static_cast<std::ptrdiff_t>(i));
            some.push_back(answers[i].substr(0, cut));
            check_fails(some, true, "it closed the connection");
        }
    }
}

BOOST_AUTO_TEST_CASE(a_proxy_that_never_answers) {
    for (relay::script const& answers : {relay::script{""}, relay::script{no_login, opened.substr(0, 5)}}) {
        behind_socks5 w(scheme::https, answers);
        w.server->set_accept_fault(testing::accept_fault::stall);
        w.config.timeouts.connect = std::chrono::milliseconds(50);
        auto const failed = w.ask_once();
        check_failure(*failed, errc::connect_timeout, phase::proxy);
        check_detail(*failed, w.proxy.address());
    }
}

BOOST_AUTO_TEST_CASE(a_proxy_that_does_not_run) {
    client_fixture w;
    loopback_port const nobody;
    w.config.proxy = "socks5://127.0.0.1:" + std::to_string(nobody.number());
    client const c = w.make_client();
    auto const failed = ask(w, c);
    check_failure(*failed, errc::connect_failed, phase::connecting);
    BOOST_TEST(failed->info().cause == asio::error::connection_refused);
    check_detail(*failed, "proxy 127.0.0.1:" + std::to_string(nobody.number()));
}

BOOST_AUTO_TEST_CASE(a_call_that_is_cancelled_in_the_handshake) {
    behind_socks5 w(scheme::https, {""});
    client c = w.make_client();
    auto const waiting = start(c);
    w.run_until([&] { return !w.proxy.messages().empty(); });
    c.cancel();
    finish(w, {waiting});
    BOOST_TEST(waiting->ec == errc::client_closed);
}

BOOST_AUTO_TEST_SUITE_END()
