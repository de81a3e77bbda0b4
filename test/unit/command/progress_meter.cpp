// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "progress_meter.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cmath>
#include <cstdint>

// Rates are those of late, and the time left is computed from them.

using namespace async_llm;
using namespace async_llm::command;
using namespace std::chrono_literals;

namespace {

constexpr progress_meter::time_point begin{1000s};

bulk_file_progress running(std::uint64_t answered) {
    bulk_file_progress progress;
    progress.stage = bulk_file_stage::running;
    progress.answered = answered;
    progress.lines = answered;
    return progress;
}

bool is_near(double value, double expected) { return std::abs(value - expected) < 1e-6; }

} // namespace

BOOST_AUTO_TEST_SUITE(progress_meter)

BOOST_AUTO_TEST_CASE(nothing_has_no_rate) {
    command::progress_meter meter(begin);
    auto const figures = meter.take(running(0), begin);
    BOOST_TEST(figures.per_second == 0);
    BOOST_TEST(figures.elapsed == 0);
    BOOST_TEST(!figures.total.has_value());
    BOOST_TEST(!figures.seconds_left.has_value());
}

BOOST_AUTO_TEST_CASE(every_line_that_needs_no_more_work_is_done) {
    command::progress_meter meter(begin);
    auto progress = running(1);
    progress.answered_before = 10;
    progress.failed = 100;
    progress.failed_before = 1000;
    progress.refused = 10000;
    progress.cancelled = 100000;
    progress.in_flight = 7;
    progress.waiting = 8;
    BOOST_TEST(meter.take(progress, begin).done == 111111u);
}

BOOST_AUTO_TEST_CASE(a_rate_is_of_the_last_half_minute) {
    command::progress_meter meter(begin);
    run_figures figures;
    // Ten a second for a minute, then two.
    for (unsigned second = 0; second <= 60; ++second)
        figures = meter.take(running(10 * second), begin + second * 1s);
    BOOST_TEST(is_near(figures.per_second, 10));
    for (unsigned second = 1; second <= 30; ++second)
        figures = meter.take(running(600 + 2 * second), begin + 60s + second * 1s);
    BOOST_TEST(is_near(figures.per_second, 2));
    BOOST_TEST(figures.elapsed == 90);
}

// Lines that an earlier run has answered cost no time, and must not promise that the others will not either.
BOOST_AUTO_TEST_CASE(lines_of_earlier_runs_are_in_no_rate) {
    command::progress_meter meter(begin);
    auto progress = running(0);
    meter.take(progress, begin);
    progress.answered_before = 1'000'000;
    progress.failed = 30;
    progress.answered = 70;
    BOOST_TEST(is_near(meter.take(progress, begin + 10s).per_second, 10));
}

BOOST_AUTO_TEST_CASE(tokens_have_a_rate) {
    command::progress_meter meter(begin);
    meter.take(running(0), begin);
    auto progress = running(1);
    progress.input_tokens = 300;
    progress.output_tokens = 100;
    BOOST_TEST(is_near(meter.take(progress, begin + 4s).tokens_per_second, 100));
}

BOOST_AUTO_TEST_CASE(the_time_left_is_that_of_the_lines_left) {
    command::progress_meter meter(begin);
    auto progress = running(0);
    progress.total = 1000;
    meter.take(progress, begin);
    progress.answered = 100;
    progress.answered_before = 400;
    auto const figures = meter.take(progress, begin + 10s);
    BOOST_TEST(figures.total.value() == 1000u);
    BOOST_TEST(!figures.total_is_estimated);
    BOOST_REQUIRE(figures.seconds_left.has_value());
    BOOST_TEST(is_near(*figures.seconds_left, 50));
}

BOOST_AUTO_TEST_CASE(the_number_of_lines_is_estimated_by_the_bytes) {
    command::progress_meter meter(begin);
    auto progress = running(0);
    meter.take(progress, begin);
    progress.answered = 50;
    progress.lines = 100;
    progress.input_bytes = 2000;
    progress.input_size = 10'000;
    auto const figures = meter.take(progress, begin + 5s);
    BOOST_TEST(figures.total_is_estimated);
    BOOST_TEST(figures.total.value() == 500u);
    BOOST_TEST(is_near(figures.seconds_left.value(), 45));
    // Of a file that grows meanwhile, there are at least those that were read.
    progress.input_bytes = 20'000;
    BOOST_TEST(meter.take(progress, begin + 6s).total.value() == 100u);
}

BOOST_AUTO_TEST_CASE(a_run_that_ends_early_has_no_time_left) {
    command::progress_meter meter(begin);
    auto progress = running(0);
    progress.total = 1000;
    meter.take(progress, begin);
    progress.answered = 10;
    progress.stage = bulk_file_stage::draining;
    BOOST_TEST(!meter.take(progress, begin + 1s).seconds_left.has_value());
}

// A reader has its buffers, and what is compressed is read in fewer bytes.
BOOST_AUTO_TEST_CASE(places_are_those_of_the_file) {
    BOOST_TEST(position_in_file(0, 0, 0) == 0u);
    BOOST_TEST(position_in_file(0, 1000, 1000) == 0u);
    BOOST_TEST(position_in_file(250, 1000, 1000) == 250u);
    BOOST_TEST(position_in_file(250, 1000, 100) == 25u);
    BOOST_TEST(position_in_file(1000, 1000, 100) == 100u);
}

BOOST_AUTO_TEST_SUITE_END()
