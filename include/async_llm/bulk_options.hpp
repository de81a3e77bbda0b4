// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_BULK_OPTIONS_HPP
#define ASYNC_LLM_BULK_OPTIONS_HPP

#include <async_llm/detail/config.hpp>
#include <async_llm/request_options.hpp>
#include <async_llm/spending_limits.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

namespace async_llm {

/// Progress of a bulk run.
struct bulk_progress {
    bulk_progress() = default;

    /// Calls that were begun.
    std::size_t started = 0;
    /// Those of them that ended well.
    std::size_t completed = 0;
    /// Those that ended with an error of their own.
    std::size_t failed = 0;
    /// Those that were ended together with the run; whether the provider has done them is not known.
    std::size_t cancelled = 0;
    /// Those that are under way.
    std::size_t in_flight = 0;
    /// Number of requests of the source. Unset: unknown.
    std::optional<std::size_t> total;
    /// Tokens of all calls that have ended, as far as the provider reported them (`usage`).
    std::int64_t input_tokens = 0;
    std::int64_t output_tokens = 0;
    /// Cost in USD. Unset: no reply has one.
    std::optional<double> cost;
    /// Spent in the sense of `bulk_options::spending`, with its `already_spent`. Nothing without caps.
    async_llm::spending spent;
    /// Since the run began; of a run that has ended, until then.
    std::chrono::nanoseconds elapsed{0};
    /// Calls that ended, well or not, per second of `elapsed`.
    double per_second = 0;
};

/// Options of \ref bulk and \ref complete_all.
struct bulk_options {
    ASYNC_LLM_DECL bulk_options();

    // Out of line, all five: they would be generated anew in every translation unit that names the type.
    ASYNC_LLM_DECL bulk_options(bulk_options const&);
    ASYNC_LLM_DECL bulk_options(bulk_options&&) noexcept;
    ASYNC_LLM_DECL bulk_options& operator=(bulk_options const&);
    ASYNC_LLM_DECL bulk_options& operator=(bulk_options&&) noexcept;
    ASYNC_LLM_DECL ~bulk_options();

    /// For each call. `-` and the number of the request is appended to an idempotency key, because they are
    /// different.
    request_options request;
    /// Most calls in flight, with the results that are not taken yet. At least 1.
    /** Those that find no connection (`pool_config::max_connections`) wait for one, within `timeouts::pool`.
     */
    std::size_t max_in_flight = 64;
    /// Does the first call that fails end the run, and cancel the others?
    bool fail_fast = false;
    /// Caps of what the run costs. None by default.
    /**
     * A run that meets one, or one of its client, begins no more calls, lets those in flight finish, and
     * after their results ends with `errc::spending_limit_reached`. At most one request was taken from the
     * source and not done.
     */
    spending_limits spending;
    /// Called each time a call has ended, one after the other, on the strand of the run. Empty: nothing.
    /** An exception of it ends the run. It is not called any more once the caller has cancelled the run. */
    std::function<void(bulk_progress const&)> on_progress;
};

} // namespace async_llm

#endif
