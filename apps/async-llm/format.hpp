// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_COMMAND_FORMAT_HPP
#define ASYNC_LLM_COMMAND_FORMAT_HPP

#include <cstdint>
#include <string>

namespace async_llm::command {

/// Returns a whole number in groups of three digits: `1,234,567`.
std::string grouped(std::uint64_t number);

/// Returns a number in at most five characters: `0`, `7.3`, `512`, `41.2k`, `3.4M`. Negative ones are 0.
std::string compact(double number);

/// Returns an amount of USD: `$12.34`, below a dollar with four digits: `$0.0123`.
std::string money(double amount);

/// Returns a time in two units: `0s`, `59s`, `4m05s`, `3h07m`, `12d03h`. Negative ones are `0s`.
std::string duration_text(double seconds);

/// Returns a short time: `340 ms`, `1.23 s`, `65 s`.
std::string latency_text(double seconds);

/// Returns a share in percent that says 100 % only of all, and 0 % only of nothing: `99.9%`.
std::string percent(std::uint64_t part, std::uint64_t whole);

} // namespace async_llm::command

#endif
