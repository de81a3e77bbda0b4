// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_BULK_SOURCE_HPP
#define ASYNC_LLM_BULK_SOURCE_HPP

#include <async_llm/chat_request.hpp>
#include <async_llm/detail/config.hpp>
#include <async_llm/detail/request_feed.hpp>

#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace async_llm {

/// Source of the requests of a bulk run: a range, a function, or a coroutine function. Converts from
/// each.
/**
 * It is asked for the next request when the run has room for one, on the strand of the run, and never ahead.
 * What it throws ends the run, cancels its calls, and is reported.
 *
 * Like every argument it is kept by value, and freed when the run has ended. A view of requests that stay
 * where they are (`std::views::all(requests)`, `std::span`) has to be valid until then.
 *
 * Give a function that is a lambda with captures a name before the `co_await` that uses it: g++ 12 destroys
 * those twice that are temporaries of such an expression.
 */
class bulk_source {
public:
    /// These requests. Each is moved out when its turn comes.
    ASYNC_LLM_DECL bulk_source(std::vector<chat_request> requests);

    /// Any other input range of requests, moved or copied; its elements are copied unless it yields rvalues.
    template <class Range>
        requires detail::not_a_source<Range> && detail::request_range<std::decay_t<Range>>
    bulk_source(Range&& requests)
        : feed_(std::make_unique<detail::range_feed<std::decay_t<Range>>>(std::forward<Range>(requests))) {}

    /// A function that gives a request each time it is called, as `std::optional<chat_request>`, and nothing
    /// at the end.
    template <class Function>
        requires detail::not_a_source<Function> && detail::request_generator<Function>
    bulk_source(Function generate)
        : feed_(std::make_unique<detail::generator_feed<Function>>(std::move(generate))) {}

    /// Source that may wait: it returns `asio::awaitable<std::optional<chat_request>>`.
    /**
     * Awaited once at a time, on the strand of the run, while results come in and are delivered. When the run
     * ends it is cancelled (`terminal`), and the end waits until it has returned; what it throws or returns
     * then is ignored.
     */
    template <class Function>
        requires detail::not_a_source<Function> && detail::async_request_generator<Function>
    bulk_source(Function generate)
        : async_feed_(std::make_unique<detail::async_generator_feed<Function>>(std::move(generate))) {}

    ASYNC_LLM_DECL bulk_source(bulk_source&&) noexcept;
    ASYNC_LLM_DECL bulk_source& operator=(bulk_source&&) noexcept;
    ASYNC_LLM_DECL ~bulk_source();

private:
    friend class detail::bulk_operation;

    // One of them.
    std::unique_ptr<detail::request_feed> feed_;
    std::unique_ptr<detail::async_request_feed> async_feed_;
};

} // namespace async_llm

#endif
