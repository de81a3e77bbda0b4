// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/after_attempt.hpp"
#include "support/fixtures/costly_replies.hpp"
#include "support/fixtures/retries.hpp"
#include "support/streams/streams.hpp"
#include <async_llm/completion_error.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using testing::scripted_reply;

/// A fixture whose clients have these caps.
struct capped_fixture : client_fixture {
    explicit capped_fixture(spending_limits caps) : client_fixture(scheme::http) {
        config.spending = std::move(caps);
    }
};

std::size_t succeeded(std::vector<call_ptr> const& calls) {
    return static_cast<std::size_t>(std::count_if(calls.begin(), calls.end(), [](auto const& each) {
        return each->done && !each->ec;
    }));
}

/// Checks that a call was not sent.
void check_refused(call const& c) {
    check_failure(c, errc::spending_limit_reached, phase::limited);
    BOOST_TEST(c.info().attempts == 0);
    BOOST_TEST((c.info().retry_stop == retry_stop::final_error));
    BOOST_TEST(!(c.ec == condition::retryable));
}

} // namespace

BOOST_AUTO_TEST_SUITE(client_spending)

BOOST_AUTO_TEST_CASE(no_call_is_sent_beyond_a_cap) {
    capped_fixture w(most_tokens(1'000));
    charge(*w.server, 100, 0.25);
    auto const client = w.make_client();
    auto const calls = start_many(client, 30);
    finish(w, calls);
    BOOST_TEST(succeeded(calls) == 10U);
    BOOST_TEST(w.server->request_count() == 10U);
    for (auto const& each : calls) {
        if (each->ec) check_refused(*each);
    }
    auto const refused = ask(w, client);
    check_detail(*refused, "max_total_tokens: 1000 of 1000 are spent");
    BOOST_TEST(explain(refused->ec, refused->response).find("max_total_tokens") != std::string::npos);
    auto const stats = client.stats();
    BOOST_TEST(stats.spent.cost == 2.5);
    BOOST_TEST(stats.spent.total_tokens == 1'000);
    BOOST_TEST(stats.spent.calls == 10);
    BOOST_TEST(stats.reserved.total_tokens == 0);
    BOOST_TEST(stats.reserved.calls == 0);
    w.finish();
}

BOOST_AUTO_TEST_CASE(caps_of_cost_and_of_calls) {
    capped_fixture cost(most_cost(0.01));
    charge(*cost.server, 100, 0.001);
    auto const costing_client = cost.make_client();
    auto const by_cost = start_many(costing_client, 30);
    finish(cost, by_cost);
    BOOST_TEST(cost.server->request_count() == 10U);
    check_detail(*by_cost.back(), "max_cost: 0.01 of 0.01 USD are spent");
    capped_fixture number(most_calls(7));
    auto const counting_client = number.make_client();
    auto const by_number = start_many(counting_client, 30);
    finish(number, by_number);
    BOOST_TEST(number.server->request_count() == 7U);
    check_detail(*by_number.back(), "max_calls: 7 of 7 are spent");
    cost.finish();
    number.finish();
}

BOOST_AUTO_TEST_CASE(prices_make_the_cost_where_the_provider_reports_none) {
    auto caps = most_cost(1);
    caps.input_price = 1'000;
    caps.output_price = 6'000;
    capped_fixture w(caps);
    // 80 and 20 tokens: 0.20 USD.
    charge(*w.server, 100);
    auto const client = w.make_client();
    auto const calls = start_many(client, 20);
    finish(w, calls);
    BOOST_TEST(w.server->request_count() == 5U);
    BOOST_TEST(client.stats().spent.cost == 1.0);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_cap_that_nothing_can_keep_is_said) {
    capped_fixture w(most_cost(1));
    charge(*w.server, 100);
    auto const client = w.make_client();
    auto const calls = start_many(client, 20);
    finish(w, calls);
    BOOST_TEST(w.server->request_count() == 4U);
    check_refused(*calls.back());
    check_detail(*calls.back(), "the provider reports no cost");
    w.finish();
}

BOOST_AUTO_TEST_CASE(few_are_in_flight_until_the_first_usage_is_known) {
    capped_fixture w(most_tokens(100'000));
    charge(*w.server, 100, std::nullopt, 50ms);
    auto const client = w.make_client();
    auto const calls = start_many(client, 40);
    w.run_until([&] { return w.server->request_count() != 0; });
    BOOST_TEST(client.stats().limited == 36U);
    BOOST_TEST(client.stats().reserved.calls == 4);
    w.run_until([&] { return succeeded(calls) != 0; });
    w.run_until([&] { return client.stats().limited == 0; });
    finish(w, calls);
    BOOST_TEST(succeeded(calls) == 40U);
    BOOST_TEST((calls.back()->info().timings.limited >= 40ms));
    w.finish();
}

// As long as no usage is known, each end lets one more go.
BOOST_AUTO_TEST_CASE(more_important_ones_go_first) {
    capped_fixture w(most_tokens(100'000));
    w.server->respond_with([](testing::received_request const& request) {
        auto const number = std::stoi(request.last_user_text());
        auto reply = scripted_reply::error(400, "No");
        if (number < 4) reply.latency = 30ms + number * 20ms;
        return reply;
    });
    auto const client = w.make_client();
    std::vector<call_ptr> calls;
    for (int const priority : {0, 0, 0, 0, 0, 5, -1, 5}) {
        request_options options;
        options.priority = priority;
        calls.push_back(start(client, saying(std::to_string(calls.size())), options));
    }
    w.run_until([&] { return client.stats().limited == 4; });
    finish(w, calls);
    std::vector<std::string> texts;
    for (auto const& each : w.server->requests()) texts.push_back(each.last_user_text());
    BOOST_TEST(
        std::vector(texts.begin() + 4, texts.end()) == std::vector<std::string>({"5", "7", "4", "6"}),
        boost::test_tools::per_element()
    );
    w.finish();
}

BOOST_AUTO_TEST_CASE(who_takes_less_than_the_average_leaves_room_for_those_that_wait) {
    auto caps = most_tokens(330);
    caps.already_spent = spending(0, 100, 1);
    capped_fixture w(caps);
    auto reply = costing(20);
    reply.latency = 30ms;
    w.server->enqueue({reply, reply, costing(20)});
    auto const client = w.make_client();
    auto const calls = start_many(client, 3);
    w.run_until([&] { return client.stats().limited == 1; });
    finish(w, calls);
    BOOST_TEST(succeeded(calls) == 3U);
    BOOST_TEST(client.stats().spent.total_tokens == 160);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_waiting_call_can_be_cancelled_and_keeps_its_deadline) {
    capped_fixture w(most_calls(1));
    auto slow = costing(10);
    slow.latency = patience;
    w.server->enqueue(std::move(slow));
    auto const client = w.make_client();
    auto const first = start(client);
    auto const late = ask(w, client, hello(), limited_to(40ms));
    check_failure(*late, errc::deadline_exceeded, phase::limited);
    auto const cancelled = start(client);
    auto const other = start(client);
    w.run_until([&] { return client.stats().limited == 2; });
    cancelled->cancel.emit(asio::cancellation_type::total);
    w.run_until([&] { return cancelled->done; });
    check_failure(*cancelled, asio::error::operation_aborted, phase::limited);
    BOOST_TEST(client.stats().limited == 1U);
    BOOST_TEST(!other->done);
    // The provider may have worked on it, so that it counts.
    first->cancel.emit(asio::cancellation_type::terminal);
    w.run_until([&] { return first->done && other->done; });
    check_refused(*other);
    BOOST_TEST(client.stats().spent.calls == 1);
    BOOST_TEST(client.stats().limited == 0U);
    w.finish();
}

// It is granted and cancelled in the same moment, so that it finds both when it goes on.
BOOST_AUTO_TEST_CASE(what_a_cancelled_call_was_granted_goes_to_the_next) {
    capped_fixture w(most_tokens(100'000));
    auto const at_end = std::make_shared<after_attempt>();
    w.config.observer = at_end;
    charge(*w.server, 100, std::nullopt, 30ms);
    auto const client = w.make_client();
    auto const calls = start_many(client, 6);
    w.run_until([&] { return client.stats().limited == 2; });
    at_end->action = [&] { calls[4]->cancel.emit(asio::cancellation_type::terminal); };
    finish(w, calls);
    BOOST_TEST(succeeded(calls) == 5U);
    check_failure(*calls[4], asio::error::operation_aborted, phase::limited);
    BOOST_TEST(client.stats().reserved.calls == 0);
    BOOST_TEST(client.stats().reserved.total_tokens == 0);
    BOOST_TEST(client.stats().spent.calls == 5);
    w.finish();
}

BOOST_AUTO_TEST_CASE(closing_the_client_ends_the_waiting) {
    capped_fixture w(most_calls(1));
    auto slow = costing(10);
    slow.latency = patience;
    w.server->enqueue(std::move(slow));
    auto client = w.make_client();
    auto const calls = start_many(client, 50);
    w.run_until([&] { return client.stats().limited == 49; });
    client.cancel();
    finish(w, calls);
    for (auto const& each : calls) BOOST_TEST(each->ec == errc::client_closed);
    BOOST_TEST(client.stats().limited == 0U);
    BOOST_TEST(client.stats().reserved.calls == 0);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_loop_may_be_destroyed_while_calls_wait) {
    auto w = std::make_unique<capped_fixture>(most_tokens(1'000));
    charge(*w->server, 100, std::nullopt, patience);
    std::optional<client> made(w->make_client());
    auto const calls = start_many(*made, 20);
    w->run_until([&] { return made->stats().limited == 16; });
    made.reset();
    w.reset();
    for (auto const& each : calls) BOOST_TEST(!each->done);
}

BOOST_AUTO_TEST_CASE(too_many_waiting_calls_are_refused) {
    capped_fixture w(most_calls(1));
    w.config.pool.max_waiters = 3;
    charge(*w.server, 10, std::nullopt, 30ms);
    auto const client = w.make_client();
    auto const calls = start_many(client, 10);
    finish(w, calls);
    BOOST_TEST(succeeded(calls) == 1U);
    BOOST_TEST(std::ranges::count_if(calls, [](auto const& c) { return c->ec == errc::queue_full; }) == 6);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_client_with_caps_waits_for_its_other_limits_as_well) {
    capped_fixture w(most_tokens(100'000));
    w.config.concurrency.ceiling = 1;
    charge(*w.server, 100, std::nullopt, 10ms);
    auto const client = w.make_client();
    auto const calls = start_many(client, 8);
    finish(w, calls);
    BOOST_TEST(succeeded(calls) == 8U);
    BOOST_TEST(w.server->stats().max_connections_open == 1U);
    BOOST_TEST(client.stats().spent.total_tokens == 800);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_call_that_ends_while_it_waits_for_a_rate_limit_wakes_the_next) {
    capped_fixture w(most_calls(2));
    w.config.rates.limits.emplace_back("", 1, std::nullopt);
    auto const client = w.make_client();
    ask_well(w, client);
    auto const reserved = start(client);
    auto const next = start(client);
    w.run_until([&] { return client.stats().limited == 2; });
    reserved->cancel.emit(asio::cancellation_type::total);
    w.run_until([&] { return reserved->done; });
    // It waits for the rate now, as it says when it is cancelled.
    let_pass(w, 5ms);
    next->cancel.emit(asio::cancellation_type::total);
    w.run_until([&] { return next->done; });
    BOOST_TEST(next->info().detail == "the request had to wait for a limit");
    BOOST_TEST(client.stats().reserved.calls == 0);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_first_call_that_breaks_costs_what_its_size_suggests) {
    capped_fixture w(most_tokens(10'000));
    auto broken = costing(100);
    broken.fault = testing::reply_fault::close;
    broken.fault_after = 200;
    w.server->enqueue(broken);
    auto const client = w.make_client();
    auto request = hello();
    request.max_tokens = 500;
    BOOST_TEST(!!ask(w, client, request)->ec);
    auto const spent = client.stats().spent.total_tokens;
    BOOST_TEST(spent > 500);
    BOOST_TEST(spent < 600);
    w.finish();
}

BOOST_AUTO_TEST_CASE(refusals_cost_nothing_and_a_retried_call_is_one) {
    retrying_fixture w;
    w.config.spending = most_calls(2);
    enqueue_errors(*w.server, 2, 503);
    w.server->enqueue({costing(50, 0.5), scripted_reply::error(400, "No")});
    auto const client = w.make_client();
    check_recovered(*ask(w, client), 3, make_http_error(503));
    BOOST_TEST(client.stats().spent.calls == 1);
    BOOST_TEST(client.stats().spent.total_tokens == 50);
    BOOST_TEST((ask(w, client)->ec == make_http_error(400)));
    auto const stats = client.stats();
    BOOST_TEST(stats.spent.calls == 2);
    BOOST_TEST(stats.spent.total_tokens == 50);
    BOOST_TEST(stats.reserved.total_tokens == 0);
    check_refused(*ask(w, client));
    w.finish();
}

BOOST_AUTO_TEST_CASE(failures_that_may_have_cost_something_cost_the_average) {
    capped_fixture w(most_tokens(1'000));
    auto broken = costing(100);
    broken.fault = testing::reply_fault::close;
    broken.fault_after = 200;
    w.server->enqueue({costing(100, 0.5), broken});
    auto const client = w.make_client();
    ask_well(w, client);
    BOOST_TEST(!!ask(w, client)->ec);
    BOOST_TEST(client.stats().spent.total_tokens == 200);
    BOOST_TEST(client.stats().spent.cost == 1.0);
    BOOST_TEST(client.stats().spent.calls == 2);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_generation_that_failed_costs_what_it_reports) {
    capped_fixture w(most_tokens(1'000));
    scripted_reply failed(
        200,
        R"({"id":"gen-1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,)"
        R"("finish_reason":"error","message":{"role":"assistant","content":"I"},)"
        R"("error":{"code":502,"message":"Upstream failed"}}],)"
        R"("usage":{"prompt_tokens":30,"completion_tokens":4,"total_tokens":34,"cost":0.125}})"
    );
    w.server->enqueue(failed);
    auto const client = w.make_client();
    BOOST_TEST(!!ask(w, client)->ec);
    BOOST_TEST(client.stats().spent.total_tokens == 34);
    BOOST_TEST(client.stats().spent.cost == 0.125);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_call_that_was_not_sent_costs_nothing) {
    capped_fixture w(most_calls(1));
    w.server->stop_listening();
    w.server->reset_connections();
    auto const client = w.make_client();
    BOOST_TEST(!!ask(w, client)->ec);
    BOOST_TEST(client.stats().spent.calls == 0);
    BOOST_TEST(client.stats().reserved.calls == 0);
    w.server->resume_listening();
    ask_well(w, client);
    BOOST_TEST(client.stats().spent.calls == 1);
    w.finish();
}

BOOST_AUTO_TEST_CASE(both_calls_of_a_hedge_count) {
    capped_fixture w(most_tokens(10'000));
    auto slow = costing(100);
    slow.latency = patience;
    w.server->enqueue({costing(100), slow, costing(100)});
    auto const client = w.make_client();
    ask_well(w, client);
    request_options hedged;
    hedged.hedge_delay = 20ms;
    auto const c = ask(w, client, hello(), hedged);
    BOOST_TEST(c->info().hedged);
    w.run_until([&] { return client.stats().reserved.total_tokens == 0; });
    BOOST_TEST(client.stats().spent.calls == 3);
    BOOST_TEST(client.stats().spent.total_tokens == 300);
    w.finish();
}

BOOST_AUTO_TEST_CASE(what_was_spent_before_counts) {
    auto caps = most_tokens(1'000);
    caps.already_spent = spending(1.5, 800, 8);
    capped_fixture w(caps);
    charge(*w.server, 100, std::nullopt, 10ms);
    auto const client = w.make_client();
    auto const calls = start_many(client, 10);
    finish(w, calls);
    BOOST_TEST(succeeded(calls) == 2U);
    BOOST_TEST(client.stats().spent.calls == 10);
    // Without a report, the average of before.
    BOOST_TEST(client.stats().spent.cost == 1.875);
    w.finish();
}

BOOST_AUTO_TEST_CASE(without_caps_nothing_is_counted) {
    client_fixture w(scheme::http);
    auto const client = w.make_client();
    ask_well(w, client);
    BOOST_TEST(client.stats().spent.calls == 0);
    BOOST_TEST(client.stats().spent.total_tokens == 0);
    w.finish();
}

BOOST_AUTO_TEST_CASE(caps_and_prices_that_make_no_sense_are_refused) {
    struct row {
        row(char const* f, spending_limits l) : field(f), limits(std::move(l)) {}
        char const* field;
        spending_limits limits;
    };
    auto const with = [](auto change) {
        spending_limits result;
        change(result);
        return result;
    };
    constexpr double infinite = std::numeric_limits<double>::infinity();
    std::vector<row> const rows{
        {"spending.max_cost: ", most_cost(-0.01)},
        {"spending.max_cost: ", most_cost(std::nan(""))},
        {"spending.max_cost: ", most_cost(infinite)},
        {"spending.max_total_tokens: ", most_tokens(-1)},
        {"spending.max_calls: ", most_calls(-1)},
        {"spending.input_price: ", with([](auto& l) { l.input_price = -1.0; })},
        {"spending.output_price: ", with([](auto& l) { l.output_price = -1.0; })},
        {"spending.already_spent.cost: ", with([](auto& l) { l.already_spent.cost = -1; })},
        {"spending.already_spent.total_tokens: ", with([](auto& l) { l.already_spent.total_tokens = -1; })},
        {"spending.already_spent.calls: ", with([](auto& l) { l.already_spent.calls = -1; })},
    };
    for (auto const& each : rows) {
        client_fixture w(scheme::http);
        w.config.spending = each.limits;
        BOOST_CHECK_EXCEPTION(w.make_client(), boost::system::system_error, [&](auto const& e) {
            return e.code() == errc::invalid_request &&
                std::string(e.what()).find(each.field) != std::string::npos;
        });
    }
}

BOOST_AUTO_TEST_SUITE_END()
