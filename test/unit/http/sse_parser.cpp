// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/http/sse_parser.hpp"

#include "support/streams/sample_streams.hpp"
#include "support/streams/sse_reading.hpp"

#include <boost/test/unit_test.hpp>

using namespace std::chrono_literals;
namespace codec = async_llm::codec;
using codec::sse_event;
using namespace async_llm::test;

namespace {

constexpr std::string_view mark = "\xef\xbb\xbf";

} // namespace

BOOST_AUTO_TEST_SUITE(sse_parser)

// --------------------------------------------------------------------------------------------- ends of lines

BOOST_AUTO_TEST_CASE(lines_end_with_lf) { check("data: a\n\ndata: b\n\n", {"a", "b"}); }

BOOST_AUTO_TEST_CASE(lines_end_with_a_lone_cr) { check_bytes("data: a\r\rdata: b\r\r", {"a", "b"}); }

BOOST_AUTO_TEST_CASE(lines_end_with_crlf) { check_bytes("data: a\r\n\r\ndata: b\r\n\r\n", {"a", "b"}); }

BOOST_AUTO_TEST_CASE(crlf_split_between_two_puts_is_one_end) {
    BOOST_TEST(read_events({"data: a\r", "\ndata: b\r", "\n\r", "\n"}) == events({"a\nb"}));
    BOOST_TEST(read_events({"data: a\r", "", "\n\r", "", "\n"}) == events({"a"}));
}

BOOST_AUTO_TEST_CASE(cr_cr_is_two_ends) {
    BOOST_TEST(read_events({"data: a\r", "\r"}) == events({"a"}));
    check_bytes("data: a\r\r", {"a"});
}

BOOST_AUTO_TEST_CASE(lf_then_crlf_is_two_ends) {
    check_bytes("data: a\n\r\n", {"a"});
    check_bytes("data: a\n\r\ndata: b\n\r\n", {"a", "b"});
}

BOOST_AUTO_TEST_CASE(lf_then_cr_is_two_ends) { check_bytes("data: a\n\rdata: b\n\r", {"a", "b"}); }

BOOST_AUTO_TEST_CASE(cr_then_crlf_is_two_ends) { check_bytes("data: a\r\r\ndata: b\r\r\n", {"a", "b"}); }

BOOST_AUTO_TEST_CASE(crlf_split_behind_the_cr_makes_no_phantom_event) {
    // The LF belongs to the blank line; it is not another one that would end a second event.
    BOOST_TEST(read_events({"data: a\r\n\r", "\n"}) == events({"a"}));
    BOOST_TEST(read_events({"data: a\r", "\n", "\r", "\n", "data: b\r\n\r", "\n"}) == events({"a", "b"}));
    BOOST_TEST(read_events({"data\r", "\n\r", "\n"}) == events({""}));
}

BOOST_AUTO_TEST_CASE(an_unknown_line_in_pieces_is_given_once) {
    codec::sse_parser parser(0, true);
    sse_event event;
    parser.put("one li");
    BOOST_TEST(!parser.next(event));
    parser.put("ne\nanother\ndata: a\n\n");
    BOOST_TEST_REQUIRE(parser.next(event));
    BOOST_TEST(event.is_unknown_line);
    BOOST_TEST(event.data == "one line");
    BOOST_TEST_REQUIRE(parser.next(event));
    BOOST_TEST(event.is_unknown_line);
    BOOST_TEST(event.data == "another");
    BOOST_TEST_REQUIRE(parser.next(event));
    BOOST_TEST(!event.is_unknown_line);
    BOOST_TEST(event.data == "a");
}

BOOST_AUTO_TEST_CASE(an_event_does_not_wait_for_the_lf_behind_its_cr) {
    codec::sse_parser parser(0);
    sse_event event;
    parser.put("data: a\r\r");
    BOOST_TEST(parser.next(event));
    BOOST_TEST(event.data == "a");
}

BOOST_AUTO_TEST_CASE(mixed_ends) {
    check_bytes(
        "data: 1\ndata: 2\rdata: 3\r\n\rdata: 4\r\n\ndata: 5\n\ndata: 6\r\n\r\n",
        {"1\n2\n3", "4", "5", "6"}
    );
}

BOOST_AUTO_TEST_CASE(other_separators_end_no_line) {
    // U+2028, U+2029, U+0085, vertical tab and form feed, raw inside of a JSON text.
    check(
        "data: \"a\xe2\x80\xa8"
        "b\xe2\x80\xa9"
        "c\xc2\x85"
        "d\ve\ff\"\n\n",
        {"\"a\xe2\x80\xa8"
         "b\xe2\x80\xa9"
         "c\xc2\x85"
         "d\ve\ff\""}
    );
}

BOOST_AUTO_TEST_CASE(characters_of_several_bytes_may_be_split) {
    check("data: \xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\n\n", {"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"});
}

// ---------------------------------------------------------------------------------------------------- fields

BOOST_AUTO_TEST_CASE(one_space_behind_the_colon_is_dropped) {
    check("data:x\n\ndata: x\n\ndata:  x\n\ndata:\tx\n\ndata: x \n\n", {"x", "x", " x", "\tx", "x "});
}

BOOST_AUTO_TEST_CASE(only_the_first_colon_divides) { check("data: a: b:c\n\ndata::\n\n", {"a: b:c", ":"}); }

BOOST_AUTO_TEST_CASE(data_lines_are_joined_by_line_feeds) {
    check("data: a\ndata: b\ndata: c\n\n", {"a\nb\nc"});
    check("data: {\ndata:  \"x\": 1\ndata: }\n\n", {"{\n \"x\": 1\n}"});
}

BOOST_AUTO_TEST_CASE(empty_data_lines_count) {
    check("data: a\ndata:\ndata: b\n\n", {"a\n\nb"});
    check("data:\ndata:\n\n", {"\n"});
}

BOOST_AUTO_TEST_CASE(data_alone_is_an_event_with_empty_data) { check("data:\n\ndata: \n\n", {"", ""}); }

BOOST_AUTO_TEST_CASE(data_without_colon_is_an_empty_line) {
    check("data\n\n", {""});
    check("data\ndata\n\n", {"\n"});
    check("data: a\ndata\n\n", {"a\n"});
}

BOOST_AUTO_TEST_CASE(escaped_line_feeds_stay) { check("data: {\"a\":\"x\\ny\"}\n\n", {"{\"a\":\"x\\ny\"}"}); }

BOOST_AUTO_TEST_CASE(event_names_the_event) {
    check("event: error\ndata: x\n\ndata: y\n\n", {"error|x", "y"});
    check("data: x\nevent:ping\n\n", {"ping|x"});
}

BOOST_AUTO_TEST_CASE(the_last_name_counts) {
    check("event: a\nevent: b\ndata: x\n\n", {"b|x"});
    check("event: a\nevent\ndata: x\n\n", {"x"});
}

BOOST_AUTO_TEST_CASE(an_event_without_data_is_dropped_with_its_name) {
    check("event: a\n\ndata: x\n\n", {"x"});
    check("event: a\nretry: 5\n\n\n\ndata: x\n\n", {"x"});
}

BOOST_AUTO_TEST_CASE(fields_are_told_apart_by_their_exact_name) {
    check("Data: a\n data: b\ndata : c\ndatax: d\nDATA\ndat: e\n: f\ndata: x\n\n", {"x"});
    check("foo\nfoo: bar\n{}\n\ndata: x\n\n", {"x"});
}

BOOST_AUTO_TEST_CASE(the_id_stays_until_there_is_another) {
    check("id: 1\ndata: a\n\ndata: b\n\nid: 2\ndata: c\n\n", {"a#1", "b#1", "c#2"});
    check("id: 1\ndata: a\n\nid\ndata: b\n\n", {"a#1", "b"});
    check("data: a\nid:7\n\n", {"a#7"});
}

BOOST_AUTO_TEST_CASE(an_id_with_nul_is_ignored) {
    check(std::string("id: 1\ndata: a\n\nid: 2\0003\ndata: b\n\n", 32), {"a#1", "b#1"});
}

BOOST_AUTO_TEST_CASE(an_id_counts_without_data) {
    check("id: 5\n\n: comment\nid: 6\n\ndata: x\n\n", {"x#6"});
}

BOOST_AUTO_TEST_CASE(retry_is_a_number_of_milliseconds) {
    auto const retry = [](std::string const& value) {
        codec::sse_parser parser(0);
        sse_event event;
        auto const bytes = "retry: 7\nretry: " + value + "\n";
        parser.put(bytes);
        while (parser.next(event)) {
        }
        return parser.retry().value_or(-1ms).count();
    };
    BOOST_TEST(retry("2500") == 2500);
    BOOST_TEST(retry("0") == 0);
    BOOST_TEST(retry("007") == 7);
    BOOST_TEST(retry("9223372036854775807") == INT64_MAX);
    for (auto const* value : {"", "x", "-1", "+1", " 1", "1 ", "1.5", "1e3", "0x10", "9223372036854775808"})
        BOOST_TEST(retry(value) == 7, value);
    BOOST_TEST(!codec::sse_parser(0).retry().has_value());
}

BOOST_AUTO_TEST_CASE(bytes_of_the_data_are_not_touched) {
    std::string data;
    for (int c = 0; c < 256; ++c) {
        if (c != '\n' && c != '\r') data += static_cast<char>(c);
    }
    check("data: " + data + "\n\n", {data});
}

// ------------------------------------------------------------------------------------- comments and the mark

BOOST_AUTO_TEST_CASE(comments_are_dropped_anywhere) {
    check(
        ": OPENROUTER PROCESSING\n\n:\n:x\ndata: a\n: in between\ndata: b\n:\n\n: at the end\n\n",
        {"a\nb"}
    );
    check(": data: x\n\n", {});
}

BOOST_AUTO_TEST_CASE(a_comment_ends_where_its_line_ends) {
    BOOST_TEST(read_events({":", " com", "ment\r", "\ndata: a\n\n"}) == events({"a"}));
    BOOST_TEST(read_events({": x\r", "data: a\r\r"}) == events({"a"}));
    BOOST_TEST(read_events({":", "\n", "data: a\n\n"}) == events({"a"}));
}

BOOST_AUTO_TEST_CASE(comments_may_be_of_any_length) {
    std::string const piece(100'000, 'c');
    std::vector<std::string_view> pieces{"data: a\n:"};
    for (int i = 0; i < 200; ++i) pieces.push_back(piece);
    pieces.emplace_back("\n\n");
    BOOST_TEST(read_events(pieces, 1024) == events({"a"}));
    BOOST_TEST(read_events({":" + std::string(5000, 'c') + "\ndata: a\n\n"}, 1024) == events({"a"}));
}

BOOST_AUTO_TEST_CASE(a_byte_order_mark_at_the_start_is_passed_over) {
    check(std::string(mark) + "data: a\n\n", {"a"});
    check(std::string(mark) + "\n\ndata: a\n\n", {"a"});
    check(std::string(mark) + ": comment\ndata: a\n\n", {"a"});
}

BOOST_AUTO_TEST_CASE(another_byte_order_mark_is_part_of_its_line) {
    check(std::string(mark) + std::string(mark) + "data: a\n\n", {});
    check("\n" + std::string(mark) + "data: a\n\n", {});
    check("data: " + std::string(mark) + "a\n\n", {std::string(mark) + "a"});
}

BOOST_AUTO_TEST_CASE(half_a_byte_order_mark_is_part_of_its_line) {
    check(
        "\xef\xbb"
        "data: a\n\ndata: b\n\n",
        {"b"}
    );
    check(
        "\xef\xef\xbb\xbf"
        "data: a\n\ndata: b\n\n",
        {"b"}
    );
    check("\xef\xbb\n\ndata: b\n\n", {"b"});
}

// ------------------------------------------------------------------------------------- the end of the stream

BOOST_AUTO_TEST_CASE(an_event_without_its_blank_line_is_not_given) {
    check("data: a\n\ndata: b\n", {"a"}, "b");
    check("data: a\n\ndata: b", {"a"}, "b");
    check("data: a\n\ndata: b\ndata: c", {"a"}, "b\nc");
    check("data: a\n\nevent: error\nid: 3\ndata: b", {"a"}, "error|b#3");
    check("data: a\n\ndata", {"a"}, "");
    check("data: a\n\ndata: [DONE]", {"a"}, "[DONE]");
}

BOOST_AUTO_TEST_CASE(nothing_is_left_without_data) {
    for (auto const* rest : {"", "event: x", "event: x\n", "id: 1\n", ": data: x", "dat", "\n", "\xef\xbb"})
        check(std::string("data: a\n\n") + rest, {"a"});
    check("", {});
    check("\xef\xbb", {});
}

BOOST_AUTO_TEST_CASE(the_unfinished_event_is_given_once) {
    codec::sse_parser parser(0);
    sse_event event;
    parser.put("data: a");
    BOOST_TEST(!parser.next(event));
    BOOST_TEST(parser.take_unfinished(event));
    BOOST_TEST(event.data == "a");
    BOOST_TEST(!parser.take_unfinished(event));
    BOOST_TEST(!parser.next(event));
}

BOOST_AUTO_TEST_CASE(nothing_to_read) {
    codec::sse_parser parser(0);
    sse_event event;
    BOOST_TEST(!parser.next(event));
    parser.put("");
    BOOST_TEST(!parser.next(event));
    BOOST_TEST(!parser.next(event));
    BOOST_TEST(!parser.take_unfinished(event));
    BOOST_TEST(!parser.too_large());
}

BOOST_AUTO_TEST_CASE(asking_again_gives_nothing_twice) {
    codec::sse_parser parser(0);
    sse_event event;
    parser.put("data: a\n\nda");
    BOOST_TEST(parser.next(event));
    for (int i = 0; i < 3; ++i) BOOST_TEST(!parser.next(event));
    parser.put("ta: b\n\n");
    BOOST_TEST(parser.next(event));
    BOOST_TEST(event.data == "b");
    BOOST_TEST(!parser.next(event));
}

BOOST_AUTO_TEST_SUITE_END()
