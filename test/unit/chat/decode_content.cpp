// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/chat/decode_content.hpp"

#include "support/streams/chunk_reading.hpp"
#include "support/streams/decoding.hpp"
#include "support/streams/sample_streams.hpp"
#include <async_llm/error.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

// The text of an answer, wherever it stands, in a reply and in a chunk.

using namespace async_llm;
using codec::decode;
using codec::text_of;

namespace {

namespace data = boost::unit_test::data;

/// Members of a choice, whose `%` stands for `message` or `delta`, its text, and what is kept of the choice.
struct told_text {
    constexpr told_text(std::string_view json, std::string_view text, std::string_view unknown = "{}")
        : told(json), read(text), kept(unknown) {}

    friend std::ostream& operator<<(std::ostream& out, told_text const& value) { return out << value.told; }

    std::string in(std::string_view member) const {
        auto json = R"({"choices":[{"index":0,"finish_reason":"stop",)" + std::string(told) + "}]}";
        for (auto i = json.find('%'); i != std::string::npos; i = json.find('%')) json.replace(i, 1, member);
        return json;
    }

    std::string_view told;
    std::string_view read;
    std::string_view kept;
};

/// Content without any text.
constexpr std::string_view unset = "(unset)";

constexpr std::array<told_text, 31> places{{
    // Beside a message without content.
    {R"("%":{},"text":"a")", "a"},
    {R"("text":"a","%":{})", "a"},
    {R"("%":null,"text":"a")", "a"},
    {R"("%":[],"text":"a")", "a"},
    {R"("%":"","text":"a")", "a"},
    {R"("text":"a")", "a"},
    {R"("text":"")", ""},
    {R"("%":{"role":"assistant","content":null},"text":"a")", "a"},
    {R"("%":{"content":""},"text":"a")", "a"},
    {R"("%":{"content":[]},"text":"a")", "a"},
    {R"("%":{"content":""},"text":"")", "", R"({"text":""})"},
    {R"("%":{"content":null},"text":"")", unset, R"({"text":""})"},
    {R"("%":{"content":null},"text":null)", unset, R"({"text":null})"},
    // The first that has any counts.
    {R"("%":{"content":"a"},"text":"b")", "a", R"({"text":"b"})"},
    {R"("%":{"content":"a"},"content":"b")", "a", R"({"content":"b"})"},
    {R"("%":{},"content":"a")", "a"},
    {R"("content":"a")", "a"},
    {R"("%":{},"content":"b","text":"a")", "a", R"({"content":"b"})"},
    {R"("%":{},"content":"a","text":"")", "a", R"({"text":""})"},
    {R"("%":{"text":"a"})", "a"},
    {R"("%":{"content":"","text":"a"})", "a"},
    {R"("%":{"text":"a"},"text":"b")", "a", R"({"text":"b"})"},
    {R"("%":{"text":""},"text":"b")", "b"},
    // As anything that has a text.
    {R"("text":["a","b"])", "ab"},
    {R"("text":[{"type":"text","text":"a"},{"text":"b"}])", "ab"},
    {R"("text":{"text":"a"})", "a"},
    {R"("text":7)", "7"},
    {R"("%":{},"text":["a",{"type":"thinking","text":"b"}])", "a"},
    {R"("%":{},"text":[{"type":"thinking","text":"b"}])",
     unset,
     R"({"text":[{"type":"thinking","text":"b"}]})"},
    {R"("%":{},"text":{})", unset, R"({"text":{}})"},
    {R"("%":{"text":{"type":"text","value":"a"}})", "a"},
}};

constexpr std::array<told_text, 30> parts{{
    {R"([{"type":"text","content":"a"}])", "a"},
    {R"([{"type":"text","value":"a"}])", "a"},
    {R"([{"content":"a"},{"value":"b"}])", "ab"},
    {R"([{"text":"a","content":"b","value":"c"}])", "a"},
    {R"([{"text":null,"content":"a"}])", "a"},
    {R"([{"type":"text","text":{"value":"a","annotations":[]}}])", "a"},
    {R"([{"type":"text","text":{"text":"a"}},{"text":{"content":"b"}}])", "ab"},
    {R"([{"type":"text","text":{"annotations":[]}}])", unset},
    {R"([{"type":"markdown","text":"a"}])", "a"},
    {R"([{"type":"markdown","content":"a"}])", "a"},
    {R"([{"type":"input_text","text":"a"},{"type":"text_delta","text":"b"}])", "ab"},
    {R"([{"type":"answer","text":"a"},{"type":"paragraph","content":"b"}])", "ab"},
    {R"([{"type":7,"text":"a"}])", "a"},
    {R"([{"type":"text","text":7},{"type":"text","text":""}])", "7"},
    // What is no part of the answer.
    {R"([{"type":"thinking","text":"x"},{"type":"text","text":"a"}])", "a"},
    {R"([{"type":"reasoning","content":"x"},{"type":"reasoning_text","text":"y"}])", unset},
    {R"([{"type":"redacted_thinking","value":"x"},{"type":"thought","text":"y"}])", unset},
    {R"([{"type":"summary_text","text":"x"},{"type":"Thinking","text":"y"}])", unset},
    {R"([{"type":"tool_use","text":"x"},{"type":"tool_result","content":"y"}])", unset},
    {R"([{"type":"function_call","text":"x"},{"type":"server_tool_use","value":"y"}])", unset},
    {R"([{"type":"image_url","text":"x"},{"type":"input_audio","value":"y"}])", unset},
    {R"([{"type":"file","text":"x"},{"type":"search_result","content":"y"}])", unset},
    {R"([{"type":"citation","text":"x"},{"type":"context","text":"y"}])", unset},
    {R"([{"type":"text"},{"type":"text","text":null},{},null])", unset},
    // A part without its list, and what is none.
    {R"({"type":"text","content":"a"})", "a"},
    {R"({"type":"markdown","value":"a"})", "a"},
    {R"({"text":{"value":"a"}})", "a"},
    {R"({"type":"note","content":"a"})", R"({"type":"note","content":"a"})"},
    {R"({"value":"a"})", R"({"value":"a"})"},
    {R"({"type":"thinking","text":"x"})", unset},
}};

std::string shown(std::optional<std::string> const& content) { return content.value_or(std::string(unset)); }

} // namespace

BOOST_AUTO_TEST_SUITE(decode_content)

BOOST_DATA_TEST_CASE(places_of_the_text_of_a_reply, data::make(places), each) {
    auto const reply = decode(each.in("message"));
    BOOST_TEST_REQUIRE(!reply.ec, reply.detail);
    BOOST_TEST(shown(reply.message().content) == each.read);
    BOOST_TEST(text_of(reply.first().extra) == each.kept);
}

BOOST_DATA_TEST_CASE(places_of_the_text_of_a_chunk, data::make(places), each) {
    auto const reading = test::read_whole(test::event(each.in("delta")) + test::done());
    BOOST_TEST_REQUIRE(!reading.ec, reading.detail);
    auto const& choice = reading.chunks.at(0).choices.at(0);
    BOOST_TEST(shown(choice.delta.content) == each.read);
    BOOST_TEST(text_of(choice.extra) == each.kept);
}

BOOST_DATA_TEST_CASE(parts_of_a_message, data::make(parts), each) {
    auto const reply = decode(codec::reply_with_message(R"({"content":)" + std::string(each.told) + "}"));
    BOOST_TEST_REQUIRE(!reply.ec, reply.detail);
    BOOST_TEST(shown(reply.message().content) == each.read);
}

BOOST_DATA_TEST_CASE(parts_of_a_chunk, data::make(parts), each) {
    auto const reading = test::read_whole(
        test::event(R"({"choices":[{"delta":{"content":)" + std::string(each.told) + "}}]}") +
        test::finish_event() + test::done()
    );
    BOOST_TEST_REQUIRE(!reading.ec, reading.detail);
    BOOST_TEST(shown(reading.chunks.at(0).choices.at(0).delta.content) == each.read);
}

// Also where an event is like the one before it except for its texts.
BOOST_AUTO_TEST_CASE(streams_whose_text_stands_elsewhere) {
    auto const stream = [](std::string_view choice) {
        std::string body;
        for (std::string const text : {"Hel", "lo", "", ", you"}) {
            auto event = R"({"id":"c","x":"y","choices":[{"index":0,)" + std::string(choice) + "}]}";
            event.replace(event.find('%'), 1, text);
            body += test::event(event);
        }
        return body + test::finish_event() + test::done();
    };
    for (auto const* choice :
         {R"("delta":{},"text":"%")",
          R"("delta":{"content":""},"text":"%")",
          R"("delta":{"content":"%"},"text":"other")",
          R"("text":"%","delta":{"role":"assistant","content":null})",
          R"("delta":{"text":"%"})",
          R"("delta":{"content":"","text":"%"})",
          R"("content":"%")",
          R"("delta":{},"content":"%")",
          R"("delta":{"content":[{"type":"markdown","content":"%"}]})",
          R"("delta":{"content":[{"text":{"value":"%"}}]})"}) {
        // A text that is there once all others are empty would be read in its place.
        bool const has_other = std::string_view(choice).find("other") != std::string_view::npos;
        test::check_ends_well(stream(choice), has_other ? "Helloother, you" : "Hello, you");
    }
}

BOOST_AUTO_TEST_CASE(a_delta_in_place_of_a_message) {
    auto const reply = decode(R"({"choices":[{"delta":{"content":"a"},"x":1}]})");
    BOOST_TEST(!reply.ec, reply.detail);
    BOOST_TEST(reply.completion.text() == "a");
    BOOST_TEST(text_of(reply.first().extra) == R"({"x":1})");
    auto const both = decode(R"({"choices":[{"delta":{"content":"a"},"message":{"content":"b"}}]})");
    BOOST_TEST(both.completion.text() == "b");
    BOOST_TEST(both.first().extra.contains("delta"));
    BOOST_TEST((decode(R"({"choices":[{"delta":"a"}]})").ec == errc::invalid_response));
}

BOOST_AUTO_TEST_SUITE_END()
