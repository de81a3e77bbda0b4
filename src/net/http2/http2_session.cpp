// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/http2/http2_session.hpp"

#include "net/http2/http2_callbacks.hpp"
#include <async_llm/error.hpp>

#include <boost/system/errc.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <new>
#include <utility>

namespace async_llm::net {
namespace {

constexpr std::uint32_t least_window = NGHTTP2_INITIAL_WINDOW_SIZE;
constexpr std::uint32_t largest_window = std::numeric_limits<std::int32_t>::max();
constexpr std::uint32_t largest_stream_id = std::numeric_limits<std::int32_t>::max();
// Of a request, compressed.
constexpr std::size_t max_request_head = 256u * 1024;

http2_limits within_bounds(http2_limits limits) noexcept {
    limits.stream_window = std::clamp(limits.stream_window, least_window, largest_window);
    limits.connection_window = std::clamp(limits.connection_window, least_window, largest_window);
    return limits;
}

void require(int result) {
    if (result != 0) throw std::bad_alloc();
}

struct options_deleter {
    void operator()(nghttp2_option* o) const noexcept { nghttp2_option_del(o); }
};

struct callbacks_deleter {
    void operator()(nghttp2_session_callbacks* c) const noexcept { nghttp2_session_callbacks_del(c); }
};

std::unique_ptr<nghttp2_option, options_deleter> make_options(http2_limits const& limits) {
    nghttp2_option* made = nullptr;
    require(nghttp2_option_new(&made));
    std::unique_ptr<nghttp2_option, options_deleter> options(made);
    nghttp2_option_set_no_auto_window_update(made, 1);
    nghttp2_option_set_max_outbound_ack(made, limits.max_waiting_acks);
    nghttp2_option_set_max_reserved_remote_streams(made, 0);
    nghttp2_option_set_no_closed_streams(made, 1);
    nghttp2_option_set_max_send_header_block_length(made, max_request_head);
#if NGHTTP2_VERSION_NUM >= 0x014300
    // It counts what is counted here, and not by what comes between.
    nghttp2_option_set_glitch_rate_limit(made, std::numeric_limits<std::uint32_t>::max(), 1'000'000);
#endif
    // White space around a value is taken off here, as in HTTP/1.1; some servers send it.
    nghttp2_option_set_no_rfc9113_leading_and_trailing_ws_validation(made, 1);
    return options;
}

error_code no_memory() noexcept {
    return boost::system::errc::make_error_code(boost::system::errc::not_enough_memory);
}

/// The text; empty if there is no memory for it.
std::string copy_or_nothing(std::string const& text) noexcept {
    try {
        return text;
    } catch (std::bad_alloc const&) {
        return {};
    }
}

} // namespace

void http2_session::deleter::operator()(nghttp2_session* s) const noexcept { nghttp2_session_del(s); }

http2_session::http2_session(http2_limits const& limits, bool secure, policy::time_point now)
    : limits_(within_bounds(limits)),
      secure_(secure),
      frames_(limits.max_idle_frames, limits.max_continuations),
      reset_budget_(limits.resets_per_minute, std::chrono::seconds(limits.reset_burst_seconds), now) {
    begin(limits_);
}

http2_session::~http2_session() = default;

void http2_session::begin(http2_limits const& limits) {
    nghttp2_session_callbacks* made_callbacks = nullptr;
    require(nghttp2_session_callbacks_new(&made_callbacks));
    std::unique_ptr<nghttp2_session_callbacks, callbacks_deleter> const callbacks(made_callbacks);
    http2_callbacks::install(callbacks.get());
    auto const options = make_options(limits);
    nghttp2_session* made = nullptr;
    require(nghttp2_session_client_new2(&made, callbacks.get(), this, options.get()));
    session_.reset(made);
    require(nghttp2_session_set_next_stream_id(made, limits.first_stream_id));
    std::array<nghttp2_settings_entry, 4> const settings{{
        {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 0},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits.stream_window},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, limits.max_header_list},
    }};
    require(nghttp2_submit_settings(made, NGHTTP2_FLAG_NONE, settings.data(), settings.size()));
    auto const window = static_cast<std::int32_t>(limits.connection_window);
    require(nghttp2_session_set_local_window_size(made, NGHTTP2_FLAG_NONE, 0, window));
}

// ------------------------------------------------------------------------------------------- connection

bool http2_session::feed(std::string_view bytes, policy::time_point now) {
    try {
        while (!bytes.empty() && !failure_) {
            auto const frame = frames_.take(bytes);
            if (!judge() || !receive(frame.first) || !receive(frame.second)) break;
        }
        if (!failure_) {
            reset_abandoned(now);
            fill();
        }
    } catch (std::bad_alloc const&) {
        fail_without_memory();
    }
    return !failure_;
}

bool http2_session::judge() {
    using conduct = inbound_frames::conduct;
    auto const refuse = [this](std::uint32_t code, char const* what) {
        fail(http2_failure(errc::invalid_http, code, false, what), true);
        return false;
    };
    switch (frames_.judge()) {
    case conduct::fine: return true;
    case conduct::pushes: return refuse(NGHTTP2_PROTOCOL_ERROR, "the peer pushes, which was forbidden");
    case conduct::floods_continuations:
        return refuse(NGHTTP2_ENHANCE_YOUR_CALM, "the head of a response is in too many frames");
    case conduct::floods_idle_frames:
        return refuse(NGHTTP2_ENHANCE_YOUR_CALM, "the peer sends frames without an end that bring nothing");
    }
    return true;
}

/// Takes bytes of one frame.
bool http2_session::receive(std::string_view frame) {
    if (frame.empty()) return true;
    auto* const s = session_.get();
    auto const read = nghttp2_session_mem_recv(s, bytes_of(frame), frame.size());
    if (read < 0) {
        check(static_cast<int>(read));
        return false;
    }
    // An answer to a frame is put out before the next frame, so that all comes out as the same
    // however the bytes are cut, and a peer that reads may ask for many answers at a time.
    if (nghttp2_session_get_outbound_queue_size(s) != 0 && !fill()) return false;
    // Else libnghttp2 has seen what ends the connection, and ignores all that comes from now on.
    bool const has_ids = nghttp2_session_get_next_stream_id(s) <= largest_stream_id;
    if (draining_ || shutting_down_ || !has_ids || nghttp2_session_check_request_allowed(s) != 0)
        return !failure_;
    // The reason is in the frame that says so, for which there is no room in the output.
    fail(
        http2_failure(
            errc::invalid_http,
            NGHTTP2_PROTOCOL_ERROR,
            false,
            "the peer broke the rules of HTTP/2"
        ),
        false
    );
    return false;
}

/// Fails requests that wait to be sent where the peer's limit leaves no room for them.
void http2_session::refuse_waiting() {
    std::size_t begun = 0;
    for (auto const& each : streams_) {
        if (each->is_begun_ && !each->is_gone_) ++begun;
    }
    auto const limit = peer_limit();
    for (auto const& each : streams_) {
        if (each->state_ != http2_stream::state::queued || each->is_gone_ || begun++ < limit) continue;
        fail_stream(
            *each,
            http2_failure(
                errc::connection_lost,
                0,
                true,
                "the peer has lowered the number of streams to " + std::to_string(limit)
            )
        );
        reset(*each);
    }
}

void http2_session::end(std::string detail) {
    try {
        if (!goodbye_.empty()) detail += "; before, " + goodbye_;
    } catch (std::bad_alloc const&) {
        // Then that is left out.
    }
    fail(http2_failure(errc::connection_lost, 0, false, std::move(detail)), false);
}

bool http2_session::may_have_been_seen(http2_stream const& stream) const noexcept {
    return stream.is_begun_ && total_sent_ > stream.head_offset_;
}

void http2_session::fail_stream(http2_stream& stream, http2_failure reason) {
    if (!stream.is_awaited()) return;
    stream.failure_ = std::move(reason);
    stream.state_ = http2_stream::state::failed;
    frames_.note_progress();
    notify(stream);
}

/// Fails the connection, with all streams whose caller waits. `says_so`: the peer gets a GOAWAY.
void http2_session::fail(http2_failure reason, bool says_so) {
    if (failure_) return;
    failure_ = std::move(reason);
    for (auto const& each : streams_) {
        if (!each->is_awaited()) continue;
        auto const ec = each->has_begun_ ? errc::truncated_response : errc::connection_lost;
        bool const unprocessed = !may_have_been_seen(*each);
        fail_stream(*each, http2_failure(ec, failure_.code, unprocessed, copy_or_nothing(failure_.detail)));
    }
    if (says_so) nghttp2_session_terminate_session(session_.get(), failure_.code);
}

void http2_session::fail_without_memory() noexcept {
    fail(http2_failure(no_memory(), NGHTTP2_INTERNAL_ERROR, false, std::string()), false);
}

/// Fails the connection if a function of libnghttp2 has.
void http2_session::check(int result) {
    if (result >= 0) return;
    if (result != NGHTTP2_ERR_FLOODED) return fail_without_memory();
    fail(
        http2_failure(
            errc::invalid_http,
            NGHTTP2_ENHANCE_YOUR_CALM,
            false,
            "the peer asks for more answers than it reads"
        ),
        true
    );
}

} // namespace async_llm::net
