// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/http2/http2_callbacks.hpp"
#include "net/http2/http2_session.hpp"
#include <async_llm/error.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <utility>

namespace async_llm::net {

std::string_view http2_session::output() {
    try {
        fill();
    } catch (std::bad_alloc const&) {
        // Frames are missing from now on.
        fail_without_memory();
        output_.clear();
        output_sent_ = 0;
    }
    return std::string_view(output_).substr(output_sent_);
}

bool http2_session::wants_write() const noexcept {
    if (output_sent_ < output_.size() || nghttp2_session_want_write(session_.get()) != 0) return true;
    return must_confirm_resets() || (!failure_ && !waiting_turn_.empty());
}

void http2_session::sent(std::size_t bytes) {
    output_sent_ += bytes;
    total_sent_ += bytes;
    while (!request_ends_.empty() && request_ends_.front().offset <= total_sent_) {
        auto* const stream = request_ends_.front().stream;
        request_ends_.pop_front();
        if (!stream) continue;
        stream->is_sent_ = true;
        --unsent_;
        if (std::exchange(stream->is_blocked_, false)) notify(*stream);
    }
}

void http2_session::note_blocked() noexcept {
    if (unsent_ == 0) return;
    for (auto const& stream : streams_) {
        // Others have come since the last output, and wait for the next.
        bool const is_held_up = stream->is_begun_ || output_sent_ < output_.size();
        if (stream->is_sent_ || !stream->is_awaited() || !is_held_up) continue;
        if (!std::exchange(stream->is_blocked_, true)) notify(*stream);
    }
}

/// Gathers what there is to send, up to the limit. False: the connection has failed.
bool http2_session::fill() {
    output_.erase(0, std::exchange(output_sent_, 0));
    while (output_.size() < limits_.output_size) {
        std::uint8_t const* data = nullptr;
        auto const n = nghttp2_session_mem_send(session_.get(), &data);
        if (n < 0) {
            check(static_cast<int>(n));
            break;
        }
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
        put_out({reinterpret_cast<char const*>(data), static_cast<std::size_t>(n)});
        if (n != 0) continue;
        // Its answer confirms all resets that were put out before.
        if (must_confirm_resets())
            ping();
        else if (!begin_round())
            break;
    }
    return !failure_;
}

/// Returns whether there are resets to be confirmed, and a PING is in order.
/**
 * Servers of gRPC end a connection with several PINGs between which they sent neither HEADERS nor DATA. So
 * the next one waits for these, or until resets have taken up all places.
 */
bool http2_session::must_confirm_resets() const noexcept {
    if (failure_ || resets_since_ping_ == 0 || ping_pending_) return false;
    return heard_since_ping_ || open_ + unconfirmed_resets() >= std::min(limits_.max_streams, peer_limit());
}

/// Lets the bodies of which a frame was put out have another turn. False: there are none.
bool http2_session::begin_round() {
    if (failure_ || waiting_turn_.empty()) return false;
    for (auto* const stream : waiting_turn_) {
        stream->had_turn_ = false;
        // Fails for a stream that is reset meanwhile, which has no turn any more.
        nghttp2_session_resume_data(session_.get(), stream->id_);
    }
    waiting_turn_.clear();
    return true;
}

void http2_session::put_out(std::string_view bytes) {
    output_ += bytes;
    total_put_out_ += bytes.size();
    if (auto* const stream = std::exchange(ending_, nullptr)) {
        stream->is_put_out_ = true;
        request_ends_.emplace_back(total_put_out_, stream);
    }
    if (complaint_ && !failure_) fail(std::move(complaint_), false);
}

void http2_session::ping() {
    if (ping_pending_ || failure_) return;
    ++ping_number_;
    std::array<std::uint8_t, sizeof ping_number_> opaque{};
    std::memcpy(opaque.data(), &ping_number_, sizeof ping_number_);
    check(nghttp2_submit_ping(session_.get(), NGHTTP2_FLAG_NONE, opaque.data()));
    ping_pending_ = true;
    heard_since_ping_ = false;
    // Of those that were put out. Others may still wait in front of it.
    resets_before_ping_ += std::exchange(resets_since_ping_, 0);
}

void http2_session::shut_down() {
    if (failure_ || shutting_down_) return;
    shutting_down_ = true;
    check(nghttp2_session_terminate_session(session_.get(), NGHTTP2_NO_ERROR));
}

} // namespace async_llm::net
