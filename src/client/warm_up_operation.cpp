// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/warm_up_operation.hpp"

#include "async/exception.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

namespace async_llm::detail {

void warm_up_operation::start(std::shared_ptr<warm_up_operation> const& op) {
    op->registration_.begin_run(*op->impl_, op);
    op->handler_.forward_cancellation(op);
    net::launch_post(op);
}

asio::awaitable<void> warm_up_operation::run() {
    co_await asio::this_coro::throw_if_cancelled(false);
    auto const& endpoints = impl_->endpoints();
    if (target_ >= endpoints.size()) {
        ec_ = errc::invalid_request;
        co_return;
    }
    if (stop_reason()) {
        ec_ = stop_reason();
        co_return;
    }
    auto const failed = co_await endpoints[target_].pool->reserve(*this, connections_);
    ec_ = failed.ec();
}

void warm_up_operation::finish(std::exception_ptr exception) noexcept {
    if (exception) ec_ = net::error_from_exception(exception);
    registration_.end(false);
    handler_.complete(ec_);
}

} // namespace async_llm::detail
