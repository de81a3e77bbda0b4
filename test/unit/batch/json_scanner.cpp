// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/batch/json_scanner.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using scanner_type = async_llm::codec::json_scanner;
using async_llm::codec::is_json;
using async_llm::codec::read_json_string;

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

bool parses(std::string_view text) {
    boost::json::parse_options options;
    options.max_depth = 1000;
    boost::system::error_code ec;
    boost::json::parse(text, ec, boost::json::storage_ptr(), options);
    return !ec;
}

} // namespace

BOOST_AUTO_TEST_SUITE(json_scanner)

BOOST_AUTO_TEST_CASE(what_is_json) {
    for (std::string_view const text :
         {"0",
          "-0",
          "10.25e+3",
          "1E9",
          "true",
          "false",
          "null",
          R"("")",
          R"("a\n\u00e9\\\"")",
          "[]",
          "[ ]",
          "{}",
          "{ }",
          "[1,[2],{}]",
          R"({"a":[{"b":{}}]})",
          " [1 , 2] ",
          R"("\ud800")",
          "\"\xc3\xa9\"",
          "[[],[[]]]",
          R"({"a":1,"b":"x"})"})
        BOOST_TEST(is_json(text), text);
    BOOST_TEST(is_json(nested(scanner_type::max_depth)));
}

BOOST_AUTO_TEST_CASE(what_is_no_json) {
    for (std::string_view const text :
         {"",
          " ",
          "01",
          "1.",
          ".5",
          "1e",
          "+1",
          "-",
          "tru",
          "nulll",
          R"("a)",
          "\"\n\"",
          R"("\x")",
          R"("\u12")",
          "[1,]",
          "[,1]",
          "[1 2]",
          "{1:2}",
          R"({"a"})",
          R"({"a":})",
          R"({"a":1,})",
          R"({"a" 1})",
          "[",
          "{",
          "]",
          "[}",
          R"({"a":1]})",
          "1 2",
          "[]]",
          "\"\xc3\"",
          "\"\xed\xa0\x80\"",
          "NaN",
          "{,}",
          "[1}",
          R"({"a":[})"})
        BOOST_TEST(!is_json(text), text);
    BOOST_TEST(!is_json(nested(scanner_type::max_depth + 1)));
    BOOST_TEST(!is_json(std::string_view("1\0", 2)));
    BOOST_TEST(!is_json(std::string_view("\"\0\"", 3)));
}

BOOST_AUTO_TEST_CASE(it_agrees_with_a_parser_on_damaged_texts) {
    std::mt19937 engine(5);
    std::string const whole = R"({"a":[1,-2.5e3,{"b":null,"c":[true,false]}],"d":"x\u0041\n","e":{}})";
    std::string_view const marks = "{}[]:,\"\\01e-.tn u";
    for (int round = 0; round < 20000; ++round) {
        auto text = whole;
        for (auto left = 1 + engine() % 3; left != 0; --left) {
            auto const place = engine() % text.size();
            auto const mark = marks[engine() % marks.size()];
            if (engine() % 3 == 0)
                text.erase(place, 1);
            else if (engine() % 2 == 0)
                text.insert(place, 1, mark);
            else
                text[place] = mark;
        }
        BOOST_TEST(is_json(text) == parses(text), text);
    }
}

BOOST_AUTO_TEST_CASE(members_are_walked_also_within_each_other) {
    scanner_type scanner(R"( {"a": [1, {"x":2}] ,"b":{"c":"d","e":{}},"f":7} )");
    std::vector<std::pair<std::string, std::string>> found;
    BOOST_TEST(scanner.members([&](std::string_view name) {
        if (name != "b") return void(found.emplace_back(name, scanner.skip_value()));
        BOOST_TEST(scanner.at_object());
        BOOST_TEST(scanner.members([&](std::string_view inner) {
            found.emplace_back(inner, scanner.skip_value());
        }));
    }));
    BOOST_TEST(scanner.at_end());
    std::vector<std::pair<std::string, std::string>> const
        expected{{"a", R"([1, {"x":2}])"}, {"c", R"("d")"}, {"e", "{}"}, {"f", "7"}};
    BOOST_TEST((found == expected));
}

BOOST_AUTO_TEST_CASE(a_fault_among_members_ends_the_walk) {
    for (std::string_view const text :
         {R"({"a":1 "b":2})",
          R"({"a":1,})",
          R"({,"a":1})",
          R"({"a":[1,}})",
          R"({"a":{"b":1,}})",
          R"({"a":1)",
          "[1]"}) {
        scanner_type scanner(text);
        bool const walked = scanner.members([&](std::string_view) {
            if (scanner.at_object())
                scanner.members([&](std::string_view) { scanner.skip_value(); });
            else
                scanner.skip_value();
        });
        BOOST_TEST(!(walked && scanner.at_end()), text);
    }
}

BOOST_AUTO_TEST_CASE(names_and_strings_are_understood) {
    using async_llm::codec::names;
    BOOST_TEST(names("stream", "stream"));
    BOOST_TEST(names(R"(str\u0065am)", "stream"));
    BOOST_TEST(!names("streams", "stream"));
    BOOST_TEST(read_json_string(R"("a\tb")").value() == "a\tb");
    BOOST_TEST(read_json_string(R"("\ud83d\ude00")").value() == "\xf0\x9f\x98\x80");
    BOOST_TEST(!read_json_string(R"("\ud83d")"));
    BOOST_TEST(!read_json_string("12"));
    BOOST_TEST(!read_json_string("\""));
}

BOOST_AUTO_TEST_CASE(objects_that_were_walked_are_not_open_any_more) {
    std::string text = "{";
    for (std::size_t i = 0; i < 2 * scanner_type::max_depth; ++i) text += R"("a":{},)";
    text += R"("b":1})";
    scanner_type scanner(text);
    std::size_t walked = 0;
    scanner.members([&](std::string_view name) {
        if (name == "a" && scanner.members([](std::string_view) {})) ++walked;
        if (name == "b") scanner.skip_value();
    });
    BOOST_TEST(scanner.at_end());
    BOOST_TEST(walked == 2 * scanner_type::max_depth);
}

BOOST_AUTO_TEST_SUITE_END()
