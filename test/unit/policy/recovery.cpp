// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/recovery.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

// Steps after failed attempts, one by one, and then those of random calls, which a model knows in other
// words.

using namespace async_llm;
using namespace std::chrono_literals;
using policy::recovery_step;

namespace {

/// Targets and budget that a test sets.
struct scripted_resources final : policy::recovery_resources {
    bool has_other_key(std::size_t target) const override { return keys.contains(target); }
    bool has_other_target(std::vector<bool> const& tried) const override {
        return std::any_of(available.begin(), available.end(), [&](std::size_t i) {
            return i >= tried.size() || !tried[i];
        });
    }
    bool take_from_budget() override { return budget != 0 && budget-- != 0; }
    double random() override { return 0.5; }

    /// Targets with a key that may be asked.
    std::set<std::size_t> keys;
    std::set<std::size_t> available;
    int budget = 1000;
};

error_code const unauthorized = make_http_error(401);
error_code const rate_limited = make_http_error(429);
error_code const overloaded = make_http_error(503);
error_code const missing = make_http_error(404);
error_code const bad_request = make_http_error(400);

struct call {
    explicit call(std::size_t count) : targets(count) {
        for (std::size_t i = 0; i != count; ++i) shared.available.insert(i);
        retries.max_attempts = 100;
    }

    policy::recovery_decision fail(error_code ec, std::size_t target = 0) {
        if (!state) state.emplace(retries, fallback, targets);
        ++attempts;
        policy::failed_try last(ec, said, limits);
        last.sent = true;
        last.content_delivered = delivered;
        last.attempts = unsent ? 0 : attempts;
        last.max_attempts = max_attempts;
        policy::attempt_outcome failed(last, target, spare_keys);
        failed.stop_is_final = stop_is_final;
        failed.is_shared = is_shared;
        return state->decide(failed, shared);
    }

    recovery_step step(error_code ec, std::size_t target = 0) { return fail(ec, target).step; }
    retry_stop stop(error_code ec) { return fail(ec).stop; }

    std::size_t targets;
    retry_policy retries;
    fallback_policy fallback;
    scripted_resources shared;
    api_error said;
    rate_limit_info limits;
    std::optional<policy::recovery> state;
    std::size_t spare_keys = 0;
    int attempts = 0;
    int max_attempts = 100;
    bool delivered = false;
    bool unsent = false;
    bool stop_is_final = false;
    bool is_shared = false;
};

} // namespace

BOOST_AUTO_TEST_SUITE(recovery)

BOOST_AUTO_TEST_CASE(a_lone_target_is_asked_again_after_a_wait) {
    call c(1);
    for (int i = 0; i != 5; ++i) {
        auto const next = c.fail(overloaded);
        BOOST_TEST((next.step == recovery_step::retry));
        BOOST_TEST((next.wait > 0ns));
        BOOST_TEST((next.stop == retry_stop::none));
    }
}

BOOST_AUTO_TEST_CASE(what_another_attempt_would_not_mend_is_given_up) {
    call c(1);
    BOOST_TEST((c.stop(bad_request) == retry_stop::final_error));
    BOOST_TEST((c.step(bad_request) == recovery_step::give_up));
    c.max_attempts = c.attempts + 1;
    BOOST_TEST((c.stop(overloaded) == retry_stop::attempts_exhausted));
}

BOOST_AUTO_TEST_CASE(a_call_that_must_end_is_given_up) {
    call c(2);
    c.stop_is_final = true;
    auto const next = c.fail(overloaded);
    BOOST_TEST((next.step == recovery_step::give_up));
    BOOST_TEST((next.stop == retry_stop::ended));
}

BOOST_AUTO_TEST_CASE(delivered_content_is_not_asked_for_again) {
    call c(2);
    c.delivered = true;
    auto const next = c.fail(overloaded);
    BOOST_TEST((next.step == recovery_step::give_up));
    BOOST_TEST((next.stop == retry_stop::content_delivered));
}

BOOST_AUTO_TEST_CASE(a_call_that_may_have_been_processed_is_not_sent_again_unless_allowed) {
    call c(2);
    c.retries.resend_sent = false;
    auto const next = c.fail(errc::connection_lost);
    BOOST_TEST((next.step == recovery_step::give_up));
    BOOST_TEST((next.stop == retry_stop::maybe_processed));
    c.retries.resend_sent = true;
    BOOST_TEST((c.step(errc::connection_lost) == recovery_step::change_target));
}

BOOST_AUTO_TEST_CASE(an_unsent_call_goes_elsewhere_only_if_limits_of_the_client_kept_it) {
    call c(2);
    c.unsent = true;
    BOOST_TEST((c.step(errc::invalid_request) == recovery_step::give_up));
    BOOST_TEST((c.step(errc::circuit_open) == recovery_step::give_up));
    BOOST_TEST((c.step(errc::spending_limit_reached) == recovery_step::give_up));
    BOOST_TEST((c.step(errc::shared_limits_failed) == recovery_step::give_up));
    BOOST_TEST((c.step(errc::rate_limit_reached) == recovery_step::change_target));
    call other(2);
    other.unsent = true;
    other.fallback.moves_on = [](error_code, api_error const&) { return true; };
    BOOST_TEST((other.step(errc::invalid_request) == recovery_step::give_up));
}

BOOST_AUTO_TEST_CASE(each_further_key_of_a_target_is_tried_once) {
    call c(1);
    c.spare_keys = 2;
    c.shared.keys = {0};
    BOOST_TEST((c.step(unauthorized) == recovery_step::change_key));
    BOOST_TEST((c.step(rate_limited) == recovery_step::change_key));
    // The wait begins all over.
    BOOST_TEST((c.step(rate_limited) == recovery_step::retry));
    BOOST_TEST((c.step(rate_limited) == recovery_step::change_key));
}

BOOST_AUTO_TEST_CASE(a_key_changes_for_failures_of_a_key_and_if_there_is_one) {
    call c(1);
    c.spare_keys = 9;
    c.shared.keys = {0};
    BOOST_TEST((c.step(overloaded) == recovery_step::retry));
    BOOST_TEST((c.step(missing) == recovery_step::give_up));
    c.shared.keys.clear();
    BOOST_TEST((c.step(unauthorized) == recovery_step::give_up));
    BOOST_TEST((c.step(rate_limited) == recovery_step::retry));
}

BOOST_AUTO_TEST_CASE(each_target_is_asked_once_between_two_waits) {
    call c(3);
    BOOST_TEST((c.step(overloaded, 0) == recovery_step::change_target));
    BOOST_TEST((c.step(missing, 1) == recovery_step::change_target));
    BOOST_TEST((c.state->tried() == std::vector<bool>{true, true, false}));
    BOOST_TEST((c.step(overloaded, 2) == recovery_step::retry));
    BOOST_TEST((c.state->tried() == std::vector<bool>{false, false, false}));
    BOOST_TEST((c.step(overloaded, 0) == recovery_step::change_target));
}

BOOST_AUTO_TEST_CASE(a_target_that_is_not_available_does_not_count) {
    call c(2);
    c.shared.available = {0};
    BOOST_TEST((c.step(overloaded, 0) == recovery_step::retry));
    BOOST_TEST((c.step(missing, 0) == recovery_step::give_up));
}

BOOST_AUTO_TEST_CASE(keys_are_counted_for_each_target) {
    call c(2);
    c.spare_keys = 1;
    c.shared.keys = {0, 1};
    BOOST_TEST((c.step(unauthorized, 0) == recovery_step::change_key));
    BOOST_TEST((c.step(unauthorized, 0) == recovery_step::change_target));
    BOOST_TEST((c.step(unauthorized, 1) == recovery_step::change_key));
    BOOST_TEST((c.step(unauthorized, 1) == recovery_step::give_up));
}

BOOST_AUTO_TEST_CASE(a_failure_of_the_request_stays_where_it_was) {
    call c(2);
    BOOST_TEST((c.step(bad_request) == recovery_step::give_up));
}

BOOST_AUTO_TEST_CASE(the_user_decides_what_moves_on) {
    call c(2);
    std::vector<error_code> asked;
    c.fallback.moves_on = [&asked](error_code ec, api_error const&) {
        asked.push_back(ec);
        return ec == make_http_error(400);
    };
    BOOST_TEST((c.step(bad_request, 0) == recovery_step::change_target));
    BOOST_TEST((c.step(overloaded, 1) == recovery_step::retry));
    BOOST_TEST((asked == std::vector<error_code>{bad_request, overloaded}));
}

BOOST_AUTO_TEST_CASE(the_end_of_a_shared_connection_costs_budget_once) {
    call first(1);
    call second(1);
    first.shared.budget = 1;
    BOOST_TEST((first.step(errc::connection_lost) == recovery_step::retry));
    BOOST_TEST(first.shared.budget == 0);
    second.shared.budget = 0;
    second.is_shared = true;
    BOOST_TEST((second.step(errc::connection_lost) == recovery_step::retry));
}

BOOST_AUTO_TEST_CASE(waits_cost_budget_and_moves_do_not) {
    call c(2);
    c.shared.budget = 1;
    BOOST_TEST((c.step(overloaded, 0) == recovery_step::change_target));
    BOOST_TEST((c.step(overloaded, 1) == recovery_step::retry));
    BOOST_TEST((c.step(overloaded, 0) == recovery_step::change_target));
    auto const last = c.fail(overloaded, 1);
    BOOST_TEST((last.step == recovery_step::give_up));
    BOOST_TEST((last.stop == retry_stop::budget_exhausted));
}

// -------------------------------------------------------------------------------------------------- the
// model

namespace {

enum class about { key, target, request, wait };

struct failure {
    error_code ec;
    /// Remedies: another key, another target, a wait.
    std::set<about> helps;
};

std::vector<failure> const failures{
    {unauthorized, {about::key, about::target}},
    {rate_limited, {about::key, about::target, about::wait}},
    {overloaded, {about::target, about::wait}},
    {missing, {about::target}},
    {bad_request, {}},
    {errc::connection_lost, {about::target, about::wait}},
    {errc::connect_failed, {about::target, about::wait}},
};

} // namespace

// Of random calls: who was asked with which key since the last wait is written down, and each step has to be
// the first of those that would help and are to be had.
BOOST_AUTO_TEST_CASE(random_calls_follow_the_rules) {
    std::mt19937 engine(20261126);
    auto const below = [&engine](std::size_t n) { return engine() % n; };
    for (int round = 0; round != 3000; ++round) {
        call c(1 + below(4));
        c.spare_keys = below(3);
        c.shared.budget = static_cast<int>(below(4));
        int budget = c.shared.budget;
        std::set<std::size_t> asked;
        std::size_t keys_asked = 0;
        std::size_t target = 0;
        for (;;) {
            for (std::size_t i = 0; i != c.targets; ++i) {
                if (below(4) == 0)
                    c.shared.available.erase(i);
                else
                    c.shared.available.insert(i);
                if (below(4) == 0)
                    c.shared.keys.erase(i);
                else
                    c.shared.keys.insert(i);
            }
            auto const& why = failures[below(failures.size())];
            auto const next = c.fail(why.ec, target);

            bool const key =
                why.helps.contains(about::key) && keys_asked < c.spare_keys && c.shared.keys.contains(target);
            if (!key) asked.insert(target);
            std::vector<std::size_t> others;
            for (auto const i : c.shared.available)
                if (!asked.contains(i)) others.push_back(i);
            bool const other = why.helps.contains(about::target) && !others.empty();
            bool const wait = why.helps.contains(about::wait);
            auto const expected = key ? recovery_step::change_key
                : other               ? recovery_step::change_target
                : wait && budget != 0 ? recovery_step::retry
                                      : recovery_step::give_up;
            BOOST_TEST_REQUIRE((next.step == expected), "round " << round << ", " << why.ec.message());
            if (expected == recovery_step::give_up) {
                BOOST_TEST((next.stop == (wait ? retry_stop::budget_exhausted : retry_stop::final_error)));
                break;
            }
            BOOST_TEST((next.stop == retry_stop::none));
            BOOST_TEST((next.wait > 0ns) == (expected == recovery_step::retry));
            if (key) {
                ++keys_asked;
            } else if (other) {
                target = others[below(others.size())];
                keys_asked = 0;
            } else {
                --budget;
                asked.clear();
                keys_asked = 0;
                target = below(c.targets);
            }
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
