// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/http/http_date.hpp"

#include <boost/test/unit_test.hpp>

using async_llm::codec::parse_http_date;
namespace chrono = std::chrono;

namespace {

constexpr chrono::sys_seconds
at(int year, unsigned month, unsigned day, int hours = 0, int minutes = 0, int seconds = 0) {
    auto const date = chrono::year(year) / chrono::month(month) / chrono::day(day);
    return chrono::sys_days(date) + chrono::hours(hours) + chrono::minutes(minutes) +
        chrono::seconds(seconds);
}

constexpr auto now = at(2026, 8, 22);
constexpr auto example = at(1994, 11, 6, 8, 49, 37);

} // namespace

BOOST_AUTO_TEST_SUITE(http_date)

BOOST_AUTO_TEST_CASE(the_three_formats) {
    BOOST_TEST((parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT", now) == example));
    BOOST_TEST((parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT", now) == example));
    BOOST_TEST((parse_http_date("Sun Nov  6 08:49:37 1994", now) == example));
    BOOST_TEST((parse_http_date("Wed Nov 16 08:49:37 1994", now) == at(1994, 11, 16, 8, 49, 37)));
}

BOOST_AUTO_TEST_CASE(two_digit_years_are_at_most_fifty_ahead) {
    BOOST_TEST((parse_http_date("Friday, 01-Jan-27 00:00:00 GMT", now) == at(2027, 1, 1)));
    BOOST_TEST((parse_http_date("Wednesday, 01-Jan-76 00:00:00 GMT", now) == at(2076, 1, 1)));
    BOOST_TEST((parse_http_date("Saturday, 01-Jan-77 00:00:00 GMT", now) == at(1977, 1, 1)));
}

BOOST_AUTO_TEST_CASE(edges) {
    BOOST_TEST((parse_http_date("Fri, 31 Dec 9999 23:59:59 GMT", now) == at(9999, 12, 31, 23, 59, 59)));
    BOOST_TEST((parse_http_date("Thu, 01 Jan 1970 00:00:00 GMT", now) == at(1970, 1, 1)));
    BOOST_TEST((parse_http_date("Thu, 29 Feb 2024 00:00:00 GMT", now) == at(2024, 2, 29)));
    BOOST_TEST((parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT", now) == at(2017, 1, 1)));
    BOOST_TEST((parse_http_date("  Sun, 06 Nov 1994 08:49:37 GMT ", now) == example));
}

BOOST_AUTO_TEST_CASE(anything_else_is_no_date) {
    for (auto const* text :
         {"",
          "120",
          "Sun",
          "Sun,",
          "Sun, 06 Nov 1994",
          "Sun, 06 Nov 1994 08:49:37 CET",
          "Sun, 06 Nov 94 08:49:37 GMT",
          "Sun, 06 Nix 1994 08:49:37 GMT",
          "Sun, 30 Feb 1994 08:49:37 GMT",
          "Thu, 29 Feb 2023 00:00:00 GMT",
          "Sun, 06 Nov 1994 24:00:00 GMT",
          "Sun, 06 Nov 1994 08:60:00 GMT",
          "Sun, 06 Nov 1994 08:49:61 GMT",
          "Sun, 06 Nov 1994 08:49:37 GMT x",
          "Xxx, 06 Nov 1994 08:49:37 GMT",
          "Sunday, 06-Nov-1994 08:49:37 GMT",
          "Sun Nov 6 08:49:37 1994",
          "Sun, 006 Nov 1994 08:49:37 GMT",
          "006 Nov 1994 08:49:37 GMT",
          "Sun, 00 Nov 1994 08:49:37 GMT",
          "Sun, -6 Nov 1994 08:49:37 GMT",
          "1994-11-06"})
        BOOST_TEST(!parse_http_date(text, now), text);
}

BOOST_AUTO_TEST_SUITE_END()
