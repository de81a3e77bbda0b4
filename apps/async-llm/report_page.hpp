// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_COMMAND_REPORT_PAGE_HPP
#define ASYNC_LLM_COMMAND_REPORT_PAGE_HPP

#include "summary.hpp"

#include <ctime>
#include <string>

namespace async_llm::command {

/// Returns a page of HTML about a run that has ended: its figures, latency and rate.
/** It stands alone: it loads nothing, runs no script, and says so to the browser. */
std::string report_page(run_result const& result, std::time_t now);

} // namespace async_llm::command

#endif
