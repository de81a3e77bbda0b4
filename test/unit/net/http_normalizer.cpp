// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/http/http_normalizer.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace {

using async_llm::net::http_normalizer;
using async_llm::net::http_part;

/// A part, and its strict form: nothing if it is strict itself.
struct mended {
    mended(http_part p, std::string b, std::string s = {})
        : part(p), bytes(std::move(b)), strict(std::move(s)) {}

    http_part part;
    std::string bytes;
    std::string strict;
};

struct refusal {
    refusal(http_part p, std::string b, std::size_t s) : part(p), bytes(std::move(b)), size(s) {}

    http_part part;
    std::string bytes;
    std::size_t size; // before the refused byte
};

constexpr auto head = http_part::head;
constexpr auto first = http_part::first_chunk_header;
constexpr auto later = http_part::chunk_header;
constexpr auto trailer = http_part::trailer;

http_normalizer read(http_part part, std::string_view bytes, std::size_t step) {
    http_normalizer result(part);
    for (std::size_t size = 0; size < bytes.size();) {
        size = std::min(size + step, bytes.size());
        result.read(bytes.substr(0, size));
    }
    return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(http_normalizer)

BOOST_AUTO_TEST_CASE(parts_that_are_mended) {
    std::string const ok = "HTTP/1.1 200 OK\r\n";
    std::vector<mended> const rows{
        // Strict ones.
        {head, ok + "A: b\r\n\r\n"},
        {head, ok + "\r\n"},
        {head, "HTTP/1.0 503 \r\n\r\n"},
        {head, ok + "A:b\r\nB:\r\nC: \t d \r\nD: \xe4\xf6:\"\r\n\r\n"},
        {first, "5\r\n"},
        {first, "0005\r\n"},
        {first, "10\r\n"},
        {first, "0100 \n", "0100\r\n"},
        {first, "fF;a=b\r\n"},
        {first, "1;a=\"\\\"x\\\\\";b\r\n"},
        {first, "0\r\n\r\n"},
        {first, "000;a\r\nA: b\r\n\r\n"},
        {later, "\r\n5\r\n", "5\r\n"},
        {later, "\r\n0\r\nA: b\r\n\r\n", "0\r\nA: b\r\n\r\n"},
        {trailer, "\r\n"},
        {trailer, "A: b\r\n\r\n"},
        // A status line that ends with its code.
        {head, "HTTP/1.1 200\r\n\r\n", "HTTP/1.1 200 \r\n\r\n"},
        {head, "HTTP/1.0 404\n\n", "HTTP/1.0 404 \r\n\r\n"},
        // White space before the colon.
        {head, ok + "A : b\r\nB\t \t:c\r\n\r\n", ok + "A: b\r\nB:c\r\n\r\n"},
        {trailer, "A : b\r\n\r\n", "A: b\r\n\r\n"},
        {first, "0\r\nA : b\r\n\r\n", "0\r\nA: b\r\n\r\n"},
        // Line feeds.
        {head, "HTTP/1.1 200 OK\nA: b\nB:\n\n", ok + "A: b\r\nB:\r\n\r\n"},
        {head, ok + "A: b\n\r\n", ok + "A: b\r\n\r\n"},
        {head, ok + "A: b\r\n\n", ok + "A: b\r\n\r\n"},
        {first, "5\n", "5\r\n"},
        {first, "5;a=\"b\"\n", "5;a=\"b\"\r\n"},
        {first, "0\n\n", "0\r\n\r\n"},
        {first, "0\r\n\n", "0\r\n\r\n"},
        {later, "\n5\n", "5\r\n"},
        {later, "\n5\r\n", "5\r\n"},
        {later, "\r\n5\n", "5\r\n"},
        {later, "\n0\nA: b\n\n", "0\r\nA: b\r\n\r\n"},
        {trailer, "\n", "\r\n"},
        // Padded sizes.
        {first, "5  \r\n", "5\r\n"},
        {first, "5\t \n", "5\r\n"},
        {first, "0 \r\n\r\n", "0\r\n\r\n"},
        {later, "\r\n1f \r\n", "1f\r\n"},
        // Before an extension the strict syntax has white space, so it is no deviation.
        {first, "5 \t;a\n", "5;a\r\n"},
        // All of them.
        {later, "\n00 \nA : b\n\n", "00\r\nA: b\r\n\r\n"},
        {head, "HTTP/1.1 200\nA\t: b\r\nB:c\n\r\n", "HTTP/1.1 200 \r\nA: b\r\nB:c\r\n\r\n"},
    };
    for (auto const& row : rows) {
        auto const expected = row.strict.empty() ? row.bytes : row.strict;
        auto const begin = row.part == later ? row.bytes.find('\n') + 1 : 0;
        bool const is_strict = expected == row.bytes.substr(begin) && (begin == 0 || row.bytes[0] == '\r');
        for (std::size_t step = 1; step <= row.bytes.size(); ++step) {
            auto const whole = read(row.part, row.bytes, step);
            BOOST_TEST(whole.complete(), row.bytes);
            BOOST_TEST(!whole.refused());
            BOOST_TEST(whole.deviates() == !is_strict, row.bytes);
            BOOST_TEST(whole.text() == expected);
            BOOST_TEST(whole.size() == row.bytes.size());
        }
        // Neither less nor more makes it complete.
        for (std::size_t size = 0; size < row.bytes.size(); ++size) {
            auto const some = read(row.part, std::string_view(row.bytes).substr(0, size), size);
            BOOST_TEST(!some.complete(), row.bytes);
            BOOST_TEST(!some.refused(), row.bytes);
        }
        BOOST_TEST(read(row.part, row.bytes + "\x01", 100).size() == row.bytes.size());
        // A strict part stays, so that the strict parser can't refuse it a second time for something new.
        auto const again = row.part == later ? first : row.part;
        BOOST_TEST(read(again, expected, 100).text() == expected);
        BOOST_TEST(!read(again, expected, 100).deviates());
    }
}

BOOST_AUTO_TEST_CASE(parts_that_are_refused) {
    std::string const ok = "HTTP/1.1 200 OK\r\n";
    auto const n = ok.size();
    std::vector<refusal> const rows{
        {head, "\r\n" + ok, 0},
        {head, "SSH-2.0-x\r\n", 0},
        {head, "http/1.1 200\r\n", 0},
        {head, "HTTP/2 200\r\n", 5},
        {head, "HTTP/1.2 200\r\n", 7},
        {head, "HTTP/1.1  200\r\n", 9},
        {head, "HTTP/1.1\t200\r\n", 8},
        {head, "HTTP/1.1 20\r\n", 11},
        {head, "HTTP/1.1 20\n", 11},
        {head, "HTTP/1.1 20x OK\r\n", 11},
        {head, "HTTP/1.1 2000\r\n", 12},
        {head, "HTTP/1.1 200\tOK\r\n", 12},
        {head, "HTTP/1.1 200 O\x01K\r\n", 14},
        {head, std::string("HTTP/1.1 200 \0\r\n", 16), 13},
        {head, "HTTP/1.1 200\r\r\n", 13},
        {head, "HTTP/1.1 200\rA: b\n", 13},
        {head, ok + "A: b\rB: c\r\n\r\n", n + 5},
        {head, ok + "A: b\r\r\n\r\n", n + 5},
        {head, ok + "\r\r\n", n + 1},
        {head, ok + " A: b\r\n\r\n", n},
        {head, ok + "A: b\n c\n\n", n + 5},
        {head, ok + "A: b\r\n\tc\r\n\r\n", n + 6},
        {head, ok + " \r\n\r\n", n},
        {head, ok + ": b\r\n\r\n", n},
        {head, ok + "A\r\n\r\n", n + 1},
        {head, ok + "A \n\n", n + 2},
        {head, ok + "A B: c\r\n\r\n", n + 2},
        {head, ok + "A(: c\r\n\r\n", n + 1},
        {head, ok + "A\xe4: c\r\n\r\n", n + 1},
        {head, ok + "A\x01: c\r\n\r\n", n + 1},
        {head, ok + "A: b\x7f\r\n\r\n", n + 4},
        {head, ok + std::string("A: \0\r\n\r\n", 8), n + 3},
        {trailer, "A B: c\r\n\r\n", 2},
        {first, "\r\n5\r\n", 0},
        {first, "\n", 0},
        {first, " 5\r\n", 0},
        {first, "+5\r\n", 0},
        {first, "-1\r\n", 0},
        {first, "0x5\r\n", 1},
        {first, "1_0\r\n", 1},
        {first, "5h\n", 1},
        {first, "5 5\r\n", 2},
        {first, "5\r5\n", 2},
        {first, ";a\r\n", 0},
        {first, "5;a=\x01\n", 4},
        {first, "5;a=\"b\n\"\n", 6},
        {first, "5;a=\"\\\n\"\n", 6},
        {first, "0\nA: b\n c\n\n", 7},
        {later, "x\r\n5\r\n", 0},
        {later, " \r\n5\r\n", 0},
        {later, "\n\n5\n", 1},
        {later, "\r\r\n5\r\n", 1},
        {later, "5\r\n", 0},
    };
    for (auto const& row : rows) {
        for (std::size_t step = 1; step <= row.bytes.size(); ++step) {
            auto const whole = read(row.part, row.bytes, step);
            BOOST_TEST(whole.refused(), row.bytes);
            BOOST_TEST(!whole.complete());
            BOOST_TEST(whole.size() == row.size, row.bytes << ": " << whole.size());
        }
    }
}

BOOST_AUTO_TEST_CASE(the_line_of_a_refusal) {
    auto const field = read(head, "HTTP/1.1 200\nA: b\nBad Name: x\n", 100);
    BOOST_TEST(field.line() == 18u);
    BOOST_TEST(field.is_field());
    BOOST_TEST(!read(head, "HTTP/1.1 200\tOK", 100).is_field());
    auto const size = read(later, "\nzz", 100);
    BOOST_TEST(size.line() == 1u);
    BOOST_TEST(!size.is_field());
    BOOST_TEST(read(first, "0\n(", 100).is_field());
}

// Each deviation is seen no later than a strict parser can refuse it, so that its refusal need not wait.
BOOST_AUTO_TEST_CASE(deviations_are_seen_at_their_first_byte) {
    for (auto const& [part, strict, next] : std::vector<std::tuple<http_part, std::string, std::string>>{
             {head, "HTTP/1.1 200", "\r"},
             {head, "HTTP/1.1 200 OK", "\n"},
             {head, "HTTP/1.1 200 OK\r\nA", " "},
             {head, "HTTP/1.1 200 OK\r\nA: b", "\n"},
             {head, "HTTP/1.1 200 OK\r\nA: b\r\n", "\n"},
             {first, "5 ", "\r"},
             {first, "5", "\n"},
             {later, "", "\n"}
         }) {
        BOOST_TEST(!read(part, strict, 100).deviates(), strict);
        BOOST_TEST(read(part, strict + next, 100).deviates(), strict);
    }
}

BOOST_AUTO_TEST_SUITE_END()
