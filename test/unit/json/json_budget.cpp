// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/json/json_budget.hpp"

#include <boost/test/unit_test.hpp>

namespace codec = async_llm::codec;

BOOST_AUTO_TEST_SUITE(json_budget)

BOOST_AUTO_TEST_CASE(what_a_repeated_unit_took_is_given_back_but_for_the_work) {
    codec::decode_limits limits;
    limits.max_json_values = 10;
    codec::json_budget budget(limits, 1000);
    BOOST_TEST(budget.take_work(100));
    auto const before = budget;
    BOOST_TEST(budget.take_memory(5000));
    BOOST_TEST(budget.take_values(8));
    BOOST_TEST(budget.take_work(700));
    budget.give_back(before);
    BOOST_TEST(budget.memory_left() == before.memory_left());
    BOOST_TEST(budget.take_values(8));
    BOOST_TEST(budget.work() == 800U);
}

BOOST_AUTO_TEST_CASE(a_limit_that_a_repeated_unit_exceeded_holds_no_more) {
    codec::decode_limits limits;
    limits.max_json_values = 10;
    codec::json_budget budget(limits, 1000);
    auto const before = budget;
    BOOST_TEST(!budget.take_values(11));
    BOOST_TEST(budget.exceeded());
    BOOST_TEST(!budget.take_memory(1));
    budget.give_back(before);
    BOOST_TEST(!budget.exceeded());
    BOOST_TEST(budget.take_values(10));
    BOOST_TEST(budget.take_memory(1));
}

BOOST_AUTO_TEST_SUITE_END()
