// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/http2_exchange.hpp"

#include "net/http2_connection.hpp"

#include <mutex>
#include <utility>

namespace async_llm::net {
namespace {

// Error codes of RFC 9113, section 7.
constexpr std::uint32_t refused_stream = 0x7;
constexpr std::uint32_t http_1_1_required = 0xd;

} // namespace

http2_exchange::http2_exchange(
    connection_ptr c,
    http2_connection& shared,
    operation& op,
    exchange_limits limits
)
    : connection_(std::move(c)), shared_(shared), strand_(op.strand()), slot_(strand_) {
    progress().begin(op, limits);
}

http2_exchange::~http2_exchange() { leave(); }

void http2_exchange::leave() noexcept { shared_.leave(*this); }

void http2_exchange::end() noexcept { leave(); }

bool http2_exchange::has_pending() const noexcept {
    std::lock_guard const lock(shared_.mutex_);
    return stream_ && (stream_->body_size() != 0 || stream_->is_complete() || stream_->has_failed());
}

std::optional<readiness> http2_exchange::advance(goal wanted) {
    if (has_failed()) return std::nullopt;
    if (progress().is_stopped()) {
        fail(progress().stopped());
        return std::nullopt;
    }
    slot_.clear();
    http2_connection::task t;
    bool done = false;
    {
        std::lock_guard const lock(shared_.mutex_);
        done = !stream_ || is_reached(wanted);
        // Windows may have been returned.
        if (shared_.session_.wants_write()) shared_.plan_flush(t);
        if (has_failed()) shared_.plan_report(t);
    }
    shared_.carry_out(t);
    return done ? std::nullopt : std::optional(readiness::readable);
}

/// The connection has the request.
void http2_exchange::enter(http2_stream& stream) {
    stream_ = &stream;
    stream_id_ = stream.id();
    progress().end_sending(true, false);
}

void http2_exchange::refuse() {
    server_says_ = processing::none;
    fail(failure(errc::connection_lost, {}, phase(), "the connection takes no more requests"));
}

/// Takes what has come, as far as the goal needs it. True: the goal is reached, or has failed.
bool http2_exchange::is_reached(goal wanted) {
    look_at_request();
    if (stream_->has_begun()) progress().note_first_byte();
    if (stream_->has_head() && !has_head()) take_head();
    if (wanted == goal::sent && (state_ != state::blocked || stream_->has_failed())) return true;
    bool const has_more = (wanted > goal::head || stream_->is_complete()) && take_body();
    if (stream_->is_complete()) {
        state_ = state::complete;
        progress().note_end();
        return true;
    }
    if ((wanted == goal::head && has_head()) || (wanted == goal::more && has_more)) return true;
    if (stream_->has_failed()) take_failure(stream_->failure());
    return has_failed();
}

/// Notes whether the peer takes the request.
void http2_exchange::look_at_request() {
    if (has_head() || stream_->is_blocked() == (state_ == state::blocked)) return;
    if (state_ == state::sent) {
        state_ = state::blocked;
        progress().block();
    } else {
        state_ = state::sent;
        progress().end_sending(stream_->is_sent(), false);
    }
}

void http2_exchange::take_head() {
    // A response makes it pointless to wait for the end of the request.
    if (state_ == state::blocked) progress().end_sending(stream_->is_sent(), true);
    state_ = state::head;
    status_ = stream_->status();
    headers_ = std::move(stream_->headers());
}

/// Takes what there is of the body, for which its window is returned. False: nothing.
bool http2_exchange::take_body() {
    if (stream_->body_size() == 0) return false;
    shared_.session_.take_body(*stream_, body_);
    return true;
}

void http2_exchange::take_failure(http2_failure const& reason) {
    if (reason.unprocessed) {
        bool const refused = reason.code == refused_stream || reason.code == http_1_1_required;
        server_says_ = refused ? processing::refused : processing::none;
        if (reason.code == http_1_1_required) shared_.http1_required_ = true;
    }
    failure failed(reason.ec, {}, phase(), reason.detail);
    if (shared_.session_.has_failed()) {
        failed->cause = shared_.end_;
        failed->is_shared = std::exchange(shared_.failure_taken_, true);
    }
    fail(std::move(failed));
}

} // namespace async_llm::net
