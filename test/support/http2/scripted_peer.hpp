// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_HTTP2_SCRIPTED_PEER_HPP
#define ASYNC_LLM_TEST_SUPPORT_HTTP2_SCRIPTED_PEER_HPP

#include "net/http2/http2_session.hpp"
#include "support/http2/frames.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

struct nghttp2_session;

namespace async_llm::test::http2 {

/// Request as a server has got it.
struct received_request {
    received_request() = default;

    fields list;
    std::string body;
    bool is_whole = false;
    /// Code of RST_STREAM; -1: none.
    std::int64_t reset = -1;

    /// Value of the first field of this name; `-` if there is none.
    std::string operator[](std::string_view name) const;
};

/// Server on libnghttp2, in memory, that answers as its script says.
class scripted_peer {
public:
    /// `max_streams`: 0: names no limit.
    explicit scripted_peer(std::uint32_t max_streams = 0);
    scripted_peer(scripted_peer const&) = delete;
    scripted_peer& operator=(scripted_peer const&) = delete;
    ~scripted_peer();

    /// Takes bytes of the client. Throws if they break the rules.
    void feed(std::string_view bytes);
    /// All that it has to send now.
    std::string output();

    /// Sends a head, and a body after it. The response ends with \ref finish.
    void begin_response(std::int32_t stream, int status = 200, fields const& list = {});
    void send(std::int32_t stream, std::string_view bytes);
    void finish(std::int32_t stream);
    /// Does all three.
    void respond(std::int32_t stream, std::string_view body, int status = 200, fields const& list = {});
    void reset(std::int32_t stream, std::uint32_t code);
    void allow_streams(std::uint32_t number);
    /// Returns no windows from now on.
    void hold_windows() { holds_windows_ = true; }

    std::map<std::int32_t, received_request> const& requests() const { return requests_; }
    received_request const& request(std::int32_t stream) const { return requests_.at(stream); }
    /// Ids of streams that a frame of DATA came for, in order.
    std::vector<std::int32_t> const& data_order() const { return data_order_; }
    /// Bytes of body that it may send now on the stream, and on the connection.
    std::int32_t window(std::int32_t stream) const;
    std::int32_t connection_window() const;
    std::size_t pings() const { return pings_; }

private:
    friend struct scripted_peer_callbacks;

    struct outgoing {
        outgoing() = default;

        std::string text;
        std::size_t sent = 0;
        bool ends = false;
    };

    nghttp2_session* session_ = nullptr;
    bool holds_windows_ = false;
    std::size_t pings_ = 0;
    std::map<std::int32_t, received_request> requests_;
    std::map<std::int32_t, outgoing> outgoing_;
    std::vector<std::int32_t> data_order_;
};

/// Head and body of a request in HTTP/1.1.
std::string wire_of(std::string_view body = "{}", std::string_view more_fields = {});

/// Time that passes by hand.
inline std::chrono::steady_clock::time_point at(std::chrono::milliseconds since_start) {
    return std::chrono::steady_clock::time_point(std::chrono::hours(1)) + since_start;
}
inline std::chrono::steady_clock::time_point start() { return at(std::chrono::milliseconds(0)); }

/// A client's session and bytes on their way to it, with frames by hand.
struct raw_link {
    explicit raw_link(net::http2_limits const& limits = net::http2_limits())
        : client(limits, true, start()) {}

    /// Takes all output of the client.
    std::string drain();
    /// Frames of all output of the client.
    std::vector<frame> drain_frames() { return split_frames(drain()); }
    bool feed(std::string_view bytes) { return client.feed(bytes, start()); }
    /// Submits a request and sends it.
    net::http2_stream& begin(std::string_view wire, net::response_limits sizes = {}, void* owner = nullptr);
    net::http2_stream& begin() { return begin(default_wire); }

    std::string default_wire = wire_of();
    net::http2_session client;
};

/// A client's session and a server, connected.
struct linked {
    explicit linked(net::http2_limits const& limits = net::http2_limits(), std::uint32_t max_streams = 0)
        : client(limits, true, start()), peer(max_streams) {}

    /// Carries bytes to and fro until neither has any.
    void pump(std::chrono::steady_clock::time_point now = start());
    net::http2_stream& begin(std::string_view wire, net::response_limits sizes = {}, void* owner = nullptr);
    net::http2_stream& begin() { return begin(default_wire); }

    std::string default_wire = wire_of();
    net::http2_session client;
    scripted_peer peer;
};

/// All news of a session, in order.
std::vector<net::http2_stream*> news_of(net::http2_session& session);
bool has_news(net::http2_session& session, net::http2_stream& stream);
std::string body_of(net::http2_session& session, net::http2_stream& stream);

} // namespace async_llm::test::http2

#endif
