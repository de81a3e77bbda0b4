// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_TOOLS_TOOL_LOOP_CHECKS_HPP
#define ASYNC_LLM_CLIENT_TOOLS_TOOL_LOOP_CHECKS_HPP

#include <async_llm/chat_completion.hpp>
#include <async_llm/chat_request.hpp>
#include <async_llm/detail/config.hpp>
#include <async_llm/message.hpp>
#include <async_llm/run_tools.hpp>
#include <async_llm/tool.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace async_llm::detail {

/// The name by which the model calls the tool; empty if it has none.
std::string_view name_of(tool const& definition) noexcept;

/// Refuses what a run can't work with, and names it in `detail`.
error_code check_run(
    chat_request const& request,
    toolbox const& tools,
    run_tools_options const& options,
    std::string& detail
);

/// Says in a sentence that a turn has more calls than its limit, of which 0 is none. Empty: it has not.
std::string too_many_calls(std::size_t calls, std::size_t limit);

/// Says in a sentence why the tools of a turn are not to run: the answer was cut off within a call, or a call
/// has no name. Empty: they are.
std::string unusable_call(choice const& turn);

/// Makes a choice that demands a call one that allows it.
void relax_tool_choice(chat_request& request);

/// Gives each call of the turn an id that no other of its calls has. `place`: which message of the
/// conversation it is.
void complete_ids(message& turn, std::size_t place);

/// Adds what one turn took.
void add_usage(usage const& turn, usage& total) noexcept;

} // namespace async_llm::detail

#endif
