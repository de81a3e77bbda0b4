// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_STREAMS_MARKED_COMPLETIONS_HPP
#define ASYNC_LLM_TEST_SUPPORT_STREAMS_MARKED_COMPLETIONS_HPP

#include "support/fixtures/client_fixture.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace async_llm::test {

/// Count of replies for each mark, in whichever order they came.
class served_marks {
public:
    explicit served_marks(std::size_t count) : times_(count) {}

    /// Fails the test if no request had that mark.
    void add(std::string const& mark);

    std::size_t operator[](std::size_t number) const { return times_.at(number); }
    std::size_t total() const noexcept { return total_; }
    /// Number of those served more than once.
    std::size_t repeated() const;

private:
    std::vector<std::size_t> times_;
    std::size_t total_ = 0;
};

/// The mark of the call with this number: its text, and its idempotency key.
std::string mark_of(std::size_t number);

/// Completions, so many of them at a time. Each brings a mark of its own, and expects it as its answer.
class marked_completions {
public:
    marked_completions(client const& from, std::size_t total, std::size_t in_flight);
    marked_completions(marked_completions const&) = delete;
    marked_completions& operator=(marked_completions const&) = delete;

    /// Runs the loop until so many of them have ended.
    void run_until_ended(client_fixture& w, std::size_t count) const;

    /// Fails the test if one of them is lost, has another's answer, or was answered twice.
    void check() const;

    /// Fails the test if one was served more often than its attempts, and its replays, explain; or not at
    /// all.
    void check_served(served_marks const& served) const;

    /// Summarizes them in a line; once they are over.
    std::string figures() const;

private:
    struct one_call {
        one_call() = default;

        std::size_t answers = 0;
        bool good = false;
        bool replayed = false;
        int attempts = 0;
    };

    void begin();
    void take(std::size_t number, error_code ec, chat_response const& response);

    client const& client_;
    std::vector<one_call> calls_;
    std::size_t begun_ = 0;
    std::size_t ended_ = 0;
    std::size_t attempts_ = 0;
    std::string first_failure_;
    std::chrono::steady_clock::time_point started_;
    std::chrono::steady_clock::duration took_{0};
};

/// Summarizes the client's connections and attempts in a line.
std::string connection_figures(client_stats const& stats);

/// Sends again as the default policy does, but more often: no server of a test is away for ever.
retry_policy persistent();

} // namespace async_llm::test

#endif
