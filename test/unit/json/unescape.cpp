// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/json/unescape.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace json = boost::json;

struct reading {
    /// Of a text with nothing behind it, so that AddressSanitizer sees who reads beyond it.
    explicit reading(std::string_view text) {
        std::vector<char> const block(text.begin(), text.end());
        taken = async_llm::codec::unescape(std::string_view(block.data(), block.size()), meaning);
    }

    std::string meaning;
    std::size_t taken = 0;
};

/// The meaning, if all of the text has one.
std::string unescaped(std::string_view text) {
    reading const found(text);
    BOOST_TEST(found.taken == text.size(), text);
    return found.meaning;
}

std::string utf16_escape(unsigned unit) {
    char text[8];
    std::snprintf(text, sizeof(text), "\\u%04x", unit);
    return text;
}

std::size_t closing_quote(std::string_view text) { return async_llm::codec::find_closing_quote(text); }

} // namespace

BOOST_AUTO_TEST_SUITE(unescape)

BOOST_AUTO_TEST_CASE(plain_text_means_itself) {
    BOOST_TEST(unescaped("") == "");
    BOOST_TEST(
        unescaped("a longer text / of more than \x7f eight bytes") ==
        "a longer text / of more than \x7f eight bytes"
    );
    BOOST_TEST(unescaped("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80") == "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
}

BOOST_AUTO_TEST_CASE(escapes_mean_what_the_grammar_says) {
    BOOST_TEST(unescaped(R"(\"\\\/\b\f\n\r\t)") == "\"\\/\b\f\n\r\t");
    BOOST_TEST(unescaped(R"(a\nb\\n\\\"c)") == "a\nb\\n\\\"c");
    BOOST_TEST(unescaped(R"(x\u00E4\u20aC\uD83D\ude00y)") == "x\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80y");
    BOOST_TEST(unescaped(R"(\u0000)") == std::string(1, '\0'));
}

BOOST_AUTO_TEST_CASE(all_code_points_are_those_of_the_parser) {
    for (unsigned c = 0; c <= 0x10ffff; c += c < 0x10000 ? 1 : 37) {
        if (c >= 0xd800 && c < 0xe000) continue;
        auto const low = c - 0x10000;
        auto const text = c < 0x10000
            ? utf16_escape(c)
            : utf16_escape(0xd800 + (low >> 10)) + utf16_escape(0xdc00 + (low & 0x3ff));
        reading const found(text);
        if (found.taken != text.size() || json::parse('"' + text + '"').get_string() != found.meaning)
            BOOST_ERROR("code point " << c);
    }
}

BOOST_AUTO_TEST_CASE(the_place_of_an_escape_does_not_matter) {
    // Some thousand bytes are done at a time.
    for (std::size_t place = 1000; place < 1050; ++place) {
        std::string const before(place, 'x');
        for (std::string_view const text :
             {"\\n", "\\u00e9", "\\ud83d\\ude00", "\xc3\xa4", "\xf0\x9f\x98\x80", "\\\\\\\""}) {
            auto const meaning = unescaped(text);
            BOOST_TEST(unescaped(before + std::string(text)) == before + meaning);
            BOOST_TEST(unescaped(before + std::string(text) + before) == before + meaning + before);
            reading const cut(before + std::string(text.substr(0, text.size() - 1)));
            BOOST_TEST(cut.taken <= place + text.size() - 2);
            BOOST_TEST(cut.taken >= place);
        }
    }
}

BOOST_AUTO_TEST_CASE(it_stops_before_what_cannot_stand_in_a_string) {
    for (std::string_view const bad : {
             R"(")",
             "\n",
             "\x1f",
             "\x80",
             "\xc3",
             "\xc3x",
             "\xed\xa0\x80",
             "\xf4\x90\x80\x80",
             "\\",
             R"(\x)",
             R"(\N)",
             R"(\ )",
             R"(\u)",
             R"(\u12)",
             R"(\u123)",
             R"(\u123g)",
             R"(\u-123)",
             R"(\U1234)",
             R"(\udc00)",
             R"(\udfff\ud800)",
             R"(\ud800)",
             R"(\ud800x)",
             R"(\ud800\)",
             R"(\ud800\n)",
             R"(\ud800\u)",
             R"(\ud800\udc0)",
             R"(\ud800\ud800)",
             R"(\ud800\ue000)",
             R"(\ud800udc00x)",
         }) {
        for (std::string_view const before : {"", "text", "\\n", R"(a longer \"text\" \ud83d\ude00)"}) {
            reading const found(std::string(before) + std::string(bad));
            BOOST_TEST(found.taken == before.size(), before << bad);
            BOOST_TEST(found.meaning == unescaped(before), before << bad);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_closing_quote_is_the_one_that_is_not_escaped) {
    constexpr auto none = std::string_view::npos;
    BOOST_TEST(closing_quote("") == none);
    BOOST_TEST(closing_quote("text") == none);
    BOOST_TEST(closing_quote(R"(")") == 0u);
    BOOST_TEST(closing_quote(R"(text"more")") == 4u);
    BOOST_TEST(closing_quote(R"(\")") == none);
    BOOST_TEST(closing_quote(R"(\\")") == 2u);
    BOOST_TEST(closing_quote(R"(\\\")") == none);
    BOOST_TEST(closing_quote(R"(a\"b\\\"c\\"d")") == 11u);
}

BOOST_AUTO_TEST_SUITE_END()
