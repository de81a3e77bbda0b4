// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_BULK_FILE_WORKER_HPP
#define ASYNC_LLM_CLIENT_BULK_FILE_WORKER_HPP

#include "codec/batch/line_key.hpp"
#include "file/bulk_files.hpp"
#include "file/line_result.hpp"
#include <async_llm/bulk_file_options.hpp>
#include <async_llm/detail/config.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace async_llm::detail {

/// Work on the files of a run, and what came of it.
struct file_job {
    file_job() = default;

    /// \name Work, in this order
    /// @{
    bool opens = false;
    std::vector<file::line_result> results;
    bool syncs = false;
    /// Most lines to be read.
    std::size_t most_lines = 0;
    bool closes = false;
    /// Keys of the lines that were asked and have no answer, for the end.
    std::set<codec::line_key> in_flight;
    /// @}

    /// \name Result
    /// @{
    std::vector<file::line_task> tasks;
    bool is_blocked = false;
    file::file_counts counts;
    std::vector<bulk_refused_line> refused_lines; // at the end
    std::exception_ptr exception;
    /// @}
};

/// Files of a run on the executor that the user gave for them. One job at a time.
class file_worker : public std::enable_shared_from_this<file_worker> {
public:
    file_worker(bulk_input input, std::string output, bulk_file_options const& options)
        : executor_(options.file_executor), files_(std::move(input), std::move(output), options) {}
    file_worker(file_worker const&) = delete;
    file_worker& operator=(file_worker const&) = delete;

    /// Does the job there, and calls `done` on this executor. False: there is no memory to begin it.
    bool start(
        std::shared_ptr<file_job> const& job,
        asio::any_io_executor const& done_on,
        std::function<void()> const& done
    );

private:
    void work(file_job& job) noexcept;
    void do_parts(file_job& job);

    asio::any_io_executor executor_;
    file::bulk_files files_;
};

} // namespace async_llm::detail

#endif
