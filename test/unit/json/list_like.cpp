// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/json/list_like.hpp"

#include "support/streams/chunk_reading.hpp"
#include "support/streams/decoding.hpp"
#include "support/streams/sample_streams.hpp"
#include <async_llm/error.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <ostream>
#include <string>
#include <string_view>

// Lists for objects, and objects for lists, in a reply and in a chunk.

using namespace async_llm;
using codec::decode;

namespace {

namespace data = boost::unit_test::data;

/// Choices in short: `index:text`, with a space between them.
template <class Choices, class Text>
std::string in_short(Choices const& choices, Text text) {
    std::string all;
    for (auto const& each : choices) {
        if (!all.empty()) all += ' ';
        all += std::to_string(each.index) + ':' + text(each);
    }
    return all;
}

/// JSON whose `%` stands for `message` or `delta`, and the choices that it has, or part of the sentence that
/// refuses it.
struct told_choices {
    constexpr told_choices(std::string_view json, std::string_view choices, std::string_view complaint = "")
        : told(json), read(choices), refused(complaint) {}

    friend std::ostream& operator<<(std::ostream& out, told_choices const& value) {
        return out << value.told;
    }

    std::string in(std::string_view member) const {
        std::string json(told);
        for (auto i = json.find('%'); i != std::string::npos; i = json.find('%')) json.replace(i, 1, member);
        return json;
    }

    std::string_view told;
    std::string_view read;
    std::string_view refused;
};

constexpr std::array<told_choices, 22> shapes{{
    {R"([{"%":{"content":"a"}},{"%":{"content":"b"}}])", "0:a 1:b"},
    {R"({"0":{"%":{"content":"a"}},"1":{"%":{"content":"b"}}})", "0:a 1:b"},
    {R"({"3":{"%":{"content":"a"}}," 1 ":{"index":2,"%":{"content":"b"}}})", "3:a 2:b"},
    {R"({"%":{"content":"a"}})", "0:a"},
    {R"({"index":1,"finish_reason":"stop","%":{"content":"a"}})", "1:a"},
    {R"([{"%":[{"content":"a"}]}])", "0:a"},
    {R"({"0":{"%":[{"content":"a"}]}})", "0:a"},
    {R"({"0":{"%":{"content":"a"}},"x":{"%":{"content":"b"}}})", "", "choices is object"},
    {R"({"0":{"%":{"content":"a"}},"1":null})", "0:a"},
    {R"({"0":null,"1":{"%":{"content":"b"}}})", "1:b"},
    {R"([null,{"%":{"content":"a"}}])", "0:a"},
    {R"([null,{"index":0,"%":{"content":"a"}},null,null,{"index":1,"%":{"content":"b"}},null])", "0:a 1:b"},
    {R"({"content":"a"})", "0:a"},
    {R"({"x":{}})", "", "choices is object"},
    {R"({"0":{"%":{"content":"a"}},"x":null})", "", "choices is object"},
    {R"([null,7])", "", "choices[0] is int64"},
    {R"([{"%":[{"content":"a"},{"content":"b"}]}])", "", " is array, not an object"},
    {R"([{"%":["a"]}])", "", " is array, not an object"},
    {R"([[{"%":{"content":"a"}}]])", "", "choices[0] is array"},
    {R"("x")", "", "choices is string"},
    {R"(1)", "", "choices is int64"},
    {R"({"0":{"%":{"content":"a"}},"1":{"%":1}})", "", "choices[1]."},
}};

} // namespace

BOOST_AUTO_TEST_SUITE(list_like)

BOOST_DATA_TEST_CASE(choices_of_a_reply, data::make(shapes), each) {
    auto const reply = decode(R"({"choices":)" + each.in("message") + "}");
    auto const text = [](choice const& one) { return one.message.content.value_or("-"); };
    BOOST_TEST(reply.ec.failed() == !each.refused.empty(), reply.detail);
    if (each.refused.empty())
        BOOST_TEST(in_short(reply.completion.choices, text) == each.read);
    else
        BOOST_TEST(reply.detail.find(each.refused) != std::string::npos, reply.detail);
}

BOOST_DATA_TEST_CASE(choices_of_a_chunk, data::make(shapes), each) {
    auto const reading =
        test::read_whole(test::event(R"({"choices":)" + each.in("delta") + "}") + test::done());
    auto const text = [](chunk_choice const& one) { return one.delta.content.value_or("-"); };
    BOOST_TEST(reading.ec.failed() == !each.refused.empty(), reading.detail);
    if (each.refused.empty())
        BOOST_TEST(in_short(reading.chunks.at(0).choices, text) == each.read);
    else
        BOOST_TEST(reading.mentions(each.refused), reading.detail);
}

// As languages write an empty list that have one type for both.
BOOST_AUTO_TEST_CASE(something_empty_for_a_list_of_choices) {
    for (std::string const empty : {"[]", "{}", R"("")", "null", "[null]", "[null,null]", R"({"0":null})"}) {
        auto const reply = decode(R"({"choices":)" + empty + "}");
        BOOST_TEST((reply.ec == errc::invalid_response), empty);
        BOOST_TEST(reply.detail == (empty == "null" ? "choices is null" : "choices is empty"));
        auto const usage =
            R"({"choices":)" + empty + R"(,"usage":{"prompt_tokens":3,"completion_tokens":4}})";
        auto const finish = R"({"choices":[{"delta":{"content":"Hello"},"finish_reason":"stop"}]})";
        test::check_ends_well(
            test::event(usage) + test::event(finish) + test::event(usage) + test::done(),
            "Hello"
        );
    }
}

// As languages write an empty object that have one type for both.
BOOST_AUTO_TEST_CASE(an_empty_list_for_an_object) {
    test::check_ends_well(
        test::event(R"({"choices":[{"delta":[]}]})") + test::delta_event(R"({"content":"Hello"})") +
            test::event(R"({"choices":[{"delta":[],"finish_reason":"stop"}]})") + test::done(),
        "Hello"
    );
    // A message without anything is half a reply.
    BOOST_TEST((decode(R"({"choices":[{"message":[]}]})").ec == errc::invalid_response));
}

BOOST_AUTO_TEST_CASE(a_map_of_too_many) {
    std::string map;
    for (int i = 0; i < 129; ++i) map += ",\"" + std::to_string(i) + R"(":{"message":{}})";
    BOOST_TEST(decode("{\"choices\":{" + map.substr(1) + "}}").detail.find("129") != std::string::npos);
    std::string more = map;
    for (int i = 129; i < 600; ++i) more += ",\"" + std::to_string(i) + R"(":{"message":{}})";
    BOOST_TEST((decode("{\"choices\":{" + more.substr(1) + "}}").ec == errc::json_too_complex));
}

// Choices with large values are read again and again.
BOOST_AUTO_TEST_CASE(a_map_of_large_choices) {
    std::string numbers = "1";
    for (int i = 0; i < 10'000; ++i) numbers += ",1";
    auto const filler = std::string(100u * 1024, 'x');
    auto const one = [&](std::string const& text) {
        return R"({"message":{"content":")" + text + R"(","filler":")" + filler + R"("},"list":[)" + numbers +
            "]}";
    };
    auto const reply = decode(R"({"choices":{"1":)" + one("a") + ",\"2\":" + one("b") + "}}");
    BOOST_TEST(!reply.ec, reply.detail);
    auto const text = [](choice const& each) { return each.message.content.value_or("-"); };
    BOOST_TEST(in_short(reply.completion.choices, text) == "1:a 2:b");
    BOOST_TEST(reply.first().extra.at("list").as_array().size() == 10'001u);
}

BOOST_AUTO_TEST_SUITE_END()
