// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/http2/frame_client.hpp"
#include "support/http2/provider_replies.hpp"
#include "support/servers/raw_client.hpp"
#include "support/servers/running_provider.hpp"
#include <async_llm/testing/mock_provider.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

// Replies of the mock provider that go wrong over HTTP/2. What the frames of a script do to a connection is
// in mock_http2_frames.cpp.

namespace {

namespace asio = boost::asio;
using namespace async_llm::testing;
using namespace std::chrono_literals;
using namespace async_llm::test::http2;
using async_llm::test::chat_body;
using async_llm::test::chat_request_text;
using async_llm::test::raw_client;
using async_llm::test::running_provider;
using event = mock_event;

scripted_reply plain(std::string body) {
    scripted_reply reply(200, std::move(body), "text/plain");
    return reply;
}

// Reply whose bytes are always the same.
scripted_reply constant(std::string body) {
    auto reply = plain(std::move(body));
    reply.headers.emplace_back("Date", "");
    reply.headers.emplace_back("x-request-id", "mine");
    return reply;
}

// A server with one reply in its queue and a client that has sent one request.
struct one_reply {
    explicit one_reply(
        scripted_reply reply,
        mock_options const& options = http2_options(),
        frame_client_settings const& settings = frame_client_settings()
    )
        : provider(options), client(provider.server.port(), settings) {
        provider.server.enqueue(std::move(reply));
        id = client.request();
    }

    stream_reply const& received() { return client.reply(id); }
    /// Returns whether another request is answered.
    bool connection_lives() { return client.reply(client.request()).is_whole; }

    running_provider provider;
    frame_client client;
    std::int32_t id = 0;
};

// All bytes that a server sends on a connection with one request.
std::string transcript(scripted_reply reply) {
    one_reply test(std::move(reply));
    return test.client.raw().receive_all();
}

} // namespace

BOOST_AUTO_TEST_SUITE(mock_http2_faults)

BOOST_AUTO_TEST_CASE(the_connection_is_cut_behind_every_byte_of_a_reply) {
    auto whole = constant("0123456789");
    whole.then = after_reply::close;
    auto const all = transcript(whole);
    for (auto const fault : {reply_fault::close, reply_fault::reset}) {
        auto reply = constant("0123456789");
        reply.fault = fault;
        auto const before = transcript(reply).size();
        BOOST_TEST(before > 0U);
        BOOST_TEST_REQUIRE(before < all.size());
        for (std::size_t n = 1; n <= all.size() - before; ++n) {
            reply.fault_after = n;
            auto const cut = transcript(reply);
            BOOST_TEST(cut.size() == before + n);
            BOOST_TEST(all.starts_with(cut), "behind " << n);
        }
        reply.fault_after = 1'000'000;
        BOOST_TEST(transcript(reply) == all);
    }
}

BOOST_AUTO_TEST_CASE(a_cut_shows_as_reset_or_as_end) {
    frame_client_settings settings;
    settings.answers = false; // a write would take the error from the read
    for (auto const fault : {reply_fault::close, reply_fault::reset}) {
        auto reply = plain("x");
        reply.fault = fault;
        one_reply test(reply, http2_options(), settings);
        test.client.read_all();
        asio::error::basic_errors const reset = asio::error::connection_reset;
        auto const error = test.client.raw().last_error();
        BOOST_TEST((error == reset) == (fault == reply_fault::reset), error.message());
        BOOST_TEST(test.provider.wait_for(event::connections_open_equal, 0));
        BOOST_TEST(test.provider.server.stats().requests_aborted == 0U);
        BOOST_TEST(test.provider.server.stats().replies_sent == 0U);
    }
}

BOOST_AUTO_TEST_CASE(a_connection_over_tls_ends_with_close_notify_if_the_script_says_so) {
    auto options = http2_options();
    options.identity = certificate_authority().issue();
    for (bool const notifies : {true, false}) {
        running_provider provider(options);
        frame_client client(provider.server.port(), {}, true);
        auto reply = plain("x");
        reply.fault = reply_fault::close;
        reply.close_notify = notifies;
        provider.server.enqueue(reply);
        client.request();
        client.read_all();
        auto const expected =
            notifies ? async_llm::error_code(asio::error::eof) : asio::ssl::error::stream_truncated;
        BOOST_TEST(client.raw().last_error() == expected);
    }
}

BOOST_AUTO_TEST_CASE(a_reply_goes_wrong_behind_so_many_parts) {
    for (auto const fault : {reply_fault::close, reply_fault::reset, reply_fault::stall}) {
        auto reply = scripted_reply::events({"data: a\n\n", "data: b\n\n", "data: c\n\n"});
        reply.fault = fault;
        reply.fault_after_parts = 2;
        one_reply test(reply);
        while (test.client.stream(test.id).pieces.size() < 2) BOOST_REQUIRE(test.client.next().has_value());
        if (fault == reply_fault::stall)
            BOOST_TEST(test.connection_lives());
        else
            test.client.read_all();
        BOOST_TEST(test.client.stream(test.id).body == "data: a\n\ndata: b\n\n");
        BOOST_TEST(!test.client.stream(test.id).is_whole);
    }
}

BOOST_AUTO_TEST_CASE(a_stalled_stream_stalls_no_other_and_counts_as_left) {
    auto const whole = constant("0123456789");
    for (std::size_t const after : {std::size_t(0), std::size_t(1), std::size_t(100), std::size_t(5000)}) {
        auto reply = constant(std::string(200, 'x'));
        reply.fault = reply_fault::stall;
        reply.fault_after = after;
        one_reply test(reply);
        BOOST_TEST(test.connection_lives());
        auto const& stalled = test.client.stream(test.id);
        BOOST_TEST(stalled.statuses.empty() == (after == 0));
        BOOST_TEST(stalled.is_whole == (after == 5000));
        BOOST_TEST(stalled.body.size() == (after == 100 ? stalled.body.size() : after == 5000 ? 200U : 0U));
        if (after == 100) {
            BOOST_TEST(stalled.body.size() > 0U);
            BOOST_TEST(stalled.body.size() < 91U);
        }
        test.client.raw().close();
        if (after != 5000) BOOST_TEST(test.provider.wait_for(event::requests_aborted, 1));
    }
}

BOOST_AUTO_TEST_CASE(a_wrong_content_length_goes_out_as_it_is) {
    auto reply = plain("four");
    reply.headers.emplace_back("Content-Length", "99");
    one_reply test(reply);
    BOOST_TEST(test.received()["content-length"] == "99");
    BOOST_TEST(test.received().body == "four");
    BOOST_TEST(test.received().is_whole);
}

BOOST_AUTO_TEST_CASE(trickled_and_padded_bodies_take_their_time) {
    auto reply = plain("abcdefg");
    reply.padding_lines = 2;
    reply.padding_interval = 10ms;
    reply.trickle_bytes = 3;
    reply.trickle_interval = 20ms;
    auto const start = std::chrono::steady_clock::now();
    one_reply test(reply);
    BOOST_TEST(test.received().body == "\n\nabcdefg");
    BOOST_TEST((std::chrono::steady_clock::now() - start >= 60ms));
    BOOST_TEST(test.received().pieces.size() >= 5U);
    BOOST_TEST(test.received()["content-length"] == "9");
}

BOOST_AUTO_TEST_CASE(bytes_around_a_reply_and_in_its_place) {
    auto reply = plain("x");
    reply.prefix = make_frame(frame_type::unknown, 0, 0, "before");
    reply.suffix = make_frame(frame_type::unknown, 0, 0, "behind");
    one_reply around(reply);
    auto const first = around.client.next(frame_type::unknown);
    BOOST_TEST_REQUIRE(first.has_value());
    BOOST_TEST(first->payload == "before");
    BOOST_TEST(around.client.stream(around.id).statuses.empty());
    auto const second = around.client.next(frame_type::unknown);
    BOOST_TEST_REQUIRE(second.has_value());
    BOOST_TEST(second->payload == "behind");
    BOOST_TEST(around.received().is_whole);
    auto raw = scripted_reply::raw("not HTTP at all");
    raw.then = after_reply::close;
    BOOST_TEST(transcript(raw).ends_with("not HTTP at all"));
}

BOOST_AUTO_TEST_CASE(connections_end_behind_a_reply) {
    for (auto const then : {after_reply::announce_close, after_reply::close, after_reply::reset}) {
        auto reply = plain("x");
        reply.then = then;
        one_reply test(reply);
        test.client.read_all();
        BOOST_TEST(test.client.stream(test.id).is_whole);
        BOOST_TEST(test.client.goaways().size() == (then == after_reply::announce_close ? 1U : 0U));
    }
    auto silent = plain("x");
    silent.then = after_reply::stay_silent;
    one_reply test(silent);
    BOOST_TEST(test.received().is_whole);
    test.client.request();
    test.client.raw().close();
    BOOST_TEST(test.provider.wait_for(event::connections_open_equal, 0));
    BOOST_TEST(test.provider.server.request_count() == 1U);
}

BOOST_AUTO_TEST_CASE(a_responder_that_throws_makes_a_500) {
    running_provider provider(http2_options());
    provider.server.respond_with([](received_request const&) -> scripted_reply {
        throw std::runtime_error("on purpose");
    });
    frame_client client(provider.server.port());
    auto const& reply = client.reply(client.request());
    BOOST_TEST(reply[":status"] == "500");
    BOOST_TEST(reply.body.find("on purpose") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_head_of_any_size) {
    auto reply = plain("x");
    for (int i = 0; i < 300; ++i)
        reply.headers.emplace_back("x-" + std::to_string(i), std::string(1000, 'x'));
    one_reply test(reply);
    BOOST_TEST(test.received().list.size() > 300U);
    BOOST_TEST(test.client.count(frame_type::continuation) > 10U);
    BOOST_TEST(test.received().body == "x");
}

// What goes on on one stream ends with it.
BOOST_AUTO_TEST_CASE(endless_frames_until_the_client_resets_their_stream) {
    for (auto const part :
         {endless_part::interim_replies, endless_part::chunk_extension, endless_part::body}) {
        auto reply = plain("x");
        reply.endless = part;
        one_reply test(reply);
        bool const in_body = part != endless_part::interim_replies;
        auto const type = in_body ? frame_type::data : frame_type::headers;
        while (test.client.count(type) < 2000) BOOST_REQUIRE(test.client.next().has_value());
        auto const& stream = test.client.stream(test.id);
        BOOST_TEST(!stream.is_whole);
        if (part == endless_part::interim_replies) BOOST_TEST(stream.statuses.back() == 103);
        if (part == endless_part::chunk_extension) BOOST_TEST(stream.body == "x");
        if (part == endless_part::body) BOOST_TEST(stream.body.size() > 1'000'000U);
        test.client.send(reset(test.id, 8));
        BOOST_TEST(test.connection_lives());
        BOOST_TEST(test.provider.server.stats().requests_aborted == 1U);
    }
}

BOOST_AUTO_TEST_CASE(heads_and_trailers_that_never_end) {
    for (auto const part : {endless_part::headers, endless_part::trailers}) {
        auto reply = plain("x");
        reply.endless = part;
        one_reply test(reply);
        while (test.client.count(frame_type::continuation) < 200)
            BOOST_REQUIRE(test.client.next().has_value());
        bool const of_trailers = part == endless_part::trailers;
        BOOST_TEST(test.client.stream(test.id).statuses.size() == (of_trailers ? 1U : 0U));
        BOOST_TEST(test.client.stream(test.id).body == (of_trailers ? "x" : ""));
        test.client.raw().reset();
        BOOST_TEST(test.provider.wait_for(event::requests_aborted, 1));
        BOOST_TEST(test.provider.wait_for(event::connections_open_equal, 0));
    }
}

// -------------------------------------------------------------------------------- faults of a connection

BOOST_AUTO_TEST_CASE(settings_that_are_never_sent) {
    running_provider provider(http2_options());
    provider.server.set_accept_fault(accept_fault::no_settings, 1);
    frame_client client(provider.server.port());
    BOOST_TEST(client.reply(client.request()).is_whole);
    BOOST_TEST(client.limits().empty());
    // Confirms the client's.
    BOOST_TEST(client.count(frame_type::settings) == 1U);
    frame_client next(provider.server.port());
    next.reply(next.request());
    BOOST_TEST(next.limits().size() == 1U);
}

BOOST_AUTO_TEST_CASE(windows_that_are_never_returned) {
    for (auto const fault : {accept_fault::no_windows, accept_fault::none}) {
        running_provider provider(http2_options());
        provider.server.set_accept_fault(fault);
        frame_client client(provider.server.port());
        auto const id = client.begin();
        for (int i = 0; i < 4; ++i) client.send(data(id, std::string(16'000, 'x')));
        client.send(ping());
        BOOST_REQUIRE(client.next(frame_type::ping).has_value());
        bool const returned = client.count(frame_type::window_update) != 0;
        BOOST_TEST(returned == (fault == accept_fault::none));
        BOOST_TEST(provider.server.request_count() == 0U);
        BOOST_TEST(client.reply(client.request()).is_whole == true);
    }
}

BOOST_AUTO_TEST_CASE(pings_that_are_never_answered) {
    running_provider provider(http2_options());
    provider.server.set_accept_fault(accept_fault::no_ping_answers);
    frame_client client(provider.server.port());
    client.send(ping());
    BOOST_TEST(client.reply(client.request()).is_whole);
    BOOST_TEST(client.count(frame_type::ping) == 0U);
    BOOST_TEST(provider.wait_for(event::pings_received, 1));
}

BOOST_AUTO_TEST_CASE(faults_of_http2_leave_http_1_alone) {
    for (auto const fault :
         {accept_fault::no_settings, accept_fault::no_windows, accept_fault::no_ping_answers}) {
        running_provider provider(http2_options());
        provider.server.set_accept_fault(fault);
        raw_client client(provider.server.port());
        BOOST_REQUIRE(!client.connect());
        BOOST_TEST(client.exchange(chat_request_text(chat_body("x"))).status == 200);
    }
}

BOOST_AUTO_TEST_SUITE_END()
