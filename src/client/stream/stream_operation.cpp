// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "client/stream/stream_operation.hpp"

#include "base/ascii.hpp"
#include "codec/http/sniff.hpp"
#include "codec/reply/decode_reply.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <exception>
#include <utility>

namespace async_llm::detail {
namespace {

using steady = std::chrono::steady_clock;

bool is_event_stream(std::string_view content_type) noexcept {
    return codec::iequals(codec::media_type(content_type), "text/event-stream");
}

} // namespace

stream_operation::stream_operation(
    std::shared_ptr<client_state> impl,
    request_argument argument,
    open_stream_handler handler
)
    : operation(impl->service(), chat_call::total_timeout(*impl, argument->options)),
      request_(std::move(argument), impl->endpoints(), true),
      call_(*this, *this, request_, std::move(impl), chat_call::reply_kind::streamed, request_.options()),
      opener_(std::move(handler)),
      news_(strand()),
      chunks_(call_.may_try_again(), call_.options().keep_completion, call_.context().max_response_size()),
      silence_(new_silence()) {}

policy::content_timeout stream_operation::new_silence() const {
    auto const& options = call_.options();
    auto const& limits = call_.config().timeouts;
    return policy::content_timeout(
        options.first_content_timeout.value_or(limits.first_content),
        options.content_idle_timeout.value_or(limits.content_idle)
    );
}

void stream_operation::start(std::shared_ptr<stream_operation> const& op) {
    op->call_.record().begin(op);
    op->opener_.forward_cancellation(op);
    net::launch_post(op);
}

// ------------------------------------------------------------------------------------------- the user's side

template <class Pending, class Operation>
void stream_operation::claim_for(Pending pending, Operation begin) {
    auto const self = std::static_pointer_cast<stream_operation>(shared_from_this());
    if (owner_.claim()) return begin(*self, std::move(pending));
    // Either another operation is pending, or the strand is about to report the end of a stream for which
    // no operation was pending. The latter is over when the strand is free.
    asio::post(strand(), [self, begin, pending = std::move(pending)]() mutable {
        if (self->owner_.claim()) return begin(*self, std::move(pending));
        pending.complete_with(errc::operation_in_progress);
    });
}

void stream_operation::start_next(pending_next pending) {
    claim_for(std::move(pending), [](stream_operation& self, pending_next claimed) {
        self.begin_next(std::move(claimed));
    });
}

void stream_operation::start_collect(collect_handler handler) {
    claim_for(pending_collect(std::move(handler)), [](stream_operation& self, pending_collect pending) {
        self.begin_collect(std::move(pending));
    });
}

/// Precondition: it is claimed; so of the next one.
void stream_operation::begin_next(pending_next pending) {
    auto& chunk = pending.chunk();
    auto const progress = cancelled_ ? outcome::failed : take_parsed(chunk);
    if (progress == outcome::chunk) {
        note(chunk);
        owner_.unclaim();
        return pending.complete(error_code(), true);
    }
    auto const self = std::static_pointer_cast<stream_operation>(shared_from_this());
    pending.forward_cancellation(self);
    bool const needs_more = progress == outcome::need_more;
    asio::dispatch(strand(), [self, needs_more, pending = std::move(pending)]() mutable {
        self->next_.emplace(std::move(pending));
        self->on_demand(needs_more);
    });
}

void stream_operation::begin_collect(pending_collect pending) {
    auto const self = std::static_pointer_cast<stream_operation>(shared_from_this());
    if (!call_.options().keep_completion) chunks_.begin_gathering();
    pending.forward_cancellation(self);
    asio::post(strand(), [self, pending = std::move(pending)]() mutable {
        self->collect_.emplace(std::move(pending));
        self->on_demand(false);
    });
}

bool stream_operation::try_next(chat_chunk& chunk) {
    if (cancelled_ || !owner_.claim()) return false;
    bool const taken = take_parsed(chunk) == outcome::chunk;
    if (taken) note(chunk);
    owner_.unclaim();
    return taken;
}

void stream_operation::cancel() {
    cancelled_ = true;
    request_stop(asio::error::operation_aborted);
}

void stream_operation::abandon() {
    // There will be no other operation, so what was claimed need not be given back.
    if (owner_.claim() && chunks_.closed()) return;
    owner_.abandon();
    cancel();
}

chat_response stream_operation::snapshot() const {
    chat_response result;
    result.info = info();
    result.error = error();
    result.completion = completion();
    return result;
}

// ---------------------------------------------------------------------------------------- opening the stream

asio::awaitable<void> stream_operation::run() {
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await call_.send();
    auto failed = call_.take_failure();
    if (failed) {
        end_badly(std::move(failed));
        co_return;
    }
    stage_ = stage::serving;
    // From here on a cancellation is about the stream as a whole, which it ends whatever its type.
    call_.honour_total();
    auto self = std::static_pointer_cast<stream_operation>(shared_from_this());
    handler_cycle_breaker<stream_operation> parting(self);
    owner_.unclaim();
    opener_.complete(error_code(), chat_stream(std::move(self)));
    try {
        co_await serve();
    } catch (...) {
        parting.ended();
        throw;
    }
    parting.ended();
}

asio::awaitable<net::failure> stream_operation::read_reply() {
    silence_ = new_silence();
    silence_.waited(between(exchange().sent_at(), steady::now()));
    begin_waiting();
    net::failure failed;
    if (call_.current().is_refusal())
        failed = co_await read_refusal();
    else
        failed = co_await read_start();
    end_waiting();
    co_return failed;
}

/// Reads the whole reply of a provider that will not stream, for what it says.
asio::awaitable<net::failure> stream_operation::read_refusal() {
    auto& attempt = call_.current();
    auto const max_size = call_.context().max_response_size();
    auto& body = exchange().body();
    std::size_t begin = 0;
    net::failure failed;
    for (;;) {
        if (attempt.take_coded(begin)) {
            // That is no silence of the provider.
            end_waiting();
            failed = co_await attempt.unpack();
            if (!stop_reason()) begin_waiting();
        }
        if (failed) co_return failed;
        if (max_size != 0 && body.size() > max_size) {
            error_code const ec = errc::response_too_large;
            co_return net::failure(ec, {}, phase::reading, ec.message());
        }
        if (exchange().is_complete()) break;
        begin = body.size();
        failed = co_await attempt.receive();
        if (failed) co_return failed;
        if (attempt.must_grow_memory(body.capacity())) co_await wait_for_memory(body.capacity());
    }
    // From here on nothing is waited for that the provider has to do.
    end_waiting();
    auto reply = call_.reply();
    if (reply.is_small())
        failed = reply.decode();
    else
        failed = co_await reply.decode_in_steps();
    if (call_.options().keep_body) call_.info().body = std::move(body);
    co_return failed;
}

/// Drops what came of an attempt: if the next one does not come as far as to a stream, none of it may be
/// reported in its name.
void stream_operation::forget_reply() {
    chunks_.forget_attempt();
    broken_ = net::failure();
}

void stream_operation::make_reader() {
    codec::chunk_limits limits;
    limits.max_event_size = call_.config().max_event_size;
    limits.max_document_size = call_.context().max_response_size();
    limits.decode = decode_limits_of(call_.config());
    limits.one_choice = call_.has_one_choice();
    std::string type(info().field("content-type"));
    std::string coding(info().field("content-encoding"));
    chunks_.begin(info().status, std::move(type), limits, std::move(coding));
    give_reader_body();
}

/// Gives the reader what has come, or, if that is coded, what it decodes to; that comes by \ref take_parsed.
void stream_operation::give_reader_body() {
    auto& attempt = call_.current();
    if (attempt.take_coded(0) && !attempt.coding()->is_plain()) chunks_.reader().drop_content_encoding();
    chunks_.put(exchange().body());
}

/// Reads until it is known that the reply is a stream, which its head may say.
asio::awaitable<net::failure> stream_operation::read_start() {
    make_reader();
    if (is_event_stream(info().field("content-type"))) co_return net::failure();
    while (!chunks_.reader().is_stream()) {
        chat_chunk chunk;
        auto const result = take_parsed(chunk);
        if (result == outcome::chunk) {
            chunks_.put_back(std::move(chunk));
            co_return net::failure();
        }
        if (result == outcome::failed || result == outcome::end) {
            if (call_.options().keep_body) call_.info().body = chunks_.reader().take_document();
            co_return why_failed();
        }
        net::failure failed;
        if (result == outcome::busy) {
            failed = co_await yield();
        } else {
            begin_waiting();
            failed = co_await receive_more();
        }
        if (failed) co_return failed;
    }
    co_return net::failure();
}

} // namespace async_llm::detail
