// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_SERVERS_TLS_REFUSAL_HPP
#define ASYNC_LLM_TEST_SUPPORT_SERVERS_TLS_REFUSAL_HPP

#include "support/fixtures/client_fixture.hpp"
#include <async_llm/error.hpp>

#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <optional>
#include <string>

namespace async_llm::test {

/// Returns the words with which a client's constructor refuses this configuration.
/** Checks that it says this code; unset: that is OpenSSL's. */
inline std::string
refusal(std::function<void(tls_config&)> const& change, std::optional<error_code> code = std::nullopt) {
    client_fixture w;
    change(w.config.tls);
    try {
        auto const client = w.make_client();
    } catch (boost::system::system_error const& e) {
        if (code) BOOST_TEST(e.code() == *code);
        return e.what();
    }
    BOOST_ERROR("the constructor did not throw");
    return {};
}

} // namespace async_llm::test

#endif
