// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/bulk/line_failure.hpp"

#include <async_llm/error.hpp>

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <utility>
#include <vector>

namespace {

using namespace async_llm;
using kind = policy::line_failure;

} // namespace

BOOST_AUTO_TEST_SUITE(line_failure)

BOOST_AUTO_TEST_CASE(what_becomes_of_a_line_that_failed) {
    std::vector<std::pair<error_code, kind>> const rows{
        {make_http_error(400), kind::for_good},       {make_http_error(403), kind::for_good},
        {make_http_error(404), kind::for_good},       {make_http_error(413), kind::for_good},
        {make_http_error(422), kind::for_good},       {errc::invalid_request, kind::for_good},
        {errc::response_too_large, kind::for_good},   {make_http_error(302), kind::transient},
        {make_http_error(408), kind::transient},      {make_http_error(409), kind::transient},
        {make_http_error(425), kind::transient},      {make_http_error(429), kind::transient},
        {make_http_error(500), kind::transient},      {make_http_error(503), kind::transient},
        {errc::connection_lost, kind::transient},     {errc::deadline_exceeded, kind::transient},
        {errc::invalid_response, kind::transient},    {errc::error_in_response, kind::transient},
        {errc::queue_full, kind::transient},          {asio::error::operation_aborted, kind::transient},
        {make_http_error(401), kind::ends_run},       {make_http_error(402), kind::ends_run},
        {errc::insufficient_credits, kind::ends_run}, {errc::certificate_rejected, kind::ends_run},
        {errc::client_closed, kind::ends_run},        {errc::spending_limit_reached, kind::ends_run},
        {errc::shared_limits_failed, kind::ends_run},
    };
    for (auto const& [ec, expected] : rows)
        BOOST_TEST((policy::classify_line_failure(ec) == expected), ec.message());
}

BOOST_AUTO_TEST_CASE(a_status_alone) {
    for (int const status : {400, 403, 404, 422}) BOOST_TEST(policy::fails_for_good(status));
    for (int const status : {0, 200, 301, 401, 402, 407, 408, 409, 425, 429, 500, 599})
        BOOST_TEST(!policy::fails_for_good(status));
}

BOOST_AUTO_TEST_SUITE_END()
