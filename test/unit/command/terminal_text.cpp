// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "terminal_text.hpp"

#include "html.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

// Foreign text steers neither a terminal nor a page.

using namespace async_llm;
using namespace async_llm::command;

BOOST_AUTO_TEST_SUITE(terminal_text)

BOOST_AUTO_TEST_CASE(text_stays_as_it_is) {
    for (std::string const text :
         {"", "plain", "two\nlines\tand a tab\n", "Grüße, 世界 👍🏽", "a\u200d👩‍👩‍👧"})
        BOOST_TEST(command::terminal_text(text) == text);
}

BOOST_AUTO_TEST_CASE(controls_become_question_marks) {
    using namespace std::string_literals;
    BOOST_TEST(command::terminal_text("\x1b[2J\x1b]0;title\x07") == "?[2J?]0;title?");
    BOOST_TEST(
        command::terminal_text("a\rb\x08"
                               "c\0d\x7f"s) == "a?b?c?d?"
    );
    BOOST_TEST(command::terminal_text("\u009b2J") == "?2J");          // CSI as one character
    BOOST_TEST(command::terminal_text("a\u202eb\u2066c") == "a?b?c"); // reorder the line
    BOOST_TEST(command::terminal_text("a\u2028b\ufeff") == "a?b?");
    BOOST_TEST(command::terminal_text("\U000E0041") == "?"); // tags that are not seen
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_utf8_become_question_marks) {
    BOOST_TEST(
        command::terminal_text("\x9b"
                               "2J") == "?2J"
    );
    BOOST_TEST(command::terminal_text("\xc0\x80") == "??");
    BOOST_TEST(command::terminal_text("\xed\xa0\x80") == "???"); // a surrogate
    BOOST_TEST(command::terminal_text("\xf4\x90\x80\x80") == "????");
    BOOST_TEST(command::terminal_text("\xe2\x82") == "??"); // cut off
    BOOST_TEST(command::terminal_text("\xe2\x82z") == "??z");
    BOOST_TEST(command::terminal_text("\xe0\x80\x80") == "???"); // longer than need be
}

BOOST_AUTO_TEST_CASE(a_line_is_one_and_short) {
    BOOST_TEST(terminal_line("a\nb\tc\r\x1b", 80) == "a b c ?");
    BOOST_TEST(terminal_line("12345", 5) == "12345");
    BOOST_TEST(terminal_line("123456", 5) == "12...");
    BOOST_TEST(terminal_line("äöüäöü", 5) == "äö...");
    BOOST_TEST(terminal_line("", 5).empty());
}

BOOST_AUTO_TEST_CASE(html_has_no_tags_of_foreign_text) {
    BOOST_TEST(html_text("<script>alert('1')</script>") == "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;");
    BOOST_TEST(html_text("a&b\"c") == "a&amp;b&quot;c");
    BOOST_TEST(html_text("\x1b\x01") == "??");
    BOOST_TEST(html_text("Grüße") == "Grüße");
}

BOOST_AUTO_TEST_SUITE_END()
