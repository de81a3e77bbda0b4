// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_BULK_RUNS_HPP
#define ASYNC_LLM_TEST_SUPPORT_BULK_RUNS_HPP

#include "support/calls.hpp"
#include <async_llm/bulk.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace async_llm::test {

/// One operation `async_next` of a run, and what came of it.
struct result_taking {
    result_taking() = default;

    bool done = false;
    error_code ec;
    std::optional<bulk_result> result;
    /// Emit it while the loop does not run.
    asio::cancellation_signal cancel;
};
using result_taking_ptr = std::shared_ptr<result_taking>;

/// Begins to take a result.
result_taking_ptr start_next(bulk& from);

/// Takes a result, the end, or an error.
result_taking_ptr next(world& w, bulk& from);

/// Everything that a run delivered, in order.
struct whole_run {
    whole_run() = default;

    std::vector<bulk_result> results;
    /// What it ended with.
    error_code ec;
};

/// Takes the results that are left, by `async_next` alone.
whole_run take_all(world& w, bulk& from);

/// A run that gathers its results, and once it is over, its report.
struct gathering {
    gathering() = default;

    bool done = false;
    error_code ec;
    bulk_report report;
    /// Emit it while the loop does not run.
    asio::cancellation_signal cancel;
};
using gathering_ptr = std::shared_ptr<gathering>;

gathering_ptr start_all(client const& from, bulk_source requests, bulk_options options = bulk_options());

/// The same from start to end.
gathering_ptr
gather(world& w, client const& from, bulk_source requests, bulk_options options = bulk_options());

/// So many requests that say `0`, `1`, ...
std::vector<chat_request> counted_requests(std::size_t count);

/// Checks that each result is the echo of its request, and that they are those with the numbers below `count`.
void check_echoes(std::vector<bulk_result> const& results, std::size_t count);

/// A source of such requests that counts how often it is asked.
struct counting_source {
    explicit counting_source(std::size_t how_many) : count(how_many) {}

    /// Refers to this.
    std::function<std::optional<chat_request>()> function();

    std::size_t count;
    std::size_t asked = 0;
};

/// The same as coroutines, which wait before they give the one with the number `waits_at`.
struct waiting_source {
    waiting_source(world& w, std::size_t how_many, std::size_t waits_at);

    /// Refers to this.
    std::function<asio::awaitable<std::optional<chat_request>>()> function();
    /// Ends the waiting.
    void release() { gate.cancel(); }

    std::size_t count;
    std::size_t waits_before;
    std::size_t asked = 0;
    bool waiting = false;
    bool cancelled = false;
    bool released = false;
    asio::steady_timer gate;
};

/// The server answers to `held` (the last user text) never, and to all else at once, with an echo.
void hold(world& w, std::function<bool(std::string const&)> held);

/// The options of a stand-in provider without TLS that keeps no requests.
testing::stand_in_options forgetful();

} // namespace async_llm::test

#endif
