// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/target_selector.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cmath>
#include <limits>
#include <optional>
#include <random>
#include <vector>

namespace {

using namespace async_llm::policy;
using namespace std::chrono_literals;
using async_llm::circuit_breaker_policy;
using async_llm::target_order;
using board = async_llm::policy::target_selector;
using kind = async_llm::policy::failure_domain;
using traits = std::vector<target_traits>;
using flags = std::vector<bool>;

constexpr time_point start(1h);
constexpr auto never = time_point::max();
constexpr std::size_t nobody = 99;

double no_chance() {
    BOOST_TEST(false, "chance was asked for");
    return 0;
}

/// Targets with so many keys each, asked in order.
board in_order(std::vector<std::size_t> const& keys, circuit_breaker_policy const& config = {}) {
    traits each;
    for (auto const count : keys) each.emplace_back(1, count);
    return board(each, target_order::in_order, config, no_chance);
}

/// Returns the target of a call that ends immediately without a result.
std::size_t asked(board& b, flags const& tried = {}, time_point at = start) {
    auto const choice = b.pick(tried, at);
    if (!choice) return nobody;
    b.record(*choice, kind::caller, std::nullopt, at);
    return choice->target;
}

/// A call that ends so; returns whom it asked, with which key.
target_choice
run(board& b, kind how, std::optional<duration> pause = {}, time_point at = start, flags const& tried = {}) {
    auto const choice = b.pick(tried, at);
    BOOST_TEST_REQUIRE(choice.has_value());
    b.record(*choice, how, pause, at);
    return *choice;
}

} // namespace

BOOST_AUTO_TEST_SUITE(target_selector)

BOOST_AUTO_TEST_CASE(the_first_target_is_asked_and_the_others_stand_by) {
    auto b = in_order({1, 1, 1});
    for (int i = 0; i < 3; ++i) BOOST_TEST(asked(b) == 0u);
    BOOST_TEST((b.available_at() <= start));
}

BOOST_AUTO_TEST_CASE(a_call_moves_on_to_targets_it_has_not_tried) {
    auto b = in_order({1, 1, 1});
    BOOST_TEST(asked(b, {true, false, false}) == 1u);
    BOOST_TEST(asked(b, {true, true, false}) == 2u);
    BOOST_TEST(b.has_other({true, true, false}, start));
    BOOST_TEST(!b.has_other({true, true, true}, start));
    // All were tried: from the start.
    BOOST_TEST(asked(b, {true, true, true}) == 0u);
    // Shorter lists mean the others were not.
    BOOST_TEST(asked(b, {true}) == 1u);
}

BOOST_AUTO_TEST_CASE(failures_in_a_row_make_the_next_target_the_first) {
    auto b = in_order({1, 1});
    for (int i = 0; i < 5; ++i) BOOST_TEST(run(b, kind::endpoint).target == 0u);
    BOOST_TEST(asked(b) == 1u);
    BOOST_TEST(!b.has_other({false, true}, start));
    // One that was tried and is available comes before one that is left alone.
    BOOST_TEST(asked(b, {false, true}) == 1u);
    BOOST_TEST(asked(b, {}, start + 5s) == 0u);
}

BOOST_AUTO_TEST_CASE(only_what_speaks_against_a_target_counts) {
    for (auto const how : {kind::caller, kind::request, kind::missing, kind::success}) {
        auto b = in_order({1, 1});
        for (int i = 0; i < 20; ++i) run(b, how);
        BOOST_TEST(asked(b) == 0u);
    }
    for (auto const how : {kind::overload, kind::endpoint, kind::reply}) {
        auto b = in_order({1, 1});
        for (int i = 0; i < 5; ++i) run(b, how);
        BOOST_TEST(asked(b) == 1u);
    }
}

BOOST_AUTO_TEST_CASE(a_call_that_told_nothing_lets_the_next_one_find_out) {
    auto b = in_order({1, 1});
    for (int i = 0; i < 5; ++i) run(b, kind::endpoint);
    auto const now = start + 5s;
    auto const probe = b.pick({}, now);
    BOOST_TEST_REQUIRE(probe.has_value());
    BOOST_TEST(probe->target == 0u);
    BOOST_TEST(asked(b, {}, now) == 1u);
    b.record(*probe, kind::request, std::nullopt, now);
    BOOST_TEST(run(b, kind::success, {}, now).target == 0u);
    BOOST_TEST(asked(b, {}, now) == 0u);
}

BOOST_AUTO_TEST_CASE(a_client_with_one_target_asks_it_whatever_happens) {
    auto b = in_order({1});
    for (int i = 0; i < 100; ++i) {
        run(b, kind::endpoint, 1h);
        run(b, kind::rate, 1h);
        run(b, kind::key, 1h);
    }
    BOOST_TEST(asked(b) == 0u);
    BOOST_TEST((b.available_at() <= start));
}

BOOST_AUTO_TEST_CASE(unless_it_is_told_to_leave_it_alone) {
    circuit_breaker_policy config;
    config.failures = 2;
    config.cooldown = 3s;
    auto b = in_order({1}, config);
    run(b, kind::endpoint);
    run(b, kind::endpoint);
    BOOST_TEST(asked(b) == nobody);
    BOOST_TEST((b.available_at() == start + 3s));
    auto const probe = b.pick({}, start + 3s);
    BOOST_TEST_REQUIRE(probe.has_value());
    BOOST_TEST(asked(b, {}, start + 3s) == nobody);
    BOOST_TEST((b.available_at() == never));
    b.record(*probe, kind::success, std::nullopt, start + 4s);
    BOOST_TEST(asked(b, {}, start + 4s) == 0u);
}

BOOST_AUTO_TEST_CASE(the_breaker_may_be_turned_off) {
    circuit_breaker_policy config;
    config.failures = 0;
    auto b = in_order({1, 1}, config);
    for (int i = 0; i < 100; ++i) BOOST_TEST(run(b, kind::endpoint).target == 0u);
}

BOOST_AUTO_TEST_CASE(a_target_that_asks_for_a_pause_gets_it) {
    for (auto const how : {kind::overload, kind::endpoint, kind::rate, kind::key}) {
        auto b = in_order({1, 1});
        run(b, how, 20s);
        BOOST_TEST(asked(b) == 1u);
        BOOST_TEST(asked(b, {}, start + 20s - 1ns) == 1u);
        BOOST_TEST(asked(b, {}, start + 20s) == 0u);
    }
    for (auto const how : {kind::success, kind::caller, kind::request, kind::missing}) {
        auto b = in_order({1, 1});
        run(b, how, 20s);
        BOOST_TEST(asked(b) == 0u);
    }
}

BOOST_AUTO_TEST_CASE(a_target_whose_only_key_is_no_good_rests_for_the_cooldown) {
    for (auto const how : {kind::rate, kind::key}) {
        auto b = in_order({1, 1});
        run(b, how, -1s);
        BOOST_TEST(asked(b) == 1u);
        BOOST_TEST(asked(b, {}, start + 5s - 1ns) == 1u);
        BOOST_TEST(asked(b, {}, start + 5s) == 0u);
    }
}

BOOST_AUTO_TEST_CASE(no_pause_is_longer_than_a_day) {
    auto b = in_order({1, 2});
    run(b, kind::overload, duration::max());
    BOOST_TEST(asked(b, {}, start + 24h - 1ns) == 1u);
    BOOST_TEST(asked(b, {}, start + 24h) == 0u);
    run(b, kind::rate, duration::max(), start, {true, false});
    run(b, kind::rate, duration::max(), start, {true, false});
    BOOST_TEST((b.available_at() == start + 24h));
}

BOOST_AUTO_TEST_CASE(when_nobody_may_be_asked_it_is_known_when_somebody_may) {
    auto b = in_order({1, 1});
    run(b, kind::overload, 20s);
    run(b, kind::overload, 10s);
    BOOST_TEST(!b.has_other({}, start));
    BOOST_TEST((b.available_at() == start + 10s));
    BOOST_TEST(asked(b, {}, start + 10s) == 1u);
}

BOOST_AUTO_TEST_CASE(when_all_rest_the_one_whose_rest_ends_first_is_asked) {
    auto b = in_order({1, 2});
    run(b, kind::overload, 20s);
    BOOST_TEST(run(b, kind::rate, 15s).target == 1u);
    BOOST_TEST(run(b, kind::rate, 10s).key == 1u);
    auto const choice = run(b, kind::caller);
    BOOST_TEST(choice.target == 1u);
    BOOST_TEST(choice.key == 1u);
    // But no target that is left alone for failures.
    for (int i = 0; i < 5; ++i) run(b, kind::endpoint, {}, start + 10s);
    BOOST_TEST(asked(b, {}, start + 10s) == 0u);
    for (int i = 0; i < 4; ++i) run(b, kind::endpoint, {}, start + 10s);
    BOOST_TEST(asked(b, {}, start + 10s) == nobody);
}

BOOST_AUTO_TEST_CASE(a_refused_key_makes_way_for_the_next_of_the_same_target) {
    auto b = in_order({2, 1});
    auto const first = run(b, kind::key);
    BOOST_TEST(first.target == 0u);
    BOOST_TEST(first.key == 0u);
    BOOST_TEST(b.has_key(0, start));
    auto const second = run(b, kind::success);
    BOOST_TEST(second.target == 0u);
    BOOST_TEST(second.key == 1u);
    BOOST_TEST(run(b, kind::key).key == 1u);
    // There is no good one left.
    BOOST_TEST(!b.has_key(0, start));
    BOOST_TEST(run(b, kind::success).key == 0u);
    BOOST_TEST(b.has_key(0, start));
}

BOOST_AUTO_TEST_CASE(a_single_key_that_was_refused_is_no_other_key) {
    auto b = in_order({1});
    BOOST_TEST(b.has_key(0, start));
    run(b, kind::key);
    BOOST_TEST(!b.has_key(0, start));
    run(b, kind::success);
    BOOST_TEST(b.has_key(0, start));
    run(b, kind::rate);
    BOOST_TEST(!b.has_key(0, start));
    BOOST_TEST(b.has_key(0, start + 5s));
}

BOOST_AUTO_TEST_CASE(a_target_that_is_left_alone_has_no_key) {
    auto b = in_order({2, 1});
    run(b, kind::overload, 20s);
    BOOST_TEST(!b.has_key(0, start));
    BOOST_TEST(b.has_key(0, start + 20s));
}

BOOST_AUTO_TEST_CASE(a_key_at_its_limit_rests_and_not_the_target) {
    circuit_breaker_policy config;
    config.cooldown = 7s;
    auto b = in_order({2, 1}, config);
    BOOST_TEST(run(b, kind::rate, 20s).key == 0u);
    BOOST_TEST(run(b, kind::success).key == 1u);
    BOOST_TEST(run(b, kind::success).key == 1u);
    // Without a reported pause, for the cooldown. Now both rest.
    BOOST_TEST(run(b, kind::rate).key == 1u);
    BOOST_TEST(asked(b) == 1u);
    BOOST_TEST(run(b, kind::success, {}, start + 7s).key == 1u);
    BOOST_TEST(run(b, kind::success, {}, start + 20s).key == 0u);
}

BOOST_AUTO_TEST_CASE(by_weight_targets_get_their_share) {
    std::mt19937 engine(5);
    std::uniform_real_distribution<double> unit(0, 1);
    board b({{6, 1}, {3, 1}, {1, 1}}, target_order::by_weight, {}, [&] { return unit(engine); });
    auto const shares = [&b](flags const& tried) {
        std::vector<double> counts(3);
        for (int i = 0; i < 20'000; ++i) counts[asked(b, tried)] += 1 / 20'000.0;
        return counts;
    };
    auto const all = shares({});
    BOOST_TEST(std::abs(all[0] - 0.6) < 0.03);
    BOOST_TEST(std::abs(all[1] - 0.3) < 0.03);
    BOOST_TEST(std::abs(all[2] - 0.1) < 0.03);
    // After a failure one of the others, likewise.
    auto const others = shares({true, false, false});
    BOOST_TEST(others[0] == 0);
    BOOST_TEST(std::abs(others[1] - 0.75) < 0.03);
    // Those that are left alone leave their share to the others.
    while (b.has_other({false, true, true}, start)) run(b, kind::endpoint, 1h, start, {false, true, true});
    BOOST_TEST(shares({})[0] == 0);
}

BOOST_AUTO_TEST_CASE(weights_and_chances_without_sense_do_no_harm) {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    constexpr double infinite = std::numeric_limits<double>::infinity();
    for (double const weight : {0.0, -1.0, nan, infinite, 1e308}) {
        for (double const chance : {0.0, 0.5, 1.0, -1.0, nan, infinite}) {
            board b({{weight, 1}, {weight, 1}}, target_order::by_weight, {}, [chance] { return chance; });
            BOOST_TEST(asked(b) < 2u);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
