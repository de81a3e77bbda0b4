// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/http2/frame_client.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace async_llm::test::http2 {
namespace {

constexpr std::size_t header_size = 9;
constexpr std::string_view default_path = "/v1/chat/completions";
constexpr std::string_view preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

void require(bool condition, char const* sentence) {
    if (!condition) throw std::runtime_error(sentence);
}

} // namespace

std::uint32_t number_at(std::string_view bytes, std::size_t place, std::size_t size) {
    std::uint32_t result = 0;
    for (auto const each : bytes.substr(place, size)) result = result << 8 | static_cast<unsigned char>(each);
    return result;
}

std::string stream_reply::operator[](std::string_view name) const {
    auto const found =
        std::find_if(list.begin(), list.end(), [name](auto const& field) { return field.first == name; });
    return found == list.end() ? "-" : found->second;
}

frame_client::frame_client(std::uint16_t port, frame_client_settings const& settings, bool tls)
    : raw_(port), settings_(settings) {
    require(!raw_.connect(), "not connected");
    if (tls) {
        raw_tls offer;
        offer.alpn = "\x02h2";
        require(!raw_.start_tls(offer), "no handshake");
        require(raw_.alpn() == "h2", "h2 is not agreed on");
    }
    constexpr std::uint16_t initial_window = 4;
    auto opening = std::string(preface) + http2::settings({{initial_window, settings.window}});
    if (settings.window > 65'535) opening += window_update(0, settings.window - 65'535);
    send(opening);
}

std::string frame_client::make_head(std::int32_t id, fields const& more, std::string_view path) {
    fields list{
        {":method", "POST"},
        {":scheme", "http"},
        {":authority", "localhost"},
        {":path", std::string(path)},
        {"authorization", "Bearer sk-test"},
        {"content-type", "application/json"}
    };
    list.insert(list.end(), more.begin(), more.end());
    return make_frame(frame_type::headers, end_headers, id, header_block(list));
}

std::int32_t frame_client::begin(fields const& more, std::string_view path) {
    auto const id = std::exchange(next_stream_, next_stream_ + 2);
    send(make_head(id, more, path));
    return id;
}

std::string frame_client::make_request(std::string_view body) {
    auto const id = std::exchange(next_stream_, next_stream_ + 2);
    return make_head(id, {}, default_path) + data(id, body, end_stream);
}

std::int32_t frame_client::request(std::string_view body) {
    auto const id = begin();
    send(data(id, body, end_stream));
    return id;
}

std::int32_t frame_client::request() { return request(chat_body("x")); }

void frame_client::send(std::string_view bytes) {
    // A server that has cut the connection shows that when it is read from.
    static_cast<void>(raw_.send(bytes));
}

std::optional<frame> frame_client::next() {
    auto const head = raw_.receive(header_size);
    require(raw_.last_error() != asio::error::timed_out, "neither a frame nor the end came");
    if (head.size() < header_size) return std::nullopt;
    auto const size = number_at(head, 0, 3);
    auto payload = raw_.receive(size);
    if (payload.size() < size) return std::nullopt;
    frame result(
        static_cast<frame_type>(head[3]),
        static_cast<std::uint8_t>(head[4]),
        static_cast<std::int32_t>(number_at(head, 5) & 0x7fffffff),
        std::move(payload)
    );
    take(result);
    return result;
}

std::optional<frame> frame_client::next(frame_type type) {
    auto result = next();
    while (result && result->type != type) result = next();
    return result;
}

stream_reply const& frame_client::reply(std::int32_t stream) {
    auto& result = streams_[stream];
    while (!result.is_whole && result.reset < 0 && next()) {
    }
    return result;
}

void frame_client::read_all() {
    while (next()) {
    }
}

std::size_t frame_client::count(frame_type type) const {
    auto const found = counts_.find(type);
    return found == counts_.end() ? 0 : found->second;
}

void frame_client::take(frame const& each) {
    ++counts_[each.type];
    auto& stream = streams_[each.stream];
    bool const is_answer = (each.flags & ack) != 0;
    switch (each.type) {
    case frame_type::headers:
    case frame_type::continuation: take_head(each); break;
    case frame_type::data:
        stream.body += each.payload;
        stream.pieces.push_back(each.payload.size());
        if ((each.flags & end_stream) != 0) stream.is_whole = true;
        break;
    case frame_type::rst_stream: stream.reset = number_at(each.payload, 0); break;
    case frame_type::settings:
        if (!is_answer) take_settings(each);
        break;
    case frame_type::ping:
        if (!is_answer && settings_.answers) send(ping(each.payload, ack));
        break;
    case frame_type::goaway:
        goaways_.emplace_back(
            static_cast<std::int32_t>(number_at(each.payload, 0)),
            number_at(each.payload, 4)
        );
        break;
    default: break;
    }
}

void frame_client::take_head(frame const& each) {
    auto& stream = streams_[each.stream];
    block_ += each.payload;
    if (each.type == frame_type::headers && (each.flags & end_stream) != 0) stream.is_whole = true;
    if ((each.flags & end_headers) == 0) return;
    stream.list.clear();
    for (auto const& field : decoder_.decode(block_)) stream.list.emplace_back(field.name, field.value);
    block_.clear();
    auto const status = stream[":status"];
    stream.statuses.push_back(status == "-" ? 0 : std::stoi(status));
}

void frame_client::take_settings(frame const& each) {
    constexpr std::uint32_t max_streams = 3;
    for (std::size_t i = 0; i + 6 <= each.payload.size(); i += 6) {
        if (number_at(each.payload, i, 2) == max_streams) limits_.push_back(number_at(each.payload, i + 2));
    }
    if (settings_.answers) send(settings_ack());
}

} // namespace async_llm::test::http2
