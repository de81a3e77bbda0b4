// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "file/bulk_files.hpp"

#include "support/files/file_run.hpp"
#include <async_llm/error.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;

using names = std::vector<std::string>;

struct fixture {
    temporary_folder folder;
    std::string input = folder.file("in.jsonl");
    std::string output = folder.file("out.jsonl");
    std::string errors = folder.file("out.errors.jsonl");
    std::string journal = folder.file("out.jsonl.journal");
    bulk_file_options options = file_options();

    /// A whole run. Returns the lines that it asked.
    names run(file_run::responder const& respond = echo_of, bool backwards = false) {
        file_run run(input, output, options);
        run.run(respond, 3, backwards);
        counts = run.counts();
        refused = run.files().refused_lines();
        return run.asked();
    }

    file::file_counts counts;
    std::vector<bulk_refused_line> refused;
};

std::string numbered_input(int count) {
    std::string text;
    for (int i = 0; i < count; ++i)
        text += request_text("r" + std::to_string(i), R"({"n":)" + std::to_string(i) + "}");
    return text;
}

names numbered(int count) {
    names ids;
    for (int i = 0; i < count; ++i) ids.push_back("r" + std::to_string(i));
    return ids;
}

names sorted(names ids) {
    std::sort(ids.begin(), ids.end());
    return ids;
}

boost::json::value body_of(std::string const& line) {
    return boost::json::parse(line).at("response").at("body");
}

} // namespace

BOOST_AUTO_TEST_SUITE(bulk_files)

BOOST_FIXTURE_TEST_CASE(each_line_is_asked_once_and_answered, fixture) {
    write_file(input, numbered_input(10));
    BOOST_TEST(run() == numbered(10), boost::test_tools::per_element());
    BOOST_TEST(ids_of(output) == numbered(10), boost::test_tools::per_element());
    BOOST_TEST(boost::json::serialize(body_of(lines_of(output)[7])) == R"({"echo":{"n":7}})");
    BOOST_TEST(counts.lines == 10u);
    BOOST_TEST(counts.answered == 10u);
    BOOST_TEST(counts.input_bytes == read_file(input).size());
    // Nothing is left behind of what was in flight, and no file for failures without one.
    BOOST_TEST(!file::exists(journal));
    BOOST_TEST(!file::exists(errors));
    auto const before = read_file(output);
    BOOST_TEST(run().empty());
    BOOST_TEST(counts.answered_before == 10u);
    BOOST_TEST(read_file(output) == before);
}

BOOST_FIXTURE_TEST_CASE(a_run_goes_on_from_every_prefix_of_its_output, fixture) {
    write_file(input, numbered_input(6));
    run();
    auto const whole = read_file(output);
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        write_file(output, whole.substr(0, size));
        auto const kept = static_cast<std::size_t>(
            std::count(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size), '\n')
        );
        // A line without its line feed alone is there.
        bool const lacks_line_feed = size < whole.size() && whole[size] == '\n';
        auto const asked = run();
        BOOST_TEST(asked.size() == 6 - kept - (lacks_line_feed ? 1u : 0u));
        BOOST_TEST(sorted(ids_of(output)) == numbered(6), boost::test_tools::per_element());
        bool const is_torn = size != 0 && whole[size - 1] != '\n' && !lacks_line_feed;
        BOOST_TEST((counts.torn_bytes != 0) == is_torn);
    }
}

BOOST_FIXTURE_TEST_CASE(a_torn_line_of_the_errors_is_cut_too, fixture) {
    write_file(input, numbered_input(3));
    run([](file::line_task const& task) { return failure_of(task, 400, true); });
    auto const whole = read_file(errors);
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        write_file(errors, whole.substr(0, size));
        write_file(output, "");
        run([](file::line_task const& task) { return failure_of(task, 400, true); });
        BOOST_TEST(sorted(ids_of(errors)) == numbered(3), boost::test_tools::per_element());
    }
}

BOOST_FIXTURE_TEST_CASE(what_failed_for_good_is_asked_again_only_on_demand, fixture) {
    write_file(input, numbered_input(3));
    auto const some_fail = [](file::line_task const& task) {
        if (task.custom_id == "r0") return failure_of(task, 400, true);
        if (task.custom_id == "r1") return failure_of(task, 503, false);
        return echo_of(task);
    };
    BOOST_TEST(run(some_fail).size() == 3u);
    BOOST_TEST(counts.failed == 2u);
    BOOST_TEST(run() == names{"r1"}, boost::test_tools::per_element());
    BOOST_TEST(counts.failed_before == 1u);
    BOOST_TEST(counts.answered_before == 1u);
    options.retry_failed = true;
    BOOST_TEST(run() == names{"r0"}, boost::test_tools::per_element());
    BOOST_TEST(sorted(ids_of(output)) == numbered(3), boost::test_tools::per_element());
    options.retry_failed = false;
    BOOST_TEST(run().empty());
}

BOOST_FIXTURE_TEST_CASE(an_edited_line_is_asked_again, fixture) {
    write_file(input, numbered_input(3));
    run();
    auto text = numbered_input(3);
    text.replace(text.find(R"("n":1)"), 5, R"("n":9)");
    write_file(input, text);
    BOOST_TEST(run() == names{"r1"}, boost::test_tools::per_element());
    BOOST_TEST(counts.edited == 1u);
    BOOST_TEST(lines_of(output).size() == 4u);
    BOOST_TEST(run().empty());
    BOOST_TEST(counts.superseded == 1u);
    BOOST_TEST(counts.edited == 0u);
    // Another model is another request; the same file asks again.
    options.model = "other";
    BOOST_TEST(run().size() == 3u);
}

BOOST_FIXTURE_TEST_CASE(lines_that_cannot_be_asked_are_reported_once, fixture) {
    options.max_line_size = 200;
    write_file(
        input,
        request_text("a", "{}") + "no json\n" + request_text("a", R"({"x":1})") + "\n" +
            request_text("b", R"({"stream":true})") +
            request_text("c", R"({"x":")" + std::string(300, 'x') + "\"}") + request_text("d", "{}")
    );
    names const asked{"a", "d"};
    BOOST_TEST(run() == asked, boost::test_tools::per_element());
    BOOST_TEST(counts.refused == 4u);
    BOOST_TEST(counts.lines == 6u);
    BOOST_REQUIRE(refused.size() == 4u);
    std::vector<std::uint64_t> numbers;
    for (auto const& line : refused) numbers.push_back(line.line);
    BOOST_TEST(numbers == (std::vector<std::uint64_t>{2, 3, 5, 6}), boost::test_tools::per_element());
    BOOST_TEST(refused[0].custom_id == "line-2");
    BOOST_TEST(refused[0].reason.find("is no JSON") == 0u);
    BOOST_TEST(refused[1].custom_id == "a");
    BOOST_TEST(refused[1].reason == "custom_id: an earlier line has it");
    BOOST_TEST(refused[1].offset == read_file(input).find("no json\n") + 8);
    BOOST_TEST(refused[3].reason == "is longer than 200 bytes");
    auto const lines = lines_of(errors);
    BOOST_REQUIRE(lines.size() == 4u);
    auto const first = boost::json::parse(lines[0]);
    BOOST_TEST(first.at("error").at("code") == "refused");
    BOOST_TEST(first.at("async_llm").at("line") == 2);
    // Another run reports them and does not write them again.
    options.max_reported_lines = 2;
    BOOST_TEST(run().empty());
    BOOST_TEST(counts.refused == 4u);
    BOOST_TEST(refused.size() == 2u);
    BOOST_TEST(lines_of(errors).size() == 4u);
}

BOOST_FIXTURE_TEST_CASE(shards_share_the_lines_out, fixture) {
    write_file(input, numbered_input(10));
    names all;
    for (std::uint32_t i = 0; i < 3; ++i) {
        options.shard = bulk_shard(i, 3);
        output = folder.file("out" + std::to_string(i));
        auto const asked = run();
        BOOST_TEST(asked.front() == "r" + std::to_string(i));
        all.insert(all.end(), asked.begin(), asked.end());
    }
    BOOST_TEST(sorted(all) == numbered(10), boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(what_may_have_been_asked_twice_is_counted, fixture) {
    write_file(input, numbered_input(5));
    {
        file_run killed(input, output, options);
        killed.files().open();
        auto const tasks = killed.files().read(3);
        BOOST_REQUIRE(tasks.size() == 3u);
        killed.files().write({echo_of(tasks[1])});
    }
    names const asked{"r0", "r2", "r3", "r4"};
    BOOST_TEST(run() == asked, boost::test_tools::per_element());
    BOOST_TEST(counts.maybe_asked_twice == 2u);
    // The journal decides nothing.
    write_file(output, "");
    BOOST_TEST(run().size() == 5u);
    BOOST_TEST(counts.maybe_asked_twice == 0u);
}

BOOST_FIXTURE_TEST_CASE(an_ordered_output_has_the_order_of_the_input, fixture) {
    write_file(input, numbered_input(10));
    options.ordered = true;
    options.ordered_window = 4;
    auto const respond = [](file::line_task const& task) {
        return task.custom_id == "r4" ? failure_of(task, 503, false) : echo_of(task);
    };
    run(respond, true);
    auto expected = numbered(10);
    expected.erase(expected.begin() + 4);
    BOOST_TEST(ids_of(output) == expected, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(an_ordered_output_reads_no_further_than_its_window, fixture) {
    write_file(input, numbered_input(10));
    options.ordered = true;
    options.ordered_window = 4;
    file_run run(input, output, options);
    run.files().open();
    auto const tasks = run.files().read(100);
    BOOST_REQUIRE(tasks.size() == 4u);
    BOOST_TEST(run.files().is_blocked());
    run.files().write({echo_of(tasks[1]), echo_of(tasks[2])});
    BOOST_TEST(ids_of(output).empty());
    BOOST_TEST(run.files().read(100).empty());
    run.files().write({echo_of(tasks[0])});
    names const first{"r0", "r1", "r2"};
    BOOST_TEST(ids_of(output) == first, boost::test_tools::per_element());
    BOOST_TEST(run.files().read(100).size() == 3u);
    // A run that ends early loses nothing of what it has.
    auto const rest = run.files().read(100);
    BOOST_TEST(rest.empty());
    run.files().close({});
}

BOOST_FIXTURE_TEST_CASE(an_ordered_run_that_ends_early_writes_what_it_has, fixture) {
    write_file(input, numbered_input(4));
    options.ordered = true;
    file_run run(input, output, options);
    run.files().open();
    auto const tasks = run.files().read(4);
    run.files().write({echo_of(tasks[3]), echo_of(tasks[1])});
    run.files().close({tasks[0].key, tasks[2].key});
    names const kept{"r1", "r3"};
    BOOST_TEST(ids_of(output) == kept, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(equal_bodies_are_asked_once, fixture) {
    std::string text;
    for (int i = 0; i < 12; ++i)
        text +=
            request_text("r" + std::to_string(i), R"({"temperature":0,"n":)" + std::to_string(i % 3) + "}");
    text += request_text("x", R"({"temperature":1})") + request_text("y", R"({"temperature":1})");
    write_file(input, text);
    for (bool const ordered : {false, true}) {
        for (std::size_t const at_a_time : {1u, 2u, 20u}) {
            options.ordered = ordered;
            options.dedup = bulk_dedup::deterministic;
            write_file(output, "");
            file_run run(input, output, options);
            run.run(echo_of, at_a_time, true);
            BOOST_TEST(run.asked().size() == 5u);
            BOOST_TEST(run.counts().deduplicated == 9u);
            BOOST_TEST(run.counts().answered == 14u);
            auto expected = numbered(12);
            expected.insert(expected.end(), {"x", "y"});
            if (ordered)
                BOOST_TEST(ids_of(output) == expected, boost::test_tools::per_element());
            else
                BOOST_TEST(sorted(ids_of(output)) == sorted(expected), boost::test_tools::per_element());
            for (auto const& line : lines_of(output)) {
                auto const id = boost::json::parse(line).at("custom_id").as_string();
                if (id[0] != 'r') continue;
                auto const n = std::stoi(std::string(id.subview(1))) % 3;
                BOOST_TEST(body_of(line).at("echo").at("n") == n);
            }
        }
    }
    options.dedup = bulk_dedup::all;
    write_file(output, "");
    BOOST_TEST(run().size() == 4u);
    // Answers of earlier runs serve as well.
    write_file(input, text + request_text("z", R"({"temperature":1})"));
    BOOST_TEST(run().empty());
    BOOST_TEST(counts.deduplicated == 1u);
    BOOST_TEST(ids_of(output).back() == "z");
}

BOOST_FIXTURE_TEST_CASE(lines_that_share_a_body_fail_together_or_are_left_together, fixture) {
    options.dedup = bulk_dedup::all;
    write_file(input, request_text("a", "{}") + request_text("b", "{}") + request_text("c", "{}"));
    run([](file::line_task const& task) { return failure_of(task, 503, false); });
    BOOST_TEST(counts.failed == 3u);
    names const failed{"a", "b", "c"};
    BOOST_TEST(ids_of(errors) == failed, boost::test_tools::per_element());
    run([](file::line_task const& task) {
        auto result = echo_of(task);
        result.is_cancelled = true;
        return result;
    });
    BOOST_TEST(counts.cancelled == 3u);
    BOOST_TEST(counts.answered == 0u);
    BOOST_TEST(run() == names{"a"}, boost::test_tools::per_element());
    BOOST_TEST(counts.answered == 3u);
}

BOOST_FIXTURE_TEST_CASE(a_dry_run_writes_nothing, fixture) {
    options.dry_run = true;
    write_file(input, numbered_input(3) + "no json\n");
    BOOST_TEST(run().empty());
    BOOST_TEST(counts.to_ask == 3u);
    BOOST_TEST(counts.refused == 1u);
    BOOST_TEST(counts.estimated_tokens == 3u);
    BOOST_TEST(!file::exists(output));
    BOOST_TEST(!file::exists(errors));
    BOOST_TEST(!file::exists(journal));
    options.dry_run = false;
    run();
    options.dry_run = true;
    auto const before = read_file(output) + "torn";
    write_file(output, before);
    run();
    BOOST_TEST(counts.to_ask == 0u);
    BOOST_TEST(counts.answered_before == 3u);
    BOOST_TEST(read_file(output) == before);
}

BOOST_FIXTURE_TEST_CASE(no_file_has_two_parts, fixture) {
    write_file(input, numbered_input(2));
    auto const before = read_file(input);
    auto const refuses = [&] {
        file_run same(input, output, options);
        BOOST_CHECK_EXCEPTION(same.run(echo_of), file::file_error, [](file::file_error const& e) {
            return e.code() == errc::invalid_request;
        });
    };
    output = input;
    refuses();
    output = folder.path() + "/./in.jsonl";
    refuses();
    output = folder.file("out.jsonl");
    options.errors_path = output;
    refuses();
    options.errors_path = input;
    refuses();
    options.errors_path = errors;
    options.journal_path = errors;
    refuses();
    options.journal_path = input;
    refuses();
    BOOST_TEST(read_file(input) == before);
    BOOST_TEST(!file::exists(output));
}

BOOST_FIXTURE_TEST_CASE(an_output_of_another_program_is_gone_on_with, fixture) {
    write_file(input, numbered_input(4));
    write_file(
        output,
        R"({"id":"x","custom_id":"r0","response":{"status_code":200,"request_id":"q","body":{}},"error":null})"
        "\n"
        R"({"id":"x","custom_id":"r1","response":{"status_code":400,"request_id":"q","body":{}},"error":null})"
        "\n"
        "\n"
        "garbage\n"
        R"({"id":"x","custom_id":"r2","response":{"status_code":503,"body":{}},"error":{"code":"x"}})"
        "\n"
    );
    names const asked{"r2", "r3"};
    BOOST_TEST(run() == asked, boost::test_tools::per_element());
    BOOST_TEST(counts.unreadable == 1u);
    BOOST_TEST(counts.failed_before == 1u);
    BOOST_TEST(counts.answered_before == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
