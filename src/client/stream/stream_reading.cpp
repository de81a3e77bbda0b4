// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// Reading of a stream: its reader, and the work while the caller waits.

#include "client/stream/stream_operation.hpp"
#include "codec/calls/cut_calls.hpp"

#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace async_llm::detail {
namespace {

using steady = std::chrono::steady_clock;

} // namespace

// ------------------------------------------------------------------------------------------ the reading side

/// Takes the next chunk of what has been received; afterwards, if that is all of it, its end.
stream_operation::outcome stream_operation::take_parsed(chat_chunk& chunk) {
    auto progress = chunks_.next(chunk);
    if (progress != outcome::need_more) return progress;
    exchange().body().clear();
    auto const* const coding = call_.current().coding();
    if (coding && coding->has_pending()) [[unlikely]]
        progress = take_coded_chunk(chunk);
    if (progress != outcome::need_more || !has_body_ended() || chunks_.has_end()) return progress;
    chunks_.put_end(!broken_);
    return chunks_.next(chunk);
}

/// Decodes some of what came coded, and takes the next chunk of it. After `need_more` nothing of it is left.
stream_operation::outcome stream_operation::take_coded_chunk(chat_chunk& chunk) {
    auto& body = exchange().body();
    auto& coding = *call_.current().coding();
    if (coding.step(body) == net::coded_body::outcome::failed && !broken_)
        broken_ = net::failure(coding.ec(), {}, phase::reading, coding.detail());
    chunks_.put(body);
    auto const progress = chunks_.next(chunk);
    if (progress != outcome::need_more) return progress;
    body.clear();
    return coding.has_pending() ? outcome::busy : progress;
}

/// No further attempt.
void stream_operation::give_up(net::failure reason) {
    chunks_.give_up();
    given_up_ = std::move(reason);
}

void stream_operation::note(chat_chunk const& chunk) {
    call_.note_delivery();
    if (chunk.has_content()) {
        auto& first = call_.info().timings.first_content;
        if (first.count() == 0) {
            first = between(exchange().sent_at(), steady::now());
            // Received chunks may be taken after the end, too.
            if (!call_.record().is_finished()) call_.notify_first_content();
        }
        silence_.content();
    }
    if (chunk.usage) call_.note_usage(*chunk.usage);
    chunks_.gather(chunk);
}

// --------------------------------------------------------------------------------------- while the caller
// waits

asio::awaitable<void> stream_operation::serve() {
    while (!stop_is_final()) {
        if (!next_ && !collect_) {
            if (stop_reason()) co_return;
            co_await rest();
            continue;
        }
        // Members kept beside it have been looked at when they were received.
        if (call_.current().must_grow_memory(chunks_.gathered().size()))
            co_await call_.current().grow_memory(chunks_.size());
        auto progress = outcome::need_more;
        if (next_) progress = try_fetch(next_->chunk());
        if (next_ && progress != outcome::chunk) progress = co_await fetch(next_->chunk());
        if (collect_) progress = co_await fetch_all();
        if (progress == outcome::end) progress = check_whole();
        if (progress == outcome::end) co_await end_well();
        if (progress == outcome::failed) end_badly(why_failed());
        answer(progress);
        if (progress != outcome::chunk) co_return;
    }
}

/// Waits until the caller asks, or for the connection as well, on which nothing is read before that.
asio::awaitable<void> stream_operation::rest() {
    if (watch_ == watch::readable || has_body_ended() || exchange().has_pending()) {
        co_await news_.wait();
        co_return;
    }
    watch_ = watch::watching;
    co_await call_.current().wait(net::readiness::readable);
    watch_ = watch::readable;
    exchange().note_wait();
}

/// Waits for more of the body. The failure, if any, is that the operation was stopped.
asio::awaitable<net::failure> stream_operation::receive_more() {
    auto broken = co_await call_.current().receive();
    auto failed = take_in(std::move(broken));
    if (!failed && call_.current().must_grow_memory(chunks_.size())) co_await wait_for_memory(chunks_.size());
    co_return failed;
}

/// Makes room for a reply of so many bytes. That is no silence of the provider.
asio::awaitable<void> stream_operation::wait_for_memory(std::size_t bytes) {
    bool const was_waiting = waiting_since_.has_value();
    end_waiting();
    co_await call_.current().grow_memory(bytes);
    if (was_waiting && !stop_reason()) begin_waiting();
}

/// Gives other operations their turn while a large event is decoded. The failure is as of \ref receive_more.
asio::awaitable<net::failure> stream_operation::yield() {
    end_waiting();
    auto const size = chunks_.size() + memory_to_decode(call_.config(), chunks_.reader().being_decoded());
    if (call_.current().must_grow_memory(size)) co_await wait_for_memory(size);
    co_await asio::post(strand(), asio::deferred);
    if (stop_reason())
        co_return net::failure(stop_reason(), {}, exchange().phase(), "the stream did not end");
    co_return net::failure();
}

/// Hands on what a read brought. `broken` and the failure are as of \ref receive_more.
net::failure stream_operation::take_in(net::failure broken) {
    watch_ = watch::idle;
    // The last bytes are not read any more, so the body must not seem to have ended well.
    if (stop_reason() && !broken)
        return net::failure(stop_reason(), {}, exchange().phase(), "the stream did not end");
    if (stop_reason()) return broken;
    broken_ = std::move(broken);
    give_reader_body();
    return net::failure();
}

/// Begins the limit of a wait for content.
void stream_operation::begin_waiting() {
    if (waiting_since_) return;
    waiting_since_ = steady::now();
    begin_phase(silence_.error(), silence_.left());
}

void stream_operation::end_waiting() {
    if (!waiting_since_) return;
    end_phase();
    silence_.waited(steady::now() - *waiting_since_);
    waiting_since_.reset();
}

/// Gets the next chunk if what has come since the caller asked has one; otherwise \ref fetch has to.
stream_operation::outcome stream_operation::try_fetch(chat_chunk& chunk) {
    auto progress = take_parsed(chunk);
    if (progress == outcome::need_more && watch_ == watch::readable && !stop_reason()) {
        if (exchange().advance(net::exchange::goal::more)) return progress;
        take_in(exchange().take_failure());
        progress = take_parsed(chunk);
    }
    if (progress != outcome::chunk) return progress;
    end_waiting();
    note(chunk);
    return progress;
}

/// Gets the next chunk, if need be of a stream that begins anew.
asio::awaitable<stream_operation::outcome> stream_operation::fetch(chat_chunk& chunk) {
    auto progress = co_await fetch_once(chunk);
    while (progress == outcome::failed) {
        // After a chunk that was delivered this only finds out why there is no further attempt.
        auto failed = co_await call_.send_again(why_failed());
        if (failed) {
            give_up(std::move(failed));
            co_return progress;
        }
        progress = co_await fetch_once(chunk);
    }
    co_return progress;
}

asio::awaitable<stream_operation::outcome> stream_operation::fetch_once(chat_chunk& chunk) {
    auto progress = take_parsed(chunk);
    bool was_busy = false;
    while (progress == outcome::need_more || progress == outcome::busy) {
        // Not into broken_, which knows by now whether the body broke off.
        net::failure ended;
        if (progress == outcome::busy) {
            was_busy = true;
            ended = co_await yield();
        } else {
            begin_waiting();
            ended = co_await receive_more();
        }
        if (ended) {
            waiting_since_.reset();
            // A stream that has said how it finished, and has nothing more to say, has ended well.
            bool const silent = stop_reason() == errc::stream_stalled && chunks_.reader().has_finished();
            co_return silent ? outcome::end : outcome::failed;
        }
        progress = take_parsed(chunk);
    }
    end_waiting();
    if (progress == outcome::chunk) note(chunk);
    // Memory that decoding took must not be kept from others while the stream is not read.
    if (was_busy) call_.current().shrink_memory(chunks_.size());
    co_return progress;
}

/// Makes an end a failure if all that has been gathered is no answer.
stream_operation::outcome stream_operation::check_whole() {
    if (!chunks_.is_gathering()) return outcome::end;
    auto const& choices = completion().choices;
    auto complaint =
        choices.empty() ? "the stream ended without a choice" : codec::find_nameless_call(choices);
    if (complaint.empty()) return outcome::end;
    error_code const ec = errc::invalid_response;
    broken_ = net::failure(ec, {}, phase::reading, std::move(complaint));
    return outcome::failed;
}

asio::awaitable<stream_operation::outcome> stream_operation::fetch_all() {
    auto progress = outcome::chunk;
    chat_chunk chunk;
    auto const& error = chunks_.gathering_error();
    while (progress == outcome::chunk && !error) progress = co_await fetch(chunk);
    if (error && progress != outcome::failed) {
        broken_ = net::failure(error, {}, phase::reading, chunks_.gathered().detail());
        progress = outcome::failed;
    }
    co_return progress;
}

} // namespace async_llm::detail
