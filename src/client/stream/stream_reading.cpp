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

// More than any provider sends before it begins: chunks, and bytes of their events.
constexpr std::size_t max_held_back = 32;
constexpr std::size_t max_held_back_size = 256u * 1024;

/// Whether a chunk is part of an answer, and not only its announcement.
bool says_something(chat_chunk const& chunk) noexcept { return chunk.has_content() || chunk.usage; }

bool carries_anything(chat_chunk const& chunk) noexcept { return !chunk.choices.empty() || chunk.usage; }

} // namespace

// ------------------------------------------------------------------------------------------ the reading side

stream_operation::outcome stream_operation::take_parsed(chat_chunk& chunk) {
    if (ended_) return *ended_;
    while (holding_back_) {
        chat_chunk next;
        auto const how = parse(next);
        if (how != outcome::chunk && how != outcome::end) return how;
        if (how == outcome::end) {
            after_held_back_ = how;
        } else {
            held_back_size_ += reader_->event_size();
            held_back_.push_back(std::move(next));
        }
        bool const enough = how == outcome::end || says_something(held_back_.back());
        bool const full = held_back_.size() == max_held_back || held_back_size_ > max_held_back_size;
        if (enough || full) holding_back_ = false;
    }
    if (!held_back_.empty()) {
        chunk = std::move(held_back_.front());
        held_back_.pop_front();
        return outcome::chunk;
    }
    if (after_held_back_) return *after_held_back_;
    return parse(chunk);
}

/// No further attempt. What was held back is known, but nobody needs to see it: there is nothing of an answer
/// in it.
void stream_operation::give_up(net::failure why) {
    holding_back_ = false;
    for (auto const& each : held_back_) {
        if (gathering_) builder_.add(each);
    }
    held_back_.clear();
    given_up_.emplace(std::move(why));
}

stream_operation::outcome stream_operation::parse(chat_chunk& chunk) {
    auto how = reader_->next(chunk);
    if (how == outcome::need_more) {
        exchange_.body().clear();
        if (coding_ && coding_->has_pending()) [[unlikely]]
            how = parse_coded(chunk);
    }
    if (how == outcome::need_more) {
        if (!body_ended_ || end_told_) return how;
        end_told_ = true;
        reader_->put_end(!broken_);
        how = reader_->next(chunk);
    }
    if (how == outcome::failed && !last_) last_ = std::make_unique<chat_chunk>(std::move(chunk));
    return how;
}

/// Decodes some of what came coded, and gets the next chunk of it. After `need_more` nothing of it is left.
stream_operation::outcome stream_operation::parse_coded(chat_chunk& chunk) {
    auto& body = exchange_.body();
    if (coding_->step(body) == net::coded_body::outcome::failed && !broken_) {
        broken_ = net::failure(coding_->ec(), {}, phase::reading, coding_->detail());
        body_ended_ = true;
    }
    reader_->put(body);
    auto const how = reader_->next(chunk);
    if (how != outcome::need_more) return how;
    body.clear();
    return coding_->has_pending() ? outcome::busy : how;
}

void stream_operation::note(chat_chunk const& chunk) {
    delivered_ = true;
    if (chunk.has_content()) {
        auto& first = response_.info.timings.first_content;
        if (first.count() == 0) {
            first = between(exchange_.sent_at(), steady::now());
            // What has been received may be taken after the end, too.
            if (!end_reported_) notify_first_content();
        }
        silence_.content();
    }
    if (!gathering_) return;
    builder_error_ = builder_.add(chunk);
    gathering_ = !builder_error_;
}

// --------------------------------------------------------------------------------------- while the caller
// waits

asio::awaitable<void> stream_operation::serve() {
    while (!finished_ && !must_end()) {
        if (!next_ && !collect_) {
            if (stopped()) co_return;
            co_await rest();
            continue;
        }
        // Members kept beside it have been looked at when they were received.
        if (memory_.must_grow(builder_.size()))
            co_await impl_->reply_memory().grow(*this, memory_, memory_in_use());
        auto how = outcome::need_more;
        if (next_) how = fetch_at_once(next_->chunk());
        if (next_ && how != outcome::chunk) how = co_await fetch(next_->chunk());
        if (collect_) how = co_await fetch_all();
        if (how == outcome::end) how = judge_whole();
        if (how == outcome::end) co_await end_well();
        if (how == outcome::failed) end_badly(why_failed());
        answer(how);
        if (how != outcome::chunk) co_return;
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
    if (!failed && memory_.must_grow(memory_in_use())) co_await wait_for_memory(memory_in_use());
    co_return failed;
}

/// Makes \ref memory_ at least this large. That is no silence of the provider.
asio::awaitable<void> stream_operation::wait_for_memory(std::size_t bytes) {
    bool const was_waiting = waiting_since_.has_value();
    end_waiting();
    co_await impl_->reply_memory().grow(*this, memory_, bytes);
    if (was_waiting && !stopped()) begin_waiting();
}

/// Gives other operations their turn while a large event is decoded. The failure is as of \ref receive_more.
asio::awaitable<net::failure> stream_operation::yield() {
    end_waiting();
    auto const size = memory_in_use() + memory_to_decode(reader_->being_decoded());
    if (memory_.must_grow(size)) co_await wait_for_memory(size);
    co_await asio::post(strand(), asio::deferred);
    if (stopped()) co_return net::failure(stopped(), {}, exchange_.phase(), "the stream did not end");
    co_return net::failure();
}

/// Bytes that are kept of the stream: what has no end yet, what is held back, and what was gathered.
std::size_t stream_operation::memory_in_use() const noexcept {
    return reader_->buffered() + held_back_size_ + builder_.size();
}

/// Hands on what a read brought. `broken` and the failure are as of \ref receive_more.
net::failure stream_operation::take_in(net::failure broken) {
    readable_ = false;
    if (stopped()) return broken;
    broken_ = std::move(broken);
    body_ended_ = broken_ || exchange_.is_complete();
    give_reader_body();
    return net::failure();
}

/// Begins the limit of a wait for content.
void stream_operation::begin_waiting() {
    if (waiting_since_) return;
    waiting_since_ = steady::now();
    enter(silence_.error(), silence_.left());
}

void stream_operation::end_waiting() {
    if (!waiting_since_) return;
    leave();
    silence_.waited(steady::now() - *waiting_since_);
    waiting_since_.reset();
}

/// Gets the next chunk if what has come since the caller asked has one; otherwise \ref fetch has to.
stream_operation::outcome stream_operation::fetch_at_once(chat_chunk& chunk) {
    auto how = take_parsed(chunk);
    if (how == outcome::need_more && readable_ && !stopped()) {
        if (exchange_.advance(net::exchange::goal::more)) return how;
        take_in(exchange_.take_failure());
        how = take_parsed(chunk);
    }
    if (how != outcome::chunk) return how;
    end_waiting();
    note(chunk);
    return how;
}

/// Gets the next chunk, if need be of a stream that begins anew.
asio::awaitable<stream_operation::outcome> stream_operation::fetch(chat_chunk& chunk) {
    auto how = co_await fetch_once(chunk);
    while (how == outcome::failed) {
        // After a chunk that was delivered this only finds out why there is no further attempt.
        auto failed = co_await send_again(why_failed());
        if (failed) {
            give_up(std::move(failed));
            co_return how;
        }
        how = co_await fetch_once(chunk);
    }
    co_return how;
}

asio::awaitable<stream_operation::outcome> stream_operation::fetch_once(chat_chunk& chunk) {
    auto how = take_parsed(chunk);
    bool was_busy = false;
    while (how == outcome::need_more || how == outcome::busy) {
        // Not into broken_, which knows by now whether the body broke off.
        net::failure ended;
        if (how == outcome::busy) {
            was_busy = true;
            ended = co_await yield();
        } else {
            begin_waiting();
            ended = co_await receive_more();
        }
        if (ended) {
            waiting_since_.reset();
            // A stream that has said how it finished, and has nothing more to say, has ended well.
            bool const silent = stopped() == errc::stream_stalled && reader_->has_finished();
            co_return silent ? outcome::end : outcome::failed;
        }
        how = take_parsed(chunk);
    }
    end_waiting();
    if (how == outcome::chunk) note(chunk);
    // Memory that decoding took must not be kept from others while nobody reads on.
    if (was_busy) impl_->reply_memory().shrink(memory_, memory_in_use());
    co_return how;
}

/// Makes an end a failure if all that has been gathered is no answer.
stream_operation::outcome stream_operation::judge_whole() {
    if (!gathering_) return outcome::end;
    auto const& choices = builder_.completion().choices;
    auto complaint =
        choices.empty() ? "the stream ended without a choice" : codec::find_nameless_call(choices);
    if (complaint.empty()) return outcome::end;
    error_code const ec = errc::invalid_response;
    broken_ = net::failure(ec, {}, phase::reading, std::move(complaint));
    return outcome::failed;
}

asio::awaitable<stream_operation::outcome> stream_operation::fetch_all() {
    auto how = outcome::chunk;
    chat_chunk chunk;
    while (how == outcome::chunk && !builder_error_) how = co_await fetch(chunk);
    if (builder_error_ && how != outcome::failed) {
        broken_ = net::failure(builder_error_, {}, phase::reading, builder_.detail());
        how = outcome::failed;
    }
    co_return how;
}

/// The stream has ended: drops the rest of the body, so that the connection can serve again.
asio::awaitable<void> stream_operation::end_well() {
    co_await drop_rest();
    release(exchange_.is_complete());
    ended_ = outcome::end;
    response_.info.phase = phase::finished;
    response_.info.timings.total = steady::now() - started();
    conclude(error_code(), tokens_in(builder_.completion()), false, std::chrono::nanoseconds(0));
    notify_end(error_code());
    reader_.reset();
    exchange_.end();
    memory_.release();
    record_.end(true);
}

void stream_operation::end_badly(net::failure why) {
    // Reading what an error tells to its end leaves a connection that can serve again.
    release(!opened_ && exchange_.is_complete());
    try {
        if (last_) record_.credentials().apply_to_errors(*last_);
        if (last_ && gathering_) builder_.add(*last_);
    } catch (std::bad_alloc const&) {
        // Further content of the failed event is dropped: it may hold a credential that could not be masked.
        last_.reset();
    }
    fail(std::move(why));
    ended_ = outcome::failed;
    response_.info.timings.total = steady::now() - started();
    conclude(ec_, std::nullopt, false, std::chrono::nanoseconds(0));
    notify_end(ec_);
    reader_.reset();
    exchange_.end();
    memory_.release();
    record_.end(false);
}

/// Tells an observer that the stream is over; once.
void stream_operation::notify_end(error_code const& ec) {
    if (!impl_->observer() || std::exchange(end_reported_, true)) return;
    chat_response told;
    try {
        told = snapshot();
    } catch (std::bad_alloc const&) {
        // An end is told also without its story.
    }
    notify_finished(told, ec);
}

// In their noexcept end operations have to have a reason.
net::failure stream_operation::reason_to_end() noexcept {
    try {
        if (next_ || collect_) return why_failed();
        return net::failure(stopped(), {}, phase::reading, "the stream was ended while nobody read it");
    } catch (...) {
        return net::failure::of(std::current_exception(), exchange_.phase(), stopped());
    }
}

net::failure stream_operation::why_failed() {
    if (given_up_) return *given_up_;
    if (stopped()) return net::failure(stopped(), {}, exchange_.phase(), "the stream did not end");
    // The reader knows only that the body broke off; the connection knows why.
    auto const read = reader_ ? reader_->ec() : error_code();
    bool const cut = !read || read == errc::truncated_response || read == errc::empty_response;
    if (broken_ && cut) return broken_;
    response_.error = std::move(reader_->error());
    return net::failure(reader_->ec(), {}, exchange_.phase(), std::move(reader_->detail()));
}

void stream_operation::answer(outcome how) {
    if (next_)
        answer_next(how);
    else if (collect_)
        answer_collect();
}

void stream_operation::answer_next(outcome how) {
    auto pending = std::move(*next_);
    next_.reset();
    bool reported = how == outcome::failed && last_ && carries_anything(*last_);
    try {
        if (reported) pending.chunk() = *last_;
    } catch (std::bad_alloc const&) {
        reported = false;
    }
    auto const ec = ec_;
    unclaim();
    pending.complete(ec, how == outcome::chunk || reported);
}

void stream_operation::answer_collect() {
    auto pending = std::move(*collect_);
    collect_.reset();
    chat_response response;
    auto ec = ec_;
    try {
        response = snapshot();
        if (!ec && builder_error_) {
            // The stream was read to its end chunk by chunk, which goes on where gathering does not.
            ec = builder_error_;
            response.info.detail = builder_.detail();
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
        if (!ended_) end_badly(std::move(verdict_));
        answer(*ended_);
    } else if (!watching_) {
        news_.open();
    } else if (needs_more) {
        begin_waiting();
    } else {
        lease_->transport.end_wait();
    }
}

/// Tells everybody how a stream ended that ended while nobody asked.
void stream_operation::report_verdict() {
    // The caller has asked meanwhile, and all were notified then.
    if (ended_) return;
    bool const claimed = claim();
    if (!claimed && !abandoned_) {
        // The caller takes a chunk in this moment, which does not take long. Without memory for that, who
        // asks is told.
        auto const self = std::static_pointer_cast<stream_operation>(shared_from_this());
        net::try_post(strand(), [self] { self->report_verdict(); });
        return;
    }
    conclude(verdict_.ec(), std::nullopt, false, std::chrono::nanoseconds(0));
    notify_end(verdict_.ec());
    if (claimed) unclaim();
}

void stream_operation::finish(std::exception_ptr exception) noexcept {
    finished_ = true;
    auto why = exception ? net::failure::of(exception, exchange_.phase()) : reason_to_end();
    if (!opened_) {
        if (!ended_) end_badly(std::move(why));
        unclaim();
        auto self = std::static_pointer_cast<stream_operation>(shared_from_this());
        opener_.complete(ec_, chat_stream(std::move(self)));
    } else if (next_ || collect_) {
        end_badly(std::move(why));
        answer(outcome::failed);
    } else if (lease_) {
        // The reading side is the user's now. What it will be told has to wait until it asks.
        verdict_ = std::move(why);
        memory_.release();
        release(false);
        report_verdict();
        record_.end(false);
    }
}

} // namespace async_llm::detail
