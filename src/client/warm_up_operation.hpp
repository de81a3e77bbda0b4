// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_WARM_UP_OPERATION_HPP
#define ASYNC_LLM_CLIENT_WARM_UP_OPERATION_HPP

#include "async/operation.hpp"
#include "async/pending_handler.hpp"
#include "client/state/client_state.hpp"
#include "client/state/registration.hpp"
#include <async_llm/detail/config.hpp>
#include <async_llm/detail/erased_handler.hpp>
#include <async_llm/detail/operations.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_type.hpp>

#include <cstddef>
#include <exception>
#include <memory>
#include <utility>

namespace async_llm::detail {

/// Connections to a target that are made before there are calls for them.
class warm_up_operation final : public net::operation {
public:
    warm_up_operation(
        std::shared_ptr<client_state> impl,
        std::size_t target,
        std::size_t connections,
        warm_up_handler handler
    )
        : operation(impl->service(), std::chrono::milliseconds(0)),
          impl_(std::move(impl)),
          target_(target),
          connections_(connections),
          handler_(std::move(handler)) {}

    static void start(std::shared_ptr<warm_up_operation> const& op);

    void request_cancel(asio::cancellation_type) { request_stop(asio::error::operation_aborted); }

private:
    asio::awaitable<void> run() override;
    void finish(std::exception_ptr exception) noexcept override;

    std::shared_ptr<client_state> impl_;
    std::size_t target_;
    std::size_t connections_;
    registration registration_;
    pending_handler<error_code> handler_;
    error_code ec_;
};

} // namespace async_llm::detail

#endif
