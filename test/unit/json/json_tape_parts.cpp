// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// Texts that are so large that a tape parses them in parts.

#include "codec/json/json_tape.hpp"
#include "codec/json/json_tree.hpp"
#include "support/fixtures/draw.hpp"
#include "support/fixtures/reference_json.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace json = boost::json;

namespace {

constexpr std::size_t large = 1'300'000;

struct parsed {
    parsed() = default;

    async_llm::error_code ec;
    std::size_t used = 0;
    std::size_t steps = 1;
    json::value tree;
};

parsed parse(std::string_view text) {
    // With nothing behind it, so that AddressSanitizer sees who reads beyond it.
    auto const bytes = std::make_unique<char[]>(text.size());
    std::copy(text.begin(), text.end(), bytes.get());
    async_llm::codec::decode_limits limits;
    limits.max_json_members = limits.max_json_values = limits.max_json_expansion = 0;
    async_llm::codec::json_tape tape;
    tape.begin(std::string_view(bytes.get(), text.size()), limits);
    parsed result;
    while (!tape.step()) ++result.steps;
    result.ec = tape.error();
    result.used = tape.used();
    result.tree = async_llm::codec::build_tree(tape.root());
    return result;
}

void check_as_boost(std::string_view text) {
    auto const found = parse(text);
    std::size_t used = 0;
    async_llm::error_code ec;
    auto const expected = async_llm::test::parse_with_boost(text, 128, used, ec);
    BOOST_TEST((found.ec == ec), found.ec.message() << " and not " << ec.message());
    if (!ec) BOOST_TEST(found.used == used);
    BOOST_TEST((found.tree == expected));
}

std::string filled(std::string_view unit, std::size_t size = large) {
    std::string text;
    while (text.size() < size) text += unit;
    return text;
}

std::string list(std::string_view unit, std::size_t size = large) {
    auto text = "[" + filled(std::string(unit) + ",", size);
    text.back() = ']';
    return text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(json_tape_parts)

BOOST_AUTO_TEST_CASE(a_large_text_takes_several_steps) {
    BOOST_TEST(parse(list("1", 1'000'000)).steps == 1U);
    BOOST_TEST(parse(list("1")).steps >= 3U);
    BOOST_TEST(parse("\"" + filled("x") + "\"").steps >= 3U);
    BOOST_TEST(parse("\"" + filled("\\n") + "\"").steps >= 3U);
}

BOOST_AUTO_TEST_CASE(parts_change_nothing) {
    std::vector<std::string> const units{
        "1",
        "-17",
        "true",
        "null",
        "\"\"",
        "\"a\"",
        "\"\\\\\"",
        "\"\\\"\"",
        "\"\\u4f60\"",
        "\"\\ud83d\\ude00\"",
        "\"\xe4\xbd\xa0\"",
        "{}",
        "[]",
        "{\"a\":\"b\"}",
        "{\"a\\\\\":[\"b\\\"\"]}",
        "  12  ",
        "[[[[1]]]]",
        "9007199254740993",
        "\"\\\\\\\\\"",
        "{\"k\\n\":\"v\\n\"}",
        "18446744073709551615"
    };
    for (auto const& unit : units) {
        BOOST_TEST_CONTEXT(unit) {
            check_as_boost(list(unit));
            // So that the parts end in other places.
            check_as_boost(" " + list(unit));
            check_as_boost("[\"ab\"," + list(unit) + "]");
        }
    }
}

BOOST_AUTO_TEST_CASE(long_strings_in_parts) {
    for (std::string_view const unit :
         {"x",
          "\\n",
          "line\\n",
          "\\\\",
          "\\\"",
          "\\u4f60",
          "\\ud83d\\ude00",
          "\xe4\xbd\xa0",
          "\xf0\x9f\x98\x80",
          "a\\u0000b",
          "12",
          "say \\\"hi\\\" "}) {
        BOOST_TEST_CONTEXT(unit) {
            auto const text = "\"" + filled(unit) + "\"";
            check_as_boost(text);
            check_as_boost("{\"a\":" + text + ",\"b\":" + text + "}");
            check_as_boost("{" + text + ":1}");
            check_as_boost("[1,\"" + filled("x", 524'286) + "\"," + text + "]");
        }
    }
}

BOOST_AUTO_TEST_CASE(random_texts_in_parts) {
    std::vector<std::string> const pieces{
        "\"a\\\\\"",
        "\"\xc3\xa4\\n\"",
        "12",
        "{\"k\":[1,2,{\"l\":\"m\\\"\"}]}",
        "[\"\\u00e9\",null]",
        "\"" + filled("t\\n", 5000) + "\"",
        "\"" + filled("\\u4f60\\u597d", 9000) + "\"",
        "false",
        "\"" + filled("plain ", 20'000) + "\""
    };
    for (unsigned seed = 0; seed != 6; ++seed) {
        std::mt19937 random(seed);
        std::string text = "[";
        while (text.size() < large) text += pieces[random() % pieces.size()] + ",";
        text.back() = ']';
        BOOST_TEST_CONTEXT(seed) { check_as_boost(text); }
    }
}

BOOST_AUTO_TEST_CASE(errors_in_any_part) {
    for (std::string_view const fault : {"x", "\"\xff\"", "\"\\q\"", "\"\\ud83d\"", "01", "]]", "\"\n\""}) {
        BOOST_TEST_CONTEXT(fault) {
            check_as_boost(list("1") + "");
            auto text = list("\"text\"");
            text.back() = ',';
            text += std::string(fault) + "," + list("2") + "]";
            auto const found = parse(text);
            std::size_t used = 0;
            async_llm::error_code ec;
            async_llm::test::parse_with_boost(text, 128, used, ec);
            BOOST_TEST((bool(found.ec) == bool(ec)));
            BOOST_TEST((found.tree.is_null() == bool(ec)));
        }
    }
    BOOST_TEST(parse(filled("[")).ec);
    BOOST_TEST(parse("\"" + filled("x")).ec);
    BOOST_TEST(parse("\"" + filled("\\n")).ec);
    BOOST_TEST(parse("\"" + filled("\\n") + "\\").ec);
}

BOOST_AUTO_TEST_CASE(what_follows_the_value_is_left_alone) {
    auto const found = parse(list("1") + "   tail" + filled("x"));
    BOOST_TEST(!found.ec);
    BOOST_TEST(found.used == list("1").size() + 3);
}

BOOST_AUTO_TEST_SUITE_END()
