// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "progress_meter.hpp"

#include <algorithm>
#include <cmath>

namespace async_llm::command {
namespace {

constexpr auto window = std::chrono::seconds(30);

double seconds(std::chrono::steady_clock::duration time) {
    return std::chrono::duration<double>(time).count();
}

/// Sets the number of lines in all, as far as it is known.
void find_total(run_figures& figures) {
    auto const& progress = figures.progress;
    figures.total = progress.total;
    if (progress.total || progress.input_size == 0 || progress.input_bytes == 0 || progress.lines == 0)
        return;
    auto const share = static_cast<double>(progress.input_size) / static_cast<double>(progress.input_bytes);
    auto const estimate =
        static_cast<std::uint64_t>(std::llround(static_cast<double>(progress.lines) * share));
    figures.total = std::max(estimate, progress.lines);
    figures.total_is_estimated = true;
}

} // namespace

std::uint64_t position_in_file(std::uint64_t taken, std::uint64_t decoded, std::uint64_t read) {
    if (taken >= decoded) return read;
    auto const share = static_cast<double>(taken) / static_cast<double>(decoded);
    return static_cast<std::uint64_t>(share * static_cast<double>(read));
}

run_figures progress_meter::take(bulk_file_progress const& progress, time_point now) {
    run_figures result;
    result.progress = progress;
    result.elapsed = std::max(seconds(now - begin_), 0.0);
    result.done = progress.answered_before + progress.failed_before + progress.answered + progress.failed +
        progress.refused + progress.cancelled;
    find_total(result);

    samples_.emplace_back(
        now,
        progress.answered + progress.failed,
        progress.input_tokens + progress.output_tokens
    );
    // The second one is kept as the beginning of the window.
    while (samples_.size() > 2 && samples_[1].time <= now - window) samples_.pop_front();
    auto const& first = samples_.front();
    auto const& last = samples_.back();
    auto const span = seconds(last.time - first.time);
    if (span > 0) {
        result.per_second = static_cast<double>(last.lines - first.lines) / span;
        result.tokens_per_second = static_cast<double>(last.tokens - first.tokens) / span;
    }
    bool const is_running = progress.stage == bulk_file_stage::running;
    if (is_running && result.total && result.per_second > 0) {
        auto const left = *result.total > result.done ? *result.total - result.done : 0;
        result.seconds_left = static_cast<double>(left) / result.per_second;
    }
    return result;
}

} // namespace async_llm::command
