// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/http2/http2_session.hpp"
#include "support/fixtures/heap_meter.hpp"
#include "support/http2/scripted_peer.hpp"
#include "support/printing.hpp"
#include <async_llm/error.hpp>

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using namespace async_llm;
using namespace async_llm::test::http2;

namespace {

constexpr std::size_t small_window = 65'535;

net::http2_limits small_windows() {
    net::http2_limits limits;
    limits.stream_window = limits.connection_window = small_window;
    return limits;
}

/// Bytes of window that the client returned for a stream; 0: the connection.
std::size_t returned(std::vector<frame> const& frames, std::int32_t stream) {
    std::size_t sum = 0;
    for (auto const& each : frames) {
        if (each.type != frame_type::window_update || each.stream != stream) continue;
        std::size_t increment = 0;
        for (auto const c : each.payload) increment = increment * 256 + static_cast<unsigned char>(c);
        sum += increment;
    }
    return sum;
}

/// Sends so many bytes of body, in frames as large as there may be.
void send(raw_link& link, std::int32_t stream, std::size_t bytes) {
    for (std::size_t n = 0; bytes != 0; bytes -= n) {
        n = std::min<std::size_t>(bytes, 16'384);
        link.feed(data(stream, std::string(n, 'x')));
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(http2_flow_control)

BOOST_AUTO_TEST_CASE(a_slow_reader_delays_no_other) {
    linked link(small_windows());
    auto& slow = link.begin();
    auto& quick = link.begin();
    link.peer.respond(slow.id(), std::string(1'000'000, 's'));
    link.peer.respond(quick.id(), std::string(1'000'000, 'q'));
    std::string body;
    for (int turns = 0; turns < 1000 && !quick.is_complete(); ++turns) {
        link.pump();
        link.client.take_body(quick, body);
    }
    link.client.take_body(quick, body);
    BOOST_TEST(quick.is_complete());
    BOOST_TEST(body.size() == 1'000'000u);
    BOOST_TEST(!slow.is_complete());
    BOOST_TEST(slow.body_size() == small_window);
    // Later it reads on from where it stopped.
    std::string rest;
    for (int turns = 0; turns < 1000 && !slow.is_complete(); ++turns) {
        link.client.take_body(slow, rest);
        link.pump();
    }
    link.client.take_body(slow, rest);
    BOOST_TEST(rest.size() == 1'000'000u);
}

BOOST_AUTO_TEST_CASE(the_window_of_the_connection_is_returned_on_receipt) {
    raw_link link(small_windows());
    auto& stream = link.begin();
    link.feed(settings() + head(stream.id()));
    send(link, stream.id(), 40'000);
    auto const frames = link.drain_frames();
    BOOST_TEST(returned(frames, 0) > small_window / 2);
    BOOST_TEST(returned(frames, stream.id()) == 0u);
}

BOOST_AUTO_TEST_CASE(the_window_of_a_stream_is_returned_when_its_body_is_taken) {
    raw_link link(small_windows());
    auto& stream = link.begin();
    link.feed(settings() + head(stream.id()));
    send(link, stream.id(), 40'000);
    link.drain();
    std::string body;
    link.client.take_body(stream, body);
    BOOST_TEST(link.client.wants_write());
    BOOST_TEST(returned(link.drain_frames(), stream.id()) == 40'000u);
}

BOOST_AUTO_TEST_CASE(bytes_may_be_moved_first_and_their_window_returned_later) {
    raw_link link(small_windows());
    auto& stream = link.begin();
    link.feed(settings() + head(stream.id()));
    send(link, stream.id(), 40'000);
    link.drain();
    std::string body;
    link.client.move_body(stream, body);
    BOOST_TEST(body.size() == 40'000u);
    BOOST_TEST(stream.body_size() == 0u);
    BOOST_TEST(link.drain().empty());
    link.client.return_window(stream, 33'000);
    BOOST_TEST(returned(link.drain_frames(), stream.id()) == 33'000u);
    // More than was held is not returned.
    link.client.return_window(stream, 1'000'000);
    send(link, stream.id(), small_window - 7'000);
    BOOST_TEST(!stream.has_failed());
    link.client.move_body(stream, body);
    link.client.return_window(stream, 1);
    BOOST_TEST(returned(link.drain_frames(), stream.id()) == 0u);
    send(link, stream.id(), 7'001);
    BOOST_TEST(stream.has_failed());
}

BOOST_AUTO_TEST_CASE(a_stream_without_a_reader_holds_at_most_its_window) {
    raw_link link(small_windows());
    auto& stream = link.begin();
    link.feed(settings() + head(stream.id()));
    send(link, stream.id(), small_window);
    BOOST_TEST(!stream.has_failed());
    BOOST_TEST(stream.body_size() == small_window);
    link.drain();
    send(link, stream.id(), 16'384);
    BOOST_TEST(stream.has_failed());
    BOOST_TEST(stream.body_size() == small_window);
}

BOOST_AUTO_TEST_CASE(moved_bytes_count_until_their_window_is_returned) {
    raw_link link(small_windows());
    auto& stream = link.begin();
    link.feed(settings() + head(stream.id()));
    send(link, stream.id(), small_window);
    std::string body;
    link.client.move_body(stream, body);
    send(link, stream.id(), 1);
    BOOST_TEST(stream.has_failed());
    BOOST_TEST(stream.body_size() == 0u);
}

BOOST_AUTO_TEST_CASE(windows_are_returned_for_padding) {
    raw_link link(small_windows());
    auto& stream = link.begin();
    link.feed(settings() + head(stream.id()));
    auto const payload = std::string("\xff") + "x" + std::string(255, '\0');
    std::string body;
    for (int i = 0; i < 1000; ++i) {
        link.feed(make_frame(frame_type::data, padded, stream.id(), payload));
        link.client.take_body(stream, body);
        link.drain();
    }
    BOOST_TEST(body == std::string(1000, 'x'));
    BOOST_TEST(!stream.has_failed());
    BOOST_TEST(!link.client.has_failed());
}

BOOST_AUTO_TEST_CASE(the_window_of_the_connection_is_returned_for_dead_streams) {
    struct row {
        char const* what;
        bool reset_by_peer;
    };
    for (auto const& each : {row{"reset by the client", false}, row{"reset by the peer", true}}) {
        raw_link link(small_windows());
        auto& stream = link.begin();
        auto const id = stream.id();
        link.feed(settings() + head(id));
        if (each.reset_by_peer) link.feed(reset(id, 2));
        link.client.close(stream, start());
        link.drain();
        std::size_t sum = 0;
        for (int i = 0; i < 20; ++i) {
            send(link, id, 16'384);
            auto const frames = link.drain_frames();
            sum += returned(frames, 0);
            BOOST_TEST(returned(frames, id) == 0u);
        }
        BOOST_TEST(!link.client.has_failed(), each.what << ": " << link.client.failure().detail);
        BOOST_TEST(sum + small_window >= 20u * 16'384, each.what);
    }
}

BOOST_AUTO_TEST_CASE(the_window_of_the_connection_is_returned_for_what_is_refused) {
    raw_link link(small_windows());
    link.feed(settings());
    for (int i = 0; i < 20; ++i) {
        auto& stream = link.begin(link.default_wire, net::response_limits(1000, 10));
        auto const id = stream.id();
        link.feed(head(id));
        send(link, id, 16'384);
        BOOST_TEST(stream.failure().ec == errc::response_too_large);
        link.client.close(stream, start());
        link.feed(ping_answers(link.drain_frames()));
        BOOST_TEST(!link.client.has_failed(), link.client.failure().detail);
    }
    // A content-length of none: what comes is refused by libnghttp2.
    for (int i = 0; i < 20; ++i) {
        auto& stream = link.begin();
        link.feed(head(stream.id(), 200, {{"content-length", "0"}}));
        send(link, stream.id(), 16'384);
        BOOST_TEST(stream.has_failed());
        link.client.close(stream, start());
        link.feed(ping_answers(link.drain_frames()));
        BOOST_TEST(!link.client.has_failed(), link.client.failure().detail);
    }
}

BOOST_AUTO_TEST_CASE(a_peer_that_returns_no_window_stops_that_request_alone) {
    linked link;
    link.peer.hold_windows();
    auto const large = wire_of(std::string(1'000'000, 'x'));
    auto& stuck = link.begin(large);
    BOOST_TEST(!stuck.is_sent());
    BOOST_TEST(!link.client.wants_write());
    BOOST_TEST(link.peer.request(stuck.id()).body.size() == small_window);
    // Heads need no window.
    auto& other = link.begin("GET /models HTTP/1.1\r\nHost: a\r\n\r\n");
    link.peer.respond(other.id(), "hello");
    link.pump();
    BOOST_TEST(other.is_complete());
    BOOST_TEST(!stuck.has_failed());
    auto const id = stuck.id();
    link.client.close(stuck, start());
    link.pump();
    BOOST_TEST(link.peer.request(id).reset == 8);
    BOOST_TEST(!link.peer.request(id).is_whole);
}

BOOST_AUTO_TEST_CASE(the_peers_windows_are_kept) {
    raw_link link;
    link.feed(settings({{4, 100}}));
    link.drain();
    auto const wire = wire_of(std::string(1000, 'x'));
    auto& stream = *link.client.submit(wire, {}, nullptr);
    auto const sent = [&link] {
        std::size_t bytes = 0;
        for (auto const& each : link.drain_frames()) {
            if (each.type == frame_type::data) bytes += each.payload.size();
        }
        return bytes;
    };
    BOOST_TEST(sent() == 100u);
    link.feed(window_update(stream.id(), 50));
    BOOST_TEST(sent() == 50u);
    // Lowered below what was sent: nothing goes until it is above that again.
    link.feed(settings({{4, 0}}) + window_update(stream.id(), 100));
    BOOST_TEST(sent() == 0u);
    link.feed(window_update(stream.id(), 1));
    BOOST_TEST(sent() == 1u);
    link.feed(settings({{4, 100'000}}));
    BOOST_TEST(sent() == 849u);
    BOOST_TEST(stream.is_sent());
}

BOOST_AUTO_TEST_CASE(memory_of_a_connection_without_readers_is_that_of_its_windows) {
    auto const wire = wire_of();
    raw_link link(small_windows());
    link.feed(settings());
    test::heap_meter const meter;
    std::vector<net::http2_stream*> streams;
    for (int i = 0; i < 20; ++i) {
        streams.push_back(&link.begin(wire));
        link.feed(head(streams.back()->id()));
    }
    for (auto const* const stream : streams) {
        send(link, stream->id(), small_window);
        link.drain();
    }
    // A string grows to twice its size, and for a moment the old one is there as well.
    BOOST_TEST(meter.peak() < 20 * 2 * small_window + 400'000);
    BOOST_TEST(!link.client.has_failed());
}

BOOST_AUTO_TEST_SUITE_END()
