// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/http2/frame_client.hpp"
#include "support/http2/provider_replies.hpp"
#include "support/servers/raw_client.hpp"
#include "support/servers/running_provider.hpp"
#include <async_llm/testing/mock_provider.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

// The mock provider as a server of HTTP/2 that keeps the rules.

namespace {

using namespace async_llm::testing;
using namespace std::chrono_literals;
using namespace async_llm::test::http2;
using async_llm::test::chat_body;
using async_llm::test::chat_request_text;
using async_llm::test::raw_client;
using async_llm::test::raw_tls;
using async_llm::test::running_provider;
using event = mock_event;

mock_options secure(mock_options options) {
    options.identity = certificate_authority().issue();
    return options;
}

} // namespace

BOOST_AUTO_TEST_SUITE(mock_http2)

BOOST_AUTO_TEST_CASE(clients_choose_the_protocol_by_alpn) {
    running_provider provider(secure(http2_options()));
    frame_client modern(provider.server.port(), {}, true);
    BOOST_TEST(text_of(modern.reply(modern.request(chat_body("two"))).body) == "two");
    auto const request = provider.server.last_request();
    BOOST_TEST(request.http_version == 20U);
    BOOST_TEST(request.stream_id == 1);
    BOOST_TEST(request.tls);
    BOOST_TEST(request.server_name == "localhost");
    BOOST_TEST(request.tls_version == "TLSv1.3");
    using names = std::pair<std::string, std::string>;
    for (auto const& [offered, agreed] :
         {names("\x08http/1.1", "http/1.1"),
          names("\x02h3\x08http/1.1", "http/1.1"),
          names("\x02h3", ""),
          names("", "")}) {
        raw_tls settings;
        settings.alpn = offered;
        raw_client old(provider.server.port());
        BOOST_REQUIRE(!old.connect());
        BOOST_REQUIRE(!old.start_tls(settings));
        BOOST_TEST(old.alpn() == agreed);
        BOOST_TEST(text_of(old.exchange(chat_request_text(chat_body("one"))).body) == "one");
        BOOST_TEST(provider.server.last_request().http_version == 11U);
        BOOST_TEST(provider.server.last_request().stream_id == 0);
    }
    BOOST_TEST(provider.server.stats().connections_http2 == 1U);
}

BOOST_AUTO_TEST_CASE(without_the_option_there_is_no_http2) {
    running_provider secure_provider(secure(mock_options()));
    raw_tls settings;
    settings.alpn = "\x02h2\x08http/1.1";
    raw_client client(secure_provider.server.port());
    BOOST_REQUIRE(!client.connect());
    BOOST_REQUIRE(!client.start_tls(settings));
    BOOST_TEST(client.alpn().empty());
    BOOST_TEST(client.exchange(chat_request_text(chat_body("x"))).status == 200);
    running_provider plain_provider;
    raw_client plain(plain_provider.server.port());
    BOOST_REQUIRE(!plain.connect());
    BOOST_TEST(plain.exchange("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").head.starts_with("HTTP/1.1 400"));
}

BOOST_AUTO_TEST_CASE(clients_choose_the_protocol_by_their_first_bytes) {
    running_provider provider(http2_options());
    frame_client modern(provider.server.port());
    BOOST_TEST(text_of(modern.reply(modern.request(chat_body("two"))).body) == "two");
    BOOST_TEST(!provider.server.last_request().tls);
    for (std::string const method : {"POST", "PUT", "PRI"}) {
        raw_client old(provider.server.port());
        BOOST_REQUIRE(!old.connect());
        auto const request = method + " /v1/chat/completions HTTP/1.1\r\nHost: x\r\n\r\n";
        BOOST_TEST(old.exchange(request).head.starts_with("HTTP/1.1 "));
    }
    BOOST_TEST(provider.server.stats().connections_http2 == 1U);
}

// In one thread, so that the server has read each byte before the next is sent.
BOOST_AUTO_TEST_CASE(first_bytes_may_come_one_by_one) {
    boost::asio::io_context io;
    async_llm::testing::mock_provider server(io.get_executor(), http2_options());
    raw_client client(server.port());
    BOOST_REQUIRE(!client.connect());
    for (auto const byte : "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + settings()) {
        BOOST_REQUIRE(!client.send({&byte, 1}));
        for (int i = 0; i < 5; ++i) io.poll();
    }
    BOOST_TEST(client.receive(4).substr(3) == std::string(1, '\x04')); // SETTINGS
    BOOST_TEST(server.stats().connections_http2 == 1U);
    server.stop();
    io.run_for(20s);
    BOOST_TEST(io.stopped());
}

BOOST_AUTO_TEST_CASE(requests_are_recorded_as_they_came) {
    running_provider provider(http2_options());
    frame_client client(provider.server.port());
    client.reply(client.request(chat_body("first")));
    auto const id = client.begin({{"x-a", "1"}, {"x-a", "2"}}, "/v1/chat/completions?a=b");
    client.send(data(id, chat_body("second"), end_stream));
    client.reply(id);
    auto const request = provider.server.last_request();
    BOOST_TEST(request.method == "POST");
    BOOST_TEST(request.target == "/v1/chat/completions?a=b");
    BOOST_TEST(request.header("Host") == "localhost");
    BOOST_TEST(request.header("authorization") == "Bearer sk-test");
    BOOST_TEST(request.header_count("x-a") == 2U);
    BOOST_TEST(request.headers.size() == 5U);
    BOOST_TEST(request.last_user_text() == "second");
    BOOST_TEST(request.connection == 1U);
    BOOST_TEST(request.request_on_connection == 2U);
    BOOST_TEST(request.stream_id == 3);
}

BOOST_AUTO_TEST_CASE(replies_have_the_same_shape_and_no_field_of_the_connection) {
    running_provider provider(http2_options());
    frame_client client(provider.server.port());
    auto reply = scripted_reply(218, "body", "text/plain");
    for (auto const* const name : {"Connection", "keep-alive", "Transfer-Encoding", "Upgrade"})
        reply.headers.emplace_back(name, "x");
    reply.headers.emplace_back("X-Upper", "Kept");
    reply.interim = {100, 103};
    provider.server.enqueue(reply);
    auto const& received = client.reply(client.request());
    BOOST_TEST(received.statuses == (std::vector<int>{100, 103, 218}), boost::test_tools::per_element());
    BOOST_TEST(received.body == "body");
    BOOST_TEST(received["content-type"] == "text/plain");
    BOOST_TEST(received["content-length"] == "4");
    BOOST_TEST(received["x-upper"] == "Kept");
    BOOST_TEST(received["x-request-id"] == "req-1x1");
    BOOST_TEST(received.list.size() == 6U);
    BOOST_TEST(received.pieces.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_reply_without_a_body_is_its_head) {
    running_provider provider(http2_options());
    frame_client client(provider.server.port());
    provider.server.enqueue(scripted_reply(204, ""));
    auto const& received = client.reply(client.request());
    BOOST_TEST(received.is_whole);
    BOOST_TEST(received.pieces.empty());
    BOOST_TEST(received["content-length"] == "-");
}

BOOST_AUTO_TEST_CASE(requests_are_checked_as_over_http_1) {
    running_provider provider(http2_options());
    frame_client client(provider.server.port());
    auto const ask = [&](std::string const& path, std::string const& body) {
        auto const id = client.begin({}, path);
        client.send(data(id, body, end_stream));
        return client.reply(id).statuses.back();
    };
    BOOST_TEST(ask("/v1/chat/completions", "{}") == 400);
    BOOST_TEST(ask("/v1/chat/completions", "no JSON") == 400);
    BOOST_TEST(ask("/v1/other", chat_body("x")) == 404);
    BOOST_TEST(ask("/v1/chat/completions", chat_body("x")) == 200);
    BOOST_TEST(provider.server.requests().front().refused_with == 400);
    BOOST_TEST(provider.server.stats().requests_refused == 3U);
}

BOOST_AUTO_TEST_CASE(chunks_and_parts_are_frames) {
    running_provider provider(http2_options());
    frame_client client(provider.server.port());
    auto reply = scripted_reply(200, "0123456789", "text/plain");
    reply.framing = reply_framing::chunked;
    reply.chunk_size = 4;
    reply.parts.emplace_back(0ms, "ab");
    reply.parts.emplace_back(10ms, "cd");
    reply.trailers.emplace_back("X-Sum", "45");
    provider.server.enqueue(reply);
    auto const& received = client.reply(client.request());
    BOOST_TEST(received.body == "0123456789abcd");
    std::vector<std::size_t> const sizes{4, 4, 2, 2, 2};
    BOOST_TEST_REQUIRE(received.pieces.size() >= sizes.size());
    for (std::size_t i = 0; i < sizes.size(); ++i) BOOST_TEST(received.pieces[i] == sizes[i]);
    BOOST_TEST(received.statuses == (std::vector<int>{200, 0}), boost::test_tools::per_element());
    BOOST_TEST(received["x-sum"] == "45");
}

BOOST_AUTO_TEST_CASE(each_event_of_a_stream_is_a_frame) {
    running_provider provider(http2_options());
    frame_client client(provider.server.port());
    provider.server.enqueue(scripted_reply::stream("one two three"));
    auto const& received = client.reply(client.request());
    BOOST_TEST(received["content-type"] == "text/event-stream");
    BOOST_TEST(received["content-length"] == "-");
    BOOST_TEST(received.body.ends_with("data: [DONE]\n\n"));
    std::size_t events = 0;
    for (std::size_t at = 0; (at = received.body.find("\n\n", at)) != std::string::npos; ++at) ++events;
    BOOST_TEST(received.pieces.size() == events);
}

BOOST_AUTO_TEST_CASE(streams_run_side_by_side_each_with_its_own_wait) {
    running_provider provider(http2_options());
    frame_client client(provider.server.port());
    provider.server.enqueue(never());
    provider.server.enqueue(after(60ms, "second"));
    provider.server.enqueue(after(0ms, "third"));
    auto const start = std::chrono::steady_clock::now();
    auto const first = client.request();
    auto const second = client.request();
    auto const third = client.request();
    BOOST_TEST(text_of(client.reply(third).body) == "third");
    BOOST_TEST(!client.stream(second).is_whole);
    BOOST_TEST(text_of(client.reply(second).body) == "second");
    BOOST_TEST((std::chrono::steady_clock::now() - start >= 60ms));
    BOOST_TEST(!client.stream(first).is_whole);
    BOOST_TEST(provider.wait_for(event::replies_sent, 2));
    auto const stats = provider.server.stats();
    BOOST_TEST(stats.requests == 3U);
    BOOST_TEST(stats.replies_sent == 2U);
    BOOST_TEST(stats.max_streams_open == 3U);
    BOOST_TEST(stats.requests_aborted == 0U);
}

BOOST_AUTO_TEST_CASE(a_body_waits_for_the_windows_of_the_client) {
    running_provider provider(http2_options());
    frame_client_settings settings;
    settings.window = 65'535;
    frame_client client(provider.server.port(), settings);
    provider.server.enqueue(scripted_reply(200, std::string(100'000, 'x'), "text/plain"));
    auto const id = client.request();
    while (client.stream(id).body.size() < 65'535) BOOST_REQUIRE(client.next().has_value());
    // What it sends next shows that it was not the rest of the body.
    client.send(ping());
    BOOST_REQUIRE(client.next(frame_type::ping).has_value());
    BOOST_TEST(client.stream(id).body.size() == 65'535U);
    client.send(window_update(0, 100'000) + window_update(id, 100'000));
    BOOST_TEST(client.reply(id).body.size() == 100'000U);
}

BOOST_AUTO_TEST_CASE(large_requests_are_taken_up_to_the_limits) {
    auto options = http2_options();
    options.max_body_size = 300'000;
    running_provider provider(options);
    frame_client client(provider.server.port());
    // 65,535 bytes fit into the window; more have to wait for the server's updates.
    auto const send_body = [&](std::string const& body) {
        auto const id = client.begin();
        std::size_t window = 65'535;
        for (std::size_t at = 0; at < body.size();) {
            auto const piece = std::min({body.size() - at, window, std::size_t(16'384)});
            at += piece;
            window -= piece;
            client.send(data(id, std::string_view(body).substr(at - piece, piece), at == body.size() ? 1 : 0)
            );
            bool const is_last = at == body.size();
            while (!is_last && window < 16'384) {
                auto const update = client.next(frame_type::window_update);
                if (!update) return id;
                if (update->stream != id) continue;
                window += number_at(update->payload, 0);
            }
        }
        return id;
    };
    auto const fitting = send_body(chat_body(std::string(290'000, 'x')));
    BOOST_TEST(client.reply(fitting).statuses.back() == 200);
    auto const too_large = send_body(chat_body(std::string(310'000, 'x')));
    BOOST_TEST(client.reply(too_large).statuses.back() == 413);
    auto const head = client.begin({{"x-large", std::string(9'000, 'x')}});
    client.send(data(head, chat_body("x"), end_stream));
    BOOST_TEST(client.reply(head).statuses.back() == 200);
    fields many;
    for (int i = 0; i < 8; ++i) many.emplace_back("x-large", std::string(9'000, 'x'));
    std::string const block =
        header_block({{":method", "POST"}, {":scheme", "http"}, {":authority", "localhost"}, {":path", "/"}});
    auto const id = head + 2;
    client.send(make_frame(frame_type::headers, end_stream, id, block));
    for (std::size_t i = 0; i < many.size(); ++i)
        client.send(make_frame(
            frame_type::continuation,
            i + 1 == many.size() ? end_headers : 0,
            id,
            header_block({many[i]})
        ));
    BOOST_TEST(client.reply(id).statuses.back() == 431);
    BOOST_TEST(provider.server.request_count() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
