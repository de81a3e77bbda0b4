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
    exchange_.body().clear();
    if (coding_ && coding_->has_pending()) [[unlikely]]
        progress = take_coded_chunk(chunk);
    if (progress != outcome::need_more || !body_ended_ || chunks_.has_end()) return progress;
    chunks_.put_end(!broken_);
    return chunks_.next(chunk);
}

/// Decodes some of what came coded, and takes the next chunk of it. After `need_more` nothing of it is left.
stream_operation::outcome stream_operation::take_coded_chunk(chat_chunk& chunk) {
    auto& body = exchange_.body();
    if (coding_->step(body) == net::coded_body::outcome::failed && !broken_) {
        broken_ = net::failure(coding_->ec(), {}, phase::reading, coding_->detail());
        body_ended_ = true;
    }
    chunks_.put(body);
    auto const progress = chunks_.next(chunk);
    if (progress != outcome::need_more) return progress;
    body.clear();
    return coding_->has_pending() ? outcome::busy : progress;
}

/// No further attempt.
void stream_operation::give_up(net::failure reason) {
    chunks_.give_up();
    given_up_.emplace(std::move(reason));
}

void stream_operation::note(chat_chunk const& chunk) {
    delivered_ = true;
    if (chunk.has_content()) {
        auto& first = response_.info.timings.first_content;
        if (first.count() == 0) {
            first = between(exchange_.sent_at(), steady::now());
            // Received chunks may be taken after the end, too.
            if (!end_reported_) notify_first_content();
        }
        silence_.content();
    }
    chunks_.gather(chunk);
}

// --------------------------------------------------------------------------------------- while the caller
// waits

asio::awaitable<void> stream_operation::serve() {
    while (!finished_ && !stop_is_final()) {
        if (!next_ && !collect_) {
            if (stop_reason()) co_return;
            co_await rest();
            continue;
        }
        // Members kept beside it have been looked at when they were received.
        if (memory_.must_grow(chunks_.gathered().size()))
            co_await impl_->reply_memory().grow(*this, memory_, chunks_.size());
        auto progress = outcome::need_more;
        if (next_) progress = try_fetch(next_->chunk());
        if (next_ && progress != outcome::chunk) progress = co_await fetch(next_->chunk());
        if (collect_) progress = co_await fetch_all();
        if (progress == outcome::end) progress = judge_whole();
        if (progress == outcome::end) co_await end_well();
        if (progress == outcome::failed) end_badly(why_failed());
        answer(progress);
        if (progress != outcome::chunk) co_return;
    }
}

/// Waits until the caller asks, or for the connection as well, on which nothing is read before that.
asio::awaitable<void> stream_operation::rest() {
    auto& transport = lease_->transport;
    if (readable_ || body_ended_ || transport.has_pending()) {
        co_await news_.wait();
        co_return;
    }
    watching_ = true;
    co_await transport.wait(net::readiness::readable);
    watching_ = false;
    readable_ = true;
    exchange_.note_wait();
}

/// Waits for more of the body. The failure, if any, is that the operation was stopped.
asio::awaitable<net::failure> stream_operation::receive_more() {
    auto broken = co_await receive();
    auto failed = take_in(std::move(broken));
    if (!failed && memory_.must_grow(chunks_.size())) co_await wait_for_memory(chunks_.size());
    co_return failed;
}

/// Makes \ref memory_ at least this large. That is no silence of the provider.
asio::awaitable<void> stream_operation::wait_for_memory(std::size_t bytes) {
    bool const was_waiting = waiting_since_.has_value();
    end_waiting();
    co_await impl_->reply_memory().grow(*this, memory_, bytes);
    if (was_waiting && !stop_reason()) begin_waiting();
}

/// Gives other operations their turn while a large event is decoded. The failure is as of \ref receive_more.
asio::awaitable<net::failure> stream_operation::yield() {
    end_waiting();
    auto const size = chunks_.size() + memory_to_decode(chunks_.reader().being_decoded());
    if (memory_.must_grow(size)) co_await wait_for_memory(size);
    co_await asio::post(strand(), asio::deferred);
    if (stop_reason()) co_return net::failure(stop_reason(), {}, exchange_.phase(), "the stream did not end");
    co_return net::failure();
}

/// Hands on what a read brought. `broken` and the failure are as of \ref receive_more.
net::failure stream_operation::take_in(net::failure broken) {
    readable_ = false;
    if (stop_reason()) return broken;
    broken_ = std::move(broken);
    body_ended_ = broken_ || exchange_.is_complete();
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
    if (progress == outcome::need_more && readable_ && !stop_reason()) {
        if (exchange_.advance(net::exchange::goal::more)) return progress;
        take_in(exchange_.take_failure());
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
        auto failed = co_await send_again(why_failed());
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
    if (was_busy) impl_->reply_memory().shrink(memory_, chunks_.size());
    co_return progress;
}

/// Makes an end a failure if all that has been gathered is no answer.
stream_operation::outcome stream_operation::judge_whole() {
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
    co_await drop_rest();
    release(exchange_.is_complete());
    chunks_.close(outcome::end);
    response_.info.phase = phase::finished;
    response_.info.timings.total = steady::now() - started();
    end_attempt(error_code(), tokens_in(completion()), false, std::chrono::nanoseconds(0));
    notify_end(error_code());
    exchange_.end();
    memory_.release();
    record_.end(true);
}

void stream_operation::end_badly(net::failure reason) {
    // Reading the body of an error to its end leaves a connection that can serve again.
    release(!opened_ && exchange_.is_complete());
    try {
        if (auto* const event = chunks_.failed_event()) {
            record_.credentials().apply_to_errors(*event);
            chunks_.gather(*event);
        }
    } catch (std::bad_alloc const&) {
        // Further content of the failed event is dropped: it may hold a credential that could not be masked.
        chunks_.drop_failed_event();
    }
    fail(std::move(reason));
    chunks_.close(outcome::failed);
    response_.info.timings.total = steady::now() - started();
    end_attempt(ec_, std::nullopt, false, std::chrono::nanoseconds(0));
    notify_end(ec_);
    exchange_.end();
    memory_.release();
    record_.end(false);
}

/// Notifies the observer that the stream is over; once.
void stream_operation::notify_end(error_code const& ec) {
    if (!impl_->observer() || std::exchange(end_reported_, true)) return;
    chat_response reported;
    try {
        reported = snapshot();
    } catch (std::bad_alloc const&) {
        // An end is reported also without its details.
    }
    notify_finished(reported, ec);
}

// In their noexcept end operations have to have a reason.
net::failure stream_operation::reason_to_end() noexcept {
    try {
        if (next_ || collect_) return why_failed();
        return net::failure(stop_reason(), {}, phase::reading, "the stream was ended while nobody read it");
    } catch (...) {
        return net::failure::of(std::current_exception(), exchange_.phase(), stop_reason());
    }
}

net::failure stream_operation::why_failed() {
    if (given_up_) return *given_up_;
    if (stop_reason()) return net::failure(stop_reason(), {}, exchange_.phase(), "the stream did not end");
    // The reader knows only that the body broke off; the connection knows why.
    auto const read = chunks_.is_open() ? chunks_.reader().ec() : error_code();
    bool const cut = !read || read == errc::truncated_response || read == errc::empty_response;
    if (broken_ && cut) return broken_;
    auto& reader = chunks_.reader();
    response_.error = std::move(reader.error());
    return net::failure(reader.ec(), {}, exchange_.phase(), std::move(reader.detail()));
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
    auto const ec = ec_;
    unclaim();
    pending.complete(ec, progress == outcome::chunk || reported);
}

void stream_operation::answer_collect() {
    auto pending = std::move(*collect_);
    collect_.reset();
    chat_response response;
    auto ec = ec_;
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
    unclaim();
    pending.complete(ec, std::move(response));
}

void stream_operation::drop_handlers() {
    next_.reset();
    collect_.reset();
}

/// `needs_more`: what has been read does not do.
void stream_operation::on_demand(bool needs_more) {
    if (finished_) {
        if (!chunks_.closed()) end_badly(std::move(verdict_));
        answer(*chunks_.closed());
    } else if (!watching_) {
        news_.open();
    } else if (needs_more) {
        begin_waiting();
    } else {
        lease_->transport.end_wait();
    }
}

/// Reports the end of a stream that ended while no operation was pending.
void stream_operation::report_verdict() {
    // The caller has asked meanwhile, and all were notified then.
    if (chunks_.closed()) return;
    bool const claimed = claim();
    if (!claimed && !abandoned_) {
        // The caller takes a chunk in this moment, which does not take long. Without memory for that, who
        // asks is reported.
        auto const self = std::static_pointer_cast<stream_operation>(shared_from_this());
        net::try_post(strand(), [self] { self->report_verdict(); });
        return;
    }
    end_attempt(verdict_.ec(), std::nullopt, false, std::chrono::nanoseconds(0));
    notify_end(verdict_.ec());
    if (claimed) unclaim();
}

void stream_operation::finish(std::exception_ptr exception) noexcept {
    finished_ = true;
    auto reason = exception ? net::failure::of(exception, exchange_.phase()) : reason_to_end();
    if (!opened_) {
        if (!chunks_.closed()) end_badly(std::move(reason));
        unclaim();
        auto self = std::static_pointer_cast<stream_operation>(shared_from_this());
        opener_.complete(ec_, chat_stream(std::move(self)));
    } else if (next_ || collect_) {
        end_badly(std::move(reason));
        answer(outcome::failed);
    } else if (lease_) {
        // The reading side is the user's now. A result has to wait until it asks.
        verdict_ = std::move(reason);
        memory_.release();
        release(false);
        report_verdict();
        record_.end(false);
    }
}

} // namespace async_llm::detail
