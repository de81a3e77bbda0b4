// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "client/complete_operation.hpp"

#include "codec/decode_reply.hpp"

#include <string>
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
    auto failed = co_await net::receive_rest(*this, *lease_, *parser_, progress_);
    co_return end_of_reply(std::move(failed));
}

std::optional<net::failure> complete_operation::read_at_once() {
    // A short reply has come with its head.
    if (!parser_->complete()) return std::nullopt;
    return end_of_reply(net::failure());
}

net::failure complete_operation::end_of_reply(net::failure failed) {
    response_.info.phase = progress_.phase;
    // Before the reply is decoded: the next call may go on meanwhile.
    release(!failed);
    return failed ? std::move(failed) : judge();
}

void complete_operation::finish(std::exception_ptr exception) noexcept {
    if (exception) failed_ = to_failure(exception, response_.info.phase);
    if (failed_) fail(std::move(failed_));
    if (options_.keep_body && parser_) response_.info.body = std::move(parser_->body());
    release(false);
    if (parser_) parser_->put_aside();
    conclude(ec_, std::nullopt, false, std::chrono::nanoseconds(0));
    response_.info.timings.total = std::chrono::steady_clock::now() - started();
    if (!ec_) impl_->steering().took(response_.info.timings.total);
    tell_finished(response_, ec_);
    unregister_self(!ec_);
    handler_.complete_from(shared_from_this(), ec_, response_);
}

net::failure complete_operation::judge() {
    auto const& info = response_.info;
    codec::reply_view const reply(info.status, info.field("content-type"), parser_->body());
    codec::decode_limits const limits(config().max_json_depth);
    std::string detail;
    auto const ec = codec::decode_reply(reply, limits, response_.completion, response_.error, detail);
    return net::failure(ec, {}, phase::finished, std::move(detail));
}

} // namespace async_llm::detail
