// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// Reading of a stream: its reader, and the work while the caller waits.

#include "async/exception.hpp"
#include "async/try_post.hpp"
#include "client/stream/stream_operation.hpp"
#include "codec/calls/cut_calls.hpp"

#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <exception>
#include <new>
#include <utility>

namespace async_llm::detail {
namespace {

using steady = std::chrono::steady_clock;

bool carries_anything(chat_chunk const& chunk) noexcept { return !chunk.choices.empty() || chunk.usage; }

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
    auto& transport = call_.current().transport();
    if (watch_ == watch::readable || has_body_ended() || transport.has_pending()) {
        co_await news_.wait();
        co_return;
    }
    watch_ = watch::watching;
    co_await transport.wait(net::readiness::readable);
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

/// The stream has ended: drops the rest of the body, so that the connection can serve again.
asio::awaitable<void> stream_operation::end_well() {
    co_await call_.current().drop_rest();
    call_.current().release(exchange().is_complete());
    call_.info().phase = phase::finished;
    close(outcome::end);
}

void stream_operation::end_badly(net::failure reason) {
    // Reading the body of an error to its end leaves a connection that can serve again.
    call_.current().release(stage_ == stage::opening && exchange().is_complete());
    try {
        if (auto* const event = chunks_.failed_event()) {
            call_.record().credentials().apply_to_errors(*event);
            chunks_.gather(*event);
        }
    } catch (std::bad_alloc const&) {
        // Further content of the failed event is dropped: it may hold a credential that could not be masked.
        chunks_.drop_failed_event();
    }
    call_.fail(std::move(reason));
    close(outcome::failed);
}

/// Ends the stream for all that have to do with it but the caller.
void stream_operation::close(outcome progress) {
    auto const& ec = call_.ec();
    chunks_.close(progress);
    call_.info().timings.total = steady::now() - started();
    call_.end_attempt(ec, ec ? std::nullopt : tokens_in(completion()));
    notify_end(ec);
    call_.current().end();
    call_.record().end(!ec);
}

/// Notifies the observer that the stream is over; once.
void stream_operation::notify_end(error_code const& ec) {
    if (!call_.state().observer() || call_.record().is_finished()) return;
    chat_response result;
    try {
        result = snapshot();
    } catch (std::bad_alloc const&) {
        // An end is reported also without its details.
    }
    call_.notify_finished(result, ec);
}

// In their noexcept end operations have to have a reason.
net::failure stream_operation::reason_to_end() noexcept {
    try {
        if (next_ || collect_) return why_failed();
        return net::failure(stop_reason(), {}, phase::reading, "the stream was ended while it was not read");
    } catch (...) {
        return net::failure::of(std::current_exception(), exchange().phase(), stop_reason());
    }
}

net::failure stream_operation::why_failed() {
    if (given_up_) return given_up_;
    if (stop_reason()) return net::failure(stop_reason(), {}, exchange().phase(), "the stream did not end");
    // The reader knows only that the body broke off; the connection knows why.
    auto const read = chunks_.is_open() ? chunks_.reader().ec() : error_code();
    bool const cut = !read || read == errc::truncated_response || read == errc::empty_response;
    if (broken_ && cut) return broken_;
    auto& reader = chunks_.reader();
    call_.response().error = std::move(reader.error());
    return net::failure(reader.ec(), {}, exchange().phase(), std::move(reader.detail()));
}

void stream_operation::answer(outcome progress) {
    if (next_)
        answer_next(progress);
    else if (collect_)
        answer_collect();
}

void stream_operation::answer_next(outcome progress) {
    auto pending = std::move(*next_);
    next_.reset();
    auto const* const event = chunks_.failed_event();
    bool reported = progress == outcome::failed && event && carries_anything(*event);
    try {
        if (reported) pending.chunk() = *event;
    } catch (std::bad_alloc const&) {
        reported = false;
    }
    auto const ec = call_.ec();
    owner_.unclaim();
    pending.complete(ec, progress == outcome::chunk || reported);
}

void stream_operation::answer_collect() {
    auto pending = std::move(*collect_);
    collect_.reset();
    chat_response response;
    auto ec = call_.ec();
    try {
        response = snapshot();
        if (!ec && chunks_.gathering_error()) {
            // The stream was read to its end chunk by chunk, which goes on where gathering does not.
            ec = chunks_.gathering_error();
            response.info.detail = chunks_.gathered().detail();
        }
    } catch (std::bad_alloc const&) {
        if (!ec) ec = net::out_of_memory();
    }
    owner_.unclaim();
    pending.complete(ec, std::move(response));
}

void stream_operation::drop_handlers() {
    next_.reset();
    collect_.reset();
}

/// `needs_more`: what has been read does not do.
void stream_operation::on_demand(bool needs_more) {
    if (stage_ == stage::ended) {
        if (!chunks_.closed()) end_badly(std::move(verdict_));
        answer(*chunks_.closed());
    } else if (watch_ != watch::watching) {
        news_.open();
    } else if (needs_more) {
        begin_waiting();
    } else {
        call_.current().transport().end_wait();
    }
}

/// Reports the end of a stream that ended while no operation was pending.
void stream_operation::report_verdict() {
    // The caller has asked meanwhile, and all were notified then.
    if (chunks_.closed()) return;
    bool const claimed = owner_.claim();
    if (!claimed && !owner_.is_abandoned()) {
        // The caller takes a chunk in this moment, which does not take long. Without memory for that, who
        // asks is reported.
        auto const self = std::static_pointer_cast<stream_operation>(shared_from_this());
        net::try_post(strand(), [self] { self->report_verdict(); });
        return;
    }
    call_.end_attempt(verdict_.ec(), std::nullopt);
    notify_end(verdict_.ec());
    if (claimed) owner_.unclaim();
}

void stream_operation::finish(std::exception_ptr exception) noexcept {
    auto reason = exception ? net::failure::of(exception, exchange().phase()) : reason_to_end();
    if (stage_ == stage::opening) {
        if (!chunks_.closed()) end_badly(std::move(reason));
        stage_ = stage::ended;
        owner_.unclaim();
        auto self = std::static_pointer_cast<stream_operation>(shared_from_this());
        opener_.complete(call_.ec(), chat_stream(std::move(self)));
        return;
    }
    stage_ = stage::ended;
    if (next_ || collect_) {
        end_badly(std::move(reason));
        answer(outcome::failed);
    } else if (call_.current().has_connection()) {
        // The reading side is the user's now. The result waits for the next operation.
        verdict_ = std::move(reason);
        call_.current().give_up_connection();
        report_verdict();
        call_.record().end(false);
    }
}

} // namespace async_llm::detail
