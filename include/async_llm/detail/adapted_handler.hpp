// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_DETAIL_ADAPTED_HANDLER_HPP
#define ASYNC_LLM_DETAIL_ADAPTED_HANDLER_HPP

#include <boost/asio/associator.hpp>

#include <type_traits>
#include <utility>

namespace async_llm::detail {

/// Handler that passes what it is called with to another one, by way of `Adapter`.
template <class Handler, class Adapter>
class adapted_handler {
public:
    template <class From>
    adapted_handler(From&& handler, Adapter adapter)
        : handler_(std::forward<From>(handler)), adapter_(std::move(adapter)) {}

    template <class... Args>
    void operator()(Args&&... args) {
        adapter_(std::move(handler_), std::forward<Args>(args)...);
    }

    Handler const& handler() const noexcept { return handler_; }

private:
    Handler handler_;
    [[no_unique_address]] Adapter adapter_;
};

template <class Handler, class Adapter>
adapted_handler<std::decay_t<Handler>, Adapter> adapt_handler(Handler&& handler, Adapter adapter) {
    return adapted_handler<std::decay_t<Handler>, Adapter>(
        std::forward<Handler>(handler),
        std::move(adapter)
    );
}

} // namespace async_llm::detail

namespace boost::asio {

// The associates of the user's handler (executor, allocator, cancellation slot) count for this one, too.
template <template <class, class> class Associator, class Handler, class Adapter, class DefaultCandidate>
struct associator<Associator, async_llm::detail::adapted_handler<Handler, Adapter>, DefaultCandidate>
    : Associator<Handler, DefaultCandidate> {
    using adapted = async_llm::detail::adapted_handler<Handler, Adapter>;

    static auto get(adapted const& from) noexcept {
        return Associator<Handler, DefaultCandidate>::get(from.handler());
    }
    static auto get(adapted const& from, DefaultCandidate const& otherwise) noexcept
        -> decltype(Associator<Handler, DefaultCandidate>::get(from.handler(), otherwise)) {
        return Associator<Handler, DefaultCandidate>::get(from.handler(), otherwise);
    }
};

} // namespace boost::asio

#endif
