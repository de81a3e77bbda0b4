// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_COMMAND_COMMANDS_HPP
#define ASYNC_LLM_COMMAND_COMMANDS_HPP

#include "arguments.hpp"
#include "endpoint.hpp"
#include "exit_status.hpp"

#include <stdexcept>
#include <string>
#include <vector>

namespace async_llm::command {

/// Exception that ends the program with a status and a sentence.
class command_failure : public std::runtime_error {
public:
    command_failure(exit_status with_status, std::string const& sentence)
        : std::runtime_error(sentence), status_(with_status) {}

    exit_status status() const noexcept { return status_; }

private:
    exit_status status_;
};

/// \name The subcommands. Each throws \ref command_failure, and what the library throws.
/// @{
exit_status run_bulk(bulk_arguments const& arguments, environment const& lookup);
exit_status run_merge(merge_arguments const& arguments);
exit_status run_check(check_arguments const& arguments);
exit_status run_ask(ask_arguments const& arguments, environment const& lookup);
/// @}

/// Leaves out those that are the errors files of others, which a pattern of the shell may have caught as
/// well.
std::vector<std::string> without_errors_files(std::vector<std::string> outputs);

/// Opens an input to see whether it is there. Throws \ref command_failure with `exit_status::no_input`.
void require_input(std::string const& path);

} // namespace async_llm::command

#endif
