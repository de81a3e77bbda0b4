// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_HTTP2_FRAMES_HPP
#define ASYNC_LLM_TEST_SUPPORT_HTTP2_FRAMES_HPP

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Frames of HTTP/2 by hand, also those that libnghttp2 refuses to make.

namespace async_llm::test::http2 {

enum class frame_type : std::uint8_t {
    data = 0,
    headers = 1,
    priority = 2,
    rst_stream = 3,
    settings = 4,
    push_promise = 5,
    ping = 6,
    goaway = 7,
    window_update = 8,
    continuation = 9,
    unknown = 0xfe,
};

constexpr std::uint8_t end_stream = 0x1;
constexpr std::uint8_t ack = 0x1;
constexpr std::uint8_t end_headers = 0x4;
constexpr std::uint8_t padded = 0x8;

struct frame {
    frame(frame_type t, std::uint8_t f, std::int32_t s, std::string p)
        : type(t), flags(f), stream(s), payload(std::move(p)) {}

    frame_type type;
    std::uint8_t flags;
    std::int32_t stream;
    std::string payload;
};

using fields = std::vector<std::pair<std::string, std::string>>;

/// Big-endian number of four bytes.
std::string number(std::uint32_t value);

std::string
make_frame(frame_type type, std::uint8_t flags, std::int32_t stream, std::string_view payload = {});

/// Splits output into frames; the preface of a client in front is left out. What is incomplete is dropped.
std::vector<frame> split_frames(std::string_view bytes);

/// Header block of literals that no table holds, each name and value shorter than 127 bytes or longer.
std::string header_block(fields const& list);

/// \name Whole frames
/// @{
std::string settings(std::initializer_list<std::pair<std::uint16_t, std::uint32_t>> list = {});
std::string settings_ack();
/// Head of a response with this status and these fields.
std::string
head(std::int32_t stream, int status = 200, fields const& list = {}, std::uint8_t flags = end_headers);
std::string data(std::int32_t stream, std::string_view bytes, std::uint8_t flags = 0);
std::string reset(std::int32_t stream, std::uint32_t code);
std::string goaway(std::int32_t last, std::uint32_t code, std::string_view words = {});
std::string ping(std::string_view opaque = "12345678", std::uint8_t flags = 0);
std::string window_update(std::int32_t stream, std::uint32_t increment);
/// @}

/// Answers to the pings among these frames.
std::string ping_answers(std::vector<frame> const& frames);

/// Decoded fields of a header block, and whether a field may be indexed.
struct decoded_field {
    decoded_field(std::string n, std::string v, bool never)
        : name(std::move(n)), value(std::move(v)), never_indexed(never) {}

    std::string name;
    std::string value;
    bool never_indexed;
};

/// Decodes the header blocks of one connection, in their order.
class header_decoder {
public:
    header_decoder();
    header_decoder(header_decoder const&) = delete;
    header_decoder& operator=(header_decoder const&) = delete;
    ~header_decoder();

    std::vector<decoded_field> decode(std::string_view block);

    /// Entries that the blocks so far have put into the dynamic table.
    std::size_t table_entries() const;
    /// Name and value of each.
    std::string table() const;

private:
    void* inflater_ = nullptr;
};

} // namespace async_llm::test::http2

#endif
