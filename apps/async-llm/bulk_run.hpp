// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_COMMAND_BULK_RUN_HPP
#define ASYNC_LLM_COMMAND_BULK_RUN_HPP

#include "arguments.hpp"
#include "file_source.hpp"
#include "gzip_reader.hpp"
#include "progress_display.hpp"
#include "progress_meter.hpp"
#include "run_recorder.hpp"
#include "signal_watch.hpp"
#include "summary.hpp"
#include <async_llm/bulk_file.hpp>
#include <async_llm/client.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace async_llm::command {

/// Input of a run as the command reads it: from a file or a pipe, compressed or not.
class run_input {
public:
    /// Opens it. Throws `boost::system::system_error` with the path.
    explicit run_input(std::string const& path);

    /// Returns what the library reads. To be called once.
    bulk_input take();

    /// Puts in how much of the file was read, of a compressed one in compressed bytes.
    void complete(bulk_file_progress& progress) const;

    /// Ends a read that waits for another program.
    void interrupt() noexcept { interruption_->trigger(); }
    bool was_cut_off() const noexcept { return source_->was_cut_off(); }

private:
    std::shared_ptr<interruption> interruption_;
    std::shared_ptr<file_source> source_;
    std::string plain_path_;                              // empty: it is compressed, or may be
    std::shared_ptr<std::atomic<std::uint64_t>> decoded_; // bytes that the library has got
};

/// Run over a file with its display and its signals.
class bulk_run {
public:
    bulk_run(
        bulk_arguments const& arguments,
        provider const& server,
        job_limits const& limits,
        bulk_shard shard,
        std::string output
    );

    /// Runs to the end. To be called once.
    run_result run();

private:
    using clock = std::chrono::steady_clock;

    client make_client(provider const& server);
    std::shared_ptr<shared_limits> make_shared_limits();
    bulk_file_options make_options();
    void on_signal(int count);
    void on_progress(bulk_file_progress progress);
    void on_end(error_code ec, bulk_file_report report);
    void forget_cut_input();
    void say(std::string const& sentence);

    bulk_arguments const& arguments_;
    job_limits limits_;
    bulk_shard shard_;
    clock::time_point begin_ = clock::now();
    progress_display display_;
    progress_meter meter_;
    std::shared_ptr<run_recorder> recorder_; // null: there is no page to be written
    run_input input_;
    run_result result_;

    boost::asio::io_context io_;
    // Behind the context, which has to outlive its thread.
    boost::asio::thread_pool files_;
    // By itself: reading may wait for whoever writes the input.
    std::optional<boost::asio::thread_pool> limits_thread_;
    client client_;
    bulk_file_control control_;
    boost::asio::steady_timer grace_;
    signal_watch signals_;
};

} // namespace async_llm::command

#endif
