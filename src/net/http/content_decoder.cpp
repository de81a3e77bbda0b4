// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/http/content_decoder.hpp"

#include "base/append_large.hpp"

#include <boost/beast/zlib/error.hpp>
#include <boost/beast/zlib/inflate_stream.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace async_llm::net {
namespace {

namespace zlib = boost::beast::zlib;
using codec::content_format;

// Empty blocks decode to nothing, so a step is bounded by what it takes, too.
constexpr std::ptrdiff_t max_taken = 64 * 1024;

// One buffer per thread serves all decoders: between inflating and the copy nothing waits.
using inflate_buffer = std::array<char, 16 * 1024>;

inflate_buffer& this_threads_buffer() {
    thread_local inflate_buffer buffer;
    return buffer;
}

constexpr std::array<std::uint32_t, 256> make_crc_table() noexcept {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < table.size(); ++i) {
        auto value = i;
        for (int bit = 0; bit < 8; ++bit) value = (value & 1) != 0 ? 0xedb88320u ^ (value >> 1) : value >> 1;
        table[i] = value;
    }
    return table;
}

constexpr auto crc_table = make_crc_table();

/// CRC-32 as of RFC 1952, section 8.
std::uint32_t crc32(std::uint32_t sum, std::string_view bytes) noexcept {
    sum = ~sum;
    for (auto const c : bytes) sum = crc_table[(sum ^ static_cast<unsigned char>(c)) & 0xff] ^ (sum >> 8);
    return ~sum;
}

/// Adler-32 as of RFC 1950, section 8.2.
std::uint32_t adler32(std::uint32_t sum, std::string_view bytes) noexcept {
    constexpr std::uint32_t base = 65521;
    // So many bytes overflow nothing.
    constexpr std::size_t most = 5552;
    auto low = sum & 0xffff;
    auto high = sum >> 16;
    while (!bytes.empty()) {
        for (auto const c : bytes.substr(0, most)) {
            low += static_cast<unsigned char>(c);
            high += low;
        }
        low %= base;
        high %= base;
        bytes.remove_prefix(std::min(most, bytes.size()));
    }
    return high << 16 | low;
}

// Of the header of gzip: RFC 1952, section 2.3.
constexpr unsigned has_header_sum = 2;
constexpr unsigned has_extra = 4;
constexpr unsigned has_name = 8;
constexpr unsigned has_comment = 16;
constexpr unsigned reserved_flags = 0xe0;
constexpr std::uint64_t deflate_method = 8;

// Of the header of zlib: RFC 1950, section 2.2.
constexpr unsigned has_dictionary = 0x20;

} // namespace

struct content_decoder::impl {
    /// Part of the data that the next byte belongs to.
    enum class stage {
        header,
        extra_size,
        extra,
        name,
        comment,
        header_sum,
        data,
        sum,
        size,
        /// Behind the end of the data, or of a member.
        behind,
        padding
    };

    impl(content_format f, std::size_t max) noexcept : format(f), max_size(max) { begin_member(); }

    outcome step(std::string& out);
    void begin_member() noexcept;
    void take_byte(unsigned char byte);
    void take_gzip_header(unsigned char byte);
    void take_zlib_header(unsigned char byte);
    void next_header_field(stage last) noexcept;
    void check(bool is_right, char const* otherwise);
    outcome inflate(std::string& out);
    void inflate_end(std::string& out);
    bool take_inflated(std::string_view made, std::string& out);
    void end_of_data() noexcept;
    outcome judge_end();
    void fail(errc reason, std::string sentence);

    bool is_gzip() const noexcept { return format == content_format::gzip; }

    /// Most bytes of output that the limit leaves, and one that is beyond it.
    std::size_t room() const noexcept { return max_size == 0 ? SIZE_MAX : max_size - decoded + 1; }

    /// Adds a byte to the number that the stage reads; `count` becomes its number of bytes.
    std::uint64_t shift_in(unsigned char byte) noexcept {
        // gzip writes the last byte first.
        number = is_gzip() ? number | std::uint64_t(byte) << (8 * count) : number << 8 | byte;
        ++count;
        return number;
    }

    void enter(stage next) noexcept {
        at = next;
        number = 0;
        count = 0;
    }

    content_format format;
    std::size_t max_size;
    std::string_view bytes;
    bool has_ended = false;

    stage at = stage::header;
    std::uint64_t number = 0;
    unsigned count = 0;
    unsigned flags = 0;
    std::size_t extra_left = 0;
    std::uint32_t header_sum = 0;
    std::uint32_t sum = 0;
    std::uint32_t member_size = 0; // modulo 2^32, as gzip has it
    std::size_t decoded = 0;       // of all members
    zlib::inflate_stream inflater;

    error_code ec;
    std::string detail;
};

void content_decoder::impl::begin_member() noexcept {
    enter(format == content_format::deflate ? stage::data : stage::header);
    header_sum = 0;
    sum = is_gzip() ? 0 : 1;
    member_size = 0;
}

content_decoder::outcome content_decoder::impl::step(std::string& out) {
    auto const decoded_before = decoded;
    auto const* const begin = bytes.data();
    while (!ec && decoded - decoded_before < max_step) {
        if (bytes.data() - begin >= max_taken) break;
        if (at == stage::data) {
            auto const progress = inflate(out);
            if (progress == outcome::need_more && !has_ended) return progress;
            if (progress == outcome::need_more) inflate_end(out);
        } else if (!bytes.empty()) {
            take_byte(static_cast<unsigned char>(bytes.front()));
            bytes.remove_prefix(1);
        } else {
            return has_ended ? judge_end() : outcome::need_more;
        }
    }
    return ec ? outcome::failed : outcome::busy;
}

void content_decoder::impl::take_byte(unsigned char byte) {
    bool const is_checked = at < stage::header_sum;
    if (is_checked && is_gzip()) {
        char const c = static_cast<char>(byte);
        header_sum = crc32(header_sum, std::string_view(&c, 1));
    }
    switch (at) {
    case stage::header: return is_gzip() ? take_gzip_header(byte) : take_zlib_header(byte);
    case stage::extra_size:
        extra_left = static_cast<std::size_t>(shift_in(byte));
        if (count == 2) extra_left == 0 ? next_header_field(stage::extra) : enter(stage::extra);
        return;
    case stage::extra:
        if (--extra_left == 0) next_header_field(stage::extra);
        return;
    case stage::name:
    case stage::comment:
        if (byte == 0) next_header_field(at);
        return;
    case stage::header_sum:
        shift_in(byte);
        if (count < 2) return;
        check(number == (header_sum & 0xffff), "its header has a wrong checksum");
        return enter(stage::data);
    case stage::sum:
        shift_in(byte);
        if (count < 4) return;
        check(number == sum, "it has a wrong checksum");
        return enter(is_gzip() ? stage::size : stage::behind);
    case stage::size:
        shift_in(byte);
        if (count < 4) return;
        check(number == member_size, "it has a wrong length");
        return enter(stage::behind);
    case stage::behind:
        if (byte == 0) return enter(stage::padding);
        check(is_gzip(), "other bytes stand behind it");
        begin_member();
        return take_byte(byte);
    case stage::padding: return check(byte == 0, "other bytes stand behind it");
    case stage::data: return;
    }
}

void content_decoder::impl::take_gzip_header(unsigned char byte) {
    // Behind magic, method and flags are a time and two bytes about the system.
    constexpr unsigned size = 10;
    if (count == 0) check(byte == 0x1f, "it does not begin as gzip does");
    if (count == 1) check(byte == 0x8b, "it does not begin as gzip does");
    if (count == 2) check(byte == deflate_method, "it is not made by deflate");
    if (count == 3) {
        flags = byte;
        check((flags & reserved_flags) == 0, "it has flags that are not known");
    }
    if (++count == size) next_header_field(stage::header);
}

/// Enters the first part behind this one that the flags say is there.
void content_decoder::impl::next_header_field(stage last) noexcept {
    if (last < stage::extra_size && (flags & has_extra) != 0) return enter(stage::extra_size);
    if (last < stage::name && (flags & has_name) != 0) return enter(stage::name);
    if (last < stage::comment && (flags & has_comment) != 0) return enter(stage::comment);
    enter((flags & has_header_sum) != 0 ? stage::header_sum : stage::data);
}

void content_decoder::impl::take_zlib_header(unsigned char byte) {
    shift_in(byte);
    if (count < 2) return;
    check(codec::begins_as_zlib(number), "it does not begin as zlib does");
    check((number & has_dictionary) == 0, "it needs a dictionary");
    enter(stage::data);
}

content_decoder::outcome content_decoder::impl::inflate(std::string& out) {
    auto& buffer = this_threads_buffer();
    auto const* const end = bytes.data() + bytes.size();
    zlib::z_params z;
    z.next_in = bytes.data();
    z.avail_in = std::min(bytes.size(), std::size_t(max_taken));
    z.next_out = buffer.data();
    z.avail_out = std::min(buffer.size(), room());
    error_code result;
    inflater.write(z, zlib::Flush::none, result);
    bool const is_end = result == zlib::error::end_of_stream;
    if (result && !is_end && result != zlib::error::need_buffers) {
        fail(errc::unsupported_content_encoding, result.message());
        return outcome::failed;
    }
    // Beast may give back a byte that it took before. That is one of these, since nothing new is given to it
    // before it has taken all and has no output to give.
    auto const* next = static_cast<char const*>(z.next_in);
    // The last bits may have been looked for in bytes that are not its own.
    if (is_end) next -= (static_cast<unsigned>(z.data_type) & 0x3f) / 8;
    bytes = std::string_view(next, static_cast<std::size_t>(end - next));
    auto const made = static_cast<std::size_t>(static_cast<char*>(z.next_out) - buffer.data());
    if (!take_inflated(std::string_view(buffer.data(), made), out)) return outcome::failed;
    if (is_end) end_of_data();
    bool const starves = !is_end && bytes.empty() && z.avail_out != 0;
    return starves ? outcome::need_more : outcome::busy;
}

/// Tries to end the data without more bytes, which they do unless they are cut.
/** Beast wants nine bits and more for a code that may be shorter; behind raw deflate there are none. */
void content_decoder::impl::inflate_end(std::string& out) {
    auto& buffer = this_threads_buffer();
    constexpr std::array<char, 2> zeros{};
    zlib::z_params z;
    z.next_in = zeros.data();
    z.avail_in = zeros.size();
    z.next_out = buffer.data();
    z.avail_out = buffer.size();
    error_code result;
    if (format == content_format::deflate) inflater.write(z, zlib::Flush::none, result);
    auto const given_back = (static_cast<unsigned>(z.data_type) & 0x3f) / 8;
    bool const is_end = result == zlib::error::end_of_stream && given_back >= zeros.size() - z.avail_in;
    if (!is_end) return fail(errc::truncated_response, "the reply broke off within its compressed data");
    auto const made = static_cast<std::size_t>(static_cast<char*>(z.next_out) - buffer.data());
    if (take_inflated(std::string_view(buffer.data(), made), out)) end_of_data();
}

/// False: it is too much.
bool content_decoder::impl::take_inflated(std::string_view made, std::string& out) {
    if (made.size() >= room()) {
        fail(errc::response_too_large, "the reply is longer than " + std::to_string(max_size) + " bytes");
        return false;
    }
    decoded += made.size();
    member_size += static_cast<std::uint32_t>(made.size());
    sum = is_gzip() ? crc32(sum, made) : adler32(sum, made);
    codec::append_large(out, made);
    return true;
}

void content_decoder::impl::end_of_data() noexcept {
    inflater.reset();
    enter(stage::sum);
}

content_decoder::outcome content_decoder::impl::judge_end() {
    bool const is_raw_end = format == content_format::deflate && at == stage::sum && count == 0;
    if (at == stage::behind || at == stage::padding || is_raw_end) return outcome::ended;
    fail(errc::truncated_response, "the reply broke off within its compressed data");
    return outcome::failed;
}

void content_decoder::impl::check(bool is_right, char const* otherwise) {
    if (!is_right) fail(errc::unsupported_content_encoding, otherwise);
}

void content_decoder::impl::fail(errc reason, std::string sentence) {
    if (ec) return;
    ec = reason;
    detail = std::move(sentence);
    if (reason != errc::unsupported_content_encoding) return;
    detail =
        std::string("the compressed data (") + (is_gzip() ? "gzip" : "deflate") + ") are damaged: " + detail;
}

content_decoder::content_decoder(content_format format, std::size_t max_size)
    : impl_(std::make_unique<impl>(format, max_size)) {}

content_decoder::~content_decoder() = default;

void content_decoder::put(std::string_view bytes) noexcept { impl_->bytes = bytes; }

void content_decoder::put_end() noexcept { impl_->has_ended = true; }

content_decoder::outcome content_decoder::step(std::string& out) { return impl_->step(out); }

error_code const& content_decoder::ec() const noexcept { return impl_->ec; }

std::string const& content_decoder::detail() const noexcept { return impl_->detail; }

} // namespace async_llm::net
