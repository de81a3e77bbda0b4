// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/files/file_run.hpp"
#include <async_llm/bulk_merge.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;

struct fixture {
    temporary_folder folder;
    std::string input = folder.file("in.jsonl");
    std::string output = folder.file("out.jsonl");
    bulk_file_options options = file_options();

    void run(file_run::responder const& respond = echo_of) {
        file_run run(input, output, options);
        run.run(respond);
    }

    bulk_check_report check(std::size_t most = 100) { return check_bulk_files(input, {output}, "", most); }
};

std::string numbered_input(int count) {
    std::string text;
    for (int i = 0; i < count; ++i)
        text += request_text("r" + std::to_string(i), R"({"n":)" + std::to_string(i) + "}");
    return text;
}

file::line_result paid(file::line_task const& task) {
    auto result = echo_of(task);
    result.body = R"({"usage":{"prompt_tokens":3,"completion_tokens":4}})";
    result.cost = 0.5;
    return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(bulk_check)

BOOST_FIXTURE_TEST_CASE(a_run_that_is_complete, fixture) {
    write_file(input, numbered_input(4));
    run(paid);
    auto const report = check();
    BOOST_TEST(report.complete());
    BOOST_TEST(report.requests == 4u);
    BOOST_TEST(report.answered == 4u);
    BOOST_TEST(report.input_tokens == 12);
    BOOST_TEST(report.output_tokens == 16);
    BOOST_TEST(report.cost.value() == 2.0);
    BOOST_TEST(report.open_lines.empty());
    BOOST_TEST(report.missing + report.failed + report.edited + report.refused == 0u);
    BOOST_TEST(report.duplicated + report.superseded + report.unknown + report.unreadable == 0u);
}

BOOST_FIXTURE_TEST_CASE(each_line_that_is_open_is_named, fixture) {
    write_file(input, numbered_input(4) + "no json\n" + request_text("r0", "{}"));
    run([](file::line_task const& task) {
        if (task.custom_id == "r1") return failure_of(task, 400, true);
        if (task.custom_id == "r2") return failure_of(task, 503, false);
        return echo_of(task);
    });
    auto text = numbered_input(6);
    text.replace(text.find(R"("n":3)"), 5, R"("n":9)");
    write_file(input, text + "no json\n" + request_text("r0", "{}"));
    auto const report = check();
    BOOST_TEST(!report.complete());
    BOOST_TEST(report.requests == 6u);
    BOOST_TEST(report.answered == 1u);
    BOOST_TEST(report.failed == 2u);
    BOOST_TEST(report.failed_for_good == 1u);
    BOOST_TEST(report.edited == 1u);
    BOOST_TEST(report.missing == 2u);
    BOOST_TEST(report.refused == 2u);
    BOOST_REQUIRE(report.open_lines.size() == 7u);
    std::vector<std::uint64_t> lines;
    for (auto const& open : report.open_lines) lines.push_back(open.line);
    BOOST_TEST(lines == (std::vector<std::uint64_t>{2, 3, 4, 5, 6, 7, 8}), boost::test_tools::per_element());
    BOOST_TEST(report.open_lines[0].custom_id == "r1");
    BOOST_TEST(report.open_lines[0].reason == "failed for good");
    BOOST_TEST(check(2).open_lines.size() == 2u);
}

BOOST_FIXTURE_TEST_CASE(answers_too_many, fixture) {
    write_file(input, numbered_input(3));
    run();
    auto const once = lines_of(output);
    write_file(output, once[0] + '\n' + once[1] + '\n' + once[0] + '\n' + once[2] + "\ngarbage\n");
    write_file(input, numbered_input(2));
    auto report = check();
    BOOST_TEST(report.complete());
    BOOST_TEST(report.duplicated == 1u);
    BOOST_TEST(report.unknown == 1u);
    BOOST_TEST(report.unreadable == 1u);
    BOOST_TEST(report.superseded == 0u);
    auto text = numbered_input(2);
    text.replace(text.find(R"("n":1)"), 5, R"("n":9)");
    write_file(input, text);
    run();
    report = check();
    BOOST_TEST(report.complete());
    BOOST_TEST(report.superseded == 1u);
}

BOOST_FIXTURE_TEST_CASE(an_answer_that_was_copied_costs_nothing, fixture) {
    options.dedup = bulk_dedup::all;
    write_file(input, request_text("a", "{}") + request_text("b", "{}"));
    run(paid);
    auto const report = check();
    BOOST_TEST(report.answered == 2u);
    BOOST_TEST(report.input_tokens == 3);
    BOOST_TEST(report.cost.value() == 0.5);
}

BOOST_FIXTURE_TEST_CASE(nothing_was_begun, fixture) {
    write_file(input, numbered_input(3));
    auto const report = check();
    BOOST_TEST(report.missing == 3u);
    BOOST_TEST(!report.cost);
    // A model for all lines makes other requests of them.
    run();
    BOOST_TEST(check_bulk_files(input, {output}, "other").edited == 3u);
}

BOOST_AUTO_TEST_SUITE_END()
