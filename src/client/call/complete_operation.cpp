// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/call/complete_operation.hpp"

#include "codec/http/sniff.hpp"

#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>

namespace async_llm::detail {

void complete_operation::start(std::shared_ptr<complete_operation> const& op) {
    op->call_.record().begin(op);
    op->handler_.forward_cancellation(op);
    net::launch_dispatch(op);
}

bool complete_operation::try_read_reply(net::failure& failed) { return call_.reply().try_decode(failed); }

asio::awaitable<net::failure> complete_operation::read_reply() {
    auto& attempt = call_.current();
    net::failure failed;
    codec::reply_padding padding;
    // Bytes that came with the head may have been taken by try_read_reply.
    if (attempt.coding() || attempt.take_coded(0)) failed = co_await attempt.unpack();
    while (!failed && !exchange().is_complete()) {
        if (is_unasked_stream(padding)) co_return co_await read_unasked_stream(padding.size());
        failed = co_await attempt.receive_more();
    }
    auto reply = call_.reply();
    reply.end_receiving(!failed);
    if (failed) co_return failed;
    if (reply.is_small()) co_return reply.decode();
    co_return co_await reply.decode_in_steps();
}

/// Returns whether the body, which may be incomplete, begins as a stream of events does.
bool complete_operation::is_unasked_stream(codec::reply_padding& padding) {
    if (call_.current().is_refusal()) return false;
    std::string_view const body(exchange().body());
    padding.pass_over(body, body.size());
    auto const visible = body.substr(padding.size());
    return !visible.empty() &&
        codec::looks_like_stream(visible, call_.info().field("content-type")) == codec::sniff_result::yes;
}

/// Reads a stream while it comes, since its end is not always that of the body. `begin`: bytes in front of
/// it.
asio::awaitable<net::failure> complete_operation::read_unasked_stream(std::size_t begin) {
    auto const limits = decode_limits_of(call_.config());
    codec::stream_collector events(call_.info().status, limits, call_.has_one_choice());
    events.put(std::string_view(exchange().body()).substr(begin));
    auto broken = co_await read_events(events);
    if (stop_is_final()) {
        call_.reply().end_receiving(false);
        co_return broken;
    }
    auto& response = call_.response();
    response.error = std::move(events.error());
    response.completion = events.take();
    auto ec = events.ec();
    if (!ec && !broken) co_await call_.current().drop_rest();
    call_.reply().end_receiving(exchange().is_complete());
    // The reader knows only that the body broke off; the connection knows why.
    bool const is_cut = ec == errc::truncated_response || ec == errc::empty_response;
    if (broken && is_cut) co_return broken;
    // Also if the body has not ended.
    response.info.phase = phase::finished;
    if (ec) call_.reply().explain(ec, events.detail());
    co_return net::failure(ec, {}, phase::finished, std::move(events.detail()));
}

/// Reads events until the stream has ended or must end. The failure is that of the connection, or the reason.
asio::awaitable<net::failure> complete_operation::read_events(codec::stream_collector& events) {
    using outcome = codec::stream_collector::outcome;
    auto& attempt = call_.current();
    net::failure broken;
    for (;;) {
        auto const now = events.step();
        if (now == outcome::ended) co_return broken;
        if (now == outcome::busy) {
            auto const size = events.kept() + memory_to_decode(call_.config(), events.being_decoded());
            if (attempt.must_grow_memory(size)) co_await attempt.grow_memory(size);
            co_await asio::post(strand(), asio::deferred);
            if (stop_is_final())
                co_return net::failure(
                    stop_reason(),
                    {},
                    phase::reading,
                    "the reply was not decoded to its end"
                );
        } else if (broken || exchange().is_complete()) {
            events.put_end(!broken);
        } else {
            broken = co_await receive_events(events);
            if (stop_is_final()) co_return broken;
        }
    }
}

/// Receives more events. Of a stream that has said how it finished, they need not come.
asio::awaitable<net::failure> complete_operation::receive_events(codec::stream_collector& events) {
    auto const taken = exchange().body().size();
    bool const may_end = events.has_finished();
    auto const idle = call_.options().content_idle_timeout.value_or(call_.config().timeouts.content_idle);
    if (may_end) begin_phase(errc::stream_stalled, idle);
    auto broken = co_await call_.current().receive_more(events.kept());
    if (may_end && !stop_reason()) end_phase();
    events.put(std::string_view(exchange().body()).substr(taken));
    co_return broken;
}

void complete_operation::finish(std::exception_ptr exception) noexcept {
    auto& info = call_.info();
    info.body = call_.end_whole(exception, call_.options().keep_body);
    auto& ec = call_.ec();
    if (!ec) call_.state().router().took(info.timings.total);
    call_.notify_finished(call_.response(), ec);
    call_.record().end(!ec);
    // On the threads of another context it could outlive its own, to which it gives back its strand.
    if (handler_.shares_context(strand()))
        handler_.complete_from(shared_from_this(), ec, call_.response());
    else
        handler_.complete(ec, std::move(call_.response()));
}

} // namespace async_llm::detail
