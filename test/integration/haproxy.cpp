// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/servers/behind_haproxy.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include <array>
#include <ostream>

// A real haproxy between the client and two providers, of which it drops one in the middle of many calls.
// Nothing is lost but what cannot be done again: streams of which something has been delivered.

namespace async_llm::test {

std::ostream& operator<<(std::ostream& out, haproxy_mode mode) {
    return out << (mode == haproxy_mode::http ? "http" : "tcp");
}

} // namespace async_llm::test

namespace {

using namespace async_llm::test;
namespace data = boost::unit_test::data;

constexpr std::array modes{haproxy_mode::http, haproxy_mode::tcp};

} // namespace

BOOST_AUTO_TEST_SUITE(haproxy)

BOOST_DATA_TEST_CASE(a_backend_that_dies_in_the_middle_of_completions_loses_none, data::make(modes), mode) {
    try_completions_and_a_death(mode);
}

BOOST_DATA_TEST_CASE(
    sessions_that_haproxy_ends_in_the_middle_of_completions_lose_none,
    data::make(modes),
    mode
) {
    try_completions_and_maintenance(mode);
}

BOOST_DATA_TEST_CASE(a_backend_that_is_drained_is_not_noticed, data::make(modes), mode) {
    try_completions_and_draining(mode);
}

BOOST_DATA_TEST_CASE(a_reload_is_not_noticed, data::make(modes), mode) { try_completions_and_reloads(mode); }

BOOST_DATA_TEST_CASE(streams_are_begun_anew_unless_they_have_delivered_something, data::make(modes), mode) {
    try_streams_and_a_death(mode);
}

BOOST_AUTO_TEST_SUITE_END()
