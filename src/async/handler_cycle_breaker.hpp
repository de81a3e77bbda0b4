// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_ASYNC_HANDLER_CYCLE_BREAKER_HPP
#define ASYNC_LLM_ASYNC_HANDLER_CYCLE_BREAKER_HPP

#include "async/operation.hpp"

#include <exception>
#include <memory>
#include <utility>

namespace async_llm::detail {

/// Lets the user's handlers go if an operation's coroutine is destroyed instead of ended, as it is together
/// with its loop.
/**
 * The handler may be a coroutine that owns the stream (or the bulk run), which owns the operation, which owns
 * the handler: `Operation::drop_handlers` cuts that circle. To be a local variable of the coroutine.
 */
template <class Operation>
class handler_cycle_breaker {
public:
    explicit handler_cycle_breaker(std::weak_ptr<net::operation> op) : op_(std::move(op)) {}
    handler_cycle_breaker(handler_cycle_breaker const&) = delete;
    handler_cycle_breaker& operator=(handler_cycle_breaker const&) = delete;
    ~handler_cycle_breaker() {
        // After an end, and after an exception, finish() answers.
        if (ended_ || std::uncaught_exceptions() > 0) return;
        if (auto const op = std::static_pointer_cast<Operation>(op_.lock())) op->drop_handlers();
    }

    void ended() noexcept { ended_ = true; }

private:
    std::weak_ptr<net::operation> op_;
    bool ended_ = false;
};

} // namespace async_llm::detail

#endif
