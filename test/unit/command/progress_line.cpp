// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "progress_line.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>

// The live line has what there is to say, and fits the terminal.

using namespace async_llm;
using namespace async_llm::command;

namespace {

run_figures some_figures() {
    run_figures figures;
    auto& progress = figures.progress;
    progress.stage = bulk_file_stage::running;
    progress.failed = 3;
    progress.cost = 1.234;
    progress.rate_limited = 7;
    progress.in_flight = 512;
    figures.done = 12345;
    figures.total = 50000;
    figures.per_second = 153.4;
    figures.tokens_per_second = 41234;
    figures.seconds_left = 245;
    return figures;
}

} // namespace

BOOST_AUTO_TEST_SUITE(progress_line)

BOOST_AUTO_TEST_CASE(it_has_everything_where_there_is_room) {
    BOOST_TEST(
        command::progress_line(some_figures(), 200) ==
        "12,345/50,000 24.6% | 153/s | 41.2k tokens/s | $1.23 | 3 failed | 7 429s | 512 in flight | ETA 4m05s"
    );
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_not_shown) {
    run_figures figures;
    figures.progress.stage = bulk_file_stage::running;
    figures.done = 7;
    BOOST_TEST(command::progress_line(figures, 200) == "7 lines | 0/s | 0 in flight");
    figures.total = 100;
    figures.total_is_estimated = true;
    BOOST_TEST(command::progress_line(figures, 200).starts_with("7/~100 7.0% | "));
}

BOOST_AUTO_TEST_CASE(the_least_important_is_left_out_first) {
    auto const figures = some_figures();
    BOOST_TEST(
        command::progress_line(figures, 80) ==
        "12,345/50,000 24.6% | 153/s | $1.23 | 3 failed | 7 429s | ETA 4m05s"
    );
    BOOST_TEST(
        command::progress_line(figures, 60) == "12,345/50,000 24.6% | 153/s | $1.23 | 3 failed | ETA 4m05s"
    );
    BOOST_TEST(command::progress_line(figures, 40) == "12,345/50,000 24.6% | 153/s | ETA 4m05s");
    BOOST_TEST(command::progress_line(figures, 20) == "12,345/50,000 24.6%");
}

BOOST_AUTO_TEST_CASE(it_is_never_wider_than_the_terminal) {
    auto figures = some_figures();
    for (auto const stage :
         {bulk_file_stage::waiting,
          bulk_file_stage::resuming,
          bulk_file_stage::running,
          bulk_file_stage::draining,
          bulk_file_stage::ended}) {
        figures.progress.stage = stage;
        for (std::size_t columns = 0; columns < 130; ++columns) {
            auto const line = command::progress_line(figures, columns);
            BOOST_REQUIRE(line.size() <= columns);
            // A byte is a column.
            BOOST_REQUIRE(std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c < '\x7f'; })
            );
        }
    }
}

BOOST_AUTO_TEST_CASE(a_run_that_ends_says_what_it_waits_for) {
    auto figures = some_figures();
    figures.progress.stage = bulk_file_stage::draining;
    figures.progress.in_flight = 37;
    figures.seconds_left.reset();
    auto const line = command::progress_line(figures, 200);
    BOOST_TEST(line.find("finishing 37 in flight") != line.npos);
    BOOST_TEST(line.find("ETA") == line.npos);
}

BOOST_AUTO_TEST_SUITE_END()
