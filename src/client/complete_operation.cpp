// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "client/complete_operation.hpp"

#include "codec/decode_reply.hpp"

#include <boost/asio/this_coro.hpp>

#include <utility>

namespace async_llm::detail {

complete_operation::complete_operation(
    std::shared_ptr<client_impl> impl,
    chat_request request,
    request_options options,
    complete_handler handler
)
    : call_operation(std::move(impl), reply_kind::whole, std::move(request), std::move(options)),
      handler_(impl_->executor(), std::move(handler)) {}

void complete_operation::start(std::shared_ptr<complete_operation> const& op) {
    op->register_self();
    op->handler_.forward_cancellation(op);
    net::launch(op);
}

asio::awaitable<void> complete_operation::run() {
    co_await asio::this_coro::throw_if_cancelled(false);
    auto failed = co_await send();
    if (!failed)
        judge();
    else
        fail(std::move(failed));
    if (options_.keep_body && parser_) response_.info.body = std::move(parser_->body());
}

void complete_operation::finish(std::exception_ptr exception) noexcept {
    if (exception) fail(to_failure(exception, response_.info.phase));
    release(false);
    response_.info.timings.total = std::chrono::steady_clock::now() - started();
    unregister_self(!ec_);
    handler_.complete(ec_, std::move(response_));
}

void complete_operation::judge() {
    auto& info = response_.info;
    codec::reply_view const reply(info.status, info.field("content-type"), parser_->body());
    codec::decode_limits const limits(config().max_json_depth);
    ec_ = codec::decode_reply(reply, limits, response_.completion, response_.error, info.detail);
}

} // namespace async_llm::detail
