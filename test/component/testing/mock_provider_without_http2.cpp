// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include <async_llm/testing/mock_provider.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

// The mock provider in a build without HTTP/2.

namespace {

using namespace async_llm::testing;

bool is_refusal(boost::system::system_error const& error) {
    return error.code() == boost::system::errc::not_supported;
}

} // namespace

BOOST_AUTO_TEST_SUITE(mock_provider_without_http2)

BOOST_AUTO_TEST_CASE(the_option_is_refused) {
    boost::asio::io_context io;
    mock_options options;
    options.http2 = true;
    BOOST_CHECK_EXCEPTION(mock_provider(io.get_executor(), options), boost::system::system_error, is_refusal);
    options.http2 = false;
    BOOST_CHECK_NO_THROW(mock_provider(io.get_executor(), options));
}

BOOST_AUTO_TEST_SUITE_END()
