// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_DETAIL_REQUEST_FEED_HPP
#define ASYNC_LLM_DETAIL_REQUEST_FEED_HPP

#include <async_llm/chat_request.hpp>
#include <async_llm/detail/config.hpp>

#include <boost/asio/awaitable.hpp>

#include <concepts>
#include <cstddef>
#include <iterator>
#include <optional>
#include <type_traits>
#include <utility>

namespace async_llm {

class bulk_source;

namespace detail {

class bulk_operation;

/// Type-erased source of requests.
class ASYNC_LLM_DECL request_feed {
public:
    request_feed() = default;
    request_feed(request_feed const&) = delete;
    request_feed& operator=(request_feed const&) = delete;
    virtual ~request_feed();

    /// The next one; nothing at the end, after which it is not called again.
    virtual std::optional<chat_request> pull() = 0;

    /// Number of requests at the beginning, if that is known.
    virtual std::optional<std::size_t> size() = 0;
};

/// Source of requests that have to be waited for.
class ASYNC_LLM_DECL async_request_feed {
public:
    async_request_feed() = default;
    async_request_feed(async_request_feed const&) = delete;
    async_request_feed& operator=(async_request_feed const&) = delete;
    virtual ~async_request_feed();

    virtual asio::awaitable<std::optional<chat_request>> pull() = 0;
};

// <ranges> has a concept for this, and takes longer to compile than the rest of this header.
template <class Range>
concept request_range = requires(Range& range) {
    { std::ranges::begin(range) } -> std::input_iterator;
    std::ranges::end(range);
    { *std::ranges::begin(range) } -> std::convertible_to<chat_request>;
};

template <class Function>
concept request_generator = requires(Function& function) {
    { function() } -> std::same_as<std::optional<chat_request>>;
};

template <class Function>
concept async_request_generator = requires(Function& function) {
    { function() } -> std::same_as<asio::awaitable<std::optional<chat_request>>>;
};

template <class Type>
concept not_a_source = !std::same_as<std::remove_cvref_t<Type>, bulk_source>;

template <request_range Range>
class range_feed final : public request_feed {
public:
    explicit range_feed(Range range) : range_(std::move(range)) {}

    std::optional<chat_request> pull() override {
        // Nothing is done ahead: a view may compute, or wait, when its iterator moves.
        if (place_)
            ++*place_;
        else
            place_.emplace(std::ranges::begin(range_));
        if (*place_ == std::ranges::end(range_)) return std::nullopt;
        return std::optional<chat_request>(std::in_place, **place_);
    }

    std::optional<std::size_t> size() override {
        if constexpr (requires { std::ranges::size(range_); })
            return static_cast<std::size_t>(std::ranges::size(range_));
        else
            return std::nullopt;
    }

private:
    Range range_;
    std::optional<decltype(std::ranges::begin(std::declval<Range&>()))> place_;
};

template <request_generator Function>
class generator_feed final : public request_feed {
public:
    explicit generator_feed(Function function) : function_(std::move(function)) {}

    std::optional<chat_request> pull() override { return function_(); }
    std::optional<std::size_t> size() override { return std::nullopt; }

private:
    Function function_;
};

template <async_request_generator Function>
class async_generator_feed final : public async_request_feed {
public:
    explicit async_generator_feed(Function function) : function_(std::move(function)) {}

    asio::awaitable<std::optional<chat_request>> pull() override { return function_(); }

private:
    Function function_;
};

} // namespace detail

} // namespace async_llm

#endif
