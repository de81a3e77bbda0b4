// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "heartbeat.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <limits>
#include <string>

// A heartbeat is a JSON object on a line, whatever the figures are.

using namespace async_llm;
using namespace async_llm::command;

BOOST_AUTO_TEST_SUITE(heartbeat)

BOOST_AUTO_TEST_CASE(it_has_the_figures) {
    run_figures figures;
    auto& progress = figures.progress;
    progress.stage = bulk_file_stage::running;
    progress.answered = 1;
    progress.answered_before = 2;
    progress.failed = 3;
    progress.failed_before = 4;
    progress.refused = 5;
    progress.cancelled = 6;
    progress.in_flight = 7;
    progress.waiting = 8;
    progress.input_tokens = 9;
    progress.output_tokens = 10;
    progress.cost = 0.0625 + 1e-12; // sums of fractions are not exact
    progress.rate_limited = 11;
    progress.retries = 12;
    figures.done = 21;
    figures.total = 36;
    figures.total_is_estimated = true;
    figures.per_second = 1.23456;
    figures.tokens_per_second = 100.5;
    figures.elapsed = 17.5;
    figures.seconds_left = 12.25;
    auto const line = command::heartbeat(figures, bulk_shard(3, 16), 1'800'000'000);
    BOOST_TEST(line.find('\n') == line.npos);
    BOOST_TEST(boost::json::parse(line) == boost::json::parse(R"({
            "time": "2027-01-15T08:00:00Z", "stage": "running", "shard": "3/16", "done": 21, "total": 36,
            "total_is_estimated": true, "answered": 1, "answered_before": 2, "failed": 3, "failed_before": 4,
            "refused": 5, "cancelled": 6, "in_flight": 7, "waiting": 8, "input_tokens": 9, "output_tokens": 10,
            "cost": 0.0625, "rate_limited": 11, "retries": 12, "per_second": 1.235, "tokens_per_second": 100.5,
            "elapsed_s": 17.5, "eta_s": 12.25})"));
}

BOOST_AUTO_TEST_CASE(what_is_not_known_is_null) {
    auto const value = boost::json::parse(command::heartbeat(run_figures(), bulk_shard(), 0));
    BOOST_TEST(value.at("total").is_null());
    BOOST_TEST(value.at("cost").is_null());
    BOOST_TEST(value.at("eta_s").is_null());
    BOOST_TEST(value.at("shard").as_string() == "0/1");
}

BOOST_AUTO_TEST_CASE(figures_that_json_does_not_know_are_zero) {
    run_figures figures;
    figures.per_second = std::numeric_limits<double>::infinity();
    figures.seconds_left = std::numeric_limits<double>::quiet_NaN();
    auto const value = boost::json::parse(command::heartbeat(figures, bulk_shard(), 0));
    BOOST_TEST(value.at("per_second").to_number<double>() == 0);
    BOOST_TEST(value.at("eta_s").to_number<double>() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
