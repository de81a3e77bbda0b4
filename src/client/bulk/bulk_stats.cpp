// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/bulk/bulk_stats.hpp"

#include "client/tools/tool_loop_checks.hpp"

#include <new>
#include <utility>

namespace async_llm::detail {

void bulk_tally::run_begun(std::optional<std::size_t> total) {
    std::lock_guard const lock(mutex_);
    counts_.total = total;
    begun_ = steady::now();
}

void bulk_tally::call_begun() {
    std::lock_guard const lock(mutex_);
    ++counts_.started;
    ++counts_.in_flight;
}

void bulk_tally::call_ended(outcome ending, std::optional<usage> const& took) {
    std::lock_guard const lock(mutex_);
    --counts_.in_flight;
    if (ending == outcome::completed) ++counts_.completed;
    if (ending == outcome::failed) ++counts_.failed;
    if (ending == outcome::cancelled) ++counts_.cancelled;
    // Failed generations cost something, too.
    if (took) add_usage(*took, took_);
}

void bulk_tally::run_ended() {
    std::lock_guard const lock(mutex_);
    ended_ = steady::now();
}

void bulk_tally::explain(std::string_view detail, std::exception_ptr exception) noexcept {
    std::lock_guard const lock(mutex_);
    if (!detail_.empty() || exception_) return;
    exception_ = std::move(exception);
    try {
        detail_ = detail;
    } catch (std::bad_alloc const&) {
    }
}

bulk_progress bulk_tally::progress() const {
    std::lock_guard const lock(mutex_);
    return now();
}

bulk_report bulk_tally::report() const {
    std::lock_guard const lock(mutex_);
    bulk_report result;
    result.progress = now();
    result.detail = detail_;
    result.exception = exception_;
    return result;
}

bulk_progress bulk_tally::now() const {
    auto result = counts_;
    result.input_tokens = took_.prompt_tokens;
    result.output_tokens = took_.completion_tokens;
    result.cost = took_.cost;
    if (!begun_) return result;
    result.elapsed = ended_.value_or(steady::now()) - *begun_;
    auto const seconds = std::chrono::duration<double>(result.elapsed).count();
    if (seconds > 0) result.per_second = static_cast<double>(result.completed + result.failed) / seconds;
    return result;
}

} // namespace async_llm::detail
