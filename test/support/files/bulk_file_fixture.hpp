// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_FILES_BULK_FILE_FIXTURE_HPP
#define ASYNC_LLM_TEST_SUPPORT_FILES_BULK_FILE_FIXTURE_HPP

#include "support/files/temporary_folder.hpp"
#include "support/fixtures/client_fixture.hpp"
#include <async_llm/bulk_file.hpp>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/thread_pool.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace async_llm::test {

/// Run over a file, and once it is over, what it ended with.
struct file_outcome {
    file_outcome() = default;

    bool done = false;
    error_code ec;
    bulk_file_report report;
    /// Emit it while the loop does not run.
    asio::cancellation_signal cancel;
};
using file_outcome_ptr = std::shared_ptr<file_outcome>;

/// A server, a client, a thread for files, and a folder with an input of numbered lines.
struct bulk_file_fixture : client_fixture {
    bulk_file_fixture();

    /// Options of the next run, with a control of their own.
    bulk_file_options new_options();

    file_outcome_ptr start(client const& from, bulk_file_options const& options);
    file_outcome_ptr start(client const& from) { return start(from, options); }

    /// A run from start to end.
    file_outcome_ptr run_file(client const& from, bulk_file_options const& options);
    file_outcome_ptr run_file(client const& from) { return run_file(from, options); }
    /// A run of a new client.
    file_outcome_ptr run_file();
    void wait(file_outcome_ptr const& outcome);

    /// Writes an input of so many lines; line N has the id `rN` and says `N`, from 0.
    void write_input(int count);

    /// Checks that the output has the echo of each of so many lines, once.
    void check_output(int count);

    /// The server answers nothing until \ref release, except what says one of these.
    void hold();
    /// The server answers everything with an echo.
    void release();

    temporary_folder folder;
    std::string input = folder.file("in.jsonl");
    std::string output = folder.file("out.jsonl");
    std::string errors = folder.file("out.errors.jsonl");
    std::string journal = folder.file("out.jsonl.journal");
    asio::thread_pool files{1};
    bulk_file_options options{files.get_executor()};
};

/// The input line that says a number.
std::string numbered_line(int number);

/// So many ids, `r0` and so on.
std::vector<std::string> numbered_ids(int count);

std::vector<std::string> sorted(std::vector<std::string> ids);

} // namespace async_llm::test

#endif
