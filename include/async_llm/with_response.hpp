// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_WITH_RESPONSE_HPP
#define ASYNC_LLM_WITH_RESPONSE_HPP

#include <async_llm/completion_error.hpp>
#include <async_llm/detail/adapted_handler.hpp>
#include <async_llm/detail/config.hpp>
#include <async_llm/detail/initiation.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/version.hpp>

#include <concepts>
#include <exception>
#include <type_traits>
#include <utility>

namespace async_llm {

/// Completion token that turns the error of an operation into an exception with everything known of it.
/**
 * The default token of the library's operations. An operation of the signature `void(error_code, Value)`
 * completes `Token` with `void(std::exception_ptr, Value)`; so what `co_await client.async_complete(request)`
 * throws carries the response, as with \ref client::complete.
 *
 * The exception is a \ref completion_error with the response; \ref bulk_error with the report; the tool's,
 * the observer's or the source's own exception where that ended a run; and `boost::system::system_error` for
 * operations that have no response. With an exception, the value is moved from.
 *
 * Object lifetimes: an operation of a stream or a bulk run keeps what that knows until it has completed.
 *
 * The associated executor, allocator and cancellation slot are those of the handler of `Token`. Put adapters
 * (`cancel_after`) inside: one that is outside keeps \ref chat_stream::async_next and \ref bulk::async_next
 * from knowing more than the code.
 */
template <class Token = asio::deferred_t>
class with_response_t {
public:
    with_response_t() = default;
    explicit with_response_t(Token token) : token_(std::move(token)) {}

    /// The token that is completed with the exception.
    Token& token() noexcept { return token_; }
    Token const& token() const noexcept { return token_; }

private:
    Token token_;
};

/// Returns a completion token that gives this one an exception in place of the error code.
template <class Token>
with_response_t<std::decay_t<Token>> with_response(Token&& token) {
    return with_response_t<std::decay_t<Token>>(std::forward<Token>(token));
}

namespace detail {

/// Passes the exception that a story makes of an error to a handler.
template <class Story>
class tell_exception {
public:
    explicit tell_exception(Story story) noexcept : story_(std::move(story)) {}

    template <class Handler, class... Values>
    void operator()(Handler&& handler, error_code const& ec, Values&&... values) const {
        std::exception_ptr thrown;
        if (ec) thrown = story_(ec, values...);
        std::forward<Handler>(handler)(std::move(thrown), std::forward<Values>(values)...);
    }

private:
    [[no_unique_address]] Story story_;
};

/// Initiation whose handler gets an exception. Everything else Asio may ask is that initiation's answer.
template <class Initiation>
class initiation_with_response : public Initiation {
public:
    template <class From>
        requires std::constructible_from<Initiation, From>
    explicit initiation_with_response(From&& from) : Initiation(std::forward<From>(from)) {}

    template <class Handler, class... Args>
    void operator()(Handler&& handler, Args&&... args) && {
        auto adapted = adapt_handler(std::forward<Handler>(handler), adapter());
        static_cast<Initiation&&>(*this)(std::move(adapted), std::forward<Args>(args)...);
    }

    template <class Handler, class... Args>
    void operator()(Handler&& handler, Args&&... args) const& {
        auto adapted = adapt_handler(std::forward<Handler>(handler), adapter());
        static_cast<Initiation const&>(*this)(std::move(adapted), std::forward<Args>(args)...);
    }

private:
    auto adapter() const {
        if constexpr (requires(Initiation const& initiation) { initiation.story(); })
            return tell_exception(this->story());
        else
            return tell_exception(value_story());
    }
};

} // namespace detail

} // namespace async_llm

namespace boost::asio {

template <class Token, class Result, class... Values>
class async_result<async_llm::with_response_t<Token>, Result(async_llm::error_code, Values...)> {
public:
    template <class Initiation, class RawToken, class... Args>
    static auto initiate(Initiation&& initiation, RawToken&& token, Args&&... args) {
        using wrapper = async_llm::detail::initiation_with_response<std::decay_t<Initiation>>;
        using inner = std::remove_reference_t<decltype((token.token()))>;
        return async_initiate<inner, Result(std::exception_ptr, Values...)>(
            wrapper(std::forward<Initiation>(initiation)),
            token.token(),
            std::forward<Args>(args)...
        );
    }
};

#if BOOST_ASIO_VERSION < 102700
namespace detail {

// Asio 1.26 has a handler for this signature, but what gets the value out of it does not compile.
template <std::move_constructible Value, class Executor>
class awaitable_async_op_handler<void(std::exception_ptr, Value), Executor>
    : public awaitable_async_op_handler<int(std::exception_ptr, Value), Executor> {
    using base = awaitable_async_op_handler<int(std::exception_ptr, Value), Executor>;

public:
    using base::base;

    static Value resume(typename base::result_type& result) {
        if (*result.ex_) std::rethrow_exception(std::exchange(*result.ex_, nullptr));
        return std::move(*result.value_);
    }
};

} // namespace detail
#endif

} // namespace boost::asio

#endif
