// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/streams/call_pieces.hpp"
#include <async_llm/completion_builder.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <string>
#include <string_view>
#include <vector>

using namespace async_llm;
using namespace async_llm::test::call_pieces;
using codec::argument_scanner;

BOOST_AUTO_TEST_SUITE(call_assembler)

BOOST_AUTO_TEST_CASE(usual_streams) {
    check({
        {"one call", {"0 a f -", "0 - - {\"x\":", "0 - - 1}"}, {"a f {\"x\":1}"}},
        {"one call at once", {"0 a f {\"x\":1}"}, {"a f {\"x\":1}"}},
        {"without arguments", {"0 a f -"}, {"a f -"}},
        {"interleaved by index",
         {"0 a f -", "1 b g -", "0 - - {\"x\"", "1 - - {\"y\"", "0 - - :1}", "1 - - :2}"},
         {"a f {\"x\":1}", "b g {\"y\":2}"}},
        {"interleaved by id",
         {"- a f -", "- b g -", "- a - {\"x\"", "- b - {\"y\"", "- a - :1}", "- b - :2}"},
         {"a f {\"x\":1}", "b g {\"y\":2}"}},
        {"the second before the first",
         {"0 a f -", "1 b g -", "1 - - {\"y\":2}", "0 - - {\"x\":1}"},
         {"a f {\"x\":1}", "b g {\"y\":2}"}},
        {"interleaved without ids",
         {"0 - f -", "1 - f -", "0 - - {\"x\":1}", "1 - - {\"x\":1}"},
         {"- f {\"x\":1}", "- f {\"x\":1}"}},
        {"one list", {"0 a f {\"x\":1} & 1 b g {\"y\":2}"}, {"a f {\"x\":1}", "b g {\"y\":2}"}},
        {"indexes from 1", {"1 a f -", "1 - - {}", "2 b g {}"}, {"a f {}", "b g {}"}},
        {"index -1 is 0", {"-1 a f -", "0 - - {}"}, {"a f {}"}},
        {"id and name with every piece", {"0 a f {\"x\":", "0 a f 1", "0 a f }"}, {"a f {\"x\":1}"}},
        {"white space within a text", {"0 a f {\"x\":\"a", "0 - -  ", "0 - - b\"}"}, {"a f {\"x\":\"a b\"}"}},
        {"white space behind", {"0 a f {\"x\":1}", "0 - - \n  "}, {"a f {\"x\":1}"}},
        {"brackets within a text", {"0 a f {\"x\":\"}]\\\"}", "0 - - {[\"}"}, {"a f {\"x\":\"}]\\\"}{[\"}"}},
        {"what says nothing", {"0 - - -", "0 a f {}", "1 - - -", "0 - - -"}, {"a f {}"}},
    });
}

BOOST_AUTO_TEST_CASE(ids_that_change) {
    check({
        {"another id with the arguments", {"0 a f -", "0 b - {\"x\"", "0 b - :1}"}, {"a f {\"x\":1}"}},
        {"without an index", {"- a f -", "- b - {\"x\"", "- b - :1}"}, {"a f {\"x\":1}"}},
        {"another id with every piece", {"0 a f -", "0 b - {\"x\"", "0 c - :1", "0 d - }"}, {"a f {\"x\":1}"}
        },
        {"and the name too", {"0 a f {\"x\"", "0 b f :1", "0 c f }"}, {"a f {\"x\":1}"}},
        {"and then all of it again", {"0 a f {\"x\"", "0 b f :1}", "0 c f {\"x\":1}"}, {"a f {\"x\":1}"}},
        {"an id that comes late", {"0 - f -", "0 a - {\"x\":1}"}, {"a f {\"x\":1}"}},
        {"an id before the name", {"0 a - -", "0 - f -", "0 - - {}"}, {"a f {}"}},
        {"another call behind the first",
         {"0 a f {\"x\":1}", "1 b - -", "1 - g {\"y\":2}"},
         {"a f {\"x\":1}", "b g {\"y\":2}"}},
        {"a strange id, and two calls that wait", {"- a f -", "- b g -", "- c - {\"x\":1}"}, refused},
        {"the id of one call and the index of another", {"0 a f -", "1 b g -", "1 a - {\"x\":1}"}, refused},
    });
}

BOOST_AUTO_TEST_CASE(one_id_under_several_indexes) {
    check({
        {"the head twice", {"0 a f -", "1 a f {\"x\":1}"}, {"a f {\"x\":1}"}},
        {"the arguments in pieces", {"0 a f -", "1 a - {\"x\"", "1 - - :1", "1 a - }"}, {"a f {\"x\":1}"}},
        {"head and arguments twice", {"0 a f {\"x\":1}", "1 a f {\"x\":1}"}, {"a f {\"x\":1}"}},
        {"in one list", {"0 a f {\"x\":1} & 1 a f {\"x\":1}"}, {"a f {\"x\":1}"}},
        {"another tool", {"0 a f {\"x\":1}", "1 a g {\"x\":1}"}, {"a f {\"x\":1}", "a g {\"x\":1}"}},
        {"heads of other tools",
         {"0 a f -", "1 a g -", "0 a - {\"x\":1}", "1 a - {\"y\":2}"},
         {"a f {\"x\":1}", "a g {\"y\":2}"}},
        {"other arguments, complete",
         {"0 a f {\"x\":1}", "1 a f {\"x\":2}"},
         {"a f {\"x\":1}", "a f {\"x\":2}"}},
        {"other arguments without a name", {"0 a f {\"x\":1}", "1 a - {\"x\":2}"}, refused},
    });
}

BOOST_AUTO_TEST_CASE(indexes_that_say_nothing) {
    check({
        {"all numbered 0", {"0 a f {\"x\":1}", "0 b g {\"y\":2}"}, {"a f {\"x\":1}", "b g {\"y\":2}"}},
        {"in pieces",
         {"0 a f -", "0 - - {\"x\":1}", "0 b f -", "0 - - {\"x\":2}"},
         {"a f {\"x\":1}", "b f {\"x\":2}"}},
        {"the second head has the first index",
         {"0 a f {\"x\":1}", "0 b g -", "1 - - {\"y\":2}"},
         {"a f {\"x\":1}", "b g {\"y\":2}"}},
        {"and its arguments come in pieces",
         {"0 a f {\"x\":1}", "0 b g -", "1 - - {\"y\"", "1 - - :2}"},
         {"a f {\"x\":1}", "b g {\"y\":2}"}},
        {"and a third call follows",
         {"0 a f {}", "0 b g -", "1 - - {\"y\":2}", "1 c h -", "2 - - {\"z\":3}"},
         {"a f {}", "b g {\"y\":2}", "c h {\"z\":3}"}},
        {"the first head has another index", {"0 a f -", "1 - - {\"x\":1}"}, {"a f {\"x\":1}"}},
        {"two heads with one index, then arguments by place",
         {"0 a f -", "0 b g -", "0 - - {\"x\":1}", "1 - - {\"y\":2}"},
         refused},
        {"a call without arguments before another",
         {"0 a f -", "0 b g -", "0 - - {\"y\":2}"},
         {"a f -", "b g {\"y\":2}"}},
        {"two heads, an index of neither", {"0 a f -", "1 b g -", "2 - - {\"x\":1}"}, refused},
        {"heads without indexes", {"- a f -", "- b g -", "- - - {\"y\":2}", "- - - {\"x\":1}"}, refused},
        {"an index that comes late", {"- a f {\"x\"", "0 - - :1}"}, {"a f {\"x\":1}"}},
        {"of several calls",
         {"- a f {\"x\"", "1 b g {\"y\"", "0 - - :1}", "1 - - :2}"},
         {"a f {\"x\":1}", "b g {\"y\":2}"}},
    });
}

BOOST_AUTO_TEST_CASE(calls_without_ids) {
    check({
        {"two of one tool, one index",
         {"0 - f {\"x\":1}", "0 - f {\"x\":2}"},
         {"- f {\"x\":1}", "- f {\"x\":2}"}},
        {"two of one tool, no index",
         {"- - f {\"x\":1}", "- - f {\"x\":2}"},
         {"- f {\"x\":1}", "- f {\"x\":2}"}},
        {"in pieces",
         {"0 - f {\"x\":", "0 - - 1}", "0 - f {\"x\":", "0 - - 2}"},
         {"- f {\"x\":1}", "- f {\"x\":2}"}},
        {"a head by itself",
         {"0 - f {\"x\":1}", "0 - f -", "0 - - {\"x\":2}"},
         {"- f {\"x\":1}", "- f {\"x\":2}"}},
        {"a head by itself, arguments that begin alike",
         {"0 - f {\"x\":1}", "0 - f -", "0 - - {\"x\":", "0 - - 2}"},
         {"- f {\"x\":1}", "- f {\"x\":2}"}},
        {"the name once more, and nothing", {"0 - f {\"x\":1}", "0 - f -"}, {"- f {\"x\":1}"}},
        {"three of two tools",
         {"0 - f {\"x\":1}", "0 - g {\"x\":1}", "0 - f {\"x\":2}"},
         {"- f {\"x\":1}", "- g {\"x\":1}", "- f {\"x\":2}"}},
        {"one list", {"- - f {\"x\":1} & - - f {\"x\":2}"}, {"- f {\"x\":1}", "- f {\"x\":2}"}},
        {"alike, in one list", {"- - f {\"x\":1} & - - f {\"x\":1}"}, {"- f {\"x\":1}", "- f {\"x\":1}"}},
        {"without arguments, in one list", {"- - f - & - - g -"}, {"- f -", "- g -"}},
        {"alike, indexes differ", {"0 - f {\"x\":1}", "1 - f {\"x\":1}"}, {"- f {\"x\":1}", "- f {\"x\":1}"}},
        {"another tool within the arguments",
         {"0 - f {\"x\":", "0 - g {\"y\":2}"},
         {"- f {\"x\":", "- g {\"y\":2}"}},
    });
}

BOOST_AUTO_TEST_CASE(repetitions) {
    check({
        {"all arguments again", {"0 a f -", "0 - - {\"x\":", "0 - - 1}", "0 - - {\"x\":1}"}, {"a f {\"x\":1}"}
        },
        {"with id and name", {"0 a f {\"x\":1}", "0 a f {\"x\":1}"}, {"a f {\"x\":1}"}},
        {"without an id", {"0 - f {\"x\":1}", "0 - f {\"x\":1}"}, {"- f {\"x\":1}"}},
        {"without an index", {"- - f {\"x\":1}", "- - f {\"x\":1}"}, {"- f {\"x\":1}"}},
        {"in pieces", {"0 a f {\"x\":1}", "0 - - {\"x\"", "0 - - :1}"}, {"a f {\"x\":1}"}},
        {"in pieces, with its id", {"0 a f {\"x\":1}", "0 a f {\"x\"", "0 a f :1}"}, {"a f {\"x\":1}"}},
        {"three times", {"0 a f {\"x\":1}", "0 - - {\"x\":1}", "0 - - {\"x\":1}"}, {"a f {\"x\":1}"}},
        {"all calls again",
         {"- - f {\"x\":1} & - - g {\"y\":2}", "- - f {\"x\":1} & - - g {\"y\":2}"},
         {"- f {\"x\":1}", "- g {\"y\":2}"}},
        {"all calls again, all numbered 0",
         {"0 a f {\"x\":1}", "0 b g {\"y\":2}", "0 - f {\"x\":1} & 0 - g {\"y\":2}"},
         {"a f {\"x\":1}", "b g {\"y\":2}"}},
        {"the last piece again", {"0 a f {\"x\":", "0 - - 1}", "0 - - 1}"}, {"a f {\"x\":1}"}},
        {"in other notation",
         {"0 a f {\"x\":1,\"y\":2}", "0 - - {\"y\": 2, \"x\": 1}"},
         {"a f {\"x\":1,\"y\":2}"}},
        {"in other notation, with id and name", {"0 a f {\"x\":1}", "0 a f {\"x\": 1}"}, {"a f {\"x\":1}"}},
        {"in other notation, with the name", {"0 - f {\"x\":1}", "0 - f {\"x\": 1}"}, {"- f {\"x\":1}"}},
        {"within one piece", {"0 a f {\"x\":1}{\"x\":1}"}, {"a f {\"x\":1}"}},
        {"with another id it is a call",
         {"0 a f {\"x\":1}", "0 b f {\"x\":1}"},
         {"a f {\"x\":1}", "b f {\"x\":1}"}},
        {"other arguments", {"0 a f {\"x\":1}", "0 - - {\"x\":2}"}, refused},
        {"other arguments in pieces", {"0 a f {\"x\":1}", "0 - - {\"x\":", "0 - - 2}"}, refused},
        {"other text", {"0 a f {\"x\":1}", "0 - - ,"}, refused},
        {"other text behind", {"0 a f {\"x\":1} and so on"}, refused},
        {"may be that of another call", {"- a f -", "- b g {\"x\":1}", "- - - {\"x\":1}"}, refused},
    });
}

BOOST_AUTO_TEST_CASE(placeholders) {
    check({
        {"before the arguments", {"0 a f {}", "0 - - {\"x\"", "0 - - :1}"}, {"a f {\"x\":1}"}},
        {"with an id and a name", {"0 a f {}", "0 a f {\"x\":1}"}, {"a f {\"x\":1}"}},
        {"without an id", {"0 - f {}", "0 - f {\"x\":1}"}, {"- f {\"x\":1}"}},
        {"an empty list", {"0 a f []", "0 - - {\"x\":1}"}, {"a f {\"x\":1}"}},
        {"with white space", {"0 a f { }", "0 - - {\"x\":1}"}, {"a f {\"x\":1}"}},
        {"in pieces", {"0 a f {", "0 - - }", "0 - - {\"x\":1}"}, {"a f {\"x\":1}"}},
        {"twice", {"0 a f {}", "0 - - {}", "0 - - {\"x\":1}"}, {"a f {\"x\":1}"}},
        {"in one piece", {"0 a f {}{\"x\":1}"}, {"a f {\"x\":1}"}},
        {"nothing follows", {"0 a f {}", "0 - - {}"}, {"a f {}"}},
        {"under another index", {"0 a f {}", "1 a f {\"x\":1}"}, {"a f {\"x\":1}"}},
        {"another call follows", {"0 a f {}", "0 b f {\"x\":1}"}, {"a f {}", "b f {\"x\":1}"}},
        {"another tool follows", {"0 - f {}", "0 - g {\"x\":1}"}, {"- f {}", "- g {\"x\":1}"}},
        {"text follows that is no object", {"0 a f {}", "0 - - 1"}, refused},
    });
}

BOOST_AUTO_TEST_CASE(names_in_pieces) {
    check({
        {"two pieces", {"0 a get_ -", "0 - time {}"}, {"a get_time {}"}},
        {"with the id", {"0 a get_ -", "0 a time {}"}, {"a get_time {}"}},
        {"the name so far, then all of it", {"0 a get_ -", "0 - get_time {}"}, {"a get_time {}"}},
        {"without ids", {"0 - get_ -", "0 - get_time {}"}, {"- get_time {}"}},
        {"behind the arguments", {"0 a - {\"x\":1}", "0 - f -"}, {"a f {\"x\":1}"}},
        {"within the arguments", {"0 a f {\"x\":", "0 a g 1}"}, refused},
        {"another tool and another id", {"0 a f -", "0 b g {}"}, {"a f -", "b g {}"}},
        {"in one list", {"0 - f - & 1 - g {}"}, {"- f -", "- g {}"}},
    });
}

BOOST_AUTO_TEST_CASE(free_text_is_no_json) {
    auto const custom = [](char const* text) {
        auto pieces = pieces_of(text);
        pieces.front().type = "custom";
        return pieces;
    };
    codec::call_assembler assembler;
    std::vector<tool_call> calls;
    BOOST_TEST(assembler.add(calls, custom("0 a f {}")));
    BOOST_TEST(assembler.add(calls, custom("0 - - {} and {}")));
    BOOST_TEST(assembler.add(calls, custom("0 - - {}")));
    BOOST_TEST(assembler.add(calls, custom("0 b f {}")));
    BOOST_TEST((in_short(calls) == list{"a f {}{} and {}{}", "b f {}"}));
}

BOOST_AUTO_TEST_CASE(another_type_is_another_call) {
    codec::call_assembler assembler;
    std::vector<tool_call> calls;
    auto first = pieces_of("0 a f -");
    first.front().type = "function";
    auto second = pieces_of("0 b - -");
    second.front().type = "web_search";
    second.front().extra["web_search"] = {{"query", "x"}};
    BOOST_TEST(assembler.add(calls, first));
    BOOST_TEST(assembler.add(calls, second));
    BOOST_TEST_REQUIRE(calls.size() == 2u);
    BOOST_TEST(calls[0].extra.empty());
    BOOST_TEST(calls[1].type == "web_search");
}

BOOST_AUTO_TEST_CASE(another_type_without_a_name_is_no_call) {
    for (auto const* type : {"Function", "tool_call", "null"}) {
        codec::call_assembler assembler;
        std::vector<tool_call> calls;
        auto first = pieces_of("0 a f -");
        first.front().type = "function";
        auto second = pieces_of("0 - - {}");
        second.front().type = type;
        BOOST_TEST(assembler.add(calls, first));
        BOOST_TEST(assembler.add(calls, second));
        BOOST_TEST((in_short(calls) == list{"a f {}"}), type);
    }
}

BOOST_AUTO_TEST_CASE(shifted_indexes_are_nobodys) {
    codec::call_assembler assembler;
    std::vector<tool_call> calls;
    for (auto const* text : {"0 a f -", "1 b g -", "1 - - {}"})
        BOOST_TEST(assembler.add(calls, pieces_of(text)), text);
    BOOST_TEST(!assembler.add(calls, pieces_of("2 - - {}")));
}

BOOST_AUTO_TEST_CASE(a_blank_piece_closes_a_call) {
    for (auto const* blank : {" ", "\n"}) {
        codec::call_assembler assembler;
        std::vector<tool_call> calls;
        auto first = pieces_of("0 a f -");
        first.front().arguments = R"({"x":1})";
        auto last = pieces_of("0 a f -");
        last.front().arguments = blank;
        BOOST_TEST(assembler.add(calls, first));
        BOOST_TEST(assembler.add(calls, last));
        BOOST_TEST(calls.size() == 1u);
    }
}

BOOST_AUTO_TEST_CASE(unknown_members_are_joined_deeply) {
    codec::call_assembler assembler;
    std::vector<tool_call> calls;
    auto const with = [](char const* text, boost::json::object function) {
        auto pieces = pieces_of(text);
        pieces.front().extra["function"] = std::move(function);
        return pieces;
    };
    BOOST_TEST(assembler.add(calls, with("0 a f -", {{"x", 1}, {"y", {{"z", 2}}}})));
    BOOST_TEST(assembler.add(calls, with("0 - - {}", {{"x", 3}, {"w", 4}})));
    // Those of a repetition too: signatures come last.
    BOOST_TEST(assembler.add(calls, with("0 - - {}", {{"signature", "s"}})));
    boost::json::object const expected{{"x", 3}, {"y", {{"z", 2}}}, {"w", 4}, {"signature", "s"}};
    BOOST_TEST((calls.at(0).extra.at("function") == boost::json::value(expected)));
}

BOOST_AUTO_TEST_CASE(every_cut_gives_the_same_calls) {
    std::string const first = R"({"a":"}{\"","b":[1,{}]})";
    std::string const second = R"( {"c":{"d":"\\"}})";
    auto const prefixes = std::array<std::array<char const*, 2>, 4>{{
        {"0 - - ", "1 - - "},
        {"0 x - ", "0 y - "},
        {"- x - ", "- y - "},
        {"- x f ", "- y g "},
    }};
    for (auto const& prefix : prefixes) {
        std::string const one(prefix[0]);
        std::string const two(prefix[1]);
        for (std::size_t i = 1; i < first.size(); ++i) {
            for (std::size_t k = 1; k < second.size(); ++k) {
                auto const found = assemble(
                    {one.substr(0, 2) + "x f -",
                     two.substr(0, 2) + "y g -",
                     one + first.substr(0, i),
                     two + second.substr(0, k),
                     one + first.substr(i),
                     two + second.substr(k)}
                );
                BOOST_TEST_REQUIRE(found.accepted, found.detail);
                BOOST_TEST_REQUIRE((found.calls == list{"x f " + first, "y g " + second}), one);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(number_of_calls) {
    codec::call_assembler assembler;
    std::vector<tool_call> calls;
    for (std::size_t i = 0; i < completion_builder::max_items; ++i)
        BOOST_TEST(assembler.add(calls, pieces_of("0 " + std::to_string(i) + " f {}")));
    BOOST_TEST(!assembler.add(calls, pieces_of("0 x f {}")));
    BOOST_TEST(assembler.detail() == "there are more than 128 tool calls");
    BOOST_TEST(calls.size() == completion_builder::max_items);
}

BOOST_AUTO_TEST_CASE(hostile_arguments_take_linear_time) {
    // A comparison with all that is known, for each piece or for each placeholder, does not get through.
    std::string placeholders;
    for (int i = 0; i < 2'000'000; ++i) placeholders += "{}";
    std::vector<tool_call> calls;
    codec::call_assembler many;
    tool_call_delta piece = piece_of("0 a f -");
    piece.arguments = placeholders + std::string(1'000'000, ' ');
    BOOST_TEST(many.add(calls, std::vector<tool_call_delta>{piece}));
    BOOST_TEST(calls.at(0).arguments == "{}");

    calls.clear();
    codec::call_assembler repeated;
    piece.arguments = std::string(4'000'000, ' ') + R"({"x":")" + std::string(4'000'000, 'x') + "\"}";
    BOOST_TEST(repeated.add(calls, std::vector<tool_call_delta>{piece}));
    auto const last = pieces_of("0 - -  ");
    for (int i = 0; i < 200'000; ++i) BOOST_TEST_REQUIRE(repeated.add(calls, last));
    BOOST_TEST(calls.at(0).arguments.size() > 8'000'000u);
}

BOOST_AUTO_TEST_CASE(scanner_finds_the_end) {
    auto const end_of = [](std::string_view text) {
        argument_scanner scanner;
        auto const end = scanner.scan(text);
        return scanner.is_complete() ? static_cast<int>(end) : -1;
    };
    BOOST_TEST(end_of("{}") == 2);
    BOOST_TEST(end_of(" [] ") == 3);
    BOOST_TEST(end_of(R"({"a":[{}]} x)") == 10);
    BOOST_TEST(end_of(R"("a\"b" )") == 6);
    for (auto const* open : {"", "  ", "{", "{\"}", "{\"\\\"}", "1", "true", "}", "text {}"})
        BOOST_TEST(end_of(open) == -1, open);
    for (auto const* text : {"{}", "[]", " { \n} "}) {
        argument_scanner scanner;
        scanner.scan(text);
        BOOST_TEST(scanner.is_placeholder(), text);
    }
    for (auto const* text : {"{", "[[]]", "{\"\":1}", "\"\"", "[0]"}) {
        argument_scanner scanner;
        scanner.scan(text);
        BOOST_TEST(!scanner.is_placeholder(), text);
    }
}

BOOST_AUTO_TEST_CASE(calls_of_a_whole_reply) {
    check({{"", {"0 a f {}"}, {"a f {}"}}});
    std::vector<row> const rows{
        {"plain", {"- a f {\"x\":1} & - b g {}"}, {"a f {\"x\":1}", "b g {}"}},
        {"alike, without ids", {"- - f {\"x\":1} & - - f {\"x\":1}"}, {"- f {\"x\":1}", "- f {\"x\":1}"}},
        {"one id twice", {"- a f {\"x\":1} & - a f {\"x\":1}"}, {"a f {\"x\":1}"}},
        {"one id, other arguments", {"- a f {\"x\":1} & - a f {\"x\":2}"}, {"a f {\"x\":1}", "a f {\"x\":2}"}
        },
        {"one id, other tools", {"- a f {} & - a g {}"}, {"a f {}", "a g {}"}},
        {"head and arguments", {"- a f - & - a - {\"x\":1}"}, {"a f {\"x\":1}"}},
        {"without arguments", {"- - f - & - - f -"}, {"- f -", "- f -"}},
        {"nothing beside", {"- a f {} & - - - -"}, {"a f {}"}},
        {"an id beside", {"- a f {} & - b - -"}, {"a f {}", "b - -"}},
        {"a placeholder", {"- a f {}{\"x\":1}"}, {"a f {\"x\":1}"}},
        {"a repetition", {"- a f {\"x\":1} {\"x\":1}"}, {"a f {\"x\":1}"}},
        {"text behind", {"- a f {\"x\":1} and so on"}, {"a f {\"x\":1} and so on"}},
        {"arguments of no call", {"- a f {\"x\":1} & - b - {\"y\":2}"}, refused},
    };
    for (auto const& each : rows) {
        BOOST_TEST_CONTEXT(each.title) {
            std::vector<tool_call> calls;
            for (auto& piece : pieces_of(each.lists.front()))
                calls.emplace_back(piece.id, piece.name, piece.arguments);
            auto const before = in_short(calls);
            std::string detail;
            bool const accepted = codec::assemble_calls(calls, detail);
            BOOST_TEST(accepted == !each.calls.empty());
            BOOST_TEST(detail.empty() == accepted);
            BOOST_TEST(in_short(calls) == (accepted ? each.calls : before), boost::test_tools::per_element());
        }
    }
    std::vector<tool_call> nothing(1);
    std::string detail;
    BOOST_TEST(codec::assemble_calls(nothing, detail));
    BOOST_TEST(nothing.empty());
}

BOOST_AUTO_TEST_SUITE_END()
