// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_HTTP2_FRAME_CLIENT_HPP
#define ASYNC_LLM_TEST_SUPPORT_HTTP2_FRAME_CLIENT_HPP

#include "support/http2/frames.hpp"
#include "support/servers/raw_client.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace async_llm::test::http2 {

/// Big-endian number in a payload.
std::uint32_t number_at(std::string_view bytes, std::size_t place, std::size_t size = 4);

/// Frames of one stream, put together.
struct stream_reply {
    stream_reply() = default;

    /// Value of the first field of this name in the last head; `-` if there is none.
    std::string operator[](std::string_view name) const;

    std::vector<int> statuses; ///< Of each head, 0 for trailers.
    fields list;               ///< Of the last head.
    std::string body;
    std::vector<std::size_t> pieces; ///< Sizes of its DATA frames.
    bool is_whole = false;
    std::int64_t reset = -1; ///< Code of RST_STREAM; -1: none.
};

/// Settings of a frame client.
struct frame_client_settings {
    frame_client_settings() = default;

    bool answers = true;              ///< Whether it confirms SETTINGS and answers PING.
    std::uint32_t window = 1U << 30U; ///< Of streams and of the connection, at least 65,535.
};

/// A client of HTTP/2 that blocks, frame by frame under the test's control; every wait is bounded.
class frame_client {
public:
    /// Connects and sends preface and SETTINGS. Throws if it can't, or if a server with TLS does
    /// not agree on `h2`.
    explicit frame_client(
        std::uint16_t port,
        frame_client_settings const& settings = frame_client_settings(),
        bool tls = false
    );

    /// Frames of a request that is not sent yet.
    std::string make_request(std::string_view body = chat_body("x"));
    /// Sends a request, or its head without the end.
    std::int32_t begin(fields const& more = {}, std::string_view path = "/v1/chat/completions");
    std::int32_t request(std::string_view body);
    std::int32_t request();
    void send(std::string_view bytes);

    /// The next frame; unset: the connection has ended.
    std::optional<frame> next();
    /// Reads until a frame of that type has come, which it returns.
    std::optional<frame> next(frame_type type);
    /// Reads until the stream is over, or the connection.
    stream_reply const& reply(std::int32_t stream);
    /// Reads until the end of the connection.
    void read_all();

    stream_reply const& stream(std::int32_t id) { return streams_[id]; }
    /// Last stream id and code of each GOAWAY.
    std::vector<std::pair<std::int32_t, std::uint32_t>> const& goaways() const { return goaways_; }
    /// Most streams at a time, as each SETTINGS has said, in order.
    std::vector<std::uint32_t> const& limits() const { return limits_; }
    /// Number of frames of each type.
    std::map<frame_type, std::size_t> const& counts() const { return counts_; }
    std::size_t count(frame_type type) const;
    raw_client& raw() { return raw_; }

private:
    static std::string make_head(std::int32_t id, fields const& more, std::string_view path);
    void take(frame const& each);
    void take_head(frame const& each);
    void take_settings(frame const& each);

    raw_client raw_;
    frame_client_settings settings_;
    header_decoder decoder_;
    std::int32_t next_stream_ = 1;
    std::map<std::int32_t, stream_reply> streams_;
    std::vector<std::pair<std::int32_t, std::uint32_t>> goaways_;
    std::vector<std::uint32_t> limits_;
    std::map<frame_type, std::size_t> counts_;
    std::string block_; // of a head that goes on in CONTINUATION
};

} // namespace async_llm::test::http2

#endif
