// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/calls.hpp"
#include "support/servers/behind_haproxy.hpp"

#include <cstddef>
#include <vector>

// A real haproxy that speaks HTTP/2 with the client, and HTTP/1.1 with two providers, of which it drops one
// in the middle of many calls.

namespace {

using namespace async_llm;
using namespace async_llm::test;

} // namespace

BOOST_AUTO_TEST_SUITE(http2_haproxy)

BOOST_AUTO_TEST_CASE(a_backend_that_dies_in_the_middle_of_completions_loses_none) {
    try_completions_and_a_death(haproxy_mode::http2);
}

BOOST_AUTO_TEST_CASE(sessions_that_haproxy_ends_in_the_middle_of_completions_lose_none) {
    try_completions_and_maintenance(haproxy_mode::http2);
}

BOOST_AUTO_TEST_CASE(a_backend_that_is_drained_is_not_noticed) {
    try_completions_and_draining(haproxy_mode::http2);
}

BOOST_AUTO_TEST_CASE(a_reload_is_not_noticed) { try_completions_and_reloads(haproxy_mode::http2); }

BOOST_AUTO_TEST_CASE(streams_are_begun_anew_unless_they_have_delivered_something) {
    try_streams_and_a_death(haproxy_mode::http2);
}

BOOST_AUTO_TEST_CASE(a_server_that_answers_no_alpn_is_spoken_to_in_http1) {
    // Without `alpn` haproxy ignores the list of protocols.
    constexpr std::size_t count = 20;
    behind_haproxy w(haproxy_mode::http, count);
    w.config.pool.http2 = http2_mode::prefer;
    w.config.retry = retry_policy::none();
    w.respond_with([](auto const&) { return testing::scripted_reply::echo(); });
    client const c = w.make_client();
    std::vector<call_ptr> calls;
    for (std::size_t i = 0; i < count; ++i) calls.push_back(start(c, saying(mark_of(i))));
    finish(w, calls);
    for (auto const& each : calls) {
        require_success(*each);
        BOOST_TEST(each->info().http_version == "HTTP/1.1");
    }
    BOOST_TEST(w.served.total() == count);
    BOOST_TEST(c.stats().connections_http2 == 0u);
    BOOST_TEST(c.stats().connections_failed == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
