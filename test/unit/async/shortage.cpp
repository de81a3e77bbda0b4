// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "async/shortage.hpp"

#include "support/printing.hpp"

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <vector>

namespace {

namespace sys = boost::system::errc;
using async_llm::error_code;
using async_llm::net::is_shortage;
using async_llm::net::worse_error;

error_code const no_descriptors = sys::make_error_code(sys::too_many_files_open);
error_code const no_memory = sys::make_error_code(sys::not_enough_memory);
error_code const no_address = sys::make_error_code(sys::address_not_available);
error_code const refused = boost::asio::error::connection_refused;
error_code const unreachable = boost::asio::error::network_unreachable;

error_code worst_of(std::vector<error_code> const& all) {
    error_code worst;
    for (auto const& each : all) worst = worse_error(worst, each);
    return worst;
}

} // namespace

BOOST_AUTO_TEST_SUITE(shortage)

BOOST_AUTO_TEST_CASE(what_this_machine_lacks) {
    for (auto const what :
         {sys::too_many_files_open,
          sys::too_many_files_open_in_system,
          sys::no_buffer_space,
          sys::not_enough_memory,
          sys::resource_unavailable_try_again})
        BOOST_TEST(is_shortage(sys::make_error_code(what)));
    for (auto const& what : {error_code(), refused, unreachable, no_address}) BOOST_TEST(!is_shortage(what));
}

BOOST_AUTO_TEST_CASE(the_error_of_a_race) {
    BOOST_TEST(worst_of({refused, unreachable}) == refused);
    // The other family failed first, and holds what this one lacks.
    BOOST_TEST(worst_of({unreachable, no_descriptors}) == no_descriptors);
    BOOST_TEST(worst_of({no_descriptors, refused}) == no_descriptors);
    BOOST_TEST(worst_of({no_descriptors, no_memory}) == no_descriptors);
    // The other family is turned off.
    BOOST_TEST(worst_of({no_address, refused}) == refused);
    BOOST_TEST(worst_of({refused, no_address}) == refused);
    BOOST_TEST(worst_of({no_address, no_address}) == no_address);
    BOOST_TEST(worst_of({no_address, no_descriptors}) == no_descriptors);
}

BOOST_AUTO_TEST_SUITE_END()
