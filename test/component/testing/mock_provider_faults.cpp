// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)
#include "support/servers/raw_client.hpp"
#include "support/servers/running_provider.hpp"
#include <async_llm/testing/mock_provider.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <utility>

namespace {

namespace asio = boost::asio;
using namespace async_llm::testing;
using namespace std::chrono_literals;
using async_llm::test::chat_body;
using async_llm::test::chat_request_text;
using async_llm::test::raw_client;
using async_llm::test::raw_tls;
using async_llm::test::running_provider;
using event = mock_event;

std::string const request_text = chat_request_text(chat_body("x"));

// A server with one reply in its queue and a client that has sent one request.
struct one_reply {
    explicit one_reply(scripted_reply reply, mock_options options = mock_options())
        : provider(std::move(options)), client(provider.server.port()) {
        provider.server.enqueue(std::move(reply));
        BOOST_REQUIRE(!client.connect());
        BOOST_REQUIRE(!client.send(request_text));
    }

    running_provider provider;
    raw_client client;
};

scripted_reply plain(std::string body) {
    scripted_reply reply(200, std::move(body), "text/plain");
    return reply;
}

mock_options tls_options() { return mock_options(provider_dialect::openai, certificate_authority().issue()); }

} // namespace

BOOST_AUTO_TEST_SUITE(mock_provider_faults)

BOOST_AUTO_TEST_CASE(verbatim_reply_with_own_fields) {
    auto reply = plain("body");
    reply.status = 218;
    reply.reason = "This Is Fine";
    reply.headers.emplace_back("X-A", "1");
    reply.headers.emplace_back("X-A", "2");
    reply.headers.emplace_back("Date", "");
    reply.headers.emplace_back("content-type", "text/html");
    reply.headers.emplace_back("x-request-id", "mine");
    one_reply test(reply);
    auto const received = test.client.receive_reply();
    BOOST_TEST(
        received.head ==
        "HTTP/1.1 218 This Is Fine\r\nContent-Type: text/html\r\nContent-Length: 4\r\n"
        "X-A: 1\r\nX-A: 2\r\nx-request-id: mine\r\n\r\n"
    );
    BOOST_TEST(received.body == "body");
}

BOOST_AUTO_TEST_CASE(raw_bytes) {
    auto reply = scripted_reply::raw("not HTTP at all");
    reply.then = after_reply::close;
    BOOST_TEST(one_reply(reply).client.receive_all() == "not HTTP at all");
}

BOOST_AUTO_TEST_CASE(latency_comes_before_the_first_byte) {
    auto reply = plain("late");
    reply.latency = 60ms;
    auto const start = std::chrono::steady_clock::now();
    one_reply test(reply);
    BOOST_TEST(test.client.receive(1) == "H");
    BOOST_TEST((std::chrono::steady_clock::now() - start >= 60ms));
}

BOOST_AUTO_TEST_CASE(chunks_and_trailers) {
    auto reply = plain("0123456789");
    reply.framing = reply_framing::chunked;
    reply.chunk_size = 4;
    reply.trailers.emplace_back("X-Sum", "45");
    one_reply test(reply);
    auto const head = test.client.receive_until("\r\n\r\n");
    BOOST_TEST(head.find("Transfer-Encoding: chunked\r\n") != std::string::npos);
    BOOST_TEST(head.find("Content-Length") == std::string::npos);
    auto const body = test.client.receive_until("\r\n\r\n");
    BOOST_TEST(body == "4\r\n0123\r\n4\r\n4567\r\n2\r\n89\r\n0\r\nX-Sum: 45\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(close_delimited_http_1_0) {
    auto reply = plain("until the end");
    reply.framing = reply_framing::until_close;
    auto const all = one_reply(reply).client.receive_all();
    BOOST_TEST(all.starts_with("HTTP/1.0 200 OK\r\n"));
    BOOST_TEST(all.ends_with("\r\n\r\nuntil the end"));
    BOOST_TEST(all.find("Content-Length") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(trickles_the_body) {
    auto reply = plain("abcdefg");
    reply.trickle_bytes = 3;
    reply.trickle_interval = 20ms;
    auto const start = std::chrono::steady_clock::now();
    one_reply test(reply);
    BOOST_TEST(test.client.receive_reply().body == "abcdefg");
    BOOST_TEST((std::chrono::steady_clock::now() - start >= 40ms));
}

BOOST_AUTO_TEST_CASE(pads_with_newlines) {
    for (auto const interval : {0ms, 5ms}) {
        auto reply = plain("{}");
        reply.padding_lines = 5;
        reply.padding_interval = interval;
        auto const start = std::chrono::steady_clock::now();
        one_reply test(reply);
        BOOST_TEST(test.client.receive_reply().body == "\n\n\n\n\n{}");
        BOOST_TEST((std::chrono::steady_clock::now() - start >= 5 * interval));
    }
}

BOOST_AUTO_TEST_CASE(interim_replies_come_first) {
    auto reply = plain("final");
    reply.interim = {100, 103};
    one_reply test(reply);
    BOOST_TEST(test.client.receive_reply().status == 100);
    BOOST_TEST(test.client.receive_reply().status == 103);
    BOOST_TEST(test.client.receive_reply().body == "final");
}

BOOST_AUTO_TEST_CASE(garbage_around_the_reply) {
    auto reply = plain("x");
    reply.prefix = "before";
    reply.suffix = "after";
    reply.then = after_reply::close;
    auto const all = one_reply(reply).client.receive_all();
    BOOST_TEST(all.starts_with("beforeHTTP/1.1 200"));
    BOOST_TEST(all.ends_with("\r\n\r\nxafter"));
}

BOOST_AUTO_TEST_CASE(reset_and_close_after_so_many_bytes) {
    for (auto const fault : {reply_fault::reset, reply_fault::close}) {
        for (std::size_t const bytes : {0U, 12U, 100'000U}) {
            auto reply = plain(std::string(1000, 'x'));
            reply.fault = fault;
            reply.fault_after = bytes;
            one_reply test(reply);
            auto const all = test.client.receive_all();
            auto const expected = fault == reply_fault::reset
                ? asio::error::make_error_code(asio::error::connection_reset)
                : asio::error::make_error_code(asio::error::eof);
            BOOST_TEST((test.client.last_error() == expected));
            // A reset may overtake bytes that were sent before it.
            if (fault == reply_fault::close)
                BOOST_TEST((bytes < 1000 ? all.size() == bytes : all.size() > 1000));
            BOOST_TEST(test.provider.wait_for(event::connections_open_equal, 0));
            BOOST_TEST(test.provider.server.stats().replies_sent == 0U);
            BOOST_TEST(test.provider.server.stats().requests_aborted == 0U);
        }
    }
}

BOOST_AUTO_TEST_CASE(stalls_until_the_client_leaves) {
    auto reply = plain("x");
    reply.fault = reply_fault::stall;
    reply.fault_after = 15;
    one_reply test(reply);
    BOOST_TEST(test.client.receive(15) == "HTTP/1.1 200 OK");
    test.client.close();
    BOOST_TEST(test.provider.wait_for(event::requests_aborted, 1));
    BOOST_TEST(test.provider.wait_for(event::connections_open_equal, 0));
}

BOOST_AUTO_TEST_CASE(endless_parts) {
    struct expectation {
        endless_part part;
        std::string text;
    };
    for (auto const& [part, text] :
         {expectation{endless_part::interim_replies, "HTTP/1.1 103 Early Hints\r\n"},
          expectation{endless_part::headers, "\r\nX-Endless: x"},
          expectation{endless_part::body, "xxxxxxxxxx\r\n4000\r\nxxxx"},
          expectation{endless_part::chunk_extension, "\"xxxx"},
          expectation{endless_part::trailers, "x\r\n0\r\nX-Endless: x"}}) {
        auto reply = plain("x");
        reply.endless = part;
        one_reply test(reply);
        auto const received = test.client.receive(3'000'000);
        BOOST_TEST(received.size() == 3'000'000U);
        BOOST_TEST(received.find(text) != std::string::npos);
        test.client.close();
        BOOST_TEST(test.provider.wait_for(event::requests_aborted, 1));
        BOOST_TEST(test.provider.wait_for(event::connections_open_equal, 0));
    }
}

BOOST_AUTO_TEST_CASE(ends_of_the_connection_after_the_reply) {
    for (auto const then : {after_reply::announce_close, after_reply::close, after_reply::reset}) {
        auto reply = plain("x");
        reply.then = then;
        one_reply test(reply);
        auto const received = test.client.receive_reply();
        bool const announced = received.head.find("Connection: close\r\n") != std::string::npos;
        BOOST_TEST(announced == (then == after_reply::announce_close));
        test.client.receive_all();
        auto const expected = then == after_reply::reset
            ? asio::error::make_error_code(asio::error::connection_reset)
            : asio::error::make_error_code(asio::error::eof);
        BOOST_TEST((test.client.last_error() == expected));
        BOOST_TEST(test.provider.server.stats().replies_sent == 1U);
    }
}

BOOST_AUTO_TEST_CASE(silence_after_the_reply) {
    auto reply = plain("x");
    reply.then = after_reply::stay_silent;
    one_reply test(reply);
    BOOST_TEST(test.client.receive_reply().body == "x");
    BOOST_REQUIRE(!test.client.send(request_text));
    test.client.close();
    BOOST_TEST(test.provider.wait_for(event::connections_open_equal, 0));
    BOOST_TEST(test.provider.server.request_count() == 1U);
}

BOOST_AUTO_TEST_CASE(close_after_so_many_requests) {
    for (bool const announced : {true, false}) {
        mock_options options;
        options.max_requests_per_connection = 2;
        options.announce_close = announced;
        running_provider provider(options);
        raw_client client(provider.server.port());
        BOOST_REQUIRE(!client.connect());
        BOOST_TEST(client.exchange(request_text).head.find("Connection: close") == std::string::npos);
        auto const last = client.exchange(request_text);
        BOOST_TEST((last.head.find("Connection: close") != std::string::npos) == announced);
        BOOST_TEST(client.receive_all().empty());
    }
}

BOOST_AUTO_TEST_CASE(close_when_idle) {
    mock_options options;
    options.idle_timeout = 30ms;
    running_provider provider(options);
    raw_client client(provider.server.port());
    BOOST_REQUIRE(!client.connect());
    BOOST_TEST(client.exchange(request_text).status == 200);
    BOOST_TEST(client.receive_all().empty());
    BOOST_TEST((client.last_error() == asio::error::eof));
}

BOOST_AUTO_TEST_CASE(close_idle_connections_leaves_busy_ones) {
    auto slow = plain("slow");
    slow.latency = 50ms;
    one_reply busy(slow);
    raw_client idle(busy.provider.server.port());
    BOOST_REQUIRE(!idle.connect());
    BOOST_TEST(busy.provider.wait_for(event::requests, 1));
    BOOST_TEST(idle.exchange(request_text).status == 200);
    busy.provider.server.close_idle_connections();
    BOOST_TEST(idle.receive_all().empty());
    BOOST_TEST(busy.client.receive_reply().body == "slow");
    BOOST_TEST(busy.client.exchange(request_text).status == 200);
    busy.provider.server.reset_connections();
    busy.client.receive_all();
    BOOST_TEST((busy.client.last_error() == asio::error::connection_reset));
}

BOOST_AUTO_TEST_CASE(close_notify_is_sent_or_missing) {
    for (bool const sent : {true, false}) {
        for (bool const truncated : {true, false}) {
            running_provider provider(tls_options());
            auto reply = plain("x");
            reply.close_notify = sent;
            reply.then = after_reply::close;
            reply.fault = truncated ? reply_fault::close : reply_fault::none;
            reply.fault_after = 12;
            provider.server.enqueue(reply);
            raw_client client(provider.server.port());
            BOOST_REQUIRE(!client.connect());
            BOOST_REQUIRE(!client.start_tls(raw_tls()));
            BOOST_REQUIRE(!client.send(request_text));
            auto const all = client.receive_all();
            BOOST_TEST(truncated == (all == "HTTP/1.1 200"));
            auto const expected = sent ? asio::error::make_error_code(asio::error::eof)
                                       : make_error_code(asio::ssl::error::stream_truncated);
            BOOST_TEST((client.last_error() == expected));
        }
    }
}

BOOST_AUTO_TEST_CASE(accept_faults) {
    running_provider provider(tls_options());
    for (auto const fault :
         {accept_fault::reset, accept_fault::close, accept_fault::plain_text, accept_fault::garbage}) {
        provider.server.set_accept_fault(fault, 1);
        raw_client client(provider.server.port());
        // The reset may be there before connect() has looked.
        if (!client.connect()) BOOST_TEST(client.start_tls(raw_tls()).failed());
    }
    raw_client good(provider.server.port());
    BOOST_REQUIRE(!good.connect());
    BOOST_REQUIRE(!good.start_tls(raw_tls()));
    BOOST_TEST(good.exchange(request_text).status == 200);
}

BOOST_AUTO_TEST_CASE(stalled_handshake) {
    running_provider provider(tls_options());
    provider.server.set_accept_fault(accept_fault::stall);
    raw_client client(provider.server.port());
    BOOST_REQUIRE(!client.connect());
    BOOST_REQUIRE(!client.send("anything"));
    BOOST_TEST(provider.wait_for(event::connections_open_equal, 1));
    client.close();
    BOOST_TEST(provider.wait_for(event::connections_open_equal, 0));
    BOOST_TEST(provider.server.stats().handshakes_failed == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
