// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_NET_HTTP2_HTTP2_LIMITS_HPP
#define ASYNC_LLM_NET_HTTP2_HTTP2_LIMITS_HPP

#include <cstddef>
#include <cstdint>

namespace async_llm::net {

/// Bounds of one HTTP/2 connection.
struct http2_limits {
    http2_limits() = default;

    /// \name Requests
    /// @{
    /// Most at a time, also where the peer allows more or has not said so yet. At least 1.
    std::size_t max_streams = 100;
    /// Most in the life of the connection, which takes no other then. 0: until the stream ids run out.
    /** Load balancers of Amazon cut a connection after 10,000, without waiting for those that run. */
    std::uint64_t max_requests = 9'000;
    /// Id of the first; others follow in steps of two. Odd.
    std::int32_t first_stream_id = 1;
    /// @}

    /// \name Bytes that wait
    /// @{
    /// Body of one response that its caller has not taken. From 65,535 to 2^31 - 1.
    std::uint32_t stream_window = 256u * 1024;
    /// Body of all responses on its way, returned on receipt. From 65,535 to 2^31 - 1.
    std::uint32_t connection_window = 16u * 1024 * 1024;
    /// Head of a response, as announced to the peer: names, values, and 32 bytes for each field.
    std::uint32_t max_header_list = 64u * 1024;
    /// Output that is gathered for one write. One frame more may be in it. At least 1.
    std::size_t output_size = 16u * 1024;
    /// @}

    /// \name Frames that a peer makes work with
    /// @{
    /// Answers to its SETTINGS and PING that wait to be sent. At least 1.
    std::size_t max_waiting_acks = 256;
    /// In a row, that bring no caller anything: empty DATA, PING, SETTINGS, frames of dead streams. At
    /// least 1.
    std::size_t max_idle_frames = 10'000;
    /// CONTINUATION frames of one head. At least 1.
    std::size_t max_continuations = 8;
    /// Interim responses (1xx) to one request. At least 1.
    std::size_t max_interim_responses = 16;
    /// @}

    /// \name Streams that are reset; beyond that they run out, and what they bring is dropped
    /// Servers end a connection with more: libnghttp2's own after 1,000, then 33 a second.
    /// @{
    /// Most that are reset in a burst: what accrues in so many seconds. At least 1.
    std::uint32_t reset_burst_seconds = 16;
    /// At least 1.
    std::uint32_t resets_per_minute = 1'500;
    /// @}
};

} // namespace async_llm::net

#endif
