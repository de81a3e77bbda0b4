// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_DETAIL_ERASED_HANDLER_HPP
#define ASYNC_LLM_DETAIL_ERASED_HANDLER_HPP

#include <async_llm/detail/adapted_handler.hpp>
#include <async_llm/detail/config.hpp>

#include <boost/asio/any_completion_executor.hpp>
#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>

#include <concepts>
#include <optional>
#include <utility>

namespace async_llm::detail {

/// Moves the values that it is shown into a handler.
struct move_values {
    template <class Handler, class... Args>
    void operator()(Handler&& handler, Args&... args) const {
        std::forward<Handler>(handler)(std::move(args)...);
    }
};

/// A user's handler of the signature `void(Args...)`, whatever its type, and where it is to be called.
/** It is shown the values where they are: by value, each layer of Asio's type erasure would move a response
 * once more. */
template <class... Args>
class erased_handler {
public:
    using any_handler = asio::any_completion_handler<void(Args&...)>;

    /// `io_executor`: where a handler is called that brings no executor of its own.
    // The executor is asked for before the handler loses its type: afterwards it comes by way of the heap.
    template <class Handler>
    erased_handler(Handler&& handler, asio::any_io_executor const& io_executor) : executor_(io_executor) {
        auto own = asio::get_associated_executor(handler, io_executor);
        if constexpr (std::convertible_to<decltype(own), asio::any_io_executor>)
            executor_ = std::move(own);
        else
            other_executor_ = std::move(own);
        handler_.emplace(adapt_handler(std::forward<Handler>(handler), move_values()));
    }

    /// The handler's executor, unless \ref other_executor is.
    asio::any_io_executor const& executor() const noexcept { return executor_; }
    /// The handler's executor if it is not fit for I/O; empty otherwise.
    asio::any_completion_executor const& other_executor() const noexcept { return other_executor_; }

    any_handler take() && noexcept { return std::move(*handler_); }

private:
    asio::any_io_executor executor_;
    asio::any_completion_executor other_executor_;
    // Always set; an optional, because an any_completion_handler of Asio 1.26 must not be assigned to.
    std::optional<any_handler> handler_;
};

} // namespace async_llm::detail

#endif
