// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "run_recorder.hpp"

#include <boost/asio/error.hpp>

#include <new>

namespace async_llm::command {
namespace {

constexpr int too_many_requests = 429;

} // namespace

// A point less on the page is better than an end of the run.

void run_recorder::attempt_finished(attempt_finished_event const& event) noexcept try {
    if (event.info.status == too_many_requests) history_.add_rate_limited(now());
} catch (std::bad_alloc const&) {
}

void run_recorder::call_finished(call_finished_event const& event) noexcept try {
    if (event.ec == boost::asio::error::operation_aborted) return;
    if (event.ec) return history_.add_failure(now());
    auto const& used = event.response.completion.usage;
    history_.add_answer(now(), event.info.timings.total, used ? used->total_tokens : 0);
} catch (std::bad_alloc const&) {
}

} // namespace async_llm::command
