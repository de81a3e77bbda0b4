// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include <async_llm/response_info.hpp>

#include <boost/test/unit_test.hpp>

#include <set>

using namespace async_llm;

BOOST_AUTO_TEST_SUITE(response_info)

BOOST_AUTO_TEST_CASE(every_phase_has_its_own_name) {
    std::set<std::string_view> names;
    for (int i = 0; i <= static_cast<int>(phase::backing_off); ++i)
        names.insert(to_string(static_cast<phase>(i)));
    BOOST_TEST(names.size() == 12u);
    BOOST_TEST(names.count("") == 0u);
    BOOST_TEST(to_string(phase::tls_handshake) == "tls_handshake");
    BOOST_TEST(to_string(phase::limited) == "limited");
    BOOST_TEST(to_string(phase::finished) == "finished");
    BOOST_TEST(to_string(phase::backing_off) == "backing_off");
    BOOST_TEST(to_string(static_cast<phase>(99)) == "");
}

BOOST_AUTO_TEST_CASE(every_reason_to_stop_is_spelled_as_its_enumerator) {
    using enum async_llm::retry_stop;
    BOOST_TEST(to_string(none) == "none");
    BOOST_TEST(to_string(final_error) == "final_error");
    BOOST_TEST(to_string(attempts_exhausted) == "attempts_exhausted");
    BOOST_TEST(to_string(deadline) == "deadline");
    BOOST_TEST(to_string(retry_after_too_long) == "retry_after_too_long");
    BOOST_TEST(to_string(budget_exhausted) == "budget_exhausted");
    BOOST_TEST(to_string(content_delivered) == "content_delivered");
    BOOST_TEST(to_string(maybe_processed) == "maybe_processed");
    BOOST_TEST(to_string(ended) == "ended");
    BOOST_TEST(to_string(static_cast<async_llm::retry_stop>(99)) == "");
}

BOOST_AUTO_TEST_CASE(fields_are_found_whatever_their_letter_case) {
    async_llm::response_info info;
    info.headers =
        {http_header("Content-Type", "text/html"), http_header("X-A", "1"), http_header("x-a", "2")};
    BOOST_TEST(info.field("content-type") == "text/html");
    BOOST_TEST(info.field("X-a") == "1");
    BOOST_TEST(info.field("Content-Typ") == "");
    BOOST_TEST(info.field("Content-Type2") == "");
    BOOST_TEST(info.field("") == "");
}

BOOST_AUTO_TEST_SUITE_END()
