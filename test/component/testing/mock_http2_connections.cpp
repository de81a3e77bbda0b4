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

// Life and end of the mock provider's HTTP/2 connections and streams.

namespace {

using namespace async_llm::testing;
using namespace std::chrono_literals;
using namespace async_llm::test::http2;
using async_llm::test::chat_body;
using async_llm::test::raw_client;
using async_llm::test::running_provider;
using event = mock_event;

} // namespace

BOOST_AUTO_TEST_SUITE(mock_http2_connections)

BOOST_AUTO_TEST_CASE(a_reset_by_the_client_ends_its_reply_alone) {
    running_provider provider(http2_options());
    frame_client client(provider.server.port());
    provider.server.enqueue(never());
    provider.server.enqueue(never());
    auto const first = client.request();
    client.request();
    BOOST_REQUIRE(provider.wait_for(event::requests, 2));
    client.send(reset(first, 8));
    BOOST_TEST(provider.wait_for(event::streams_reset, 1));
    BOOST_TEST(provider.wait_for(event::requests_aborted, 1));
    BOOST_TEST(text_of(client.reply(client.request(chat_body("on"))).body) == "on");
    BOOST_TEST(provider.server.stats().requests_aborted == 1U);
    // Of a reply that is complete it ends nothing.
    client.send(reset(5, 8));
    BOOST_TEST(provider.wait_for(event::streams_reset, 2));
    BOOST_TEST(provider.server.stats().requests_aborted == 1U);
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves_aborts_all_of_its_requests) {
    for (bool const in_order : {true, false}) {
        running_provider provider(http2_options());
        frame_client client(provider.server.port());
        provider.server.enqueue(scripted_reply::completion("in time"));
        provider.server.respond_with([](received_request const&) { return never(); });
        client.reply(client.request());
        for (int i = 0; i < 3; ++i) client.request();
        BOOST_REQUIRE(provider.wait_for(event::requests, 4));
        if (in_order)
            client.raw().close();
        else
            client.raw().reset();
        BOOST_TEST(provider.wait_for(event::requests_aborted, 3));
        BOOST_TEST(provider.wait_for(event::connections_open_equal, 0));
        BOOST_TEST(provider.server.stats().requests_aborted == 3U);
        BOOST_TEST(provider.server.stats().replies_sent == 1U);
    }
}

BOOST_AUTO_TEST_CASE(streams_are_limited_as_announced) {
    auto options = http2_options();
    options.max_concurrent_streams = 2;
    running_provider provider(options);
    provider.server.respond_with([](received_request const&) { return never(); });
    frame_client client(provider.server.port());
    BOOST_REQUIRE(client.next(frame_type::settings).has_value());
    BOOST_TEST(client.limits() == std::vector<std::uint32_t>{2}, boost::test_tools::per_element());
    for (int i = 0; i < 2; ++i) client.request();
    auto const third = client.request();
    client.read_all();
    BOOST_TEST(provider.server.request_count() == 2U);
    BOOST_TEST(client.stream(third).statuses.empty());
}

BOOST_AUTO_TEST_CASE(limits_change_on_open_and_later_connections) {
    running_provider provider(http2_options());
    frame_client client(provider.server.port());
    client.reply(client.request());
    provider.server.announce_max_streams(0);
    BOOST_REQUIRE(client.next(frame_type::settings).has_value());
    frame_client late(provider.server.port());
    BOOST_REQUIRE(late.next(frame_type::settings).has_value());
    BOOST_TEST(late.limits() == std::vector<std::uint32_t>{0}, boost::test_tools::per_element());
    provider.server.announce_max_streams(7);
    BOOST_REQUIRE(client.next(frame_type::settings).has_value());
    BOOST_TEST(client.limits() == (std::vector<std::uint32_t>{128, 0, 7}), boost::test_tools::per_element());
    BOOST_TEST(client.reply(client.request()).is_whole);
}

BOOST_AUTO_TEST_CASE(no_limit_is_named_if_there_is_none) {
    auto options = http2_options();
    options.max_concurrent_streams = 0;
    running_provider provider(options);
    frame_client client(provider.server.port());
    BOOST_REQUIRE(client.next(frame_type::settings).has_value());
    BOOST_TEST(client.limits().empty());
}

BOOST_AUTO_TEST_CASE(closing_idle_connections_waits_for_their_streams) {
    running_provider provider(http2_options());
    frame_client idle(provider.server.port());
    frame_client busy(provider.server.port());
    idle.reply(idle.request());
    provider.server.enqueue(after(50ms, "served"));
    auto const id = busy.request();
    BOOST_REQUIRE(provider.wait_for(event::requests, 2));
    provider.server.close_idle_connections();
    idle.read_all();
    BOOST_TEST(idle.goaways().size() == 1U);
    busy.read_all();
    BOOST_TEST(text_of(busy.reply(id).body) == "served");
    BOOST_TEST_REQUIRE(busy.goaways().size() == 1U);
    BOOST_TEST(busy.goaways()[0].first == id);
    BOOST_TEST(busy.goaways()[0].second == 0U);
    BOOST_TEST(provider.server.stats().goaways_sent == 2U);
    BOOST_TEST(provider.wait_for(event::connections_open_equal, 0));
}

BOOST_AUTO_TEST_CASE(a_connection_ends_after_so_many_requests) {
    auto options = http2_options();
    options.max_requests_per_connection = 2;
    running_provider provider(options);
    provider.server.respond_with([](received_request const&) { return after(20ms); });
    frame_client client(provider.server.port());
    std::vector<std::int32_t> ids;
    for (int i = 0; i < 3; ++i) ids.push_back(client.request());
    client.read_all();
    BOOST_TEST(client.stream(ids[0]).is_whole);
    BOOST_TEST(client.stream(ids[1]).is_whole);
    BOOST_TEST(client.stream(ids[2]).statuses.empty());
    BOOST_TEST_REQUIRE(client.goaways().size() == 1U);
    BOOST_TEST(client.goaways()[0].first == ids[1]);
    BOOST_TEST(provider.server.request_count() == 2U);
}

BOOST_AUTO_TEST_CASE(a_connection_ends_after_so_many_requests_unannounced) {
    auto options = http2_options();
    options.max_requests_per_connection = 2;
    options.announce_close = false;
    running_provider provider(options);
    frame_client client(provider.server.port());
    BOOST_TEST(client.reply(client.request()).is_whole);
    auto const second = client.request();
    client.read_all();
    BOOST_TEST(client.stream(second).is_whole);
    BOOST_TEST(client.goaways().empty());
}

BOOST_AUTO_TEST_CASE(a_connection_without_a_stream_ends) {
    auto options = http2_options();
    options.idle_timeout = 50ms;
    running_provider provider(options);
    provider.server.respond_with([](received_request const&) { return after(120ms); });
    frame_client busy(provider.server.port());
    auto const id = busy.request();
    busy.read_all();
    BOOST_TEST(busy.stream(id).is_whole);
    BOOST_TEST(busy.goaways().size() == 1U);
    frame_client idle(provider.server.port());
    idle.read_all();
    BOOST_TEST(idle.goaways().size() == 1U);
    // Before a client has said which protocol it speaks.
    raw_client silent(provider.server.port());
    BOOST_REQUIRE(!silent.connect());
    BOOST_TEST(silent.receive_all().empty());
    BOOST_TEST(silent.last_error() != boost::asio::error::timed_out);
    raw_client undecided(provider.server.port());
    BOOST_REQUIRE(!undecided.connect());
    provider.server.close_idle_connections();
    BOOST_TEST(undecided.receive_all().empty());
}

BOOST_AUTO_TEST_CASE(settings_may_come_late) {
    auto options = http2_options();
    options.settings_delay = 60ms;
    running_provider provider(options);
    auto const start = std::chrono::steady_clock::now();
    frame_client client(provider.server.port());
    auto const id = client.request();
    auto const first = client.next();
    BOOST_TEST((std::chrono::steady_clock::now() - start >= 60ms));
    BOOST_TEST_REQUIRE(first.has_value());
    BOOST_TEST((first->type == frame_type::settings));
    BOOST_TEST(client.reply(id).is_whole);
}

BOOST_AUTO_TEST_CASE(a_connection_that_breaks_the_rules_ends_with_goaway) {
    running_provider provider(http2_options());
    frame_client client(provider.server.port());
    client.send(data(1, "no such stream"));
    client.read_all();
    BOOST_TEST_REQUIRE(client.goaways().size() == 1U);
    BOOST_TEST(client.goaways()[0].second == 1U); // PROTOCOL_ERROR
    BOOST_TEST(provider.wait_for(event::connections_open_equal, 0));
}

// libnghttp2's own bound, which others have as well.
BOOST_AUTO_TEST_CASE(a_client_that_resets_too_many_streams_is_told_to_go_away) {
    running_provider provider(http2_options());
    provider.server.respond_with([](received_request const&) { return never(); });
    frame_client client(provider.server.port());
    std::string all;
    for (std::int32_t i = 0; i < 1200; ++i) all += client.make_request() + reset(2 * i + 1, 8);
    client.send(all);
    client.read_all();
    BOOST_TEST(client.goaways().size() == 1U);
    BOOST_TEST(provider.server.stats().streams_reset >= 1000U);
    BOOST_TEST(provider.server.stats().streams_reset < 1200U);
}

BOOST_AUTO_TEST_CASE(stop_and_reset_end_connections_with_open_streams) {
    for (bool const resets : {true, false}) {
        running_provider provider(http2_options());
        provider.server.respond_with([](received_request const&) { return never(); });
        frame_client_settings settings;
        settings.answers = false; // a write would take the error from the read
        frame_client client(provider.server.port(), settings);
        for (int i = 0; i < 3; ++i) client.request();
        BOOST_REQUIRE(provider.wait_for(event::requests, 3));
        if (resets) provider.server.reset_connections();
        provider.stop();
        client.read_all();
        bool const is_reset = client.raw().last_error() == boost::asio::error::connection_reset;
        BOOST_TEST(is_reset == resets, client.raw().last_error().message());
        BOOST_TEST(provider.server.stats().requests_aborted == 0U);
        BOOST_TEST(provider.server.stats().connections_open == 0U);
    }
}

BOOST_AUTO_TEST_SUITE_END()
