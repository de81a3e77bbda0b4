// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/http/sse_parser.hpp"
#include "support/fixtures/heap.hpp"
#include "support/streams/sample_streams.hpp"
#include "support/streams/sse_reading.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace codec = async_llm::codec;
using codec::sse_event;
using namespace async_llm::test;

namespace {

constexpr std::size_t limit = 1024;

/// Does a parser give these events before it finds that something is too large, in whatever pieces the bytes
/// come?
void check_too_large(std::string const& text, std::vector<std::string> const& before) {
    events expected(before);
    expected.too_large = true;
    for (std::size_t const size : {std::size_t(1), std::size_t(97), text.size()})
        BOOST_TEST(read_fragments(text, size, limit) == expected, size);
}

void check_fits(std::string const& text, std::vector<std::string> const& all) {
    for (std::size_t const size : {std::size_t(1), std::size_t(97), text.size()})
        BOOST_TEST(read_fragments(text, size, limit) == events(all), size);
}

bool lies_in(std::string_view part, std::string_view whole) {
    return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

} // namespace

BOOST_AUTO_TEST_SUITE(sse_parser_limits)

BOOST_AUTO_TEST_CASE(a_line_is_bounded) {
    std::string const longest(limit - 6, 'x');
    check_fits("data: a\n\ndata: " + longest + "\n\ndata: b\n\n", {"a", longest, "b"});
    check_too_large("data: a\n\ndata: " + longest + "x\n\ndata: b\n\n", {"a"});
    check_too_large("data: a\n\ndata: b\ndata: " + longest + "x", {"a"});
}

BOOST_AUTO_TEST_CASE(every_line_but_a_comment_is_bounded) {
    std::string const value(limit, 'x');
    for (auto const* field : {"event: ", "id: ", "retry: ", "foo: ", ""})
        check_too_large("data: a\n\n" + std::string(field) + value + "x\ndata: b\n\n", {"a"});
    check_fits(": " + value + "\ndata: b\n\n", {"b"});
}

BOOST_AUTO_TEST_CASE(an_event_is_bounded) {
    std::string const line(limit / 2 - 1, 'x');
    std::string const two = "data: " + line + "\ndata: " + line + "\n";
    check_fits(two + "\ndata: b\n\n", {line + "\n" + line, "b"});
    check_fits(two + "data\n\n", {line + "\n" + line + "\n"});
    check_too_large(two + "data\ndata\n\ndata: b\n\n", {});
    check_too_large("data: a\n\n" + two + "data: x\n\n", {"a"});
}

BOOST_AUTO_TEST_CASE(many_short_lines_of_one_event_are_bounded) {
    std::string text;
    for (std::size_t i = 0; i < limit + 2; ++i) text += "data\n";
    check_too_large("data: a\n\n" + text, {"a"});
}

BOOST_AUTO_TEST_CASE(many_lines_without_data_take_no_memory) {
    std::string text;
    for (int i = 0; i < 10'000; ++i) text += "event: some name\nfoo: some value\nid: 5\n";
    check_fits(text + "data: a\n\n", {"some name|a#5"});
}

BOOST_AUTO_TEST_CASE(after_too_much_nothing_more_comes) {
    codec::sse_parser parser(limit);
    sse_event event;
    std::string const line(limit + 1, 'x');
    parser.put(line);
    BOOST_TEST(!parser.next(event));
    BOOST_TEST(parser.too_large());
    for (auto const* more : {"\n\n", "data: a\n\n"}) {
        parser.put(more);
        BOOST_TEST(!parser.next(event));
    }
    BOOST_TEST(!parser.take_unfinished(event));
    BOOST_TEST(parser.too_large());
}

BOOST_AUTO_TEST_CASE(without_a_limit_there_is_none) {
    std::string const large(3 * 1024 * 1024, 'x');
    BOOST_TEST(read_fragments("data: " + large + "\n\n", 100'000).complete.at(0).size() == large.size());
}

BOOST_AUTO_TEST_CASE(data_in_one_line_is_not_copied) {
    codec::sse_parser parser(0);
    sse_event event;
    std::string const bytes = "id: 1\ndata: first\n\n: x\ndata: second\nevent: name\n\ndata: a\ndata: b\n\n";
    parser.put(bytes);
    for (auto const* data : {"first", "second"}) {
        BOOST_TEST_REQUIRE(parser.next(event));
        BOOST_TEST(event.data == data);
        BOOST_TEST(lies_in(event.data, bytes));
    }
    BOOST_TEST_REQUIRE(parser.next(event));
    BOOST_TEST(event.data == "a\nb");
    BOOST_TEST(!lies_in(event.data, bytes));
}

BOOST_AUTO_TEST_CASE(data_whose_line_or_event_began_before_is_copied) {
    codec::sse_parser parser(0);
    sse_event event;
    std::string const first = "data: a\n\ndata: line";
    std::string const second = " of two pieces\n\ndata: c\n";
    std::string const third = "\ndata: d\n\n";
    parser.put(first);
    BOOST_TEST(parser.next(event));
    BOOST_TEST(!parser.next(event));
    parser.put(second);
    BOOST_TEST(parser.next(event));
    BOOST_TEST(event.data == "line of two pieces");
    BOOST_TEST(!lies_in(event.data, second));
    BOOST_TEST(!parser.next(event));
    parser.put(third);
    BOOST_TEST(parser.next(event));
    BOOST_TEST(event.data == "c");
    BOOST_TEST(parser.next(event));
    BOOST_TEST(event.data == "d");
    BOOST_TEST(lies_in(event.data, third));
}

BOOST_AUTO_TEST_CASE(a_copy_of_a_parser_reads_on_by_itself) {
    codec::sse_parser parser(0);
    sse_event event;
    parser.put("data: x\ndata: a");
    BOOST_TEST(!parser.next(event));
    auto copy = std::make_unique<codec::sse_parser>(parser);
    parser.put("b\n\n");
    copy->put("c\n\n");
    BOOST_TEST(parser.next(event));
    BOOST_TEST(event.data == "x\nab");
    auto moved = std::move(*copy);
    copy.reset();
    BOOST_TEST(moved.next(event));
    BOOST_TEST(event.data == "x\nac");
}

// A parser whose time grows with the square of the size would not get through these.

BOOST_AUTO_TEST_CASE(an_event_of_64_mib) {
    constexpr std::size_t size = 64u << 20;
    std::string const text = "data: a\n\ndata: " + std::string(size, 'x') + "\n\ndata: b\n\n";
    for (std::size_t const piece : {std::size_t(97), std::size_t(100'000), text.size()}) {
        auto const found = read_fragments(text, piece, size + 6);
        BOOST_TEST_REQUIRE(found.complete.size() == 3u);
        BOOST_TEST(found.complete[1].size() == size);
        BOOST_TEST(found.complete[2] == "b");
    }
    BOOST_TEST(read_fragments(text, 100'000, size).too_large);
}

BOOST_AUTO_TEST_CASE(a_large_event_byte_by_byte) {
    constexpr std::size_t size = 2u << 20;
    auto const found = read_fragments("data: " + std::string(size, 'x') + "\n\ndata: b\n\n", 1);
    BOOST_TEST_REQUIRE(found.complete.size() == 2u);
    BOOST_TEST(found.complete[0].size() == size);
}

BOOST_AUTO_TEST_CASE(a_large_event_of_many_lines) {
    constexpr std::size_t lines = 1u << 20;
    for (auto const* end : {"\n", "\r", "\r\n"}) {
        std::string text;
        for (std::size_t i = 0; i < lines; ++i) text += std::string("data: x") + end;
        text += end;
        for (std::size_t const piece : {std::size_t(97), std::size_t(100'000), text.size()}) {
            auto const found = read_fragments(text, piece);
            BOOST_TEST_REQUIRE(found.complete.size() == 1u);
            BOOST_TEST(found.complete[0].size() == 2 * lines - 1);
        }
    }
}

BOOST_AUTO_TEST_CASE(many_small_events_in_one_put) {
    constexpr std::size_t count = 1u << 20;
    // Only CRs, only LFs: a parser that looks for the other one behind each line looks through all that is
    // left.
    for (auto const* end : {"\n", "\r", "\r\n"}) {
        std::string text;
        for (std::size_t i = 0; i < count; ++i) text += std::string("data: x") + end + end;
        BOOST_TEST(read_fragments(text, text.size()).complete.size() == count);
    }
}

BOOST_AUTO_TEST_CASE(lines_without_a_colon_of_64_mib) {
    std::string const text(64u << 20, 'd');
    BOOST_TEST(read_fragments(text + "\ndata: a\n\n", 100'000) == events({"a"}));
}

BOOST_AUTO_TEST_CASE(the_memory_of_a_huge_event_is_not_kept) {
    std::string const half(1024 * 1024, 'x');
    auto const begin = "data: " + half;
    auto const end = half + "\n\n";
    codec::sse_parser parser(0);
    sse_event event;
    auto const before = bytes_in_use();
    parser.put(begin);
    BOOST_TEST(!parser.next(event));
    parser.put(end);
    BOOST_TEST_REQUIRE(parser.next(event));
    BOOST_TEST(event.data.size() == 2 * half.size());
    BOOST_TEST(!parser.next(event));
    BOOST_TEST(bytes_in_use() < before + 256 * 1024);
}

BOOST_AUTO_TEST_SUITE_END()
