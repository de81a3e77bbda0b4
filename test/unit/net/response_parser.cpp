// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/http/response_parser.hpp"

#include "support/fixtures/response_parsing.hpp"
#include <async_llm/error.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using net::response_limits;

std::string const ok = "HTTP/1.1 200 OK\r\n";
std::string const chunked_head = ok + "Transfer-Encoding: chunked\r\n\r\n";

} // namespace

BOOST_AUTO_TEST_SUITE(response_parser)

BOOST_AUTO_TEST_CASE(chunked_bodies_in_every_split) {
    struct sample {
        sample(std::string c, std::string b) : chunks(std::move(c)), body(std::move(b)) {}

        std::string chunks;
        std::string body;
    };
    std::vector<sample> const samples{
        {"0\r\n\r\n", ""},
        {"00\r\n\r\n", ""},
        {"000\r\n\r\n", ""},
        {"0000000000\r\n\r\n", ""},
        {"0;a\r\n\r\n", ""},
        {"0;a=b;c=\"d;e\"\r\n\r\n", ""},
        {"0\r\nX-A: 1\r\n\r\n", ""},
        {"0\r\nX-A: 1\r\nX-B:\r\n folded\r\n\r\n", ""},
        {"0;a\r\nX:\r\n\r\n", ""},
        {"1\r\nx\r\n0\r\n\r\n", "x"},
        {"01\r\nx\r\n0\r\n\r\n", "x"},
        {"001\r\nx\r\n00\r\n\r\n", "x"},
        {"1\r\n0\r\n0\r\n\r\n", "0"},
        {"4\r\n0\r\n\r\r\n0\r\n\r\n", "0\r\n\r"},
        {"a\r\n0123456789\r\nA\r\n9876543210\r\n0\r\n\r\n", "01234567899876543210"},
        {"5;x=\"y\"\r\nhello\r\n00;z\r\nTrailer: yes\r\n\r\n", "hello"},
    };
    for (auto const& each : samples) {
        auto const text = chunked_head + each.chunks;
        auto const whole = parse({text});
        BOOST_CHECK_MESSAGE(!whole.ec, each.chunks << ": " << whole);
        BOOST_TEST(whole.complete);
        BOOST_TEST(whole.reusable);
        BOOST_TEST(whole.body == each.body);
        check_every_split(text);
        check_every_split("HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + text);
        check_every_split(text + "surplus");
    }
    for (std::string const& chunks : std::vector<
             std::string>{"0;\r\n\r\n", "0;=\r\n\r\n", "\r\n0\r\n\r\n", "0 0\r\n\r\n", "0\r\n: x\r\n\r\n"}) {
        BOOST_TEST((parse({chunked_head + chunks}).ec == errc::invalid_http));
        check_every_split(chunked_head + chunks);
    }
}

// Whatever a peer makes of a chunked body, and however it arrives: nothing is asserted, and the split makes
// no difference.
BOOST_AUTO_TEST_CASE(all_short_chunked_bodies_of_some_bytes) {
    constexpr std::string_view bytes = "01\r\n;\"";
    std::size_t complete = 0;
    for (std::size_t length = 1; length <= 6; ++length) {
        std::vector<std::size_t> digits(length, 0);
        for (;;) {
            auto text = chunked_head;
            for (auto const digit : digits) text += bytes[digit];
            text += "\r\n\r\n";
            auto const whole = parse({text});
            complete += whole.complete ? 1 : 0;
            // An error may come earlier if there are fewer bytes to look at, and is the same.
            auto const split = parse(bytes_of(text));
            if (split.ec != whole.ec || split.complete != whole.complete || split.body != whole.body)
                BOOST_ERROR(text.substr(chunked_head.size()) << ": " << split << ", whole: " << whole);
            std::size_t at = 0;
            while (at != length && ++digits[at] == bytes.size()) digits[at++] = 0;
            if (at == length) break;
        }
    }
    BOOST_TEST(complete > 100u);
}

BOOST_AUTO_TEST_CASE(nothing_is_delayed_that_is_content) {
    net::response_parser parser((response_limits()));
    BOOST_TEST(!parser.put(chunked_head));
    for (char const byte : std::string_view("01\r\n")) BOOST_TEST(!parser.put(std::string_view(&byte, 1)));
    BOOST_TEST(!parser.put("x"));
    BOOST_TEST(parser.body() == "x");
    BOOST_TEST(!parser.put(""));
    BOOST_TEST(!parser.put("\r\n1\r\ny"));
    BOOST_TEST(parser.body() == "xy");
    BOOST_TEST(!parser.put("\r\n0\r\n\r"));
    BOOST_TEST(!parser.complete());
    BOOST_TEST(!parser.put("\n"));
    BOOST_TEST(parser.reusable());
}

BOOST_AUTO_TEST_CASE(an_end_within_the_last_chunk_is_a_truncation) {
    for (std::string const& last :
         std::vector<std::string>{"0", "0\r", "0\r\n", "0\r\n\r", "0\r\nX: 1\r\n\r"}) {
        for (bool const properly : {false, true}) {
            net::response_parser parser((response_limits()));
            BOOST_TEST(!parser.put(chunked_head));
            for (auto const piece : bytes_of(last)) BOOST_TEST(!parser.put(piece));
            BOOST_TEST((parser.put_eof(properly) == errc::truncated_response));
            BOOST_TEST(!parser.complete());
            BOOST_TEST(!parser.reusable());
        }
    }
}

BOOST_AUTO_TEST_CASE(a_body_without_a_length_ends_properly_or_not_at_all) {
    for (bool const properly : {false, true}) {
        net::response_parser parser((response_limits()));
        BOOST_TEST(!parser.put(ok + "\r\nsome"));
        BOOST_TEST(!parser.complete());
        auto const ec = parser.put_eof(properly);
        BOOST_TEST((ec == (properly ? error_code() : make_error_code(errc::truncated_response))));
        BOOST_TEST(parser.complete() == properly);
        BOOST_TEST(!parser.reusable());
    }
    // Within a head, or a length that was announced, the end is never proper.
    for (std::string const& text : {ok, ok + "Content-Length: 5\r\n\r\nsome"}) {
        net::response_parser parser((response_limits()));
        BOOST_TEST(!parser.put(text));
        BOOST_TEST((parser.put_eof(true) == errc::truncated_response));
    }
    net::response_parser done((response_limits()));
    BOOST_TEST(!done.put(ok + "Content-Length: 0\r\n\r\n"));
    BOOST_TEST(!done.put_eof(false));
}

BOOST_AUTO_TEST_CASE(trailer_fields_do_not_pass_for_those_of_the_head) {
    auto const result = parse({chunked_head + "0\r\nX-Request-Id: forged\r\n\r\n"});
    BOOST_TEST(result.complete);
    BOOST_TEST(result.fields == 1u);
}

BOOST_AUTO_TEST_CASE(what_comes_behind_the_reply_spoils_the_connection) {
    for (std::string const& reply :
         {ok + "Content-Length: 1\r\n\r\nx", chunked_head + "0\r\n\r\n", std::string("HTTP/1.1 204 N\r\n\r\n")
         }) {
        check_every_split(reply);
        check_every_split(reply + "H");
        BOOST_TEST(parse({reply}).reusable);
        BOOST_TEST(!parse({reply, "H"}).reusable);
        BOOST_TEST(parse({reply, "H"}).surplus);
        BOOST_TEST(!parse({reply + "H"}).reusable);
    }
    BOOST_TEST(!parse({ok + "Connection: close\r\nContent-Length: 0\r\n\r\n"}).reusable);
    BOOST_TEST(!parse({"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"}).reusable);
    BOOST_TEST(parse({"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n"}).reusable);
}

BOOST_AUTO_TEST_CASE(interim_responses_are_passed_over_up_to_a_number) {
    std::string const hints = "HTTP/1.1 103 Early Hints\r\nX: 1\r\n\r\n";
    for (std::size_t const count : {0u, 1u, 16u, 17u}) {
        std::string text;
        for (std::size_t i = 0; i != count; ++i) text += hints;
        text += ok + "Content-Length: 0\r\n\r\n";
        auto const whole = parse({text});
        auto const pieces = parse(bytes_of(text));
        BOOST_TEST((whole.ec == (count == 17 ? make_error_code(errc::invalid_http) : error_code())));
        BOOST_TEST((pieces.ec == whole.ec));
        if (count == 17) continue;
        BOOST_TEST(whole.status == 200);
        BOOST_TEST(whole.fields == 1u);
    }
    // Another protocol, which was not asked for; and what is no status at all.
    BOOST_TEST((parse({"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"}).ec == errc::invalid_http));
    BOOST_TEST((parse({"HTTP/1.1 099 Odd\r\nContent-Length: 0\r\n\r\n"}).ec == errc::invalid_http));
}

BOOST_AUTO_TEST_CASE(limits_hold_at_their_very_bytes) {
    auto const head = ok + "X: " + std::string(100, 'x') + "\r\nContent-Length: 3\r\n\r\n";
    response_limits limits(head.size(), 3);
    BOOST_TEST(parse({head + "abc"}, limits).complete);
    BOOST_TEST(parse(bytes_of(head + "abc"), limits).complete);
    limits.max_body = 2;
    BOOST_TEST((parse({head}, limits).ec == errc::response_too_large));
    --limits.max_head;
    BOOST_TEST((parse({head}, limits).ec == errc::header_too_large));
    BOOST_TEST((parse(bytes_of(head), limits).ec == errc::header_too_large));
    // It is refused before its end; each head counts anew.
    response_limits const short_head(60, 3);
    BOOST_TEST((parse({ok, head.substr(ok.size(), 61 - ok.size())}, short_head).ec == errc::header_too_large)
    );
    BOOST_TEST(!parse({ok, head.substr(ok.size(), 59 - ok.size())}, short_head).ec);
    auto const hints = "HTTP/1.1 103 Early Hints\r\n\r\n" + head;
    BOOST_TEST(parse({hints + "abc"}, response_limits(head.size(), 3)).complete);
    BOOST_TEST(parse(bytes_of(hints + "abc"), response_limits(head.size(), 3)).complete);

    // More than Beast takes by default.
    auto const large_head = ok + "X: " + std::string(20'000, 'x') + "\r\nContent-Length: 0\r\n\r\n";
    BOOST_TEST(parse({large_head}).complete);

    // Chunks are counted together.
    response_limits const three(1000, 3);
    BOOST_TEST(parse({chunked_head + "1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"}, three).complete);
    BOOST_TEST(
        (parse({chunked_head + "1\r\na\r\n3\r\nbcd\r\n0\r\n\r\n"}, three).ec == errc::response_too_large)
    );
    // A body without a length, too.
    BOOST_TEST(!parse({ok + "\r\nabc"}, three).ec);
    BOOST_TEST((parse({ok + "\r\nabcd"}, three).ec == errc::response_too_large));

    // A chunk header and a trailer have the limit of the head, which Beast 1.81 gives to neither.
    response_limits const small(chunked_head.size(), 0);
    std::string const room(chunked_head.size(), 'x');
    BOOST_TEST(!parse({chunked_head + "1;" + room.substr(2)}, small).ec);
    BOOST_TEST((parse({chunked_head + "1;" + room}, small).ec == errc::header_too_large));
    BOOST_TEST(!parse({chunked_head + "0\r\nX:" + room.substr(5)}, small).ec);
    BOOST_TEST((parse({chunked_head + "0\r\nX:" + room}, small).ec == errc::header_too_large));
    BOOST_TEST((parse(bytes_of(chunked_head + "0\r\nX:" + room), small).ec == errc::header_too_large));
}

BOOST_AUTO_TEST_CASE(an_answer_without_a_body_ends_with_its_head) {
    auto const text = ok + "Content-Length: 5\r\n\r\n";
    for (bool const without_body : {false, true}) {
        net::response_parser parser(response_limits(), without_body);
        BOOST_TEST(!parser.started());
        BOOST_TEST(!parser.put(text));
        BOOST_TEST(parser.started());
        BOOST_TEST(parser.has_head());
        BOOST_TEST(parser.complete() == without_body);
        BOOST_TEST(!parser.put("h"));
        BOOST_TEST(parser.has_surplus() == without_body);
    }
}

BOOST_AUTO_TEST_CASE(a_large_body_has_little_room_to_spare) {
    std::string const head = "HTTP/1.1 200 OK\r\nContent-Length: 20000000\r\n\r\n";
    net::response_parser parser{response_limits()};
    BOOST_TEST(!parser.put(head));
    std::string const piece(16u * 1024, 'x');
    for (std::size_t size = 0; size < 10'000'000; size += piece.size()) {
        BOOST_REQUIRE(!parser.put(piece));
        BOOST_REQUIRE(parser.body().capacity() <= (size + piece.size()) * 5 / 4 + 512u * 1024);
    }
}

BOOST_AUTO_TEST_SUITE_END()
