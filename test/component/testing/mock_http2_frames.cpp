// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/http2/frame_client.hpp"
#include "support/http2/provider_replies.hpp"
#include "support/servers/running_provider.hpp"
#include <async_llm/testing/mock_provider.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Frames that a script sends in the middle of a reply over HTTP/2.

namespace {

using namespace async_llm::testing;
using namespace std::chrono_literals;
using namespace async_llm::test::http2;
using async_llm::test::running_provider;
using event = mock_event;
using pairs = std::vector<std::pair<std::int32_t, std::uint32_t>>;

constexpr std::string_view body = "0123456789";

scripted_reply with(http2_event script) {
    scripted_reply reply(200, std::string(body), "text/plain");
    reply.http2.push_back(std::move(script));
    return reply;
}

scripted_reply late(std::chrono::milliseconds latency) {
    scripted_reply reply(200, std::string(body), "text/plain");
    reply.latency = latency;
    return reply;
}

struct scripted_connection {
    explicit scripted_connection(frame_client_settings const& settings = frame_client_settings())
        : provider(http2_options()), client(provider.server.port(), settings) {}

    std::int32_t request(scripted_reply reply) {
        provider.server.enqueue(std::move(reply));
        return client.request();
    }
    bool connection_lives() { return client.reply(client.request()).is_whole; }

    running_provider provider;
    frame_client client;
};

// Points of a reply: in front of the head, behind it, in the body, behind the last byte and behind the end.
std::vector<http2_event> at_every_point(http2_frames kind) {
    std::vector<http2_event> result{http2_event(kind)};
    for (std::size_t after = 0; after <= body.size(); ++after)
        result.push_back(http2_event::in_body(after, kind));
    result.push_back(http2_event::in_body(1000, kind));
    result.push_back(http2_event::at_end(kind));
    return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(mock_http2_frames)

BOOST_AUTO_TEST_CASE(a_stream_is_reset_with_every_code_at_every_point) {
    scripted_connection test;
    std::size_t sent = 0;
    for (std::uint32_t code = 0; code <= 13; ++code) {
        for (auto script : at_every_point(http2_frames::rst_stream)) {
            script.code = code;
            auto const id = test.request(with(script));
            auto const& stream = test.client.reply(id);
            bool const at_end = script.point == http2_point::after_end;
            if (at_end) test.client.next(frame_type::rst_stream);
            sent += at_end ? 1 : 0;
            BOOST_TEST(stream.reset == code);
            BOOST_TEST(stream.is_whole == at_end);
            BOOST_TEST(stream.statuses.size() == (script.point == http2_point::before_head ? 0U : 1U));
            auto const size = at_end ? body.size() : std::min(script.after, body.size());
            BOOST_TEST(stream.body == body.substr(0, size));
        }
    }
    BOOST_TEST(test.connection_lives());
    BOOST_TEST(test.provider.wait_for(event::replies_sent, sent + 1));
    BOOST_TEST(test.provider.server.stats().replies_sent == sent + 1);
    BOOST_TEST(test.provider.server.stats().requests_aborted == 0U);
    BOOST_TEST(test.provider.server.stats().streams_reset == 0U);
}

BOOST_AUTO_TEST_CASE(goaway_names_a_stream_before_at_or_behind_its_own) {
    for (std::int32_t const last : {-2, 0, 2}) {
        for (auto const& point : at_every_point(http2_frames::goaway)) {
            scripted_connection test;
            auto script = point;
            script.last_stream = last;
            script.code = 11;
            auto const first = test.request(late(30ms));
            auto const before = test.client.begin();
            auto const own = test.client.begin();
            auto const behind = test.client.begin();
            auto const send_body = [&test](std::int32_t id) {
                test.client.send(data(id, async_llm::test::chat_body("x"), end_stream));
            };
            test.provider.server.enqueue(with(script));
            send_body(own);
            BOOST_REQUIRE(test.client.next(frame_type::goaway).has_value());
            send_body(before);
            send_body(behind);
            auto const refused = test.client.request();
            test.client.read_all();
            BOOST_TEST(test.client.goaways() == (pairs{{own + last, 11}}));
            BOOST_TEST(test.client.stream(first).is_whole);
            BOOST_TEST(test.client.stream(before).is_whole);
            bool const at_end = script.point == http2_point::after_end;
            BOOST_TEST(test.client.stream(own).is_whole == (last >= 0 || at_end));
            BOOST_TEST(test.client.stream(behind).is_whole == (last == 2));
            BOOST_TEST(!test.client.stream(refused).is_whole);
            BOOST_TEST(test.provider.server.request_count() == (last == 2 ? 4U : 3U));
            BOOST_TEST(test.provider.wait_for(event::connections_open_equal, 0));
            BOOST_TEST(test.provider.server.stats().goaways_sent == 1U);
        }
    }
}

// A client sends them elsewhere, so that the server would act on them twice.
BOOST_AUTO_TEST_CASE(requests_beyond_a_goaway_are_not_processed_even_if_they_are_there) {
    scripted_connection test;
    test.provider.server.enqueue(with(http2_event(http2_frames::goaway)));
    std::string together;
    for (int i = 0; i < 3; ++i) together += test.client.make_request();
    test.client.send(together);
    test.client.read_all();
    BOOST_TEST(test.client.goaways() == (pairs{{1, 0}}));
    BOOST_TEST(test.client.stream(1).is_whole);
    BOOST_TEST(test.client.stream(3).statuses.empty());
    BOOST_TEST(test.provider.server.request_count() == 1U);
}

BOOST_AUTO_TEST_CASE(goaway_and_the_end) {
    scripted_connection test;
    http2_event script(http2_frames::goaway_and_close);
    script.code = 2;
    auto const first = test.request(late(1h));
    auto const second = test.request(with(script));
    test.client.read_all();
    BOOST_TEST(test.client.goaways() == (pairs{{second, 2}}));
    BOOST_TEST(test.client.stream(first).statuses.empty());
    BOOST_TEST(test.client.stream(second).statuses.empty());
}

BOOST_AUTO_TEST_CASE(goaway_in_two_phases_serves_what_came_between) {
    frame_client_settings settings;
    settings.answers = false;
    scripted_connection test(settings);
    auto const first = test.request(with(http2_event(http2_frames::graceful_goaway)));
    auto const asked = test.client.next(frame_type::ping);
    BOOST_TEST_REQUIRE(asked.has_value());
    BOOST_TEST(test.client.goaways() == (pairs{{0x7fffffff, 0}}));
    auto const second = test.client.request();
    test.client.send(ping(asked->payload, ack));
    auto const third = test.client.request();
    test.client.read_all();
    BOOST_TEST(test.client.goaways() == (pairs{{0x7fffffff, 0}, {second, 0}}));
    BOOST_TEST(test.client.stream(first).is_whole);
    BOOST_TEST(test.client.stream(second).is_whole);
    BOOST_TEST(!test.client.stream(third).is_whole);
    BOOST_TEST(test.provider.server.request_count() == 2U);
}

BOOST_AUTO_TEST_CASE(limits_are_lowered_and_raised_in_the_middle_of_a_reply) {
    scripted_connection test;
    auto reply = with(http2_event::in_body(3, http2_frames::max_streams, 0));
    reply.http2.push_back(http2_event::at_end(http2_frames::max_streams, 5));
    reply.http2.push_back(http2_event(http2_frames::max_streams, 1));
    auto const& received = test.client.reply(test.request(reply));
    BOOST_TEST(received.body == body);
    BOOST_TEST(received.pieces == (std::vector<std::size_t>{3, 7}), boost::test_tools::per_element());
    while (test.client.limits().size() < 4) BOOST_REQUIRE(test.client.next().has_value());
    BOOST_TEST(test.connection_lives());
    std::vector<std::uint32_t> const limits{128, 1, 0, 5};
    BOOST_TEST(test.client.limits() == limits, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(thousands_of_frames_that_bring_nothing) {
    struct row {
        http2_frames kind;
        frame_type type;
        std::size_t more; // frames of that type that are not of the script
    };
    std::vector<row> const table{
        {http2_frames::unknown, frame_type::unknown, 0},
        {http2_frames::empty_data, frame_type::data, 2},
        {http2_frames::settings, frame_type::settings, 2},
        {http2_frames::pings, frame_type::ping, 0},
        {http2_frames::stray_data, frame_type::data, 2},
    };
    for (auto const& [kind, type, more] : table) {
        scripted_connection test;
        auto const& received = test.client.reply(test.request(with(http2_event::in_body(4, kind, 3000))));
        BOOST_TEST(test.client.count(type) == 3000 + more);
        BOOST_TEST(received.is_whole);
        std::size_t const stray = kind == http2_frames::stray_data ? 3000 * 16 : 0;
        BOOST_TEST(received.body.size() == body.size() + stray);
        BOOST_TEST(received.body.starts_with("0123"));
        BOOST_TEST(received.body.ends_with("456789"));
        BOOST_TEST(test.connection_lives());
    }
}

BOOST_AUTO_TEST_CASE(data_for_a_stream_that_is_over) {
    scripted_connection test;
    auto const id = test.request(with(http2_event::at_end(http2_frames::stray_data, 3)));
    test.client.reply(id);
    BOOST_TEST(test.client.stream(id).body == body);
    for (int i = 0; i < 3; ++i) {
        auto const stray = test.client.next();
        BOOST_TEST_REQUIRE(stray.has_value());
        BOOST_TEST((stray->type == frame_type::data));
        BOOST_TEST(stray->stream == id);
        BOOST_TEST(stray->payload.size() == 16U);
    }
    BOOST_TEST(test.connection_lives());
}

BOOST_AUTO_TEST_CASE(a_head_that_never_ends_stalls_the_connection) {
    scripted_connection test;
    auto const id = test.request(with(http2_event(http2_frames::continuations, 20)));
    while (test.client.count(frame_type::continuation) < 20) BOOST_REQUIRE(test.client.next().has_value());
    BOOST_TEST(test.client.stream(id).statuses.empty());
    test.client.request();
    test.client.raw().close();
    BOOST_TEST(test.provider.wait_for(event::connections_open_equal, 0));
    BOOST_TEST(test.provider.server.stats().requests_aborted == 1U);
    BOOST_TEST(test.provider.server.request_count() == 1U);
}

BOOST_AUTO_TEST_CASE(bytes_by_hand) {
    scripted_connection test;
    auto reply = with(http2_event(http2_frames::max_streams, 5));
    reply.http2.push_back(http2_event::raw(window_update(1, 77)));
    auto const id = test.request(reply);
    auto const update = test.client.next(frame_type::window_update);
    BOOST_TEST_REQUIRE(update.has_value());
    // Behind the frames of libnghttp2 that the script wants in front.
    BOOST_TEST(test.client.limits().size() == 2U);
    BOOST_TEST(update->payload == number(77));
    BOOST_TEST(test.client.reply(id).is_whole);
}

BOOST_AUTO_TEST_CASE(scripts_of_frames_say_nothing_over_http_1) {
    running_provider provider(http2_options());
    provider.server.enqueue(with(http2_event(http2_frames::goaway)));
    async_llm::test::raw_client client(provider.server.port());
    BOOST_REQUIRE(!client.connect());
    auto const text = async_llm::test::chat_request_text(async_llm::test::chat_body("x"));
    BOOST_TEST(client.exchange(text).body == body);
    BOOST_TEST(provider.server.stats().goaways_sent == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
