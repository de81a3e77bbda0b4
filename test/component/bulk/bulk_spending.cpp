// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/bulk_runs.hpp"
#include "support/fixtures/costly_replies.hpp"
#include "support/fixtures/retries.hpp"

#include <boost/asio/error.hpp>

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;

bulk_options capped(spending_limits caps, std::size_t most_in_flight = 64) {
    auto result = in_flight(most_in_flight);
    result.spending = std::move(caps);
    return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(bulk_spending)

BOOST_AUTO_TEST_CASE(a_run_that_meets_its_cap_delivers_what_was_done_and_ends) {
    client_fixture w(scheme::http);
    charge(*w.server, 100, 0.25, 5ms);
    auto const client = w.make_client();
    counting_source source(500);
    bulk run(client, source.function(), capped(most_tokens(2'000)));
    auto const all = take_all(w, run);
    BOOST_TEST(all.ec == errc::spending_limit_reached);
    BOOST_TEST(all.results.size() == 20U);
    for (auto const& each : all.results) {
        BOOST_TEST(!each.ec);
        BOOST_TEST(each.text() == std::to_string(each.index));
    }
    BOOST_TEST(w.server->request_count() == 20U);
    // One more than was done.
    BOOST_TEST(source.asked == 21U);
    auto const progress = run.progress();
    BOOST_TEST(progress.started == 20U);
    BOOST_TEST(progress.completed == 20U);
    BOOST_TEST(progress.spent.total_tokens == 2'000);
    BOOST_TEST(progress.spent.cost == 5.0);
    BOOST_TEST(progress.spent.calls == 20);
    // The next operation gets the same, and the client goes on.
    BOOST_TEST(next(w, run)->ec == errc::spending_limit_reached);
    ask_well(w, client);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_report_says_which_cap_and_how_far) {
    client_fixture w(scheme::http);
    charge(*w.server, 100);
    auto const client = w.make_client();
    auto const done = gather(w, client, counted_requests(50), capped(most_calls(7)));
    BOOST_TEST(done->ec == errc::spending_limit_reached);
    BOOST_TEST(done->report.results.size() == 7U);
    BOOST_TEST(done->report.detail == "max_calls: 7 of 7 are spent");
    BOOST_TEST(done->report.progress.spent.calls == 7);
    bulk_error const thrown(done->ec, done->report);
    BOOST_TEST(std::string(thrown.what()).find("max_calls: 7 of 7") != std::string::npos);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_run_that_just_fits_ends_well) {
    client_fixture w(scheme::http);
    charge(*w.server, 100, 0.001);
    auto const client = w.make_client();
    auto caps = most_calls(10);
    caps.max_total_tokens = 1'000;
    caps.max_cost = 0.01;
    auto const done = gather(w, client, counted_requests(10), capped(caps));
    BOOST_TEST(!done->ec);
    BOOST_TEST(done->report.results.size() == 10U);
    w.finish();
}

BOOST_AUTO_TEST_CASE(few_are_in_flight_until_the_first_usage_is_known) {
    client_fixture w(scheme::http);
    charge(*w.server, 100, std::nullopt, 40ms);
    auto const client = w.make_client();
    auto const run = start_all(client, counted_requests(100), capped(most_tokens(100'000)));
    w.run_until([&] { return w.server->request_count() == 4; });
    let_pass(w, 10ms);
    BOOST_TEST(client.stats().calls_in_flight == 4U);
    w.run_until([&] { return run->done; });
    BOOST_TEST(!run->ec);
    BOOST_TEST(w.server->stats().requests == 100U);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_second_run_goes_on_where_the_first_has_ended) {
    client_fixture w(scheme::http);
    charge(*w.server, 100);
    auto const client = w.make_client();
    auto caps = most_tokens(1'000);
    auto const first = gather(w, client, counted_requests(50), capped(caps));
    BOOST_TEST(first->report.results.size() == 10U);
    caps.already_spent = first->report.progress.spent;
    auto const again = gather(w, client, counted_requests(50), capped(caps));
    BOOST_TEST(again->ec == errc::spending_limit_reached);
    BOOST_TEST(again->report.results.empty());
    caps.max_total_tokens = 1'500;
    auto const more = gather(w, client, counted_requests(50), capped(caps));
    BOOST_TEST(more->report.results.size() == 5U);
    BOOST_TEST(more->report.progress.spent.total_tokens == 1'500);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_cap_of_the_client_ends_a_run_as_well) {
    client_fixture w(scheme::http);
    w.config.spending = most_tokens(1'000);
    charge(*w.server, 100);
    auto const client = w.make_client();
    counting_source source(10'000);
    bulk run(client, source.function(), in_flight(8));
    auto const all = take_all(w, run);
    BOOST_TEST(all.ec == errc::spending_limit_reached);
    BOOST_TEST(all.results.size() == 10U);
    BOOST_TEST(w.server->request_count() == 10U);
    // The others were not tried one by one.
    BOOST_TEST(source.asked < 40U);
    BOOST_TEST(run.progress().failed == 0U);
    w.finish();
}

BOOST_AUTO_TEST_CASE(failures_and_retries_count) {
    retrying_fixture w;
    enqueue_errors(*w.server, 1, 503);
    auto broken = costing(100);
    broken.fault = testing::reply_fault::close;
    broken.fault_after = 200;
    w.server->enqueue({costing(100), broken});
    auto const client = w.make_client();
    w.server->enqueue({costing(100), costing(100), costing(100)});
    auto const done = gather(w, client, counted_requests(50), capped(most_tokens(500), 1));
    BOOST_TEST(done->ec == errc::spending_limit_reached);
    // 100 each, of which one attempt was broken off.
    BOOST_TEST(done->report.results.size() == 4U);
    BOOST_TEST(done->report.progress.spent.total_tokens == 500);
    BOOST_TEST(done->report.progress.spent.calls == 4);
    w.finish();
}

BOOST_AUTO_TEST_CASE(both_calls_of_a_hedge_are_the_runs) {
    client_fixture w(scheme::http);
    auto slow = costing(100);
    slow.latency = patience;
    w.server->enqueue({costing(100), slow, costing(100), costing(100)});
    auto const client = w.make_client();
    auto options = capped(most_tokens(1'000), 1);
    options.request.hedge_delay = 60ms;
    bulk run(client, counted_requests(3), options);
    auto const all = take_all(w, run);
    BOOST_TEST(!all.ec);
    BOOST_TEST(all.results.size() == 3U);
    w.run_until([&] { return run.progress().spent.calls == 4; });
    BOOST_TEST(run.progress().spent.total_tokens == 400);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_hedge_that_was_not_needed_gives_its_reservation_back) {
    client_fixture w(scheme::http);
    charge(*w.server, 100);
    auto const client = w.make_client();
    auto options = capped(most_tokens(1'000), 1);
    options.request.hedge_delay = 30s;
    auto const done = gather(w, client, counted_requests(20), options);
    BOOST_TEST(done->ec == errc::spending_limit_reached);
    BOOST_TEST(done->report.results.size() == 10U);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_run_that_waits_for_its_cap_can_be_cancelled) {
    client_fixture w(scheme::http);
    charge(*w.server, 100, std::nullopt, patience);
    auto const client = w.make_client();
    auto const run = start_all(client, counted_requests(100), capped(most_tokens(100'000)));
    w.run_until([&] { return w.server->request_count() == 4; });
    run->cancel.emit(asio::cancellation_type::terminal);
    w.run_until([&] { return run->done; });
    BOOST_TEST(run->ec == asio::error::operation_aborted);
    BOOST_TEST(run->report.progress.cancelled == 4U);
    w.finish();
}

BOOST_AUTO_TEST_CASE(caps_that_make_no_sense_are_refused) {
    client_fixture w(scheme::http);
    auto const client = w.make_client();
    auto const done = gather(w, client, counted_requests(5), capped(most_cost(std::nan(""))));
    BOOST_TEST(done->ec == errc::invalid_request);
    BOOST_TEST(done->report.detail.find("spending.max_cost: ") == 0U);
    BOOST_TEST(w.server->request_count() == 0U);
    w.finish();
}

BOOST_AUTO_TEST_SUITE_END()
