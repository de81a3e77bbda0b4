// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "file/line_input.hpp"

#include "support/files/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

using namespace async_llm::test;
using async_llm::bulk_input;
using async_llm::file::file_error;
using input_type = async_llm::file::line_input;

std::vector<std::string> read_all(input_type& input) {
    std::vector<std::string> lines;
    while (auto const line = input.next()) lines.emplace_back(line->text);
    return lines;
}

} // namespace

BOOST_AUTO_TEST_SUITE(line_input)

BOOST_AUTO_TEST_CASE(a_file_larger_than_a_block) {
    temporary_folder const folder;
    auto const path = folder.file("in");
    std::string text;
    std::vector<std::string> expected;
    for (int i = 0; i < 3000; ++i) {
        expected.push_back(std::to_string(i) + std::string(static_cast<std::size_t>(i) % 400, 'x'));
        text += expected.back() + '\n';
    }
    write_file(path, text);
    input_type input(path, 1000);
    input.open();
    BOOST_TEST(input.size() == text.size());
    BOOST_TEST(read_all(input) == expected, boost::test_tools::per_element());
    BOOST_TEST(input.at_end());
    BOOST_TEST(input.position() == text.size());
}

BOOST_AUTO_TEST_CASE(a_function_that_reads) {
    std::string_view rest = "a\nbc\nd";
    auto const read = [&rest](char* into, std::size_t size) {
        auto const count = std::min<std::size_t>({size, rest.size(), 2});
        std::copy_n(rest.begin(), count, into);
        rest.remove_prefix(count);
        return count;
    };
    input_type input(bulk_input("text", read), 1000);
    input.open();
    std::vector<std::string> const expected{"a", "bc", "d"};
    BOOST_TEST(read_all(input) == expected, boost::test_tools::per_element());
    BOOST_TEST(input.at_end());
}

BOOST_AUTO_TEST_CASE(a_pipe_does_not_block) {
    int ends[2] = {-1, -1};
    BOOST_REQUIRE(::pipe(ends) == 0);
    input_type input("/proc/self/fd/" + std::to_string(ends[0]), 1000);
    input.open();
    BOOST_TEST(input.size() == 0u);
    BOOST_TEST(!input.next());
    BOOST_TEST(!input.at_end());
    BOOST_REQUIRE(::write(ends[1], "a\nb", 3) == 3);
    BOOST_TEST(input.next()->text == "a");
    BOOST_TEST(!input.next());
    BOOST_TEST(!input.at_end());
    ::close(ends[1]);
    BOOST_TEST(input.next()->text == "b");
    BOOST_TEST(!input.next());
    BOOST_TEST(input.at_end());
    ::close(ends[0]);
}

BOOST_AUTO_TEST_CASE(an_empty_file_and_none) {
    temporary_folder const folder;
    write_file(folder.file("in"), "");
    input_type input(folder.file("in"), 1000);
    input.open();
    BOOST_TEST(!input.next());
    BOOST_TEST(input.at_end());
    input_type none(folder.file("none"), 1000);
    BOOST_CHECK_THROW(none.open(), file_error);
    input_type directory(folder.path(), 1000);
    BOOST_CHECK_THROW(directory.open(), file_error);
}

BOOST_AUTO_TEST_CASE(a_line_at_a_position) {
    temporary_folder const folder;
    auto const path = folder.file("in");
    auto const text = "a\n" + std::string(10'000, 'x') + "\nb";
    write_file(path, text);
    auto const file = async_llm::file::file_handle::open_input(path);
    BOOST_TEST(async_llm::file::read_line_at(file, 0) == "a");
    BOOST_TEST(async_llm::file::read_line_at(file, 2) == std::string(10'000, 'x'));
    BOOST_TEST(async_llm::file::read_line_at(file, 10'003) == "b");
    BOOST_TEST(async_llm::file::read_line_at(file, 99'999) == "");
}

BOOST_AUTO_TEST_SUITE_END()
