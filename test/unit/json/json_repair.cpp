// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/json/json_repair.hpp"

#include "codec/json/half_character.hpp"
#include "codec/json/json_document.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <ostream>
#include <string>
#include <string_view>

using namespace async_llm;
using namespace std::string_view_literals;
using codec::half_characters;

namespace {

namespace data = boost::unit_test::data;

constexpr std::size_t no_limit = static_cast<std::size_t>(-1);

/// Text that is rewritten, or stays if it becomes the same.
struct rewriting {
    constexpr rewriting(std::string_view old_text, std::string_view new_text)
        : from(old_text), to(new_text) {}

    friend std::ostream& operator<<(std::ostream& out, rewriting const& value) { return out << value.from; }

    std::string_view from;
    std::string_view to;
};

std::string rewritten(std::string_view text, half_characters halves = half_characters::replaced) {
    codec::json_repair repair(text, no_limit, halves);
    while (!repair.step()) {
    }
    if (!repair.changed()) {
        BOOST_TEST(repair.text().empty());
        return std::string(text);
    }
    return std::string(repair.text());
}

constexpr std::array<rewriting, 45> rewritings{{
    // Control characters in strings, names included.
    {"\"a\tb\"", R"("a\tb")"},
    {"\"\b\f\n\r\t\"", R"("\b\f\n\r\t")"},
    {"\"\x1b[0m\"", R"("\u001b[0m")"},
    {"\"\x01\x1f\"", R"("\u0001\u001f")"},
    {"\"a\0b\""sv, R"("a\u0000b")"},
    {"{\"a\tb\":1}", R"({"a\tb":1})"},
    {"\"\x7f\"", "\"\x7f\""},
    // What is escaped stays what it is, right or wrong.
    {R"("\t\n\"\\\/\u0009")", R"("\t\n\"\\\/\u0009")"},
    {"\"\\\t\"", "\"\\\t\""},
    {"\"\\\\\t\"", R"("\\\t")"},
    {R"("\x\u12")", R"("\x\u12")"},
    {"\"\\", "\"\\"},
    {"\"\\u", "\"\\u"},
    // Outside of strings it is white space, or wrong.
    {"{\t\"a\":\n1\x01}", "{\t\"a\":\n1\x01}"},
    {"\t\"a\"\x1b", "\t\"a\"\x1b"},
    // No numbers.
    {"[NaN,Infinity,-Infinity]", "[null,null,null]"},
    {"{\"a\":nan,\"b\":-inf,\"c\":+Infinity}", R"({"a":null,"b":null,"c":null})"},
    {"[-NaN,+nan,NAN,nan]", "[null,null,null,null]"},
    {"[-infinity,INFINITY,Inf,-inf,+INF]", "[null,null,null,null,null]"},
    {"[-Inf ]", "[null ]"},
    {R"(["-nan","Inf"])", R"(["-nan","Inf"])"},
    {"[infinit,nano,Inf1,- nan,--nan,n,i,null]", "[infinit,nano,Inf1,- null,-null,n,i,null]"},
    {"NaN", "null"},
    {R"(["NaN","-Infinity",null,1e5,-1])", R"(["NaN","-Infinity",null,1e5,-1])"},
    {"[NaNa,1NaN]", "[NaNa,1null]"},
    {"[-]", "[-]"},
    {"[N,In,-In]", "[N,In,-In]"},
    // No UTF-8: as much as could be a character becomes one U+FFFD.
    {"\"\xff\"", "\"\xef\xbf\xbd\""},
    {"\"a\xc3\"", "\"a\xef\xbf\xbd\""},
    {"\"\xc3(\"", "\"\xef\xbf\xbd(\""},
    {"\"\xf0\x9f\x98\"", "\"\xef\xbf\xbd\""},
    {"\"\xf0\x9f\x98x\"", "\"\xef\xbf\xbdx\""},
    {"\"\x98\x80\"", "\"\xef\xbf\xbd\xef\xbf\xbd\""},
    {"\"\xc0\xaf\"", "\"\xef\xbf\xbd\xef\xbf\xbd\""},
    {"\"\xed\xa0\x80\"", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
    {"\"\xf4\x90\x80\x80\"", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
    {"\"\xf0\x9f\x98\x80\xc3\xa4\"", "\"\xf0\x9f\x98\x80\xc3\xa4\""},
    {"\xff\"a\"", "\xff\"a\""},
    // Surrogates.
    {R"("\ud83d\ude00")", R"("\ud83d\ude00")"},
    {R"("\ud83d")", "\"\xef\xbf\xbd\""},
    {R"("\ud83dx\ude00")", "\"\xef\xbf\xbdx\xef\xbf\xbd\""},
    {R"("\ude00\ud83d")", "\"\xef\xbf\xbd\xef\xbf\xbd\""},
    {R"("\uD83D\uD83D\uDE00")", "\"\xef\xbf\xbd\\uD83D\\uDE00\""},
    {R"("\ud83d\u12")", "\"\xef\xbf\xbd\\u12\""},
    {R"("\ud83)", R"("\ud83)"},
}};

std::string marks(std::string_view bytes) {
    std::string text;
    for (auto const byte : bytes) {
        auto const mark = codec::mark_of(byte);
        text.append(mark.data(), mark.size());
    }
    return text;
}

/// A text of more than one step, of which each part is rewritten.
std::string large_text(std::size_t size) {
    std::string text = "[\"";
    while (text.size() < size)
        text += "plain text, a\ttab, \xc3\xa4, \xff, \\ud83d, \\ud83d\\ude00 \",NaN,\"";
    return text + "\"]";
}

} // namespace

BOOST_AUTO_TEST_SUITE(json_repair)

BOOST_DATA_TEST_CASE(texts_that_are_rewritten, data::make(rewritings), each) {
    auto const once = rewritten(each.from);
    BOOST_TEST(once == each.to);
    BOOST_TEST(rewritten(once) == once);
}

BOOST_DATA_TEST_CASE(the_same_in_place_of_another_value, data::make(rewritings), each) {
    auto const before = std::string("{\"a\":[1,\"\xc3\xa4\\\"\"],\"b\":");
    BOOST_TEST(rewritten(before + std::string(each.from)) == before + std::string(each.to));
}

BOOST_AUTO_TEST_CASE(halves_at_the_edges_of_texts_are_marked) {
    auto const mark = [](std::string_view text) { return rewritten(text, half_characters::marked); };
    auto const high = marks("\xed\xa0\xbd");
    auto const low = marks("\xed\xb8\x80");
    BOOST_TEST(mark(R"({"content":"Hi \ud83d"})") == R"({"content":"Hi )" + high + "\"}");
    BOOST_TEST(mark(R"({"content" : "\ude00 you"})") == R"({"content" : ")" + low + " you\"}");
    BOOST_TEST(mark(R"({"reasoning":"\ude00\ud83d"})") == R"({"reasoning":")" + low + high + "\"}");
    BOOST_TEST(mark("{\"refusal\":\"\xf0\x9f\"}") == "{\"refusal\":\"" + marks("\xf0\x9f") + "\"}");
    BOOST_TEST(
        mark("{\"arguments\":\"\x98\x80\\\"\"}") == "{\"arguments\":\"" + marks("\x98\x80") + "\\\"\"}"
    );
    BOOST_TEST(mark("{\"text\":\"\x98\"}") == "{\"text\":\"" + marks("\x98") + "\"}");
    // Within a text, under another name, in a name or in a list nothing can follow.
    for (auto const* other :
         {R"({"content":"\ud83d "})",
          R"({"content":" \ude00"})",
          R"({"token":"\ud83d"})",
          R"({"\ud83d":1})",
          R"(["content","\ud83d"])",
          "{\"content\":\" \x98\"}",
          "{\"content\":\"\xf0\x9f \"}"})
        BOOST_TEST(mark(other) == rewritten(other));
}

// A mark would be taken for what it stands for.
BOOST_AUTO_TEST_CASE(nothing_is_marked_in_a_text_with_marks) {
    for (std::string const look_alike : {"\xef\xb7\x90", "\xef\xb7\xaf", "\\ufdd0", "\\uFDEF"}) {
        auto const text = R"({"content":"\ud83d","x":")" + look_alike + "\"}";
        BOOST_TEST(rewritten(text, half_characters::marked) == rewritten(text));
    }
    auto const other = R"({"content":"\ud83d","x":")"
                       "\xef\xb7\x8f\xef\xb7\xb0\"}";
    BOOST_TEST(rewritten(other, half_characters::marked) != rewritten(other));
}

BOOST_AUTO_TEST_CASE(a_large_text_takes_many_steps) {
    auto const text = large_text(4u * 1024 * 1024);
    codec::json_repair repair(text, no_limit, half_characters::replaced);
    std::size_t steps = 1;
    while (!repair.step()) ++steps;
    BOOST_TEST(steps >= 16u);
    BOOST_TEST(repair.changed());
    BOOST_TEST(repair.memory() <= repair.text().size() + 64);
    codec::json_document const parsed(text, 0, codec::decode_limits());
    BOOST_TEST(parsed.valid());
    // The same as in pieces of one step each.
    auto const unit = large_text(1);
    auto const small = rewritten(unit);
    BOOST_TEST(repair.text().starts_with(small.substr(0, small.size() - 2)));
    BOOST_TEST(repair.text().ends_with(small.substr(2)));
    BOOST_TEST((repair.text().size() - 4) * (unit.size() - 4) == (text.size() - 4) * (small.size() - 4));
}

// Also where a step ends between the bytes of a character, or in an escape.
BOOST_AUTO_TEST_CASE(the_end_of_a_step_cuts_nothing) {
    for (std::string const unit : {"\xf0\x9f\x98\x80", "\\ud83d\\ude00", "\\u00e4", "\\n"}) {
        for (std::size_t shift = 0; shift < unit.size(); ++shift) {
            std::string text = "\"" + std::string(shift, 'x') + "\t";
            while (text.size() < 600u * 1024) text += unit;
            text += '"';
            auto const expected = '"' + std::string(shift, 'x') + "\\t" + text.substr(shift + 2);
            BOOST_TEST((rewritten(text) == expected));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_text_that_would_become_too_large) {
    std::string const text = '"' + std::string(100, '\1') + '"';
    codec::json_repair fits(text, 602, half_characters::replaced);
    while (!fits.step()) {
    }
    BOOST_TEST(!fits.is_too_large());
    BOOST_TEST(fits.text().size() == 602u);
    codec::json_repair too_large(text, 601, half_characters::replaced);
    while (!too_large.step()) {
    }
    BOOST_TEST(too_large.is_too_large());
    BOOST_TEST(too_large.memory() < 64u);
}

BOOST_AUTO_TEST_CASE(places_are_those_of_the_old_text) {
    auto const text = "[\"a\tb\xff\",NaN,x]"sv;
    codec::json_repair repair(text, no_limit, half_characters::replaced);
    while (!repair.step()) {
    }
    auto const now = repair.text();
    for (auto const c : {'[', 'a', 'b', 'x', ']'}) BOOST_TEST(repair.origin_of(now.find(c)) == text.find(c));
    BOOST_TEST(repair.origin_of(now.find("\\t") + 1) == text.find('\t'));
    BOOST_TEST(repair.origin_of(now.find("null") + 2) == text.find("NaN"));
    BOOST_TEST(repair.origin_of(now.size()) == text.size());

    auto const large = large_text(2u * 1024 * 1024) + "x";
    codec::json_repair many(large, no_limit, half_characters::replaced);
    while (!many.step()) {
    }
    BOOST_TEST(many.origin_of(many.text().size() - 1) == large.size() - 1);
    BOOST_TEST(many.origin_of(0) == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
