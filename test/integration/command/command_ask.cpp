// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/command/command_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <csignal>
#include <string>
#include <string_view>

// `async-llm ask` as a program: one question, and the answer as it comes.

using namespace async_llm::test;
using namespace async_llm::testing;
using namespace std::chrono_literals;

namespace {

bool contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

} // namespace

BOOST_AUTO_TEST_SUITE(command_ask)

BOOST_AUTO_TEST_CASE(the_answer_is_printed) {
    command_fixture f;
    auto const run = f.start({"ask", "--model", "m", "--system", "Be brief.", "Why", "is", "it?"});
    BOOST_TEST(run->wait() == 0);
    BOOST_TEST(run->output() == "Why is it?\n");
    BOOST_TEST(run->errors().empty());
    BOOST_TEST(contains(f.provider.server.last_request().body, "Be brief."));
    BOOST_TEST(contains(f.provider.server.last_request().body, "\"stream\":true"));
}

BOOST_AUTO_TEST_CASE(the_question_may_come_from_standard_input) {
    command_fixture f;
    auto settings = f.settings();
    settings.input = "Line one\nline two";
    auto const run = f.start({"ask", "--model", "m"}, settings);
    BOOST_TEST(run->wait() == 0);
    BOOST_TEST(run->output() == "Line one\nline two\n");
    BOOST_TEST(f.start({"ask", "--model", "m"})->wait() == 42); // no question
}

BOOST_AUTO_TEST_CASE(the_answer_comes_word_by_word_and_a_signal_ends_it) {
    command_fixture f;
    auto reply = scripted_reply::stream("one two three four five");
    reply.fault = reply_fault::stall;
    reply.fault_after_parts = 4;
    f.provider.server.enqueue(reply);
    auto const run = f.start({"ask", "--model", "m", "Count"});
    BOOST_TEST(run->waits_for_output("one"));
    run->send(SIGINT);
    BOOST_TEST(run->wait() == 143);
    BOOST_TEST(run->output().starts_with("one"));
    BOOST_TEST(run->output().ends_with("\n"));
    BOOST_TEST(!contains(run->output(), "five"));
}

BOOST_AUTO_TEST_CASE(failures_have_their_status) {
    command_fixture f;
    f.provider.server.enqueue(scripted_reply::error(401, "Wrong key"));
    auto const refused = f.start({"ask", "--model", "m", "Why?"});
    BOOST_TEST(refused->wait() == 42);
    BOOST_TEST(contains(refused->errors(), "Wrong key"));
    BOOST_TEST(refused->output().empty());
    // The provider needs a model.
    BOOST_TEST(f.start({"ask", "Why?"})->wait() == 42);
    loopback_port const port;
    auto const url = "http://127.0.0.1:" + std::to_string(port.number()) + "/v1";
    BOOST_TEST(f.start({"ask", "--base-url", url, "--model", "m", "Why?"})->wait() == 69);
}

// `script` gives the program a terminal.
BOOST_AUTO_TEST_CASE(an_answer_does_not_steer_the_terminal) {
    command_fixture f;
    f.provider.server.enqueue(scripted_reply::stream("be\x1b]0;owned\x07 \u202ehere\nend"));
    auto const command = command_fixture::program() + " ask --model m Why";
    auto const run = std::make_unique<command_run>(
        "/usr/bin/script",
        command_run::words{"--quiet", "--return", "--command", command, "/dev/null"},
        f.settings()
    );
    BOOST_TEST(run->wait() == 0);
    BOOST_TEST_CONTEXT(run->output()) {
        BOOST_TEST(contains(run->output(), "be?]0;owned? ?here\r\nend"));
        BOOST_TEST(!contains(run->output(), "\x1b"));
    }
    // Another program gets it as it is.
    f.provider.server.enqueue(scripted_reply::stream("be\x1b[1m"));
    auto const piped = f.start({"ask", "--model", "m", "Why"});
    BOOST_TEST(piped->wait() == 0);
    BOOST_TEST(piped->output() == "be\x1b[1m\n");
}

BOOST_AUTO_TEST_SUITE_END()
