// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_HTTP2_HTTP2_CALLBACKS_HPP
#define ASYNC_LLM_NET_HTTP2_HTTP2_CALLBACKS_HPP

#include "net/http2/http2_session.hpp"

#include <cstddef>
#include <cstdint>
#include <nghttp2/nghttp2.h>
#include <string_view>
#include <sys/types.h>

namespace async_llm::net {

/// Events of libnghttp2, as changes of an \ref http2_session.
/**
 * Called by C code: none throws. What an exception stops ends the connection for want of memory. A session
 * that has failed ignores all, since its streams may be gone.
 */
struct http2_callbacks {
    static void install(nghttp2_session_callbacks* callbacks) noexcept;

    static ssize_t read_body(
        nghttp2_session* session,
        std::int32_t id,
        std::uint8_t* buffer,
        std::size_t size,
        std::uint32_t* flags,
        nghttp2_data_source* source,
        void* user
    ) noexcept;

private:
    static int on_begin_headers(nghttp2_session* session, nghttp2_frame const* frame, void* user) noexcept;
    static int on_header(
        nghttp2_session* session,
        nghttp2_frame const* frame,
        std::uint8_t const* name,
        std::size_t name_size,
        std::uint8_t const* value,
        std::size_t value_size,
        std::uint8_t flags,
        void* user
    ) noexcept;
    static int on_data(
        nghttp2_session* session,
        std::uint8_t flags,
        std::int32_t id,
        std::uint8_t const* data,
        std::size_t size,
        void* user
    ) noexcept;
    static int on_frame_received(nghttp2_session* session, nghttp2_frame const* frame, void* user) noexcept;
    static int
    on_invalid_frame(nghttp2_session* session, nghttp2_frame const* frame, int error, void* user) noexcept;
    static int on_frame_put_out(nghttp2_session* session, nghttp2_frame const* frame, void* user) noexcept;
    static int
    on_frame_refused(nghttp2_session* session, nghttp2_frame const* frame, int error, void* user) noexcept;
    static int
    on_stream_closed(nghttp2_session* session, std::int32_t id, std::uint32_t code, void* user) noexcept;

    static bool
    take_header(http2_session& session, http2_stream& stream, std::string_view name, std::string_view value);
    static void take_head(http2_session& session, http2_stream& stream);
    static void take_end(http2_session& session, http2_stream& stream);
    static void take_data(http2_session& session, http2_stream& stream, std::string_view data);
    static void take_goaway(http2_session& session, nghttp2_goaway const& frame);
    static void take_ping_answer(http2_session& session, nghttp2_ping const& frame);
    static void close_stream(http2_session& session, http2_stream& stream, std::uint32_t code);
    static http2_failure failure_of(http2_session& session, http2_stream& stream, std::uint32_t code);
};

/// Bytes as libnghttp2 takes them, which does not change them.
inline std::uint8_t* bytes_of(std::string_view text) noexcept {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast, cppcoreguidelines-pro-type-const-cast)
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
}

} // namespace async_llm::net

#endif
