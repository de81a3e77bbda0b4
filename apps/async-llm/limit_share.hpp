// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_COMMAND_LIMIT_SHARE_HPP
#define ASYNC_LLM_COMMAND_LIMIT_SHARE_HPP

#include "arguments.hpp"
#include <async_llm/bulk_shard.hpp>
#include <async_llm/spending_limits.hpp>

#include <string>

namespace async_llm::command {

/// Gives a shard its part of the limits of a job, so that all parts together are the whole.
/** Returns a sentence if a rate is too low to be divided, and nothing otherwise. */
std::string share_limits(job_limits const& whole, bulk_shard shard, job_limits& part);

/// Returns the caps of a run, of which earlier runs have spent so much already.
spending_limits make_caps(job_limits const& limits, spending const& before);

/// Returns what the answers of an output have cost, by their usage; nothing for one that does not exist.
/** Of answers without a cost, that of their tokens by the prices of `limits`. May read for a while. */
spending spent_before(std::string const& output, job_limits const& limits);

} // namespace async_llm::command

#endif
