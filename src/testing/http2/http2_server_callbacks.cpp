// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "testing/http2/http2_server_callbacks.hpp"

#include <cstring>

namespace async_llm::testing {
namespace {

std::string_view text(std::uint8_t const* data, std::size_t size) noexcept {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
    return {reinterpret_cast<char const*>(data), size};
}

http2_server_session& session_of(void* user) noexcept { return *static_cast<http2_server_session*>(user); }

// Runs what may throw, of which C code must not see anything.
template <class Function>
int guarded(Function function) noexcept {
    try {
        function();
        return 0;
    } catch (...) {
        return NGHTTP2_ERR_CALLBACK_FAILURE;
    }
}

bool begins_request(nghttp2_frame const& frame) noexcept {
    return frame.hd.type == NGHTTP2_HEADERS && frame.headers.cat == NGHTTP2_HCAT_REQUEST;
}

} // namespace

void http2_server_callbacks::install(nghttp2_session_callbacks* callbacks) noexcept {
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame_received);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_frame_put_out);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_closed);
}

int http2_server_callbacks::on_begin_headers(
    nghttp2_session*,
    nghttp2_frame const* frame,
    void* user
) noexcept {
    if (!begins_request(*frame)) return 0;
    return guarded([&] { session_of(user).open_exchange(frame->hd.stream_id); });
}

int http2_server_callbacks::on_header(
    nghttp2_session*,
    nghttp2_frame const* frame,
    std::uint8_t const* name,
    std::size_t name_size,
    std::uint8_t const* value,
    std::size_t value_size,
    std::uint8_t,
    void* user
) noexcept {
    auto& self = session_of(user);
    auto* const exchange = begins_request(*frame) ? self.find(frame->hd.stream_id) : nullptr;
    if (!exchange) return 0;
    return guarded([&] {
        auto const limit = self.server_->options().max_head_size;
        exchange->take_field(text(name, name_size), text(value, value_size), limit);
    });
}

int http2_server_callbacks::on_data(
    nghttp2_session*,
    std::uint8_t,
    std::int32_t id,
    std::uint8_t const* data,
    std::size_t size,
    void* user
) noexcept {
    auto& self = session_of(user);
    auto* const exchange = self.find(id);
    if (!exchange) return 0;
    return guarded([&] { exchange->take_body(text(data, size), self.server_->options().max_body_size); });
}

int http2_server_callbacks::on_frame_received(
    nghttp2_session*,
    nghttp2_frame const* frame,
    void* user
) noexcept {
    auto& self = session_of(user);
    auto const& head = frame->hd;
    bool const can_end = head.type == NGHTTP2_HEADERS || head.type == NGHTTP2_DATA;
    bool const is_answer = (head.flags & NGHTTP2_FLAG_ACK) != 0;
    return guarded([&] {
        if (can_end && (head.flags & NGHTTP2_FLAG_END_STREAM) != 0) self.ready_.push_back(head.stream_id);
        if (head.type == NGHTTP2_RST_STREAM) self.note_reset(head.stream_id);
        if (head.type != NGHTTP2_PING) return;
        auto const payload = text(frame->ping.opaque_data, http2_graceful_ping.size());
        if (!is_answer)
            ++self.counted_.pings;
        else if (payload == http2_graceful_ping)
            self.shut_down();
    });
}

int http2_server_callbacks::on_frame_put_out(
    nghttp2_session*,
    nghttp2_frame const* frame,
    void* user
) noexcept {
    if (frame->hd.type == NGHTTP2_GOAWAY) ++session_of(user).counted_.goaways;
    return 0;
}

int http2_server_callbacks::on_stream_closed(
    nghttp2_session*,
    std::int32_t id,
    std::uint32_t,
    void* user
) noexcept {
    return guarded([&] { session_of(user).closed_.push_back(id); });
}

ssize_t http2_server_callbacks::read_body(
    nghttp2_session*,
    std::int32_t id,
    std::uint8_t* buffer,
    std::size_t size,
    std::uint32_t* flags,
    nghttp2_data_source*,
    void* user
) noexcept {
    auto& self = session_of(user);
    auto* const exchange = self.find(id);
    if (!exchange) return NGHTTP2_ERR_DEFERRED;
    auto const piece = exchange->next_piece(size);
    if (!piece.bytes.empty()) std::memcpy(buffer, piece.bytes.data(), piece.bytes.size());
    auto const failed = guarded([&] {
        if (piece.is_due) self.due_.push_back(id);
        if (piece.ends_body && !exchange->reply.trailers.empty()) {
            *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
            self.submit_trailers(*exchange);
        }
    });
    if (failed != 0) return failed;
    if (piece.ends_body) *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (piece.bytes.empty() && !piece.ends_body) return NGHTTP2_ERR_DEFERRED;
    return static_cast<ssize_t>(piece.bytes.size());
}

} // namespace async_llm::testing
