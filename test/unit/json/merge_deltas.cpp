// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/json/merge_deltas.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace async_llm::codec;

namespace {

json::array list_of(std::string const& text) { return json::parse("[" + text + "]").as_array(); }

std::string in_short(json::array const& blocks) {
    auto const text = json::serialize(blocks);
    return text.substr(1, text.size() - 2);
}

std::string joined_reasoning(std::vector<std::string> const& pieces) {
    json::array blocks;
    for (auto const& piece : pieces) join_reasoning(blocks, list_of(piece));
    return in_short(blocks);
}

std::string joined_entries(std::vector<std::string> const& pieces) {
    json::array list;
    known_entries known;
    for (auto const& piece : pieces) known.join(list, list_of(piece));
    return in_short(list);
}

/// A reasoning text with these members (JSON).
std::string text(std::string const& members) { return R"({"type":"reasoning.text",)" + members + "}"; }

} // namespace

BOOST_AUTO_TEST_SUITE(merge_deltas)

BOOST_AUTO_TEST_CASE(reasoning_blocks) {
    struct row {
        row(char const* t, std::vector<std::string> p, std::string b)
            : title(t), pieces(std::move(p)), blocks(std::move(b)) {}
        char const* title;
        std::vector<std::string> pieces;
        std::string blocks;
    };
    auto const a = text(R"("text":"a","index":0)");
    auto const b = text(R"("text":"b","index":0)");
    auto const encrypted = std::string(R"({"type":"reasoning.encrypted","data":"x","id":"e","index":1})");
    std::vector<row> const rows{
        {"one index", {a, b}, text(R"("text":"ab","index":0)")},
        {"no index", {text(R"("text":"a")"), text(R"("text":"b")")}, text(R"("text":"ab")")},
        {"two indexes", {a, text(R"("text":"b","index":1)")}, a + "," + text(R"("text":"b","index":1)")},
        {"another block between", {a, encrypted, b}, text(R"("text":"ab","index":0)") + "," + encrypted},
        {"without an index only the last goes on",
         {text(R"("text":"a")"), encrypted, text(R"("text":"b")")},
         text(R"("text":"a")") + "," + encrypted + "," + text(R"("text":"b")")},
        {"a signature at the end",
         {a, text(R"("signature":"s","index":0)")},
         text(R"("text":"a","index":0,"signature":"s")")},
        {"a signature in front",
         {text(R"("signature":"s","index":0)"), a},
         text(R"("signature":"s","index":0,"text":"a")")},
        {"a signature with every piece",
         {text(R"("text":"a","signature":"s")"), text(R"("text":"b","signature":"s")")},
         text(R"("text":"ab","signature":"s")")},
        {"a text behind a signature",
         {a, text(R"("signature":"s","index":0)"), b, text(R"("signature":"t","index":0)")},
         text(R"("text":"a","index":0,"signature":"s")") + "," +
             text(R"("text":"b","index":0,"signature":"t")")},
        {"the same without an index",
         {text(R"("text":"a","signature":"s")"), text(R"("text":"b","signature":"t")")},
         text(R"("text":"a","signature":"s")") + "," + text(R"("text":"b","signature":"t")")},
        {"two signatures without text",
         {text(R"("signature":"s")"), text(R"("signature":"t")")},
         text(R"("signature":"s")") + "," + text(R"("signature":"t")")},
        {"other ids",
         {text(R"("text":"a","id":"r")"), text(R"("text":"b","id":"t")")},
         text(R"("text":"a","id":"r")") + "," + text(R"("text":"b","id":"t")")},
        {"an id that comes late",
         {text(R"("text":"a","id":null)"), text(R"("text":"b","id":"t")")},
         text(R"("text":"ab","id":"t")")},
        {"signatures that are null",
         {text(R"("text":"a","signature":null)"), text(R"("text":"b","signature":null)")},
         text(R"("text":"ab","signature":null)")},
        {"a signed block again",
         {text(R"("text":"a","signature":"s")"), text(R"("text":"a","signature":"s")")},
         text(R"("text":"a","signature":"s")")},
        {"an encrypted block again", {encrypted, encrypted}, encrypted},
        {"summaries",
         {R"({"type":"reasoning.summary","summary":"a"})", R"({"type":"reasoning.summary","summary":"b"})"},
         R"({"type":"reasoning.summary","summary":"ab"})"},
        {"no objects", {"1,1"}, "1,1"},
    };
    for (auto const& each : rows) BOOST_TEST(joined_reasoning(each.pieces) == each.blocks, each.title);
}

BOOST_AUTO_TEST_CASE(blocks_far_back_are_not_looked_for) {
    std::vector<std::string> pieces{text(R"("text":"a","index":-1)")};
    for (std::size_t i = 0; i + 1 < max_open_blocks; ++i)
        pieces.push_back(text(R"("text":"x","index":)" + std::to_string(i)));
    pieces.push_back(text(R"("text":"b","index":-1)"));
    auto const near = joined_reasoning(pieces);
    BOOST_TEST(near.find(R"("text":"ab")") != std::string::npos);
    pieces.insert(pieces.begin() + 1, text(R"("text":"x","index":1000)"));
    BOOST_TEST(joined_reasoning(pieces).find(R"("text":"ab")") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(entries_that_come_again) {
    auto const image =
        std::string(R"({"type":"image_url","index":0,"image_url":{"url":"data:image/png;base64,AA"}})");
    auto const reordered =
        std::string(R"({"index":0,"type":"image_url","image_url":{"url":"data:image/png;base64,AA"}})");
    auto const other =
        std::string(R"({"type":"image_url","index":0,"image_url":{"url":"data:image/png;base64,AB"}})");
    BOOST_TEST(joined_entries({image, image}) == image);
    BOOST_TEST(joined_entries({image + "," + image}) == image);
    BOOST_TEST(joined_entries({image, reordered}) == image);
    BOOST_TEST(joined_entries({image, other, image}) == image + "," + other);
    BOOST_TEST(joined_entries({image, image + "," + other}) == image + "," + other);
    BOOST_TEST(joined_entries({"1", "1.5,1", "\"1\",null", "null"}) == "1,1.5E0,\"1\",null");
}

BOOST_AUTO_TEST_CASE(many_entries_take_linear_time) {
    json::array piece;
    for (std::size_t i = 0; i < 100'000; ++i) piece.emplace_back(i);
    json::array list;
    known_entries known;
    for (int i = 0; i < 3; ++i) known.join(list, piece);
    // Only so many are remembered.
    BOOST_TEST(list.size() == 3 * piece.size() - 2 * known_entries::max_size);
}

BOOST_AUTO_TEST_CASE(members_of_calls) {
    auto extra = json::parse(R"({"x":1,"function":{"a":1},"custom":7})").as_object();
    join_call_members(
        extra,
        json::parse(R"({"x":null,"function":{"b":{"c":null},"a":2},"custom":{"d":1},"y":0})").as_object()
    );
    BOOST_TEST(
        json::serialize(extra) == R"({"x":1,"function":{"a":2,"b":{"c":null}},"custom":{"d":1},"y":0})"
    );
    join_call_members(extra, json::object());
    BOOST_TEST(extra.size() == 4u);
}

BOOST_AUTO_TEST_SUITE_END()
