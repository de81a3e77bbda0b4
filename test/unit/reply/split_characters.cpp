// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/reply/split_characters.hpp"

#include "support/printing.hpp"
#include "support/streams/chunk_reading.hpp"
#include "support/streams/decoding.hpp"
#include "support/streams/sample_streams.hpp"
#include <async_llm/error.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <initializer_list>
#include <ostream>
#include <string>
#include <string_view>

using namespace async_llm;
using namespace async_llm::test;
using outcome = codec::chunk_reader::outcome;

namespace {

namespace data = boost::unit_test::data;

#define FFFD "\xef\xbf\xbd"
#define GRIN "\xf0\x9f\x98\x80"

/// Texts of one member in the chunks of a stream, as JSON strings without their quotes, and those that are
/// read.
struct division {
    division(std::initializer_list<std::string_view> told, std::initializer_list<std::string_view> meant)
        : sent(told), read(meant) {}

    friend std::ostream& operator<<(std::ostream& out, division const& value) {
        for (auto const text : value.sent) out << text << '|';
        return out;
    }

    std::vector<std::string_view> sent;
    /// One more than sent: the last is that of the finish.
    std::vector<std::string_view> read;
};

std::array<division, 20> const divisions{{
    // Surrogates.
    {{R"(Hi \ud83d)", R"(\ude00 you)"}, {"Hi ", GRIN " you", ""}},
    {{R"(\ud83d)", R"(\ude00)"}, {"", GRIN, ""}},
    {{R"(\uD83D)", R"(\uDE00\uD83D)", R"(\uDE00)"}, {"", GRIN, GRIN, ""}},
    {{R"(\ud83d)", R"(\ud83d)", R"(\ude00)"}, {"", FFFD, GRIN, ""}},
    {{R"(\ud83d)", "", R"(\ude00)"}, {"", "", GRIN, ""}},
    // Bytes.
    {{"\xf0\x9f", "\x98\x80"}, {"", GRIN, ""}},
    {{"a\xf0", "\x9f", "\x98", "\x80z"}, {"a", "", "", GRIN "z", ""}},
    {{"\xc3", "\xa4\xc3", "\xa4"}, {"", "\xc3\xa4", "\xc3\xa4", ""}},
    {{"\xe2\x82", "\xac"}, {"", "\xe2\x82\xac", ""}},
    {{"a\tb\xf0\x9f", "\x98\x80\t"}, {"a\tb", GRIN "\t", ""}},
    // What follows does not complete it.
    {{R"(a\ud83d)", "b"}, {"a", FFFD "b", ""}},
    {{"\xf0\x9f", "b"}, {"", FFFD "b", ""}},
    {{"\xf0\x9f", "\xc3\xa4"}, {"", FFFD "\xc3\xa4", ""}},
    {{"\xf0\x9f", R"(\ude00)"}, {"", FFFD FFFD, ""}},
    {{R"(\ud83d)", "\x98\x80"}, {"", FFFD FFFD FFFD, ""}},
    {{"\xf0\x9f", "\x98"}, {"", "", FFFD}},
    // Nothing follows, or nothing was before.
    {{R"(a\ud83d)"}, {"a", FFFD}},
    {{"a\xf0\x9f\x98"}, {"a", FFFD}},
    {{R"(\ude00a)", "b"}, {FFFD "a", "b", ""}},
    {{"\x98\x80"}, {FFFD FFFD, ""}},
}};

/// A member with text of a delta, as JSON around the text, and what it is in a chunk.
struct text_member {
    text_member(std::string_view before, std::string_view behind, std::string (*get)(message_delta const&))
        : opening(before), closing(behind), text(get) {}

    friend std::ostream& operator<<(std::ostream& out, text_member const& value) {
        return out << value.opening << value.closing;
    }

    std::string_view opening;
    std::string_view closing;
    std::string (*text)(message_delta const&);
};

std::string arguments_of(message_delta const& delta) {
    std::string all;
    for (auto const& call : delta.tool_calls) all += call.arguments;
    return all;
}

std::array<text_member, 5> const text_members{{
    {R"({"content":")", R"("})", [](message_delta const& d) { return d.content.value_or(""); }},
    {R"({"role":"assistant", "reasoning" : ")",
     R"("})",
     [](message_delta const& d) { return d.reasoning.value_or(""); }},
    {R"({"reasoning_content":")", R"("})", [](message_delta const& d) { return d.reasoning.value_or(""); }},
    {R"({"refusal":")", R"("})", [](message_delta const& d) { return d.refusal.value_or(""); }},
    // In a notation of the provider's own, since a name would begin a call with each piece.
    {R"({"tool_calls":[{"index":0,"type":"t","t":1,"function":{"arguments":")", R"("}}]})", arguments_of},
}};

std::string with_text(text_member const& member, std::string_view text) {
    return std::string(member.opening) + std::string(text) + std::string(member.closing);
}

message_delta const& delta_of(chat_chunk const& chunk) { return chunk.choices.at(0).delta; }

} // namespace

BOOST_AUTO_TEST_SUITE(split_characters)

BOOST_DATA_TEST_CASE(divided_texts, data::make(text_members) * data::make(divisions), member, division) {
    std::string body;
    for (auto const text : division.sent) body += delta_event(with_text(member, text));
    auto const reading = read_stream(body + finish_event() + done());
    BOOST_TEST((reading.end == outcome::end), reading.detail);
    BOOST_TEST_REQUIRE(reading.chunks.size() == division.read.size());
    for (std::size_t i = 0; i < division.read.size(); ++i)
        BOOST_TEST(member.text(delta_of(reading.chunks[i])) == division.read[i], "chunk " << i);
}

// Between the halves any number of usual events may stand, which are read by their sniff_result to others.
BOOST_AUTO_TEST_CASE(other_chunks_between_the_halves) {
    auto const usual =
        delta_event(R"({"reasoning":"a"})") + delta_event(R"({"reasoning":"b"})") + delta_event("{}");
    auto const reading = check_ends_well(
        delta_event(R"({"content":"\ud83d"})") + usual + delta_event(R"({"content":"\ude00"})") + usual +
            delta_event(R"({"content":"!"})") + finish_event() + done(),
        GRIN "!"
    );
    BOOST_TEST(*delta_of(reading.chunks.at(2)).reasoning == "b");
    // Usual text ends the wait as well.
    check_ends_well(
        delta_event(R"({"content":"a"})") + delta_event(R"({"content":"b\ud83d"})") +
            delta_event(R"({"content":"c"})") + delta_event(R"({"content":"d"})") + finish_event() + done(),
        "ab" FFFD "cd"
    );
}

BOOST_AUTO_TEST_CASE(choices_and_members_by_themselves) {
    auto const of = [](int index, std::string const& delta) {
        return event(R"({"choices":[{"index":)" + std::to_string(index) + R"(,"delta":)" + delta + "}]}");
    };
    auto const reading = read_stream(
        of(0, R"({"content":"a\ud83d"})") + of(1, R"({"content":"b\ud83d","reasoning":"r\ud83d"})") +
        of(1, R"({"content":"\ude01"})") + of(0, R"({"content":"\ude00"})") +
        of(1, R"({"reasoning":"\ude02"})") +
        event(
            R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"},{"index":1,"delta":{},"finish_reason":"stop"}]})"
        ) +
        done()
    );
    auto const completion = reading.completion();
    BOOST_TEST(*completion.choices.at(0).message.content == "a" GRIN);
    BOOST_TEST(*completion.choices.at(1).message.content == "b\xf0\x9f\x98\x81");
    BOOST_TEST(*completion.choices.at(1).message.reasoning == "r\xf0\x9f\x98\x82");
}

BOOST_AUTO_TEST_CASE(calls_by_themselves) {
    auto const of = [](std::string const& members, std::string const& text) {
        return delta_event(
            R"({"tool_calls":[{)" + members + R"("function":{"arguments":")" + text + "\"}}]}"
        );
    };
    auto const two = read_stream(
        delta_event(R"({"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"1\ud83d"}},)"
                    R"({"index":1,"id":"b","function":{"name":"g","arguments":"2\ud83d"}}]})") +
        of(R"("index":1,)", R"(\ude01)") + of(R"("index":0,)", R"(\ude00)") + finish_event() + done()
    );
    auto const calls = two.completion().tool_calls();
    BOOST_TEST(calls.at(0).arguments == "1" GRIN);
    BOOST_TEST(calls.at(1).arguments == "2\xf0\x9f\x98\x81");

    auto const no_index = read_stream(
        delta_event(R"({"tool_calls":[{"id":"a","function":{"name":"f","arguments":"1\ud83d"}}]})") +
        of("", R"(\ude00)") + finish_event() + done()
    );
    BOOST_TEST(no_index.completion().tool_calls().at(0).arguments == "1" GRIN);

    // The next call with the same index does not complete what the one before it has begun.
    auto const next = read_stream(
        delta_event(R"({"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"1\ud83d"}}]})"
        ) +
        delta_event(R"({"tool_calls":[{"index":0,"id":"b","function":{"name":"g","arguments":"\ude00"}}]})") +
        finish_event() + done()
    );
    auto const& pieces = delta_of(next.chunks.at(1)).tool_calls;
    BOOST_TEST_REQUIRE(pieces.size() == 2u);
    BOOST_TEST(pieces[0].arguments == FFFD);
    BOOST_TEST(pieces[0].name.empty());
    BOOST_TEST((pieces[0].index == 0));
    BOOST_TEST(pieces[1].name == "g");
    BOOST_TEST(pieces[1].arguments == FFFD);
}

BOOST_AUTO_TEST_CASE(the_end_of_a_stream_without_finish) {
    auto const begun =
        delta_event(R"({"content":"a\ud83d","tool_calls":[{"function":{"name":"f","arguments":"{\ud83d"}}]})"
        );
    auto const reading = read_stream(begun + done());
    BOOST_TEST((reading.end == outcome::end));
    BOOST_TEST_REQUIRE(reading.chunks.size() == 2u);
    BOOST_TEST(*delta_of(reading.chunks[1]).content == FFFD);
    BOOST_TEST(delta_of(reading.chunks[1]).tool_calls.at(0).arguments == FFFD);
    BOOST_TEST(!delta_of(reading.chunks[1]).tool_calls.at(0).index);

    auto const cut = read_stream(begun);
    BOOST_TEST((cut.ec == errc::truncated_response));
    BOOST_TEST(*delta_of(cut.last).content == FFFD);
    auto const failed = read_stream(begun + event(R"({"error":{"message":"no"}})"));
    BOOST_TEST(failed.error.message == "no");
    BOOST_TEST(*delta_of(failed.last).content == FFFD);
}

// There nothing is joined.
BOOST_AUTO_TEST_CASE(halves_elsewhere_become_replacement_characters) {
    auto const reading = read_stream(
        delta_event(
            R"({"content":"\ud83d","vendor":{"content":["x",{"text":"\ud83d"}]},"name":"\ud83d",)"
            R"("reasoning_details":[{"type":"reasoning.text","text":"\ud83d"}],"audio":{"text":"\ude00a"},)"
            R"("images":[{"content":"\ud83d"}],"annotations":[{"text":"\ud83d"}],)"
            R"("tool_calls":[{"text":"\ud83d"}]})",
            R"(,"text":"\ud83d","logprobs":{"content":[{"token":"\ud83d","content":"\ud83d"}]})"
        ) +
        delta_event(R"({"content":"\ude00"})") + finish_event() + done()
    );
    auto const& choice = reading.chunks.at(0).choices.at(0);
    auto const& delta = choice.delta;
    BOOST_TEST(*delta.content == "");
    BOOST_TEST(
        codec::text_of(delta.extra) ==
        R"({"vendor":{"content":["x",{"text":")" FFFD R"("}]},"name":")" FFFD "\"}"
    );
    BOOST_TEST(
        codec::text_of(*delta.reasoning_details) == R"([{"type":"reasoning.text","text":")" FFFD "\"}]"
    );
    BOOST_TEST(codec::text_of(delta.audio) == "{\"text\":\"" FFFD "a\"}");
    BOOST_TEST(codec::text_of(delta.images) == "[{\"content\":\"" FFFD "\"}]");
    BOOST_TEST(codec::text_of(delta.annotations) == "[{\"text\":\"" FFFD "\"}]");
    BOOST_TEST(codec::text_of(delta.tool_calls.at(0).extra) == "{\"text\":\"" FFFD "\"}");
    BOOST_TEST(codec::text_of(choice.extra) == "{\"text\":\"" FFFD "\"}");
    BOOST_TEST(choice.logprobs.at(0).token == FFFD);
    BOOST_TEST(codec::text_of(choice.logprobs.at(0).extra) == "{\"content\":\"" FFFD "\"}");
    BOOST_TEST(reading.chunks.at(1).text() == GRIN);
}

// Characters that look like marks are left alone in chunks without marks, and in those with some.
BOOST_AUTO_TEST_CASE(noncharacters_of_the_model) {
    std::string const mark = "\xef\xb7\x9f\xef\xb7\xa0";
    check_ends_well(
        delta_event(R"({"content":"\ud83d"})") + delta_event("{\"content\":\"" + mark + "\"}") +
            finish_event() + done(),
        FFFD + mark
    );
    check_ends_well(
        delta_event("{\"content\":\"" + mark + "\\ud83d\"}") + delta_event(R"({"content":"\ude00"})") +
            finish_event() + done(),
        mark + FFFD FFFD
    );
}

BOOST_AUTO_TEST_CASE(bounded) {
    codec::split_characters characters;
    chat_chunk chunk;
    chunk.choices.emplace_back();
    auto const half = std::string("\xef\xb7\x9f\xef\xb7\xa0");
    for (int i = 0; i < 600; ++i) {
        auto& call = chunk.choices[0].delta.tool_calls.emplace_back();
        call.index = i;
        call.arguments = half;
    }
    characters.join(chunk, true);
    auto const& calls = chunk.choices[0].delta.tool_calls;
    BOOST_TEST(calls.at(codec::split_characters::max_kept - 1).arguments == "");
    BOOST_TEST(calls.at(codec::split_characters::max_kept).arguments == FFFD);
    chat_chunk last;
    characters.end(last);
    BOOST_TEST(last.choices.at(0).delta.tool_calls.size() == codec::split_characters::max_kept);
    BOOST_TEST(characters.empty());
}

BOOST_AUTO_TEST_SUITE_END()
