// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_BULK_BULK_STATS_HPP
#define ASYNC_LLM_CLIENT_BULK_BULK_STATS_HPP

#include <async_llm/bulk.hpp>
#include <async_llm/chat_completion.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace async_llm::detail {

/// Figures of a bulk run. Thread safety: all.
class bulk_tally {
public:
    enum class outcome { completed, failed, cancelled };

    bulk_tally() = default;

    /// The clock starts.
    void run_begun(std::optional<std::size_t> total);
    void call_begun();
    void call_ended(outcome ending, std::optional<usage> const& took);
    /// The clock stops.
    void run_ended();

    /// Reason for an early end of the run. The first reason counts. Without memory for the sentence there is
    /// none.
    void explain(std::string_view detail, std::exception_ptr exception) noexcept;

    bulk_progress progress() const;
    /// Everything but the results.
    bulk_report report() const;

private:
    bulk_progress now() const;

    using steady = std::chrono::steady_clock;

    mutable std::mutex mutex_;
    bulk_progress counts_;
    usage took_;
    std::optional<steady::time_point> begun_;
    std::optional<steady::time_point> ended_;
    std::string detail_;
    std::exception_ptr exception_;
};

} // namespace async_llm::detail

#endif
