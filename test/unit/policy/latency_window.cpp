// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/latency_window.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

namespace {

using namespace async_llm::policy;
using namespace std::chrono_literals;
using window = async_llm::policy::latency_window;

/// Calls that took from 1 to `last` milliseconds, in random order.
window filled(int last) {
    std::vector<int> times(static_cast<std::size_t>(last));
    std::iota(times.begin(), times.end(), 1);
    std::shuffle(times.begin(), times.end(), std::mt19937(7));
    window w;
    for (int const time : times) w.add(std::chrono::milliseconds(time));
    return w;
}

} // namespace

BOOST_AUTO_TEST_SUITE(latency_window)

BOOST_AUTO_TEST_CASE(a_few_calls_tell_nothing) {
    window w;
    for (std::size_t i = 0; i + 1 < window::least; ++i) w.add(1s);
    BOOST_TEST(!w.percentile(0.5));
    w.add(1s);
    BOOST_TEST((w.percentile(0.5) == duration(1s)));
}

BOOST_AUTO_TEST_CASE(the_percentile_is_what_this_share_did_not_exceed) {
    auto const w = filled(100);
    for (int i = 1; i <= 100; ++i)
        BOOST_TEST((w.percentile(i / 100.0) == duration(std::chrono::milliseconds(i))), i);
    BOOST_TEST((w.percentile(0.951) == duration(96ms)));
    BOOST_TEST((filled(21).percentile(0.5) == duration(11ms)));
}

BOOST_AUTO_TEST_CASE(every_share_has_an_answer) {
    auto const w = filled(100);
    constexpr double infinite = std::numeric_limits<double>::infinity();
    for (double const share : {0.0, -1.0, -infinite, std::numeric_limits<double>::quiet_NaN()})
        BOOST_TEST((w.percentile(share) == duration(1ms)), share);
    for (double const share : {1.0, 1.5, 1e300, infinite})
        BOOST_TEST((w.percentile(share) == duration(100ms)), share);
}

BOOST_AUTO_TEST_CASE(old_calls_are_forgotten) {
    window w;
    for (int i = 0; i < 1000; ++i) w.add(1h);
    for (int i = 0; i < 255; ++i) w.add(1s);
    BOOST_TEST((w.percentile(1) == duration(1h)));
    w.add(1s);
    BOOST_TEST((w.percentile(1) == duration(1s)));
}

BOOST_AUTO_TEST_CASE(asking_changes_nothing) {
    auto const w = filled(50);
    auto const before = w.percentile(0.9);
    BOOST_TEST((w.percentile(0.1) == duration(5ms)));
    BOOST_TEST((w.percentile(0.9) == before));
}

BOOST_AUTO_TEST_SUITE_END()
