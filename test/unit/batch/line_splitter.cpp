// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/batch/line_splitter.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace {

using splitter_type = async_llm::codec::line_splitter;

/// A line that outlives its text.
struct kept_line {
    explicit kept_line(async_llm::codec::text_line const& line)
        : number(line.number),
          offset(line.offset),
          size(line.size),
          text(line.text),
          is_too_long(line.is_too_long),
          is_whole(line.is_whole) {}
    kept_line(std::uint64_t n, std::uint64_t place, std::string said, bool whole = true)
        : number(n), offset(place), size(said.size()), text(std::move(said)), is_whole(whole) {}

    bool operator==(kept_line const&) const = default;

    std::uint64_t number;
    std::uint64_t offset;
    std::uint64_t size;
    std::string text;
    bool is_too_long = false;
    bool is_whole;
};

std::ostream& operator<<(std::ostream& out, kept_line const& line) {
    return out << line.number << '@' << line.offset << '+' << line.size << (line.is_too_long ? " long" : "")
               << (line.is_whole ? "" : " torn") << " \"" << line.text << '"';
}

std::vector<kept_line> split(std::vector<std::string_view> const& blocks, std::size_t max_size = 1000) {
    std::vector<kept_line> lines;
    splitter_type splitter(max_size);
    for (auto const block : blocks) {
        // Of just this size and gone afterwards, so that a reader of it shows.
        std::vector<char> const own(block.begin(), block.end());
        splitter.feed(std::string_view(own.data(), own.size()));
        while (auto const line = splitter.next()) lines.emplace_back(*line);
    }
    splitter.finish();
    while (auto const line = splitter.next()) lines.emplace_back(*line);
    return lines;
}

/// The rules once more, for a text that is all there.
std::vector<kept_line> split_slowly(std::string_view text, std::size_t max_size) {
    std::vector<kept_line> lines;
    std::uint64_t number = 0;
    std::size_t begin = 0;
    while (begin < text.size()) {
        auto const end = std::min(text.find('\n', begin), text.size());
        std::string line(text.substr(begin, end - begin));
        auto offset = begin;
        ++number;
        bool const is_whole = end < text.size();
        if (line.size() > max_size) {
            lines.emplace_back(number, offset, std::string(), is_whole);
            lines.back().size = line.size();
            lines.back().is_too_long = true;
        } else {
            if (number == 1 && line.starts_with("\xef\xbb\xbf")) line.erase(0, 3), offset += 3;
            if (line.ends_with('\r')) line.pop_back();
            if (line.find_first_not_of(" \t\r\v\f") != std::string::npos)
                lines.emplace_back(number, offset, line, is_whole);
        }
        begin = end + 1;
    }
    return lines;
}

void check(std::string_view text, std::vector<kept_line> const& expected) {
    auto const lines = split({text});
    BOOST_TEST(lines == expected, boost::test_tools::per_element());
}

} // namespace

BOOST_AUTO_TEST_SUITE(line_splitter)

BOOST_AUTO_TEST_CASE(lines_end_with_lf_or_cr_lf_or_the_file) {
    check("", {});
    check("\n", {});
    check("a\n", {kept_line(1, 0, "a")});
    check("a", {kept_line(1, 0, "a", false)});
    check("a\r", {kept_line(1, 0, "a", false)});
    check("a\nb\r\nc", {kept_line(1, 0, "a"), kept_line(2, 2, "b"), kept_line(3, 5, "c", false)});
    check("a\rb\r\r\n", {kept_line(1, 0, "a\rb\r")});
}

BOOST_AUTO_TEST_CASE(blank_lines_count_and_are_left_out) {
    check("\n\na\n \t\r\n\nb\n", {kept_line(3, 2, "a"), kept_line(6, 9, "b")});
    check(" a \n", {kept_line(1, 0, " a ")});
}

BOOST_AUTO_TEST_CASE(a_byte_order_mark_is_no_part_of_the_first_line) {
    check("\xef\xbb\xbf{}\n\xef\xbb\xbf{}\n", {kept_line(1, 3, "{}"), kept_line(2, 6, "\xef\xbb\xbf{}")});
    check("\xef\xbb\xbf", {});
    check("\xef\xbb{}\n", {kept_line(1, 0, "\xef\xbb{}")});
}

BOOST_AUTO_TEST_CASE(nul_bytes_are_part_of_a_line) {
    check(std::string_view("a\0b\n", 4), {kept_line(1, 0, std::string("a\0b", 3))});
}

BOOST_AUTO_TEST_CASE(a_line_that_is_too_long_is_named_and_the_next_is_read) {
    auto const lines = split({"aaaa\nbbbbb\ncccc\nddddd"}, 4);
    BOOST_REQUIRE(lines.size() == 4u);
    BOOST_TEST(lines[0] == kept_line(1, 0, "aaaa"));
    BOOST_TEST(lines[1].is_too_long);
    BOOST_TEST(lines[1].number == 2u);
    BOOST_TEST(lines[1].offset == 5u);
    BOOST_TEST(lines[1].size == 5u);
    BOOST_TEST(lines[1].text.empty());
    BOOST_TEST(lines[2] == kept_line(3, 11, "cccc"));
    BOOST_TEST(lines[3].is_too_long);
    BOOST_TEST(!lines[3].is_whole);
}

BOOST_AUTO_TEST_CASE(any_blocks_give_the_same_lines) {
    std::mt19937 engine(17);
    std::string_view const alphabet("a{ \n\n\r\t\xef\xbb\xbf\0", 11);
    auto const draw = [&](std::size_t below) { return engine() % below; };
    for (int round = 0; round < 3000; ++round) {
        std::string text = draw(4) == 0 ? "\xef\xbb\xbf" : "";
        for (auto left = draw(60); left != 0; --left) text += alphabet[draw(alphabet.size())];
        auto const max_size = draw(12);
        auto const expected = split_slowly(text, max_size);
        std::vector<std::string_view> blocks;
        for (std::string_view rest = text; !rest.empty();) {
            auto const size = std::min(draw(8), rest.size());
            blocks.push_back(rest.substr(0, size));
            rest.remove_prefix(size);
        }
        BOOST_TEST(split(blocks, max_size) == expected, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(positions_say_how_far_it_is) {
    splitter_type splitter(100);
    splitter.feed("ab\ncd");
    BOOST_TEST(splitter.next().has_value());
    BOOST_TEST(splitter.position() == 3u);
    BOOST_TEST(!splitter.next());
    BOOST_TEST(splitter.position() == 5u);
    BOOST_TEST(splitter.line_start() == 3u);
}

BOOST_AUTO_TEST_SUITE_END()
