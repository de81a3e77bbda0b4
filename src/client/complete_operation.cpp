// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "client/complete_operation.hpp"

#include <utility>

namespace async_llm::detail {

complete_operation::complete_operation(
    std::shared_ptr<client_impl> impl,
    request_argument asked,
    complete_handler handler
)
    : call_operation(std::move(impl), reply_kind::whole, std::move(asked)), handler_(std::move(handler)) {}

void complete_operation::start(std::shared_ptr<complete_operation> const& op) {
    op->register_self();
    op->handler_.forward_cancellation(op);
    net::launch_at_once(op);
}

asio::awaitable<net::failure> complete_operation::read_reply() {
    auto failed = co_await receive_rest();
    end_of_reply(!failed);
    if (failed) co_return failed;
    if (is_small()) co_return decode();
    co_return co_await decode_in_steps();
}

std::optional<net::failure> complete_operation::read_at_once() {
    // A short reply has come with its head.
    if (!parser_->complete() || !is_small()) return std::nullopt;
    end_of_reply(true);
    return decode();
}

void complete_operation::end_of_reply(bool is_whole) {
    response_.info.phase = progress_.phase;
    // Before the reply is decoded: the next call may go on meanwhile.
    release(is_whole);
}

void complete_operation::finish(std::exception_ptr exception) noexcept {
    if (exception) failed_ = net::failure::of(exception, response_.info.phase);
    if (failed_) fail(std::move(failed_));
    if (options_.keep_body && parser_) response_.info.body = std::move(parser_->body());
    release(false);
    if (parser_) parser_->put_aside();
    memory_.release();
    conclude(ec_, std::nullopt, false, std::chrono::nanoseconds(0));
    response_.info.timings.total = std::chrono::steady_clock::now() - started();
    if (!ec_) impl_->steering().took(response_.info.timings.total);
    tell_finished(response_, ec_);
    unregister_self(!ec_);
    handler_.complete_from(shared_from_this(), ec_, response_);
}

} // namespace async_llm::detail
