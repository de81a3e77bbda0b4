// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/json/json_document.hpp"

#include "support/streams/decoding.hpp"
#include <async_llm/error.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

using namespace async_llm;
using namespace std::string_view_literals;

BOOST_AUTO_TEST_SUITE(json_document)

BOOST_AUTO_TEST_CASE(what_strict_parsing_refuses_is_read) {
    codec::json_document const json("{\"a\":\"x\ty\xff\\ud800\",\"b\":NaN} ", 0, codec::decode_limits());
    BOOST_TEST(json.valid());
    BOOST_TEST(
        codec::text_of(json.value().to_value()) == "{\"a\":\"x\\ty\xef\xbf\xbd\xef\xbf\xbd\",\"b\":null}"
    );
    BOOST_TEST(!json.has_marks());
    codec::json_document const done("{\"a\":\"\t\"}\n[DONE]", 0, codec::decode_limits());
    BOOST_TEST(done.valid());
    BOOST_TEST(done.has_end_mark());
    BOOST_TEST(codec::json_document("xx{\"a\":\"\t\"}", 2, codec::decode_limits()).valid());
}

BOOST_AUTO_TEST_CASE(nuls_behind_the_value_are_padding) {
    BOOST_TEST(codec::json_document("{}\0"sv, 0, codec::decode_limits()).valid());
    BOOST_TEST(codec::json_document("{} \0\r\n\0"sv, 0, codec::decode_limits()).valid());
    BOOST_TEST(!codec::json_document("{}\0x"sv, 0, codec::decode_limits()).valid());
    BOOST_TEST(!codec::json_document("\0{}"sv, 0, codec::decode_limits()).valid());
}

BOOST_AUTO_TEST_CASE(an_error_shows_the_place) {
    auto const complaint = [](std::string_view text) {
        codec::json_document const json(text, 0, codec::decode_limits());
        BOOST_TEST(!json.valid());
        BOOST_TEST((json.error() == errc::invalid_json));
        return json.complaint("it");
    };
    BOOST_TEST(complaint("{\"a\":x}") == "it is not valid JSON at byte 5 of 7: syntax error: \"{\"a\":x}\"");
    // Of what was mended the place is that of the old text.
    auto const mended = complaint("{\"a\":\"\1\1\1\1\",\"b\":x}");
    BOOST_TEST(mended.find("at byte 16 of 18") != std::string::npos, mended);
    BOOST_TEST(mended.find("b\":x}") != std::string::npos, mended);

    auto const filler = std::string(3000, 'f');
    auto const far = complaint("{\"long\":\"" + filler + "\",\"here\":y,\"more\":\"" + filler + "\"}");
    BOOST_TEST(far.find(": \"...\",\"here\":y,\"more\":\"fff") != std::string::npos, far);
    BOOST_TEST(far.size() < 250u);
    auto const behind = complaint("{\"a\":1} {\"b\":2}");
    BOOST_TEST(behind == "there is more behind it's JSON at byte 8 of 15: \"{\"a\":1} {\"b\":2}\"");
    BOOST_TEST(complaint("\xff\xfe{\0\"\0"sv) == "it is not UTF-8 but UTF-16");
    BOOST_TEST(complaint("{\0}\0"sv) == "it is not UTF-8 but UTF-16");
    BOOST_TEST(complaint("\0{\0}"sv) == "it is not UTF-8 but UTF-16");
}

// Of a credential that began before it the rest would not be recognized.
BOOST_AUTO_TEST_CASE(what_is_shown_begins_within_no_text) {
    auto const shown = [](std::string const& text) {
        codec::json_document const json(text, 0, codec::decode_limits());
        auto const complaint = json.complaint("it");
        return complaint.substr(complaint.find(": \"") + 2);
    };
    auto const secret = std::string(60, 's');
    BOOST_TEST(shown("[\"" + secret + "\", \"\\x\"]").find('s') == std::string::npos);
    BOOST_TEST(shown("[\"" + secret + "\\\"ss\\x\"]").find('s') == std::string::npos);
    BOOST_TEST(shown("[\"\\x" + secret + "\"]").find('s') != std::string::npos);
}

BOOST_AUTO_TEST_CASE(lines_that_are_values_each_by_itself) {
    auto const next = [](std::string_view text) {
        return codec::json_document(text, 0, codec::decode_limits()).next_line();
    };
    BOOST_TEST(next("{}\n{}") == 3u);
    BOOST_TEST(next("{\"a\":\"\t\"} \n{}") == 11u);
    BOOST_TEST(next("{} {}\n{}") == 0u);
    BOOST_TEST(next("{}\n[DONE]") == 0u);
    BOOST_TEST(next("{\n}") == 0u);
    BOOST_TEST(next("{\n{}") == 0u);
}

// What the second text takes counts as what the first one does.
BOOST_AUTO_TEST_CASE(a_mended_text_has_no_more_memory_than_another) {
    auto const text = '"' + std::string(1024u * 1024, '\1') + '"';
    codec::decode_limits limits;
    limits.max_json_expansion = 5;
    codec::json_document const json(text, 0, limits);
    BOOST_TEST((json.error() == errc::json_too_complex));
    BOOST_TEST(json.budget().exceeded());
    BOOST_TEST(json.complaint("it").find("max_json_expansion") != std::string::npos);
    BOOST_TEST(codec::json_document('"' + std::string(1024u * 1024, 'x') + '"', 0, limits).valid());
    limits.max_json_expansion = 0;
    BOOST_TEST(codec::json_document(text, 0, limits).valid());

    // A quarter of the text and what replaces it leave less for the values than the text alone would.
    std::string list = "[\"" + std::string(600u * 1024, '\1') + "\"";
    while (list.size() < 1200u * 1024) list += ",1";
    list += "]";
    limits.max_json_expansion = 8;
    BOOST_TEST((codec::json_document(list, 0, limits).error() == errc::json_too_complex));
}

BOOST_AUTO_TEST_CASE(mending_goes_by_steps) {
    std::string text = "[\"";
    while (text.size() < 8u * 1024 * 1024) text += "plain text, a\ttab, \xff, \\ud83d \",NaN,\"";
    text += "\"]";
    codec::json_document json;
    std::size_t steps = 1;
    while (!json.step(text, codec::decode_limits())) ++steps;
    BOOST_TEST(json.valid());
    // It is measured, written, and parsed.
    BOOST_TEST(steps > 64u);
}

BOOST_AUTO_TEST_SUITE_END()
