// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/memory_budget.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <map>
#include <random>
#include <vector>

using async_llm::policy::holder_id;
using budget_type = async_llm::policy::memory_budget;

BOOST_AUTO_TEST_SUITE(memory_budget)

BOOST_AUTO_TEST_CASE(gives_what_is_left) {
    budget_type budget(100);
    BOOST_TEST(budget.acquire(1, 60));
    BOOST_TEST(budget.acquire(2, 40));
    BOOST_TEST(budget.held() == 100U);
    budget.release(1, 60);
    BOOST_TEST(budget.held() == 40U);
    BOOST_TEST(budget.grant_next() == 0U);
    BOOST_TEST(budget.acquire(3, 60));
}

BOOST_AUTO_TEST_CASE(one_holder_may_go_beyond) {
    budget_type budget(100);
    BOOST_TEST(budget.acquire(1, 60));
    BOOST_TEST(budget.acquire(2, 60));
    BOOST_TEST(!budget.acquire(3, 60));
    // And on, but no other one.
    BOOST_TEST(budget.acquire(2, 60));
    BOOST_TEST(!budget.acquire(1, 10));
    BOOST_TEST(budget.waiting() == 2U);
    BOOST_TEST(budget.held() == 180U);
    budget.release(2, 120);
    // 3 goes beyond in its place, and 1 has to wait for it.
    BOOST_TEST(budget.grant_next() == 3U);
    BOOST_TEST(budget.grant_next() == 0U);
    budget.release(3, 60);
    BOOST_TEST(budget.grant_next() == 1U);
    BOOST_TEST(budget.held() == 70U);
    BOOST_TEST(budget.waiting() == 0U);
}

BOOST_AUTO_TEST_CASE(a_part_may_be_given_back) {
    budget_type budget(100);
    BOOST_TEST(budget.acquire(1, 500));
    BOOST_TEST(!budget.acquire(2, 60));
    // As long as not all fits, it is the one beyond.
    budget.give_back(1, 350);
    BOOST_TEST(budget.held() == 150U);
    BOOST_TEST(budget.grant_next() == 0U);
    budget.give_back(1, 50);
    BOOST_TEST(budget.held() == 100U);
    BOOST_TEST(budget.grant_next() == 2U);
    BOOST_TEST(budget.held() == 160U);
    BOOST_TEST(!budget.acquire(1, 1));
}

BOOST_AUTO_TEST_CASE(what_others_give_back_does_not_change_who_is_beyond) {
    budget_type budget(100);
    BOOST_TEST(budget.acquire(1, 90));
    BOOST_TEST(budget.acquire(2, 95));
    budget.give_back(1, 89);
    BOOST_TEST(budget.held() == 96U);
    BOOST_TEST(!budget.acquire(3, 50));
}

BOOST_AUTO_TEST_CASE(waiters_are_served_in_order) {
    budget_type budget(100);
    BOOST_TEST(budget.acquire(1, 100));
    BOOST_TEST(budget.acquire(2, 1));
    BOOST_TEST(!budget.acquire(3, 50));
    // It would fit before 3 does.
    BOOST_TEST(!budget.acquire(4, 1));
    budget.release(1, 100);
    BOOST_TEST(budget.grant_next() == 3U);
    BOOST_TEST(budget.grant_next() == 4U);
    BOOST_TEST(budget.grant_next() == 0U);
}

BOOST_AUTO_TEST_CASE(nobody_overtakes_a_waiter_with_what_is_left) {
    budget_type budget(100);
    BOOST_TEST(budget.acquire(1, 50));
    BOOST_TEST(budget.acquire(2, 40));
    BOOST_TEST(budget.acquire(3, 20));
    BOOST_TEST(!budget.acquire(4, 80));
    budget.release(2, 40);
    BOOST_TEST(budget.grant_next() == 0U);
    // There are 30 left.
    BOOST_TEST(!budget.acquire(5, 10));
    budget.release(3, 20);
    BOOST_TEST(budget.grant_next() == 4U);
    BOOST_TEST(budget.grant_next() == 0U);
    budget.release(4, 80);
    BOOST_TEST(budget.grant_next() == 5U);
}

BOOST_AUTO_TEST_CASE(a_waiter_may_give_up) {
    budget_type budget(100);
    BOOST_TEST(budget.acquire(1, 90));
    BOOST_TEST(budget.acquire(2, 90));
    BOOST_TEST(!budget.acquire(3, 90));
    BOOST_TEST(!budget.acquire(4, 5));
    BOOST_TEST(budget.cancel(3));
    BOOST_TEST(!budget.cancel(3));
    BOOST_TEST(budget.grant_next() == 0U);
    budget.release(2, 90);
    BOOST_TEST(budget.grant_next() == 4U);
    BOOST_TEST(!budget.cancel(4));
}

BOOST_AUTO_TEST_CASE(zero_is_no_limit) {
    budget_type budget(0);
    BOOST_TEST(budget.acquire(1, static_cast<std::size_t>(-1) / 4));
    BOOST_TEST(budget.acquire(2, static_cast<std::size_t>(-1) / 4));
    BOOST_TEST(budget.waiting() == 0U);
}

// Whatever happens: none waits while it fits or while none is beyond the limit, and all bytes are
// accounted for.
BOOST_AUTO_TEST_CASE(model) {
    constexpr std::size_t limit = 1000;
    for (unsigned seed = 0; seed != 200; ++seed) {
        std::mt19937 random(seed);
        budget_type budget(limit);
        std::map<holder_id, std::size_t> held;
        std::deque<std::pair<holder_id, std::size_t>> queue;
        holder_id next = 1;
        auto const grant = [&] {
            while (auto const id = budget.grant_next()) {
                BOOST_REQUIRE(!queue.empty());
                BOOST_REQUIRE(queue.front().first == id);
                held[id] += queue.front().second;
                queue.pop_front();
            }
        };
        auto const waits = [&](holder_id id) {
            return std::any_of(queue.begin(), queue.end(), [id](auto const& each) {
                return each.first == id;
            });
        };
        for (int step = 0; step != 400; ++step) {
            auto const what = random() % 4;
            auto const bytes = random() % 400;
            auto const chosen = held.empty()
                ? held.end()
                : std::next(held.begin(), static_cast<long>(random() % held.size()));
            if (what < 2) {
                auto const id = what == 0 || chosen == held.end() ? next++ : chosen->first;
                if (waits(id)) continue;
                if (budget.acquire(id, bytes))
                    held[id] += bytes;
                else
                    queue.emplace_back(id, bytes);
            } else if (what == 2 && chosen != held.end() && !waits(chosen->first)) {
                budget.release(chosen->first, chosen->second);
                held.erase(chosen);
                grant();
            } else if (what == 3 && !queue.empty()) {
                auto const place = std::next(queue.begin(), static_cast<long>(random() % queue.size()));
                BOOST_REQUIRE(budget.cancel(place->first));
                queue.erase(place);
                grant();
            }
            std::size_t sum = 0;
            for (auto const& [id, size] : held) sum += size;
            BOOST_REQUIRE(budget.held() == sum);
            BOOST_REQUIRE(budget.waiting() == queue.size());
            // One is beyond the limit, or none would wait.
            if (!queue.empty()) BOOST_REQUIRE(sum + queue.front().second > limit);
            if (!queue.empty()) BOOST_REQUIRE(!held.empty());
        }
        // When those who hold something end, one after the other, each gets what it waits for.
        while (!held.empty()) {
            auto const one =
                std::find_if(held.begin(), held.end(), [&](auto const& each) { return !waits(each.first); });
            BOOST_REQUIRE(one != held.end());
            budget.release(one->first, one->second);
            held.erase(one);
            grant();
        }
        BOOST_REQUIRE(queue.empty());
        BOOST_REQUIRE(budget.held() == 0U);
    }
}

BOOST_AUTO_TEST_SUITE_END()
