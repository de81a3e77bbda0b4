// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_CLIENT_SHUTDOWN_OPERATION_HPP
#define ASYNC_LLM_CLIENT_SHUTDOWN_OPERATION_HPP

#include "async/operation.hpp"
#include "async/pending_handler.hpp"
#include "client/state/client_state.hpp"
#include <async_llm/detail/config.hpp>
#include <async_llm/detail/initiation.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_type.hpp>

#include <chrono>
#include <memory>
#include <utility>

namespace async_llm::detail {

/// Waits until a client's calls and connections have ended, and ends them when that takes too long.
class shutdown_operation final : public net::operation, public end_watcher {
public:
    shutdown_operation(
        std::shared_ptr<client_state> impl,
        std::chrono::milliseconds drain,
        shutdown_handler handler
    )
        : operation(impl->service(), std::chrono::milliseconds(0)),
          impl_(std::move(impl)),
          drain_(drain),
          handler_(std::move(handler)),
          news_(strand()) {}

    static void start(std::shared_ptr<shutdown_operation> const& op);

    void request_cancel(asio::cancellation_type) { request_stop(asio::error::operation_aborted); }

    void notify() noexcept override;

private:
    asio::awaitable<void> run() override;
    void finish(std::exception_ptr exception) noexcept override;

    std::shared_ptr<client_state> impl_;
    std::chrono::milliseconds drain_;
    pending_handler<error_code> handler_;
    net::async_event news_;
    error_code ec_;
};

} // namespace async_llm::detail

#endif
