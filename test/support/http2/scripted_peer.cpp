// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/http2/scripted_peer.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <nghttp2/nghttp2.h>
#include <stdexcept>
#include <sys/types.h>

namespace async_llm::test::http2 {
namespace {

std::uint8_t* bytes(std::string_view text) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
}

std::string text(std::uint8_t const* data, std::size_t size) {
    return {reinterpret_cast<char const*>(data), size};
}

void require(int result) {
    if (result != 0) throw std::runtime_error(nghttp2_strerror(result));
}

} // namespace

struct scripted_peer_callbacks {
    static scripted_peer& peer(void* user) { return *static_cast<scripted_peer*>(user); }

    static int on_header(
        nghttp2_session*,
        nghttp2_frame const* frame,
        std::uint8_t const* name,
        std::size_t name_size,
        std::uint8_t const* value,
        std::size_t value_size,
        std::uint8_t,
        void* user
    ) {
        auto& request = peer(user).requests_[frame->hd.stream_id];
        request.list.emplace_back(text(name, name_size), text(value, value_size));
        return 0;
    }

    static int on_data(
        nghttp2_session* session,
        std::uint8_t,
        std::int32_t id,
        std::uint8_t const* data,
        std::size_t size,
        void* user
    ) {
        peer(user).requests_[id].body += text(data, size);
        peer(user).data_order_.push_back(id);
        return peer(user).holds_windows_ ? 0 : nghttp2_session_consume(session, id, size);
    }

    static int on_frame(nghttp2_session*, nghttp2_frame const* frame, void* user) {
        auto& self = peer(user);
        auto const id = frame->hd.stream_id;
        if (frame->hd.type == NGHTTP2_PING && (frame->hd.flags & NGHTTP2_FLAG_ACK) == 0) ++self.pings_;
        if (frame->hd.type == NGHTTP2_RST_STREAM) self.requests_[id].reset = frame->rst_stream.error_code;
        bool const can_end = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
        if (can_end && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) self.requests_[id].is_whole = true;
        return 0;
    }

    static ssize_t read(
        nghttp2_session*,
        std::int32_t id,
        std::uint8_t* buffer,
        std::size_t size,
        std::uint32_t* flags,
        nghttp2_data_source*,
        void* user
    ) {
        auto& out = peer(user).outgoing_[id];
        auto const n = std::min(size, out.text.size() - out.sent);
        if (n == 0 && !out.ends) return NGHTTP2_ERR_DEFERRED;
        std::memcpy(buffer, out.text.data() + out.sent, n);
        out.sent += n;
        if (out.sent == out.text.size() && out.ends) *flags |= NGHTTP2_DATA_FLAG_EOF;
        return static_cast<ssize_t>(n);
    }
};

std::string received_request::operator[](std::string_view name) const {
    auto const found =
        std::find_if(list.begin(), list.end(), [name](auto const& f) { return f.first == name; });
    return found == list.end() ? "-" : found->second;
}

scripted_peer::scripted_peer(std::uint32_t max_streams) {
    nghttp2_session_callbacks* callbacks = nullptr;
    require(nghttp2_session_callbacks_new(&callbacks));
    nghttp2_session_callbacks_set_on_header_callback(callbacks, scripted_peer_callbacks::on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, scripted_peer_callbacks::on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, scripted_peer_callbacks::on_frame);
    nghttp2_option* options = nullptr;
    require(nghttp2_option_new(&options));
    nghttp2_option_set_no_auto_window_update(options, 1);
    auto const made = nghttp2_session_server_new2(&session_, callbacks, this, options);
    nghttp2_option_del(options);
    nghttp2_session_callbacks_del(callbacks);
    require(made);
    nghttp2_settings_entry const limit{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, max_streams};
    require(nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, &limit, max_streams == 0 ? 0 : 1));
}

scripted_peer::~scripted_peer() { nghttp2_session_del(session_); }

void scripted_peer::feed(std::string_view input) {
    auto const read = nghttp2_session_mem_recv(session_, bytes(input), input.size());
    if (read < 0) throw std::runtime_error(nghttp2_strerror(static_cast<int>(read)));
}

std::string scripted_peer::output() {
    std::string result;
    std::uint8_t const* data = nullptr;
    while (auto const n = nghttp2_session_mem_send(session_, &data)) {
        if (n < 0) throw std::runtime_error(nghttp2_strerror(static_cast<int>(n)));
        result += text(data, static_cast<std::size_t>(n));
    }
    return result;
}

void scripted_peer::begin_response(std::int32_t stream, int status, fields const& list) {
    fields all{{":status", std::to_string(status)}};
    all.insert(all.end(), list.begin(), list.end());
    std::vector<nghttp2_nv> nv;
    for (auto const& [name, value] : all)
        nv.push_back({bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
    nghttp2_data_provider provider{{}, scripted_peer_callbacks::read};
    require(nghttp2_submit_response(session_, stream, nv.data(), nv.size(), &provider));
}

void scripted_peer::send(std::int32_t stream, std::string_view more) {
    outgoing_[stream].text += more;
    nghttp2_session_resume_data(session_, stream);
}

void scripted_peer::finish(std::int32_t stream) {
    outgoing_[stream].ends = true;
    nghttp2_session_resume_data(session_, stream);
}

void scripted_peer::respond(std::int32_t stream, std::string_view body, int status, fields const& list) {
    begin_response(stream, status, list);
    send(stream, body);
    finish(stream);
}

void scripted_peer::reset(std::int32_t stream, std::uint32_t code) {
    require(nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream, code));
}

void scripted_peer::allow_streams(std::uint32_t number) {
    nghttp2_settings_entry const limit{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, number};
    require(nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, &limit, 1));
}

std::int32_t scripted_peer::window(std::int32_t stream) const {
    return nghttp2_session_get_stream_remote_window_size(session_, stream);
}

std::int32_t scripted_peer::connection_window() const {
    return nghttp2_session_get_remote_window_size(session_);
}

std::string wire_of(std::string_view body, std::string_view more_fields) {
    return "POST /v1/chat/completions HTTP/1.1\r\nHost: api.example.com\r\nContent-Type: "
           "application/json\r\n" +
        std::string(more_fields) + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
        std::string(body);
}

std::string raw_link::drain() {
    std::string result;
    for (int turns = 0; turns < 100'000; ++turns) {
        if (!client.wants_write()) return result;
        auto const piece = client.output();
        if (piece.empty()) return result;
        result += piece;
        client.sent(piece.size());
    }
    throw std::runtime_error("never drained");
}

net::http2_stream& raw_link::begin(std::string_view wire, net::response_limits sizes, void* owner) {
    auto* const stream = client.submit(wire, sizes, owner);
    if (!stream) throw std::runtime_error("no capacity");
    drain();
    return *stream;
}

void linked::pump(std::chrono::steady_clock::time_point now) {
    for (int turns = 0; turns < 100'000; ++turns) {
        auto const piece = client.wants_write() ? client.output() : std::string_view();
        bool const is_quiet = piece.empty();
        peer.feed(piece);
        client.sent(piece.size());
        auto const back = peer.output();
        if (is_quiet && back.empty()) return;
        client.feed(back, now);
    }
    throw std::runtime_error("never quiet");
}

net::http2_stream& linked::begin(std::string_view wire, net::response_limits sizes, void* owner) {
    auto* const stream = client.submit(wire, sizes, owner);
    if (!stream) throw std::runtime_error("no capacity");
    pump();
    return *stream;
}

std::vector<net::http2_stream*> news_of(net::http2_session& session) {
    std::vector<net::http2_stream*> result;
    while (auto* const stream = session.next_news()) result.push_back(stream);
    return result;
}

bool has_news(net::http2_session& session, net::http2_stream& stream) {
    auto const all = news_of(session);
    return std::find(all.begin(), all.end(), &stream) != all.end();
}

std::string body_of(net::http2_session& session, net::http2_stream& stream) {
    std::string result;
    session.take_body(stream, result);
    return result;
}

} // namespace async_llm::test::http2
