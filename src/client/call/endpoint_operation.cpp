// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/call/endpoint_operation.hpp"

#include <string>
#include <utility>

namespace async_llm::detail {

void start_endpoint_call(client_ptr const& client, endpoint_handler handler, endpoint_request request) {
    endpoint_operation::start(
        std::make_shared<endpoint_operation>(client, std::move(request), std::move(handler))
    );
}

endpoint_operation::endpoint_operation(
    std::shared_ptr<client_state> impl,
    endpoint_request request,
    endpoint_handler handler
)
    : operation(impl->service(), chat_call::total_timeout(*impl, request->options)),
      request_(std::move(request), impl->endpoints()),
      call_(*this, *this, request_, std::move(impl), chat_call::reply_kind::whole, request_.options()),
      text_(std::make_shared<reply_text>()),
      handler_(std::move(handler)) {
    call_.record().name_endpoint(request_.method(), request_.path());
}

void endpoint_operation::start(std::shared_ptr<endpoint_operation> const& op) {
    op->call_.record().begin(op);
    op->handler_.forward_cancellation(op);
    net::launch_dispatch(op);
}

asio::awaitable<net::failure> endpoint_operation::read_reply() {
    auto& attempt = call_.current();
    net::failure failed;
    // Bytes that came with the head may have been taken by try_read_reply.
    if (attempt.coding() || attempt.take_coded(0)) failed = co_await attempt.unpack();
    while (!failed && !attempt.exchange().is_complete()) failed = co_await attempt.receive_more();
    auto reply = call_.reply();
    reply.end_receiving(!failed);
    if (failed) co_return failed;
    if (reply.is_small()) co_return reply.decode();
    co_return co_await reply.decode_in_steps();
}

void endpoint_operation::finish(std::exception_ptr exception) noexcept {
    auto body = call_.end_whole(exception, true);
    auto const& ec = call_.ec();
    auto& known = call_.response();
    call_.notify_finished(known, ec, body);
    call_.record().end(!ec);
    api_response response;
    response.info = std::move(known.info);
    response.error = std::move(known.error);
    response.usage = std::move(known.completion.usage);
    text_->assign(std::move(body), decode_limits_of(call_.config()));
    api_response_access::set_body(response, std::move(text_));
    handler_.complete(ec, std::move(response));
}

} // namespace async_llm::detail
