// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/calls.hpp"
#include "support/servers/child_process.hpp"
#include "support/servers/tls_refusal.hpp"

#include <boost/asio/post.hpp>

#include <openssl/err.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>
#include <unistd.h>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using testing::accept_fault;
using testing::certificate_authority;
using testing::identity_options;
using testing::mock_options;
using testing::scripted_reply;
using testing::tls_identity;
using testing::tls_versions;

mock_options speaking(tls_versions versions) {
    mock_options options;
    options.versions = versions;
    return options;
}

// A fixture whose server shows this certificate; its client trusts the world's own authority and this one.
struct fixture_with_identity : client_fixture {
    explicit fixture_with_identity(tls_identity const& identity, std::string const& trusted = {})
        : client_fixture(scheme::https, with(identity)) {
        config.tls.ca_pem += trusted;
    }

    static mock_options with(tls_identity const& identity) {
        mock_options options;
        options.identity = identity;
        return options;
    }
};

// The call fails, for this reason, and the server does not get to see the request.
void check_rejected(client_fixture& w, std::string_view reason) {
    auto const client = w.make_client();
    auto const result = ask(w, client);
    check_failure(*result, errc::certificate_rejected, phase::tls_handshake);
    check_detail(*result, reason);
    BOOST_TEST((result->ec == condition::certificate));
    BOOST_TEST((result->ec != condition::retryable));
    w.run_until([&w] { return w.server->stats().handshakes_failed == 1; });
    await_no_connections(w);
    BOOST_TEST(w.server->request_count() == 0U);
    BOOST_TEST(client.stats().connections_opened == 0U);
    BOOST_TEST(client.stats().connections_failed == 1U);
}

void check_rejected(identity_options const& options, std::string_view reason) {
    certificate_authority const authority("another root");
    fixture_with_identity w(authority.issue(options), authority.root_certificate());
    check_rejected(w, reason);
}

// Where OpenSSL looks for the system's authorities.
class system_store {
public:
    explicit system_store(std::string const& pem) : path_(folder_.write("store.pem", pem)) {
        ::setenv("SSL_CERT_FILE", path_.c_str(), 1);
    }
    ~system_store() { ::unsetenv("SSL_CERT_FILE"); }
    system_store(system_store const&) = delete;
    system_store& operator=(system_store const&) = delete;

    std::string const& path() const noexcept { return path_; }

private:
    temp_dir folder_;
    std::string path_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(tls)

BOOST_AUTO_TEST_CASE(certificates_out_of_their_time) {
    check_rejected(identity_options::expired(), "certificate has expired");
    check_rejected(identity_options::not_yet_valid(), "certificate is not yet valid");
}

BOOST_AUTO_TEST_CASE(certificates_of_nobody) {
    fixture_with_identity alone(testing::self_signed(identity_options()));
    check_rejected(alone, "self-signed certificate");
    fixture_with_identity foreign(certificate_authority("another root").issue());
    check_rejected(foreign, "unable to get local issuer certificate");
}

BOOST_AUTO_TEST_CASE(certificates_for_somebody_else) {
    identity_options other("api.example.test");
    other.ip_addresses = {"127.0.0.2"};
    check_rejected(other, "IP address mismatch");

    identity_options no_address("localhost");
    check_rejected(no_address, "IP address mismatch");

    certificate_authority const authority("another root");
    for (std::string const name : {"api.example.test", "*.localhost", "localhost.example.test"}) {
        identity_options named(name);
        named.common_name = "localhost";
        named.ip_addresses = {"127.0.0.1"};
        fixture_with_identity w(authority.issue(named), authority.root_certificate());
        w.endpoint.base_url = w.server->base_url("localhost");
        check_rejected(w, "ostname mismatch");
    }
}

BOOST_AUTO_TEST_CASE(certificates_that_are_good) {
    certificate_authority const root("another root");
    auto const intermediate = root.intermediate("between");
    auto const own = testing::self_signed(identity_options());
    for (auto const& [identity, trusted] :
         {std::pair(root.issue(), root.root_certificate()),
          std::pair(intermediate.issue(), root.root_certificate()),
          std::pair(intermediate.issue(), intermediate.root_certificate()),
          std::pair(own, own.authority)}) {
        fixture_with_identity w(identity, trusted);
        auto const client = w.make_client();
        ask_well(w, client);
    }
}

BOOST_AUTO_TEST_CASE(server_name_is_sent_for_names_alone) {
    client_fixture w;
    auto const by_address = w.make_client();
    ask_well(w, by_address);
    BOOST_TEST(w.server->last_request().server_name == "");
    w.endpoint.base_url = w.server->base_url("LocalHost");
    auto const by_name = w.make_client();
    ask_well(w, by_name);
    BOOST_TEST(w.server->last_request().server_name == "localhost");
}

BOOST_AUTO_TEST_CASE(server_name_of_the_configuration) {
    certificate_authority const authority("another root");
    fixture_with_identity w(
        authority.issue(identity_options("*.example.test")),
        authority.root_certificate()
    );
    w.config.tls.server_name = "api.example.test";
    auto const good = w.make_client();
    ask_well(w, good);
    BOOST_TEST(w.server->last_request().server_name == "api.example.test");
    auto const host = "127.0.0.1:" + std::to_string(w.server->port());
    BOOST_TEST(w.server->last_request().header("Host") == host);

    for (std::string const name : {"example.test", "a.b.example.test", "api.example.org", "127.0.0.1"}) {
        w.config.tls.server_name = name;
        auto const bad = w.make_client();
        check_failure(*ask(w, bad), errc::certificate_rejected, phase::tls_handshake);
    }
    client_fixture by_name;
    by_name.endpoint.base_url = by_name.server->base_url("localhost");
    by_name.config.tls.server_name = "127.0.0.1";
    auto const address = by_name.make_client();
    ask_well(by_name, address);
    BOOST_TEST(by_name.server->last_request().server_name == "");
}

BOOST_AUTO_TEST_CASE(server_that_does_not_speak_tls) {
    for (auto const fault : {accept_fault::plain_text, accept_fault::garbage}) {
        client_fixture w;
        w.server->set_accept_fault(fault);
        auto const client = w.make_client();
        auto const result = ask(w, client);
        check_failure(*result, errc::tls_handshake_failed, phase::tls_handshake);
        BOOST_TEST(bool(result->info().cause));
        check_detail(*result, result->info().cause.message());
        await_no_connections(w);
    }
}

BOOST_AUTO_TEST_CASE(handshake_that_does_not_end) {
    client_fixture w;
    w.server->set_accept_fault(accept_fault::stall);
    w.config.timeouts.tls_handshake = 50ms;
    auto const client = w.make_client();
    auto const result = ask(w, client);
    check_failure(*result, errc::tls_handshake_timeout, phase::tls_handshake);
    BOOST_TEST((result->ec == condition::timeout));
    BOOST_TEST((result->info().timings.total >= 50ms));
    await_no_connections(w);
    BOOST_TEST(client.stats().connections_failed == 1U);
}

BOOST_AUTO_TEST_CASE(client_certificates) {
    for (auto const versions : {tls_versions::only_tls_1_2, tls_versions::only_tls_1_3}) {
        certificate_authority const clients("clients");
        auto options = speaking(versions);
        options.client_authority = clients.root_certificate();
        client_fixture w(scheme::https, options);
        identity_options myself;
        myself.common_name = "client seven";
        auto const identity = clients.intermediate("between").issue(myself);
        auto with_certificate = w.config;
        with_certificate.tls.certificate_pem = identity.certificate_chain;
        with_certificate.tls.private_key_pem = identity.private_key;
        client const known(w.io.get_executor(), w.endpoint, with_certificate);
        ask_well(w, known);
        BOOST_TEST(w.server->last_request().client_common_name == "client seven");

        auto const unknown = w.make_client();
        auto const result = ask(w, unknown);
        // With TLS 1.3 the server complains after the client's part of the handshake is over.
        if (versions == tls_versions::only_tls_1_2)
            check_failure(*result, errc::tls_handshake_failed, phase::tls_handshake);
        else
            check_failure(*result, errc::connection_lost, phase::waiting);
        check_detail(
            *result,
            versions == tls_versions::only_tls_1_2 ? "handshake failure" : "certificate required"
        );
        BOOST_TEST(w.server->request_count() == 1U);
    }
}

BOOST_AUTO_TEST_CASE(old_and_new_servers) {
    client_fixture old(scheme::https, speaking(tls_versions::only_tls_1_2));
    auto const old_client = old.make_client();
    BOOST_TEST(ask_well(old, old_client)->info().tls_version == "TLSv1.2");
    client_fixture current(scheme::https, speaking(tls_versions::only_tls_1_3));
    auto const client = current.make_client();
    BOOST_TEST(ask_well(current, client)->info().tls_version == "TLSv1.3");
}

BOOST_AUTO_TEST_CASE(sessions_are_resumed) {
    for (auto const versions : {tls_versions::only_tls_1_2, tls_versions::only_tls_1_3}) {
        for (bool const announce : {true, false}) {
            auto options = speaking(versions);
            options.max_requests_per_connection = 1;
            options.announce_close = announce;
            client_fixture w(scheme::https, options);
            w.config.pool.max_connections = 1;
            auto const client = w.make_client();
            for (std::size_t i = 0; i < 8; ++i) {
                ask_well(w, client);
                await_no_connections(w);
                BOOST_TEST(w.server->last_request().session_resumed == (i > 0));
            }
            auto const server = w.server->stats();
            BOOST_TEST(server.connections_accepted == 8U);
            BOOST_TEST(server.handshakes_full == 1U);
            BOOST_TEST(server.handshakes_resumed == 7U);
            BOOST_TEST(client.stats().connections_opened == 8U);
            BOOST_TEST(client.stats().tls_full_handshakes == 1U);
            BOOST_TEST(client.stats().tls_resumed_handshakes == 7U);
            BOOST_TEST(client.stats().replays == 0U);
        }
    }
}

BOOST_AUTO_TEST_CASE(servers_without_sessions) {
    mock_options options;
    options.session_resumption = false;
    options.max_requests_per_connection = 1;
    client_fixture w(scheme::https, options);
    auto const client = w.make_client();
    for (int i = 0; i < 3; ++i) ask_well(w, client);
    BOOST_TEST(w.server->stats().handshakes_full == 3U);
    BOOST_TEST(client.stats().tls_full_handshakes == 3U);
    BOOST_TEST(client.stats().tls_resumed_handshakes == 0U);
}

// The queue is the thread's, and other users of OpenSSL on it may leave something there.
BOOST_AUTO_TEST_CASE(errors_that_others_left_behind_are_not_the_connections) {
    for (auto const versions : {tls_versions::only_tls_1_2, tls_versions::only_tls_1_3}) {
        client_fixture w(scheme::https, speaking(versions));
        auto const client = w.make_client();
        bool over = false;
        std::function<void()> leave = [&] {
            if (over) return;
            ERR_raise(ERR_LIB_USER, ERR_R_OPERATION_FAIL);
            asio::post(w.io, leave);
        };
        leave();
        ask_well(w, client);
        ask_well(w, client);
        BOOST_TEST(client.stats().connections_opened == 1U);
        BOOST_TEST(client.stats().replays == 0U);
        over = true;
        ERR_clear_error();
    }
}

BOOST_AUTO_TEST_CASE(certificates_that_cannot_be_read) {
    certificate_authority const authority("another root");
    auto const one = authority.issue();
    auto const two = authority.issue();
    BOOST_TEST(refusal([](tls_config& c) { c.ca_pem = "nonsense"; }).starts_with("tls.ca_pem"));
    BOOST_TEST(refusal([](tls_config& c) { c.ca_file = "/nonexistent/ca.pem"; }
    ).starts_with("tls.ca_file: /nonexistent/ca.pem: No such file or directory"));
    // A folder can be opened, but holds no certificate.
    BOOST_TEST(refusal([](tls_config& c) { c.ca_file = "/"; }).find("no certificate") != std::string::npos);
    BOOST_TEST(refusal([](tls_config& c) { c.certificate_pem = "nonsense"; }
    ).starts_with("tls.certificate_pem"));
    BOOST_TEST(refusal([&](tls_config& c) { c.private_key_pem = one.private_key; }
    ).starts_with("tls.certificate_pem"));
    auto const said = refusal([&](tls_config& c) {
        c.certificate_pem = one.certificate_chain;
        c.private_key_pem = two.private_key;
    });
    BOOST_TEST(said.starts_with("tls.private_key_pem"), said);
}

BOOST_AUTO_TEST_CASE(the_systems_authorities) {
    certificate_authority const authority("another root");
    system_store const store(authority.root_certificate());
    fixture_with_identity w(authority.issue());
    {
        auto const without = w.make_client();
        check_failure(*ask(w, without), errc::certificate_rejected, phase::tls_handshake);
    }
    w.config.tls.use_system_store = true;
    auto const with = w.make_client();
    ask_well(w, with);
    w.config.tls.use_system_store = false;
    w.config.tls.ca_file = store.path();
    auto const from_file = w.make_client();
    ask_well(w, from_file);
}

BOOST_AUTO_TEST_SUITE_END()
