// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "arguments.hpp"
#include "support/files/temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cctype>
#include <set>
#include <string>
#include <string_view>

// The manual page has the flags that --help has, subcommand by subcommand; and help fits a terminal.

using namespace async_llm::command;

namespace {

using flags = std::set<std::string>;

bool is_flag_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '-'; }

// The words behind each of these marks.
flags words_behind(std::string_view text, std::string_view mark) {
    flags result;
    for (auto at = text.find(mark); at != text.npos; at = text.find(mark, at)) {
        at += mark.size();
        auto end = at;
        while (end < text.size() && is_flag_character(text[end])) ++end;
        if (end > at) result.emplace(text.substr(at, end - at));
    }
    return result;
}

std::string const& manual_text() {
    static std::string const text =
        async_llm::test::read_file(ASYNC_LLM_SOURCE_DIR "/apps/async-llm/async-llm.1");
    return text;
}

// The part of the page about a subcommand.
std::string section_of(std::string const& subcommand) {
    auto const begin = manual_text().find(".Ss " + subcommand + '\n');
    BOOST_REQUIRE(begin != std::string::npos);
    auto const end = manual_text().find("\n.S", begin + 1);
    return manual_text().substr(begin, end - begin);
}

// Those that have an entry of the list.
flags flags_in_manual(std::string const& subcommand) {
    flags result;
    auto const section = section_of(subcommand);
    for (auto at = section.find("\n.It "); at != std::string::npos; at = section.find("\n.It ", at + 1)) {
        auto const line = section.substr(at + 1, section.find('\n', at + 1) - at - 1);
        result.merge(words_behind(line, "Fl -"));
    }
    return result;
}

flags flags_in_help(std::string const& subcommand) {
    auto result = words_behind(help_text(subcommand), " --");
    result.merge(words_behind(help_text(subcommand), ",--"));
    // The page says once that each has it.
    result.erase("help");
    return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(manual)

BOOST_AUTO_TEST_CASE(it_has_the_flags_of_the_help) {
    for (auto const* const subcommand : {"bulk", "merge", "check", "ask"}) {
        BOOST_TEST_CONTEXT(subcommand) {
            auto const help = flags_in_help(subcommand);
            auto const page = flags_in_manual(subcommand);
            BOOST_TEST(help.size() >= 2u);
            BOOST_TEST(help == page, boost::test_tools::per_element());
        }
    }
}

BOOST_AUTO_TEST_CASE(it_has_the_exit_statuses) {
    auto const begin = manual_text().find(".Sh EXIT STATUS");
    BOOST_REQUIRE(begin != std::string::npos);
    auto const section = manual_text().substr(begin, manual_text().find("\n.Sh", begin + 1) - begin);
    flags const expected{"0", "3", "4", "42", "65", "66", "69", "70", "71", "73", "74", "75", "143"};
    BOOST_TEST(words_behind(section, "\n.It ") == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(help_fits_a_terminal) {
    for (auto const* const subcommand : {"", "bulk", "merge", "check", "ask"}) {
        auto const text = help_text(subcommand);
        std::size_t longest = 0;
        std::size_t begin = 0;
        for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
            longest = std::max(longest, end - begin);
            begin = end + 1;
        }
        BOOST_TEST_CONTEXT(text) { BOOST_TEST(longest <= 100u); }
    }
}

BOOST_AUTO_TEST_SUITE_END()
