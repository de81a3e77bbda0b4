// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/streams/odd_replies.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace async_llm;
using namespace async_llm::test;
using namespace async_llm::test::odd_replies;

BOOST_AUTO_TEST_SUITE(odd_choices)

BOOST_AUTO_TEST_CASE(text_and_calls_in_two_choices) {
    std::string const call =
        R"("tool_calls":[{"id":"a","function":{"name":"f","arguments":)" + arguments + "}}]";
    std::string const other = R"("tool_calls":[{"id":"b","function":{"name":"g","arguments":"[2]"}}])";
    auto const choice = [](std::string const& index, std::string const& members, std::string const& reason) {
        return "{" + (index.empty() ? "" : "\"index\":" + index + ",") + R"("message":{)" + members +
            R"(},"finish_reason":")" + reason + "\"}";
    };
    auto const piece = [](std::string const& index, std::string const& members, std::string const& reason) {
        return "{" + (index.empty() ? "" : "\"index\":" + index + ",") + R"("delta":{)" + members +
            (reason.empty() ? "}}" : R"(},"finish_reason":")" + reason + "\"}");
    };
    std::string const text = R"("content":"Hi")";
    struct numbers {
        numbers(char const* a, char const* b) : first(a), second(b) {}

        std::string first;
        std::string second;
    };
    for (auto const& each :
         {numbers("0", "0"), numbers("0", "1"), numbers("", ""), numbers("1", "2"), numbers("1", "0")}) {
        BOOST_TEST_CONTEXT(each.first << " and " << each.second) {
            check_whole({
                {"text, then calls",
                 choice(each.first, text, "tool_calls") + "," + choice(each.second, call, "tool_calls"),
                 f_of_1,
                 "Hi"},
                {"calls, then text",
                 choice(each.first, call, "stop") + "," + choice(each.second, text, "stop"),
                 f_of_1,
                 "Hi"},
                {"an empty text",
                 choice(each.first, R"("content":"")", "stop") + "," + choice(each.second, call, "stop"),
                 f_of_1},
                {"each call by itself",
                 choice(each.first, text, "tool_calls") + "," + choice(each.second, call, "tool_calls") +
                     "," +
                     choice(
                         each.second == "2"       ? "3"
                             : each.second == "1" ? "2"
                                                  : each.second,
                         other,
                         "tool_calls"
                     ),
                 {f_of_1[0], "b g [2]"},
                 "Hi"},
            });
            check_streams({
                {"in one event",
                 piece(each.first, text, "") + "," + piece(each.second, call, "") + "\n" +
                     piece(each.first, "", "tool_calls") + "," + piece(each.second, "", "tool_calls"),
                 f_of_1,
                 "Hi"},
                {"in several events",
                 piece(each.first, R"("content":"H")", "") + "\n" +
                     piece(each.first, R"("content":"i")", "") + "\n" + piece(each.second, call, "") + "\n" +
                     piece(each.first, "", "tool_calls") + "\n" + piece(each.second, "", "tool_calls"),
                 f_of_1,
                 "Hi"},
            });
        }
    }
    check_whole(
        {{"a cut",
          choice("0", text, "stop") + "," + choice("1", R"("tool_calls":[{"id":"a","name":"f"}])", "length"),
          {"!a f -"},
          "Hi"}}
    );

    auto const two = [&](std::string const& first, std::string const& second, bool one_choice) {
        return read_whole_reply(
                   R"({"choices":[)" + choice("0", first, "stop") + "," + choice("1", second, "stop") + "]}",
                   "",
                   one_choice
        )
            .completion.choices.size();
    };
    BOOST_TEST(two(text, call, true) == 1u);
    BOOST_TEST(two(text, call, false) == 2u);
    BOOST_TEST(two(text, text, true) == 2u);
    BOOST_TEST(two(call, call, true) == 2u);
    BOOST_TEST(two(text, text + "," + call, true) == 2u);
}

BOOST_AUTO_TEST_CASE(alternatives_are_not_mixed) {
    auto const piece = [](int index, std::string const& members) {
        return R"(data: {"choices":[{"index":)" + std::to_string(index) + R"(,"delta":{)" + members +
            "}}]}\n\n";
    };
    std::string const text = R"("content":"a")";
    std::string const call = R"("tool_calls":[{"id":"a","function":{"name":"f","arguments":"[1]"}}])";
    auto const read = [](std::string const& events) {
        return read_as_stream(events + "data: [DONE]\n\n", feeding());
    };
    auto const texts =
        read(piece(0, text) + piece(0, text) + piece(1, text) + piece(0, text) + piece(1, text));
    BOOST_TEST(!texts.ec);
    BOOST_TEST(texts.completion.choices.size() == 2u);
    BOOST_TEST(texts.completion.text() == "aaa");
    auto const calls = read(piece(0, text) + piece(0, text + "," + call) + piece(1, call));
    BOOST_TEST(!calls.ec);
    BOOST_TEST(calls.completion.choices.size() == 2u);
    // The calls of the second were shown as those of the first before it turned out to be another answer.
    auto const late = read(piece(0, text) + piece(0, text) + piece(1, call) + piece(1, text));
    BOOST_TEST((late.ec == errc::invalid_response));
    auto const turns =
        read(piece(0, text) + piece(0, text) + piece(1, call) + piece(0, text) + piece(1, text));
    BOOST_TEST((turns.ec == errc::invalid_response));
}

BOOST_AUTO_TEST_SUITE_END()
