// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "client/call_operation.hpp"

#include "codec/encode_request.hpp"
#include "codec/rate_limit_headers.hpp"
#include "codec/validate_request.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <new>
#include <utility>

namespace async_llm::detail {
namespace {

using steady = std::chrono::steady_clock;

} // namespace

std::chrono::nanoseconds between(steady::time_point from, steady::time_point to) {
    return to > from && from != steady::time_point() ? to - from : std::chrono::nanoseconds(0);
}

net::failure call_operation::to_failure(std::exception_ptr const& exception, phase where) {
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

call_operation::call_operation(
    std::shared_ptr<client_impl> impl,
    reply_kind kind,
    chat_request request,
    request_options options
)
    : operation(impl->executor(), options.total_timeout.value_or(impl->config().timeouts.total)),
      impl_(std::move(impl)),
      options_(std::move(options)),
      kind_(kind),
      request_(std::move(request)) {
    response_.info.provider = impl_->endpoint().name;
    response_.info.model = request_.model;
}

call_operation::~call_operation() {
    // Still registered: the execution context was destroyed beneath the call.
    unregister_self(false);
}

void call_operation::register_self() {
    admitted_ = impl_->register_call(weak_from_this(), registration_);
    registered_ = true;
}

void call_operation::unregister_self(bool succeeded) noexcept {
    if (registered_) impl_->unregister_call(registration_, succeeded);
    registered_ = false;
}

void call_operation::request_cancel(asio::cancellation_type type) {
    asio::post(strand(), [weak = weak_from_this(), type] {
        auto const self = std::static_pointer_cast<call_operation>(weak.lock());
        if (!self) return;
        auto const honoured = self->refuses_total_
            ? asio::cancellation_type::terminal | asio::cancellation_type::partial
            : asio::cancellation_type::all;
        if ((type & honoured) != asio::cancellation_type::none) self->stop(asio::error::operation_aborted);
    });
}

net::failure call_operation::prepare() {
    auto const refused = [](error_code ec, std::string detail) {
        return net::failure(ec, {}, phase::preparing, std::move(detail));
    };
    if (!admitted_) return refused(errc::client_closed, "the client is closed");
    if (stopped()) return refused(stopped(), "the request was not sent");
    bool const streaming = kind_ == reply_kind::streamed;
    auto const& endpoint = impl_->endpoint();
    std::string detail;
    std::string body;
    auto ec = codec::validate(request_, endpoint.dialect, detail, endpoint.name, streaming);
    if (!ec) {
        auto const encode = streaming ? codec::encode_stream_request : codec::encode_request;
        ec = encode(request_, endpoint.dialect, body, detail);
    }
    if (!ec) {
        auto const& o = options_;
        ec = codec::append_head(impl_->head(), o.headers, o.idempotency_key, body.size(), wire_, detail);
    }
    if (ec) return refused(ec, std::move(detail));
    // One buffer for head and body: one write, and for most requests one TLS record.
    wire_ += body;
    request_ = chat_request();
    return net::failure();
}

// The place of the retry policy: it will loop over what is here one try. A kept connection that turns out dead is
// another matter: the peer never saw the request, so it is sent once more, on a connection that is new.
asio::awaitable<net::failure> call_operation::send() {
    auto failed = prepare();
    if (failed) co_return failed;
    response_.info.attempts = 1;
    bool replayable = false;
    failed = co_await attempt(false, replayable);
    if (failed && replayable && !stopped()) {
        response_.info.replayed = true;
        impl_->count_replay();
        failed = co_await attempt(true, replayable);
    }
    if (parser_) take_head();
    co_return failed;
}

net::exchange_limits call_operation::patience() const {
    auto const& limits = config().timeouts;
    net::exchange_limits result(
        options_.write_timeout.value_or(limits.write),
        options_.first_byte_timeout.value_or(limits.first_byte)
    );
    auto const first_content = options_.first_content_timeout.value_or(limits.first_content);
    // No content comes before the first byte, so the shorter of the two limits is the one that counts.
    bool const shorter = result.first_byte.count() == 0 || first_content < result.first_byte;
    if (kind_ == reply_kind::streamed && first_content.count() > 0 && shorter) {
        result.first_byte = first_content;
        result.first_byte_error = errc::first_content_timeout;
    }
    return result;
}

asio::awaitable<net::failure> call_operation::attempt(bool fresh_only, bool& replayable) {
    auto& info = response_.info;
    info.phase = phase::queued;
    auto const asked = steady::now();
    auto const pool_limit = options_.pool_timeout.value_or(config().timeouts.pool);
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
    bool const streaming = kind_ == reply_kind::streamed;
    // A stream is bounded by its events, not as a whole.
    auto const max_body = options_.max_response_size.value_or(config().max_response_size);
    parser_.emplace(net::response_limits(config().max_header_size, streaming ? 0 : max_body));
    progress_ = net::exchange_progress();
    refuses_total_ = true;
    auto const sent_at = steady::now();
    auto const talk = streaming ? net::begin_exchange : net::exchange;
    failed = co_await talk(*this, *lease_, wire_, patience(), *parser_, progress_);
    info.phase = progress_.phase;
    info.timings.write = between(sent_at, progress_.written);
    info.timings.first_byte = between(progress_.written, progress_.first_byte);
    if (failed || !streaming) release(!failed);
    replayable = kept && failed.ec == errc::connection_lost;
    co_return failed;
}

void call_operation::release(bool completed) {
    if (!lease_) return;
    lease_.release(completed && progress_.sent && parser_->reusable() && !lease_->transport.has_pending());
}

void call_operation::take_head() {
    if (!parser_->has_head()) return;
    auto& info = response_.info;
    info.status = parser_->status();
    info.headers = std::move(parser_->headers());
    codec::read_rate_limits(info.headers, std::chrono::system_clock::now(), info.rate_limit);
    info.request_id = codec::pick_request_id(info.headers);
}

void call_operation::fail(net::failure why) {
    ec_ = why.ec;
    auto& info = response_.info;
    info.phase = why.phase;
    info.cause = why.cause;
    info.detail = std::move(why.detail);
}

} // namespace async_llm::detail
