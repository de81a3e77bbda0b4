// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/http2/http2_callbacks.hpp"

#include "base/ascii.hpp"
#include "base/sanitize.hpp"
#include "codec/json/json_integer.hpp"
#include <async_llm/error.hpp>

#include <algorithm>
#include <cstring>
#include <string>

namespace async_llm::net {
namespace {

/// RFC 9113, section 6.5.2: what a field counts beside its bytes.
constexpr std::size_t field_overhead = 32;

std::string_view text(std::uint8_t const* data, std::size_t size) noexcept {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
    return {reinterpret_cast<char const*>(data), size};
}

http2_session& session_of(void* user) noexcept { return *static_cast<http2_session*>(user); }

http2_stream* find_stream(nghttp2_session* session, std::int32_t id) noexcept {
    return static_cast<http2_stream*>(nghttp2_session_get_stream_user_data(session, id));
}

/// Runs what may throw, of which C code must not see anything.
template <class Function>
int guarded(Function function) noexcept {
    try {
        return function();
    } catch (...) {
        return NGHTTP2_ERR_CALLBACK_FAILURE;
    }
}

/// Name and number of an error code of HTTP/2.
std::string in_parentheses(std::uint32_t code) {
    return std::string(" (") + nghttp2_http2_strerror(code) + ", " + std::to_string(code) + ")";
}

/// Refuses a field that is wrong, which newer versions of libnghttp2 leave out otherwise.
template <class... Arguments>
int refuse(Arguments...) noexcept {
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

bool is_interim(int status) noexcept { return status < 200; }

} // namespace

void http2_callbacks::install(nghttp2_session_callbacks* callbacks) noexcept {
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks, refuse);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame_received);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, on_invalid_frame);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_frame_put_out);
    nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks, on_frame_refused);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_closed);
}

// ------------------------------------------------------------------------------------------- the request

ssize_t http2_callbacks::read_body(
    nghttp2_session*,
    std::int32_t,
    std::uint8_t* buffer,
    std::size_t size,
    std::uint32_t* flags,
    nghttp2_data_source* source,
    void* user
) noexcept {
    auto& self = session_of(user);
    if (self.failure_) return NGHTTP2_ERR_DEFERRED;
    auto& stream = *static_cast<http2_stream*>(source->ptr);
    if (stream.had_turn_) {
        self.waiting_turn_.push_back(&stream);
        return NGHTTP2_ERR_DEFERRED;
    }
    auto& body = stream.request_body_;
    auto const n = std::min(size, body.size());
    std::memcpy(buffer, body.data(), n);
    body.remove_prefix(n);
    stream.had_turn_ = !body.empty();
    if (body.empty()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(n);
}

int http2_callbacks::on_frame_put_out(
    nghttp2_session* session,
    nghttp2_frame const* frame,
    void* user
) noexcept {
    auto& self = session_of(user);
    if (self.failure_) return 0;
    return guarded([&] {
        auto* const stream = find_stream(session, frame->hd.stream_id);
        bool const ends = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
        switch (frame->hd.type) {
        case NGHTTP2_HEADERS:
            if (!stream) break;
            stream->is_begun_ = true;
            stream->head_offset_ = self.total_put_out_;
            if (stream->state_ == http2_stream::state::queued) stream->state_ = http2_stream::state::open;
            if (ends) self.ending_ = stream;
            break;
        case NGHTTP2_DATA:
            // The peer answers it, with WINDOW_UPDATE for instance.
            self.frames_.note_progress();
            if (stream && ends) self.ending_ = stream;
            break;
        case NGHTTP2_RST_STREAM: ++self.resets_since_ping_; break;
        case NGHTTP2_GOAWAY:
            if (self.shutting_down_) break;
            self.complaint_ = http2_failure(
                errc::invalid_http,
                frame->goaway.error_code,
                false,
                "the peer broke the rules of HTTP/2" + in_parentheses(frame->goaway.error_code) + ": " +
                    codec::sanitize(text(frame->goaway.opaque_data, frame->goaway.opaque_data_len), 100)
            );
            break;
        default: break;
        }
        return 0;
    });
}

int http2_callbacks::on_frame_refused(
    nghttp2_session* session,
    nghttp2_frame const* frame,
    int error,
    void* user
) noexcept {
    auto& self = session_of(user);
    if (self.failure_ || frame->hd.type != NGHTTP2_HEADERS || error != NGHTTP2_ERR_FRAME_SIZE_ERROR) return 0;
    return guarded([&] {
        if (auto* const stream = find_stream(session, frame->hd.stream_id))
            self.fail_stream(
                *stream,
                http2_failure(errc::invalid_request, 0, true, "the head of the request is too large")
            );
        return 0;
    });
}

// ------------------------------------------------------------------------------------------ the response

int http2_callbacks::on_begin_headers(
    nghttp2_session* session,
    nghttp2_frame const* frame,
    void* user
) noexcept {
    auto& self = session_of(user);
    if (self.failure_) return 0;
    self.heard_since_ping_ = true;
    auto* const stream = find_stream(session, frame->hd.stream_id);
    if (!stream || !stream->is_awaited()) return 0;
    stream->has_begun_ = true;
    self.notify(*stream);
    return 0;
}

int http2_callbacks::on_header(
    nghttp2_session* session,
    nghttp2_frame const* frame,
    std::uint8_t const* name,
    std::size_t name_size,
    std::uint8_t const* value,
    std::size_t value_size,
    std::uint8_t,
    void* user
) noexcept {
    auto& self = session_of(user);
    auto* const stream = find_stream(session, frame->hd.stream_id);
    if (self.failure_ || !stream || !stream->is_awaited()) return 0;
    return guarded([&] {
        bool const fits = take_header(self, *stream, text(name, name_size), text(value, value_size));
        // The rest of the head is read all the same, or the tables of HPACK would no longer be the peer's.
        return fits ? 0 : static_cast<int>(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE);
    });
}

bool http2_callbacks::take_header(
    http2_session& session,
    http2_stream& stream,
    std::string_view name,
    std::string_view value
) {
    stream.head_size_ += name.size() + value.size() + field_overhead;
    if (stream.head_size_ > stream.sizes_.max_head) {
        session.fail_stream(
            stream,
            http2_failure(errc::header_too_large, 0, false, "the head of the response is too large")
        );
        return false;
    }
    if (stream.has_head_) return true; // a trailer
    if (name.starts_with(':')) {
        if (name == ":status") stream.status_ = codec::number_in<int>(value).value_or(0);
        return true;
    }
    if (name == "content-length") stream.content_length_ = codec::number_in<std::uint64_t>(value);
    stream.headers_.emplace_back(std::string(name), std::string(codec::trim(value)));
    return true;
}

int http2_callbacks::on_frame_received(
    nghttp2_session* session,
    nghttp2_frame const* frame,
    void* user
) noexcept {
    auto& self = session_of(user);
    if (self.failure_) return 0;
    return guarded([&] {
        auto* const stream = find_stream(session, frame->hd.stream_id);
        bool const ends = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
        bool const answers = (frame->hd.flags & NGHTTP2_FLAG_ACK) != 0;
        switch (frame->hd.type) {
        case NGHTTP2_HEADERS:
            if (!stream) break;
            if (stream->is_awaited()) take_head(self, *stream);
            if (ends) take_end(self, *stream);
            break;
        case NGHTTP2_DATA:
            if (stream && ends) take_end(self, *stream);
            break;
        case NGHTTP2_RST_STREAM:
            if (stream) stream->is_reset_by_peer_ = true;
            break;
        case NGHTTP2_SETTINGS:
            if (answers) break;
            self.has_settings_ = true;
            self.refuse_waiting();
            break;
        case NGHTTP2_PING:
            if (answers) take_ping_answer(self, frame->ping);
            break;
        case NGHTTP2_GOAWAY: take_goaway(self, frame->goaway); break;
        default: break;
        }
        return 0;
    });
}

void http2_callbacks::take_head(http2_session& session, http2_stream& stream) {
    session.frames_.note_progress();
    if (stream.has_head_) return;
    if (!is_interim(stream.status_)) {
        stream.has_head_ = true;
        return session.notify(stream);
    }
    stream.headers_.clear();
    if (++stream.interim_responses_ <= session.limits_.max_interim_responses) return;
    session.fail_stream(
        stream,
        http2_failure(errc::invalid_http, 0, false, "the peer sends interim responses (1xx) without an end")
    );
    session.reset(stream);
}

void http2_callbacks::take_end(http2_session& session, http2_stream& stream) {
    session.frames_.note_progress();
    if (!stream.is_awaited()) return;
    stream.state_ = http2_stream::state::complete;
    session.notify(stream);
}

int http2_callbacks::on_data(
    nghttp2_session* session,
    std::uint8_t,
    std::int32_t id,
    std::uint8_t const* data,
    std::size_t size,
    void* user
) noexcept {
    auto& self = session_of(user);
    if (self.failure_) return 0;
    return guarded([&] {
        self.check(nghttp2_session_consume_connection(session, size));
        if (auto* const stream = find_stream(session, id)) take_data(self, *stream, text(data, size));
        return 0;
    });
}

void http2_callbacks::take_data(http2_session& session, http2_stream& stream, std::string_view data) {
    session.frames_.note_progress();
    session.heard_since_ping_ = true;
    if (!stream.is_awaited()) {
        stream.held_ += data.size();
        return session.return_window(stream, data.size());
    }
    // Beyond its window libnghttp2 has reset it, but hands out what came.
    if (data.size() > session.limits_.stream_window - stream.held_) return;
    stream.received_ += data.size();
    if (stream.sizes_.max_body != 0 && stream.received_ > stream.sizes_.max_body) {
        session.fail_stream(
            stream,
            http2_failure(errc::response_too_large, 0, false, "the body of the response is too large")
        );
        return session.reset(stream);
    }
    stream.body_ += data;
    stream.held_ += data.size();
    session.notify(stream);
}

int http2_callbacks::on_invalid_frame(
    nghttp2_session* session,
    nghttp2_frame const* frame,
    int error,
    void* user
) noexcept {
    auto& self = session_of(user);
    if (self.failure_ || frame->hd.type != NGHTTP2_HEADERS) return 0;
    if (error != NGHTTP2_ERR_HTTP_HEADER && error != NGHTTP2_ERR_HTTP_MESSAGING) return 0;
    return guarded([&] {
        if (auto* const stream = find_stream(session, frame->hd.stream_id))
            self.fail_stream(
                *stream,
                http2_failure(
                    errc::invalid_http,
                    NGHTTP2_PROTOCOL_ERROR,
                    false,
                    "the head of the response has a field that HTTP/2 forbids, or lacks its status"
                )
            );
        return 0;
    });
}

// ----------------------------------------------------------------------------------------- the connection

void http2_callbacks::take_ping_answer(http2_session& session, nghttp2_ping const& frame) {
    if (!session.ping_pending_) return;
    if (std::memcmp(frame.opaque_data, &session.ping_number_, sizeof session.ping_number_) != 0) return;
    session.ping_pending_ = false;
    session.resets_before_ping_ = 0;
    session.frames_.note_progress();
}

void http2_callbacks::take_goaway(http2_session& session, nghttp2_goaway const& frame) {
    session.draining_ = true;
    session.goodbye_ = "the peer takes no more requests" + in_parentheses(frame.error_code);
    auto const words = codec::sanitize(text(frame.opaque_data, frame.opaque_data_len), 100);
    if (!words.empty()) session.goodbye_ += ": " + words;
}

int http2_callbacks::on_stream_closed(
    nghttp2_session* session,
    std::int32_t id,
    std::uint32_t code,
    void* user
) noexcept {
    auto& self = session_of(user);
    auto* const stream = find_stream(session, id);
    if (self.failure_ || !stream) return 0;
    return guarded([&] {
        close_stream(self, *stream, code);
        return 0;
    });
}

void http2_callbacks::close_stream(http2_session& session, http2_stream& stream, std::uint32_t code) {
    using state = http2_stream::state;
    stream.is_gone_ = true;
    --session.open_;
    session.frames_.note_progress();
    if (stream.state_ == state::abandoned) --session.abandoned_;
    if (stream.state_ == state::abandoned || stream.state_ == state::closing) return session.release(stream);
    if (stream.is_awaited()) session.fail_stream(stream, failure_of(session, stream, code));
}

http2_failure http2_callbacks::failure_of(http2_session& session, http2_stream& stream, std::uint32_t code) {
    auto const lost = stream.has_begun_ ? errc::truncated_response : errc::connection_lost;
    if (stream.is_reset_by_peer_) {
        bool const refused = code == NGHTTP2_REFUSED_STREAM || code == NGHTTP2_HTTP_1_1_REQUIRED;
        bool const unprocessed = refused && !stream.has_begun_;
        return http2_failure(lost, code, unprocessed, "the peer reset the stream" + in_parentheses(code));
    }
    // libnghttp2 gives this code to those above the last id of GOAWAY, and to those that it could not send.
    if (code == NGHTTP2_REFUSED_STREAM) return http2_failure(lost, 0, !stream.has_begun_, session.goodbye_);
    // The rest are resets by libnghttp2.
    bool const has_ended = nghttp2_session_get_stream_remote_close(session.session_.get(), stream.id_) == 1;
    if (has_ended && stream.content_length_ && stream.received_ < *stream.content_length_)
        return http2_failure(
            errc::truncated_response,
            code,
            false,
            "the response ended after " + std::to_string(stream.received_) + " of " +
                std::to_string(*stream.content_length_) + " bytes"
        );
    return http2_failure(
        errc::invalid_http,
        code,
        false,
        "the peer broke the rules of a response" + in_parentheses(code)
    );
}

} // namespace async_llm::net
