// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/http/content_decoder.hpp"

#include "support/fixtures/compressing.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

using namespace async_llm;
using namespace async_llm::test;
using codec::content_format;

using decoder = net::content_decoder;
using outcome = decoder::outcome;

namespace {

namespace data = boost::unit_test::data;

constexpr std::string_view reply = R"({"choices":[{"message":{"content":"Hello, hello, hello"}}]})";

std::string letters() {
    std::string text;
    for (std::size_t i = 0; i < 400; ++i) text += "abcdefgh"[i * i * i % 11 % 8];
    return text;
}

/// Data that zlib 1.2.13 has compressed.
struct vector {
    vector(std::string_view n, content_format f, std::string_view h) : name(n), format(f), hex(h) {}

    friend std::ostream& operator<<(std::ostream& out, vector const& value) { return out << value.name; }

    std::string bytes() const {
        std::string result;
        for (std::size_t i = 0; i < hex.size(); i += 2)
            result += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
        return result;
    }

    std::string text() const {
        bool const is_reply = name.find("dynamic") == std::string_view::npos && name != "raw_repeats";
        return is_reply ? std::string(reply) : letters();
    }

    std::string_view name;
    content_format format;
    std::string_view hex;
};

std::array<vector, 23> const vectors{{
    {"gzip",
     content_format::gzip,
     "1f8b0800000000000203ab564acec8cf4c4e2d56b28aae56ca4d2d2e4e4c4f55b2aa564acecf2b49cd2b51b252f248cd"
     "c9c9d751c840a2946a6b636b01be90d3da3b000000"},
    {"gzip_stored",
     content_format::gzip,
     "1f8b0800000000000203013b00c4ff7b2263686f69636573223a5b7b226d657373616765223a7b22636f6e74656e7422"
     "3a2248656c6c6f2c2068656c6c6f2c2068656c6c6f227d7d5d7dbe90d3da3b000000"},
    {"gzip_huffman",
     content_format::gzip,
     "1f8b0800000000000203ab564acec8cf4c4e2d56b28aae56ca4d2d2e4e4c4f55b2aa564acecf2b49cd2b51b252f248cd"
     "c9c9d751c848cdc9c9d751c848cdc9c957aaad8dad0500be90d3da3b000000"},
    {"gzip_flushed",
     content_format::gzip,
     "1f8b0800000000000203aa564acec8cf4c4e2d56b28aae56ca4d2d2e4e4c4f55b2aa564acecf2b01000000ffff4bcd2b"
     "51b252f248cdc9c9d751c840a2946a6b636b01be90d3da3b000000"},
    {"gzip_partly_flushed",
     content_format::gzip,
     "1f8b0800000000000203aa564acec8cf4c4e2d56b28aae56ca4d2d2e4e4c4f55b2aa564acecf2b0108b0d4bc12252b25"
     "8fd49c9c7c1d850c244aa9b636b61600be90d3da3b000000"},
    {"gzip_whole_header",
     content_format::gzip,
     "1f8b081f0000005f0203050000616263007265706c792e6a736f6e006120636f6d6d656e74005d57ab564acec8cf4c4e"
     "2d56b28aae56ca4d2d2e4e4c4f55b2aa564acecf2b49cd2b51b252f248cdc9c9d751c840a2946a6b636b01be90d3da3b"
     "000000"},
    {"gzip_empty_extra",
     content_format::gzip,
     "1f8b08040000000002030000ab564acec8cf4c4e2d56b28aae56ca4d2d2e4e4c4f55b2aa564acecf2b49cd2b51b252f2"
     "48cdc9c9d751c840a2946a6b636b01be90d3da3b000000"},
    {"gzip_name",
     content_format::gzip,
     "1f8b08080000000002036e00ab564acec8cf4c4e2d56b28aae56ca4d2d2e4e4c4f55b2aa564acecf2b49cd2b51b252f2"
     "48cdc9c9d751c840a2946a6b636b01be90d3da3b000000"},
    {"gzip_empty_comment",
     content_format::gzip,
     "1f8b081000000000020300ab564acec8cf4c4e2d56b28aae56ca4d2d2e4e4c4f55b2aa564acecf2b49cd2b51b252f248"
     "cdc9c9d751c840a2946a6b636b01be90d3da3b000000"},
    {"gzip_two_members",
     content_format::gzip,
     "1f8b0800000000000203ab564acec8cf4c4e2d56b28aae56ca4d2d2e4e4c4f55b2aa564acecf2b01007c572ca41d0000"
     "001f8b08000000000002034bcd2b51b252f248cdc9c9d751c840a2946a6b636b0107d895e61e000000"},
    {"gzip_empty_member",
     content_format::gzip,
     "1f8b0800000000000203030000000000000000001f8b0800000000000203ab564acec8cf4c4e2d56b28aae56ca4d2d2e"
     "4e4c4f55b2aa564acecf2b49cd2b51b252f248cdc9c9d751c840a2946a6b636b01be90d3da3b0000001f8b0800000000"
     "00020303000000000000000000"},
    {"gzip_padded",
     content_format::gzip,
     "1f8b0800000000000203ab564acec8cf4c4e2d56b28aae56ca4d2d2e4e4c4f55b2aa564acecf2b49cd2b51b252f248cd"
     "c9c9d751c840a2946a6b636b01be90d3da3b000000000000"},
    {"zlib",
     content_format::zlib,
     "78daab564acec8cf4c4e2d56b28aae56ca4d2d2e4e4c4f55b2aa564acecf2b49cd2b51b252f248cdc9c9d751c840a294"
     "6a6b636b016d4114d1"},
    {"zlib_small_window",
     content_format::zlib,
     "18d3ab564acec8cf4c4e2d56b28aae56ca4d2d2e4e4c4f55b2aa564acecf2b49cd2b51b252f248cdc9c9d751c840a294"
     "6a6b636b016d4114d1"},
    {"zlib_padded",
     content_format::zlib,
     "78daab564acec8cf4c4e2d56b28aae56ca4d2d2e4e4c4f55b2aa564acecf2b49cd2b51b252f248cdc9c9d751c840a294"
     "6a6b636b016d4114d100"},
    {"raw",
     content_format::deflate,
     "ab564acec8cf4c4e2d56b28aae56ca4d2d2e4e4c4f55b2aa564acecf2b49cd2b51b252f248cdc9c9d751c840a2946a6b"
     "636b01"},
    {"raw_huffman",
     content_format::deflate,
     "ab564acec8cf4c4e2d56b28aae56ca4d2d2e4e4c4f55b2aa564acecf2b49cd2b51b252f248cdc9c9d751c848cdc9c9d7"
     "51c848cdc9c957aaad8dad0500"},
    {"raw_stored",
     content_format::deflate,
     "013b00c4ff7b2263686f69636573223a5b7b226d657373616765223a7b22636f6e74656e74223a2248656c6c6f2c2068"
     "656c6c6f2c2068656c6c6f227d7d5d7d"},
    {"raw_with_sum",
     content_format::deflate,
     "ab564acec8cf4c4e2d56b28aae56ca4d2d2e4e4c4f55b2aa564acecf2b49cd2b51b252f248cdc9c9d751c840a2946a6b"
     "636b016d4114d1"},
    {"gzip_dynamic",
     content_format::gzip,
     "1f8b080000000000020305c10101000008c2b0ac0745fa277043445bdf18116d7d6344b4f58d11d1d63746445bdf1811"
     "6d7d6344b4f58d11d1d63746445bdf18116d7d6344b4f58d11d1d63746445bdf18116d7d6344b4f58d11d1d63746445b"
     "df18116d7d6344b4f58d11d1d63746445bdf18116d7d6344b4f58d11d1d63746445bdf18116d7d6344b4f58d11d1d637"
     "46445bdf18116d7d6344b4f58d11d1d63746445bdf18116d7d6344b4f58d11d1d63746e401f02aeba490010000"},
    {"zlib_dynamic",
     content_format::zlib,
     "780105c10101000008c2b0ac0745fa277043445bdf18116d7d6344b4f58d11d1d63746445bdf18116d7d6344b4f58d11"
     "d1d63746445bdf18116d7d6344b4f58d11d1d63746445bdf18116d7d6344b4f58d11d1d63746445bdf18116d7d6344b4"
     "f58d11d1d63746445bdf18116d7d6344b4f58d11d1d63746445bdf18116d7d6344b4f58d11d1d63746445bdf18116d7d"
     "6344b4f58d11d1d63746445bdf18116d7d6344b4f58d11d1d63746e4012abc9bf3"},
    {"raw_dynamic",
     content_format::deflate,
     "05c10101000008c2b0ac0745fa277043445bdf18116d7d6344b4f58d11d1d63746445bdf18116d7d6344b4f58d11d1d6"
     "3746445bdf18116d7d6344b4f58d11d1d63746445bdf18116d7d6344b4f58d11d1d63746445bdf18116d7d6344b4f58d"
     "11d1d63746445bdf18116d7d6344b4f58d11d1d63746445bdf18116d7d6344b4f58d11d1d63746445bdf18116d7d6344"
     "b4f58d11d1d63746445bdf18116d7d6344b4f58d11d1d63746e401"},
    {"raw_repeats", content_format::deflate, "4b4c4a4c4b4acd484e4f494e1c650e3c1300"},
}};

struct decoded {
    decoded() = default;

    outcome how = outcome::need_more;
    error_code ec;
    std::string detail;
    std::string text;
    std::size_t steps = 0;
    std::size_t largest_step = 0;
};

/// Decodes as far as the bytes do.
void read(decoder& from, decoded& to) {
    do {
        auto const before = to.text.size();
        to.how = from.step(to.text);
        ++to.steps;
        to.largest_step = std::max(to.largest_step, to.text.size() - before);
    } while (to.how == outcome::busy);
}

decoded decode(content_format format, std::vector<std::string> const& pieces, std::size_t max_size = 0) {
    decoder reader(format, max_size);
    decoded result;
    for (auto const& piece : pieces) {
        if (result.how == outcome::failed) break;
        // In a block of their own, so that the sanitizer sees who reads beyond them.
        std::vector<char> const bytes(piece.begin(), piece.end());
        reader.put(std::string_view(bytes.data(), bytes.size()));
        read(reader, result);
    }
    reader.put_end();
    read(reader, result);
    result.ec = reader.ec();
    result.detail = reader.detail();
    return result;
}

std::vector<std::string> cut(std::string const& text, std::size_t size) {
    std::vector<std::string> pieces;
    for (std::size_t i = 0; i < text.size(); i += size) pieces.push_back(text.substr(i, size));
    return pieces;
}

void check_ended(decoded const& result, std::string_view text) {
    BOOST_TEST((result.how == outcome::ended), result.detail);
    BOOST_TEST(!result.ec);
    BOOST_TEST((result.text == text));
}

void check_failed(decoded const& result, errc expected) {
    BOOST_TEST((result.how == outcome::failed));
    BOOST_TEST((result.ec == expected), result.detail);
    BOOST_TEST(!result.detail.empty());
}

/// A text that fills the window several times, and repeats what is far back.
std::string long_text() {
    std::string text;
    unsigned state = 1;
    while (text.size() < 300000) {
        state = state * 1103515245 + 12345;
        if (text.size() > 40000 && state % 8 == 0)
            text += text.substr(text.size() - 1 - (state >> 4) % 32768, 1 + (state >> 20) % 300);
        else
            text += static_cast<char>(state >> 16);
    }
    return text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(content_decoder)

BOOST_DATA_TEST_CASE(what_zlib_has_compressed_is_decoded, data::make(vectors), of) {
    check_ended(decode(of.format, {of.bytes()}), of.text());
}

BOOST_DATA_TEST_CASE(pieces_make_no_difference, data::make(vectors), of) {
    auto const bytes = of.bytes();
    check_ended(decode(of.format, cut(bytes, 1)), of.text());
    for (std::size_t i = 0; i <= bytes.size(); ++i)
        check_ended(decode(of.format, {bytes.substr(0, i), bytes.substr(i)}), of.text());
}

BOOST_DATA_TEST_CASE(each_cut_is_seen, data::make(vectors), of) {
    auto const bytes = of.bytes();
    bool const is_raw = of.format == content_format::deflate;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        auto const result = decode(of.format, {bytes.substr(0, i)});
        // Zeros behind the end, whole members, and a checksum that raw deflate need not have, may be missing.
        bool const may_end = of.name.ends_with("padded") || of.name.ends_with("member") ||
            of.name.ends_with("members") || of.name == "raw_with_sum";
        if (may_end && result.how == outcome::ended) {
            BOOST_TEST(of.text().starts_with(result.text));
            continue;
        }
        if (is_raw && of.name == "raw_with_sum" && result.ec == errc::unsupported_content_encoding) continue;
        check_failed(result, errc::truncated_response);
        BOOST_TEST(of.text().starts_with(result.text));
    }
}

// The members that are left out of two are whole ones by themselves.
BOOST_DATA_TEST_CASE(damage_is_never_a_success, data::make(vectors), of) {
    // Without a checksum there are damages that nothing shows.
    if (of.format == content_format::deflate) return;
    auto const bytes = of.bytes();
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        for (int bit = 0; bit < 8; ++bit) {
            auto damaged = bytes;
            damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
            auto const result = decode(of.format, {damaged});
            if (result.how == outcome::ended)
                BOOST_TEST((result.text == of.text()), of.name << ", bit " << bit << " of byte " << i);
            else
                BOOST_TEST((result.how == outcome::failed));
        }
    }
}

BOOST_AUTO_TEST_CASE(long_texts_in_any_pieces) {
    auto const text = long_text();
    for (auto const around : {wrapper::gzip, wrapper::zlib, wrapper::none}) {
        auto const format = around == wrapper::gzip ? content_format::gzip
            : around == wrapper::zlib               ? content_format::zlib
                                                    : content_format::deflate;
        auto const bytes = compress(text, around);
        for (std::size_t const size : {bytes.size(), std::size_t(16384), std::size_t(4093), std::size_t(7)})
            check_ended(decode(format, cut(bytes, size)), text);
    }
}

BOOST_AUTO_TEST_CASE(what_was_flushed_is_decoded_when_it_has_come) {
    std::vector<std::string> const events{"data: {\"a\":1}\n\n", "data: {\"b\":22}\n\n", "data: [DONE]\n\n"};
    for (auto const around : {wrapper::gzip, wrapper::zlib, wrapper::none}) {
        auto const format = around == wrapper::gzip ? content_format::gzip
            : around == wrapper::zlib               ? content_format::zlib
                                                    : content_format::deflate;
        decoder reader(format, 0);
        std::string expected;
        decoded result;
        std::size_t i = 0;
        for (auto const& piece : compress_pieces(events, around)) {
            reader.put(piece);
            read(reader, result);
            expected += events[i++];
            // The last one has no flush of its own, and its end is that of the data.
            if (i < events.size()) BOOST_TEST(result.text == expected);
        }
        reader.put_end();
        read(reader, result);
        BOOST_TEST((result.how == outcome::ended));
        BOOST_TEST(result.text == expected);
    }
}

BOOST_AUTO_TEST_CASE(a_bomb_is_decoded_step_by_step) {
    constexpr std::size_t size = 8u * 1024 * 1024;
    auto const bomb = gzip_bomb(size);
    BOOST_TEST(bomb.size() < size / 500);
    auto const result = decode(content_format::gzip, {bomb});
    BOOST_TEST((result.how == outcome::ended));
    BOOST_TEST(result.text.size() == size);
    // Not more than a buffer beyond.
    BOOST_TEST(result.largest_step <= decoder::max_step + 16384);
    BOOST_TEST(result.steps >= size / (decoder::max_step + 16384));
}

BOOST_AUTO_TEST_CASE(no_more_is_decoded_than_the_limit) {
    auto const bomb = gzip_bomb(1u << 20);
    for (std::size_t const limit :
         {std::size_t(1), std::size_t(1000), std::size_t(16384), (std::size_t(1) << 20) - 1}) {
        auto const result = decode(content_format::gzip, {bomb}, limit);
        check_failed(result, errc::response_too_large);
        BOOST_TEST(result.text.size() <= limit);
        BOOST_TEST(result.detail.find(std::to_string(limit)) != std::string::npos);
    }
    check_ended(decode(content_format::gzip, {bomb}, std::size_t(1) << 20), std::string(1u << 20, '\0'));
    // All members together.
    auto const two = compress("12345") + compress("67890");
    check_ended(decode(content_format::gzip, {two}, 10), "1234567890");
    check_failed(decode(content_format::gzip, {two}, 9), errc::response_too_large);
    check_failed(
        decode(content_format::deflate, {compress("12345", wrapper::none)}, 4),
        errc::response_too_large
    );
}

// They cost time, and make nothing that a limit could count.
BOOST_AUTO_TEST_CASE(empty_blocks_end_a_step) {
    std::string const block("\x00\x00\x00\xff\xff", 5);
    std::string blocks;
    for (int i = 0; i < 100000; ++i) blocks += block;
    auto const result = decode(content_format::deflate, {blocks, std::string("\x01\x00\x00\xff\xff", 5)});
    check_ended(result, "");
    BOOST_TEST(result.steps > blocks.size() / 65536);
}

BOOST_AUTO_TEST_CASE(damaged_framing_is_named) {
    auto const whole = compress(reply);
    auto const with = [&](std::size_t place, char c) {
        auto bytes = whole;
        bytes[place] = c;
        return decode(content_format::gzip, {bytes}).detail;
    };
    BOOST_TEST(with(0, 'a').find("begin") != std::string::npos);
    BOOST_TEST(with(1, 'a').find("begin") != std::string::npos);
    BOOST_TEST(with(2, 7).find("deflate") != std::string::npos);
    BOOST_TEST(with(3, 32).find("flags") != std::string::npos);
    BOOST_TEST(with(whole.size() - 8, 'x').find("checksum") != std::string::npos);
    BOOST_TEST(with(whole.size() - 4, 'x').find("length") != std::string::npos);
    auto const& vector = *std::find_if(vectors.begin(), vectors.end(), [](auto const& each) {
        return each.name == "gzip_whole_header";
    });
    auto renamed = vector.bytes();
    renamed[renamed.find("reply.json")] = 'R';
    auto const header = decode(content_format::gzip, {renamed});
    check_failed(header, errc::unsupported_content_encoding);
    BOOST_TEST(header.detail.find("header") != std::string::npos);
    // A preset dictionary, with a header that is right for one.
    auto const dictionary = decode(content_format::zlib, {"\x78\xbb and more"});
    check_failed(dictionary, errc::unsupported_content_encoding);
    BOOST_TEST(dictionary.detail.find("dictionary") != std::string::npos);
    check_failed(decode(content_format::zlib, {"\x79\x9c"}), errc::unsupported_content_encoding);
}

BOOST_AUTO_TEST_CASE(only_zeros_are_passed_over_behind_the_end) {
    for (auto const around : {wrapper::gzip, wrapper::zlib}) {
        auto const format = around == wrapper::gzip ? content_format::gzip : content_format::zlib;
        auto const whole = compress(reply, around);
        check_ended(decode(format, {whole + std::string(1000, '\0')}), reply);
        check_failed(decode(format, {whole + "garbage"}), errc::unsupported_content_encoding);
        check_failed(decode(format, {whole + "\n"}), errc::unsupported_content_encoding);
        check_failed(
            decode(format, {whole + std::string(2, '\0') + whole}),
            errc::unsupported_content_encoding
        );
    }
    auto const raw = compress(reply, wrapper::none);
    check_failed(decode(content_format::deflate, {raw + "sum?"}), errc::unsupported_content_encoding);
    // The beginning of another member.
    check_failed(decode(content_format::gzip, {compress(reply) + "\x1f"}), errc::truncated_response);
}

BOOST_AUTO_TEST_CASE(nothing_at_all_is_cut) {
    for (auto const format : {content_format::gzip, content_format::zlib, content_format::deflate}) {
        check_failed(decode(format, {}), errc::truncated_response);
        check_failed(decode(format, {""}), errc::truncated_response);
    }
}

BOOST_AUTO_TEST_SUITE_END()
