// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/json/json_writer.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>

namespace {

namespace json = boost::json;
using async_llm::codec::json_fault;
// The suite has the writer's own name.
using writer_type = async_llm::codec::json_writer;

std::string written(std::string_view text) {
    std::string out;
    writer_type writer(out);
    writer.string(text);
    BOOST_TEST((writer.fault() == json_fault::none));
    return out;
}

std::string written(double number) {
    std::string out;
    writer_type(out).number(number);
    return out;
}

bool accepts(std::string_view text) {
    std::string out;
    writer_type writer(out);
    writer.string(text);
    return writer.fault() == json_fault::none;
}

std::string utf8(char32_t c) {
    auto const byte = [](char32_t value) { return static_cast<char>(static_cast<unsigned char>(value)); };
    if (c < 0x800) return {byte(0xc0 | c >> 6), byte(0x80 | (c & 63))};
    if (c < 0x10000) return {byte(0xe0 | c >> 12), byte(0x80 | (c >> 6 & 63)), byte(0x80 | (c & 63))};
    return {
        byte(0xf0 | c >> 18),
        byte(0x80 | (c >> 12 & 63)),
        byte(0x80 | (c >> 6 & 63)),
        byte(0x80 | (c & 63))
    };
}

json::value nested(std::size_t depth) {
    json::value tree = 1;
    for (std::size_t i = 0; i < depth; ++i) {
        json::array outer;
        outer.push_back(std::move(tree));
        tree = std::move(outer);
    }
    return tree;
}

} // namespace

BOOST_AUTO_TEST_SUITE(json_writer)

BOOST_AUTO_TEST_CASE(plain_text_stays_as_it_is) {
    BOOST_TEST(written("") == R"("")");
    BOOST_TEST(written("Hello") == R"("Hello")");
    BOOST_TEST(
        written("a longer text without anything special / in it") ==
        R"("a longer text without anything special / in it")"
    );
    BOOST_TEST(written("\x7f") == "\"\x7f\"");
}

BOOST_AUTO_TEST_CASE(special_characters_are_escaped_at_every_place) {
    BOOST_TEST(written("\"\\\b\f\n\r\t") == R"("\"\\\b\f\n\r\t")");
    for (std::size_t place = 0; place < 20; ++place) {
        for (int c = 0; c < 0x20; ++c) {
            std::string text(20, 'x');
            text[place] = static_cast<char>(c);
            auto const read = json::parse(written(text));
            BOOST_TEST((read.get_string() == text), "character " << c << " at " << place);
        }
    }
    BOOST_TEST(written(std::string_view("\0\x1f", 2)) == "\"\\u0000\\u001f\"");
}

BOOST_AUTO_TEST_CASE(all_of_unicode_is_written_as_it_is) {
    for (char32_t c = 0x80; c <= 0x10ffff; ++c) {
        bool const surrogate = c >= 0xd800 && c <= 0xdfff;
        auto const text = utf8(c);
        std::string out;
        writer_type writer(out);
        writer.string(text);
        if ((writer.fault() == json_fault::none) == surrogate || (!surrogate && out != '"' + text + '"'))
            BOOST_ERROR("code point " << static_cast<unsigned>(c));
    }
}

BOOST_AUTO_TEST_CASE(invalid_utf8_is_a_fault) {
    for (char const* text : {
             "\x80",
             "\xbf",
             "\xc0\x80",
             "\xc1\xbf",
             "\xc2",
             "\xc2x",
             "\xe0\x9f\xbf",
             "\xe2\x82",
             "\xe2\x82x",
             "\xed\xa0\x80",
             "\xf0\x8f\xbf\xbf",
             "\xf0\x9f\x98",
             "\xf4\x90\x80\x80",
             "\xf5\x80\x80\x80",
             "\xff",
         }) {
        BOOST_TEST(!accepts(text), "length " << std::strlen(text));
        BOOST_TEST(!accepts(std::string("ordinary text before it ") + text));
        BOOST_TEST(!accepts(text + std::string(" and after it")));
    }
}

BOOST_AUTO_TEST_CASE(numbers_take_their_shortest_form) {
    BOOST_TEST(written(0.2) == "0.2");
    BOOST_TEST(written(1.0) == "1");
    BOOST_TEST(written(0.0) == "0");
    BOOST_TEST(written(-2.0) == "-2");
    BOOST_TEST(written(0.7) == "0.7");
    BOOST_TEST(written(0.001) == "0.001");
    BOOST_TEST(written(0.00001) == "0.00001");
    BOOST_TEST(written(100000.0) == "100000");
    BOOST_TEST(written(1e20) == "100000000000000000000");
    BOOST_TEST(written(1e21) == "1e+21");
    BOOST_TEST(written(1.5e-9) == "1.5e-09");
    BOOST_TEST(written(std::numeric_limits<double>::max()) == "1.7976931348623157e+308");
    BOOST_TEST(written(std::numeric_limits<double>::denorm_min()) == "5e-324");
}

BOOST_AUTO_TEST_CASE(numbers_survive_a_round_trip) {
    std::mt19937_64 bits(20260101);
    for (int i = 0; i < 20'000; ++i) {
        auto const word = bits();
        double number;
        std::memcpy(&number, &word, sizeof number);
        if (!std::isfinite(number)) continue;
        if (std::strtod(written(number).c_str(), nullptr) != number)
            BOOST_ERROR("not the same number: " << written(number));
        double const usual = static_cast<double>(word % 2'000'001) / 1'000'000.0;
        if (std::strtod(written(usual).c_str(), nullptr) != usual)
            BOOST_ERROR("not the same number: " << written(usual));
    }
}

BOOST_AUTO_TEST_CASE(no_number_that_json_lacks) {
    for (double const number :
         {std::numeric_limits<double>::quiet_NaN(),
          std::numeric_limits<double>::infinity(),
          -std::numeric_limits<double>::infinity()}) {
        std::string out;
        writer_type writer(out);
        writer.begin_object();
        writer.key("top_p");
        writer.number(number);
        writer.end_object();
        BOOST_TEST((writer.fault() == json_fault::not_finite));
        BOOST_TEST(writer.fault_path() == "top_p");
    }
}

BOOST_AUTO_TEST_CASE(commas_go_where_they_belong) {
    std::string out = "before{";
    writer_type writer(out);
    writer.begin_object();
    writer.key("a");
    writer.begin_array();
    writer.integer(-1);
    writer.boolean(true);
    writer.begin_array();
    writer.end_array();
    writer.begin_object();
    writer.end_object();
    writer.string("[");
    writer.string(",");
    writer.end_array();
    writer.key("b:");
    writer.number(0.5);
    writer.end_object();
    BOOST_TEST(out == R"(before{{"a":[-1,true,[],{},"[",","],"b:":0.5})");
}

BOOST_AUTO_TEST_CASE(trees_are_written_in_their_order) {
    std::string_view const text =
        R"({"z":null,"a":[1,-2,18446744073709551615,0.7,"x\ny",true,false,{}],"":{"k":[]}})";
    std::string out;
    writer_type(out).value(json::parse({text.data(), text.size()}));
    BOOST_TEST(out == text);
}

BOOST_AUTO_TEST_CASE(depth_is_limited) {
    std::string out;
    writer_type fits(out);
    fits.value(nested(writer_type::max_depth));
    BOOST_TEST((fits.fault() == json_fault::none));
    BOOST_TEST(out.size() == 2 * writer_type::max_depth + 1);
    writer_type deeper(out);
    deeper.value(nested(writer_type::max_depth + 1));
    BOOST_TEST((deeper.fault() == json_fault::too_deep));
}

BOOST_AUTO_TEST_CASE(a_fault_names_its_place) {
    auto const path = [](std::string_view text) {
        // The text marks the place by an unlikely word, which becomes a byte that UTF-8 does not have.
        auto tree = json::parse({text.data(), text.size()});
        auto const spoil = [](auto const& self, json::value& value) -> void {
            if (auto* object = value.if_object()) {
                for (auto& member : *object) self(self, member.value());
            } else if (auto* array = value.if_array()) {
                for (auto& element : *array) self(self, element);
            } else if (value.is_string() && value.get_string() == "BAD") {
                value = "\xff";
            }
        };
        spoil(spoil, tree);
        std::string out = "[1,";
        writer_type writer(out);
        writer.value(tree);
        BOOST_TEST((writer.fault() == json_fault::invalid_utf8));
        return writer.fault_path();
    };
    BOOST_TEST(path(R"("BAD")") == "");
    BOOST_TEST(path(R"(["BAD"])") == "[0]");
    BOOST_TEST(
        path(R"({"messages":[{},{"role":"user"},{"role":"user","content":"BAD"}],"n":1})") ==
        "messages[2].content"
    );
    BOOST_TEST(path(R"({"a":{"b":[1,2]},"c":[[],["x",{"d":"BAD"}]]})") == "c[1][1].d");
    BOOST_TEST(path(R"({"tricky\":{[,":"}]\\","next":"BAD"})") == "next");
}

BOOST_AUTO_TEST_CASE(a_bad_key_names_its_object) {
    std::string out;
    writer_type writer(out);
    writer.begin_object();
    writer.key("metadata");
    writer.begin_object();
    writer.key("fine");
    writer.string("x");
    writer.key("\xff");
    writer.string("y");
    writer.end_object();
    writer.end_object();
    BOOST_TEST((writer.fault() == json_fault::invalid_utf8));
    BOOST_TEST(writer.fault_path() == "metadata");
}

BOOST_AUTO_TEST_CASE(after_a_fault_nothing_is_written) {
    std::string out;
    writer_type writer(out);
    writer.begin_array();
    writer.string("\xff");
    auto const size = out.size();
    writer.string("x");
    writer.integer(1);
    writer.number(1);
    writer.boolean(true);
    writer.value(json::value("x"));
    writer.begin_object();
    writer.key("k");
    writer.end_object();
    writer.end_array();
    BOOST_TEST(out.size() == size);
}

BOOST_AUTO_TEST_SUITE_END()
