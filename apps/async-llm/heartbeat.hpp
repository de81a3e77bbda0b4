// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_COMMAND_HEARTBEAT_HPP
#define ASYNC_LLM_COMMAND_HEARTBEAT_HPP

#include "progress_meter.hpp"
#include <async_llm/bulk_shard.hpp>

#include <ctime>
#include <string>

namespace async_llm::command {

/// Returns the figures of a run as a JSON object on one line, without a line feed.
/** Its members are listed in async-llm(1). */
std::string heartbeat(run_figures const& figures, bulk_shard shard, std::time_t now);

} // namespace async_llm::command

#endif
