// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include <async_llm/response_info.hpp>

#include <boost/test/unit_test.hpp>

#include <set>

using namespace async_llm;

BOOST_AUTO_TEST_SUITE(response_info)

BOOST_AUTO_TEST_CASE(every_phase_has_its_own_name) {
    std::set<std::string_view> names;
    for (int i = 0; i <= static_cast<int>(phase::finished); ++i)
        names.insert(to_string(static_cast<phase>(i)));
    BOOST_TEST(names.size() == 10u);
    BOOST_TEST(names.count("") == 0u);
    BOOST_TEST(to_string(phase::tls_handshake) == "tls_handshake");
    BOOST_TEST(to_string(phase::finished) == "finished");
    BOOST_TEST(to_string(static_cast<phase>(99)) == "");
}

BOOST_AUTO_TEST_CASE(fields_are_found_whatever_their_letter_case) {
    async_llm::response_info info;
    info.headers = {header("Content-Type", "text/html"), header("X-A", "1"), header("x-a", "2")};
    BOOST_TEST(info.field("content-type") == "text/html");
    BOOST_TEST(info.field("X-a") == "1");
    BOOST_TEST(info.field("Content-Typ") == "");
    BOOST_TEST(info.field("Content-Type2") == "");
    BOOST_TEST(info.field("") == "");
}

BOOST_AUTO_TEST_SUITE_END()
