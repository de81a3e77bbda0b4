// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_COMMAND_SUMMARY_HPP
#define ASYNC_LLM_COMMAND_SUMMARY_HPP

#include "progress_meter.hpp"
#include "run_history.hpp"
#include "table.hpp"
#include <async_llm/bulk_file.hpp>
#include <async_llm/bulk_merge.hpp>

#include <memory>
#include <string>

namespace async_llm::command {

/// Facts of a run that has ended.
struct run_result {
    run_result() = default;

    error_code ec;
    bulk_file_report report;
    /// Ended by a signal, or by the time of grace behind it.
    bool was_interrupted = false;
    bool was_dry = false;
    /// Since the run began, in seconds.
    double elapsed = 0;
    std::string input;
    std::string output;
    /// Null: latencies were not recorded.
    std::shared_ptr<run_history const> history;
};

/// Returns a sentence for people that says how the run ended. May hold foreign text.
std::string describe_end(run_result const& result);

/// Returns the figures of a run.
table tabulate(run_result const& result);

/// Returns the text that is printed when a run has ended, fit for a terminal.
std::string summarize(run_result const& result);

/// Returns the text for a comparison of an input with its outputs, fit for a terminal.
std::string summarize(bulk_check_report const& report, std::string const& input);

/// Returns the text for a merge, fit for a terminal.
std::string summarize(bulk_merge_report const& report, std::string const& merged);

} // namespace async_llm::command

#endif
