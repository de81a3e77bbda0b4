// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/replays.hpp"

#include <boost/test/unit_test.hpp>

namespace policy = async_llm::policy;
using async_llm::policy::lost_request;

BOOST_AUTO_TEST_SUITE(replays)

BOOST_AUTO_TEST_CASE(a_failure_of_another_kind_allows_none) {
    policy::replays allowed;
    BOOST_TEST(!allowed.take(lost_request::none));
    BOOST_TEST(!allowed.fresh_only());
}

BOOST_AUTO_TEST_CASE(a_dead_connection_is_followed_by_one_that_is_new) {
    policy::replays allowed;
    BOOST_TEST(allowed.take(lost_request::dead_connection));
    BOOST_TEST(allowed.fresh_only());
    BOOST_TEST(!allowed.take(lost_request::dead_connection));
}

BOOST_AUTO_TEST_CASE(a_request_that_was_not_processed_goes_anywhere_and_not_for_ever) {
    policy::replays allowed;
    for (int i = 0; i != policy::replays::most_moves; ++i) {
        BOOST_TEST(allowed.take(lost_request::not_processed));
        BOOST_TEST(!allowed.fresh_only());
    }
    BOOST_TEST(!allowed.take(lost_request::not_processed));
}

BOOST_AUTO_TEST_CASE(a_refusal_is_obeyed_once) {
    policy::replays allowed;
    BOOST_TEST(allowed.take(lost_request::refused));
    BOOST_TEST(!allowed.fresh_only());
    BOOST_TEST(!allowed.take(lost_request::refused));
}

BOOST_AUTO_TEST_CASE(each_reason_counts_by_itself) {
    policy::replays allowed;
    BOOST_TEST(allowed.take(lost_request::not_processed));
    BOOST_TEST(allowed.take(lost_request::refused));
    BOOST_TEST(allowed.take(lost_request::dead_connection));
    BOOST_TEST(allowed.take(lost_request::not_processed));
    BOOST_TEST(!allowed.take(lost_request::refused));
}

BOOST_AUTO_TEST_SUITE_END()
