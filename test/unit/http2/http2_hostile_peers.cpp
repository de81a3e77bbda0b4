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

constexpr std::uint32_t protocol_error = 1;
constexpr std::uint32_t flow_control_error = 3;
constexpr std::uint32_t stream_closed = 5;
constexpr std::uint32_t frame_size_error = 6;
constexpr std::uint32_t compression_error = 9;
constexpr std::uint32_t enhance_your_calm = 11;

std::string repeated(std::string_view piece, int times) {
    std::string result;
    for (int i = 0; i < times; ++i) result += piece;
    return result;
}

/// Code of the GOAWAY among all that the client has to say; -1: none.
std::int64_t last_words(raw_link& link) {
    for (auto const& each : link.drain_frames()) {
        if (each.type == frame_type::goaway) return static_cast<unsigned char>(each.payload[7]);
    }
    return -1;
}

/// Checks that the connection and its streams have failed, and that the peer gets a GOAWAY.
void require_failed(raw_link& link, net::http2_stream const& stream, std::uint32_t code) {
    BOOST_TEST(link.client.has_failed());
    BOOST_TEST(link.client.failure().ec == errc::invalid_http);
    BOOST_TEST(link.client.failure().code == code);
    BOOST_TEST(!link.client.failure().detail.empty());
    BOOST_TEST(
        stream.failure().ec == (stream.has_begun() ? errc::truncated_response : errc::connection_lost)
    );
    BOOST_TEST(!stream.failure().unprocessed);
    BOOST_TEST(stream.failure().detail == link.client.failure().detail);
    BOOST_TEST(last_words(link) == static_cast<std::int64_t>(code));
    BOOST_TEST(link.client.capacity() == 0u);
    BOOST_TEST(!link.client.wants_write());
}

} // namespace

BOOST_AUTO_TEST_SUITE(http2_hostile_peers)

// ----------------------------------------------------------------------------------------- broken rules

BOOST_AUTO_TEST_CASE(a_breach_of_the_rules_fails_the_connection) {
    struct row {
        char const* what;
        std::string bytes;
        std::uint32_t code;
    };
    std::vector<row> const rows{
        {"DATA of no stream", data(0, "x"), protocol_error},
        {"DATA of an idle stream", data(9, "x"), protocol_error},
        {"DATA of a stream of the server's", data(2, "x"), protocol_error},
        {"DATA before the head", data(1, "x"), protocol_error},
        {"DATA behind the end", head(1) + data(1, "", end_stream) + data(3, "x"), protocol_error},
        {"DATA with more padding than there is",
         head(1) +
             make_frame(
                 frame_type::data,
                 padded,
                 1,
                 "\x05"
                 "abc"
             ),
         protocol_error},
        {"HEADERS of no stream", head(0), protocol_error},
        {"HEADERS of an idle stream", head(9), protocol_error},
        {"HEADERS that nothing unpacks",
         make_frame(frame_type::headers, end_headers, 1, "\xff\xff\xff\xff\xff\xff"),
         compression_error},
        {"HEADERS with an index beyond the table",
         make_frame(frame_type::headers, end_headers, 1, "\xfe"),
         compression_error},
        {"CONTINUATION of nothing", make_frame(frame_type::continuation, end_headers, 1), protocol_error},
        {"a frame between HEADERS and CONTINUATION",
         make_frame(frame_type::headers, 0, 1, "\x88") + ping(),
         protocol_error},
        {"RST_STREAM of no stream", reset(0, 0), protocol_error},
        {"RST_STREAM of an idle stream", reset(9, 0), protocol_error},
        {"RST_STREAM too short", make_frame(frame_type::rst_stream, 0, 1, "abc"), frame_size_error},
        {"SETTINGS of a stream", make_frame(frame_type::settings, 0, 1), protocol_error},
        {"SETTINGS of seven bytes", make_frame(frame_type::settings, 0, 0, "1234567"), frame_size_error},
        {"SETTINGS with a window beyond all", settings({{4, 0x8000'0000}}), flow_control_error},
        {"SETTINGS with frames too small", settings({{5, 100}}), protocol_error},
        {"an answer to SETTINGS with something in it",
         make_frame(frame_type::settings, ack, 0, "123456"),
         frame_size_error},
        {"answers to SETTINGS that were not asked for", settings_ack() + settings_ack(), protocol_error},
        {"PING of a stream", make_frame(frame_type::ping, 0, 1, "12345678"), protocol_error},
        {"PING of seven bytes", make_frame(frame_type::ping, 0, 0, "1234567"), frame_size_error},
        {"GOAWAY of a stream", make_frame(frame_type::goaway, 0, 1, "12345678"), protocol_error},
        {"GOAWAY too short", make_frame(frame_type::goaway, 0, 0, "1234567"), frame_size_error},
        {"WINDOW_UPDATE by nothing", window_update(0, 0), protocol_error},
        {"WINDOW_UPDATE beyond all", window_update(0, 0x7fff'ffff), flow_control_error},
        {"WINDOW_UPDATE of an idle stream", window_update(9, 1), protocol_error},
        {"a frame beyond 16 KiB", data(1, std::string(16'385, 'x')), frame_size_error},
        {"PUSH_PROMISE",
         make_frame(frame_type::push_promise, end_headers, 1, number(2) + "\x88"),
         protocol_error},
    };
    for (auto const& each : rows) {
        BOOST_TEST_CONTEXT(each.what) {
            raw_link link;
            auto& stream = link.begin();
            link.begin();
            link.feed(settings());
            link.drain();
            BOOST_TEST(!link.feed(each.bytes));
            if (!stream.is_complete()) require_failed(link, stream, each.code);
            BOOST_TEST(link.client.has_failed());
        }
    }
}

BOOST_AUTO_TEST_CASE(data_behind_the_end_of_a_stream_that_still_sends_fails_the_connection) {
    raw_link link;
    auto const wire = wire_of(std::string(1'000'000, 'x'));
    auto& stream = link.begin(wire);
    auto& other = link.begin();
    link.feed(settings() + head(1, 413, {}, end_headers | end_stream));
    link.drain();
    BOOST_TEST(!link.feed(data(1, "x")));
    BOOST_TEST(stream.is_complete());
    require_failed(link, other, stream_closed);
}

BOOST_AUTO_TEST_CASE(a_breach_is_seen_while_the_peer_takes_nothing) {
    raw_link link;
    link.feed(settings());
    link.drain();
    auto const wire = wire_of(std::string(1'000'000, 'x'));
    auto& stream = *link.client.submit(wire, {}, nullptr);
    auto const waiting = link.client.output().size();
    BOOST_TEST(!link.feed(data(0, "x")));
    BOOST_TEST(stream.failure().ec == errc::connection_lost);
    BOOST_TEST(stream.failure().unprocessed);
    BOOST_TEST(link.client.failure().ec == errc::invalid_http);
    link.client.sent(waiting);
    BOOST_TEST(last_words(link) == protocol_error);
}

BOOST_AUTO_TEST_CASE(what_is_no_http2_is_told_as_such) {
    raw_link link;
    auto& stream = link.begin();
    BOOST_TEST(!link.feed("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"));
    BOOST_TEST(!link.client.has_settings());
    require_failed(link, stream, protocol_error);
}

BOOST_AUTO_TEST_CASE(a_push_is_refused_before_and_after_the_peer_has_agreed) {
    for (auto const& before : {settings(), settings() + settings_ack()}) {
        raw_link link;
        auto& stream = link.begin();
        link.feed(before);
        link.drain();
        // Its header alone is enough.
        BOOST_TEST(!link.feed(make_frame(frame_type::push_promise, end_headers, 1, number(2)).substr(0, 9)));
        require_failed(link, stream, protocol_error);
    }
}

BOOST_AUTO_TEST_CASE(unknown_frames_are_passed_over) {
    raw_link link;
    auto& stream = link.begin();
    link.feed(settings({{0xfefe, 7}}) + make_frame(frame_type::unknown, 0xff, 1, "whatever"));
    link.feed(make_frame(frame_type{0x0a}, 0, 0, "altsvc") + make_frame(frame_type{0x0c}, 0, 0, "origin"));
    link.feed(make_frame(frame_type::priority, 0, 1, "12345") + head(1, 200, {}, end_headers | end_stream));
    BOOST_TEST(stream.is_complete());
}

// ----------------------------------------------------------------------------------------------- floods

BOOST_AUTO_TEST_CASE(a_peer_that_reads_no_answers_is_given_up_within_bounds) {
    for (auto const& piece : {settings(), ping(), settings({{4, 70'000}})}) {
        raw_link link;
        auto& stream = link.begin();
        link.feed(settings());
        link.drain();
        test::heap_meter const meter;
        auto const flood = repeated(piece, 100);
        int floods = 0;
        while (floods < 100 && link.feed(flood)) ++floods;
        BOOST_TEST(link.client.has_failed());
        // Those in one output, which is not taken, and those that wait.
        BOOST_TEST(floods >= 2);
        BOOST_TEST(floods < 30);
        BOOST_TEST(meter.peak() < 300'000u);
        require_failed(link, stream, enhance_your_calm);
    }
}

BOOST_AUTO_TEST_CASE(a_peer_that_reads_its_answers_gets_them) {
    raw_link link;
    auto& stream = link.begin();
    link.feed(settings());
    link.drain();
    std::size_t answered = 0;
    for (int i = 0; i < 50; ++i) {
        BOOST_TEST(link.feed(repeated(ping(), 150)));
        for (auto const& each : link.drain_frames())
            answered += each.type == frame_type::ping && each.flags == ack;
    }
    BOOST_TEST(answered == 50u * 150);
    link.feed(head(1, 200, {}, end_headers | end_stream));
    BOOST_TEST(stream.is_complete());
}

BOOST_AUTO_TEST_CASE(one_input_may_ask_for_many_answers) {
    raw_link link;
    link.begin();
    link.feed(settings());
    link.drain();
    BOOST_TEST(link.feed(repeated(ping(), 900)));
    BOOST_TEST(!link.client.has_failed());
}

BOOST_AUTO_TEST_CASE(frames_that_bring_nothing_have_a_limit_in_a_row) {
    struct row {
        char const* what;
        std::string bytes;
    };
    std::vector<row> const rows{
        {"empty DATA", data(1, "")},
        {"DATA of padding alone", make_frame(frame_type::data, padded, 1, std::string("\x02\0\0", 3))},
        {"empty DATA of a dead stream", data(3, "")},
        {"HEADERS of a dead stream", head(3)},
        {"RST_STREAM of a dead stream", reset(3, 8)},
        {"WINDOW_UPDATE", window_update(1, 1)},
        {"WINDOW_UPDATE of a dead stream", window_update(3, 1)},
        {"SETTINGS", settings()},
        {"PING", ping()},
        {"answers to no PING", ping("12345678", ack)},
        {"PRIORITY", make_frame(frame_type::priority, 0, 1, std::string("\0\0\0\3\7", 5))},
        {"unknown frames", make_frame(frame_type::unknown, 0, 0)},
    };
    for (auto const& each : rows) {
        BOOST_TEST_CONTEXT(each.what) {
            raw_link link;
            auto& stream = link.begin();
            auto& dead = link.begin();
            link.feed(settings() + head(1) + reset(3, 8));
            link.client.close(dead, start());
            link.drain();
            auto const flood = repeated(each.bytes, 100);
            for (int i = 0; i < 99; ++i) {
                link.feed(flood);
                link.drain();
            }
            BOOST_REQUIRE(!link.client.has_failed());
            // Something that is waited for begins a new row.
            link.feed(data(1, "x"));
            for (int i = 0; i < 100; ++i) {
                link.feed(flood);
                link.drain();
            }
            BOOST_REQUIRE(!link.client.has_failed());
            BOOST_TEST(!link.feed(each.bytes));
            require_failed(link, stream, enhance_your_calm);
        }
    }
}

BOOST_AUTO_TEST_CASE(small_pieces_of_a_body_have_no_limit) {
    raw_link link;
    auto& stream = link.begin();
    link.feed(settings() + head(1));
    auto const tokens = repeated(data(1, "t") + data(1, ""), 100);
    std::string body;
    for (int i = 0; i < 500; ++i) {
        link.feed(tokens);
        link.client.take_body(stream, body);
        link.drain();
    }
    BOOST_TEST(body.size() == 50'000u);
    BOOST_TEST(!link.client.has_failed());
}

BOOST_AUTO_TEST_CASE(windows_that_answer_a_large_request_have_no_limit) {
    net::http2_limits limits;
    limits.max_idle_frames = 100;
    raw_link link(limits);
    link.feed(settings());
    auto const wire = wire_of(std::string(20'000'000, 'x'));
    auto& stream = link.begin(wire);
    for (int i = 0; i < 10'000 && !stream.is_sent(); ++i) {
        link.feed(window_update(0, 16'384) + window_update(1, 16'384));
        link.drain();
    }
    BOOST_TEST(stream.is_sent());
    BOOST_TEST(!link.client.has_failed());
}

BOOST_AUTO_TEST_CASE(a_head_in_too_many_frames_fails_the_connection) {
    for (bool const is_dead : {false, true}) {
        raw_link link;
        auto& stream = link.begin();
        auto& other = link.begin();
        link.feed(settings());
        if (is_dead) {
            link.client.close(stream, start());
            link.drain();
        }
        link.feed(make_frame(frame_type::headers, 0, 1, "\x88"));
        auto const more = make_frame(frame_type::continuation, 0, 1, header_block({{"x-a", "1"}}));
        link.feed(repeated(more, 8));
        BOOST_TEST(!link.client.has_failed());
        link.drain();
        BOOST_TEST(!link.feed(more.substr(0, 9)));
        require_failed(link, other, enhance_your_calm);
    }
}

BOOST_AUTO_TEST_CASE(a_head_in_a_few_frames_is_read) {
    raw_link link;
    auto& stream = link.begin();
    link.feed(settings() + make_frame(frame_type::headers, end_stream, 1, "\x88"));
    for (int i = 0; i < 7; ++i)
        link.feed(make_frame(frame_type::continuation, 0, 1, header_block({{"x-a", std::string(1000, 'v')}}))
        );
    link.feed(make_frame(frame_type::continuation, end_headers, 1));
    BOOST_TEST(stream.is_complete());
    BOOST_TEST(stream.headers().size() == 7u);
}

BOOST_AUTO_TEST_CASE(a_head_that_unpacks_to_much_takes_little_memory) {
    raw_link link;
    link.begin();
    link.feed(settings());
    // 4,000 bytes in the table, then one byte for each repetition: 16 MB of head in 4 KB.
    auto const bomb =
        "\x88\x40" + header_block({{"x-a", std::string(4000, 'v')}}).substr(1) + std::string(4000, '\xbe');
    test::heap_meter const meter;
    link.feed(make_frame(frame_type::headers, end_headers, 1, bomb));
    BOOST_TEST(meter.peak() < 300'000u);
    BOOST_TEST(!link.client.has_failed());
}

BOOST_AUTO_TEST_CASE(settings_have_a_limit_of_entries) {
    raw_link link;
    auto& stream = link.begin();
    link.feed(settings());
    link.drain();
    auto const entry = number(0xff01'0000).substr(0, 2) + number(1);
    BOOST_TEST(link.feed(make_frame(frame_type::settings, 0, 0, repeated(entry, 32))));
    link.drain();
    BOOST_TEST(!link.feed(make_frame(frame_type::settings, 0, 0, repeated(entry, 33))));
    require_failed(link, stream, enhance_your_calm);
}

BOOST_AUTO_TEST_CASE(streams_that_a_peer_breaks_one_after_the_other_hold_nothing) {
    raw_link link;
    link.feed(settings());
    test::heap_meter const meter;
    for (int i = 0; i < 2'000; ++i) {
        auto& stream = link.begin();
        link.feed(make_frame(frame_type::headers, end_headers, stream.id(), header_block({{"X", "1"}})));
        BOOST_TEST_REQUIRE(stream.has_failed());
        link.client.close(stream, start());
        link.feed(ping_answers(link.drain_frames()));
    }
    BOOST_TEST(link.client.capacity() == 100u);
    BOOST_TEST(meter.peak() < 200'000u);
}

BOOST_AUTO_TEST_CASE(a_connection_that_has_failed_takes_nothing_more) {
    raw_link link;
    auto& stream = link.begin();
    link.feed(settings() + data(0, "x"));
    BOOST_TEST(!link.feed(head(1, 200, {}, end_headers | end_stream)));
    BOOST_TEST(!stream.is_complete());
    link.client.ping();
    link.client.shut_down();
    link.client.return_window(stream, 10);
    link.client.close(stream, start());
    link.drain();
    BOOST_TEST(link.client.failure().detail.find("DATA: stream_id == 0") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
