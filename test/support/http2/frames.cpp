// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/http2/frames.hpp"

#include <new>
#include <nghttp2/nghttp2.h>
#include <stdexcept>

namespace async_llm::test::http2 {
namespace {

constexpr std::size_t header_size = 9;
constexpr std::size_t static_entries = 61;
constexpr std::string_view preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

std::uint32_t byte_at(std::string_view bytes, std::size_t place) {
    return static_cast<unsigned char>(bytes[place]);
}

/// Integer of HPACK with a prefix of seven bits, the first bit clear.
std::string prefixed(std::size_t value) {
    constexpr std::size_t full = 127;
    if (value < full) return {static_cast<char>(value)};
    std::string result(1, static_cast<char>(full));
    for (value -= full; value >= 128; value /= 128) result += static_cast<char>(value % 128 + 128);
    return result + static_cast<char>(value);
}

std::string text(std::uint8_t const* bytes, std::size_t size) {
    return {reinterpret_cast<char const*>(bytes), size};
}

} // namespace

std::string number(std::uint32_t value) {
    std::string result;
    for (int shift = 24; shift >= 0; shift -= 8) result += static_cast<char>(value >> shift & 0xff);
    return result;
}

std::string make_frame(frame_type type, std::uint8_t flags, std::int32_t stream, std::string_view payload) {
    auto result = number(static_cast<std::uint32_t>(payload.size())).substr(1);
    result += static_cast<char>(type);
    result += static_cast<char>(flags);
    result += number(static_cast<std::uint32_t>(stream));
    result += payload;
    return result;
}

std::vector<frame> split_frames(std::string_view bytes) {
    if (bytes.starts_with(preface)) bytes.remove_prefix(preface.size());
    std::vector<frame> frames;
    while (bytes.size() >= header_size) {
        auto const size = byte_at(bytes, 0) << 16 | byte_at(bytes, 1) << 8 | byte_at(bytes, 2);
        auto const stream = (byte_at(bytes, 5) & 0x7f) << 24 | byte_at(bytes, 6) << 16 |
            byte_at(bytes, 7) << 8 | byte_at(bytes, 8);
        if (bytes.size() < header_size + size) break;
        frames.emplace_back(
            static_cast<frame_type>(byte_at(bytes, 3)),
            static_cast<std::uint8_t>(byte_at(bytes, 4)),
            static_cast<std::int32_t>(stream),
            std::string(bytes.substr(header_size, size))
        );
        bytes.remove_prefix(header_size + size);
    }
    return frames;
}

std::string header_block(fields const& list) {
    std::string block;
    for (auto const& [name, value] : list) {
        block += '\0';
        block += prefixed(name.size()) + name + prefixed(value.size()) + value;
    }
    return block;
}

std::string settings(std::initializer_list<std::pair<std::uint16_t, std::uint32_t>> list) {
    std::string payload;
    for (auto const& [id, value] : list) payload += number(id).substr(2) + number(value);
    return make_frame(frame_type::settings, 0, 0, payload);
}

std::string settings_ack() { return make_frame(frame_type::settings, ack, 0); }

std::string head(std::int32_t stream, int status, fields const& list, std::uint8_t flags) {
    fields all{{":status", std::to_string(status)}};
    all.insert(all.end(), list.begin(), list.end());
    return make_frame(frame_type::headers, flags, stream, header_block(all));
}

std::string data(std::int32_t stream, std::string_view bytes, std::uint8_t flags) {
    return make_frame(frame_type::data, flags, stream, bytes);
}

std::string reset(std::int32_t stream, std::uint32_t code) {
    return make_frame(frame_type::rst_stream, 0, stream, number(code));
}

std::string goaway(std::int32_t last, std::uint32_t code, std::string_view words) {
    auto const payload = number(static_cast<std::uint32_t>(last)) + number(code) + std::string(words);
    return make_frame(frame_type::goaway, 0, 0, payload);
}

std::string ping(std::string_view opaque, std::uint8_t flags) {
    return make_frame(frame_type::ping, flags, 0, opaque);
}

std::string window_update(std::int32_t stream, std::uint32_t increment) {
    return make_frame(frame_type::window_update, 0, stream, number(increment));
}

std::string ping_answers(std::vector<frame> const& frames) {
    std::string result;
    for (auto const& each : frames) {
        if (each.type == frame_type::ping && each.flags == 0) result += ping(each.payload, ack);
    }
    return result;
}

header_decoder::header_decoder() {
    nghttp2_hd_inflater* made = nullptr;
    if (nghttp2_hd_inflate_new(&made) != 0) throw std::bad_alloc();
    inflater_ = made;
}

header_decoder::~header_decoder() { nghttp2_hd_inflate_del(static_cast<nghttp2_hd_inflater*>(inflater_)); }

std::vector<decoded_field> header_decoder::decode(std::string_view block) {
    auto* const inflater = static_cast<nghttp2_hd_inflater*>(inflater_);
    std::vector<decoded_field> result;
    for (;;) {
        nghttp2_nv field{};
        int flags = 0;
        auto const* const bytes = reinterpret_cast<std::uint8_t const*>(block.data());
        auto const read = nghttp2_hd_inflate_hd2(inflater, &field, &flags, bytes, block.size(), 1);
        if (read < 0) throw std::runtime_error("no header block");
        block.remove_prefix(static_cast<std::size_t>(read));
        if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) {
            bool const never = (field.flags & NGHTTP2_NV_FLAG_NO_INDEX) != 0;
            result.emplace_back(text(field.name, field.namelen), text(field.value, field.valuelen), never);
        }
        if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) break;
    }
    nghttp2_hd_inflate_end_headers(inflater);
    return result;
}

std::size_t header_decoder::table_entries() const {
    return nghttp2_hd_inflate_get_num_table_entries(static_cast<nghttp2_hd_inflater*>(inflater_)) -
        static_entries;
}

std::string header_decoder::table() const {
    std::string result;
    for (std::size_t i = 1; i <= table_entries(); ++i) {
        auto const* const entry = nghttp2_hd_inflate_get_table_entry(
            static_cast<nghttp2_hd_inflater*>(inflater_),
            static_entries + i
        );
        result += text(entry->name, entry->namelen) + ": " + text(entry->value, entry->valuelen) + "\n";
    }
    return result;
}

} // namespace async_llm::test::http2
