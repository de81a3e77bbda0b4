// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_DETAIL_ERASED_HANDLER_HPP
#define ASYNC_LLM_DETAIL_ERASED_HANDLER_HPP

#include <async_llm/detail/config.hpp>

#include <boost/asio/any_completion_executor.hpp>
#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/associator.hpp>

#include <concepts>
#include <optional>
#include <type_traits>
#include <utility>

namespace async_llm::detail {

/// Gives the values that it is shown to a handler.
template <class Handler>
struct forwarding_handler {
    template <class... Args>
    void operator()(Args&... args) {
        std::move(handler)(std::move(args)...);
    }

    Handler handler;
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
        handler_.emplace(forwarding_handler<std::decay_t<Handler>>{std::forward<Handler>(handler)});
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

namespace boost::asio {

// The associates of the user's handler (executor, allocator, cancellation slot) count for this one,
// too.
template <template <class, class> class Associator, class Handler, class DefaultCandidate>
struct associator<Associator, async_llm::detail::forwarding_handler<Handler>, DefaultCandidate>
    : Associator<Handler, DefaultCandidate> {
    using forwarding = async_llm::detail::forwarding_handler<Handler>;

    static auto get(forwarding const& source) noexcept {
        return Associator<Handler, DefaultCandidate>::get(source.handler);
    }
    static auto get(forwarding const& source, DefaultCandidate const& otherwise) noexcept
        -> decltype(Associator<Handler, DefaultCandidate>::get(source.handler, otherwise)) {
        return Associator<Handler, DefaultCandidate>::get(source.handler, otherwise);
    }
};

} // namespace boost::asio

#endif
