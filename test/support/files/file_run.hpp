// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_FILES_FILE_RUN_HPP
#define ASYNC_LLM_TEST_SUPPORT_FILES_FILE_RUN_HPP

#include "file/bulk_files.hpp"
#include "support/files/temporary_folder.hpp"

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace async_llm::test {

/// Options of a run without a client, for which no executor is needed.
bulk_file_options file_options();

/// The input line of a request, in the form of the Batch API.
std::string request_text(std::string const& custom_id, std::string const& body);

/// Run over files whose lines are answered by a function in place of a provider.
class file_run {
public:
    /// The reply to a line; its `error_code` says that it failed.
    using responder = std::function<file::line_result(file::line_task const&)>;

    file_run(std::string const& input, std::string const& output, bulk_file_options const& options);

    /// Reads and answers, so many lines at a time, in the order of the input or backwards.
    void run(responder const& respond, std::size_t at_a_time = 3, bool backwards = false);

    /// Lines that were asked.
    std::vector<std::string> const& asked() const noexcept { return asked_; }
    file::bulk_files& files() noexcept { return files_; }
    file::file_counts const& counts() const noexcept { return files_.counts(); }

private:
    file::bulk_files files_;
    std::vector<std::string> asked_;
};

/// An answer that repeats the body.
file::line_result echo_of(file::line_task const& task);

/// A failure with this status.
file::line_result failure_of(file::line_task const& task, int status, bool is_final);

} // namespace async_llm::test

#endif
