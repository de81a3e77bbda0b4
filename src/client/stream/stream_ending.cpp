// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// Ends of a stream, and the answers to what the caller has asked for.

#include "async/exception.hpp"
#include "async/try_post.hpp"
#include "client/stream/stream_operation.hpp"

#include <exception>
#include <new>
#include <utility>

namespace async_llm::detail {
namespace {

using steady = std::chrono::steady_clock;

bool carries_anything(chat_chunk const& chunk) noexcept { return !chunk.choices.empty() || chunk.usage; }

} // namespace

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
    auto const* const event = chunks_.failed_event();
    if (event && event->usage) call_.note_usage(*event->usage);
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
        call_.current().end_wait();
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
