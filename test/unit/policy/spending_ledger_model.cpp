// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/spending/spending_ledger.hpp"
#include "support/fixtures/draw.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

// Random sequences of events, watched by an observer that keeps everything in plain lists: it judges every
// answer, the sums, and by how much a cap was exceeded.

namespace {

using namespace async_llm::policy;
using async_llm::spending_limits;
using async_llm::test::draw;
using answer = spending_answer;

constexpr std::int64_t largest = 1'000;
// What four calls reserve at most.
constexpr std::int64_t most_missing = 4 * (2 * largest + 1);
// In picodollars, for each token.
constexpr std::int64_t price = 1'000'000;

/// A call in flight as the observer sees it.
struct seen_call {
    seen_call() = default;

    spending_reservation reservation;
    /// Reserved when it was granted; nothing if that was more than had fitted.
    spending_amounts granted;
    spending_amounts taken;
    bool attempted = false;
};

struct model {
    model(spending_limits const& l, std::mt19937& random) : limits(l), ledger(l), next{random} {}

    std::int64_t cap_of_tokens() const { return *limits.max_total_tokens; }
    std::int64_t cap_of_cost() const { return to_picodollars(*limits.max_cost); }

    spending_amounts reserved() const {
        spending_amounts sum;
        for (auto const& each : calls) sum += *each.reservation.held;
        return sum;
    }

    void begin() {
        seen_call call;
        call.reservation.expected_tokens = static_cast<std::int64_t>(next.below(2 * largest));
        auto const result = ledger.reserve(call.reservation);
        bool const alone = calls.empty();
        bool const is_spent = spent.calls >= *limits.max_calls || spent.tokens >= cap_of_tokens() ||
            spent.cost >= cap_of_cost();
        ++answers[static_cast<std::size_t>(result)];
        BOOST_REQUIRE((result == answer::granted) == call.reservation.held.has_value());
        if (is_spent) BOOST_REQUIRE((result == answer::exhausted));
        if (result == answer::must_wait) BOOST_REQUIRE(!alone);
        if (result == answer::exhausted) BOOST_REQUIRE((is_spent || alone));
        if (result != answer::granted) return check_refusal();
        call.granted = *call.reservation.held;
        calls.push_back(call);
        auto sum = spent;
        sum += reserved();
        bool const fits =
            sum.calls <= *limits.max_calls && sum.tokens <= cap_of_tokens() && sum.cost <= cap_of_cost();
        // The one exception: nothing was known, and nothing else in flight.
        if (!fits) {
            BOOST_REQUIRE((alone && !known));
            calls.back().granted = spending_amounts();
        }
        if (!known) BOOST_REQUIRE(calls.size() <= 4U);
        BOOST_REQUIRE(sum.calls <= *limits.max_calls);
        // Further grants count what has been exceeded as spent.
        excess = spending_amounts();
    }

    /// A call that is known to fit is not refused.
    void check_refusal() const {
        if (!known) return;
        auto sum = spent;
        sum += reserved();
        // Mean and deviation are each at most the largest; three of the first calls may have reserved
        // nothing.
        bool const room = sum.calls + 1 <= *limits.max_calls &&
            sum.tokens + most_missing <= cap_of_tokens() && sum.cost + most_missing * price <= cap_of_cost();
        BOOST_REQUIRE(!room);
    }

    void attempt(seen_call& call) {
        auto const tokens = static_cast<std::int64_t>(next.below(largest) + 1);
        attempt_use use;
        use.expected_tokens = call.reservation.expected_tokens;
        use.is_repeated = call.attempted;
        use.charge = next(attempt_charge::answered, attempt_charge::refused, attempt_charge::none);
        if (known && next.below(4) == 0) use.charge = attempt_charge::possible;
        if (use.charge == attempt_charge::answered) {
            auto& reported = use.reported.emplace();
            reported.total_tokens = tokens;
            reported.cost = to_usd(tokens * price);
        }
        auto const before = ledger.spent();
        ledger.record(call.reservation, use);
        spending_amounts expected(use.is_repeated || use.charge == attempt_charge::none ? 0 : 1, 0, 0);
        if (use.reported) expected += spending_amounts(0, tokens, tokens * price);
        auto took = ledger.spent();
        took -= before;
        if (use.charge == attempt_charge::possible) {
            // The average.
            BOOST_REQUIRE((took.tokens > 0 && took.tokens <= largest));
            BOOST_REQUIRE((took.cost > 0 && took.cost <= largest * price));
            BOOST_REQUIRE(took.calls == expected.calls);
        } else {
            BOOST_REQUIRE((took == expected));
        }
        spent += took;
        call.taken += took;
        call.attempted = call.attempted || use.charge != attempt_charge::none;
        known = known || use.reported;
    }

    void end(std::size_t index) {
        auto call = calls[index];
        calls.erase(calls.begin() + static_cast<std::ptrdiff_t>(index));
        add_excess(call, excess);
        ledger.release(call.reservation);
    }

    static void add_excess(seen_call const& call, spending_amounts& sum) {
        sum += spending_amounts(
            0,
            std::max<std::int64_t>(call.taken.tokens - call.granted.tokens, 0),
            std::max<std::int64_t>(call.taken.cost - call.granted.cost, 0)
        );
    }

    void check() const {
        BOOST_REQUIRE((ledger.spent() == spent));
        BOOST_REQUIRE((ledger.reserved() == reserved()));
        BOOST_REQUIRE(ledger.in_flight() == calls.size());
        // A cap is exceeded at most by what the calls in flight took more than they had reserved.
        auto bound = excess;
        for (auto const& each : calls) add_excess(each, bound);
        BOOST_REQUIRE(spent.calls <= *limits.max_calls);
        BOOST_REQUIRE(spent.tokens <= cap_of_tokens() + bound.tokens);
        BOOST_REQUIRE(spent.cost <= cap_of_cost() + bound.cost);
    }

    void step() {
        auto const what = next.below(10);
        if (what < 4 || calls.empty())
            begin();
        else if (what < 7)
            attempt(calls[next.below(calls.size())]);
        else
            end(next.below(calls.size()));
        check();
    }

    spending_limits limits;
    spending_ledger ledger;
    draw next;
    std::vector<seen_call> calls;
    spending_amounts spent;
    /// Of the calls that have ended since the last grant.
    spending_amounts excess;
    bool known = false;
    std::size_t answers[3] = {};
};

} // namespace

BOOST_AUTO_TEST_SUITE(spending_ledger_model)

BOOST_AUTO_TEST_CASE(random_sequences_keep_the_rules) {
    std::size_t seen[3] = {};
    for (unsigned seed = 1; seed <= 3'000; ++seed) {
        std::mt19937 random(seed);
        draw const next{random};
        spending_limits limits;
        limits.max_calls = next(3, 20, 200, 100'000);
        limits.max_total_tokens = next(500, 5'000, 50'000, 1'000'000'000);
        limits.max_cost = to_usd(next(500, 5'000, 50'000, 1'000'000'000) * price);
        model m(limits, random);
        for (int i = 0; i != 200; ++i) m.step();
        for (std::size_t i = 0; i != 3; ++i) seen[i] += m.answers[i];
    }
    for (auto const count : seen) BOOST_TEST(count > 10'000U);
}

BOOST_AUTO_TEST_SUITE_END()
