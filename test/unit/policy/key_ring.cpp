// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/key_ring.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <optional>
#include <vector>

namespace {

using namespace async_llm::policy;
using namespace std::chrono_literals;
using ring = async_llm::policy::key_ring;
using keys = std::vector<std::size_t>;

constexpr time_point start(1h);

/// The keys that are picked one after the other.
keys picked(ring& r, int times, time_point at = start) {
    keys result;
    for (int i = 0; i < times; ++i) result.push_back(r.pick(at).value_or(99));
    return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(key_ring)

BOOST_AUTO_TEST_CASE(keys_are_used_in_turn) {
    ring r(3);
    BOOST_TEST(r.count() == 3u);
    BOOST_TEST((picked(r, 7) == keys{0, 1, 2, 0, 1, 2, 0}));
}

BOOST_AUTO_TEST_CASE(asking_whether_there_is_one_takes_none) {
    ring r(2);
    BOOST_TEST(r.available(start));
    BOOST_TEST(r.available(start));
    BOOST_TEST((picked(r, 1) == keys{0}));
}

BOOST_AUTO_TEST_CASE(a_single_key_is_always_used_though_it_may_be_no_good) {
    ring r(1);
    BOOST_TEST(r.has_good(start));
    r.retire(0);
    BOOST_TEST(!r.has_good(start));
    r.rest(0, start + 1h);
    BOOST_TEST((picked(r, 2) == keys{0, 0}));
    BOOST_TEST(r.available(start));
    BOOST_TEST((r.available_at() <= start));
    r.restore(0);
    BOOST_TEST(!r.has_good(start));
    BOOST_TEST(r.has_good(start + 1h));
}

BOOST_AUTO_TEST_CASE(there_is_at_least_one) {
    ring r(0);
    BOOST_TEST((picked(r, 2) == keys{0, 0}));
}

BOOST_AUTO_TEST_CASE(a_refused_key_is_passed_over) {
    ring r(3);
    r.retire(1);
    BOOST_TEST((picked(r, 4) == keys{0, 2, 0, 2}));
    BOOST_TEST(r.has_good(start));
    r.restore(1);
    BOOST_TEST((picked(r, 3) == keys{0, 1, 2}));
}

BOOST_AUTO_TEST_CASE(a_key_that_rests_is_passed_over_until_then) {
    ring r(2);
    r.rest(0, start + 5s);
    BOOST_TEST((picked(r, 2) == keys{1, 1}));
    BOOST_TEST((r.available_at() <= start));
    BOOST_TEST((picked(r, 2, start + 5s) == keys{0, 1}));
}

BOOST_AUTO_TEST_CASE(of_two_rests_the_later_end_counts) {
    ring r(2);
    r.rest(1, start + 1h);
    r.rest(0, start + 9s);
    r.rest(0, start + 5s);
    BOOST_TEST((r.available_at() == start + 9s));
}

BOOST_AUTO_TEST_CASE(when_all_rest_there_is_none_until_the_first_is_back) {
    ring r(3);
    r.rest(0, start + 9s);
    r.rest(1, start + 5s);
    r.rest(2, start + 7s);
    BOOST_TEST(!r.available(start));
    BOOST_TEST(!r.has_good(start));
    BOOST_TEST(!r.pick(start));
    BOOST_TEST((r.available_at() == start + 5s));
    BOOST_TEST((picked(r, 1, start + 5s) == keys{1}));
}

BOOST_AUTO_TEST_CASE(a_refused_key_is_not_used_while_another_rests) {
    ring r(2);
    r.retire(0);
    r.rest(1, start + 5s);
    BOOST_TEST(!r.pick(start));
    BOOST_TEST(!r.available(start));
    BOOST_TEST((r.available_at() == start + 5s));
    BOOST_TEST((picked(r, 2, start + 5s) == keys{1, 1}));
}

BOOST_AUTO_TEST_CASE(when_all_were_refused_the_one_that_was_refused_first_is_tried_again) {
    ring r(3);
    r.retire(1);
    r.retire(2);
    r.retire(0);
    BOOST_TEST(r.available(start));
    BOOST_TEST(!r.has_good(start));
    BOOST_TEST((r.available_at() <= start));
    BOOST_TEST((picked(r, 2) == keys{1, 1}));
    r.retire(1);
    BOOST_TEST((picked(r, 2) == keys{2, 2}));
    r.retire(2);
    BOOST_TEST((picked(r, 1) == keys{0}));
    r.restore(0);
    BOOST_TEST((picked(r, 2) == keys{0, 0}));
    BOOST_TEST(r.has_good(start));
}

BOOST_AUTO_TEST_CASE(when_all_were_refused_those_that_rest_do_so_all_the_same) {
    ring r(2);
    r.rest(0, start + 5s);
    r.retire(0);
    r.retire(1);
    BOOST_TEST((picked(r, 1) == keys{1}));
    r.rest(1, start + 9s);
    BOOST_TEST(!r.pick(start));
    BOOST_TEST((r.available_at() == start + 5s));
    BOOST_TEST((picked(r, 1, start + 5s) == keys{0}));
}

BOOST_AUTO_TEST_CASE(that_a_key_was_accepted_does_not_end_its_rest) {
    ring r(2);
    r.rest(0, start + 5s);
    r.restore(0);
    BOOST_TEST((picked(r, 2) == keys{1, 1}));
}

BOOST_AUTO_TEST_SUITE_END()
