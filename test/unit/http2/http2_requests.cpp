// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/http2/http2_session.hpp"
#include "support/http2/scripted_peer.hpp"
#include "support/printing.hpp"
#include <async_llm/error.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using namespace async_llm;
using namespace async_llm::test::http2;

namespace {

constexpr std::uint16_t max_concurrent_streams = 3;

net::http2_limits with_streams(std::size_t most) {
    net::http2_limits limits;
    limits.max_streams = most;
    return limits;
}

std::vector<frame> only(frame_type type, std::vector<frame> frames) {
    std::erase_if(frames, [type](auto const& each) { return each.type != type; });
    return frames;
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string::npos; }

} // namespace

BOOST_AUTO_TEST_SUITE(http2_requests)

BOOST_AUTO_TEST_CASE(a_connection_begins_with_its_settings) {
    raw_link link;
    auto const bytes = link.drain();
    BOOST_TEST(bytes.starts_with("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
    auto const frames = split_frames(bytes);
    BOOST_REQUIRE(frames.size() == 2u);
    auto const expected = settings({{2, 0}, {3, 0}, {4, 256 * 1024}, {6, 64 * 1024}});
    BOOST_TEST(make_frame(frame_type::settings, 0, 0, frames[0].payload) == expected);
    // The window of a connection is 65,535 bytes at first.
    BOOST_TEST((frames[1].type == frame_type::window_update));
    BOOST_TEST((frames[1].payload == number(16 * 1024 * 1024 - 65'535)));
}

BOOST_AUTO_TEST_CASE(windows_below_those_of_a_new_connection_are_raised) {
    net::http2_limits limits;
    limits.stream_window = limits.connection_window = 1;
    raw_link link(limits);
    auto const frames = link.drain_frames();
    BOOST_REQUIRE(frames.size() == 1u);
    BOOST_TEST(contains(frames[0].payload, number(65'535)));
}

BOOST_AUTO_TEST_CASE(a_request_arrives_as_it_was) {
    linked link;
    auto const& stream = link.begin(wire_of(R"({"a":1})", "Accept: text/event-stream\r\n"));
    auto const& request = link.peer.request(stream.id());
    BOOST_TEST(request[":method"] == "POST");
    BOOST_TEST(request[":scheme"] == "https");
    BOOST_TEST(request[":authority"] == "api.example.com");
    BOOST_TEST(request[":path"] == "/v1/chat/completions");
    BOOST_TEST(request["accept"] == "text/event-stream");
    BOOST_TEST(request["content-length"] == "7");
    BOOST_TEST(request.body == R"({"a":1})");
    BOOST_TEST(request.is_whole);
    BOOST_TEST(link.client.has_settings());
}

BOOST_AUTO_TEST_CASE(a_request_without_a_body_ends_with_its_head) {
    raw_link link;
    link.drain();
    link.client.submit("GET /models HTTP/1.1\r\nHost: a\r\n\r\n", {}, nullptr);
    auto const frames = link.drain_frames();
    BOOST_REQUIRE(frames.size() == 1u);
    BOOST_TEST((frames[0].type == frame_type::headers));
    BOOST_TEST(frames[0].flags == (end_headers | end_stream));
}

BOOST_AUTO_TEST_CASE(a_request_in_two_pieces) {
    linked link;
    std::string const body(100'000, 'x');
    std::string const head = "POST /v1/embeddings HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n";
    auto& stream = *link.client.submit(net::request_bytes(head, body), {}, nullptr);
    for (int turns = 0; turns < 1000 && !stream.is_sent(); ++turns) {
        auto const piece = link.client.output();
        link.peer.feed(piece);
        link.client.sent(piece.size());
        link.client.feed(link.peer.output(), start());
    }
    BOOST_TEST(stream.is_sent());
    BOOST_TEST((link.peer.request(stream.id()).body == body));
}

BOOST_AUTO_TEST_CASE(a_request_is_sent_when_the_connection_has_taken_it) {
    raw_link link;
    link.drain();
    auto& stream = *link.client.submit(link.default_wire, {}, nullptr);
    BOOST_TEST(link.client.wants_write());
    auto const size = link.client.output().size();
    link.client.sent(size - 1);
    BOOST_TEST(!stream.is_sent());
    BOOST_TEST(!has_news(link.client, stream));
    BOOST_TEST(link.client.output().size() == 1u);
    link.client.sent(1);
    BOOST_TEST(stream.is_sent());
    // That is the rule, and no caller waits for it.
    BOOST_TEST(!has_news(link.client, stream));
    BOOST_TEST(!link.client.wants_write());
}

BOOST_AUTO_TEST_CASE(a_request_that_is_held_up_is_news_and_so_is_its_end) {
    raw_link link;
    link.drain();
    auto& stream = *link.client.submit(link.default_wire, {}, nullptr);
    auto& later = *link.client.submit(link.default_wire, {}, nullptr);
    link.client.sent(link.client.output().size() - 1);
    link.client.note_blocked();
    BOOST_TEST(!stream.is_blocked());
    BOOST_TEST(later.is_blocked());
    BOOST_TEST(has_news(link.client, later));
    link.client.note_blocked();
    BOOST_TEST(!has_news(link.client, later));
    link.client.sent(1);
    BOOST_TEST(!later.is_blocked());
    BOOST_TEST(has_news(link.client, later));
}

BOOST_AUTO_TEST_CASE(a_request_that_came_after_the_last_output_is_not_held_up) {
    raw_link link;
    link.drain();
    auto& stream = *link.client.submit(link.default_wire, {}, nullptr);
    link.client.note_blocked();
    BOOST_TEST(!stream.is_blocked());
    link.drain();
    link.client.note_blocked();
    BOOST_TEST(!stream.is_blocked());
}

BOOST_AUTO_TEST_CASE(a_body_that_the_peers_window_does_not_take_is_held_up) {
    linked link;
    auto const wire = wire_of(std::string(100'000, 'x'));
    auto& stream = *link.client.submit(wire, {}, nullptr);
    for (auto piece = link.client.output(); !piece.empty(); piece = link.client.output())
        link.client.sent(piece.size());
    link.client.note_blocked();
    BOOST_TEST(stream.is_blocked());
}

BOOST_AUTO_TEST_CASE(requests_are_gathered_into_one_output) {
    raw_link link;
    for (int i = 0; i < 20; ++i) link.client.submit(link.default_wire, {}, nullptr);
    auto const frames = split_frames(link.client.output());
    BOOST_TEST(only(frame_type::headers, frames).size() == 20u);
    BOOST_TEST(only(frame_type::data, frames).size() == 20u);
}

BOOST_AUTO_TEST_CASE(an_output_is_bounded) {
    linked link;
    auto const wire = wire_of(std::string(1'000'000, 'x'));
    auto& stream = *link.client.submit(wire, {}, nullptr);
    std::size_t most = 0;
    for (int turns = 0; turns < 1000 && !stream.is_sent(); ++turns) {
        auto const piece = link.client.output();
        most = std::max(most, piece.size());
        link.peer.feed(piece);
        link.client.sent(piece.size());
        link.client.feed(link.peer.output(), start());
    }
    BOOST_TEST(most <= 2u * (16 * 1024 + 9));
    BOOST_TEST(link.peer.request(stream.id()).body.size() == 1'000'000u);
}

BOOST_AUTO_TEST_CASE(an_owner_is_kept) {
    raw_link link;
    int owner = 0;
    BOOST_TEST(link.begin(link.default_wire, {}, &owner).owner() == &owner);
}

// ------------------------------------------------------------------------------------------------ HPACK

BOOST_AUTO_TEST_CASE(credentials_are_literals_that_no_table_may_hold) {
    raw_link link;
    auto const wire = wire_of(
        "{}",
        "Authorization: Bearer sk-1\r\napi-key: sk-2\r\nCookie: sk-3-longer-than-20-bytes\r\n"
        "Proxy-Authorization: sk-4\r\nX-Title: title\r\n"
    );
    header_decoder decoder;
    for (int i = 0; i < 3; ++i) {
        link.client.submit(wire, {}, nullptr);
        auto const heads = only(frame_type::headers, link.drain_frames());
        BOOST_REQUIRE(heads.size() == 1u);
        std::size_t never_indexed = 0;
        for (auto const& each : decoder.decode(heads[0].payload)) {
            BOOST_TEST(each.never_indexed == contains(each.value, "sk-"), each.name);
            if (each.never_indexed) ++never_indexed;
        }
        BOOST_TEST(never_indexed == 4u);
        BOOST_TEST(!contains(decoder.table(), "sk-"));
        BOOST_TEST(contains(decoder.table(), "x-title: title"));
    }
}

BOOST_AUTO_TEST_CASE(the_second_head_is_short) {
    raw_link link;
    link.client.submit(link.default_wire, {}, nullptr);
    auto const first = only(frame_type::headers, link.drain_frames());
    link.client.submit(link.default_wire, {}, nullptr);
    auto const second = only(frame_type::headers, link.drain_frames());
    BOOST_TEST(second.at(0).payload.size() + 20 < first.at(0).payload.size());
}

BOOST_AUTO_TEST_CASE(the_peers_table_size_is_taken_up_to_the_usual_one) {
    raw_link link;
    link.drain();
    link.feed(settings({{1, 0x7fff'ffff}}));
    for (int i = 0; i < 200; ++i) {
        auto const wire = wire_of("{}", "X-A: " + std::to_string(i) + std::string(100, 'x') + "\r\n");
        auto& stream = link.begin(wire);
        link.feed(head(stream.id(), 200, {}, end_headers | end_stream));
        link.client.close(stream, start());
    }
    // In 4 KiB there is room for fewer than 30 of them.
    header_decoder decoder;
    auto const wire = wire_of("{}", "X-A: 150" + std::string(100, 'x') + "\r\n");
    link.client.submit(wire, {}, nullptr);
    auto const heads = only(frame_type::headers, link.drain_frames());
    BOOST_TEST(heads.at(0).payload.size() > 60u);
}

// -------------------------------------------------------------------------------------------- capacity

BOOST_AUTO_TEST_CASE(before_the_peers_settings_there_is_a_ceiling_of_its_own) {
    raw_link link;
    BOOST_TEST(link.client.capacity() == 100u);
    for (int i = 0; i < 100; ++i) BOOST_TEST(link.client.submit(link.default_wire, {}, nullptr) != nullptr);
    BOOST_TEST(link.client.capacity() == 0u);
    BOOST_TEST(link.client.submit(link.default_wire, {}, nullptr) == nullptr);
    BOOST_TEST(link.client.open_streams() == 100u);
    BOOST_TEST(link.client.requests() == 100u);
}

BOOST_AUTO_TEST_CASE(a_peer_that_names_no_limit_has_the_clients) {
    raw_link link;
    link.feed(settings());
    BOOST_TEST(link.client.has_settings());
    BOOST_TEST(link.client.capacity() == 100u);
    raw_link few(with_streams(3));
    few.feed(settings());
    BOOST_TEST(few.client.capacity() == 3u);
}

BOOST_AUTO_TEST_CASE(a_limit_of_the_peer_is_obeyed) {
    raw_link link;
    link.feed(settings({{max_concurrent_streams, 2}}));
    BOOST_TEST(link.client.capacity() == 2u);
    link.begin();
    BOOST_TEST(link.client.capacity() == 1u);
    link.feed(settings({{max_concurrent_streams, 1'000'000}}));
    BOOST_TEST(link.client.capacity() == 99u);
    link.feed(settings({{max_concurrent_streams, 1}}));
    BOOST_TEST(link.client.capacity() == 0u);
}

BOOST_AUTO_TEST_CASE(a_limit_lowered_to_none_stops_new_requests_and_no_other) {
    raw_link link;
    auto& running = link.begin();
    auto& waiting = *link.client.submit(link.default_wire, {}, nullptr);
    link.feed(settings({{max_concurrent_streams, 0}}));
    BOOST_TEST(link.client.capacity() == 0u);
    BOOST_TEST(waiting.has_failed());
    BOOST_TEST(waiting.failure().ec == errc::connection_lost);
    BOOST_TEST(waiting.failure().unprocessed);
    BOOST_TEST(has_news(link.client, waiting));
    link.client.close(waiting, start());
    BOOST_TEST(only(frame_type::headers, link.drain_frames()).empty());
    link.feed(head(running.id(), 200, {}, end_headers | end_stream));
    BOOST_TEST(running.is_complete());
    link.feed(settings({{max_concurrent_streams, 5}}));
    BOOST_TEST(only(frame_type::headers, link.drain_frames()).empty());
    BOOST_TEST(link.client.capacity() == 5u);
}

BOOST_AUTO_TEST_CASE(a_limit_fails_only_those_that_wait_beyond_it) {
    raw_link link;
    link.begin();
    std::vector<net::http2_stream*> waiting;
    for (int i = 0; i < 4; ++i) waiting.push_back(link.client.submit(link.default_wire, {}, nullptr));
    link.feed(settings({{max_concurrent_streams, 3}}));
    BOOST_TEST(!waiting[0]->has_failed());
    BOOST_TEST(!waiting[1]->has_failed());
    BOOST_TEST(waiting[2]->has_failed());
    BOOST_TEST(waiting[3]->has_failed());
}

BOOST_AUTO_TEST_CASE(a_finished_request_gives_its_place_back) {
    linked link(with_streams(1));
    auto& stream = link.begin();
    BOOST_TEST(link.client.capacity() == 0u);
    link.peer.respond(stream.id(), "hello");
    link.pump();
    BOOST_TEST(stream.is_complete());
    BOOST_TEST(link.client.capacity() == 1u);
    BOOST_TEST(link.client.open_streams() == 0u);
}

BOOST_AUTO_TEST_CASE(a_connection_takes_so_many_requests_and_no_more) {
    net::http2_limits limits;
    limits.max_requests = 2;
    linked link(limits);
    BOOST_TEST(link.client.capacity() == 2u);
    auto& first = link.begin();
    auto& second = link.begin();
    BOOST_TEST(link.client.capacity() == 0u);
    link.peer.respond(first.id(), "");
    link.peer.respond(second.id(), "");
    link.pump();
    BOOST_TEST(first.is_complete());
    BOOST_TEST(second.is_complete());
    BOOST_TEST(link.client.capacity() == 0u);
    BOOST_TEST(!link.client.has_failed());
    limits.max_requests = 0;
    BOOST_TEST(linked(limits).client.capacity() == 100u);
}

BOOST_AUTO_TEST_CASE(stream_ids_run_out) {
    net::http2_limits limits;
    limits.first_stream_id = 0x7fff'fffd;
    linked link(limits);
    auto& first = link.begin();
    auto& last = link.begin();
    BOOST_TEST(last.id() == 0x7fff'ffff);
    BOOST_TEST(link.client.capacity() == 0u);
    link.peer.respond(first.id(), "a");
    link.peer.respond(last.id(), "b");
    link.pump();
    BOOST_TEST(first.is_complete());
    BOOST_TEST(last.is_complete());
    BOOST_TEST(!link.client.has_failed());
}

BOOST_AUTO_TEST_CASE(a_connection_that_shuts_down_says_so_and_takes_no_more) {
    raw_link link;
    link.drain();
    link.client.shut_down();
    BOOST_TEST(link.client.capacity() == 0u);
    auto const frames = link.drain_frames();
    BOOST_REQUIRE(frames.size() == 1u);
    BOOST_TEST((frames[0].type == frame_type::goaway));
    BOOST_TEST((frames[0].payload.substr(4, 4) == number(0)));
    BOOST_TEST(!link.client.has_failed());
}

// ------------------------------------------------------------------------------------- requests that can't
// go

BOOST_AUTO_TEST_CASE(a_request_without_a_head_fails_alone) {
    linked link;
    auto* const stream = link.client.submit("nonsense", {}, nullptr);
    BOOST_REQUIRE(stream);
    BOOST_TEST(stream->failure().ec == errc::invalid_request);
    BOOST_TEST(has_news(link.client, *stream));
    link.client.close(*stream, start());
    BOOST_TEST(link.client.open_streams() == 0u);
    BOOST_TEST(link.client.capacity() == 100u);
    link.pump();
    BOOST_TEST(!link.client.has_failed());
}

BOOST_AUTO_TEST_CASE(a_head_beyond_all_limits_fails_alone) {
    linked link;
    auto const wire = wire_of("{}", "X-Long: " + std::string(300'000, 'x') + "\r\n");
    auto& stream = link.begin(wire);
    BOOST_TEST(stream.failure().ec == errc::invalid_request);
    BOOST_TEST(stream.failure().detail == "the head of the request is too large");
    BOOST_TEST(link.client.open_streams() == 0u);
    auto& next = link.begin();
    BOOST_TEST(link.peer.request(next.id()).is_whole);
}

BOOST_AUTO_TEST_CASE(a_head_of_several_frames_is_sent) {
    raw_link link;
    link.drain();
    auto const wire = wire_of("{}", "X-Long: " + std::string(40'000, '~') + "\r\n");
    auto& stream = link.begin(wire);
    BOOST_TEST(stream.is_sent());
    BOOST_TEST(!stream.has_failed());
}

// ----------------------------------------------------------------------------------------------- fairness

BOOST_AUTO_TEST_CASE(a_large_prompt_does_not_starve_others) {
    linked link;
    link.pump();
    auto const large = wire_of(std::string(1'000'000, 'x'));
    auto& big = *link.client.submit(large, {}, nullptr);
    auto const piece = std::string(link.client.output());
    link.client.sent(piece.size());
    link.peer.feed(piece);
    std::vector<net::http2_stream*> others;
    for (int i = 0; i < 10; ++i) others.push_back(link.client.submit(link.default_wire, {}, nullptr));
    link.pump();
    auto const& order = link.peer.data_order();
    auto const last = std::find(order.begin(), order.end(), others.back()->id());
    BOOST_REQUIRE((last != order.end()));
    // What was in the output before, and a frame.
    BOOST_TEST(std::count(order.begin(), last, big.id()) <= 4);
    BOOST_TEST(link.peer.request(big.id()).body.size() == 1'000'000u);
}

BOOST_AUTO_TEST_CASE(large_prompts_take_turns) {
    linked link;
    link.pump();
    auto const large = wire_of(std::string(200'000, 'x'));
    auto& one = *link.client.submit(large, {}, nullptr);
    auto& two = *link.client.submit(large, {}, nullptr);
    link.pump();
    auto const& order = link.peer.data_order();
    int run = 0;
    int longest = 0;
    for (std::size_t i = 1; i < order.size(); ++i) {
        run = order[i] == order[i - 1] ? run + 1 : 0;
        longest = std::max(longest, run);
    }
    // A frame may come in two pieces, and the last one has no other to take turns with.
    BOOST_TEST(longest <= 4);
    BOOST_TEST(link.peer.request(one.id()).is_whole);
    BOOST_TEST(link.peer.request(two.id()).is_whole);
}

BOOST_AUTO_TEST_CASE(a_body_that_waits_for_its_turn_asks_to_be_written) {
    constexpr std::uint16_t initial_window = 4;
    raw_link link;
    link.feed(settings({{initial_window, 10}}));
    link.drain();
    auto const large = wire_of(std::string(1'000'000, 'x'));
    auto& waiting = link.begin(large);
    // Its one frame fills the output while the other waits for its turn.
    auto const frame_sized = wire_of(std::string(16'384, 'x'));
    auto& other = *link.client.submit(frame_sized, {}, nullptr);
    link.feed(settings({{initial_window, 100'000}}));
    std::size_t bytes = 0;
    for (auto const& each : link.drain_frames()) {
        if (each.type == frame_type::data && each.stream == waiting.id()) bytes += each.payload.size();
    }
    BOOST_TEST(other.is_sent());
    // All that the window of the connection allows.
    BOOST_TEST(bytes + 10 + 16'384 == 65'535u);
}

BOOST_AUTO_TEST_SUITE_END()
