// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/tools/tool_operation.hpp"

#include "base/sanitize.hpp"
#include "client/tools/run_tools_operation.hpp"
#include <async_llm/error.hpp>

#include <boost/asio/deferred.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

namespace async_llm::detail {
namespace {

constexpr std::size_t max_error_chars = 500;

// Text of an exception for the model. It goes to the provider, so no key of whatever the tool talks to
// may be in it.
std::string sentence_of(std::exception_ptr const& exception, codec::credential_mask const& credentials) {
    std::string text;
    try {
        std::rethrow_exception(exception);
    } catch (std::exception const& e) {
        text = e.what();
        credentials.apply(text);
        // Cut first, with some room: what a key is replaced by is shorter.
        auto const line = codec::sanitize(text, 2 * max_error_chars);
        text = codec::sanitize(codec::redact_keys(line), max_error_chars);
    } catch (...) {
    }
    return text.empty() ? "the tool failed" : text;
}

} // namespace

asio::awaitable<void> tool_operation::run() {
    if (!stop_reason()) {
        // The tool shares the cancellation state of this coroutine, and expects what Asio does by default:
        // that its waits throw once it is cancelled.
        begin_phase(errc::tool_timeout, limit_);
        try {
            outcome_.text = co_await (*function_)(std::move(invocation_));
        } catch (...) {
            outcome_.exception = std::current_exception();
        }
    }
    // From here on it would not be caught. The tool may also have left the coroutine on another executor than
    // its own.
    co_await asio::this_coro::throw_if_cancelled(false);
    auto back = asio::dispatch(strand(), asio::deferred);
    co_await std::move(back);
    end_phase();
    set_outcome();
}

void tool_operation::set_outcome() {
    if (stop_reason() == errc::tool_timeout)
        outcome_ =
            tool_outcome(stop_reason(), "it took longer than " + std::to_string(limit_.count()) + " ms");
    else if (stop_reason())
        outcome_ = tool_outcome(stop_reason(), "it was cancelled");
    else if (outcome_.exception)
        outcome_.text = sentence_of(outcome_.exception, *credentials_);
    if (outcome_.exception) outcome_.ec = errc::tool_failed;
}

void tool_operation::finish(std::exception_ptr exception) noexcept {
    if (exception && !outcome_.ec) {
        outcome_ = tool_outcome(errc::tool_failed, std::string());
        outcome_.exception = std::move(exception);
    }
    // The last use of it must not be after the run's end.
    function_.reset();
    ended_.store(true, std::memory_order_release);
    if (auto const run = run_.lock()) run->on_tool_ended();
}

} // namespace async_llm::detail
