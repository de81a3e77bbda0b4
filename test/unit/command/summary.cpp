// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "summary.hpp"

#include "commands.hpp"

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <vector>

// The end of a run has the figures that are there, and foreign text in it steers no terminal.

using namespace async_llm;
using namespace async_llm::command;

namespace {

run_result some_result() {
    run_result result;
    result.input = "in.jsonl";
    result.output = "out.jsonl";
    result.elapsed = 100;
    auto& progress = result.report.progress;
    progress.answered = 1200;
    progress.failed = 34;
    progress.input_tokens = 56789;
    progress.output_tokens = 1234;
    progress.cost = 1.5;
    return result;
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

} // namespace

BOOST_AUTO_TEST_SUITE(summary)

BOOST_AUTO_TEST_CASE(figures_stand_in_columns) {
    BOOST_TEST(
        summarize(some_result()) ==
        "out.jsonl: complete\n"
        "  answered     1,200\n"
        "  failed          34\n"
        "  tokens in   56,789\n"
        "  tokens out   1,234\n"
        "  cost         $1.50\n"
        "  time         1m40s\n"
        "  rate        12.3/s\n"
        "                 580   tokens/s\n"
        "  failures are in out.errors.jsonl\n"
    );
}

BOOST_AUTO_TEST_CASE(each_end_has_its_words) {
    auto result = some_result();
    BOOST_TEST(describe_end(result) == "complete");
    result.report.end = bulk_file_end::drained;
    BOOST_TEST(describe_end(result).starts_with("interrupted"));
    result.report.end = bulk_file_end::spending_limit;
    result.report.detail = "max_cost: $5.00 of $5.00";
    BOOST_TEST(describe_end(result).starts_with("a cap was reached"));
    BOOST_TEST(describe_end(result).ends_with("$5.00 of $5.00"));
    result.report.end = bulk_file_end::error;
    result.ec = make_http_error(401);
    result.report.detail = "wrong key";
    BOOST_TEST(describe_end(result).starts_with(make_http_error(401).message()));
    BOOST_TEST(describe_end(result).ends_with(": wrong key"));
    // The calls were cancelled since the time of grace was over.
    result.ec = boost::asio::error::operation_aborted;
    result.was_interrupted = true;
    BOOST_TEST(describe_end(result).starts_with("interrupted"));
}

BOOST_AUTO_TEST_CASE(refused_lines_are_listed_and_sanitized) {
    auto result = some_result();
    auto& report = result.report;
    report.progress.refused = 3;
    report.refused_lines.resize(2);
    report.refused_lines[0].line = 17;
    report.refused_lines[0].custom_id = "id\x1b[2J";
    report.refused_lines[0].reason = "is no JSON\nat all";
    report.refused_lines[1].line = 18;
    report.refused_lines[1].custom_id = "line-18";
    report.refused_lines[1].reason = std::string(5000, 'x');
    auto const text = summarize(result);
    BOOST_TEST(contains(text, "  line 17 (id?[2J): is no JSON at all\n"));
    BOOST_TEST(contains(text, "...\n  and 1 more\n"));
    BOOST_TEST(text.size() < 2000u);
}

BOOST_AUTO_TEST_CASE(a_hostile_detail_steers_no_terminal) {
    auto result = some_result();
    result.ec = make_http_error(500);
    result.report.detail = "\x1b]0;owned\x07\n\nfake line";
    auto const text = summarize(result);
    BOOST_TEST(!contains(text, "\x1b"));
    BOOST_TEST(!contains(text, "\x07"));
    BOOST_TEST(!contains(text, "\nfake"));
}

BOOST_AUTO_TEST_CASE(a_dry_run_says_what_would_be_asked) {
    auto result = some_result();
    result.was_dry = true;
    result.report.progress.lines = 5000;
    result.report.to_ask = 4000;
    result.report.estimated_tokens = 123456;
    auto const text = summarize(result);
    BOOST_TEST(text.starts_with("in.jsonl: checked"));
    BOOST_TEST(contains(text, "4,000"));
    BOOST_TEST(contains(text, "~123,456"));
    BOOST_TEST(!contains(text, "rate"));
}

BOOST_AUTO_TEST_CASE(latencies_are_there_if_they_were_recorded) {
    auto result = some_result();
    BOOST_TEST(!contains(summarize(result), "latency"));
    auto const history = std::make_shared<run_history>();
    history->add_answer(std::chrono::seconds(1), std::chrono::milliseconds(500), 7);
    result.history = history;
    BOOST_TEST(contains(summarize(result), "latency"));
    BOOST_TEST(contains(summarize(result), "500 ms   longest"));
}

BOOST_AUTO_TEST_CASE(a_check_says_whether_all_is_there) {
    bulk_check_report report;
    report.requests = 1000;
    report.answered = 990;
    report.failed = 6;
    report.failed_for_good = 2;
    report.missing = 4;
    auto const text = summarize(report, "in.jsonl");
    BOOST_TEST(
        text ==
        "in.jsonl: not complete\n"
        "  requests  1,000\n"
        "  answered    990   99.0%\n"
        "  failed        6   2 for good\n"
        "  missing       4\n"
        "  and 10 more\n"
    );
    report.answered = 1000;
    report.failed = report.missing = 0;
    BOOST_TEST(summarize(report, "in.jsonl").starts_with("in.jsonl: complete\n"));
}

BOOST_AUTO_TEST_CASE(a_merge_says_what_it_left_out) {
    bulk_merge_report report;
    report.answers = 100;
    report.superseded = 3;
    auto const text = summarize(report, "all.jsonl");
    BOOST_TEST(text == "all.jsonl: merged\n  answers     100\n  superseded    3   older answers, left out\n");
}

// As a pattern of the shell has them.
BOOST_AUTO_TEST_CASE(errors_files_among_the_outputs_are_left_out) {
    std::vector<std::string> const
        caught{"out.0-of-2.errors.jsonl", "out.0-of-2.jsonl", "out.1-of-2.jsonl", "alone.errors.jsonl"};
    std::vector<std::string> const expected{"out.0-of-2.jsonl", "out.1-of-2.jsonl", "alone.errors.jsonl"};
    BOOST_TEST(without_errors_files(caught) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
