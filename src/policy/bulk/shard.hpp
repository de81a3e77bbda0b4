// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_POLICY_BULK_SHARD_HPP
#define ASYNC_LLM_POLICY_BULK_SHARD_HPP

#include "base/environment.hpp"
#include <async_llm/bulk_shard.hpp>

#include <string>
#include <string_view>

namespace async_llm::policy {

/// Reads what \ref parse_bulk_shard does. Returns why that can't be, as a sentence; empty: it can.
std::string choose_shard(std::string_view text, codec::environment const& lookup, bulk_shard& out);

} // namespace async_llm::policy

#endif
