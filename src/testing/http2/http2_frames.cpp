// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "testing/http2/http2_frames.hpp"

namespace async_llm::testing {
namespace {

unsigned byte_at(std::string_view bytes, std::size_t place) {
    return static_cast<unsigned char>(bytes[place]);
}

void append_number(std::string& out, std::uint32_t value, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xff);
}

// A string of HPACK without Huffman coding: its length with a prefix of seven bits, then its bytes.
void append_text(std::string& out, std::string_view text) {
    constexpr std::size_t full = 127;
    auto rest = text.size();
    if (rest < full) {
        out += static_cast<char>(rest);
    } else {
        out += static_cast<char>(full);
        for (rest -= full; rest >= 128; rest /= 128) out += static_cast<char>(rest % 128 + 128);
        out += static_cast<char>(rest);
    }
    out += text;
}

} // namespace

http2_frame_head::http2_frame_head(std::string_view frame) noexcept
    : type(static_cast<http2_frame_type>(byte_at(frame, 3))),
      flags(static_cast<std::uint8_t>(byte_at(frame, 4))),
      stream(static_cast<std::int32_t>(
          (byte_at(frame, 5) & 0x7fU) << 24 | byte_at(frame, 6) << 16 | byte_at(frame, 7) << 8 |
          byte_at(frame, 8)
      )) {}

bool http2_frame_head::is_of_reply() const noexcept {
    return type == http2_frame_type::headers || type == http2_frame_type::data ||
        type == http2_frame_type::continuation;
}

bool http2_frame_head::ends_stream() const noexcept {
    bool const may = type == http2_frame_type::headers || type == http2_frame_type::data;
    return may && (flags & http2_end_stream) != 0;
}

std::string
make_http2_frame(http2_frame_type type, std::uint8_t flags, std::int32_t stream, std::string_view payload) {
    std::string result;
    result.reserve(http2_frame_head_size + payload.size());
    append_number(result, static_cast<std::uint32_t>(payload.size()), 3);
    result += static_cast<char>(type);
    result += static_cast<char>(flags);
    append_number(result, static_cast<std::uint32_t>(stream), 4);
    result += payload;
    return result;
}

std::string make_http2_reset(std::int32_t stream, std::uint32_t code) {
    std::string payload;
    append_number(payload, code, 4);
    return make_http2_frame(http2_frame_type::rst_stream, 0, stream, payload);
}

std::string repeat_http2_frame(std::string const& frame, std::uint32_t number) {
    std::string result;
    result.reserve(frame.size() * number);
    for (std::uint32_t i = 0; i < number; ++i) result += frame;
    return result;
}

std::string encode_http2_fields(std::vector<scripted_reply::field> const& fields) {
    std::string result;
    for (auto const& [name, value] : fields) {
        result += '\0';
        append_text(result, name);
        append_text(result, value);
    }
    return result;
}

std::string unfinished_continuation(std::int32_t stream) {
    std::vector<scripted_reply::field> const fields(
        16,
        scripted_reply::field("x-endless", std::string(100, 'x'))
    );
    return make_http2_frame(http2_frame_type::continuation, 0, stream, encode_http2_fields(fields));
}

} // namespace async_llm::testing
