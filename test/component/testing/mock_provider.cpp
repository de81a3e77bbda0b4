// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)
#include "support/servers/raw_client.hpp"
#include "support/servers/running_provider.hpp"
#include <async_llm/testing/mock_provider.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace async_llm::testing;
using async_llm::error_code;
using async_llm::test::chat_body;
using async_llm::test::chat_request_text;
using async_llm::test::raw_client;
using async_llm::test::raw_tls;
using async_llm::test::running_provider;
using event = mock_event;

static_assert(!std::is_aggregate_v<mock_options> && !std::is_aggregate_v<mock_stats>);
static_assert(!std::is_aggregate_v<scripted_reply> && !std::is_aggregate_v<received_request>);
static_assert(!std::is_copy_constructible_v<mock_provider>);

std::string text_of(std::string const& body) {
    auto const value = boost::json::parse(body);
    return std::string(value.at("choices").at(0).at("message").at("content").as_string());
}

// Two completions over TLS; the second one on a connection that offers the first one's session.
void check_resumption(mock_options options, int client_version, bool expected) {
    options.identity = certificate_authority().issue();
    running_provider provider(std::move(options));
    raw_tls settings;
    settings.max_version = client_version;
    async_llm::test::tls_session session;
    for (bool const second : {false, true}) {
        raw_client client(provider.server.port());
        BOOST_REQUIRE(!client.connect());
        settings.resume = session.get();
        BOOST_REQUIRE(!client.start_tls(settings));
        BOOST_TEST(client.exchange(chat_request_text(chat_body("x"))).status == 200);
        BOOST_TEST(client.session_reused() == (second && expected));
        BOOST_TEST(provider.server.last_request().session_resumed == (second && expected));
        BOOST_TEST(provider.server.last_request().tls_version == client.tls_version());
        session = client.take_session();
    }
    BOOST_TEST(provider.server.stats().handshakes_resumed == (expected ? 1U : 0U));
    BOOST_TEST(provider.server.stats().handshakes_full == (expected ? 1U : 2U));
}

} // namespace

BOOST_AUTO_TEST_SUITE(mock_provider)

BOOST_AUTO_TEST_CASE(answers_with_an_echo_by_default) {
    running_provider provider;
    raw_client client(provider.server.port());
    BOOST_REQUIRE(!client.connect());
    auto const reply = client.exchange(chat_request_text(chat_body("Hello")));
    BOOST_TEST(reply.status == 200);
    auto const body = boost::json::parse(reply.body);
    BOOST_TEST(text_of(reply.body) == "Hello");
    BOOST_TEST(body.at("model").as_string() == "meta-llama/Llama-3.3-70B-Instruct-Turbo");
    BOOST_TEST(body.at("usage").at("total_tokens").as_int64() > 0);
}

BOOST_AUTO_TEST_CASE(uses_the_queue_then_the_responder) {
    running_provider provider;
    provider.server.respond_with([](received_request const& request) {
        if (request.last_user_text() == "throw") throw std::runtime_error("responder broke");
        return scripted_reply::completion("responder: " + request.last_user_text());
    });
    std::vector<scripted_reply> replies;
    replies.push_back(scripted_reply::completion("first"));
    replies.push_back(scripted_reply::error(503, "busy"));
    provider.server.enqueue(std::move(replies));
    BOOST_TEST(provider.server.queued() == 2U);
    raw_client client(provider.server.port());
    BOOST_REQUIRE(!client.connect());
    auto const request = chat_request_text(chat_body("Hi"));
    BOOST_TEST(text_of(client.exchange(request).body) == "first");
    BOOST_TEST(client.exchange(request).status == 503);
    BOOST_TEST(text_of(client.exchange(request).body) == "responder: Hi");
    auto const broken = client.exchange(chat_request_text(chat_body("throw")));
    BOOST_TEST(broken.status == 500);
    BOOST_TEST(broken.body.find("responder broke") != std::string::npos);
    provider.server.respond_with(nullptr);
    BOOST_TEST(text_of(client.exchange(request).body) == "Hi");
}

BOOST_AUTO_TEST_CASE(replies_in_each_dialects_shape) {
    for (auto const dialect :
         {provider_dialect::openai, provider_dialect::openrouter, provider_dialect::aimlapi}) {
        running_provider provider{mock_options(dialect)};
        provider.server.enqueue(scripted_reply::error(429, "Slow down"));
        raw_client client(provider.server.port());
        BOOST_REQUIRE(!client.connect());
        auto const request = chat_request_text(chat_body("x"));
        auto const error = client.exchange(request);
        BOOST_TEST(error.status == 429);
        auto const body = boost::json::parse(error.body);
        if (dialect == provider_dialect::openrouter)
            BOOST_TEST(body.at("error").at("code").as_int64() == 429);
        if (dialect == provider_dialect::openai) BOOST_TEST(body.at("error").at("param").is_null());
        if (dialect == provider_dialect::aimlapi) BOOST_TEST(body.at("message").as_string() == "Slow down");
        auto const success = boost::json::parse(client.exchange(request).body);
        BOOST_TEST(success.as_object().contains("provider") == (dialect == provider_dialect::openrouter));
        auto const& message = success.at("choices").at(0).at("message").as_object();
        BOOST_TEST(message.contains("tool_calls") == (dialect == provider_dialect::aimlapi));
        auto const prefix = dialect == provider_dialect::openrouter ? "/api/v1" : "/v1";
        auto const port = std::to_string(provider.server.port());
        BOOST_TEST(provider.server.base_url() == "http://127.0.0.1:" + port + prefix);
        BOOST_TEST(provider.server.base_url("localhost") == "http://localhost:" + port + prefix);
    }
}

BOOST_AUTO_TEST_CASE(answers_with_the_recorded_replies) {
    running_provider provider;
    provider.server.respond_with([](received_request const&) { return scripted_reply::recorded(); });
    raw_client client(provider.server.port());
    BOOST_REQUIRE(!client.connect());
    BOOST_TEST(recorded_models().size() == 6U);
    for (auto const& model : recorded_models()) {
        auto const reply = client.exchange(chat_request_text(chat_body("Hello", model)));
        BOOST_TEST(reply.status == 200);
        BOOST_TEST(reply.body == recorded_reply(model));
        auto const value = boost::json::parse(reply.body);
        BOOST_TEST(value.at("model").as_string() == model);
        BOOST_TEST(text_of(reply.body).starts_with("Hello"));
        auto const& usage = value.at("usage");
        BOOST_TEST(
            usage.at("total_tokens").as_int64() ==
            usage.at("prompt_tokens").as_int64() + usage.at("completion_tokens").as_int64()
        );
    }
    BOOST_TEST(client.exchange(chat_request_text(chat_body("Hello", "unknown/model"))).status == 404);
    provider.server.enqueue(scripted_reply::recorded(recorded_models().front()));
    BOOST_TEST(
        client.exchange(chat_request_text(chat_body("x", "any"))).body == recorded_reply(recorded_models()[0])
    );
}

BOOST_AUTO_TEST_CASE(records_what_it_received) {
    running_provider provider;
    for (int i = 0; i < 2; ++i) {
        raw_client client(provider.server.port());
        BOOST_REQUIRE(!client.connect());
        auto const fields = "X-Title: one\r\nx-b:  two \r\nX-Title: three\r\n";
        BOOST_TEST(client.exchange(chat_request_text(chat_body("x"), fields)).status == 200);
        BOOST_TEST(client.exchange(chat_request_text(chat_body("y"))).status == 200);
    }
    auto const requests = provider.server.requests();
    BOOST_REQUIRE(requests.size() == 4U);
    BOOST_TEST(provider.server.request_count() == 4U);
    auto const& first = requests.front();
    BOOST_TEST(first.method == "POST");
    BOOST_TEST(first.target == "/v1/chat/completions");
    BOOST_TEST(first.http_version == 11U);
    BOOST_TEST(first.body == chat_body("x"));
    BOOST_TEST(first.json().at("messages").at(0).at("role").as_string() == "user");
    BOOST_REQUIRE(first.headers.size() == 7U);
    BOOST_TEST(first.headers[4].first == "X-Title");
    BOOST_TEST(first.headers[5].first == "x-b");
    BOOST_TEST(first.headers[5].second == "two");
    BOOST_TEST(first.headers[6].second == "three");
    BOOST_TEST(first.header("x-title") == "one");
    BOOST_TEST(first.header_count("X-TITLE") == 2U);
    BOOST_TEST(first.header("none").empty());
    BOOST_TEST(first.connection == 1U);
    BOOST_TEST(requests[1].request_on_connection == 2U);
    BOOST_TEST(requests[2].connection == 2U);
    BOOST_TEST(requests[2].request_on_connection == 1U);
    BOOST_TEST(!first.tls);
    BOOST_TEST(provider.server.last_request().last_user_text() == "y");
}

BOOST_AUTO_TEST_CASE(keeps_no_more_requests_than_asked_for) {
    mock_options options;
    options.recorded_requests = 1;
    running_provider provider(options);
    raw_client client(provider.server.port());
    BOOST_REQUIRE(!client.connect());
    BOOST_TEST(client.exchange(chat_request_text(chat_body("a"))).status == 200);
    BOOST_TEST(client.exchange(chat_request_text(chat_body("b"))).status == 200);
    BOOST_TEST(provider.server.request_count() == 2U);
    BOOST_REQUIRE(provider.server.requests().size() == 1U);
    BOOST_TEST(provider.server.last_request().last_user_text() == "b");
}

BOOST_AUTO_TEST_CASE(counts_connections) {
    running_provider provider;
    {
        raw_client a(provider.server.port());
        raw_client b(provider.server.port());
        BOOST_REQUIRE(!a.connect());
        BOOST_REQUIRE(!b.connect());
        BOOST_TEST(provider.wait_for(event::connections_open_equal, 2));
    }
    BOOST_TEST(provider.wait_for(event::connections_open_equal, 0));
    auto const stats = provider.server.stats();
    BOOST_TEST(stats.connections_accepted == 2U);
    BOOST_TEST(stats.max_connections_open == 2U);
    BOOST_TEST(stats.requests_aborted == 0U);
}

BOOST_AUTO_TEST_CASE(counts_requests_that_the_client_aborts) {
    running_provider provider;
    auto slow = scripted_reply::completion("too late");
    slow.latency = std::chrono::hours(1);
    provider.server.enqueue(slow);
    raw_client client(provider.server.port());
    BOOST_REQUIRE(!client.connect());
    BOOST_REQUIRE(!client.send(chat_request_text(chat_body("x"))));
    BOOST_TEST(provider.wait_for(event::requests, 1));
    client.close();
    BOOST_TEST(provider.wait_for(event::requests_aborted, 1));
    BOOST_TEST(provider.wait_for(event::connections_open_equal, 0));
    BOOST_TEST(provider.server.stats().replies_sent == 0U);
}

BOOST_AUTO_TEST_CASE(serves_pipelined_requests_in_order) {
    running_provider provider;
    raw_client client(provider.server.port());
    BOOST_REQUIRE(!client.connect());
    BOOST_REQUIRE(!client.send(chat_request_text(chat_body("1")) + chat_request_text(chat_body("2"))));
    BOOST_TEST(text_of(client.receive_reply().body) == "1");
    BOOST_TEST(text_of(client.receive_reply().body) == "2");
}

BOOST_AUTO_TEST_CASE(speaks_tls_with_verified_name_and_sni) {
    certificate_authority const authority;
    running_provider provider{mock_options(provider_dialect::aimlapi, authority.issue())};
    BOOST_TEST(provider.server.base_url().starts_with("https://127.0.0.1:"));
    raw_client client(provider.server.port());
    BOOST_REQUIRE(!client.connect());
    raw_tls settings;
    settings.authority = authority.root_certificate();
    BOOST_REQUIRE(!client.start_tls(settings));
    BOOST_TEST(text_of(client.exchange(chat_request_text(chat_body("secret"))).body) == "secret");
    auto const request = provider.server.last_request();
    BOOST_TEST(request.tls);
    BOOST_TEST(request.server_name == "localhost");
    BOOST_TEST(request.tls_version == "TLSv1.3");
    BOOST_TEST(!request.session_resumed);
    BOOST_TEST(provider.server.stats().handshakes_full == 1U);
}

BOOST_AUTO_TEST_CASE(counts_failed_handshakes) {
    running_provider provider{mock_options(provider_dialect::openai, certificate_authority("ours").issue())};
    raw_tls settings;
    settings.authority = certificate_authority("another").root_certificate();
    raw_client client(provider.server.port());
    BOOST_REQUIRE(!client.connect());
    BOOST_TEST(client.start_tls(settings).failed());
    BOOST_TEST(provider.wait_for(event::handshakes_failed, 1));
}

BOOST_AUTO_TEST_CASE(resumes_tls_sessions) {
    check_resumption(mock_options(), 0, true);
    check_resumption(mock_options(), TLS1_2_VERSION, true);
    mock_options no_resumption;
    no_resumption.session_resumption = false;
    check_resumption(no_resumption, 0, false);
    check_resumption(no_resumption, TLS1_2_VERSION, false);
}

BOOST_AUTO_TEST_CASE(speaks_the_tls_versions_asked_for) {
    mock_options options(provider_dialect::openai, certificate_authority().issue());
    for (auto const versions : {tls_versions::only_tls_1_2, tls_versions::only_tls_1_3}) {
        options.versions = versions;
        running_provider provider(options);
        raw_client newest(provider.server.port());
        BOOST_REQUIRE(!newest.connect());
        BOOST_REQUIRE(!newest.start_tls(raw_tls()));
        BOOST_TEST(newest.tls_version() == (versions == tls_versions::only_tls_1_2 ? "TLSv1.2" : "TLSv1.3"));
        raw_tls old;
        old.max_version = TLS1_2_VERSION;
        raw_client client(provider.server.port());
        BOOST_REQUIRE(!client.connect());
        BOOST_TEST(client.start_tls(old).failed() == (versions == tls_versions::only_tls_1_3));
    }
}

BOOST_AUTO_TEST_CASE(asks_for_client_certificates) {
    certificate_authority const authority("clients' authority");
    mock_options options(provider_dialect::openai, certificate_authority().issue());
    options.client_authority = authority.root_certificate();
    running_provider provider(options);
    raw_tls settings;
    raw_client nameless(provider.server.port());
    BOOST_REQUIRE(!nameless.connect());
    // With TLS 1.3 the refusal reaches the client after its own handshake.
    nameless.start_tls(settings);
    BOOST_TEST(nameless.exchange(chat_request_text(chat_body("x"))).status == 0);
    BOOST_TEST(provider.wait_for(event::handshakes_failed, 1));
    identity_options who("client.example");
    settings.identity = authority.issue(who);
    raw_client client(provider.server.port());
    BOOST_REQUIRE(!client.connect());
    BOOST_REQUIRE(!client.start_tls(settings));
    BOOST_TEST(client.exchange(chat_request_text(chat_body("x"))).status == 200);
    BOOST_TEST(provider.server.last_request().client_common_name == "client.example");
}

BOOST_AUTO_TEST_CASE(listens_on_ipv6) {
    mock_options options;
    options.address = "::1";
    running_provider provider(options);
    BOOST_TEST(provider.server.base_url().starts_with("http://[::1]:"));
    raw_client client(provider.server.port(), "::1");
    BOOST_REQUIRE(!client.connect());
    BOOST_TEST(client.exchange(chat_request_text(chat_body("x"))).status == 200);
}

BOOST_AUTO_TEST_CASE(waits_can_be_cancelled_and_end_with_the_server) {
    asio::io_context io;
    std::optional<error_code> cancelled;
    std::optional<error_code> hopeless;
    std::optional<error_code> at_once;
    asio::cancellation_signal signal;
    {
        async_llm::testing::mock_provider server(io.get_executor());
        auto const keep = [](std::optional<error_code>& to) { return [&to](error_code ec) { to = ec; }; };
        server
            .async_wait_for(event::requests, 1, asio::bind_cancellation_slot(signal.slot(), keep(cancelled)));
        server.async_wait_for(event::requests, 1, keep(hopeless));
        server.async_wait_for(event::connections_open_equal, 0, keep(at_once));
        BOOST_TEST(!at_once.has_value());
        signal.emit(asio::cancellation_type::total);
        BOOST_TEST(!cancelled.has_value());
        io.poll();
        BOOST_TEST((cancelled == asio::error::operation_aborted));
        BOOST_TEST((at_once == error_code()));
        BOOST_TEST(!hopeless.has_value());
    }
    io.run_for(std::chrono::seconds(20)); // returns as soon as there is nothing left to do
    BOOST_TEST((hopeless == asio::error::operation_aborted));
    BOOST_TEST(io.stopped());
}

BOOST_AUTO_TEST_CASE(refuses_while_it_does_not_listen) {
    running_provider provider;
    raw_client before(provider.server.port());
    BOOST_REQUIRE(!before.connect());
    BOOST_TEST(provider.wait_for(event::connections_accepted, 1));
    provider.server.stop_listening();
    raw_client refused(provider.server.port());
    BOOST_TEST((refused.connect() == asio::error::connection_refused));
    BOOST_TEST(before.exchange(chat_request_text(chat_body("x"))).status == 200);
    provider.server.resume_listening();
    raw_client after(provider.server.port());
    BOOST_REQUIRE(!after.connect());
    BOOST_TEST(after.exchange(chat_request_text(chat_body("x"))).status == 200);
}

BOOST_AUTO_TEST_CASE(stop_closes_everything) {
    running_provider provider{mock_options(provider_dialect::openai, certificate_authority().issue())};
    auto stalled = scripted_reply::completion("x");
    stalled.fault = reply_fault::stall;
    provider.server.enqueue(stalled);
    raw_client busy(provider.server.port());
    raw_client idle(provider.server.port());
    raw_client in_handshake(provider.server.port());
    for (auto* const client : {&busy, &idle, &in_handshake}) BOOST_REQUIRE(!client->connect());
    for (auto* const client : {&busy, &idle}) BOOST_REQUIRE(!client->start_tls(raw_tls()));
    BOOST_REQUIRE(!busy.send(chat_request_text(chat_body("x"))));
    BOOST_TEST(provider.wait_for(event::requests, 1));
    BOOST_TEST(provider.wait_for(event::connections_open_equal, 3));
    provider.stop();
    for (auto* const client : {&busy, &idle, &in_handshake}) BOOST_TEST(client->receive_all().empty());
    BOOST_TEST(provider.server.stats().connections_open == 0U);
    BOOST_TEST(provider.server.stats().requests_aborted == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
