// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "client/complete_operation.hpp"

#include "codec/decode_reply.hpp"
#include "codec/encode_request.hpp"
#include "codec/rate_limit_headers.hpp"
#include "codec/validate_request.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <new>
#include <utility>

namespace async_llm::detail {
namespace {

using steady = std::chrono::steady_clock;

std::chrono::nanoseconds between(steady::time_point from, steady::time_point to) {
    return to > from && from != steady::time_point() ? to - from : std::chrono::nanoseconds(0);
}

net::failure to_failure(std::exception_ptr const& exception, phase where) {
    try {
        std::rethrow_exception(exception);
    } catch (boost::system::system_error const& e) {
        return net::failure(e.code(), e.code(), where, e.what());
    } catch (std::bad_alloc const&) {
        auto const ec = boost::system::errc::make_error_code(boost::system::errc::not_enough_memory);
        return net::failure(ec, ec, where, "out of memory");
    } catch (std::exception const& e) {
        auto const ec = boost::system::errc::make_error_code(boost::system::errc::state_not_recoverable);
        return net::failure(ec, ec, where, e.what());
    }
}

} // namespace

complete_operation::complete_operation(
    std::shared_ptr<client_impl> impl,
    chat_request request,
    request_options options,
    complete_handler handler
)
    : operation(impl->executor(), options.total_timeout.value_or(impl->config().timeouts.total)),
      impl_(std::move(impl)),
      request_(std::move(request)),
      options_(std::move(options)),
      handler_(impl_->executor(), std::move(handler)) {
    response_.info.provider = impl_->endpoint().name;
    response_.info.model = request_.model;
}

complete_operation::~complete_operation() {
    // Still registered: the execution context was destroyed beneath the call.
    if (registered_) impl_->unregister_call(registration_, false);
}

void complete_operation::start(std::shared_ptr<complete_operation> const& op) {
    op->admitted_ = op->impl_->register_call(op, op->registration_);
    op->registered_ = true;
    op->handler_.forward_cancellation(op);
    net::launch(op);
}

void complete_operation::request_cancel(asio::cancellation_type type) {
    asio::post(strand(), [weak = weak_from_this(), type] {
        auto const self = std::static_pointer_cast<complete_operation>(weak.lock());
        if (!self) return;
        // "Total" promises that the operation had no effect; once bytes have left, nobody can.
        auto const honoured = self->sending_
            ? asio::cancellation_type::terminal | asio::cancellation_type::partial
            : asio::cancellation_type::all;
        if ((type & honoured) != asio::cancellation_type::none) self->stop(asio::error::operation_aborted);
    });
}

asio::awaitable<void> complete_operation::run() {
    co_await asio::this_coro::throw_if_cancelled(false);
    if (!admitted_) {
        fail(net::failure(errc::client_closed, {}, phase::preparing, "the client is closed"));
        co_return;
    }
    if (!prepare()) co_return;
    auto failed = co_await send();
    if (parser_) take_head();
    if (failed)
        fail(std::move(failed));
    else
        judge();
}

void complete_operation::finish(std::exception_ptr exception) noexcept {
    if (exception) fail(to_failure(exception, response_.info.phase));
    if (lease_) lease_.release(false);
    response_.info.timings.total = steady::now() - started();
    registered_ = false;
    impl_->unregister_call(registration_, !ec_);
    handler_.complete(ec_, std::move(response_));
}

bool complete_operation::prepare() {
    auto& info = response_.info;
    std::string body;
    auto ec = stopped();
    if (ec) info.detail = "the request was not sent";
    if (!ec) ec = codec::validate(request_, impl_->endpoint().dialect, info.detail, impl_->endpoint().name);
    if (!ec) ec = codec::encode_request(request_, impl_->endpoint().dialect, body, info.detail);
    if (!ec) {
        ec = codec::append_head(
            impl_->head(),
            options_.headers,
            options_.idempotency_key,
            body.size(),
            wire_,
            info.detail
        );
    }
    if (ec) {
        ec_ = ec;
        return false;
    }
    // One buffer for head and body: one write, and for most requests one TLS record.
    wire_ += body;
    request_ = chat_request();
    return true;
}

// The place of the retry policy: it will loop over what is here one try. A kept connection that turns out dead is
// another matter: the peer never saw the request, so it is sent once more, on a connection that is new.
asio::awaitable<net::failure> complete_operation::send() {
    response_.info.attempts = 1;
    bool replayable = false;
    auto failed = co_await attempt(false, replayable);
    if (!failed || !replayable || stopped()) co_return failed;
    response_.info.replayed = true;
    impl_->count_replay();
    failed = co_await attempt(true, replayable);
    co_return failed;
}

asio::awaitable<net::failure> complete_operation::attempt(bool fresh_only, bool& replayable) {
    auto& info = response_.info;
    auto const& limits = impl_->config().timeouts;
    info.phase = phase::queued;
    auto const asked = steady::now();
    auto const pool_limit = options_.pool_timeout.value_or(limits.pool);
    if (pool_limit.count() > 0) enter(errc::pool_timeout, pool_limit);
    auto failed = co_await impl_->pool().acquire(*this, fresh_only, lease_);
    if (pool_limit.count() > 0) leave();
    info.timings.pool += steady::now() - asked;
    if (failed) co_return failed;
    if (stopped()) {
        lease_.release(true);
        co_return net::failure(stopped(), {}, phase::queued, "the request was not sent");
    }
    // What has lain unused may die in the moment of its use, whether it had served before or was made for nothing.
    bool const kept = lease_->rested;
    info.connection_reused = lease_->used;
    lease_->used = true;
    info.remote_endpoint = lease_->remote_endpoint;
    info.tls_version = lease_->tls_version;
    auto const max_body = options_.max_response_size.value_or(impl_->config().max_response_size);
    parser_.emplace(net::response_limits(impl_->config().max_header_size, max_body));
    progress_ = net::exchange_progress();
    sending_ = true;
    auto const sent_at = steady::now();
    net::exchange_limits const patience(
        options_.write_timeout.value_or(limits.write),
        options_.first_byte_timeout.value_or(limits.first_byte)
    );
    failed = co_await net::exchange(*this, *lease_, wire_, patience, *parser_, progress_);
    info.phase = progress_.phase;
    info.timings.write = between(sent_at, progress_.written);
    info.timings.first_byte = between(progress_.written, progress_.first_byte);
    lease_.release(!failed && progress_.sent && parser_->reusable() && !lease_->transport.has_pending());
    replayable = kept && failed.ec == errc::connection_lost;
    co_return failed;
}

void complete_operation::take_head() {
    if (!parser_->has_head()) return;
    auto& info = response_.info;
    info.status = parser_->status();
    info.headers = std::move(parser_->headers());
    codec::read_rate_limits(info.headers, std::chrono::system_clock::now(), info.rate_limit);
    info.request_id = codec::pick_request_id(info.headers);
}

void complete_operation::judge() {
    auto& info = response_.info;
    auto& body = parser_->body();
    codec::reply_view const reply(info.status, info.field("content-type"), body);
    codec::decode_limits const limits(impl_->config().max_json_depth);
    ec_ = codec::decode_reply(reply, limits, response_.completion, response_.error, info.detail);
    if (options_.keep_body) info.body = std::move(body);
}

void complete_operation::fail(net::failure why) {
    ec_ = why.ec;
    auto& info = response_.info;
    info.phase = why.phase;
    info.cause = why.cause;
    info.detail = std::move(why.detail);
    if (options_.keep_body && parser_) info.body = std::move(parser_->body());
}

} // namespace async_llm::detail
