// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// Header fields that an error reports in its body stand in for those that a gateway swallowed.

#include "support/fixtures/retries.hpp"

#include <string>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using testing::scripted_reply;

scripted_reply reporting(std::string const& fields) {
    return scripted_reply(
        429,
        R"({"error":{"message":"Rate limit exceeded","code":429,"metadata":{"headers":{)" + fields + "}}}}"
    );
}

} // namespace

BOOST_AUTO_TEST_SUITE(reported_fields)

BOOST_AUTO_TEST_CASE(rate_limits_of_the_body_are_those_of_the_reply) {
    retrying_fixture w(1);
    auto const client = w.make_client();
    w.server->enqueue(reporting(R"("X-RateLimit-Limit":"20","X-RateLimit-Remaining":0)"));
    auto const c = ask(w, client);
    check_failure(*c, make_http_error(429), phase::finished);
    BOOST_TEST((c->info().rate_limit.limit_requests == 20));
    BOOST_TEST((c->info().rate_limit.remaining_requests == 0));
    w.finish();
}

BOOST_AUTO_TEST_CASE(fields_of_the_head_win) {
    retrying_fixture w(1);
    auto const client = w.make_client();
    w.server->enqueue(with_field(
        reporting(R"("X-RateLimit-Limit":"20","X-RateLimit-Remaining":"0")"),
        "X-RateLimit-Limit",
        "30"
    ));
    auto const c = ask(w, client);
    BOOST_TEST((c->info().rate_limit.limit_requests == 30));
    BOOST_TEST((c->info().rate_limit.remaining_requests == 0));
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_wait_that_they_ask_for_is_kept) {
    retrying_fixture w;
    auto const client = w.make_client();
    w.server->enqueue(reporting(R"("Retry-After-Ms":"60")"));
    auto const c = ask(w, client);
    check_recovered(*c, 2, make_http_error(429));
    BOOST_TEST((c->info().timings.backoff >= 60ms));
    w.finish();
}

BOOST_AUTO_TEST_SUITE_END()
