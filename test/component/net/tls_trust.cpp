// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// How long trust lasts, for whom, and how often it is loaded.

#include "net/tls/trust_store.hpp"
#include "support/fixtures/calls.hpp"
#include "support/servers/tls_refusal.hpp"

#include <functional>
#include <string>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using testing::identity_options;
using testing::mock_options;
using testing::tls_versions;

// Each call has a connection of its own.
mock_options one_call_each(tls_versions versions) {
    mock_options options;
    options.versions = versions;
    options.max_requests_per_connection = 1;
    return options;
}

void ask_once(client_fixture& w, client const& from) {
    ask_well(w, from);
    await_no_connections(w);
}

// Calls, each after the last, until there have been so many full handshakes; how long that took.
std::chrono::steady_clock::duration
ask_until_full(client_fixture& w, client const& from, std::size_t handshakes) {
    using steady = std::chrono::steady_clock;
    auto const begin = steady::now();
    while (w.server->stats().handshakes_full < handshakes && steady::now() - begin < 10s) {
        ask_once(w, from);
        let_pass(w, 50ms);
    }
    return steady::now() - begin;
}

constexpr auto versions = {tls_versions::only_tls_1_2, tls_versions::only_tls_1_3};

} // namespace

BOOST_AUTO_TEST_SUITE(tls_trust)

BOOST_AUTO_TEST_CASE(sessions_are_resumed_for_as_long_as_was_allowed) {
    for (auto const each : versions) {
        client_fixture w(scheme::https, one_call_each(each));
        w.config.tls.max_session_age = 2s;
        auto const client = w.make_client();
        // Each call resumes a session that has just come, so there is another reason for the second.
        auto const taken = ask_until_full(w, client, 2);
        BOOST_TEST(w.server->stats().handshakes_full == 2U);
        BOOST_TEST(w.server->stats().handshakes_resumed >= 1U);
        // Two seconds, of which the first may have begun before.
        BOOST_TEST((taken >= 900ms));
    }
}

BOOST_AUTO_TEST_CASE(no_session_is_resumed) {
    for (auto const each : versions) {
        client_fixture w(scheme::https, one_call_each(each));
        w.config.tls.max_session_age = 0s;
        auto const client = w.make_client();
        for (int i = 0; i < 3; ++i) ask_once(w, client);
        BOOST_TEST(w.server->stats().handshakes_full == 3U);
    }
}

BOOST_AUTO_TEST_CASE(a_certificate_that_expires_is_refused_then) {
    for (auto const each : versions) {
        client_fixture trusted;
        auto options = one_call_each(each);
        identity_options short_lived;
        short_lived.valid_until = 4s;
        options.identity = trusted.authority.issue(short_lived);
        client_fixture w(scheme::https, options);
        w.config.tls.ca_pem = trusted.authority.root_certificate();
        auto const client = w.make_client();
        ask_once(w, client);
        ask_once(w, client);
        BOOST_TEST(w.server->stats().handshakes_resumed == 1U);
        let_pass(w, 5s);
        auto const result = ask(w, client);
        check_failure(*result, errc::certificate_rejected, phase::tls_handshake);
        check_detail(*result, "certificate has expired");
    }
}

BOOST_AUTO_TEST_CASE(a_certificate_with_a_name_in_its_subject_alone) {
    client_fixture trusted;
    mock_options options;
    identity_options nameless("localhost");
    nameless.dns_names.clear();
    options.identity = trusted.authority.issue(nameless);
    client_fixture w(scheme::https, options);
    w.config.tls.ca_pem = trusted.authority.root_certificate();
    w.endpoint.base_url = w.server->base_url("localhost");
    auto const client = w.make_client();
    auto const result = ask(w, client);
    check_failure(*result, errc::certificate_rejected, phase::tls_handshake);
    check_detail(*result, "ostname mismatch");
}

BOOST_AUTO_TEST_CASE(names_that_no_certificate_is_for) {
    for (std::string const& name :
         {std::string(".example.test"),
          std::string("example.test."),
          std::string("api.example.test\0.evil.test", 26),
          std::string("*.example.test"),
          std::string("exa mple.test"),
          std::string("a..b"),
          std::string("[::1]"),
          std::string(64, 'a')}) {
        auto const said = refusal([&](tls_config& c) { c.server_name = name; }, errc::invalid_request);
        BOOST_TEST(said.starts_with("tls.server_name: the host "), said);
    }
    auto const said = refusal([](tls_config& c) { c.max_session_age = -1s; }, errc::invalid_request);
    BOOST_TEST(said.starts_with("tls.max_session_age: is negative"));
}

BOOST_AUTO_TEST_CASE(clients_of_one_configuration_load_once) {
    client_fixture w;
    auto const first = w.make_client();
    auto const before = net::trust_stores().loads();
    std::vector<client> clients;
    for (int i = 0; i < 100; ++i) clients.push_back(w.make_client());
    BOOST_TEST(net::trust_stores().loads() == before);
    ask_well(w, clients.front());
    // Another authority is nothing that they trust, although all of them are in one process.
    client_fixture other;
    client const foreign(w.io.get_executor(), w.endpoint, other.config);
    check_failure(*ask(w, foreign), errc::certificate_rejected, phase::tls_handshake);
    ask_well(w, clients.back());
    BOOST_TEST(net::trust_stores().loads() == before + 1);
}

BOOST_AUTO_TEST_SUITE_END()
