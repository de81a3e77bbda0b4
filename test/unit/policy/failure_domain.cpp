// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/failure_domain.hpp"

#include "codec/errors/decode_error.hpp"

#include <boost/asio/error.hpp>
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <initializer_list>
#include <set>
#include <string_view>

namespace {

using namespace async_llm::policy;
using async_llm::api_error;
using async_llm::errc;
using async_llm::make_http_error;
using kind = async_llm::policy::failure_domain;

/// Reads a body as the client does.
api_error said(std::string_view body) { return async_llm::codec::decode_error(boost::json::parse(body)); }

/// Some answer in JSON that says nothing in particular.
api_error something() { return said(R"({"error":{"message":"No","code":"x"}})"); }

void statuses_are(std::initializer_list<int> statuses, kind expected) {
    for (int const status : statuses)
        BOOST_TEST((classify(make_http_error(status), something()) == expected), "status " << status);
}

void errors_are(std::initializer_list<errc> errors, kind expected) {
    for (auto const value : errors) {
        auto const ec = make_error_code(value);
        BOOST_TEST((classify(ec, api_error()) == expected), ec.message());
    }
}

constexpr auto last_errc = errc::shared_limits_failed;

} // namespace

BOOST_AUTO_TEST_SUITE(failure_domain)

BOOST_AUTO_TEST_CASE(no_error_is_a_success) {
    BOOST_TEST((classify(async_llm::error_code(), api_error()) == kind::success));
}

BOOST_AUTO_TEST_CASE(statuses_tell_whom_they_are_about) {
    statuses_are({401, 402, 403}, kind::key);
    statuses_are({400, 405, 406, 412, 413, 415, 422, 451, 499}, kind::request);
    statuses_are({404, 410}, kind::missing);
    statuses_are({429}, kind::rate);
    statuses_are({503, 504, 522, 524, 529}, kind::overload);
    statuses_are({408, 409, 425, 500, 501, 502, 505, 520, 521, 523, 525, 526, 599}, kind::endpoint);
    statuses_are({300, 301, 302, 307, 308, 399, 600, 999}, kind::endpoint);
}

BOOST_AUTO_TEST_CASE(errors_of_the_client_tell_whom_they_are_about) {
    using enum errc;
    errors_are({insufficient_credits}, kind::key);
    errors_are({invalid_request}, kind::request);
    errors_are({first_byte_timeout, first_content_timeout, stream_stalled}, kind::overload);
    errors_are(
        {resolve_failed,
         resolve_timeout,
         connect_failed,
         connect_timeout,
         proxy_failed,
         tls_handshake_failed,
         tls_handshake_timeout,
         certificate_rejected,
         write_timeout,
         connection_lost,
         too_many_tls_messages},
        kind::endpoint
    );
    errors_are(
        {truncated_response,
         response_too_large,
         header_too_large,
         invalid_http,
         unexpected_content_type,
         unsupported_content_encoding,
         empty_response,
         invalid_json,
         invalid_response,
         invalid_sse,
         error_in_response,
         generation_failed,
         stream_error},
        kind::reply
    );
    errors_are(
        {client_closed,
         queue_full,
         pool_timeout,
         deadline_exceeded,
         operation_in_progress,
         model_refused,
         schema_mismatch,
         tool_failed,
         tool_timeout,
         turn_limit_reached,
         rate_limit_reached,
         circuit_open,
         spending_limit_reached,
         shared_limits_failed},
        kind::caller
    );
}

BOOST_AUTO_TEST_CASE(no_failure_is_taken_for_a_success) {
    for (int i = 1; i <= static_cast<int>(last_errc); ++i)
        BOOST_TEST((classify(static_cast<errc>(i), api_error()) != kind::success), i);
}

BOOST_AUTO_TEST_CASE(a_cancellation_is_the_callers) {
    BOOST_TEST((classify(boost::asio::error::operation_aborted, api_error()) == kind::caller));
}

BOOST_AUTO_TEST_CASE(an_unknown_error_is_the_endpoints) {
    BOOST_TEST((classify(boost::asio::error::connection_reset, api_error()) == kind::endpoint));
    BOOST_TEST((classify(static_cast<errc>(9999), api_error()) == kind::endpoint));
}

BOOST_AUTO_TEST_CASE(a_403_for_what_the_request_says_is_not_about_the_key) {
    auto const of = [](std::string_view body) { return classify(make_http_error(403), said(body)); };
    BOOST_TEST(
        (of(R"({"error":{"code":403,"message":"flagged","metadata":{"reasons":["x"]}}})") == kind::request)
    );
    BOOST_TEST((of(R"({"error":{"code":403,"metadata":{"flagged_input":"abc"}}})") == kind::request));
    BOOST_TEST((of(R"({"error":{"code":403,"metadata":{"patterns":["abc"]}}})") == kind::request));
    BOOST_TEST((of(R"([{"error":{"code":403,"metadata":{"reasons":["x"]}}}])") == kind::request));
    BOOST_TEST((of(R"({"error":{"type":"content_policy_violation"}})") == kind::request));
    BOOST_TEST((of(R"({"error":{"code":403,"metadata":{"reasons":null}}})") == kind::key));
    BOOST_TEST((of(R"({"error":{"code":403,"metadata":{"provider_name":"x"}}})") == kind::key));
    BOOST_TEST((of(R"({"error":{"code":403,"metadata":"reasons"}})") == kind::key));
    BOOST_TEST((of(R"("no")") == kind::key));
}

BOOST_AUTO_TEST_CASE(what_moderation_says_is_found_in_the_error_of_a_choice_too) {
    auto const of_choice = async_llm::codec::decode_error_member(
        boost::json::parse(R"({"code":403,"metadata":{"reasons":["x"]}})")
    );
    BOOST_TEST((classify(make_http_error(403), of_choice) == kind::request));
}

BOOST_AUTO_TEST_CASE(a_403_that_is_no_json_comes_from_a_gateway) {
    auto const page = async_llm::codec::decode_error_text("<html>Access denied</html>");
    BOOST_TEST((classify(make_http_error(403), page) == kind::endpoint));
    BOOST_TEST((classify(make_http_error(403), api_error()) == kind::endpoint));
    BOOST_TEST((classify(make_http_error(401), page) == kind::key));
}

BOOST_AUTO_TEST_CASE(what_is_done_about_each) {
    using enum kind;
    using kinds = std::set<kind>;
    kinds moving;
    kinds against;
    kinds less;
    for (auto const each : {success, caller, request, key, missing, rate, overload, endpoint, reply}) {
        if (moves_on(each)) moving.insert(each);
        if (speaks_against_target(each)) against.insert(each);
        if (asks_for_less(each)) less.insert(each);
    }
    BOOST_TEST((moving == kinds{key, missing, rate, overload, endpoint, reply}));
    BOOST_TEST((against == kinds{overload, endpoint, reply}));
    BOOST_TEST((less == kinds{rate, overload}));
}

BOOST_AUTO_TEST_SUITE_END()
