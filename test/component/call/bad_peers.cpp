// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/calls.hpp"

#include <boost/asio/error.hpp>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using testing::accept_fault;
using testing::endless_part;
using testing::reply_fault;
using testing::reply_framing;
using testing::scripted_reply;

std::string const completion = testing::recorded_reply("meta-llama/Llama-3-70b-chat-hf");
std::string const ok_head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";

std::string length_field(std::size_t length) { return "Content-Length: " + std::to_string(length) + "\r\n"; }

// A reply that goes wrong this way after so many bytes; its head has about 200.
scripted_reply broken(reply_fault fault, std::size_t after) {
    auto reply = scripted_reply::completion(std::string(1000, 'x'));
    reply.fault = fault;
    reply.fault_after = after;
    return reply;
}

scripted_reply chunked(scripted_reply reply) {
    reply.framing = reply_framing::chunked;
    reply.chunk_size = 400;
    return reply;
}

scripted_reply endless(endless_part part) {
    auto reply = scripted_reply::completion("x");
    reply.endless = part;
    return reply;
}

scripted_reply raw(std::string bytes) {
    auto reply = scripted_reply::raw(std::move(bytes));
    reply.then = testing::after_reply::close;
    return reply;
}

// One call that is answered like this, on a connection that is new.
call_ptr
answered_with(scripted_reply reply, scheme s = scheme::http, std::size_t max_response_size = 100'000) {
    client_fixture w(s);
    w.config.max_response_size = max_response_size;
    auto const client = w.make_client();
    w.server->enqueue(std::move(reply));
    auto const result = ask(w, client);
    BOOST_TEST(w.server->request_count() == 1U);
    BOOST_TEST(client.stats().replays == 0U);
    if (result->info().phase != phase::finished) {
        await_no_connections(w);
        BOOST_TEST(client.stats().connections_idle == 0U);
    }
    return result;
}

void check_both(scripted_reply const& reply, error_code expected, phase where) {
    check_failure(*answered_with(reply, scheme::http), expected, where);
    check_failure(*answered_with(reply, scheme::https), expected, where);
}

// Makes a client after this change and returns what the constructor said.
std::string refusal(std::function<void(client_fixture&)> const& change) {
    client_fixture w(scheme::http);
    change(w);
    try {
        auto const client = w.make_client();
    } catch (boost::system::system_error const& e) {
        BOOST_TEST(e.code() == make_error_code(errc::invalid_request));
        return e.what();
    }
    BOOST_ERROR("the constructor did not throw");
    return {};
}

void check_refusal(std::function<void(client_fixture&)> const& change, std::string_view field) {
    auto const said = refusal(change);
    BOOST_CHECK_MESSAGE(said.starts_with(field), '"' + said + "\" does not begin with " + std::string(field));
    BOOST_TEST(said.find("test-key") == std::string::npos);
    // Its name is given once.
    BOOST_TEST(said.find(field, field.size()) == std::string::npos, said);
}

} // namespace

BOOST_AUTO_TEST_SUITE(bad_peers)

BOOST_AUTO_TEST_CASE(unknown_host) {
    client_fixture w;
    w.config.timeouts.resolve = 0ms;
    w.endpoint.base_url = "https://nowhere.invalid/v1";
    auto const client = w.make_client();
    auto const result = ask(w, client);
    check_failure(*result, errc::resolve_failed, phase::resolving);
    check_detail(*result, "nowhere.invalid");
    BOOST_TEST((result->ec == condition::connection));
    BOOST_TEST(bool(result->info().cause));
    BOOST_TEST(result->info().remote_endpoint == "");
    BOOST_TEST(client.stats().connections_failed == 1U);
}

BOOST_AUTO_TEST_CASE(refused_port) {
    client_fixture w;
    w.server->stop_listening();
    auto const client = w.make_client();
    auto const result = start(client);
    // There is nothing but the call now to keep the loop busy.
    w.io.run_for(patience);
    BOOST_TEST_REQUIRE(result->done);
    check_failure(*result, errc::connect_failed, phase::connecting);
    BOOST_TEST(result->info().cause == asio::error::connection_refused);
    check_detail(*result, std::to_string(w.server->port()));
    BOOST_TEST(client.stats().connections_failed == 1U);
    w.server->resume_listening();
    ask_well(w, client);
}

BOOST_AUTO_TEST_CASE(connection_ended_as_soon_as_it_is_there) {
    for (auto const fault : {accept_fault::reset, accept_fault::close}) {
        client_fixture plain(scheme::http);
        plain.server->set_accept_fault(fault);
        auto const client = plain.make_client();
        check_failure(*ask(plain, client), errc::connection_lost, phase::waiting);

        client_fixture secure;
        secure.server->set_accept_fault(fault);
        auto const secure_client = secure.make_client();
        check_failure(*ask(secure, secure_client), errc::tls_handshake_failed, phase::tls_handshake);
        BOOST_TEST(secure_client.stats().connections_failed == 1U);
    }
}

BOOST_AUTO_TEST_CASE(connection_ended_before_the_reply) {
    for (auto const fault : {reply_fault::close, reply_fault::reset})
        check_both(broken(fault, 0), errc::connection_lost, phase::waiting);
}

BOOST_AUTO_TEST_CASE(connection_ended_within_the_reply) {
    for (auto const fault : {reply_fault::close, reply_fault::reset}) {
        for (std::size_t const after : {1U, 5U, 20U, 600U})
            check_both(broken(fault, after), errc::truncated_response, phase::reading);
        check_both(chunked(broken(fault, 700)), errc::truncated_response, phase::reading);
    }
    auto const result = answered_with(broken(reply_fault::close, 600));
    BOOST_TEST(result->info().status == 200);
    BOOST_TEST((result->ec == condition::connection));
    BOOST_TEST(result->response.text() == "");
}

// What ends with the connection may have been cut on the way, unless TLS says that it was not.
BOOST_AUTO_TEST_CASE(end_without_close_notify) {
    auto reply = scripted_reply::completion("x");
    reply.framing = reply_framing::until_close;
    require_success(*answered_with(reply, scheme::https));
    reply.close_notify = false;
    check_failure(*answered_with(reply, scheme::https), errc::truncated_response, phase::reading);

    auto with_length = scripted_reply::completion("x");
    with_length.close_notify = false;
    with_length.then = testing::after_reply::close;
    require_success(*answered_with(with_length, scheme::https));
}

BOOST_AUTO_TEST_CASE(parts_without_an_end) {
    for (auto const part : {endless_part::headers, endless_part::trailers, endless_part::chunk_extension})
        check_both(endless(part), errc::header_too_large, phase::reading);
    check_both(endless(endless_part::interim_replies), errc::invalid_http, phase::reading);
    check_both(endless(endless_part::body), errc::response_too_large, phase::reading);
    auto large = scripted_reply::completion("x");
    large.headers.emplace_back("X-Large", std::string(100 * 1024, 'x'));
    check_both(large, errc::header_too_large, phase::reading);
}

BOOST_AUTO_TEST_CASE(body_beyond_the_limit) {
    auto const reply = scripted_reply::completion(std::string(150'000, 'x'));
    check_both(reply, errc::response_too_large, phase::reading);
    check_both(chunked(reply), errc::response_too_large, phase::reading);
    check_both(raw(ok_head + length_field(100'001) + "\r\n"), errc::response_too_large, phase::reading);
    auto until_close = reply;
    until_close.framing = reply_framing::until_close;
    check_both(until_close, errc::response_too_large, phase::reading);

    // Beast has a limit of 8 MiB of its own.
    auto const large = scripted_reply::completion(std::string(9 * 1024 * 1024, 'x'));
    require_success(*answered_with(large, scheme::http, 0));
    require_success(*answered_with(chunked(large), scheme::http, 10'000'000));
}

BOOST_AUTO_TEST_CASE(one_call_has_a_limit_of_its_own) {
    client_fixture w;
    w.config.max_response_size = 100;
    auto const client = w.make_client();
    check_failure(*ask(w, client), errc::response_too_large, phase::reading);
    request_options options;
    options.max_response_size = 10'000;
    require_success(*ask(w, client, hello(), options));
    options.max_response_size = 0;
    require_success(*ask(w, client, hello(), options));
}

BOOST_AUTO_TEST_CASE(announcements_that_nobody_can_keep) {
    for (std::string const length : {"18446744073709551615", "9223372036854775807", "1000000000000"}) {
        auto const reply = raw(ok_head + "Content-Length: " + length + "\r\n\r\n{");
        check_failure(*answered_with(reply), errc::response_too_large, phase::reading);
        check_failure(*answered_with(reply, scheme::http, 0), errc::truncated_response, phase::reading);
    }
    auto const chunk = raw(ok_head + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{");
    check_failure(*answered_with(chunk), errc::response_too_large, phase::reading);
    auto const overflow = raw(ok_head + "Transfer-Encoding: chunked\r\n\r\n1ffffffffffffffff\r\n{");
    check_failure(*answered_with(overflow), errc::invalid_http, phase::reading);
}

BOOST_AUTO_TEST_CASE(not_http) {
    std::vector<std::string> const noises{
        "This is not HTTP at all\r\n\r\n",
        "ICY 200 OK\r\n\r\n",
        "HTTP/2.0 200 OK\r\n\r\n",
        "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 abc OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nNo colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\nBad name: x\r\n\r\n",
        std::string("HTTP/1.1 200 OK\r\nX: \0\r\n\r\n", 25),
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: foo\r\nConnection: upgrade\r\n\r\n",
        "\r\n\r\n\r\n\r\n",
        std::string(100, '\0'),
        "{\"id\":\"x\",\"choices\":[]}",
        ok_head + "Content-Length: abc\r\n\r\n",
        ok_head + "Content-Length: -1\r\n\r\n",
        ok_head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        ok_head + "Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n"
    };
    for (auto const& noise : noises) {
        BOOST_TEST_CONTEXT(noise) { check_both(raw(noise), errc::invalid_http, phase::reading); }
    }
    client_fixture w(scheme::http);
    w.server->set_accept_fault(accept_fault::garbage);
    auto const client = w.make_client();
    check_failure(*ask(w, client), errc::invalid_http, phase::reading);
}

// Two ways to give the length are a way to make two readers disagree about where a reply ends.
BOOST_AUTO_TEST_CASE(contradictory_lengths) {
    std::string const chunks = "2\r\n{}\r\n0\r\n\r\n";
    std::string const coding = "Transfer-Encoding: chunked\r\n";
    std::vector<std::string> const replies{
        ok_head + length_field(12) + coding + "\r\n" + chunks,
        ok_head + coding + length_field(12) + "\r\n" + chunks,
        ok_head + length_field(2) + length_field(3) + "\r\n{}x"
    };
    for (auto const& reply : replies) {
        BOOST_TEST_CONTEXT(reply) {
            check_failure(*answered_with(raw(reply)), errc::invalid_http, phase::reading);
        }
    }
}

BOOST_AUTO_TEST_CASE(garbage_around_the_reply) {
    auto before = scripted_reply::completion("x");
    before.prefix = "garbage";
    check_both(before, errc::invalid_http, phase::reading);
    for (auto const s : {scheme::http, scheme::https}) {
        for (std::string const suffix : {"\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"}) {
            client_fixture w(s);
            auto const client = w.make_client();
            auto after = scripted_reply::completion("good");
            after.suffix = suffix;
            w.server->enqueue(after);
            BOOST_TEST(ask_well(w, client)->response.text() == "good");
            auto const next = ask_well(w, client);
            BOOST_TEST(next->response.text() == "Hello");
            BOOST_TEST(!next->info().connection_reused);
            BOOST_TEST(client.stats().replays == 0U);
        }
    }
}

BOOST_AUTO_TEST_CASE(not_json) {
    std::string const deep = R"({"id":)" + std::string(10'000, '[') + std::string(10'000, ']') + "}";
    std::string const deep_objects = [] {
        std::string text;
        for (int i = 0; i < 10'000; ++i) text += "{\"a\":";
        return text;
    }();
    for (auto const& body :
         {std::string("{\"id\":"), std::string("{]"), deep, deep_objects, completion + "}"}) {
        auto const result = answered_with(scripted_reply(200, body));
        BOOST_TEST(bool(result->ec));
        check_failure(*result, errc::invalid_json, phase::finished);
    }
    check_detail(*answered_with(scripted_reply(200, deep)), "nested too deeply");
}

// Beast 1.81 asserts if the end of an empty chunked body arrives in these pieces.
BOOST_AUTO_TEST_CASE(last_chunk_in_pieces) {
    auto const head = ok_head + "Transfer-Encoding: chunked\r\n\r\n";
    auto cut = raw(head + "0\r\n\r");
    cut.trickle_bytes = head.size() + 3;
    cut.trickle_interval = 1ms;
    check_failure(*answered_with(cut), errc::truncated_response, phase::reading);
    auto whole = raw(head + "0\r\n\r\n");
    whole.trickle_bytes = 1;
    whole.trickle_interval = 1ms;
    check_failure(*answered_with(whole), errc::empty_response, phase::finished);
}

BOOST_AUTO_TEST_CASE(every_byte_on_its_own) {
    for (auto const s : {scheme::http, scheme::https}) {
        auto reply = scripted_reply(200, completion);
        reply.trickle_head = true;
        reply.trickle_bytes = 1;
        reply.trickle_interval = 20us;
        reply.interim = {103};
        for (auto const framing :
             {reply_framing::content_length, reply_framing::chunked, reply_framing::until_close}) {
            reply.framing = framing;
            reply.chunk_size = 50;
            auto const result = answered_with(reply, s);
            require_success(*result);
            BOOST_TEST(result->response.text().starts_with("Hello! It's nice"));
        }
    }
}

BOOST_AUTO_TEST_CASE(configurations_that_cannot_work) {
    check_refusal(
        [](client_fixture& w) { w.endpoint.key = "test-key\r\nX-Evil: 1"; },
        "provider: provider::key"
    );
    check_refusal([](client_fixture& w) { w.endpoint.add_header("X-A", "test-key\nb"); }, "provider: X-A");
    check_refusal([](client_fixture& w) { w.endpoint.add_header("X-A\r\nX-B", "1"); }, "provider: headers");
    check_refusal(
        [](client_fixture& w) { w.endpoint.add_header("Content-Length", "5"); },
        "provider: Content-Length"
    );
    check_refusal([](client_fixture& w) { w.config.user_agent = "a\nb"; }, "provider: User-Agent");
    for (auto const* url :
         {"",
          "nonsense",
          "ftp://127.0.0.1/v1",
          "https://",
          "https://host:99999",
          "https://host:port",
          "https://user@host",
          "https://ho st/",
          "https://host/v1?x=\x7f",
          "https://host/\r\nX: 1",
          "https://[::1/"}) {
        check_refusal([url](client_fixture& w) { w.endpoint.base_url = url; }, "base_url: ");
    }
    check_refusal([](client_fixture& w) { w.config.proxy = "https://proxy:1"; }, "proxy: ");
    check_refusal([](client_fixture& w) { w.config.pool.max_connections = 0; }, "pool.max_connections: ");
    check_refusal([](client_fixture& w) { w.config.timeouts.total = -1ms; }, "timeouts.total: ");
    check_refusal([](client_fixture& w) { w.config.max_header_size = 10; }, "max_header_size: ");
}

BOOST_AUTO_TEST_CASE(requests_that_cannot_work) {
    client_fixture w;
    auto const client = w.make_client();
    request_options options;
    options.headers.emplace_back("X-A", "a\r\nX-B: b");
    auto hot = hello();
    hot.temperature = 3;
    std::vector<std::pair<call_ptr, std::string_view>> const refused{
        {ask(w, client, chat_request("").user("Hello")), "model"},
        {ask(w, client, chat_request("some/model")), "messages"},
        {ask(w, client, hot), "temperature"},
        {ask(w, client, hello(), options), "X-A"}
    };
    for (auto const& [result, field] : refused) {
        check_failure(*result, errc::invalid_request, phase::preparing);
        check_detail(*result, field);
        BOOST_TEST(result->info().attempts == 0);
    }
    BOOST_TEST(w.server->stats().connections_accepted == 0U);
    BOOST_TEST(client.stats().calls_failed == refused.size());
}

BOOST_AUTO_TEST_SUITE_END()
