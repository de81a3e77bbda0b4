// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/files/file_run.hpp"
#include <async_llm/bulk_merge.hpp>
#include <async_llm/error.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;

using names = std::vector<std::string>;

struct fixture {
    temporary_folder folder;
    std::string input = folder.file("in.jsonl");
    std::string merged = folder.file("all.jsonl");
    std::string merged_errors = folder.file("all.errors.jsonl");
    bulk_file_options options = file_options();

    void run(std::string const& output, file_run::responder const& respond = echo_of) {
        file_run run(input, output, options);
        run.run(respond, 3, true);
    }

    std::string output(int i) const { return folder.file("out" + std::to_string(i) + ".jsonl"); }
};

std::string numbered_input(int count, int from = 0) {
    std::string text;
    for (int i = from; i < count; ++i)
        text += request_text("r" + std::to_string(i), R"({"n":)" + std::to_string(i) + "}");
    return text;
}

names numbered(int count) {
    names ids;
    for (int i = 0; i < count; ++i) ids.push_back("r" + std::to_string(i));
    return ids;
}

} // namespace

BOOST_AUTO_TEST_SUITE(bulk_merge)

BOOST_FIXTURE_TEST_CASE(shards_are_merged_in_the_order_of_the_input, fixture) {
    write_file(input, numbered_input(20));
    names outputs;
    for (std::uint32_t i = 0; i < 3; ++i) {
        options.shard = bulk_shard(i, 3);
        outputs.push_back(output(static_cast<int>(i)));
        run(outputs.back());
    }
    for (auto const& order : {std::string(), input}) {
        auto const report = merge_bulk_files(outputs, merged, order);
        BOOST_TEST(report.answers == 20u);
        BOOST_TEST(report.failures == 0u);
        BOOST_TEST(report.superseded == 0u);
        BOOST_TEST(ids_of(merged) == numbered(20), boost::test_tools::per_element());
        BOOST_TEST(!file::exists(merged_errors));
        BOOST_TEST(!file::exists(merged + ".tmp"));
    }
    // What is merged can be gone on with.
    write_file(input, numbered_input(22));
    options.shard = bulk_shard();
    file_run more(input, merged, options);
    more.run(echo_of);
    names const asked{"r20", "r21"};
    BOOST_TEST(more.asked() == asked, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(the_order_is_that_of_the_input_as_it_is_now, fixture) {
    write_file(input, numbered_input(4));
    run(output(0));
    write_file(input, numbered_input(4, 2) + numbered_input(2));
    merge_bulk_files({output(0)}, merged, input);
    names const expected{"r2", "r3", "r0", "r1"};
    BOOST_TEST(ids_of(merged) == expected, boost::test_tools::per_element());
    // Without the input, by the numbers that the lines had.
    merge_bulk_files({output(0)}, merged, "");
    BOOST_TEST(ids_of(merged) == numbered(4), boost::test_tools::per_element());
    // Answers that it does not have any more come last.
    write_file(input, numbered_input(4, 1));
    merge_bulk_files({output(0)}, merged, input);
    names const rotated{"r1", "r2", "r3", "r0"};
    BOOST_TEST(ids_of(merged) == rotated, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(the_later_answer_counts, fixture) {
    write_file(input, numbered_input(3));
    run(output(0));
    write_file(input, request_text("r1", R"({"n":99})"));
    run(output(0));
    auto const report = merge_bulk_files({output(0)}, merged, "");
    BOOST_TEST(report.answers == 3u);
    BOOST_TEST(report.superseded == 1u);
    auto const find_r1 = [&] {
        for (auto const& line : lines_of(merged)) {
            auto const tree = boost::json::parse(line);
            if (tree.at("custom_id") == "r1") return boost::json::serialize(tree.at("response").at("body"));
        }
        return std::string();
    };
    BOOST_TEST(find_r1() == R"({"echo":{"n":99}})");
    // Also that of the later file.
    write_file(input, request_text("r1", R"({"n":7})"));
    run(output(1));
    merge_bulk_files({output(0), output(1)}, merged, "");
    BOOST_TEST(find_r1() == R"({"echo":{"n":7}})");
    merge_bulk_files({output(1), output(0)}, merged, "");
    BOOST_TEST(find_r1() == R"({"echo":{"n":99}})");
}

BOOST_FIXTURE_TEST_CASE(failures_are_merged_unless_there_is_an_answer, fixture) {
    write_file(input, numbered_input(2) + "no json\n" + numbered_input(4, 2));
    run(output(0), [](file::line_task const& task) { return failure_of(task, 503, false); });
    run(output(0), [](file::line_task const& task) {
        return task.custom_id == "r2" ? echo_of(task) : failure_of(task, 500, false);
    });
    auto const report = merge_bulk_files({output(0)}, merged, input);
    BOOST_TEST(report.answers == 1u);
    BOOST_TEST(report.failures == 4u);
    names const failed{"r0", "r1", "line-3", "r3"};
    BOOST_TEST(ids_of(merged_errors) == failed, boost::test_tools::per_element());
    BOOST_TEST(boost::json::parse(lines_of(merged_errors)[0]).at("response").at("status_code") == 500);
    // An older one does not stay beside a merge without failures.
    run(output(0));
    write_file(output(1), read_file(output(0)));
    merge_bulk_files({output(1)}, merged, "");
    BOOST_TEST(!file::exists(merged_errors));
}

BOOST_FIXTURE_TEST_CASE(lines_that_are_none_are_left_out, fixture) {
    write_file(input, numbered_input(2));
    run(output(0));
    auto const whole = read_file(output(0));
    write_file(output(0), "garbage\n" + whole + whole.substr(0, 30));
    auto const report = merge_bulk_files({output(0)}, merged, "");
    BOOST_TEST(report.answers == 2u);
    BOOST_TEST(report.unreadable == 2u);
    BOOST_TEST(ids_of(merged) == numbered(2), boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(files_are_not_merged_into_themselves, fixture) {
    write_file(input, numbered_input(2));
    run(output(0));
    auto const before = read_file(output(0));
    auto const refuses = [&](names const& outputs, std::string const& to, std::string const& order) {
        BOOST_CHECK_EXCEPTION(
            merge_bulk_files(outputs, to, order),
            boost::system::system_error,
            [](boost::system::system_error const& e) { return e.code() == errc::invalid_request; }
        );
    };
    refuses({}, merged, "");
    refuses({output(0)}, output(0), "");
    refuses({output(0)}, folder.path() + "/./out0.jsonl", "");
    refuses({output(0)}, input, input);
    BOOST_CHECK_THROW(merge_bulk_files({folder.file("none")}, merged, ""), boost::system::system_error);
    BOOST_TEST(read_file(output(0)) == before);
}

BOOST_FIXTURE_TEST_CASE(names_of_files, fixture) {
    BOOST_TEST(bulk_errors_path("out.jsonl") == "out.errors.jsonl");
    BOOST_TEST(bulk_errors_path("a.b/out") == "a.b/out.errors");
    BOOST_TEST(bulk_errors_path("a/.out") == "a/.out.errors");
    BOOST_TEST(shard_path("out.jsonl", bulk_shard(3, 16)) == "out.3-of-16.jsonl");
    BOOST_TEST(shard_path("out.jsonl", bulk_shard()) == "out.jsonl");
}

BOOST_AUTO_TEST_SUITE_END()
