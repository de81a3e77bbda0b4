// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_COMMAND_PROGRESS_LINE_HPP
#define ASYNC_LLM_COMMAND_PROGRESS_LINE_HPP

#include "progress_meter.hpp"

#include <cstddef>
#include <string>

namespace async_llm::command {

/// Returns the figures of a run on one line of at most so many columns, in ASCII.
/** Without room for all of them, the least important are left out. */
std::string progress_line(run_figures const& figures, std::size_t columns);

} // namespace async_llm::command

#endif
