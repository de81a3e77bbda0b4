// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/building.hpp"
#include "support/streams/decoding.hpp"
#include <async_llm/completion_builder.hpp>

#include <boost/test/unit_test.hpp>

// The pieces of tool calls, in all the ways in which providers number and name them.

using namespace async_llm;
using namespace async_llm::test;

namespace {

/// The calls that these deltas make, each delta being a list of pieces (JSON); in short: `id name arguments`.
std::vector<std::string> calls_of(std::vector<std::string> const& lists) {
    std::vector<std::string> deltas;
    for (auto const& list : lists) deltas.push_back(R"({"tool_calls":[)" + list + "]}");
    auto const completion = build(deltas_of(deltas));
    std::vector<std::string> calls;
    for (auto const& call : completion.tool_calls())
        calls.push_back(call.id + ' ' + call.name + ' ' + call.arguments);
    return calls;
}

/// A piece with these members (JSON, with a comma behind) and these arguments.
std::string piece(std::string_view members, std::string_view name, std::string_view arguments) {
    return "{" + std::string(members) + R"("function":{"name":)" + std::string(name) + R"(,"arguments":")" +
        std::string(arguments) + "\"}}";
}

using list = std::vector<std::string>;

} // namespace

BOOST_AUTO_TEST_SUITE(completion_builder_calls)

BOOST_AUTO_TEST_CASE(pieces_are_joined_by_their_index) {
    BOOST_TEST(
        (calls_of(
             {piece(R"("index":0,"id":"a","type":"function",)", R"("f")", ""),
              piece(R"("index":0,)", "null", "{\\\"x\\\""),
              piece(R"("index":1,"id":"b","type":"function",)", R"("g")", ""),
              piece(R"("index":1,)", "null", "[1"),
              piece(R"("index":0,)", "null", ":1}"),
              piece(R"("index":1,)", "null", "]")}
         ) == list{R"(a f {"x":1})", "b g [1]"})
    );
}

BOOST_AUTO_TEST_CASE(tc_null_and_empty_ids_and_names_overwrite_nothing) {
    BOOST_TEST(
        (calls_of(
             {piece(R"("index":0,"id":"a",)", R"("f")", ""),
              piece(R"("index":0,"id":null,"type":null,)", "null", "1"),
              piece(R"("index":0,"id":"","type":"",)", "\"\"", "2"),
              R"({"index":0})",
              R"({"index":0,"function":null})",
              R"({"index":0,"function":{"arguments":null}})"}
         ) == list{"a f 12"})
    );
}

BOOST_AUTO_TEST_CASE(tc_a_missing_or_null_index_belongs_to_the_call_before) {
    BOOST_TEST(
        (calls_of(
             {piece(R"("id":"a",)", R"("f")", ""),
              piece("", "null", "1"),
              piece(R"("index":null,)", "null", "2"),
              piece(R"("id":"b",)", R"("g")", "3"),
              piece(R"("id":"",)", "\"\"", "4"),
              piece(R"("id":"b",)", R"("g")", "5"),
              piece(R"("id":"a",)", "null", "6")}
         ) == list{"a f 126", "b g 345"})
    );
    BOOST_TEST((calls_of({piece("", "null", "1"), piece("", R"("f")", "")}) == list{" f 1"}));
}

BOOST_AUTO_TEST_CASE(an_id_without_a_name_begins_no_call_if_there_is_no_index) {
    BOOST_TEST((
        calls_of({piece(R"("id":"a",)", R"("f")", "1"), piece(R"("id":"x",)", "null", "2")}) == list{"a f 12"}
    ));
}

BOOST_AUTO_TEST_CASE(an_index_may_come_late) {
    BOOST_TEST(
        (calls_of({piece(R"("id":"a",)", R"("f")", "1"), piece(R"("index":0,)", "null", "2")}) ==
         list{"a f 12"})
    );
    BOOST_TEST(
        (calls_of(
             {piece(R"("id":"a",)", R"("f")", "1"),
              piece(R"("index":1,"id":"b",)", R"("g")", "2"),
              piece(R"("index":0,)", "null", "3"),
              piece(R"("index":1,)", "null", "4")}
         ) == list{"a f 13", "b g 24"})
    );
}

BOOST_AUTO_TEST_CASE(tc_the_first_index_may_be_1) {
    BOOST_TEST(
        (calls_of(
             {piece(R"("index":1,"id":"a",)", R"("f")", ""),
              piece(R"("index":1,)", "null", "1"),
              piece(R"("index":2,"id":"b",)", R"("g")", "2")}
         ) == list{"a f 1", "b g 2"})
    );
}

BOOST_AUTO_TEST_CASE(index_minus_1_counts_as_0) {
    BOOST_TEST(
        (calls_of({piece(R"("index":-1,"id":"a",)", R"("f")", "1"), piece(R"("index":0,)", "null", "2")}) ==
         list{"a f 12"})
    );
}

BOOST_AUTO_TEST_CASE(all_calls_may_be_numbered_0) {
    auto const same = R"("index":0,"id":"a",)";
    auto const other = R"("index":0,"id":"b",)";
    BOOST_TEST((calls_of({piece(same, R"("f")", "1"), piece(other, R"("g")", "2")}) == list{"a f 1", "b g 2"})
    );
    BOOST_TEST(
        (calls_of({piece(same, R"("f")", "1") + "," + piece(other, R"("f")", "2")}) == list{"a f 1", "b f 2"})
    );
    // What follows belongs to the last, unless it names another.
    BOOST_TEST(
        (calls_of(
             {piece(same, R"("f")", ""),
              piece(R"("index":0,)", "null", "1"),
              piece(other, R"("g")", ""),
              piece(R"("index":0,)", "null", "2"),
              piece(same, "null", "3")}
         ) == list{"a f 13", "b g 2"})
    );
}

BOOST_AUTO_TEST_CASE(calls_without_ids_begin_with_another_name_behind_arguments) {
    for (auto const* members : {"", R"("index":0,)", R"("index":0,"id":"",)"}) {
        BOOST_TEST(
            (calls_of({piece(members, R"("f")", "1"), piece(members, R"("g")", "2")}) == list{" f 1", " g 2"}
            ),
            members
        );
    }
}

BOOST_AUTO_TEST_CASE(the_same_id_under_another_index_is_the_same_call) {
    BOOST_TEST(
        (calls_of(
             {piece(R"("index":0,"id":"a",)", R"("f")", "1"), piece(R"("index":1,"id":"a",)", R"("f")", "2")}
         ) == list{"a f 12"})
    );
}

BOOST_AUTO_TEST_CASE(whole_calls_in_one_chunk) {
    BOOST_TEST(
        (calls_of({piece(R"("id":"a",)", R"("f")", "1") + "," + piece(R"("id":"b",)", R"("g")", "2")}) ==
         list{"a f 1", "b g 2"})
    );
    BOOST_TEST((calls_of({piece(R"("index":0,"id":"a",)", R"("f")", "{}")}) == list{"a f {}"}));
}

BOOST_AUTO_TEST_CASE(a_name_may_come_in_pieces) {
    auto const members = R"("index":0,)";
    BOOST_TEST(
        (calls_of({piece(members, R"("get_")", ""), piece(members, R"("time")", "")}) == list{" get_time "})
    );
    BOOST_TEST(
        (calls_of(
             {piece(R"("index":0,"id":"a",)", R"("get_")", ""),
              piece(R"("index":0,"id":"a",)", R"("time")", "1")}
         ) == list{"a get_time 1"})
    );
}

BOOST_AUTO_TEST_CASE(a_name_that_is_repeated_is_said_once) {
    auto const members = R"("index":0,"id":"a",)";
    BOOST_TEST(
        (calls_of({piece(members, R"("f")", ""), piece(members, R"("f")", "1"), piece(members, R"("f")", "2")}
         ) == list{"a f 12"})
    );
}

BOOST_AUTO_TEST_CASE(tc_arguments_empty_missing_or_an_object) {
    BOOST_TEST((calls_of({R"({"index":0,"id":"a","function":{"name":"f"}})"}) == list{"a f "}));
    BOOST_TEST((calls_of({R"({"index":0,"id":"a","function":{"name":"f","arguments":""}})"}) == list{"a f "})
    );
    BOOST_TEST(
        (calls_of({R"({"index":0,"id":"a","function":{"name":"f","arguments":{"x":[1]}}})"}) ==
         list{R"(a f {"x":[1]})"})
    );
    BOOST_TEST(
        (calls_of({piece(R"("index":0,)", R"("f")", "{}"), piece(R"("index":0,)", "null", "\\n  ")}) ==
         list{" f {}"})
    );
}

BOOST_AUTO_TEST_CASE(tc_arguments_split_inside_of_an_escape) {
    auto const completion = build(deltas_of(
        {R"({"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"c\":\"M\\u0"}}]})",
         R"({"tool_calls":[{"index":0,"function":{"arguments":"0fc\\"}}]})",
         R"({"tool_calls":[{"index":0,"function":{"arguments":"n\"}"}}]})"}
    ));
    auto const& call = completion.tool_calls().at(0);
    BOOST_TEST(call.arguments == R"({"c":"M\u00fc\n"})");
    error_code ec;
    BOOST_TEST(call.parse_arguments(ec).at("c").as_string() == "M\xc3\xbc\n");
    BOOST_TEST(!ec);
}

BOOST_AUTO_TEST_CASE(types_and_unknown_members) {
    auto const completion = build(deltas_of(
        {R"({"tool_calls":[{"index":0,"id":"a","x":1,"y":1},{"index":1,"id":"b","type":"custom","custom":{"name":"g","input":"1"}}]})",
         R"({"tool_calls":[{"index":0,"type":null,"x":2},{"index":1,"custom":{"input":"2"}}]})"}
    ));
    auto const& calls = completion.tool_calls();
    BOOST_TEST_REQUIRE(calls.size() == 2u);
    BOOST_TEST(calls[0].type == "function");
    BOOST_TEST(codec::text_of(calls[0].extra) == R"({"x":2,"y":1})");
    BOOST_TEST(calls[1].type == "custom");
    BOOST_TEST(calls[1].name == "g");
    BOOST_TEST(calls[1].arguments == "12");
}

BOOST_AUTO_TEST_CASE(function_call_of_2023) {
    auto const completion = build(deltas_of(
        {R"({"role":"assistant","content":null,"function_call":{"name":"f","arguments":""}})",
         R"({"function_call":{"arguments":"{\"a\""}})",
         R"({"function_call":{"arguments":":1}"}})"}
    ));
    BOOST_TEST_REQUIRE(completion.tool_calls().size() == 1u);
    BOOST_TEST(completion.tool_calls()[0].name == "f");
    BOOST_TEST(completion.tool_calls()[0].type == "function");
    BOOST_TEST(completion.tool_calls()[0].arguments == R"({"a":1})");
    BOOST_TEST(completion.choices.at(0).message.extra.empty());
}

BOOST_AUTO_TEST_CASE(calls_of_several_choices) {
    auto const completion = build(
        {R"({"choices":[{"index":1,"delta":{"tool_calls":[{"index":0,"id":"b","function":{"name":"g","arguments":"1"}}]}},)"
         R"({"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"2"}}]}}]})",
         R"({"choices":[{"index":1,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"3"}}]}}]})"}
    );
    BOOST_TEST(completion.choices.at(0).message.tool_calls.at(0).arguments == "2");
    BOOST_TEST(completion.choices.at(1).message.tool_calls.at(0).arguments == "13");
    BOOST_TEST(completion.choices.at(1).message.tool_calls.at(0).id == "b");
}

BOOST_AUTO_TEST_SUITE_END()
