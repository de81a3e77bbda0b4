// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_COMMAND_PROGRESS_DISPLAY_HPP
#define ASYNC_LLM_COMMAND_PROGRESS_DISPLAY_HPP

#include "arguments.hpp"
#include "file_source.hpp"
#include "progress_meter.hpp"
#include <async_llm/bulk_shard.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace async_llm::command {

/// Returns whether a descriptor is a terminal.
bool is_terminal(int number) noexcept;

/// Returns the width of a terminal; 80 if it does not say.
std::size_t terminal_columns(int number) noexcept;

/// Progress of a run, as a line on the terminal or as heartbeats.
class progress_display {
public:
    /// Opens the file of the heartbeats. Throws `boost::system::system_error` with the path.
    progress_display(bulk_arguments const& arguments, bulk_shard shard);
    progress_display(progress_display const&) = delete;
    progress_display& operator=(progress_display const&) = delete;
    ~progress_display() { clear(); }

    /// Time between two calls of \ref show.
    std::chrono::milliseconds interval() const noexcept;
    /// Returns whether anything is shown.
    bool is_on() const noexcept { return kind_ != progress_kind::none; }

    void show(run_figures const& figures);

    /// Removes the line from the terminal, so that something else can be printed.
    void clear() noexcept;

private:
    progress_kind kind_;
    bulk_shard shard_;
    descriptor file_; // of heartbeats, unless they go to standard error
    bool has_line_ = false;
};

/// Writes all of it, as far as the descriptor takes it.
void write_all(int number, std::string_view text) noexcept;

} // namespace async_llm::command

#endif
