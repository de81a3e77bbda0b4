// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_STATE_VALIDATE_CONFIG_HPP
#define ASYNC_LLM_CLIENT_STATE_VALIDATE_CONFIG_HPP

#include <async_llm/client_config.hpp>
#include <async_llm/error.hpp>
#include <async_llm/fallback.hpp>
#include <async_llm/spending_limits.hpp>

#include <string>
#include <vector>

namespace async_llm::detail {

/// Throw what the constructor of \ref client throws for a configuration that can't work.
void validate_config(client_config const& config);
void check_targets(std::vector<target> const& targets);

/// Finds the cap or price that makes no sense, in a sentence that begins with the field's name. Empty: none.
std::string check_spending(spending_limits const& limits);

/// Throws `ec`, unless it is success, with a sentence that begins with the field's name.
void refuse_if(error_code const& ec, std::string const& sentence);

} // namespace async_llm::detail

#endif
