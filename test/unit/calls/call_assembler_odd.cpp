// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/streams/call_pieces.hpp"
#include <async_llm/completion_builder.hpp>
#include <async_llm/error.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

// Calls that come twice, under words, or not to their end.

using namespace async_llm;
using namespace async_llm::test::call_pieces;

BOOST_AUTO_TEST_SUITE(call_assembler_odd)

BOOST_AUTO_TEST_CASE(indexes_that_are_words) {
    check({
        {"one call", {"call_a a f -", "call_a - - {\"x\":", "call_a - - 1}"}, {"a f {\"x\":1}"}},
        {"interleaved",
         {"x a f -", "y b g -", "x - - {\"x\":", "y - - {\"y\":", "x - - 1}", "y - - 2}"},
         {"a f {\"x\":1}", "b g {\"y\":2}"}},
        {"interleaved, without ids",
         {"x - f -", "y - f -", "y - - {\"y\":2}", "x - - {\"x\":1}"},
         {"- f {\"x\":1}", "- f {\"y\":2}"}},
        {"one list", {"x - f {\"x\":1} & y - f {\"x\":1}"}, {"- f {\"x\":1}", "- f {\"x\":1}"}},
        {"all of it again", {"x - f {\"x\":1}", "x - f {\"x\":1}"}, {"- f {\"x\":1}"}},
        {"alike, two words", {"x - f {\"x\":1}", "y - f {\"x\":1}"}, {"- f {\"x\":1}", "- f {\"x\":1}"}},
        {"words and numbers",
         {"0 a f -", "x b g -", "0 - - {\"x\":1}", "x - - {\"y\":2}"},
         {"a f {\"x\":1}", "b g {\"y\":2}"}},
        {"a word that says nothing", {"x - - -", "y a f -", "y - - {}"}, {"a f {}"}},
        {"a word of no call, and two that wait", {"x a f -", "y b g -", "z - - {\"x\":1}"}, refused},
    });
    codec::call_assembler assembler;
    std::vector<tool_call> calls;
    for (std::size_t i = 0; i < completion_builder::max_items; ++i)
        BOOST_TEST(assembler.add(calls, pieces_of("w" + std::to_string(i) + " - - -")));
    BOOST_TEST(!assembler.add(calls, pieces_of("w - f {}")));
    BOOST_TEST(assembler.detail() == "there are more than 128 tool calls");
    calls.clear();
    codec::call_assembler other;
    BOOST_TEST(other.add(calls, pieces_of("w a f {}")));
    BOOST_TEST(calls.at(0).extra.empty());
}

BOOST_AUTO_TEST_CASE(calls_that_are_told_in_two_notations) {
    check({
        {"a call without id and index, then with both",
         {"- - f {\"x\":1}", "0 a f {\"x\":1}"},
         {"a f {\"x\":1}"}},
        {"in other notation", {"- - f {\"x\":1}", "0 a f {\"x\": 1}"}, {"a f {\"x\":1}"}},
        {"the head, then the arguments",
         {"- - f -", "- - - {\"x\":", "- - - 1}", "0 a f -", "0 - - {\"x\"", "0 - - :1}"},
         {"a f {\"x\":1}"}},
        {"the beginning with the head", {"- - f {\"x\":1}", "0 a f {\"x\"", "0 - - :1}"}, {"a f {\"x\":1}"}},
        {"a head first", {"- - f -", "0 a f {\"x\":1}"}, {"a f {\"x\":1}"}},
        {"a placeholder first", {"- - f {}", "0 a f {\"x\":1}"}, {"a f {\"x\":1}"}},
        {"and another call behind",
         {"- - f {\"x\":1}", "0 a f {\"x\":1} & 1 b f {\"x\":2}"},
         {"a f {\"x\":1}", "b f {\"x\":2}"}},
        {"other arguments are another call",
         {"- - f {\"x\":1}", "0 a f {\"x\":2}"},
         {"- f {\"x\":1}", "a f {\"x\":2}"}},
        {"which come behind the head",
         {"- - f {\"x\":1}", "0 a f -", "0 - - {\"x\":", "0 - - 2}"},
         {"- f {\"x\":1}", "a f {\"x\":2}"}},
        {"another tool", {"- - f {\"x\":1}", "0 a g {\"x\":1}"}, {"- f {\"x\":1}", "a g {\"x\":1}"}},
        {"the other way round", {"0 a f -", "0 - - {\"x\":1}", "- - f {\"x\":1}"}, {"a f {\"x\":1}"}},
        {"the other way round, in other notation", {"0 a f {\"x\":1}", "- - f {\"x\": 1}"}, {"a f {\"x\":1}"}
        },
        {"ids that come with the repetition", {"0 - f {\"x\":1}", "0 a f {\"x\":1}"}, {"a f {\"x\":1}"}},
    });
}

BOOST_AUTO_TEST_CASE(finished_calls_again) {
    check({
        {"under a new index", {"0 a f {\"x\":1}", "1 a f {\"x\":1}"}, {"a f {\"x\":1}"}},
        {"under a new index, in pieces",
         {"0 a f -", "0 - - {\"x\":1}", "1 a f -", "1 - - {\"x\":", "1 - - 1}"},
         {"a f {\"x\":1}"}},
        {"all, under new indexes",
         {"0 a f {\"x\":1}", "1 b g {\"y\":2}", "2 a f {\"x\":1}", "3 b g {\"y\":2}"},
         {"a f {\"x\":1}", "b g {\"y\":2}"}},
        {"all, under each other's indexes",
         {"0 a f {\"x\":1}", "1 b g {\"y\":2}", "1 a f {\"x\":1} & 0 b g {\"y\":2}"},
         {"a f {\"x\":1}", "b g {\"y\":2}"}},
        {"other arguments under another's index",
         {"0 a f {\"x\":1}", "1 b g {\"y\":2}", "1 a f {\"x\":2}"},
         refused},
    });
}

BOOST_AUTO_TEST_CASE(closing_pieces) {
    for (std::string const nothing : {"{}", "null", "[]", " { } "}) {
        BOOST_TEST_CONTEXT(nothing) {
            check({
                {"with id and index", {"0 a f {\"x\":1}", "0 a - " + nothing}, {"a f {\"x\":1}"}},
                {"with its name too", {"0 a f {\"x\":1}", "0 a f " + nothing}, {"a f {\"x\":1}"}},
                {"by the index", {"0 a f {\"x\":1}", "0 - - " + nothing}, {"a f {\"x\":1}"}},
                {"by the index and the name", {"0 a f {\"x\":1}", "0 - f " + nothing}, {"a f {\"x\":1}"}},
                {"by the id", {"- a f {\"x\":1}", "- a - " + nothing}, {"a f {\"x\":1}"}},
                {"without any", {"- - f {\"x\":1}", "- - - " + nothing}, {"- f {\"x\":1}"}},
                {"in pieces", {"0 a f -", "0 - - {\"x\":", "0 - - 1}", "0 a f " + nothing}, {"a f {\"x\":1}"}
                },
                {"twice", {"0 a f {\"x\":1}", "0 a - " + nothing, "0 a - " + nothing}, {"a f {\"x\":1}"}},
                {"another id is another call",
                 {"0 a f {\"x\":1}", "0 b g " + nothing, "0 b g {\"y\":2}"},
                 {"a f {\"x\":1}", "b g {\"y\":2}"}},
            });
        }
    }
    check({
        {"null before the arguments", {"0 a f null", "0 - - {\"x\":1}"}, {"a f {\"x\":1}"}},
        {"null alone", {"0 a f null"}, {"a f -"}},
        {"null within the arguments", {"0 a f {\"x\":", "0 - - null", "0 - - }"}, {"a f {\"x\":null}"}},
        {"without ids it is another call", {"0 - f {\"x\":1}", "0 - f {}"}, {"- f {\"x\":1}", "- f {}"}},
    });
}

BOOST_AUTO_TEST_CASE(arguments_for_one_of_several_placeholders) {
    check({
        {"one", {"- a f {}", "- - - {\"x\":1}"}, {"a f {\"x\":1}"}},
        {"two", {"- a f {}", "- b g {}", "- - - {\"x\":1}"}, refused},
        {"two in one list", {"- a f {} & - b g {}", "- - - {\"x\":1}"}, refused},
        {"two with indexes", {"0 a f {}", "1 b g {}", "- - - {\"x\":1}"}, refused},
        {"two with indexes, and an index of neither", {"0 a f {}", "1 b g {}", "2 - - {\"x\":1}"}, refused},
        {"by their indexes",
         {"0 a f {}", "1 b g {}", "0 - - {\"x\":1}", "1 - - {\"y\":2}"},
         {"a f {\"x\":1}", "b g {\"y\":2}"}},
        {"the last of two calls",
         {"- a f {\"x\":1}", "- b g {}", "- - - {\"y\":2}"},
         {"a f {\"x\":1}", "b g {\"y\":2}"}},
        {"the first of two calls",
         {"- a f {}", "- b g {\"y\":2}", "- - - {\"x\":1}"},
         {"a f {\"x\":1}", "b g {\"y\":2}"}},
        {"the first of two calls, in pieces",
         {"- a f {}", "- b g [2]", "- - - {\"x\":", "- - - 1}"},
         {"a f {\"x\":1}", "b g [2]"}},
        {"or the last again", {"- a f {}", "- b g {\"y\":2}", "- - - {\"y\":2}"}, {"a f {}", "b g {\"y\":2}"}
        },
        {"or the beginning of either", {"- a f {}", "- b g {\"y\":2}", "- - - {\"y\":"}, refused},
        {"nothing follows", {"- a f {}", "- b g {}", "- - - {}"}, {"a f {}", "b g {}"}},
    });
}

BOOST_AUTO_TEST_CASE(free_text_again) {
    struct text_row {
        text_row(char const* t, list p, list c) : title(t), pieces(std::move(p)), calls(std::move(c)) {}

        char const* title;
        list pieces;
        list calls;
    };
    std::vector<text_row> const rows{
        {"whole, with id and name", {"0 a f ab", "0 a f ab"}, {"a f ab"}},
        {"whole, in the notation without ids", {"0 - f ab", "0 - f ab"}, {"- f ab"}},
        {"behind pieces", {"0 a f -", "0 - - a", "0 - - b", "0 a - ab"}, {"a f ab"}},
        {"of some length",
         {"0 a f a text of some length", "0 a - a text of some length"},
         {"a f a text of some length"}},
        {"a part that is alike", {"0 a f -", "0 a - ha", "0 a - ha"}, {"a f haha"}},
        {"a part without an id",
         {"0 a f -", "0 - - a text of some length", "0 - - a text of some length"},
         {"a f a text of some lengtha text of some length"}},
        {"another id", {"0 a f ab", "0 b f ab"}, {"a f ab", "b f ab"}},
        {"another text", {"0 a f ab", "0 a f ac"}, {"a f abac"}},
    };
    for (auto const& row : rows) {
        BOOST_TEST_CONTEXT(row.title) {
            codec::call_assembler assembler;
            std::vector<tool_call> calls;
            for (auto const& text : row.pieces) {
                auto pieces = pieces_of(text);
                pieces.front().type = "custom";
                BOOST_TEST(assembler.add(calls, pieces));
            }
            BOOST_TEST(in_short(calls) == row.calls, boost::test_tools::per_element());
        }
    }
}

BOOST_AUTO_TEST_CASE(calls_that_are_cut) {
    auto const cut = [](list const& lists) {
        codec::call_assembler assembler;
        std::vector<tool_call> calls;
        for (auto const& each : lists) BOOST_TEST(assembler.add(calls, pieces_of(each)));
        assembler.mark_cut(calls);
        std::string marks;
        for (auto const& call : calls) marks += call.is_cut ? 'x' : '-';
        return marks;
    };
    BOOST_TEST(cut({"0 a f -"}) == "x");
    BOOST_TEST(cut({"0 a f {\"x\""}) == "x");
    BOOST_TEST(cut({"0 a f {}"}) == "-");
    BOOST_TEST(cut({"0 a f {\"x\":1}", "1 b g -"}) == "-x");
    BOOST_TEST(cut({"0 a f -", "1 b g {\"x\":1}"}) == "x-");
    error_code ec;
    tool_call call("a", "f", "");
    BOOST_TEST((call.parse_arguments(ec) == boost::json::value(boost::json::object())));
    call.is_cut = true;
    BOOST_TEST(call.parse_arguments(ec).is_null());
    BOOST_TEST((ec == errc::invalid_json));
}

BOOST_AUTO_TEST_SUITE_END()
