// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/http2/http2_session.hpp"
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

constexpr std::uint8_t whole = end_headers | end_stream;
constexpr std::uint32_t protocol_error = 1;
constexpr std::uint32_t cancel = 8;

std::string value_of(net::http2_stream& stream, std::string_view name) {
    for (auto const& field : stream.headers()) {
        if (field.name == name) return field.value;
    }
    return "-";
}

/// Codes with which the stream was reset; empty: it was not.
std::vector<std::uint32_t> resets(raw_link& link, std::int32_t stream) {
    std::vector<std::uint32_t> codes;
    for (auto const& each : link.drain_frames()) {
        if (each.type == frame_type::rst_stream && each.stream == stream)
            codes.push_back(static_cast<unsigned char>(each.payload[3]));
    }
    return codes;
}

/// Literal that goes into the dynamic table.
std::string indexed_literal(std::string_view name, std::string_view value) {
    auto const plain = header_block({{std::string(name), std::string(value)}});
    return '\x40' + plain.substr(1);
}

// Of the static table, and the first entry of the dynamic one.
constexpr std::string_view status_200 = "\x88";
constexpr std::string_view last_entry = "\xbe";

/// Checks that the connection serves on, and that its tables are the peer's.
void require_alive(raw_link& link, std::string_view last_name) {
    auto& stream = link.begin();
    auto const block = std::string(status_200) + std::string(last_name.empty() ? "" : last_entry);
    link.feed(make_frame(frame_type::headers, whole, stream.id(), block));
    BOOST_TEST(stream.is_complete());
    if (!last_name.empty()) BOOST_TEST(value_of(stream, last_name) != "-");
    BOOST_TEST(!link.client.has_failed());
}

} // namespace

BOOST_AUTO_TEST_SUITE(http2_responses)

BOOST_AUTO_TEST_CASE(a_response_is_read) {
    linked link;
    auto& stream = link.begin();
    BOOST_TEST(!stream.has_begun());
    link.peer.respond(stream.id(), "hello", 201, {{"Content-Type", "text/plain"}, {"x-a", "1"}});
    link.pump();
    BOOST_TEST(stream.has_begun());
    BOOST_TEST(stream.has_head());
    BOOST_TEST(stream.is_complete());
    BOOST_TEST(stream.status() == 201);
    BOOST_TEST(stream.headers().size() == 2u);
    BOOST_TEST(value_of(stream, "content-type") == "text/plain");
    BOOST_TEST(stream.body_size() == 5u);
    BOOST_TEST(has_news(link.client, stream));
    BOOST_TEST(body_of(link.client, stream) == "hello");
    link.client.close(stream, start());
    BOOST_TEST(link.client.open_streams() == 0u);
    BOOST_TEST(!link.client.wants_write());
}

BOOST_AUTO_TEST_CASE(a_response_without_a_body_ends_with_its_head) {
    raw_link link;
    auto& stream = link.begin();
    link.feed(settings() + head(stream.id(), 204, {}, whole));
    BOOST_TEST(stream.is_complete());
    BOOST_TEST(stream.status() == 204);
    BOOST_TEST(stream.body_size() == 0u);
}

BOOST_AUTO_TEST_CASE(each_piece_of_a_body_is_news) {
    raw_link link;
    auto& stream = link.begin();
    link.feed(settings() + head(stream.id()));
    BOOST_TEST(has_news(link.client, stream));
    std::string text = "so far: ";
    for (std::string_view const piece : {"one ", "two ", "three"}) {
        BOOST_TEST(!has_news(link.client, stream));
        link.feed(data(stream.id(), piece));
        BOOST_TEST(has_news(link.client, stream));
        link.client.take_body(stream, text);
    }
    BOOST_TEST(text == "so far: one two three");
    BOOST_TEST(!stream.is_complete());
    link.feed(data(stream.id(), "", end_stream));
    BOOST_TEST(has_news(link.client, stream));
    BOOST_TEST(stream.is_complete());
}

BOOST_AUTO_TEST_CASE(a_stream_has_news_once_however_much_came) {
    raw_link link;
    auto& one = link.begin();
    auto& two = link.begin();
    link.drain();
    news_of(link.client);
    link.feed(
        settings() + head(two.id()) + head(one.id()) + data(two.id(), "a") + data(two.id(), "b", end_stream)
    );
    auto const news = news_of(link.client);
    BOOST_TEST((news == std::vector<net::http2_stream*>{&two, &one}));
    link.client.close(two, start());
    BOOST_TEST(news_of(link.client).empty());
}

BOOST_AUTO_TEST_CASE(a_closed_stream_has_no_news) {
    raw_link link;
    auto& one = link.begin();
    link.feed(settings() + head(one.id(), 200, {}, whole));
    link.client.close(one, start());
    BOOST_TEST(news_of(link.client).empty());
}

BOOST_AUTO_TEST_CASE(responses_take_turns_on_a_connection) {
    raw_link link;
    auto& one = link.begin();
    auto& two = link.begin();
    link.feed(settings() + head(two.id()) + head(one.id(), 404) + data(one.id(), "a") + data(two.id(), "1"));
    link.feed(data(one.id(), "b", end_stream) + data(two.id(), "2", end_stream));
    BOOST_TEST(one.status() == 404);
    BOOST_TEST(body_of(link.client, one) == "ab");
    BOOST_TEST(body_of(link.client, two) == "12");
}

BOOST_AUTO_TEST_CASE(interim_responses_are_passed_over) {
    raw_link link;
    auto& stream = link.begin();
    link.feed(settings() + head(stream.id(), 103, {{"link", "a"}}));
    BOOST_TEST(stream.has_begun());
    BOOST_TEST(!stream.has_head());
    link.feed(head(stream.id(), 100) + head(stream.id(), 200, {{"x-a", "1"}}, whole));
    BOOST_TEST(stream.is_complete());
    BOOST_TEST(stream.status() == 200);
    BOOST_TEST(stream.headers().size() == 1u);
}

BOOST_AUTO_TEST_CASE(interim_responses_have_a_limit) {
    raw_link link;
    auto& stream = link.begin();
    link.feed(settings());
    link.drain();
    for (int i = 0; i < 16; ++i) link.feed(head(stream.id(), 100));
    BOOST_TEST(!stream.has_failed());
    link.feed(head(stream.id(), 100));
    BOOST_TEST(stream.failure().ec == errc::invalid_http);
    BOOST_TEST(resets(link, stream.id()) == std::vector<std::uint32_t>{cancel});
    require_alive(link, "");
}

BOOST_AUTO_TEST_CASE(trailers_are_passed_over) {
    raw_link link;
    auto& stream = link.begin();
    auto const trailer = make_frame(frame_type::headers, whole, stream.id(), header_block({{"x-b", "2"}}));
    link.feed(settings() + head(stream.id(), 200, {{"x-a", "1"}}) + data(stream.id(), "hello") + trailer);
    BOOST_TEST(stream.is_complete());
    BOOST_TEST(stream.headers().size() == 1u);
    BOOST_TEST(body_of(link.client, stream) == "hello");
}

BOOST_AUTO_TEST_CASE(white_space_around_a_value_is_taken_off) {
    raw_link link;
    auto& stream = link.begin();
    link.feed(settings() + head(stream.id(), 200, {{"x-a", " 1\t"}}, whole));
    BOOST_TEST(value_of(stream, "x-a") == "1");
}

BOOST_AUTO_TEST_CASE(a_response_before_the_end_of_its_request_counts) {
    net::http2_limits limits;
    raw_link link(limits);
    auto const wire = wire_of(std::string(1'000'000, 'x'));
    auto& stream = link.begin(wire);
    link.feed(
        settings() + head(stream.id(), 413, {}, end_headers) + data(stream.id(), "too large", end_stream)
    );
    link.drain();
    BOOST_TEST(!stream.is_sent());
    BOOST_TEST(stream.is_complete());
    BOOST_TEST(stream.status() == 413);
    BOOST_TEST(body_of(link.client, stream) == "too large");
    auto const id = stream.id();
    link.client.close(stream, start());
    BOOST_TEST(resets(link, id) == std::vector<std::uint32_t>{cancel});
    link.feed(window_update(0, 1'000'000));
    for (auto const& each : link.drain_frames()) BOOST_TEST((each.type != frame_type::data));
    require_alive(link, "");
}

BOOST_AUTO_TEST_CASE(a_reset_behind_a_whole_response_changes_nothing) {
    raw_link link;
    auto const wire = wire_of(std::string(1'000'000, 'x'));
    auto& stream = link.begin(wire);
    link.feed(settings() + head(stream.id(), 401, {}, whole) + reset(stream.id(), 0));
    BOOST_TEST(stream.is_complete());
    BOOST_TEST(!stream.has_failed());
    link.client.close(stream, start());
    BOOST_TEST(link.client.open_streams() == 0u);
}

// ---------------------------------------------------------------------------------------- wrong responses

BOOST_AUTO_TEST_CASE(a_wrong_head_fails_its_stream_alone) {
    struct row {
        char const* what;
        fields list;
    };
    std::vector<row> const rows{
        {"a name in upper case", {{":status", "200"}, {"X-A", "1"}}},
        {"a line break in a value", {{":status", "200"}, {"x-a", "1\r\nx-b: 2"}}},
        {"a line break in a name", {{":status", "200"}, {"x-a\r\n", "1"}}},
        {"a NUL in a value", {{":status", "200"}, {"x-a", std::string("1\0", 2)}}},
        {"an empty name", {{":status", "200"}, {"", "1"}}},
        {"connection", {{":status", "200"}, {"connection", "close"}}},
        {"transfer-encoding", {{":status", "200"}, {"transfer-encoding", "chunked"}}},
        {"keep-alive", {{":status", "200"}, {"keep-alive", "1"}}},
        {"upgrade", {{":status", "200"}, {"upgrade", "h2c"}}},
        {"no status", {{"x-a", "1"}}},
        {"two statuses", {{":status", "200"}, {":status", "200"}}},
        {"a status that is none", {{":status", "2000"}}},
        {"a switch of protocols", {{":status", "101"}}},
        {"a status behind a field", {{"x-a", "1"}, {":status", "200"}}},
        {"a pseudo field of requests", {{":status", "200"}, {":path", "/"}}},
        {"two lengths", {{":status", "200"}, {"content-length", "1"}, {"content-length", "1"}}},
        {"a length that is none", {{":status", "200"}, {"content-length", "-1"}}},
    };
    for (auto const& each : rows) {
        raw_link link;
        auto& stream = link.begin();
        auto& other = link.begin();
        link.feed(settings());
        link.drain();
        auto const block = indexed_literal("x-last", "1");
        link.feed(make_frame(frame_type::headers, end_headers, stream.id(), header_block(each.list) + block));
        BOOST_TEST(stream.failure().ec == errc::invalid_http, each.what);
        BOOST_TEST(!stream.failure().unprocessed, each.what);
        BOOST_TEST(stream.failure().detail.starts_with("the head of the response has a field"), each.what);
        BOOST_TEST(has_news(link.client, stream), each.what);
        BOOST_TEST(resets(link, stream.id()) == std::vector<std::uint32_t>{protocol_error}, each.what);
        link.client.close(stream, start());
        link.feed(head(other.id(), 200, {}, whole));
        BOOST_TEST(other.is_complete(), each.what);
        require_alive(link, "x-last");
    }
}

BOOST_AUTO_TEST_CASE(a_wrong_trailer_fails_its_stream_alone) {
    raw_link link;
    auto& stream = link.begin();
    auto const trailer =
        make_frame(frame_type::headers, whole, stream.id(), header_block({{":status", "200"}}));
    link.feed(settings() + head(stream.id()) + data(stream.id(), "hello") + trailer);
    BOOST_TEST(stream.failure().ec == errc::invalid_http);
    require_alive(link, "");
}

BOOST_AUTO_TEST_CASE(a_head_has_its_limit_and_the_connection_serves_on) {
    net::response_limits sizes(1000, 0);
    // What a field counts beside its bytes is 32.
    std::size_t const status_size = 7 + 3 + 32;
    for (std::size_t const beyond : {0u, 1u}) {
        raw_link link;
        auto& stream = link.begin(link.default_wire, sizes);
        link.feed(settings());
        link.drain();
        fields const list{{"x-a", std::string(1000 - status_size - 32 - 3 + beyond, 'v')}};
        auto const block = header_block({{":status", "200"}}) + header_block(list);
        link.feed(make_frame(frame_type::headers, whole, stream.id(), block));
        BOOST_TEST(stream.is_complete() == (beyond == 0));
        BOOST_TEST(stream.has_failed() == (beyond != 0));
        if (beyond == 0) continue;
        BOOST_TEST(stream.failure().ec == errc::header_too_large);
        BOOST_TEST(resets(link, stream.id()).size() == 1u);
    }
}

BOOST_AUTO_TEST_CASE(a_head_that_is_too_large_leaves_the_tables_as_the_peers) {
    raw_link link;
    auto& stream = link.begin(link.default_wire, net::response_limits(1000, 0));
    link.feed(settings());
    auto const large = header_block({{":status", "200"}, {"x-a", std::string(2000, 'v')}});
    link.feed(make_frame(frame_type::headers, 0, stream.id(), large));
    BOOST_TEST(stream.failure().ec == errc::header_too_large);
    auto const rest = indexed_literal("x-last", "1");
    link.feed(make_frame(frame_type::continuation, end_headers, stream.id(), rest));
    link.drain();
    require_alive(link, "x-last");
}

BOOST_AUTO_TEST_CASE(fields_of_a_head_are_limited_by_their_number) {
    raw_link link;
    auto& stream = link.begin();
    // An indexed field is one byte: 10,000 of them are a frame of 10 KB, and 430 KB as a head.
    auto const block = std::string(status_200) + std::string(10'000, '\x90');
    link.feed(settings() + make_frame(frame_type::headers, end_headers, stream.id(), block));
    BOOST_TEST(stream.failure().ec == errc::header_too_large);
    BOOST_TEST(stream.headers().size() < 2000u);
    require_alive(link, "");
}

BOOST_AUTO_TEST_CASE(heads_of_one_stream_share_its_limit) {
    raw_link link;
    auto& stream = link.begin(link.default_wire, net::response_limits(1000, 0));
    fields const list{{"x-a", std::string(400, 'v')}};
    link.feed(settings() + head(stream.id(), 103, list) + head(stream.id(), 103, list));
    BOOST_TEST(!stream.has_failed());
    link.feed(head(stream.id(), 103, list));
    BOOST_TEST(stream.failure().ec == errc::header_too_large);
    auto& trailing = link.begin(link.default_wire, net::response_limits(1000, 0));
    link.feed(head(trailing.id(), 200, list) + data(trailing.id(), "a"));
    link.feed(
        make_frame(frame_type::headers, whole, trailing.id(), header_block({{"x-b", std::string(600, 'v')}}))
    );
    BOOST_TEST(trailing.failure().ec == errc::header_too_large);
    require_alive(link, "");
}

BOOST_AUTO_TEST_CASE(a_body_has_its_limit) {
    for (std::string_view const last : {"5", "56"}) {
        raw_link link;
        auto& stream = link.begin(link.default_wire, net::response_limits(1000, 5));
        link.feed(settings() + head(stream.id()) + data(stream.id(), "1234"));
        BOOST_TEST(body_of(link.client, stream) == "1234");
        link.drain();
        link.feed(data(stream.id(), last, end_stream));
        if (last.size() == 1) {
            BOOST_TEST(stream.is_complete());
            continue;
        }
        BOOST_TEST(stream.failure().ec == errc::response_too_large);
        BOOST_TEST(stream.body_size() == 0u);
        require_alive(link, "");
    }
}

BOOST_AUTO_TEST_CASE(a_body_that_is_too_large_resets_its_stream) {
    raw_link link;
    auto& stream = link.begin(link.default_wire, net::response_limits(1000, 5));
    link.feed(settings() + head(stream.id()));
    link.drain();
    link.feed(data(stream.id(), "123456"));
    BOOST_TEST(stream.failure().ec == errc::response_too_large);
    BOOST_TEST(resets(link, stream.id()) == std::vector<std::uint32_t>{cancel});
    link.client.close(stream, start());
    BOOST_TEST(link.drain().empty());
    require_alive(link, "");
}

BOOST_AUTO_TEST_CASE(a_body_has_the_length_that_was_said) {
    struct row {
        char const* length;
        char const* body;
        error_code ec;
    };
    for (auto const& each :
         {row{"5", "hello", {}},
          row{"0", "", {}},
          row{"6", "hello", errc::truncated_response},
          row{"6", "", errc::truncated_response},
          row{"4", "hello", errc::invalid_http},
          row{"0", "hello", errc::invalid_http}}) {
        raw_link link;
        auto& stream = link.begin();
        link.feed(settings());
        link.drain();
        link.feed(
            head(stream.id(), 200, {{"content-length", each.length}}) +
            data(stream.id(), each.body, end_stream)
        );
        BOOST_TEST(stream.failure().ec == each.ec, each.length << " " << each.body);
        BOOST_TEST(stream.is_complete() == !each.ec);
        require_alive(link, "");
    }
}

// ------------------------------------------------------------------------------------------ cuts of the
// input

namespace {

/// Outcome of three requests whose responses take turns.
std::string outcome(std::vector<std::string_view> const& pieces) {
    raw_link link;
    std::vector<net::http2_stream*> streams;
    for (int i = 0; i < 4; ++i) streams.push_back(&link.begin());
    for (auto const piece : pieces) {
        link.feed(piece);
        link.drain();
    }
    std::string result;
    for (auto* const stream : streams) {
        result += std::to_string(stream->status()) + " " + std::to_string(stream->headers().size()) + " " +
            value_of(*stream, "x-a") + " " + body_of(link.client, *stream) + " " + stream->failure().detail +
            (stream->is_complete() ? " whole\n" : "\n");
    }
    return result + (link.client.is_draining() ? "draining" : "") + link.client.failure().detail;
}

std::string conversation() {
    auto const padding = std::string(1, '\x03') + "padded" + std::string(3, '\0');
    return settings({{3, 50}}) + window_update(0, 1000) + head(3, 103, {{"x-a", "0"}}) + ping() + head(1) +
        head(3, 200, {{"x-a", "1"}}) + data(1, "one ") + data(3, "eins ") + settings_ack() +
        make_frame(frame_type::data, padded, 1, padding) + data(1, "", end_stream) +
        make_frame(frame_type::unknown, 0xff, 7, "whatever") + data(3, "zwei", end_stream) +
        make_frame(frame_type::headers, 0, 5, header_block({{":status", "404"}})) +
        make_frame(frame_type::continuation, end_headers, 5, header_block({{"x-a", "2"}})) + reset(5, 2) +
        goaway(5, 0, "goodbye");
}

} // namespace

BOOST_AUTO_TEST_CASE(a_conversation_is_the_same_wherever_it_is_cut) {
    auto const bytes = conversation();
    std::string_view const all = bytes;
    auto const expected = outcome({all});
    BOOST_TEST_CONTEXT(expected) {
        BOOST_TEST(expected.starts_with("200 0 - one padded  whole\n200 1 1 eins zwei  whole\n404 1 2 "));
        BOOST_TEST(expected.ends_with("draining"));
    }
    for (std::size_t cut = 1; cut < all.size(); ++cut)
        BOOST_TEST(outcome({all.substr(0, cut), all.substr(cut)}) == expected, "cut at " << cut);
    std::vector<std::string_view> single;
    for (std::size_t i = 0; i < all.size(); ++i) single.push_back(all.substr(i, 1));
    BOOST_TEST(outcome(single) == expected);
}

BOOST_AUTO_TEST_CASE(a_connection_cut_at_any_byte_of_a_response_fails_it_or_has_it_whole) {
    auto const bytes = settings() + head(1, 200, {{"x-a", "1"}}) + data(1, "hello") + data(1, "", end_stream);
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        raw_link link;
        auto& stream = link.begin();
        link.feed(bytes.substr(0, cut));
        link.client.end("the peer closed the connection");
        BOOST_TEST(stream.is_complete() == (cut == bytes.size()), "cut at " << cut);
        if (cut == bytes.size()) continue;
        auto const expected = stream.has_begun() ? errc::truncated_response : errc::connection_lost;
        BOOST_TEST(stream.failure().ec == expected, "cut at " << cut);
        BOOST_TEST(!stream.failure().unprocessed);
        BOOST_TEST(has_news(link.client, stream));
        BOOST_TEST(link.client.capacity() == 0u);
    }
}

BOOST_AUTO_TEST_SUITE_END()
