// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_DETAIL_INITIATION_HPP
#define ASYNC_LLM_DETAIL_INITIATION_HPP

#include <async_llm/completion_error.hpp>
#include <async_llm/detail/config.hpp>
#include <async_llm/detail/erased_handler.hpp>
#include <async_llm/detail/operations.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <memory>
#include <utility>

namespace async_llm::detail {

/// The way from a client to what it shares with its operations.
struct client_access {
    static std::shared_ptr<client_state> const& impl(client const& sender) noexcept;
};

/// Makes the exception for an error from the values that come with it.
struct value_story {
    template <class... Values>
    std::exception_ptr operator()(error_code ec, Values&... values) const noexcept {
        if constexpr (requires { to_exception(ec, std::move(values)...); })
            return to_exception(ec, std::move(values)...);
        else
            return std::make_exception_ptr(boost::system::system_error(ec));
    }
};

/// Makes the exception for an error from the object whose operation it is.
template <class Owner>
class owner_story {
public:
    explicit owner_story(std::shared_ptr<Owner> owner) noexcept : owner_(std::move(owner)) {}

    template <class... Values>
    std::exception_ptr operator()(error_code ec, Values&...) const noexcept {
        return to_exception(ec, std::as_const(*owner_));
    }

private:
    std::shared_ptr<Owner> owner_;
};

/// Initiation of the operation that `Start` begins, called by Asio.
/** It reports the I/O executor, so that adapters such as `cancel_after` work. */
template <auto Start>
class initiation;

template <
    class Owner,
    class... Values,
    class... Args,
    void (*Start)(std::shared_ptr<Owner> const&, erased_handler<error_code, Values...>, Args...)>
class initiation<Start> {
public:
    using executor_type = asio::any_io_executor;
    using signature = void(error_code, Values...);

    explicit initiation(std::shared_ptr<Owner> owner) noexcept : owner_(std::move(owner)) {}

    executor_type get_executor() const noexcept { return executor_of(*owner_); }

    template <class Handler>
    void operator()(Handler&& handler, Args... args) const {
        Start(
            owner_,
            erased_handler<error_code, Values...>(std::forward<Handler>(handler), get_executor()),
            std::move(args)...
        );
    }

    /// Returns who makes the exception for an error of the operation.
    auto story() const noexcept {
        constexpr bool by_value =
            requires(error_code ec, Values&&... values) { to_exception(ec, std::move(values)...); };
        if constexpr (!by_value && requires(error_code ec, Owner const& owner) { to_exception(ec, owner); })
            return owner_story<Owner>(owner_);
        else
            return value_story();
    }

private:
    std::shared_ptr<Owner> owner_;
};

/// Begins the operation of `Start`, or prepares to, as the completion token wants.
template <auto Start, class Token, class Owner, class... Args>
auto initiate(std::shared_ptr<Owner> owner, Token&& token, Args&&... args) {
    return asio::async_initiate<Token, typename initiation<Start>::signature>(
        initiation<Start>(std::move(owner)),
        token,
        std::forward<Args>(args)...
    );
}

} // namespace async_llm::detail

#endif
