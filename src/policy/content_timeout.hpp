// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_POLICY_CONTENT_TIMEOUT_HPP
#define ASYNC_LLM_POLICY_CONTENT_TIMEOUT_HPP

#include "policy/deadline_after.hpp"
#include <async_llm/error.hpp>

#include <algorithm>
#include <chrono>

namespace async_llm::policy {

/// Limits of a stream's time without content.
/**
 * Time passes only while the caller waits for the stream: a caller that takes its time must not look like a
 * provider that does. What arrives without being content does not set it back. Thread safety: none.
 */
class content_timeout {
public:
    /// Limits until the first content, and from each to the next; 0: none.
    content_timeout(std::chrono::milliseconds first, std::chrono::milliseconds idle) noexcept
        : idle_(std::max(idle, idle.zero())), limit_(std::max(first, first.zero())) {}

    /// Error for which the stream ends if the limit passes.
    errc error() const noexcept { return first_ ? errc::first_content_timeout : errc::stream_stalled; }

    /// Rest of the present limit; 0: there is none. At least a millisecond otherwise.
    std::chrono::milliseconds left() const noexcept {
        if (limit_.count() == 0) return limit_;
        auto const spent = std::chrono::floor<std::chrono::milliseconds>(waited_);
        return std::max(limit_ - spent, std::chrono::milliseconds(1));
    }

    /// Adds time spent waiting without content.
    void waited(duration time) noexcept { waited_ += std::max(time, duration::zero()); }

    /// Content has come.
    void content() noexcept {
        first_ = false;
        limit_ = idle_;
        waited_ = duration::zero();
    }

private:
    std::chrono::milliseconds idle_;
    std::chrono::milliseconds limit_;
    duration waited_{0};
    bool first_ = true;
};

} // namespace async_llm::policy

#endif
