// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_COMMAND_RUN_RECORDER_HPP
#define ASYNC_LLM_COMMAND_RUN_RECORDER_HPP

#include "run_history.hpp"
#include <async_llm/observer.hpp>

#include <chrono>

namespace async_llm::command {

/// Observer that keeps the history of a run for its page. For a client whose executor has one thread.
class run_recorder final : public observer {
public:
    explicit run_recorder(std::chrono::steady_clock::time_point begin) : begin_(begin) {}

    void attempt_finished(attempt_finished_event const& event) noexcept override;
    void call_finished(call_finished_event const& event) noexcept override;

    run_history const& history() const noexcept { return history_; }

private:
    std::chrono::nanoseconds now() const { return std::chrono::steady_clock::now() - begin_; }

    std::chrono::steady_clock::time_point begin_;
    run_history history_;
};

} // namespace async_llm::command

#endif
