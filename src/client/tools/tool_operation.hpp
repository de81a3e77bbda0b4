// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_TOOLS_TOOL_OPERATION_HPP
#define ASYNC_LLM_CLIENT_TOOLS_TOOL_OPERATION_HPP

#include "async/operation.hpp"
#include "codec/http/credential_mask.hpp"
#include <async_llm/detail/config.hpp>
#include <async_llm/run_tools.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <chrono>
#include <exception>
#include <memory>
#include <string>
#include <utility>

namespace async_llm::detail {

class run_tools_operation;

/// Result of a call of the model.
struct tool_outcome {
    tool_outcome() = default;
    tool_outcome(error_code code, std::string sentence) : ec(code), text(std::move(sentence)) {}

    /// No error: the tool has done it.
    error_code ec;
    /// The result, or what went wrong.
    std::string text;
    /// Exception that the tool threw of its own accord. Null: none.
    std::exception_ptr exception;
};

/// One tool at work, on a strand of its own.
class tool_operation final : public net::operation {
public:
    /// Runs on the executor of `service`, and notifies `run` when it has ended. Zero `limit`: none.
    /** `credentials`: which secrets no error of the tool may contain. */
    tool_operation(
        std::shared_ptr<net::operation_pool> service,
        std::weak_ptr<run_tools_operation> run,
        std::shared_ptr<tool_function const> function,
        tool_invocation invocation,
        std::chrono::milliseconds limit,
        std::shared_ptr<codec::credential_mask const> credentials
    )
        : operation(std::move(service), std::chrono::milliseconds(0)),
          run_(std::move(run)),
          function_(std::move(function)),
          invocation_(std::move(invocation)),
          limit_(limit),
          credentials_(std::move(credentials)) {}

    /// Returns whether the outcome is there. From any thread.
    bool ended() const noexcept { return ended_.load(std::memory_order_acquire); }

    /// Precondition: \ref ended.
    tool_outcome take_outcome() noexcept { return std::move(outcome_); }

private:
    asio::awaitable<void> run() override;
    void finish(std::exception_ptr exception) noexcept override;
    void set_outcome();

    std::weak_ptr<run_tools_operation> run_;
    std::shared_ptr<tool_function const> function_;
    tool_invocation invocation_;
    std::chrono::milliseconds limit_;
    std::shared_ptr<codec::credential_mask const> credentials_;
    tool_outcome outcome_;
    std::atomic<bool> ended_ = false;
};

} // namespace async_llm::detail

#endif
