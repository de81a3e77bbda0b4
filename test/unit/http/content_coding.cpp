// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/http/content_coding.hpp"

#include "support/streams/chunk_reading.hpp"
#include "support/streams/decoding.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace async_llm;

using namespace std::string_literals;

// The beginnings of bodies in these codings.
std::string const gzip = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xab\x56\x4a\xce"s;
std::string const zlib = "\x78\x9c\xab\x56\x4a\xce\xc8\xcf\xcc\x4e\x2d\x56\xb2\x8a"s;
std::string const brotli = "\x1b\x10\x00\xf8\x8d\x94\x6e\xde\x44\x55\x86\x96\x24\xec"s;
std::string const zstd = "\x28\xb5\x2f\xfd\x04\x00\x51\x00\x00{}"s;

std::string coding_of(std::string_view label, std::string_view body) {
    return codec::content_coding(label, body);
}

struct judged {
    judged() = default;

    error_code ec;
    api_error error;
    std::string detail;
};

judged judge(std::string_view label, std::string_view body, int status = 200) {
    judged result;
    auto const reply = codec::decode(body, status);
    result.ec = reply.ec;
    result.error = reply.error;
    result.detail = reply.detail;
    codec::judge_content_coding(label, body, result.ec, result.error, result.detail);
    return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(content_coding)

BOOST_AUTO_TEST_CASE(what_is_decoded) {
    constexpr auto undecided = codec::content_format::undecided;
    constexpr auto plain = codec::content_format::plain;
    constexpr auto deflate = codec::content_format::deflate;
    auto const text = R"({"choices":[]})"s;
    auto const raw = "\xab\x56\x4a\xce"s;
    struct row {
        row(std::string l, std::string b, codec::content_format f, bool w = false)
            : label(std::move(l)), body(std::move(b)), format(f), is_whole(w) {}

        std::string label;
        std::string body;
        codec::content_format format;
        bool is_whole;
    };
    std::vector<row> const rows{
        {"gzip", gzip, codec::content_format::gzip},
        {"X-GZIP", gzip, codec::content_format::gzip},
        {" identity , gzip,", gzip, codec::content_format::gzip},
        {"", gzip, codec::content_format::gzip},
        {"identity", gzip, codec::content_format::gzip},
        // Its magic cannot begin deflate.
        {"deflate", gzip, codec::content_format::gzip},
        {"gzip", "\x1f", undecided},
        {"", "\x1f", undecided},
        {"", "\x1f", plain, true},
        {"", "\x1f ", plain},
        {"gzip", "", undecided},
        {"gzip", "", plain, true},
        {"gzip", text, plain},
        {"gzip", zlib, plain},
        {"deflate", zlib, codec::content_format::zlib},
        {"deflate", "\x78", undecided},
        // With a small window: no text in its first byte.
        {"deflate", "\x18", undecided},
        {"deflate", "\x18\xd3", codec::content_format::zlib},
        {"deflate", raw, deflate},
        {"deflate", raw.substr(0, 1), undecided},
        // Text, as compressed data may begin by chance.
        {"deflate", "K", undecided},
        {"deflate", "K12345678901234", undecided},
        {"deflate", "K123456\x01", deflate},
        {"deflate", "data: {\"choices\":", plain},
        {"deflate", text, plain, true},
        {"deflate", text, undecided},
        // No block has this type.
        {"deflate", "\x07\xff\x00"s, plain},
        {"", zlib, plain},
        {"br", brotli, plain},
        {"br", gzip, plain},
        {"zstd", zstd, plain},
        {"gzip, gzip", gzip, plain},
        {"br, gzip", gzip, plain},
        {"deflate, identity", zlib, codec::content_format::zlib},
    };
    for (auto const& each : rows) {
        auto const found = codec::content_format_of(each.label, each.body, each.is_whole);
        BOOST_TEST((found == each.format), each.label << ": " << &each - rows.data());
    }
}

BOOST_AUTO_TEST_CASE(what_is_coded) {
    BOOST_TEST(coding_of("gzip", gzip) == "gzip");
    BOOST_TEST(coding_of("x-gzip", gzip) == "x-gzip");
    BOOST_TEST(coding_of("deflate", zlib) == "deflate");
    BOOST_TEST(coding_of("br", brotli) == "br");
    BOOST_TEST(coding_of("zstd", zstd) == "zstd");
    BOOST_TEST(coding_of(" gzip, br ", brotli) == "gzip, br");
    // The first byte alone.
    BOOST_TEST(coding_of("gzip", gzip.substr(0, 1)) == "gzip");
    BOOST_TEST(coding_of("br", brotli.substr(0, 1)) == "br");
}

BOOST_AUTO_TEST_CASE(without_a_label) {
    BOOST_TEST(coding_of("", gzip) == "gzip");
    BOOST_TEST(coding_of("identity", gzip) == "gzip");
    BOOST_TEST(coding_of("", zstd) == "zstd");
    // Nothing distinguishes these from garbage.
    BOOST_TEST(coding_of("", brotli) == "");
    BOOST_TEST(coding_of("", zlib) == "");
}

BOOST_AUTO_TEST_CASE(a_magic_that_comes_in_pieces) {
    for (auto const& body : {gzip, zstd}) {
        codec::chunk_reader reader(200, "text/event-stream", codec::chunk_limits());
        chat_chunk chunk;
        auto how = codec::chunk_reader::outcome::need_more;
        for (std::size_t i = 0; i < body.size() && how == codec::chunk_reader::outcome::need_more; ++i) {
            reader.put(std::string_view(body).substr(i, 1));
            how = reader.next(chunk);
        }
        BOOST_TEST((how == codec::chunk_reader::outcome::failed));
        BOOST_TEST((reader.ec() == errc::unsupported_content_encoding));
        BOOST_TEST(reader.is_document());
    }
}

BOOST_AUTO_TEST_CASE(text_is_no_content_coding) {
    for (std::string const label : {"", "identity", "IDENTITY", "gzip", "br", "utf-8", "aws-chunked"}) {
        for (std::string const body :
             {"",
              "{",
              "{\"choices\":[]}",
              " \r\n\t{",
              "data: {}\n\n",
              "<html>",
              "gr\xc3\xbc\xc3\x9f",
              "gr\xc3"})
            BOOST_TEST(coding_of(label, body) == "", label << " on " << body);
        // A character that the look at the beginning cuts.
        for (std::size_t n = 250; n < 260; ++n)
            BOOST_TEST(coding_of(label, std::string(n, 'x') + "\xf0\x9f\x98\x80 and so on") == "");
    }
}

BOOST_AUTO_TEST_CASE(labels_are_shown_in_one_short_line) {
    auto const shown = coding_of("a\x01" + std::string(5000, 'b'), gzip);
    BOOST_TEST(shown.size() < 60u);
    BOOST_TEST(shown.find('\x01') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_reply_that_was_not_understood) {
    auto const coded = judge("gzip", gzip);
    BOOST_TEST((coded.ec == errc::unsupported_content_encoding));
    BOOST_TEST(coded.detail.find("gzip") != std::string::npos);
    BOOST_TEST((judge("", gzip).ec == errc::unsupported_content_encoding));
    BOOST_TEST((judge("br", brotli).ec == errc::unsupported_content_encoding));
    // Broken, and not coded.
    BOOST_TEST((judge("gzip", "{\"choices\"").ec == errc::invalid_json));
    BOOST_TEST((judge("br", "<html>").ec == errc::unexpected_content_type));
}

BOOST_AUTO_TEST_CASE(a_reply_that_was_understood_stays) {
    auto const body = codec::reply_with_message(R"({"content":"Hello"})");
    BOOST_TEST(!judge("br", body).ec);
    auto const refused = judge("br", R"({"error":{"message":"Slow down"}})", 429);
    BOOST_TEST((refused.ec == make_http_error(429)));
    BOOST_TEST(refused.error.message == "Slow down");
    BOOST_TEST(refused.detail.find("coding") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_error_stays_one_without_garbage) {
    for (int const status : {400, 429, 502}) {
        auto const refused = judge("gzip", gzip, status);
        BOOST_TEST((refused.ec == make_http_error(status)));
        BOOST_TEST(refused.error.message == "");
        BOOST_TEST(refused.detail.find("gzip") != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(a_stream_is_judged_by_its_first_bytes) {
    for (std::string const type : {"text/event-stream", "application/json", ""}) {
        codec::chunk_reader reader(200, type, codec::chunk_limits(), "gzip");
        reader.put(gzip);
        chat_chunk chunk;
        BOOST_TEST((reader.next(chunk) == codec::chunk_reader::outcome::failed));
        BOOST_TEST((reader.ec() == errc::unsupported_content_encoding));
        BOOST_TEST(reader.detail().find("gzip") != std::string::npos);
        BOOST_TEST((reader.next(chunk) == codec::chunk_reader::outcome::failed));
    }
}

BOOST_AUTO_TEST_SUITE_END()
