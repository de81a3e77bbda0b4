// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TESTING_HTTP2_SERVER_CALLBACKS_HPP
#define ASYNC_LLM_TESTING_HTTP2_SERVER_CALLBACKS_HPP

#include "testing/http2/http2_server_session.hpp"

#include <cstddef>
#include <cstdint>
#include <nghttp2/nghttp2.h>
#include <string_view>
#include <sys/types.h>

namespace async_llm::testing {

/// Events of libnghttp2, as changes of an \ref http2_server_session.
struct http2_server_callbacks {
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
    static int on_frame_put_out(nghttp2_session* session, nghttp2_frame const* frame, void* user) noexcept;
    static int
    on_stream_closed(nghttp2_session* session, std::int32_t id, std::uint32_t code, void* user) noexcept;
};

/// Payload of the PING between the two GOAWAYs of a graceful end.
constexpr std::string_view http2_graceful_ping = "graceful";

/// Bytes as libnghttp2 takes them, which does not change them.
inline std::uint8_t* bytes_of(std::string_view text) noexcept {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast, cppcoreguidelines-pro-type-const-cast)
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
}

/// A field as libnghttp2 takes it, which copies it.
inline nghttp2_nv as_nv(std::string_view name, std::string_view value) noexcept {
    return {bytes_of(name), bytes_of(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

} // namespace async_llm::testing

#endif
