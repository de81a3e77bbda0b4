// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_ASYNC_HANDLER_CYCLE_BREAKER_HPP
#define ASYNC_LLM_ASYNC_HANDLER_CYCLE_BREAKER_HPP

#include "async/operation.hpp"

#include <memory>
#include <utility>

namespace async_llm::detail {

/// Breaks the cycle handler, stream, operation, handler when an execution context is destroyed with an
/// operation in it.
/**
 * The handler may be a coroutine that owns the stream (or the bulk run), which owns the operation, which owns
 * the handler: `Operation::drop_handlers` cuts that cycle. To be a local variable of the operation's
 * coroutine, which reports its ends, by exception too: then the operation answers its handlers itself.
 */
template <class Operation>
class handler_cycle_breaker {
public:
    explicit handler_cycle_breaker(std::weak_ptr<net::operation> op) : op_(std::move(op)) {}
    handler_cycle_breaker(handler_cycle_breaker const&) = delete;
    handler_cycle_breaker& operator=(handler_cycle_breaker const&) = delete;
    ~handler_cycle_breaker() {
        if (ended_) return;
        if (auto const op = std::static_pointer_cast<Operation>(op_.lock())) op->drop_handlers();
    }

    /// The coroutine has ended, and was not destroyed. Not recognized by uncaught exceptions: the context may
    /// be destroyed by one.
    void ended() noexcept { ended_ = true; }

private:
    std::weak_ptr<net::operation> op_;
    bool ended_ = false;
};

} // namespace async_llm::detail

#endif
