// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TESTING_HTTP2_FRAMES_HPP
#define ASYNC_LLM_TESTING_HTTP2_FRAMES_HPP

#include <async_llm/testing/scripted_reply.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace async_llm::testing {

/// Types of frames (RFC 9113, section 6), and one that does not exist.
enum class http2_frame_type : std::uint8_t {
    data = 0,
    headers = 1,
    rst_stream = 3,
    settings = 4,
    ping = 6,
    continuation = 9,
    unknown = 0xfe,
};

constexpr std::uint8_t http2_end_stream = 0x1;
constexpr std::uint8_t http2_end_headers = 0x4;
constexpr std::size_t http2_frame_head_size = 9;

/// Head of a frame, decoded.
struct http2_frame_head {
    /// Precondition: there are as many bytes as a head has.
    explicit http2_frame_head(std::string_view frame) noexcept;

    bool ends_stream() const noexcept;
    /// Returns whether it is of a reply: HEADERS, DATA or CONTINUATION.
    bool is_of_reply() const noexcept;

    http2_frame_type type;
    std::uint8_t flags;
    std::int32_t stream;
};

/// Makes a frame, also one that libnghttp2 refuses to make.
std::string make_http2_frame(
    http2_frame_type type,
    std::uint8_t flags,
    std::int32_t stream,
    std::string_view payload = {}
);

/// Makes RST_STREAM.
std::string make_http2_reset(std::int32_t stream, std::uint32_t code);

/// Makes the same frame so many times.
std::string repeat_http2_frame(std::string const& frame, std::uint32_t number);

/// Encodes fields as literals that no table of HPACK holds.
std::string encode_http2_fields(std::vector<scripted_reply::field> const& fields);

/// A CONTINUATION frame of 16 fields whose header block goes on.
std::string unfinished_continuation(std::int32_t stream);

} // namespace async_llm::testing

#endif
