// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "types/errc_facts.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <string_view>
#include <utility>

namespace {

using async_llm::errc;
using async_llm::find_facts;

#define NAMED(value) std::pair<errc, std::string_view>(errc::value, #value)

/// Each value with its enumerator, as the compiler spells it.
std::array const enumerators{
    NAMED(invalid_request),
    NAMED(client_closed),
    NAMED(queue_full),
    NAMED(pool_timeout),
    NAMED(resolve_failed),
    NAMED(resolve_timeout),
    NAMED(connect_failed),
    NAMED(connect_timeout),
    NAMED(proxy_failed),
    NAMED(tls_handshake_failed),
    NAMED(tls_handshake_timeout),
    NAMED(certificate_rejected),
    NAMED(write_timeout),
    NAMED(connection_lost),
    NAMED(too_many_tls_messages),
    NAMED(first_byte_timeout),
    NAMED(first_content_timeout),
    NAMED(stream_stalled),
    NAMED(deadline_exceeded),
    NAMED(truncated_response),
    NAMED(response_too_large),
    NAMED(header_too_large),
    NAMED(invalid_http),
    NAMED(unexpected_content_type),
    NAMED(unsupported_content_encoding),
    NAMED(empty_response),
    NAMED(invalid_json),
    NAMED(invalid_response),
    NAMED(json_too_complex),
    NAMED(invalid_sse),
    NAMED(error_in_response),
    NAMED(generation_failed),
    NAMED(stream_error),
    NAMED(insufficient_credits),
    NAMED(operation_in_progress),
    NAMED(model_refused),
    NAMED(schema_mismatch),
    NAMED(tool_failed),
    NAMED(tool_timeout),
    NAMED(turn_limit_reached),
    NAMED(rate_limit_reached),
    NAMED(circuit_open),
    NAMED(spending_limit_reached),
    NAMED(shared_limits_failed)
};

#undef NAMED

} // namespace

BOOST_AUTO_TEST_SUITE(errc_facts)

BOOST_AUTO_TEST_CASE(each_value_has_the_row_of_its_name) {
    for (auto const& [value, name] : enumerators) {
        auto const* const facts = find_facts(value);
        BOOST_REQUIRE(facts);
        BOOST_TEST(facts->name == name);
    }
}

BOOST_AUTO_TEST_CASE(other_values_have_no_row) {
    BOOST_TEST(!find_facts(static_cast<errc>(0)));
    BOOST_TEST(!find_facts(static_cast<errc>(enumerators.size() + 1)));
    BOOST_TEST(!find_facts(static_cast<errc>(-1)));
}

BOOST_AUTO_TEST_SUITE_END()
