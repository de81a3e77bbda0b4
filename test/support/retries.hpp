// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_RETRIES_HPP
#define ASYNC_LLM_TEST_SUPPORT_RETRIES_HPP

#include "support/calls.hpp"
#include <async_llm/retry_policy.hpp>

#include <cstddef>
#include <string>

namespace async_llm::test {

/// A policy that waits as short as can be, and exactly so.
inline retry_policy quick_retries(int max_attempts = 3) {
    retry_policy result;
    result.max_attempts = max_attempts;
    result.initial_backoff = std::chrono::milliseconds(1);
    result.max_backoff = std::chrono::milliseconds(1);
    result.jitter = 0;
    result.budget_minimum = 1'000'000;
    return result;
}

/// A world whose client retries quickly.
struct retrying_world : world {
    explicit retrying_world(int max_attempts = 3, scheme s = scheme::http) : world(s) {
        config.retry = quick_retries(max_attempts);
    }
};

/// Enqueues so many errors.
inline void enqueue_errors(testing::stand_in_provider& server, std::size_t count, int status) {
    for (std::size_t i = 0; i < count; ++i)
        server.enqueue(testing::scripted_reply::error(status, "Not now, number " + std::to_string(i)));
}

/// Checks a call that ended well after so many attempts, all others of which failed with this.
inline void check_recovered(call const& c, int attempts, error_code before) {
    require_success(c);
    BOOST_TEST(c.info().attempts == attempts);
    BOOST_TEST(to_string(c.info().retry_stop) == "none");
    BOOST_TEST_REQUIRE(c.info().failed_attempts.size() == static_cast<std::size_t>(attempts - 1));
    for (auto const& past : c.info().failed_attempts) BOOST_TEST(past.ec == before);
}

} // namespace async_llm::test

#endif
