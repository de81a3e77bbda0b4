// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// Responses that deviate from RFC 9112, through response_parser.

#include "support/fixtures/response_parsing.hpp"
#include <async_llm/error.hpp>

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using net::response_limits;

std::string const ok = "HTTP/1.1 200 OK\r\n";
std::string const chunked_head = ok + "Transfer-Encoding: chunked\r\n\r\n";

// Beast shows the beginning of the part, depending on its version, or there is nothing to show.
std::string const any_line = "any";

struct sample {
    sample(std::string w, std::string b) : wire(std::move(w)), body(std::move(b)) {}

    std::string wire;
    std::string body;
};

/// The line that is shown for a response that is refused, in whatever pieces it comes.
std::string refused_line_of(std::string_view text, std::size_t step) {
    net::response_parser parser((response_limits()));
    for (auto const piece : bytes_of(text, step)) {
        if (!parser.put(piece)) continue;
        BOOST_TEST(static_cast<bool>(parser.cause()));
        return parser.refused_line();
    }
    return "not refused";
}

} // namespace

BOOST_AUTO_TEST_SUITE(lenient_responses)

BOOST_AUTO_TEST_CASE(what_deviates_is_read_in_every_split_and_ends_the_connection) {
    std::string const hello = "Content-Length: 5\r\n\r\nhello";
    std::vector<sample> const samples{
        // A status line that ends with its code.
        {"HTTP/1.1 200\r\n" + hello, "hello"},
        {"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", ""},
        {"HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "hello"},
        {"HTTP/1.1 200\n" + hello, "hello"},
        // White space before a colon: what frames the body is obeyed under it.
        {ok + "Content-Length : 5\r\n\r\nhello", "hello"},
        {ok + "Content-Length\t: 5\r\nA : b\r\n\r\nhello", "hello"},
        {ok + "Transfer-Encoding : chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "hello"},
        {ok + "A : b\r\n" + hello, "hello"},
        // Line feeds alone.
        {ok + "Content-Length: 5\r\n\nhello", "hello"},
        {ok + "Content-Length: 5\n\r\nhello", "hello"},
        {"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", "hello"},
        {"HTTP/1.1 200 OK\nContent-Length: 0\n\n", ""},
        {ok + "Content-Length: 5\r\nA: b\n\nhello", "hello"},
        {chunked_head + "5\nhello\r\n0\r\n\r\n", "hello"},
        {chunked_head + "5\r\nhello\n0\r\n\r\n", "hello"},
        {chunked_head + "5\r\nhello\r\n0\n\r\n", "hello"},
        {chunked_head + "5\r\nhello\r\n0\r\n\n", "hello"},
        {chunked_head + "5\nhello\n0\n\n", "hello"},
        {chunked_head + "0\n\n", ""},
        {chunked_head + "0\r\n\n", ""},
        {chunked_head + "0\n\r\n", ""},
        {chunked_head + "2\r\nhe\r\n3\nllo\r\n0\r\n\r\n", "hello"},
        {chunked_head + "2\nhe\r\n3\r\nllo\r\n0\r\n\r\n", "hello"},
        {chunked_head + "5;a=\"b\"\nhello\r\n0;c\n\n", "hello"},
        {chunked_head + "5\nh\r\nlo\n0\n\n", "h\r\nlo"},
        {chunked_head + "5\nh\rllo\n0\n\n", "h\rllo"},
        {chunked_head + "3\r\n0\n\n\r\n2\n\n\n\n0\n\n", "0\n\n\n\n"},
        // Trailers.
        {chunked_head + "5\r\nhello\r\n0\r\nA : b\r\n\r\n", "hello"},
        {chunked_head + "5\r\nhello\r\n0\r\nA: b\n\r\n", "hello"},
        {chunked_head + "5\r\nhello\r\n0\r\nA: b\r\nB: c\r\n\n", "hello"},
        {chunked_head + "0\nA: b\nB : c\n\n", ""},
        {chunked_head + "0\r\n0: b\n\n", ""},
        // Padded sizes.
        {chunked_head + "5  \r\nhello\r\n0\r\n\r\n", "hello"},
        {chunked_head + "5\t\r\nhello\r\n0\r\n\r\n", "hello"},
        {chunked_head + "5\r\nhello\r\n0 \t\r\n\r\n", "hello"},
        {chunked_head + "00  \r\n\r\n", ""},
        {chunked_head + "2 \r\nhe\r\n3 \r\nllo\r\n0 \r\n\r\n", "hello"},
        {chunked_head + "a \r\n0123456789\r\nA\r\n9876543210\r\n0\r\n\r\n", "01234567899876543210"},
        // All of them.
        {"HTTP/1.1 200\nTransfer-Encoding : chunked\n\n2 \nhe\n3\t\nllo\n0 \nA : b\n\n", "hello"},
    };
    for (auto const& each : samples) {
        auto const whole = parse({each.wire});
        BOOST_CHECK_MESSAGE(!whole.ec && whole.complete, each.wire << ": " << whole);
        BOOST_TEST(!whole.reusable, each.wire);
        BOOST_TEST(!whole.surplus);
        BOOST_TEST(whole.status == 200);
        BOOST_TEST(whole.body == each.body);
        check_every_split(each.wire);
        check_every_split(each.wire + "surplus");
        for (auto const* interim : {"HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103\nA : b\n\n"})
            check_every_split(interim + each.wire);
    }
}

BOOST_AUTO_TEST_CASE(fields_and_reason_are_those_of_the_strict_form) {
    for (std::size_t const step : {1u, 7u, 1000u}) {
        net::response_parser parser((response_limits()));
        auto const wire = "HTTP/1.1 503 Try later\nA : b \nC:\nTransfer-Encoding\t: chunked\n\n"
                          "2 \nhe\n0\nA: forged\n\n";
        for (auto const piece : bytes_of(wire, step)) BOOST_TEST(!parser.put(piece));
        BOOST_TEST(parser.complete());
        BOOST_TEST(parser.status() == 503);
        BOOST_TEST(parser.reason() == "Try later");
        BOOST_TEST_REQUIRE(parser.headers().size() == 3u);
        BOOST_TEST(parser.headers()[0].name == "A");
        BOOST_TEST(parser.headers()[0].value == "b");
        BOOST_TEST(parser.headers()[1].value == "");
        BOOST_TEST(parser.body() == "he");
        BOOST_TEST(parser.refused_line() == "");
        BOOST_TEST(!parser.cause());
    }
}

BOOST_AUTO_TEST_CASE(a_deviation_that_is_over_still_ends_the_connection) {
    BOOST_TEST(parse({"HTTP/1.1 103 Early Hints\r\n\r\n" + ok + "Content-Length: 0\r\n\r\n"}).reusable);
    BOOST_TEST(!parse({"HTTP/1.1 103\r\n\r\n" + ok + "Content-Length: 0\r\n\r\n"}).reusable);
    // The memory of a parser serves the next one on this thread, and its judgement does not.
    net::response_parser first((response_limits()));
    BOOST_TEST(!first.put("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n"));
    BOOST_TEST(!first.reusable());
    first.recycle();
    BOOST_TEST(parse({ok + "Content-Length: 0\r\n\r\n"}).reusable);
}

BOOST_AUTO_TEST_CASE(a_deviating_head_may_have_a_body_without_a_length) {
    for (bool const properly : {false, true}) {
        net::response_parser parser((response_limits()));
        BOOST_TEST(!parser.put("HTTP/1.1 200 OK\nA: b\n\nsome"));
        BOOST_TEST(parser.has_head());
        BOOST_TEST(parser.body() == "some");
        auto const ec = parser.put_eof(properly);
        BOOST_TEST((ec == (properly ? error_code() : make_error_code(errc::truncated_response))));
    }
    // The end within a part that deviates is none.
    for (auto const* text : {"HTTP/1.1 200\nA: b\n", "HTTP/1.1 200 OK\r\nA : b\r\n"}) {
        net::response_parser parser((response_limits()));
        BOOST_TEST(!parser.put(text));
        BOOST_TEST((parser.put_eof(true) == errc::truncated_response));
    }
    net::response_parser parser((response_limits()));
    BOOST_TEST(!parser.put(chunked_head + "2 \r\nhe\r\n0 \r\nA: b"));
    BOOST_TEST((parser.put_eof(true) == errc::truncated_response));
}

BOOST_AUTO_TEST_CASE(what_is_no_deviation_of_the_four_is_refused) {
    std::string const lf = "HTTP/1.1 200\n";
    std::vector<sample> const rows{
        // Neither strict nor lenient.
        {"\r\n" + ok, any_line},
        {"HTTP/1.1 2000\r\n\r\n", "\"HTTP/1.1 2000\""},
        {"HTTP/1.1\t200 OK\r\n\r\n", "\"HTTP/1.1 200 OK\""},
        {lf + "Bad Name: x\n\n", "\"Bad Name: x\""},
        {lf + "A: b\n folded\n\n", "\"folded\""},
        {lf + "A: b\rC: d\n\n", "\"A: b\""},
        {lf + std::string("A: \0x\n\n", 7), "\"A: ?x\""},
        {lf + "A: \x01x\n\n", "\"A: ?x\""},
        {lf + ": x\n\n", "\": x\""},
        {lf + "no colon\n\n", "\"no colon\""},
        {"HTTP/1.1 099\n\n", "\"HTTP/1.1 099\""},
        // Refused by their values.
        {lf + "Content-Length: 1\nContent-Length: 2\n\n", "\"Content-Length: 2\""},
        {lf + "Content-Length : 1\nContent-Length: 2\n\n", "\"Content-Length: 2\""},
        {lf + "Content-Length: 1, 2\n\n", "\"Content-Length: 1, 2\""},
        {lf + "Content-Length: +1\n\n", "\"Content-Length: +1\""},
        {lf + "Content-Length : 1\nTransfer-Encoding : chunked\n\n", "\"Transfer-Encoding: chunked\""},
        {lf + "Transfer-Encoding : chunked\nContent-Length: 1\n\n", "\"Content-Length: 1\""},
        {lf + "Transfer-Encoding : gzip\n\n", "\"Transfer-Encoding: gzip\""},
        // Chunks.
        {chunked_head + "+5\nhello", "\"+5\""},
        {chunked_head + "2\nhe\n0x5\nhello", "\"0x5\""},
        {chunked_head + "2\nhe\n5_0\nhello", "\"5_0\""},
        {chunked_head + "2\nhe\n 5\nhello", "\"5\""},
        {chunked_head + "2\nhe\n5 5\nhello", "\"5 5\""},
        {chunked_head + "2\nhe\n10000000000000000\nhello", "\"10000000000000000\""},
        {chunked_head + "2\nhe\n-1\nhello", "\"-1\""},
        {chunked_head + "2\nhe \n5\nhello", any_line},
        {chunked_head + "2\nhe\n\n5\nhello", "\"5\""},
        {chunked_head + "2\nhe\n5;=\nhello", "\"5;=\""},
        {chunked_head + "2\nhe\n5;\nhello", "\"5;\""},
        {chunked_head + "2\nhe\n0\nBad Name: x\n\n", "\"Bad Name: x\""},
        {chunked_head + "2\nhe\n0\nContent-Length: 7\n\n", any_line},
        {chunked_head + "2\nhe\n0\nTransfer-Encoding: chunked\n\n", any_line},
        {chunked_head + "2\nhe\n0\nA: b\n c\n\n", "\"c\""},
    };
    for (auto const& row : rows) {
        auto const whole = parse({row.wire});
        BOOST_TEST((whole.ec == errc::invalid_http), row.wire << ": " << whole);
        BOOST_TEST(!whole.complete);
        check_every_split_fails(row.wire);
        if (row.body != any_line) BOOST_TEST(refused_line_of(row.wire, 1000) == row.body);
    }
}

// A peer that speaks no HTTP, or goes silent behind an error, is not waited for.
BOOST_AUTO_TEST_CASE(what_can_not_become_right_is_refused_at_its_first_byte) {
    for (auto const* text :
         {"SSH-2.0-OpenSSH_9.2",
          "HTTP/1.1 20x ",
          "HTTP/1.1 200\nBad N",
          "HTTP/1.1 200 OK\nBad N",
          "HTTP/1.1 200 OK\r\nA : b\r\nBad N",
          "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\nA"}) {
        BOOST_TEST((parse({text}).ec == errc::invalid_http), text);
    }
    for (auto const* chunks :
         {"zz\r\n", "+5\n", " 5\n", "\n", "5\r5\n", "2\nhe\nzz", "2 \r\nhe\r\nzz\r\n", "0\nBad N"})
        BOOST_TEST((parse({chunked_head + chunks}).ec == errc::invalid_http), chunks);
}

BOOST_AUTO_TEST_CASE(strict_syntax_with_line_feeds_in_quotes_stays_strict) {
    for (auto const* size : {"5;a=\"\n\"", "5;a=\"\\\n\""}) {
        auto const wire = chunked_head + size + "\r\nhello\r\n0\r\n\r\n";
        BOOST_TEST(parse({wire}).reusable);
        check_every_split(wire);
    }
}

BOOST_AUTO_TEST_CASE(nothing_is_delayed_that_is_content) {
    net::response_parser parser((response_limits()));
    BOOST_TEST(!parser.put("HTTP/1.1 200\nTransfer-Encoding: chunked\n\n"));
    BOOST_TEST(parser.has_head());
    for (char const byte : std::string_view("01 \n")) BOOST_TEST(!parser.put(std::string_view(&byte, 1)));
    BOOST_TEST(!parser.put("x"));
    BOOST_TEST(parser.body() == "x");
    BOOST_TEST(!parser.put("\n1\ny"));
    BOOST_TEST(parser.body() == "xy");
    BOOST_TEST(!parser.put("\n0\n"));
    BOOST_TEST(!parser.complete());
    BOOST_TEST(!parser.put("\n"));
    BOOST_TEST(parser.complete());
}

BOOST_AUTO_TEST_CASE(limits_hold_for_what_deviates) {
    auto const head = "HTTP/1.1 200\nX: " + std::string(100, 'x') + "\nContent-Length: 3\n\n";
    response_limits limits(head.size(), 3);
    BOOST_TEST(parse({head + "abc"}, limits).complete);
    check_every_split(head + "abc", limits);
    limits.max_body = 2;
    BOOST_TEST((parse({head}, limits).ec == errc::response_too_large));
    --limits.max_head;
    for (std::size_t const step : {1u, 50u, 1000u})
        BOOST_TEST((parse(bytes_of(head, step), limits).ec == errc::header_too_large));
    // Without an end.
    for (std::size_t const step : {1u, 50u, 1000u}) {
        auto const endless = "HTTP/1.1 200\n" + std::string(limits.max_head, 'x');
        BOOST_TEST((parse(bytes_of(endless, step), limits).ec == errc::header_too_large));
    }

    // Chunks are counted together, whichever parser reads their headers.
    response_limits const three(1000, 3);
    for (auto const* chunks :
         {"1 \r\na\r\n2\r\nbc\r\n0\r\n\r\n", "1\r\na\r\n2 \r\nbc\r\n0\r\n\r\n", "1\na\n2\nbc\n0\n\n"}) {
        BOOST_TEST(parse({chunked_head + chunks}, three).complete, chunks);
        check_every_split(chunked_head + chunks, three);
    }
    for (auto const* chunks :
         {"1 \r\na\r\n3\r\nbcd\r\n0\r\n\r\n",
          "1\r\na\r\n3 \r\nbcd\r\n0\r\n\r\n",
          "1\na\n3\nbcd\n0\n\n",
          "1\na\n1\nb\n2\ncd\n0\n\n"})
        BOOST_TEST((parse({chunked_head + chunks}, three).ec == errc::response_too_large), chunks);

    // A chunk header and a trailer have the limit of the head.
    response_limits const small(chunked_head.size(), 0);
    for (std::string const& begin : std::vector<std::string>{"1 ", "1\n1\n1", "0\nA:"}) {
        for (std::size_t const step : {1u, 1000u}) {
            auto const wire = chunked_head + begin + std::string(chunked_head.size(), ' ') + "\n\n";
            BOOST_TEST((parse(bytes_of(wire, step), small).ec == errc::header_too_large), begin);
        }
    }
}

// In as many pieces as there are bytes.
BOOST_AUTO_TEST_CASE(large_parts_byte_by_byte) {
    std::string fields;
    while (fields.size() < 60'000) fields += "A : b\n";
    response_limits const limits(64u * 1024, 0);
    BOOST_TEST(parse(bytes_of("HTTP/1.1 200\n" + fields + "\n"), limits).status == 200);
    auto const all = parse(bytes_of(chunked_head + "0\n" + fields + "\n"), limits);
    BOOST_TEST(all.complete);
    auto const late = ok + "A: " + std::string(60'000, 'x') + "\r\nContent-Length : 0\r\n\r\n";
    BOOST_TEST(parse(bytes_of(late), limits).complete);
}

BOOST_AUTO_TEST_CASE(transfer_codings_other_than_chunked_are_refused) {
    for (auto const* value : {"chunked", "Chunked", " \t CHUNKED \t"}) {
        auto const wire = ok + "Transfer-Encoding:" + value + "\r\n\r\n2\r\nhi\r\n0\r\n\r\n";
        BOOST_TEST(parse({wire}).reusable, value);
        check_every_split(wire);
    }
    for (std::string const& value : std::vector<std::string>{
             "gzip, chunked",
             "chunked, chunked",
             "chunked,gzip",
             "chunked;q=1",
             "chunked,",
             ",chunked",
             "\"chunked\"",
             "xchunked",
             "chunkedx",
             "chunke",
             "gzip",
             "identity",
             "identity, chunked",
             ""
         }) {
        for (auto const* length : {"", "Content-Length: 2\r\n"}) {
            auto const line = "Transfer-Encoding: " + value;
            auto const wire = ok + line + "\r\n" + length + "\r\n2\r\nhi\r\n0\r\n\r\n";
            BOOST_TEST((parse({wire}).ec == errc::invalid_http), wire);
            check_every_split_fails(wire);
            BOOST_TEST(refused_line_of(wire, 1000).starts_with("\"Transfer-Encoding:"));
        }
    }
    auto const chunked = "Transfer-Encoding: chunked\r\n";
    for (auto const* second :
         {"Transfer-Encoding: chunked\r\n", "Transfer-Encoding: gzip\r\n", "Content-Length: 2\r\n"}) {
        BOOST_TEST(
            (parse({ok + chunked + second + "\r\n2\r\nhi\r\n0\r\n\r\n"}).ec == errc::invalid_http),
            second
        );
        BOOST_TEST(
            (parse({ok + second + chunked + "\r\n2\r\nhi\r\n0\r\n\r\n"}).ec == errc::invalid_http),
            second
        );
    }
    // A tunnel has no framing of its own, whatever the proxy says.
    net::response_parser tunnel(response_limits(), true);
    BOOST_TEST(!tunnel.put(ok + "Transfer-Encoding: identity\r\n\r\n"));
    BOOST_TEST(tunnel.complete());
    // HTTP/1.0 has no codings, so its framing is not to be trusted twice.
    auto const old =
        parse({"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n" + std::string(chunked) + "\r\n0\r\n\r\n"});
    BOOST_TEST(old.complete);
    BOOST_TEST(!old.reusable);
}

BOOST_AUTO_TEST_SUITE_END()
