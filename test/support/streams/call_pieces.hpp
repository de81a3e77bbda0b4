// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_STREAMS_CALL_PIECES_HPP
#define ASYNC_LLM_TEST_SUPPORT_STREAMS_CALL_PIECES_HPP

#include "codec/calls/call_assembler.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Pieces of tool calls in short, and what an assembler makes of them.
namespace async_llm::test::call_pieces {

using list = std::vector<std::string>;

inline std::string_view take_word(std::string_view& text) {
    auto const end = text.find(' ');
    auto const word = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return word == "-" ? std::string_view() : word;
}

/// A piece in short: `index id name arguments`, of which `-` is none; the index may be a word, and the last
/// may have spaces.
inline tool_call_delta piece_of(std::string_view text) {
    tool_call_delta piece;
    auto const index = take_word(text);
    bool const is_number = index.find_first_not_of("-0123456789") == std::string_view::npos;
    if (!index.empty() && is_number)
        piece.index = std::stoi(std::string(index));
    else if (!index.empty())
        piece.extra["index"] = index;
    piece.id = take_word(text);
    piece.name = take_word(text);
    piece.arguments = text == "-" ? "" : text;
    return piece;
}

/// A list of pieces, with ` & ` between them.
inline std::vector<tool_call_delta> pieces_of(std::string_view text) {
    std::vector<tool_call_delta> pieces;
    while (true) {
        auto const end = text.find(" & ");
        pieces.push_back(piece_of(text.substr(0, end)));
        if (end == std::string_view::npos) return pieces;
        text.remove_prefix(end + 3);
    }
}

inline list in_short(std::vector<tool_call> const& calls) {
    list result;
    for (auto const& call : calls) {
        auto const word = [](std::string const& text) { return text.empty() ? std::string("-") : text; };
        result.push_back(word(call.id) + ' ' + word(call.name) + ' ' + word(call.arguments));
    }
    return result;
}

struct outcome {
    outcome() = default;

    bool accepted = true;
    list calls;
    std::string detail;
};

inline outcome assemble(list const& lists) {
    outcome result;
    codec::call_assembler assembler;
    std::vector<tool_call> calls;
    for (auto const& each : lists) result.accepted = result.accepted && assembler.add(calls, pieces_of(each));
    result.calls = in_short(calls);
    result.detail = assembler.detail();
    return result;
}

struct row {
    row(char const* t, list l, list c) : title(t), lists(std::move(l)), calls(std::move(c)) {}

    char const* title;
    list lists;
    /// Empty: refused.
    list calls;
};

inline void check(std::vector<row> const& rows) {
    for (auto const& each : rows) {
        auto const found = assemble(each.lists);
        BOOST_TEST_CONTEXT(each.title << ": " << found.detail) {
            BOOST_TEST(found.accepted == !each.calls.empty());
            BOOST_TEST(found.detail.empty() == found.accepted);
            if (found.accepted) BOOST_TEST(found.calls == each.calls, boost::test_tools::per_element());
        }
    }
}

inline list const refused;

} // namespace async_llm::test::call_pieces

#endif
