// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "gzip_writer.hpp"
#include "support/command/command_fixture.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>

// `async-llm bulk` as a program, from a file of requests to a file of answers.

using namespace async_llm::test;
using namespace async_llm::testing;

namespace {

bool contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

// The text of each answer is that of its request.
void check_answers(std::string const& path) {
    for (auto const& line : lines_of(path)) {
        auto const answer = boost::json::parse(line);
        auto const id = std::string(answer.at("custom_id").as_string());
        auto const& body = answer.at("response").at("body");
        auto const text = std::string(body.at("choices").at(0).at("message").at("content").as_string());
        BOOST_TEST(text == "text-" + id.substr(3));
    }
}

std::string compressed(std::string_view text) {
    std::string result;
    async_llm::command::gzip_writer writer([&result](std::string_view bytes) { result += bytes; });
    writer.write(text);
    writer.finish();
    return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(command_bulk)

BOOST_AUTO_TEST_CASE(each_line_has_its_answer) {
    command_fixture f;
    f.write_input(200);
    auto const run = f.start_bulk({"--max-in-flight", "16"});
    BOOST_TEST(run->wait() == 0);
    BOOST_TEST(f.sorted_ids() == command_fixture::ids(200), boost::test_tools::per_element());
    check_answers(f.file("out.jsonl"));
    BOOST_TEST(f.provider.server.request_count() == 200u);
    BOOST_TEST(f.provider.server.last_request().header("Authorization") == "Bearer sk-test-key-1");
    BOOST_TEST(!std::filesystem::exists(f.file("out.errors.jsonl")));
    // The summary, and nothing on standard output, which is for others.
    BOOST_TEST(run->output().empty());
    BOOST_TEST_CONTEXT(run->errors()) {
        BOOST_TEST(contains(run->errors(), "out.jsonl: complete\n"));
        BOOST_TEST(contains(run->errors(), "200\n"));
        BOOST_TEST(!contains(run->errors(), "sk-test-key-1"));
    }
}

BOOST_AUTO_TEST_CASE(a_second_run_asks_nothing_and_an_edited_line_anew) {
    command_fixture f;
    f.write_input(20);
    BOOST_TEST(f.bulk() == 0);
    BOOST_TEST(f.bulk() == 0);
    BOOST_TEST(f.provider.server.request_count() == 20u);
    auto input = read_file(f.file("in.jsonl"));
    input.replace(input.find("text-7\""), 6, "text-8");
    write_file(f.file("in.jsonl"), input);
    auto const run = f.start_bulk();
    BOOST_TEST(run->wait() == 0);
    BOOST_TEST(f.provider.server.request_count() == 21u);
    BOOST_TEST(contains(run->errors(), "by earlier runs"));
    BOOST_TEST(contains(run->errors(), "edited"));
}

BOOST_AUTO_TEST_CASE(a_compressed_input_of_several_members_is_read) {
    command_fixture f;
    f.write_input(50);
    auto const text = read_file(f.file("in.jsonl"));
    // Cut within a line.
    auto const half = text.size() / 2;
    write_file(f.file("in.jsonl"), compressed(text.substr(0, half)) + compressed(text.substr(half)));
    BOOST_TEST(f.bulk() == 0);
    BOOST_TEST(f.sorted_ids() == command_fixture::ids(50), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(standard_input_is_read_compressed_or_not) {
    for (bool const is_compressed : {false, true}) {
        command_fixture f;
        auto options = f.settings();
        for (int i = 1; i <= 10; ++i) options.input += command_fixture::request_line(i);
        if (is_compressed) options.input = compressed(options.input);
        auto const run = f.start({"bulk", "-", "-o", "out.jsonl"}, options);
        BOOST_TEST(run->wait() == 0);
        BOOST_TEST(f.sorted_ids() == command_fixture::ids(10), boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(another_server_is_asked_with_its_own_key_or_none) {
    mock_options options(provider_dialect::openai);
    options.check_authorization = false;
    command_fixture f(options);
    f.write_input(1);
    auto settings = f.settings();
    command_fixture::words const arguments{
        "bulk",
        "in.jsonl",
        "-o",
        "out.jsonl",
        "--base-url",
        f.provider.server.base_url(),
        "--model",
        "other-model"
    };
    // The keys of the providers are not for it.
    BOOST_TEST(f.start(arguments, settings)->wait() == 0);
    BOOST_TEST(f.provider.server.last_request().header_count("Authorization") == 0u);
    BOOST_TEST(f.provider.server.last_request().model() == "other-model");
    std::filesystem::remove(f.file("out.jsonl"));
    settings.variables.emplace_back("ASYNC_LLM_API_KEY=own-key-1");
    BOOST_TEST(f.start(arguments, settings)->wait() == 0);
    BOOST_TEST(f.provider.server.last_request().header("Authorization") == "Bearer own-key-1");
}

BOOST_AUTO_TEST_CASE(a_dry_run_needs_no_key_and_asks_and_writes_nothing) {
    command_fixture f;
    f.write_input(5);
    write_file(
        f.file("in.jsonl"),
        read_file(f.file("in.jsonl")) + "no json\n" + command_fixture::request_line(1)
    );
    command_run::settings settings;
    settings.folder = f.folder.path();
    auto const run = f.start({"bulk", "in.jsonl", "-o", "out.jsonl", "--dry-run"}, settings);
    BOOST_TEST(run->wait() == 3);
    BOOST_TEST(f.provider.server.request_count() == 0u);
    BOOST_TEST(!std::filesystem::exists(f.file("out.jsonl")));
    BOOST_TEST_CONTEXT(run->errors()) {
        BOOST_TEST(contains(run->errors(), "in.jsonl: checked"));
        BOOST_TEST(contains(run->errors(), "line 6 (line-6)"));
        BOOST_TEST(contains(run->errors(), "line 7 (id-1)"));
        BOOST_TEST(contains(run->errors(), "to ask"));
    }
}

BOOST_AUTO_TEST_CASE(lines_that_fail_are_status_3_and_go_on_with_retry_failed) {
    command_fixture f;
    f.write_input(10);
    f.provider.server.respond_with([](received_request const& request) {
        if (request.last_user_text() == "text-4") return scripted_reply::error(400, "\x1b[2Jno such thing");
        return scripted_reply::echo();
    });
    auto const run = f.start_bulk();
    BOOST_TEST(run->wait() == 3);
    BOOST_TEST(f.sorted_ids().size() == 9u);
    BOOST_TEST((ids_of(f.file("out.errors.jsonl")) == std::vector<std::string>{"id-4"}));
    BOOST_TEST(contains(run->errors(), "out.errors.jsonl"));
    BOOST_TEST(!contains(run->errors(), "\x1b"));
    f.provider.server.respond_with({});
    // It failed for good, and is asked again only if it is said.
    BOOST_TEST(f.bulk() == 3);
    BOOST_TEST(f.provider.server.request_count() == 10u);
    BOOST_TEST(f.bulk({"--retry-failed"}) == 0);
    BOOST_TEST(f.sorted_ids() == command_fixture::ids(10), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(equal_bodies_are_asked_once_and_answers_ordered) {
    command_fixture f;
    std::string input;
    for (int i = 1; i <= 9; ++i) {
        auto line = command_fixture::request_line(i);
        auto const text = "text-" + std::to_string(i);
        line.replace(line.find(text), text.size(), "text-" + std::to_string(i % 3));
        input += line;
    }
    write_file(f.file("in.jsonl"), input);
    BOOST_TEST(f.bulk({"--dedup=all", "--ordered"}) == 0);
    BOOST_TEST(f.provider.server.request_count() == 3u);
    BOOST_TEST(ids_of(f.file("out.jsonl")) == command_fixture::ids(9), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(heartbeats_are_json_lines) {
    command_fixture f;
    f.write_input(30);
    BOOST_TEST(f.bulk({"--progress", "json:beats"}) == 0);
    auto const beats = lines_of(f.file("beats"));
    BOOST_REQUIRE(!beats.empty());
    for (auto const& beat : beats) BOOST_TEST(boost::json::parse(beat).at("done").is_number());
    auto const last = boost::json::parse(beats.back());
    BOOST_TEST(last.at("stage").as_string() == "ended");
    BOOST_TEST(last.at("answered").to_number<int>() == 30);
    BOOST_TEST(last.at("total").to_number<int>() == 30);
    // The next run appends.
    auto const run = f.start_bulk({"--progress", "json", "--quiet"});
    BOOST_TEST(run->wait() == 0);
    BOOST_TEST(run->errors().empty());
    BOOST_TEST(f.bulk({"--progress", "json:beats", "--quiet"}) == 0);
    BOOST_TEST(lines_of(f.file("beats")).size() > beats.size());
}

BOOST_AUTO_TEST_CASE(a_page_is_written) {
    command_fixture f;
    f.write_input(30);
    auto const run = f.start_bulk({"--report", "page.html"});
    BOOST_TEST(run->wait() == 0);
    auto const page = read_file(f.file("page.html"));
    BOOST_TEST(page.starts_with("<!DOCTYPE html>"));
    BOOST_TEST(page.ends_with("</html>\n"));
    BOOST_TEST(contains(page, "<dt>answered</dt><dd>30</dd>"));
    BOOST_TEST(contains(page, "<svg"));
    BOOST_TEST(contains(run->errors(), "median"));
}

BOOST_AUTO_TEST_CASE(quiet_runs_say_nothing) {
    command_fixture f;
    f.write_input(3);
    auto const run = f.start_bulk({"--quiet"});
    BOOST_TEST(run->wait() == 0);
    BOOST_TEST(run->output().empty());
    BOOST_TEST(run->errors().empty());
}

// `script` gives the program a terminal.
BOOST_AUTO_TEST_CASE(a_terminal_has_a_live_line) {
    command_fixture f;
    f.write_input(40);
    f.provider.server.respond_with([](received_request const&) {
        auto reply = scripted_reply::echo();
        reply.latency = std::chrono::milliseconds(100);
        return reply;
    });
    auto const command = command_fixture::program() + " bulk in.jsonl -o out.jsonl --max-in-flight 4";
    auto const run = std::make_unique<command_run>(
        "/usr/bin/script",
        command_run::words{"--quiet", "--return", "--command", command, "/dev/null"},
        f.settings()
    );
    BOOST_TEST(run->wait() == 0);
    auto const shown = run->output();
    BOOST_TEST_CONTEXT(shown) {
        BOOST_TEST(contains(shown, "\r"));
        BOOST_TEST(contains(shown, "4 in flight"));
        BOOST_TEST(contains(shown, "/40 "));
        // It is gone when the summary comes.
        BOOST_TEST(contains(shown, "\r\x1b[Kout.jsonl: complete"));
    }
}

BOOST_AUTO_TEST_SUITE_END()
