// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/tls/openssl_version.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using async_llm::net::frees_buffers_safely;

// As OpenSSL counts: 0xMNN00PP0.
constexpr unsigned long version(unsigned long major, unsigned long minor, unsigned long patch) {
    return (major << 28) | (minor << 20) | (patch << 4);
}

static_assert(version(3, 0, 14) == 0x300000e0);

} // namespace

BOOST_AUTO_TEST_SUITE(openssl_version)

BOOST_AUTO_TEST_CASE(versions_that_free_a_buffer_in_use) {
    BOOST_TEST(!frees_buffers_safely(0x1010117f)); // 1.1.1w
    BOOST_TEST(!frees_buffers_safely(version(3, 0, 0)));
    BOOST_TEST(!frees_buffers_safely(version(3, 0, 2)));
    BOOST_TEST(!frees_buffers_safely(version(3, 0, 13)));
    BOOST_TEST(!frees_buffers_safely(version(3, 1, 0)));
    BOOST_TEST(!frees_buffers_safely(version(3, 1, 5)));
    BOOST_TEST(!frees_buffers_safely(version(3, 2, 0)));
    BOOST_TEST(!frees_buffers_safely(version(3, 2, 1)));
    BOOST_TEST(!frees_buffers_safely(version(3, 3, 0)));
}

BOOST_AUTO_TEST_CASE(versions_that_do_not) {
    BOOST_TEST(frees_buffers_safely(version(3, 0, 14)));
    BOOST_TEST(frees_buffers_safely(version(3, 0, 17)));
    BOOST_TEST(frees_buffers_safely(version(3, 1, 6)));
    BOOST_TEST(frees_buffers_safely(version(3, 2, 2)));
    BOOST_TEST(frees_buffers_safely(version(3, 3, 1)));
    BOOST_TEST(frees_buffers_safely(version(3, 4, 0)));
    BOOST_TEST(frees_buffers_safely(version(3, 5, 0)));
    BOOST_TEST(frees_buffers_safely(version(4, 0, 0)));
}

BOOST_AUTO_TEST_SUITE_END()
