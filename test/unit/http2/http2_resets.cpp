// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/http2/http2_session.hpp"
#include "support/http2/scripted_peer.hpp"
#include "support/printing.hpp"
#include <async_llm/error.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using namespace async_llm;
using namespace async_llm::test::http2;
using std::chrono::milliseconds;

namespace {

constexpr std::uint32_t refused_stream = 7;
constexpr std::uint32_t cancel = 8;
constexpr std::uint32_t http_1_1_required = 13;

std::size_t count(std::vector<frame> const& frames, frame_type type) {
    auto const has_type = [type](auto const& each) { return each.type == type; };
    return static_cast<std::size_t>(std::count_if(frames.begin(), frames.end(), has_type));
}

net::http2_limits with_burst(std::uint32_t resets) {
    net::http2_limits limits;
    limits.resets_per_minute = resets * 60;
    limits.reset_burst_seconds = 1;
    return limits;
}

} // namespace

BOOST_AUTO_TEST_SUITE(http2_resets)

// ------------------------------------------------------------------------------------------- by the peer

BOOST_AUTO_TEST_CASE(a_reset_with_any_code_at_any_point_fails_its_stream_alone) {
    struct point {
        char const* what;
        std::string before;
        error_code ec;
        bool has_begun;
    };
    std::vector<point> const points{
        {"before the head", "", errc::connection_lost, false},
        {"behind an interim head", head(1, 103), errc::truncated_response, true},
        {"behind the head", head(1), errc::truncated_response, true},
        {"within the body", head(1) + data(1, "hel"), errc::truncated_response, true},
        {"behind the response", head(1) + data(1, "hello", end_stream), {}, true},
    };
    std::vector<std::uint32_t> codes{0xff, 0xffff'ffff};
    for (std::uint32_t code = 0; code <= http_1_1_required; ++code) codes.push_back(code);
    for (auto const& each : points) {
        for (auto const code : codes) {
            BOOST_TEST_CONTEXT(each.what << ", code " << code) {
                raw_link link;
                auto& stream = link.begin();
                auto& other = link.begin();
                link.feed(settings() + each.before);
                news_of(link.client);
                link.feed(reset(1, code));
                BOOST_TEST(stream.has_failed() == static_cast<bool>(each.ec));
                BOOST_TEST(stream.failure().ec == each.ec);
                if (each.ec) {
                    BOOST_TEST(stream.failure().code == code);
                    bool const refused = code == refused_stream || code == http_1_1_required;
                    BOOST_TEST(stream.failure().unprocessed == (refused && !each.has_begun));
                    BOOST_TEST(has_news(link.client, stream));
                    BOOST_TEST(link.client.open_streams() == 1u);
                }
                BOOST_TEST(link.client.capacity() == 99u);
                link.client.close(stream, start());
                link.drain();
                link.feed(head(other.id()) + data(other.id(), "hello", end_stream));
                BOOST_TEST(other.is_complete());
                BOOST_TEST(!link.client.has_failed());
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(what_came_before_a_reset_can_be_taken) {
    raw_link link;
    auto& stream = link.begin();
    link.feed(settings() + head(1) + data(1, "hel") + reset(1, 2));
    BOOST_TEST(stream.failure().detail == "the peer reset the stream (INTERNAL_ERROR, 2)");
    BOOST_TEST(body_of(link.client, stream) == "hel");
}

BOOST_AUTO_TEST_CASE(a_reset_with_any_code_while_the_request_is_sent_ends_that) {
    auto const wire = wire_of(std::string(1'000'000, 'x'));
    for (std::uint32_t code = 0; code <= http_1_1_required; ++code) {
        raw_link link;
        auto& stream = link.begin(wire);
        link.feed(settings() + reset(1, code));
        BOOST_TEST(stream.failure().ec == errc::connection_lost);
        BOOST_TEST(stream.failure().unprocessed == (code == refused_stream || code == http_1_1_required));
        BOOST_TEST(!stream.is_sent());
        link.client.close(stream, start());
        link.feed(window_update(0, 1'000'000));
        BOOST_TEST(count(link.drain_frames(), frame_type::data) == 0u);
        BOOST_TEST(link.client.capacity() == 100u);
    }
}

BOOST_AUTO_TEST_CASE(a_server_with_a_lower_limit_refuses_what_came_before_its_settings) {
    // Counted as libnghttp2 does it: streams above its limit are refused as long as that is not acknowledged.
    raw_link link;
    std::vector<net::http2_stream*> streams;
    for (int i = 0; i < 5; ++i) streams.push_back(&link.begin());
    std::string answer = settings({{3, 2}});
    for (std::size_t i = 2; i < 5; ++i) answer += reset(streams[i]->id(), refused_stream);
    link.feed(answer);
    for (std::size_t i = 0; i < 5; ++i) {
        BOOST_TEST(streams[i]->has_failed() == (i >= 2));
        BOOST_TEST(streams[i]->failure().unprocessed == (i >= 2));
    }
    BOOST_TEST(link.client.capacity() == 0u);
}

// ----------------------------------------------------------------------------------------- by the caller

BOOST_AUTO_TEST_CASE(a_cancelled_stream_is_reset_and_keeps_its_place_until_that_is_confirmed) {
    raw_link link;
    auto& stream = link.begin();
    link.feed(settings());
    link.drain();
    auto const id = stream.id();
    link.client.close(stream, start());
    BOOST_TEST(link.client.wants_write());
    auto const frames = link.drain_frames();
    BOOST_REQUIRE(frames.size() == 2u);
    BOOST_TEST((frames[0].type == frame_type::rst_stream));
    BOOST_TEST(frames[0].stream == id);
    BOOST_TEST((frames[0].payload == number(cancel)));
    // What is behind it is answered after it was read.
    BOOST_TEST((frames[1].type == frame_type::ping));
    BOOST_TEST(link.client.open_streams() == 0u);
    BOOST_TEST(link.client.unconfirmed_resets() == 1u);
    BOOST_TEST(link.client.capacity() == 99u);
    link.feed(ping("another.", ack) + ping(frames[1].payload));
    BOOST_TEST(link.client.capacity() == 99u);
    link.feed(ping_answers(frames));
    BOOST_TEST(link.client.capacity() == 100u);
    BOOST_TEST(!link.client.is_ping_pending());
}

BOOST_AUTO_TEST_CASE(one_ping_confirms_all_resets_before_it_and_none_behind) {
    raw_link link;
    link.feed(settings());
    std::vector<net::http2_stream*> streams;
    for (int i = 0; i < 6; ++i) streams.push_back(&link.begin());
    link.drain();
    for (std::size_t i = 0; i < 3; ++i) link.client.close(*streams[i], start());
    auto const first = link.drain_frames();
    BOOST_TEST(count(first, frame_type::rst_stream) == 3u);
    BOOST_TEST(count(first, frame_type::ping) == 1u);
    for (std::size_t i = 3; i < 5; ++i) link.client.close(*streams[i], start());
    auto const second = link.drain_frames();
    BOOST_TEST(count(second, frame_type::rst_stream) == 2u);
    BOOST_TEST(count(second, frame_type::ping) == 0u);
    BOOST_TEST(link.client.unconfirmed_resets() == 5u);
    link.feed(ping_answers(first));
    BOOST_TEST(link.client.unconfirmed_resets() == 2u);
    link.feed(head(streams[5]->id()));
    auto const third = link.drain_frames();
    BOOST_TEST(count(third, frame_type::ping) == 1u);
    link.feed(ping_answers(third));
    BOOST_TEST(link.client.unconfirmed_resets() == 0u);
}

BOOST_AUTO_TEST_CASE(the_next_ping_waits_for_a_frame_of_a_response_or_for_the_last_place) {
    struct row {
        char const* what;
        std::string bytes;
        std::size_t pings;
    };
    std::vector<row> const rows{
        {"nothing", "", 0},
        {"a PING", ping(), 0},
        {"WINDOW_UPDATE", window_update(0, 1), 0},
        {"HEADERS", head(1), 1},
        {"an interim head", head(1, 103), 1},
        {"DATA", data(3, "x"), 1},
    };
    for (auto const& each : rows) {
        raw_link link;
        link.feed(settings());
        for (int i = 0; i < 4; ++i) link.begin();
        link.feed(head(3));
        for (int i = 0; i < 2; ++i) {
            auto& stream = link.begin();
            link.client.close(stream, start());
            auto const frames = link.drain_frames();
            BOOST_TEST(count(frames, frame_type::rst_stream) == 1u);
            BOOST_TEST(count(frames, frame_type::ping) == (i == 0 ? 1u : 0u));
            link.feed(ping_answers(frames));
        }
        BOOST_TEST(!link.client.wants_write());
        link.feed(each.bytes);
        auto const frames = link.drain_frames();
        BOOST_TEST(
            count(frames, frame_type::ping) == each.pings + (each.bytes == ping() ? 1u : 0u),
            each.what
        );
        BOOST_TEST(link.client.unconfirmed_resets() == 1u);
    }
}

BOOST_AUTO_TEST_CASE(a_ping_for_which_the_output_has_no_room_asks_to_be_written) {
    raw_link link;
    link.feed(settings());
    auto& stream = link.begin();
    auto const frame_sized = wire_of(std::string(16'384, 'x'));
    link.client.submit(frame_sized, {}, nullptr);
    link.client.close(stream, start());
    auto const first = split_frames(link.client.output());
    BOOST_TEST(count(first, frame_type::rst_stream) == 1u);
    BOOST_TEST(count(first, frame_type::ping) == 0u);
    BOOST_TEST(count(link.drain_frames(), frame_type::ping) == 1u);
}

BOOST_AUTO_TEST_CASE(resets_in_all_places_are_confirmed_whatever_the_peer_sent) {
    net::http2_limits limits;
    limits.max_streams = 3;
    raw_link link(limits);
    link.feed(settings());
    std::size_t pings = 0;
    for (int i = 0; i < 9; ++i) {
        auto* const stream = link.client.submit(link.default_wire, {}, nullptr);
        BOOST_TEST_REQUIRE(stream);
        auto before = link.drain_frames();
        link.client.close(*stream, start());
        auto const after = link.drain_frames();
        before.insert(before.end(), after.begin(), after.end());
        pings += count(before, frame_type::ping);
        link.feed(ping_answers(before));
    }
    BOOST_TEST(pings >= 2u);
    BOOST_TEST(pings <= 5u);
}

BOOST_AUTO_TEST_CASE(a_peer_that_answers_no_ping_gets_no_second_one_and_no_more_streams) {
    net::http2_limits limits;
    limits.max_streams = 3;
    raw_link link(limits);
    link.feed(settings());
    std::size_t pings = 0;
    for (int i = 0; i < 3; ++i) {
        link.client.close(link.begin(), start());
        pings += count(link.drain_frames(), frame_type::ping);
    }
    BOOST_TEST(pings == 1u);
    BOOST_TEST(link.client.capacity() == 0u);
    BOOST_TEST(link.client.is_ping_pending());
}

BOOST_AUTO_TEST_CASE(a_request_that_was_not_sent_is_cancelled_without_a_word) {
    raw_link link;
    link.drain();
    auto* const stream = link.client.submit(link.default_wire, {}, nullptr);
    link.client.close(*stream, start());
    BOOST_TEST(link.drain().empty());
    BOOST_TEST(link.client.capacity() == 100u);
    BOOST_TEST(link.client.open_streams() == 0u);
}

BOOST_AUTO_TEST_CASE(a_request_that_is_cancelled_in_the_middle_does_not_look_whole) {
    linked link;
    link.peer.hold_windows();
    auto const wire = wire_of(std::string(200'000, 'x'));
    auto& stream = link.begin(wire);
    auto const id = stream.id();
    link.client.close(stream, start());
    link.pump();
    BOOST_TEST(link.peer.request(id).reset == static_cast<int>(cancel));
    BOOST_TEST(!link.peer.request(id).is_whole);
}

BOOST_AUTO_TEST_CASE(closing_a_whole_response_sends_nothing) {
    raw_link link;
    auto& stream = link.begin();
    link.feed(settings() + head(1) + data(1, "hello", end_stream));
    link.drain();
    link.client.close(stream, start());
    BOOST_TEST(link.drain().empty());
    BOOST_TEST(link.client.capacity() == 100u);
}

BOOST_AUTO_TEST_CASE(a_sign_of_life_is_asked_for_once) {
    raw_link link;
    link.feed(settings());
    link.drain();
    link.client.ping();
    link.client.ping();
    BOOST_TEST(link.client.is_ping_pending());
    auto const frames = link.drain_frames();
    BOOST_TEST(count(frames, frame_type::ping) == 1u);
    link.feed(ping_answers(frames));
    BOOST_TEST(!link.client.is_ping_pending());
    link.client.ping();
    auto const next = link.drain_frames();
    BOOST_TEST(count(next, frame_type::ping) == 1u);
    // The answer to an earlier one is none to this.
    link.feed(ping_answers(frames));
    BOOST_TEST(link.client.is_ping_pending());
}

// ------------------------------------------------------------------------------------- limit of the resets

BOOST_AUTO_TEST_CASE(beyond_the_limit_of_resets_a_stream_runs_out) {
    raw_link link(with_burst(2));
    link.feed(settings());
    std::vector<net::http2_stream*> streams;
    std::vector<std::int32_t> ids;
    for (int i = 0; i < 4; ++i) {
        streams.push_back(&link.begin());
        ids.push_back(streams.back()->id());
        link.feed(head(ids.back()) + data(ids.back(), "hel"));
    }
    link.drain();
    for (auto* const stream : streams) link.client.close(*stream, start());
    auto const frames = link.drain_frames();
    BOOST_TEST(count(frames, frame_type::rst_stream) == 2u);
    link.feed(ping_answers(frames));
    BOOST_TEST(link.client.open_streams() == 2u);
    BOOST_TEST(link.client.capacity() == 98u);
    BOOST_TEST(news_of(link.client).empty());
    link.feed(data(ids[2], "lo") + data(ids[3], "lo", end_stream));
    BOOST_TEST(link.client.open_streams() == 1u);
    BOOST_TEST(link.client.capacity() == 99u);
    BOOST_TEST(news_of(link.client).empty());
    BOOST_TEST(count(link.drain_frames(), frame_type::rst_stream) == 0u);
}

BOOST_AUTO_TEST_CASE(a_stream_that_runs_out_is_reset_as_soon_as_the_limit_allows) {
    raw_link link(with_burst(1));
    link.feed(settings());
    auto& one = link.begin();
    auto& two = link.begin();
    link.client.close(one, start());
    link.client.close(two, start());
    BOOST_TEST(count(link.drain_frames(), frame_type::rst_stream) == 1u);
    link.client.feed(ping(), at(milliseconds(900)));
    BOOST_TEST(count(link.drain_frames(), frame_type::rst_stream) == 0u);
    link.client.feed(ping(), at(milliseconds(1000)));
    BOOST_TEST(count(link.drain_frames(), frame_type::rst_stream) == 1u);
    BOOST_TEST(link.client.open_streams() == 0u);
}

BOOST_AUTO_TEST_CASE(a_stream_that_runs_out_is_reset_while_the_peer_is_silent) {
    raw_link link(with_burst(1));
    link.feed(settings());
    auto& one = link.begin();
    auto& two = link.begin();
    link.client.close(one, start());
    link.client.close(two, start());
    link.drain();
    BOOST_TEST(link.client.abandoned_streams() == 1u);
    link.client.reset_abandoned(at(milliseconds(1000)));
    BOOST_TEST(link.client.abandoned_streams() == 0u);
    BOOST_TEST(link.client.wants_write());
    BOOST_TEST(count(link.drain_frames(), frame_type::rst_stream) == 1u);
}

BOOST_AUTO_TEST_CASE(a_stream_that_runs_out_takes_no_memory_and_blocks_no_window) {
    net::http2_limits limits = with_burst(1);
    limits.stream_window = limits.connection_window = 65'535;
    linked link(limits);
    link.client.close(link.begin(), start());
    auto& stream = link.begin();
    auto const id = stream.id();
    link.peer.begin_response(id);
    link.peer.send(id, std::string(60'000, 'x'));
    link.pump();
    link.client.close(stream, start());
    link.peer.send(id, std::string(1'000'000, 'x'));
    link.peer.finish(id);
    link.pump();
    BOOST_TEST(link.client.open_streams() == 0u);
    BOOST_TEST(!link.client.has_failed());
}

BOOST_AUTO_TEST_CASE(a_request_without_its_end_is_reset_beyond_the_limit) {
    raw_link link(with_burst(1));
    link.feed(settings());
    auto const wire = wire_of(std::string(1'000'000, 'x'));
    for (int i = 0; i < 3; ++i) {
        link.client.close(link.begin(wire), start());
        BOOST_TEST(count(link.drain_frames(), frame_type::rst_stream) == 1u);
    }
}

BOOST_AUTO_TEST_CASE(a_server_with_the_usual_limit_of_resets_is_not_provoked) {
    // The server is libnghttp2 with its own limit, 1,000 and then 33 a second: GOAWAY.
    for (bool const with_limit : {true, false}) {
        linked link(with_limit ? net::http2_limits() : with_burst(1'000'000));
        int cancelled = 0;
        for (int i = 0; i < 1'200 && link.client.capacity() != 0; ++i, ++cancelled) {
            auto& stream = link.begin();
            link.peer.begin_response(stream.id());
            link.pump();
            link.client.close(stream, start());
            link.pump();
        }
        BOOST_TEST(link.client.is_draining() == !with_limit);
        // With the limit, those that run out have taken up all places.
        if (with_limit) BOOST_TEST(cancelled == 500);
    }
}

BOOST_AUTO_TEST_SUITE_END()
