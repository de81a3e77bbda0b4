// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/streams/odd_replies.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace async_llm;
using namespace async_llm::test::odd_replies;

BOOST_AUTO_TEST_SUITE(odd_calls)

BOOST_AUTO_TEST_CASE(members_elsewhere) {
    std::vector<std::string> const calls{
        R"({"id":"a","function":{"name":"f","arguments":)" + arguments + "}}",
        R"({"id":"a","function":{"name":"f"},"arguments":)" + arguments + "}",
        R"({"id":"a","function":{"arguments":)" + arguments + R"(},"name":"f"})",
        R"({"id":"a","function":{"name":"f","arguments":""},"arguments":)" + arguments + "}",
        R"({"id":"a","function":{"name":"f","arguments":null},"input":{"x":1}})",
        R"({"id":"a","function":{"name":"f","arguments":{}},"arguments":{"x":1}})",
        R"({"id":"a","function":{"name":"f","arguments":"","parameters":{"x":1}}})",
        R"({"id":"a","function":[{"name":"f","arguments":{"x":1}}]})",
        R"({"id":"a","function":[{"name":"f"}],"arguments":{"x":1}})",
        R"({"id":"a","type":"function","function":"f","arguments":{"x":1}})",
        R"({"id":"a","function":"f","input":)" + arguments + "}",
        R"({"id":"a","function":{},"name":"f","arguments":)" + arguments + "}",
        R"({"id":"a","function":[],"name":"f","arguments":)" + arguments + "}",
        R"({"id":"a","function":null,"name":"f","parameters":{"x":1}})",
        R"({"id":"a","name":"f","input":{"x":1}})",
        R"({"id":"a","name":"f","parameters":)" + arguments + "}",
        R"({"id":"a","type":"function","name":"f","args":{"x":1}})",
        R"({"id":"a","type":"tool_use","name":"f","input":{"x":1}})",
        R"({"id":"a","type":"function_call","name":"f","arguments":)" + arguments + "}",
        R"({"id":"a","name":"f","arguments":{},"input":{"x":1}})",
    };
    for (auto const& call : calls) {
        BOOST_TEST_CONTEXT(call) {
            check_whole({
                {"in a list", whole(R"("tool_calls":[)" + call + "]"), f_of_1},
                {"in place of the list", whole(R"("tool_calls":)" + call), f_of_1},
                {"on the choice",
                 R"({"message":{},"finish_reason":"stop","tool_calls":[)" + call + "]}",
                 f_of_1},
                {"on a choice without a message", R"({"tool_calls":[)" + call + "]}", f_of_1},
                {"in the message and on the choice",
                 R"({"message":{"tool_calls":[)" + call + R"(]},"tool_calls":[)" + call + "]}",
                 f_of_1},
            });
            check_streams({
                {"in a list", delta(R"("tool_calls":[)" + call + "]") + finish(), f_of_1},
                {"on the choice", R"({"delta":{},"tool_calls":[)" + call + "]}\n" + finish(), f_of_1},
                {"on a choice without a delta", R"({"tool_calls":[)" + call + "]}\n" + finish(), f_of_1},
                {"and a piece that closes it",
                 delta(R"("tool_calls":[)" + call + "]") +
                     delta(R"("tool_calls":[{"id":"a","function":{"arguments":"{}"}}])") + finish(),
                 f_of_1},
            });
        }
    }
    check_streams({
        {"arguments beside, in pieces",
         delta(R"("tool_calls":[{"index":0,"id":"a","function":{"name":"f"},"arguments":"{\"x\""}])") +
             delta(R"("tool_calls":[{"index":0,"arguments":":1}"}])") + finish(),
         f_of_1},
        {"input beside, in pieces",
         delta(R"("tool_calls":[{"index":0,"id":"a","name":"f","input":""}])") +
             delta(R"("tool_calls":[{"index":0,"input":"{\"x\":"}])") +
             delta(R"("tool_calls":[{"index":0,"input":"1}"}])") + finish(),
         f_of_1},
    });
}

BOOST_AUTO_TEST_CASE(what_is_not_used_is_kept) {
    auto const call = [](std::string const& json) {
        return read_whole_reply(R"({"choices":[)" + whole(R"("tool_calls":[)" + json + "]") + "]}", "")
            .completion.tool_calls()
            .at(0);
    };
    using codec::text_of;
    auto const both =
        call(R"({"id":"a","name":"n","function":{"name":"f","arguments":"[1]","args":2},"input":3})");
    BOOST_TEST(both.name == "f");
    BOOST_TEST(both.arguments == "[1]");
    BOOST_TEST(text_of(both.extra) == R"({"input":3,"function":{"args":2},"name":"n"})");
    auto const custom = call(R"({"id":"a","custom":{"name":"g","input":"text"},"arguments":"more"})");
    BOOST_TEST(custom.type == "custom");
    BOOST_TEST(custom.arguments == "text");
    BOOST_TEST(text_of(custom.extra) == R"({"arguments":"more"})");
    auto const other = call(R"({"id":"a","type":"web_search","name":"n","input":{"q":1}})");
    BOOST_TEST(other.name.empty());
    BOOST_TEST(text_of(other.extra) == R"({"name":"n","input":{"q":1}})");
    auto const free_text = call(R"({"id":"a","type":"custom","name":"g","arguments":"text"})");
    BOOST_TEST(free_text.arguments == "text");
}

BOOST_AUTO_TEST_CASE(indexes_and_maps_of_words) {
    std::string const args = R"("function":{"arguments":)";
    check_streams({
        {"words as indexes",
         delta(R"("tool_calls":[{"index":"p","id":"a","function":{"name":"f","arguments":""}}])") +
             delta(R"("tool_calls":[{"index":"q","id":"b","function":{"name":"g","arguments":""}}])") +
             delta(R"("tool_calls":[{"index":"p",)" + args + R"("[1"}}])") +
             delta(R"("tool_calls":[{"index":"q",)" + args + R"("[2"}}])") +
             delta(R"("tool_calls":[{"index":"p",)" + args + R"("]"}},{"index":"q",)" + args + R"("]"}}])") +
             finish(),
         {"a f [1]", "b g [2]"}},
        {"a number as text",
         delta(R"("tool_calls":[{"index":"0","id":"a","function":{"name":"f","arguments":"[1"}}])") +
             delta(R"("tool_calls":[{"index":0,)" + args + R"("]"}}])") + finish(),
         {"a f [1]"}},
        {"a map, the words of which are ids",
         delta(
             R"("tool_calls":{"a":{"function":{"name":"f","arguments":""}},"b":{"function":{"name":"g","arguments":""}}})"
         ) + delta(R"("tool_calls":{"b":{)" + args + R"("[2]"}},"a":{)" + args + R"("[1]"}}})") +
             finish(),
         {"a f [1]", "b g [2]"}},
        {"a map of calls with ids",
         delta(
             R"("tool_calls":{"p":{"id":"a","function":{"name":"f"}},"q":{"id":"b","function":{"name":"g"}}})"
         ) + delta(R"("tool_calls":{"q":{)" + args + R"("[2]"}}})") +
             delta(R"("tool_calls":{"p":{)" + args + R"("[1]"}}})") + finish(),
         {"a f [1]", "b g [2]"}},
        {"a map by numbers, which are indexes and no ids",
         delta(
             R"("tool_calls":{"0":{"function":{"name":"f","arguments":""}},"1":{"function":{"name":"g","arguments":""}}})"
         ) + delta(R"("tool_calls":[{"index":1,)" + args + R"("[2]"}}])") +
             delta(R"("tool_calls":{"0":{)" + args + R"("[1]"}}})") + finish(),
         {"- f [1]", "- g [2]"}},
    });
    check_whole({
        {"a map",
         whole(
             R"("tool_calls":{"a":{"function":{"name":"f","arguments":"[1]"}},"b":{"name":"g","arguments":[2]}})"
         ),
         {"a f [1]", "b g [2]"}},
        {"a map of calls with ids",
         whole(R"("tool_calls":{"p":{"id":"a","name":"f","input":[1]},"q":{"id":"b","name":"g","input":[2]}})"
         ),
         {"a f [1]", "b g [2]"}},
        {"words as indexes",
         whole(R"("tool_calls":[{"index":"p","name":"f","input":[1]},{"index":"q","name":"f","input":[1]}])"),
         {"- f [1]", "- f [1]"}},
    });
}

BOOST_AUTO_TEST_CASE(two_notations_of_one_call) {
    std::string const legacy = R"("function_call":{"name":"f","arguments":)" + arguments + "}";
    std::string const now =
        R"("tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":)" +
        arguments + "}}]";
    check_whole({
        {"both", whole(legacy + "," + now), f_of_1},
        {"the newer first", whole(now + "," + legacy), f_of_1},
        {"in other notation", whole(R"("function_call":{"name":"f","arguments":{"x":1}},)" + now), f_of_1},
        {"with other white space",
         whole(R"("function_call":{"name":"f","arguments":"{ \"x\" : 1 }"},)" + now),
         f_of_1},
        {"a name alone", whole(R"("function_call":{"name":"f"},)" + now), f_of_1},
        {"one has the id, the other the call", whole(legacy + R"(,"tool_calls":[{"id":"a"}])"), f_of_1},
        {"on the choice", R"({"message":{)" + now + R"(},"finish_reason":"stop",)" + legacy + "}", f_of_1},
        {"two calls",
         whole(R"("function_call":{"name":"g","arguments":"[2]"},)" + now),
         {f_of_1[0], "- g [2]"}},
    });
    std::string const head = R"("function_call":{"name":"f","arguments":""})";
    std::string const first = R"("function_call":{"arguments":"{\"x\""})";
    std::string const second = R"("function_call":{"arguments":":1}"})";
    std::string const new_head =
        R"("tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":""}}])";
    std::string const new_first = R"("tool_calls":[{"index":0,"function":{"arguments":"{\"x\""}}])";
    std::string const new_second = R"("tool_calls":[{"index":0,"function":{"arguments":":1}"}}])";
    check_streams({
        {"both in one delta", delta(legacy + "," + now) + finish(), f_of_1},
        {"first one, then the other", delta(legacy) + delta(now) + finish(), f_of_1},
        {"the newer first", delta(now) + delta(legacy) + finish(), f_of_1},
        {"both in pieces, in each delta",
         delta(head + "," + new_head) + delta(new_first + "," + first) + delta(second + "," + new_second) +
             finish(),
         f_of_1},
        {"in pieces, then whole", delta(head) + delta(first) + delta(second) + delta(now) + finish(), f_of_1},
        {"in pieces, then in pieces",
         delta(head) + delta(first) + delta(second) + delta(new_head) + delta(new_first) + delta(new_second) +
             finish(),
         f_of_1},
        {"the newer in pieces, then whole",
         delta(new_head) + delta(new_first) + delta(new_second) + delta(legacy) + finish("function_call"),
         f_of_1},
        {"two calls",
         delta(now) + delta(R"("function_call":{"name":"g","arguments":"[2]"})") + finish(),
         {f_of_1[0], "- g [2]"}},
    });
}

BOOST_AUTO_TEST_CASE(answers_that_are_cut) {
    auto const call = [](std::string const& written) {
        return R"("tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":)" + written + "}}]";
    };
    for (std::string const reason : {"length", "content_filter", "max_tokens", "MAX_TOKENS"}) {
        BOOST_TEST_CONTEXT(reason) {
            check_whole({
                {"no arguments", whole(call("\"\""), reason), {"!a f -"}},
                {"half of the arguments", whole(call(R"("{\"x\":")"), reason), {R"(!a f {"x":)"}},
                {"arguments", whole(call(arguments), reason), f_of_1},
                {"an empty object", whole(call("{}"), reason), {"a f {}"}},
                {"free text",
                 whole(
                     R"("tool_calls":[{"id":"a","custom":{"name":"f","input":"b"}},{"id":"b","custom":{"name":"f","input":"c"}}])",
                     reason
                 ),
                 {"a f b", "!b f c"}},
            });
            check_streams({
                {"a head", delta(call("\"\"")) + finish(reason), {"!a f -"}},
                {"half of the arguments",
                 delta(call("\"\"")) + delta(R"("tool_calls":[{"index":0,"function":{"arguments":"{"}}])") +
                     finish(reason),
                 {"!a f {"}},
                {"arguments", delta(call(arguments)) + finish(reason), f_of_1},
                {"the second of two",
                 delta(call(arguments)) +
                     delta(R"("tool_calls":[{"index":1,"id":"b","function":{"name":"g","arguments":""}}])") +
                     finish(reason),
                 {f_of_1[0], "!b g -"}},
                {"behind another reason", delta(call("\"\"")) + finish("stop") + finish(reason), {"!a f -"}},
            });
        }
    }
    for (std::string const reason : {"tool_calls", "stop", "end_turn"}) {
        check_whole({{"not cut", whole(call("\"\""), reason), {"a f -"}}});
        check_streams({{"not cut", delta(call("\"\"")) + finish(reason), {"a f -"}}});
    }
}

BOOST_AUTO_TEST_CASE(calls_without_a_name) {
    for (auto const* call :
         {R"({"id":"a"})",
          R"({"id":"a","function":{"arguments":"{}"}})",
          R"({"id":"a","function":{"name":"","arguments":"{}"}})",
          R"({"id":"a","function":{"name":" ","arguments":"{}"}})",
          R"({"index":0,"id":"a","type":"function"})",
          R"({"id":"a","function":[{"name":"f"},{"name":"g"}]})",
          R"({"id":"a","custom":{"input":"x"}})"}) {
        BOOST_TEST_CONTEXT(call) {
            std::string const calls = R"("tool_calls":[)" + std::string(call) + "]";
            check_whole(
                {{"alone", whole(calls), refused},
                 {"with text", whole(R"("content":"Hi",)" + calls, "stop"), refused}}
            );
            check_streams(
                {{"alone", delta(calls) + finish(), refused},
                 {"with text", delta(R"("content":"Hi",)" + calls) + finish("stop"), refused}}
            );
        }
    }
    std::string const named =
        R"("tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"[1]"}},{"index":1,"id":"b"}])";
    check_whole({{"one of two", whole(named), refused}});
    auto const reading = read_whole_reply(
        R"(data: {"choices":[{"delta":{)" + named + "}}]}\n\ndata: [DONE]\n\n",
        "text/event-stream"
    );
    BOOST_TEST((reading.ec == errc::invalid_response));
    BOOST_TEST(reading.detail == "choice 0: tool call 1 has no name");
    // One of the provider's own kind has no name.
    check_whole(
        {{"another notation", whole(R"("tool_calls":[{"id":"a","type":"web_search","q":1}])"), {"a - -"}}}
    );
    check_streams(
        {{"another notation",
          delta(R"("tool_calls":[{"id":"a","type":"web_search","q":1}])") + finish(),
          {"a - -"}}}
    );
}

BOOST_AUTO_TEST_SUITE_END()
