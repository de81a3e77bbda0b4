// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_COMMAND_PROGRESS_METER_HPP
#define ASYNC_LLM_COMMAND_PROGRESS_METER_HPP

#include <async_llm/bulk_file_options.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

namespace async_llm::command {

/// Figures of a run with rates of late, and the time left.
struct run_figures {
    run_figures() = default;

    bulk_file_progress progress;
    /// Lines that need no more work: answered, failed, refused or given up, by this run or an earlier one.
    std::uint64_t done = 0;
    /// Lines in all. Unset: not known.
    std::optional<std::uint64_t> total;
    /// `total` was computed from the part of the input that was read.
    bool total_is_estimated = false;
    /// Lines answered or failed, and tokens in and out, per second of the last half minute.
    double per_second = 0;
    double tokens_per_second = 0;
    /// Since the run began.
    double elapsed = 0;
    /// Time left, in seconds. Unset: not known yet.
    std::optional<double> seconds_left;
};

/// Returns the place in a file at which a reader is that has taken `taken` bytes of the `decoded` ones.
/** `read`: bytes of the file that were read for these; as many, unless it is compressed. */
std::uint64_t position_in_file(std::uint64_t taken, std::uint64_t decoded, std::uint64_t read);

/// Computes rates and the time left from the figures of a run as they come.
class progress_meter {
public:
    using time_point = std::chrono::steady_clock::time_point;

    explicit progress_meter(time_point begin) : begin_(begin) {}

    run_figures take(bulk_file_progress const& progress, time_point now);

private:
    struct sample {
        sample(time_point when, std::uint64_t lines_done, std::int64_t tokens_used)
            : time(when), lines(lines_done), tokens(tokens_used) {}

        time_point time;
        std::uint64_t lines;
        std::int64_t tokens;
    };

    time_point begin_;
    std::deque<sample> samples_;
};

} // namespace async_llm::command

#endif
