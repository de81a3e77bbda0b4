// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/reply/chunk_reader.hpp"
#include "support/printing.hpp"
#include "support/streams/chunk_reading.hpp"
#include "support/streams/sample_streams.hpp"
#include <async_llm/error.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <vector>

// Events that are several, and what stands behind the end mark.

using namespace async_llm;
using namespace async_llm::test;
using outcome = codec::chunk_reader::outcome;

namespace {

/// Events with a line feed between them in place of a blank line.
std::string joined(std::vector<std::string> const& events) {
    std::string text;
    for (auto const& each : events) text += each.substr(0, each.size() - 1);
    return text;
}

std::string content(std::string const& text) { return delta_event("{\"content\":\"" + text + "\"}"); }

std::string usage_event(std::string const& members = "") {
    return event(
        R"({"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":1,"total_tokens":6})" + members + "}"
    );
}

} // namespace

BOOST_AUTO_TEST_SUITE(chunk_reader_lines)

BOOST_AUTO_TEST_CASE(events_that_no_blank_line_separates) {
    auto const all = joined({content("Hello"), content(" you"), finish_event(), done()});
    check_ends_well(all, "Hello you");
    check_ends_well(all + "\n", "Hello you");
    check_ends_well(joined({content("a"), content("b"), content("c"), content("d"), finish_event()}), "abcd");
    check_ends_well(
        joined({content("a"), content("b")}) + "\n" + content("c") + joined({finish_event(), done()}),
        "abc"
    );
    // Each is read as any event is.
    check_ends_well(
        joined({content("a\tb"), content("\\ud83d"), content("\\ude00"), finish_event(), done()}),
        "a\tb\xf0\x9f\x98\x80"
    );
    check_ends_well(joined({content("a"), "data:: ping\n\n", content("b"), finish_event(), done()}), "ab");
}

BOOST_AUTO_TEST_CASE(an_event_over_several_lines_stays_one) {
    check_ends_well(
        "data: {\"choices\":[{\"index\":0,\ndata: "
        "\"delta\":{\"content\":\"Hello\"},\"finish_reason\":\"stop\"}]}\n\n" +
            done(),
        "Hello"
    );
    // A line feed in a text is a control character.
    check_ends_well(
        "data: {\"choices\":[{\"delta\":{\"content\":\"a\ndata: b\"},\"finish_reason\":\"stop\"}]}\n\n" +
            done(),
        "a\nb"
    );
    check_fails(content("Hi") + "data: {\"a\":\ndata: {}\n\n", errc::invalid_json, "Hi");
    check_fails(content("Hi") + "data: {} {}\ndata: {}\n\n", errc::invalid_json, "Hi");
}

BOOST_AUTO_TEST_CASE(a_line_that_is_wrong_fails_in_its_turn) {
    auto const reading = check_fails(
        joined({content("a"), content("b"), "data: {\"c\":x}\n\n", content("d")}) + "\n",
        errc::invalid_json,
        "ab"
    );
    BOOST_TEST(reading.mentions("event 3"), reading.detail);
    BOOST_TEST(reading.mentions("at byte 5 of 7"), reading.detail);
    auto const error = check_fails(
        joined({content("a"), "data: {\"error\":{\"message\":\"no\"}}\n\n", content("b")}) + "\n",
        errc::stream_error,
        "a"
    );
    BOOST_TEST(error.error.message == "no");
}

// Of what broke off no line is known to be whole.
BOOST_AUTO_TEST_CASE(lines_without_an_end) {
    check_fails(joined({content("a"), content("b")}), errc::truncated_response, "ab");
    check_fails(joined({content("a"), content("b")}), errc::truncated_response, "", broken());
}

BOOST_AUTO_TEST_CASE(large_lines) {
    auto const filler = std::string(300u * 1024, 'x');
    auto const reading = read_whole(
        joined({content("a" + filler), content("b" + filler), content("c\t"), finish_event(), done()}) + "\n"
    );
    BOOST_TEST((reading.end == outcome::end), reading.detail);
    BOOST_TEST((reading.text() == "a" + filler + "b" + filler + "c\t"));
    auto const without_end =
        read_whole(joined({content("a" + filler), content("b" + filler), finish_event()}));
    BOOST_TEST((without_end.end == outcome::end), without_end.detail);
    BOOST_TEST((without_end.text() == "a" + filler + "b" + filler));
    auto const mended =
        read_whole(joined({content("a\t" + filler), content("b"), finish_event(), done()}) + "\n");
    BOOST_TEST((mended.text() == "a\t" + filler + "b"), mended.detail);
}

// Each line is parsed once or twice, not with all that follow it.
BOOST_AUTO_TEST_CASE(many_lines) {
    std::vector<std::string> lines(20'000, content("x"));
    lines.push_back(finish_event());
    auto const reading = read_whole(joined(lines) + "\n" + done());
    BOOST_TEST((reading.end == outcome::end), reading.detail);
    BOOST_TEST(reading.text().size() == 20'000u);
}

BOOST_AUTO_TEST_CASE(usage_behind_the_end_mark_that_is_there) {
    auto const begun = content("Hi") + finish_event() + done();
    auto const reading = read_whole(begun + usage_event());
    BOOST_TEST((reading.end == outcome::end));
    auto const usage = reading.completion().usage;
    BOOST_TEST_REQUIRE(usage.has_value());
    BOOST_TEST(usage->total_tokens == 6);
    BOOST_TEST(reading.chunks.size() == 3u);

    // It is not waited for, whether all of it is missing or a part.
    for (std::size_t i = begun.size(); i < (begun + usage_event()).size(); ++i) {
        auto const late = read_pieces(
            {begun + usage_event().substr(0, i - begun.size()), usage_event().substr(i - begun.size())}
        );
        BOOST_TEST((late.end == outcome::end));
        BOOST_TEST(!late.completion().usage);
    }
}

BOOST_AUTO_TEST_CASE(anything_else_behind_the_end_mark_is_dropped) {
    for (auto const& other :
         {content("more"),
          event(R"({"error":{"message":"no"}})"),
          event("{]"),
          event("[]"),
          event("{}"),
          usage_event(R"(,"error":{"message":"no"})"),
          event(R"({"choices":[{"delta":{}}],"usage":{"prompt_tokens":1}})"),
          event(R"({"usage":)" + std::string(200, '[') + std::string(200, ']') + "}"),
          done(),
          std::string(": ping\n\n")}) {
        auto const reading = read_whole(content("Hi") + finish_event() + done() + other);
        BOOST_TEST((reading.end == outcome::end), other);
        BOOST_TEST(reading.text() == "Hi");
        BOOST_TEST(reading.chunks.size() == 2u, other);
        BOOST_TEST(reading.error.empty());
    }
}

BOOST_AUTO_TEST_SUITE_END()
