// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/spending/spending_ledger.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace {

using namespace async_llm::policy;
using async_llm::api_error;
using async_llm::errc;
using async_llm::error_code;
using async_llm::make_error_code;
using async_llm::make_http_error;
using async_llm::spending;
using async_llm::spending_limits;
using answer = spending_answer;
using charge = attempt_charge;

spending_limits tokens(std::int64_t most) {
    spending_limits result;
    result.max_total_tokens = most;
    return result;
}

spending_limits usd(double most) {
    spending_limits result;
    result.max_cost = most;
    return result;
}

spending_limits calls(std::int64_t most) {
    spending_limits result;
    result.max_calls = most;
    return result;
}

/// An answered attempt of so many tokens, a tenth of them the answer's.
attempt_use took(std::int64_t total, std::optional<double> cost = std::nullopt) {
    attempt_use result;
    result.charge = charge::answered;
    auto& reported = result.reported.emplace();
    reported.total_tokens = total;
    reported.output_tokens = total / 10;
    reported.input_tokens = total - reported.output_tokens;
    reported.cost = cost;
    return result;
}

/// An attempt whose usage did not come.
attempt_use silent(charge kind, std::int64_t expected = 0) {
    attempt_use result;
    result.charge = kind;
    result.expected_tokens = expected;
    return result;
}

/// A ledger and the calls that hold something in it.
struct book {
    explicit book(spending_limits const& limits) : ledger(limits) {}

    answer begin(std::int64_t expected = 0) {
        spending_reservation call;
        call.expected_tokens = expected;
        auto const result = ledger.reserve(call);
        if (result == answer::granted) in_flight.push_back(call);
        return result;
    }

    /// Ends the first of them.
    void end(attempt_use const& use) {
        auto call = in_flight.front();
        in_flight.erase(in_flight.begin());
        ledger.record(call, use);
        ledger.release(call);
    }

    /// Calls one after the other until it is exhausted.
    std::size_t run(attempt_use const& use) {
        std::size_t done = 0;
        while (begin() == answer::granted && done != 10'000) {
            end(use);
            ++done;
        }
        return done;
    }

    /// Begins as many calls as may be in flight.
    std::size_t fill() {
        auto const before = in_flight.size();
        while (in_flight.size() < 10'000 && begin() == answer::granted) {
        }
        return in_flight.size() - before;
    }

    spending_ledger ledger;
    std::vector<spending_reservation> in_flight;
};

} // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(answer)
BOOST_TEST_DONT_PRINT_LOG_VALUE(charge)

BOOST_AUTO_TEST_SUITE(spending_ledger)

BOOST_AUTO_TEST_CASE(without_caps_all_go) {
    book b{spending_limits()};
    BOOST_TEST(b.fill() == 10'000U);
    BOOST_TEST(!static_cast<bool>(spending_limits()));
    BOOST_TEST(static_cast<bool>(calls(0)));
}

BOOST_AUTO_TEST_CASE(equal_calls_use_a_cap_to_the_last_token_and_picodollar) {
    BOOST_TEST(book(tokens(1'000)).run(took(100)) == 10U);
    BOOST_TEST(book(tokens(1'099)).run(took(100)) == 10U);
    BOOST_TEST(book(usd(0.01)).run(took(100, 0.001)) == 10U);
    BOOST_TEST(book(calls(10)).run(took(100)) == 10U);
    // Whichever cap is met first.
    auto limits = tokens(1'000);
    limits.max_calls = 3;
    BOOST_TEST(book(limits).run(took(100)) == 3U);
}

BOOST_AUTO_TEST_CASE(a_cap_of_nothing_lets_nothing_go) {
    for (auto const& limits : {tokens(0), usd(0), calls(0)})
        BOOST_TEST(book(limits).begin() == answer::exhausted);
    // Also if it is known that calls cost nothing.
    auto free_before = usd(0);
    free_before.already_spent = spending(0, 100, 1);
    BOOST_TEST(book(free_before).begin() == answer::exhausted);
}

BOOST_AUTO_TEST_CASE(free_calls_never_meet_a_cap_of_cost) {
    BOOST_TEST(book(usd(0.01)).run(took(100, 0.0)) == 10'000U);
}

BOOST_AUTO_TEST_CASE(few_are_in_flight_until_the_first_usage_is_known) {
    for (auto const& limits : {tokens(1'000'000), usd(1'000)}) {
        book b(limits);
        BOOST_TEST(b.fill() == 4U);
        BOOST_TEST(b.begin() == answer::must_wait);
        b.end(took(100, 0.001));
        BOOST_TEST(b.fill() > 100U);
    }
    // The number of calls is known beforehand.
    BOOST_TEST(book(calls(100)).fill() == 100U);
}

BOOST_AUTO_TEST_CASE(the_first_calls_reserve_what_their_size_suggests) {
    book b(tokens(1'000));
    // One goes whatever its size is.
    BOOST_TEST(b.begin(5'000) == answer::granted);
    BOOST_TEST(b.ledger.reserved().tokens == 5'000);
    BOOST_TEST(b.begin(10) == answer::must_wait);
    b.end(silent(charge::none));
    BOOST_TEST(b.begin(600) == answer::granted);
    BOOST_TEST(b.begin(600) == answer::must_wait);
    BOOST_TEST(b.begin(400) == answer::granted);
}

BOOST_AUTO_TEST_CASE(the_first_calls_take_the_average_as_soon_as_it_is_known) {
    for (auto const& limits : {tokens(1'000), usd(0.01)}) {
        book b(limits);
        BOOST_TEST(b.fill() == 4U);
        b.end(took(100, 0.001));
        BOOST_TEST(b.fill() == 6U);
        // The other three, and one of the six.
        for (int i = 0; i != 4; ++i) b.end(took(100, 0.001));
        BOOST_TEST(b.begin() == answer::must_wait);
        while (!b.in_flight.empty()) b.end(took(100, 0.001));
        BOOST_TEST(b.begin() == answer::exhausted);
        BOOST_TEST(b.ledger.spent().calls == 10);
    }
}

BOOST_AUTO_TEST_CASE(calls_in_flight_fit_together_with_what_is_spent) {
    book b(tokens(1'000));
    b.begin();
    b.end(took(100));
    BOOST_TEST(b.fill() == 9U);
    BOOST_TEST(b.ledger.reserved().tokens == 900);
    BOOST_TEST(b.begin() == answer::must_wait);
    // What was not sent leaves room for another.
    b.end(silent(charge::none));
    BOOST_TEST(b.ledger.reserved().tokens == 800);
    BOOST_TEST(b.begin() == answer::granted);
}

BOOST_AUTO_TEST_CASE(who_takes_less_than_reserved_leaves_room) {
    book b(tokens(410));
    b.begin();
    b.end(took(100));
    BOOST_TEST(b.fill() == 3U);
    b.end(took(10));
    // 110 are spent, 200 reserved, and a call takes 55 on average, with a deviation of 45.
    BOOST_TEST(b.ledger.spent().tokens == 110);
    BOOST_TEST(b.begin() == answer::granted);
}

BOOST_AUTO_TEST_CASE(exhausted_when_nothing_is_in_flight_and_it_does_not_fit) {
    book b(tokens(250));
    b.begin();
    b.end(took(100));
    BOOST_TEST(b.begin() == answer::granted);
    BOOST_TEST(b.begin() == answer::must_wait);
    b.end(took(100));
    BOOST_TEST(b.begin() == answer::exhausted);
    BOOST_TEST(b.ledger.explain() == "max_total_tokens: 200 of 250 are spent, and a call takes about 100");
}

BOOST_AUTO_TEST_CASE(exhausted_while_others_are_in_flight_once_all_is_spent) {
    book b(tokens(100));
    b.fill();
    b.end(took(100));
    BOOST_TEST(b.ledger.in_flight() == 3U);
    BOOST_TEST(b.begin() == answer::exhausted);
}

BOOST_AUTO_TEST_CASE(deviating_calls_reserve_more_than_their_mean) {
    book b(tokens(100'000));
    for (int i = 0; i != 40; ++i) {
        b.begin();
        b.end(took(i % 2 == 0 ? 50 : 150));
    }
    BOOST_TEST(b.begin() == answer::granted);
    auto const reserved = b.ledger.reserved().tokens;
    BOOST_TEST(reserved > 130);
    BOOST_TEST(reserved < 170);
}

BOOST_AUTO_TEST_CASE(a_retry_belongs_to_its_call) {
    book b(calls(2));
    spending_reservation call;
    BOOST_TEST(b.ledger.reserve(call) == answer::granted);
    b.ledger.record(call, silent(charge::refused));
    auto again = took(30);
    again.is_repeated = true;
    b.ledger.record(call, again);
    b.ledger.record(call, again);
    BOOST_TEST(b.ledger.spent().calls == 1);
    BOOST_TEST(b.ledger.spent().tokens == 60);
    BOOST_TEST(b.ledger.reserved().calls == 0);
    b.ledger.release(call);
    b.ledger.release(call);
    BOOST_TEST(b.ledger.in_flight() == 0U);
    BOOST_TEST((b.ledger.reserved() == spending_amounts()));
    BOOST_TEST(b.begin() == answer::granted);
    b.end(took(30));
    BOOST_TEST(b.begin() == answer::exhausted);
    BOOST_TEST(b.ledger.explain() == "max_calls: 2 of 2 are spent");
}

BOOST_AUTO_TEST_CASE(what_was_not_sent_costs_nothing_and_a_refusal_is_a_call) {
    book b(tokens(1'000));
    b.begin();
    b.end(took(100, 0.5));
    b.begin();
    b.end(silent(charge::none, 70));
    BOOST_TEST((b.ledger.spent() == spending_amounts(1, 100, to_picodollars(0.5))));
    b.begin();
    b.end(silent(charge::refused, 70));
    BOOST_TEST((b.ledger.spent() == spending_amounts(2, 100, to_picodollars(0.5))));
    BOOST_TEST((b.ledger.reserved() == spending_amounts()));
    // A refusal that reports what it has cost.
    auto refused = took(10, 0.25);
    refused.charge = charge::refused;
    b.begin();
    b.end(refused);
    BOOST_TEST((b.ledger.spent() == spending_amounts(3, 110, to_picodollars(0.75))));
}

BOOST_AUTO_TEST_CASE(what_is_not_reported_costs_the_average) {
    for (auto const kind : {charge::possible, charge::answered}) {
        book b(usd(1'000));
        b.begin();
        b.end(took(100, 0.5));
        b.begin();
        b.end(silent(kind, 7'000));
        BOOST_TEST((b.ledger.spent() == spending_amounts(2, 200, to_picodollars(1))));
    }
}

BOOST_AUTO_TEST_CASE(costs_of_before_the_first_report_are_made_good) {
    book b(usd(1'000));
    for (int i = 0; i != 3; ++i) b.begin();
    b.end(silent(charge::possible, 70));
    b.end(silent(charge::possible, 70));
    BOOST_TEST((b.ledger.spent() == spending_amounts(2, 140, 0)));
    b.end(took(100, 0.5));
    BOOST_TEST((b.ledger.spent() == spending_amounts(3, 240, to_picodollars(1.5))));
    // Once.
    b.begin();
    b.end(took(100, 0.5));
    BOOST_TEST(b.ledger.spent().cost == to_picodollars(2));
}

BOOST_AUTO_TEST_CASE(prices_make_the_cost_that_is_not_reported) {
    auto limits = usd(1);
    limits.input_price = 1'000;
    limits.output_price = 10'000;
    book b(limits);
    b.begin();
    b.end(took(100));
    // 90 and 10 tokens.
    BOOST_TEST(b.ledger.spent().cost == to_picodollars(0.19));
    // The provider's word counts more.
    b.begin();
    b.end(took(100, 0.01));
    BOOST_TEST(b.ledger.spent().cost == to_picodollars(0.20));
    // Of a total alone the dearer price.
    auto total = took(10);
    total.reported->input_tokens = total.reported->output_tokens = 0;
    b.begin();
    b.end(total);
    BOOST_TEST(b.ledger.spent().cost == to_picodollars(0.30));
    limits.output_price.reset();
    book one(limits);
    one.begin();
    one.end(took(100));
    BOOST_TEST(one.ledger.spent().cost == to_picodollars(0.09));
}

BOOST_AUTO_TEST_CASE(costs_that_make_no_sense_are_as_if_missing) {
    for (double const cost : {-1.0, std::nan("")}) {
        book b(usd(1));
        b.begin();
        b.end(took(100, cost));
        BOOST_TEST(b.ledger.spent().cost == 0);
        b.begin();
        b.end(took(100, 0.25));
        BOOST_TEST(b.ledger.spent().cost == to_picodollars(0.5));
    }
}

BOOST_AUTO_TEST_CASE(a_cap_of_cost_that_nothing_can_keep_ends_after_the_first_answers) {
    book b(usd(1));
    BOOST_TEST(b.run(took(100)) == 4U);
    BOOST_TEST(
        b.ledger.explain() ==
        "max_cost: the provider reports no cost, and spending_limits has no prices to compute it by"
    );
    // Nor are there more of them if they overlap.
    book other(usd(1));
    BOOST_TEST(other.fill() == 4U);
    for (int i = 0; i != 3; ++i) {
        other.end(took(100));
        BOOST_TEST(other.begin() == answer::must_wait);
    }
    // The last one may still say what it costs.
    other.end(took(100, 0.01));
    BOOST_TEST(other.begin() == answer::granted);
}

BOOST_AUTO_TEST_CASE(failures_say_nothing_about_what_a_provider_reports) {
    book b(usd(1));
    for (int i = 0; i != 100; ++i) {
        BOOST_TEST(b.begin() == answer::granted);
        b.end(silent(charge::possible));
    }
    b.begin();
    b.end(took(100, 0.001));
    BOOST_TEST(b.ledger.spent().cost == to_picodollars(0.101));
}

BOOST_AUTO_TEST_CASE(without_usage_the_size_of_requests_has_to_do) {
    book b(tokens(1'000));
    for (int i = 0; i != 4; ++i) {
        BOOST_TEST(b.begin(100) == answer::granted);
        b.end(silent(charge::answered, 100));
    }
    BOOST_TEST(b.ledger.spent().tokens == 400);
    for (int i = 0; i != 6; ++i) BOOST_TEST(b.begin(100) == answer::granted);
    BOOST_TEST(b.begin(100) == answer::must_wait);
    // By prices the cost as well.
    auto limits = usd(1);
    limits.input_price = 1'000;
    book priced(limits);
    for (int i = 0; i != 4; ++i) {
        priced.begin(100);
        priced.end(silent(charge::answered, 100));
    }
    BOOST_TEST(priced.ledger.spent().cost == to_picodollars(0.4));
    for (int i = 0; i != 6; ++i) BOOST_TEST(priced.begin(100) == answer::granted);
    BOOST_TEST(priced.begin(100) == answer::must_wait);
}

BOOST_AUTO_TEST_CASE(totals_that_are_missing_are_the_sum_of_the_parts) {
    auto use = took(100);
    use.reported->total_tokens = 0;
    book b(tokens(1'000));
    b.begin();
    b.end(use);
    BOOST_TEST(b.ledger.spent().tokens == 100);
}

BOOST_AUTO_TEST_CASE(what_was_spent_before_counts_and_is_an_average) {
    auto limits = tokens(1'000);
    limits.max_cost = 10;
    limits.max_calls = 20;
    limits.already_spent = spending(4, 400, 8);
    book b(limits);
    BOOST_TEST(b.ledger.spent().calls == 8);
    // 50 tokens and half a dollar each.
    BOOST_TEST(b.fill() == 12U);
    BOOST_TEST((b.ledger.reserved() == spending_amounts(12, 600, to_picodollars(6))));
    limits.already_spent.calls = 20;
    BOOST_TEST(book(limits).begin() == answer::exhausted);
    // Amounts without a number of calls count, but are no average.
    auto others = tokens(1'000);
    others.already_spent = spending(0, 900, 0);
    book c(others);
    BOOST_TEST(c.fill() == 4U);
    others.already_spent.total_tokens = 1'000;
    BOOST_TEST(book(others).begin() == answer::exhausted);
}

BOOST_AUTO_TEST_CASE(sentences_say_which_cap_and_how_far) {
    book cost(usd(0.25));
    cost.begin();
    cost.end(took(100, 0.2));
    BOOST_TEST(cost.begin() == answer::exhausted);
    BOOST_TEST(cost.ledger.explain() == "max_cost: 0.2 of 0.25 USD are spent, and a call costs about 0.2");
    book none(tokens(0));
    BOOST_TEST(none.ledger.explain() == "max_total_tokens: 0 of 0 are spent, and a call takes about 0");
}

BOOST_AUTO_TEST_CASE(attempts_are_charged_by_what_the_provider_may_have_done) {
    api_error const nothing;
    auto const of = [&](error_code const& ec, int status, bool sent = true) {
        return classify_charge(ec, nothing, status, sent);
    };
    BOOST_TEST(of({}, 200) == charge::answered);
    for (auto const ec : {errc::connect_failed, errc::connection_lost, errc::deadline_exceeded})
        BOOST_TEST(of(ec, 0, false) == charge::none);
    for (int const status : {301, 400, 401, 402, 404, 408, 422, 429, 500, 502, 503, 529})
        BOOST_TEST(of(make_http_error(status), status) == charge::refused, status);
    for (int const status : {504, 524}) BOOST_TEST(of(make_http_error(status), status) == charge::possible);
    for (auto const ec :
         {errc::connection_lost,
          errc::first_byte_timeout,
          errc::deadline_exceeded,
          errc::client_closed,
          errc::stream_stalled,
          errc::truncated_response,
          errc::invalid_json,
          errc::invalid_response,
          errc::generation_failed,
          errc::stream_error})
        BOOST_TEST(of(ec, 200) == charge::possible, make_error_code(ec).message());
    // An error in a reply whose status says success.
    BOOST_TEST(of(errc::insufficient_credits, 200) == charge::refused);
    for (int const status : {400, 404, 429}) BOOST_TEST(of(make_http_error(status), 200) == charge::refused);
    BOOST_TEST(of(make_http_error(503), 200) == charge::possible);
}

BOOST_AUTO_TEST_SUITE_END()
