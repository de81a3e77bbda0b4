// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_COMMAND_EXIT_STATUS_HPP
#define ASYNC_LLM_COMMAND_EXIT_STATUS_HPP

#include <async_llm/bulk_file.hpp>
#include <async_llm/error.hpp>

namespace async_llm::command {

/// Exit statuses of the program. Those from 65 to 75 are those of sysexits.h.
enum class exit_status {
    success = 0,
    /// Lines failed, were refused, or have no answer.
    incomplete = 3,
    /// A cap of cost, tokens or calls was reached.
    cap_reached = 4,
    /// The arguments, the key, the account or the request have to be mended first; no use in a restart.
    misuse = 42,
    /// The input is damaged (EX_DATAERR).
    bad_data = 65,
    /// The input can't be opened (EX_NOINPUT).
    no_input = 66,
    /// The server can't be reached, or has failed too often (EX_UNAVAILABLE).
    unavailable = 69,
    /// A defect of the program (EX_SOFTWARE).
    software = 70,
    /// The system refused something, memory for instance (EX_OSERR).
    system = 71,
    /// A file can't be made (EX_CANTCREAT).
    cannot_create = 73,
    /// A file can't be read or written: the disk is full (EX_IOERR).
    io_error = 74,
    /// Another run has the output, or the server asks to come back later (EX_TEMPFAIL).
    temporary_failure = 75,
    /// Ended by SIGTERM or SIGINT.
    interrupted = 143,
};

/// Returns the status for an error, of a call or of the system.
exit_status status_of(error_code ec) noexcept;

/// Returns the status for a run over a file that completed with `ec`.
exit_status status_of(error_code ec, bulk_file_report const& report) noexcept;

} // namespace async_llm::command

#endif
