// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// Body of an attempt's reply: received, freed of its content coding, and kept within the memory for replies.

#include "client/call/attempt.hpp"
#include "codec/http/content_coding.hpp"

#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>

#include <string>
#include <utility>

namespace async_llm::detail {
namespace {

// Limits of what may follow the end of a stream in its body. Usually that is the last chunk's few bytes,
// which come with it; a body that goes on costs its connection.
constexpr std::size_t max_drained = 64u * 1024;
constexpr std::chrono::milliseconds max_drain_time(250);

} // namespace

bool attempt::is_refusal() const noexcept {
    auto const status = call_.info().status;
    return status >= 300 || status == 204;
}

asio::awaitable<net::failure> attempt::receive() {
    while (auto const need = exchange_->advance(net::exchange::goal::more)) co_await wait(*need);
    co_return exchange_->take_failure();
}

asio::awaitable<net::failure> attempt::receive_more(std::size_t kept) {
    auto const begin = exchange_->body().size();
    auto failed = co_await receive();
    if (take_coded(begin)) {
        auto damaged = co_await unpack(kept);
        if (!failed) failed = std::move(damaged);
        co_return failed;
    }
    auto const size = exchange_->body().capacity() + kept;
    if (!failed && memory_.must_grow(size)) co_await grow_memory(size);
    co_return failed;
}

// No coroutine itself, or each wait for memory would have two frames.
asio::awaitable<void> attempt::grow_memory(std::size_t bytes) {
    return call_.state.reply_memory().grow(call_.operation, memory_, bytes);
}

asio::awaitable<void> attempt::drop_rest() {
    auto& operation = call_.operation;
    auto const begin = exchange_->body().size();
    operation.begin_phase(errc::stream_stalled, max_drain_time);
    while (!exchange_->is_complete() && exchange_->body().size() - begin < max_drained &&
           !operation.stop_reason()) {
        auto const failed = co_await receive();
        if (failed) break;
    }
    // It has not been decoded.
    if (coding_) exchange_->body().resize(begin);
    operation.end_phase();
}

bool attempt::take_coded(std::size_t begin) {
    if (!coding_known_) look_at_coding();
    if (!coding_) return false;
    coding_->take(exchange_->body(), begin, exchange_->is_complete());
    return true;
}

/// Looks at the first bytes of the body, which nearly always are those of an object.
void attempt::look_at_coding() {
    auto const& body = exchange_->body();
    if (body.empty()) return;
    coding_known_ = true;
    // Nor does an answer of deflate without its wrapper begin so.
    if (body.front() == '{') return;
    auto const label = call_.info().field("content-encoding");
    // An archive is no reply that was compressed without a word of it.
    if (call_.any_reply && codec::names_no_coding(label) && !is_refusal()) return;
    auto const format = codec::content_format_of(label, body, exchange_->is_complete());
    if (format == codec::content_format::plain) return;
    // A stream is bounded by its events, not as a whole.
    bool const is_stream = call_.streaming && !is_refusal();
    auto const max_size = call_.max_response_size();
    coding_ = std::make_unique<net::coded_body>(std::string(label), is_stream ? 0 : max_size);
}

asio::awaitable<net::failure> attempt::unpack(std::size_t kept) {
    using outcome = net::coded_body::outcome;
    auto& operation = call_.operation;
    auto& body = exchange_->body();
    for (;;) {
        auto const result = coding_->step(body);
        if (result == outcome::failed) {
            auto const ec = coding_->ec();
            if (!is_refusal() || ec == errc::response_too_large)
                co_return net::failure(ec, {}, phase::reading, coding_->detail());
            body.clear();
            co_return net::failure();
        }
        auto const size = body.capacity() + kept;
        if (memory_.must_grow(size)) co_await grow_memory(size);
        if (result == outcome::done) co_return net::failure();
        co_await asio::post(operation.strand(), asio::deferred);
        if (auto const& reason = operation.stop_reason())
            co_return net::failure(reason, {}, phase::reading, "the reply was not decoded to its end");
    }
}

} // namespace async_llm::detail
