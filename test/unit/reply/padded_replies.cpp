// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// Bytes that kept the connection alive stand before documents of each kind.

#include "support/streams/decoding_in_steps.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace {

using namespace async_llm;
using namespace test::decoding;

std::vector<std::string> const paddings{
    " \t\r\n\n",
    ": PROCESSING\n\n",
    ": PROCESSING\r\r: {\"error\":\"no\"}\r",
    ":\n \n:::\n",
    "\xef\xbb\xbf: PROCESSING\n",
    std::string(3'000'000, ' ') + ": PROCESSING\n",
    ':' + std::string(3'000'000, 'x') + '\n',
};

} // namespace

BOOST_AUTO_TEST_SUITE(padded_replies)

BOOST_AUTO_TEST_CASE(a_failure_behind_padding_is_read) {
    for (auto const& padding : paddings) {
        BOOST_TEST_CONTEXT(padding.substr(0, 40)) {
            auto const result =
                decode(padding + R"({"error":{"message":"Busy","code":"busy"}})", decode_limits(), 503);
            BOOST_TEST(result.ec == make_http_error(503));
            BOOST_TEST(result.error.message == "Busy");
            BOOST_TEST(result.error.code == "busy");
        }
    }
}

BOOST_AUTO_TEST_CASE(a_document_behind_padding_is_read) {
    for (auto const& padding : paddings) {
        BOOST_TEST_CONTEXT(padding.substr(0, 40)) {
            auto const result = decode(padding + with_choice(""));
            BOOST_TEST(!result.ec, result.detail);
            BOOST_REQUIRE(result.completion.choices.size() == 1U);
            BOOST_TEST((result.completion.choices[0].message.content == "Hi"));
        }
    }
}

BOOST_AUTO_TEST_CASE(padding_alone_is_told_with_its_size) {
    for (auto const& padding : paddings) {
        auto const result = decode(padding);
        BOOST_TEST(result.ec == errc::empty_response);
        BOOST_TEST(
            result.detail.find(std::to_string(padding.size()) + " bytes") != std::string::npos,
            result.detail
        );
    }
}

BOOST_AUTO_TEST_SUITE_END()
