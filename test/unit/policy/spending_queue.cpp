// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/spending/spending_queue.hpp"

#include "support/fixtures/draw.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <set>
#include <vector>

namespace {

using namespace async_llm::policy;
using async_llm::spending_limits;
using async_llm::test::draw;
using answer = spending_answer;
using place = spending_place;

/// A queue of a ledger that allows so many calls.
struct line {
    explicit line(std::int64_t calls, std::size_t max_waiting = 0)
        : ledger(limited_to(calls)), queue(ledger, max_waiting) {}

    static spending_limits limited_to(std::int64_t calls) {
        spending_limits result;
        result.max_calls = calls;
        return result;
    }

    /// Reserves or waits.
    answer begin(place at) {
        spending_reservation call;
        auto const result = queue.acquire(at, call);
        if (result == answer::granted) in_flight.push_back(call);
        if (result == answer::must_wait) queue.wait(at, call);
        return result;
    }

    /// Ends the first of those in flight. `sent`: it counts.
    void end(bool sent) {
        auto call = in_flight.front();
        in_flight.erase(in_flight.begin());
        attempt_use use;
        if (sent) use.charge = attempt_charge::answered;
        ledger.record(call, use);
        ledger.release(call);
    }

    spending_ledger ledger;
    spending_queue queue;
    std::vector<spending_reservation> in_flight;
};

} // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(answer)

BOOST_AUTO_TEST_SUITE(spending_queue)

BOOST_AUTO_TEST_CASE(higher_priorities_go_first_and_equals_in_order_of_arrival) {
    line l(1);
    BOOST_TEST(l.begin(place(0, 1)) == answer::granted);
    for (auto const& at : {place(0, 2), place(5, 3), place(-1, 4), place(5, 5)})
        BOOST_TEST(l.begin(at) == answer::must_wait);
    BOOST_TEST(l.queue.size() == 4U);
    BOOST_TEST(!l.queue.advance());
    for (std::uint64_t const expected : {3U, 5U, 2U, 4U}) {
        l.end(false);
        auto const next = l.queue.advance();
        BOOST_REQUIRE(next.has_value());
        BOOST_TEST(next->granted);
        BOOST_TEST(next->place.arrival == expected);
        BOOST_TEST(next->reservation.held.has_value());
        l.in_flight.push_back(next->reservation);
        BOOST_TEST(!l.queue.advance());
    }
    BOOST_TEST(l.queue.size() == 0U);
}

BOOST_AUTO_TEST_CASE(nobody_overtakes) {
    line l(2);
    BOOST_TEST(l.begin(place(0, 1)) == answer::granted);
    BOOST_TEST(l.begin(place(0, 2)) == answer::granted);
    BOOST_TEST(l.begin(place(0, 3)) == answer::must_wait);
    l.end(false);
    // There is room, but not for this one.
    BOOST_TEST(l.begin(place(0, 4)) == answer::must_wait);
    BOOST_TEST(l.begin(place(1, 5)) == answer::granted);
    BOOST_TEST(!l.queue.advance());
}

BOOST_AUTO_TEST_CASE(all_that_wait_are_refused_when_nothing_is_left) {
    line l(1);
    l.begin(place(0, 1));
    for (std::uint64_t i = 2; i != 5; ++i) l.begin(place(0, i));
    l.end(true);
    for (int i = 0; i != 3; ++i) {
        auto const next = l.queue.advance();
        BOOST_REQUIRE(next.has_value());
        BOOST_TEST(!next->granted);
        BOOST_TEST(!next->reservation.held);
    }
    BOOST_TEST(!l.queue.advance());
}

BOOST_AUTO_TEST_CASE(who_gives_up_waits_no_more) {
    line l(1);
    l.begin(place(0, 1));
    l.begin(place(0, 2));
    l.begin(place(0, 3));
    BOOST_TEST(l.queue.cancel(place(0, 2)));
    BOOST_TEST(!l.queue.cancel(place(0, 2)));
    l.end(false);
    BOOST_TEST(l.queue.advance().value().place.arrival == 3U);
}

BOOST_AUTO_TEST_CASE(no_more_wait_than_may) {
    line l(1, 2);
    l.begin(place(0, 1));
    l.begin(place(0, 2));
    BOOST_TEST(!l.queue.is_full());
    l.begin(place(0, 3));
    BOOST_TEST(l.queue.is_full());
    l.queue.cancel(place(0, 3));
    BOOST_TEST(!l.queue.is_full());
}

BOOST_AUTO_TEST_CASE(random_sequences_leave_nobody_waiting_who_could_go) {
    for (unsigned seed = 1; seed <= 300; ++seed) {
        std::mt19937 random(seed);
        draw const next{random};
        line l(next(1, 3, 40));
        std::set<place> waiting;
        auto const settle = [&] {
            while (auto const decision = l.queue.advance()) {
                // The first of all that wait.
                BOOST_REQUIRE(waiting.begin()->arrival == decision->place.arrival);
                waiting.erase(waiting.begin());
                if (decision->granted) l.in_flight.push_back(decision->reservation);
            }
            // Nothing would ever wake it.
            if (l.in_flight.empty()) BOOST_REQUIRE(waiting.empty());
            BOOST_REQUIRE(l.queue.size() == waiting.size());
        };
        for (std::uint64_t i = 1; i != 200; ++i) {
            auto const what = next.below(3);
            if (what == 0 && !l.in_flight.empty()) {
                l.end(next.below(3) == 0);
            } else if (what == 1 && !waiting.empty()) {
                auto const first = *waiting.begin();
                waiting.erase(waiting.begin());
                BOOST_REQUIRE(l.queue.cancel(first));
            } else {
                place const at(static_cast<int>(next.below(3)), i);
                if (l.begin(at) == answer::must_wait) waiting.insert(at);
            }
            settle();
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
