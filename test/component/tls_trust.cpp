// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

// How long trust lasts, for whom, and how often it is loaded.

#include "net/trust_store.hpp"
#include "support/calls.hpp"

#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;

} // namespace

BOOST_AUTO_TEST_SUITE(tls_trust)

BOOST_AUTO_TEST_CASE(clients_of_one_configuration_load_once) {
    world w;
    auto const first = w.make_client();
    auto const before = net::trust_stores().loads();
    std::vector<client> clients;
    for (int i = 0; i < 100; ++i) clients.push_back(w.make_client());
    BOOST_TEST(net::trust_stores().loads() == before);
    ask_well(w, clients.front());
    // Another authority is nothing that they trust, although all of them are in one process.
    world other;
    client const foreign(w.io.get_executor(), w.endpoint, other.config);
    check_failure(*ask(w, foreign), errc::certificate_rejected, phase::tls_handshake);
    ask_well(w, clients.back());
    BOOST_TEST(net::trust_stores().loads() == before + 1);
}

BOOST_AUTO_TEST_SUITE_END()
