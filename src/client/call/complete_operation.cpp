// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/call/complete_operation.hpp"

#include "codec/http/sniff.hpp"

#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace async_llm::detail {

complete_operation::complete_operation(
    std::shared_ptr<client_state> impl,
    request_argument argument,
    complete_handler handler
)
    : call_operation(std::move(impl), reply_kind::whole, std::move(argument)), handler_(std::move(handler)) {}

void complete_operation::start(std::shared_ptr<complete_operation> const& op) {
    op->record_.begin(op);
    op->handler_.forward_cancellation(op);
    net::launch_dispatch(op);
}

asio::awaitable<net::failure> complete_operation::read_reply() {
    net::failure failed;
    codec::reply_padding padding;
    // Bytes that came with the head may have been taken by try_read_reply.
    if (coding_ || take_coded(0)) failed = co_await unpack();
    while (!failed && !exchange_.is_complete()) {
        if (is_unasked_stream(padding)) co_return co_await read_unasked_stream(padding.size());
        failed = co_await receive_more();
    }
    end_of_reply(!failed);
    if (failed) co_return failed;
    if (is_small()) co_return decode();
    co_return co_await decode_in_steps();
}

/// Returns whether the body, which may be incomplete, begins as a stream of events does.
bool complete_operation::is_unasked_stream(codec::reply_padding& padding) {
    auto const& info = response_.info;
    if (is_refusal()) return false;
    std::string_view const body(exchange_.body());
    padding.pass_over(body, body.size());
    auto const visible = body.substr(padding.size());
    return !visible.empty() &&
        codec::looks_like_stream(visible, info.field("content-type")) == codec::sniff_result::yes;
}

/// Reads a stream while it comes, since its end is not always that of the body. `begin`: bytes in front of
/// it.
asio::awaitable<net::failure> complete_operation::read_unasked_stream(std::size_t begin) {
    codec::stream_collector events(response_.info.status, decode_limits(), one_choice_);
    events.put(std::string_view(exchange_.body()).substr(begin));
    auto broken = co_await read_events(events);
    if (stop_is_final()) {
        end_of_reply(false);
        co_return broken;
    }
    response_.error = std::move(events.error());
    response_.completion = events.take();
    auto ec = events.ec();
    if (!ec && !broken) co_await drop_rest();
    end_of_reply(exchange_.is_complete());
    // The reader knows only that the body broke off; the connection knows why.
    bool const is_cut = ec == errc::truncated_response || ec == errc::empty_response;
    if (broken && is_cut) co_return broken;
    // Also if the body has not ended.
    response_.info.phase = phase::finished;
    if (ec) explain(ec, events.detail());
    co_return net::failure(ec, {}, phase::finished, std::move(events.detail()));
}

/// Reads events until the stream has ended or must end. The failure is that of the connection, or the reason.
asio::awaitable<net::failure> complete_operation::read_events(codec::stream_collector& events) {
    using outcome = codec::stream_collector::outcome;
    net::failure broken;
    for (;;) {
        auto const now = events.step();
        if (now == outcome::ended) co_return broken;
        if (now == outcome::busy) {
            auto const size = events.kept() + memory_to_decode(events.being_decoded());
            if (memory_.must_grow(size)) co_await impl_->reply_memory().grow(*this, memory_, size);
            co_await asio::post(strand(), asio::deferred);
            if (stop_is_final())
                co_return net::failure(
                    stop_reason(),
                    {},
                    phase::reading,
                    "the reply was not decoded to its end"
                );
        } else if (broken || exchange_.is_complete()) {
            events.put_end(!broken);
        } else {
            broken = co_await receive_events(events);
            if (stop_is_final()) co_return broken;
        }
    }
}

/// Receives more events. Of a stream that has said how it finished, they need not come.
asio::awaitable<net::failure> complete_operation::receive_events(codec::stream_collector& events) {
    auto const taken = exchange_.body().size();
    bool const may_end = events.has_finished();
    if (may_end)
        begin_phase(
            errc::stream_stalled,
            options_.content_idle_timeout.value_or(config().timeouts.content_idle)
        );
    auto broken = co_await receive_more(events.kept());
    if (may_end && !stop_reason()) end_phase();
    events.put(std::string_view(exchange_.body()).substr(taken));
    co_return broken;
}

std::optional<net::failure> complete_operation::try_read_reply() {
    // A short reply has come with its head.
    if (!exchange_.is_complete() || take_coded(0) || !is_small()) return std::nullopt;
    end_of_reply(true);
    return decode();
}

void complete_operation::end_of_reply(bool is_whole) {
    response_.info.phase = exchange_.phase();
    // Before the reply is decoded: the next call may go on meanwhile.
    release(is_whole);
}

void complete_operation::finish(std::exception_ptr exception) noexcept {
    if (exception) failed_ = net::failure::of(exception, response_.info.phase);
    if (failed_) fail(std::move(failed_));
    if (options_.keep_body && exchange_) response_.info.body = std::move(exchange_.body());
    release(false);
    exchange_.end();
    memory_.release();
    end_attempt(ec_, std::nullopt, false, std::chrono::nanoseconds(0));
    response_.info.timings.total = std::chrono::steady_clock::now() - started();
    if (!ec_) impl_->router().took(response_.info.timings.total);
    notify_finished(response_, ec_);
    record_.end(!ec_);
    handler_.complete_from(shared_from_this(), ec_, response_);
}

} // namespace async_llm::detail
