// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/printing.hpp"
#include <async_llm/error.hpp>

#include <boost/test/unit_test.hpp>

#include <set>
#include <string>
#include <vector>

namespace {

using async_llm::condition;
using async_llm::errc;
using async_llm::error_code;

constexpr int first_errc = static_cast<int>(errc::invalid_request);
constexpr int last_errc = static_cast<int>(errc::shared_limits_failed);

/// The names of all conditions that a code meets.
std::set<condition> conditions_of(error_code const& ec) {
    std::set<condition> met;
    for (int i = static_cast<int>(condition::invalid_request); i <= static_cast<int>(condition::retryable);
         ++i) {
        if (ec == static_cast<condition>(i)) met.insert(static_cast<condition>(i));
    }
    return met;
}

std::set<condition> conditions_of(int status) { return conditions_of(async_llm::make_http_error(status)); }

} // namespace

BOOST_AUTO_TEST_SUITE(errors)

BOOST_AUTO_TEST_CASE(every_errc_has_a_message_of_its_own) {
    std::set<std::string> messages;
    for (int i = first_errc; i <= last_errc; ++i) {
        error_code const ec = static_cast<errc>(i);
        BOOST_TEST(ec.failed());
        BOOST_TEST(ec.message().find("Unknown") == std::string::npos, i);
        BOOST_TEST(messages.insert(ec.message()).second, ec.message());
    }
    BOOST_TEST(error_code(errc::invalid_request).category().name() == std::string("async_llm.client"));
}

BOOST_AUTO_TEST_CASE(unknown_values_have_messages_too) {
    BOOST_TEST(async_llm::client_category().message(9999) == "Unknown error 9999");
    BOOST_TEST(async_llm::http_status_category().message(599) == "HTTP status 599");
    BOOST_TEST(async_llm::condition_category().message(9999) == "Unknown condition 9999");
}

BOOST_AUTO_TEST_CASE(a_status_is_its_own_value) {
    auto const ec = async_llm::make_http_error(429);
    BOOST_TEST(ec.value() == 429);
    BOOST_TEST(ec.message() == "Too Many Requests");
    BOOST_TEST(ec.category().name() == std::string("async_llm.http_status"));
    BOOST_TEST((ec == async_llm::make_http_error(429)));
    BOOST_TEST((ec != async_llm::make_http_error(428)));
}

BOOST_AUTO_TEST_CASE(reason_phrases) {
    auto const phrase = [](int status) { return async_llm::make_http_error(status).message(); };
    BOOST_TEST(phrase(301) == "Moved Permanently");
    BOOST_TEST(phrase(402) == "Payment Required");
    BOOST_TEST(phrase(413) == "Content Too Large");
    BOOST_TEST(phrase(422) == "Unprocessable Content");
    BOOST_TEST(phrase(502) == "Bad Gateway");
    for (int const status : {520, 521, 522, 523, 524, 525, 526, 529})
        BOOST_TEST(phrase(status).find("HTTP status") == std::string::npos, status);
}

BOOST_AUTO_TEST_CASE(statuses_meet_conditions) {
    using enum condition;
    using met = std::set<condition>;
    BOOST_TEST(conditions_of(301) == met{}, boost::test_tools::per_element());
    auto const is = [](int status, met const& expected) {
        BOOST_TEST(conditions_of(status) == expected, "status " << status);
    };
    is(400, {invalid_request, client_error});
    is(401, {authentication, client_error});
    is(402, {insufficient_credits, client_error});
    is(403, {permission_denied, client_error});
    is(404, {not_found, client_error});
    is(405, {client_error});
    is(408, {timeout, client_error, retryable});
    is(409, {client_error, retryable});
    is(410, {not_found, client_error});
    is(413, {invalid_request, client_error});
    is(415, {invalid_request, client_error});
    is(422, {invalid_request, client_error});
    is(425, {client_error, retryable});
    is(429, {rate_limited, client_error, retryable});
    is(499, {client_error});
    is(500, {server_error, retryable});
    is(504, {timeout, server_error, retryable});
    is(522, {timeout, server_error, retryable});
    is(524, {timeout, server_error, retryable});
    is(529, {server_error, retryable});
    is(599, {server_error, retryable});
    is(600, {});
}

BOOST_AUTO_TEST_CASE(client_errors_meet_conditions) {
    using enum condition;
    using met = std::set<condition>;
    auto const is = [](errc value, met const& expected) {
        error_code const ec = value;
        BOOST_TEST(conditions_of(ec) == expected, ec.message());
    };
    is(errc::invalid_request, {invalid_request});
    is(errc::client_closed, {});
    is(errc::queue_full, {retryable});
    is(errc::pool_timeout, {timeout, retryable});
    is(errc::resolve_failed, {connection, retryable});
    is(errc::resolve_timeout, {timeout, connection, retryable});
    is(errc::connect_failed, {connection, retryable});
    is(errc::connect_timeout, {timeout, connection, retryable});
    is(errc::proxy_failed, {connection, retryable});
    is(errc::tls_handshake_failed, {connection, retryable});
    is(errc::tls_handshake_timeout, {timeout, connection, retryable});
    is(errc::certificate_rejected, {certificate});
    is(errc::write_timeout, {timeout, retryable});
    is(errc::connection_lost, {connection, retryable});
    is(errc::too_many_tls_messages, {connection, retryable});
    is(errc::first_byte_timeout, {timeout, retryable});
    is(errc::deadline_exceeded, {timeout});
    is(errc::truncated_response, {connection, retryable});
    is(errc::response_too_large, {invalid_reply});
    is(errc::header_too_large, {invalid_reply});
    is(errc::invalid_http, {invalid_reply});
    is(errc::unexpected_content_type, {invalid_reply});
    is(errc::unsupported_content_encoding, {invalid_reply});
    is(errc::empty_response, {invalid_reply});
    is(errc::invalid_json, {invalid_reply});
    is(errc::invalid_response, {invalid_reply});
    is(errc::error_in_response, {});
    is(errc::generation_failed, {});
    is(errc::insufficient_credits, {insufficient_credits});
    is(errc::rate_limit_reached, {rate_limited, retryable});
    is(errc::circuit_open, {connection, retryable});
    is(errc::spending_limit_reached, {});
    is(errc::shared_limits_failed, {});
}

BOOST_AUTO_TEST_CASE(foreign_codes_meet_no_condition) {
    // The same numbers as statuses and errors of ours.
    BOOST_TEST(conditions_of(error_code(429, boost::system::system_category())).empty());
    BOOST_TEST(conditions_of(error_code(1, boost::system::generic_category())).empty());
    BOOST_TEST(conditions_of(error_code()).empty());
}

BOOST_AUTO_TEST_SUITE_END()
