// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "net/http2/request_fields.hpp"

#include "codec/http/base_url.hpp"
#include "codec/http/request_head.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <random>
#include <string>
#include <string_view>

using namespace async_llm;

namespace {

/// One line for each field; those that are never indexed have a star.
std::string read(net::request_fields& fields, std::string_view head, bool secure = true) {
    if (!fields.read(head, secure)) return "refused";
    std::string result;
    for (auto const& each : fields) {
        result += each.name;
        result += "=";
        result += each.value;
        result += each.never_indexed ? "*\n" : "\n";
    }
    return result;
}

std::string read(std::string_view head, bool secure = true) {
    net::request_fields fields;
    return read(fields, head, secure);
}

bool is_refused(std::string_view head) { return read(head) == "refused"; }

constexpr std::string_view pseudo_fields =
    ":method=POST\n:scheme=https\n:authority=api.example.com\n:path=/v1/x\n";

std::string with(std::string_view lines) {
    return "POST /v1/x HTTP/1.1\r\nHost: api.example.com\r\n" + std::string(lines) + "\r\n";
}

std::string expected(std::string_view lines) { return std::string(pseudo_fields) + std::string(lines); }

} // namespace

BOOST_AUTO_TEST_SUITE(request_fields)

BOOST_AUTO_TEST_CASE(pseudo_fields_come_first) {
    BOOST_TEST(read(with("Accept: */*\r\n")) == expected("accept=*/*\n"));
    auto const late_host = "GET / HTTP/1.1\r\nA: b\r\nHost: localhost:8080\r\n\r\n";
    BOOST_TEST(
        read(late_host, false) == ":method=GET\n:scheme=http\n:authority=localhost:8080\n:path=/\na=b\n"
    );
}

BOOST_AUTO_TEST_CASE(names_are_in_lower_case_and_values_are_as_they_were) {
    BOOST_TEST(read(with("X-Title: Some  Title \r\nB:\t1\r\n")) == expected("x-title=Some  Title\nb=1\n"));
}

BOOST_AUTO_TEST_CASE(what_speaks_of_the_connection_is_left_out) {
    auto const head = with(
        "Connection: close, X-Hop\r\nKeep-Alive: 5\r\nProxy-Connection: a\r\nTransfer-Encoding: chunked\r\n"
        "Upgrade: h2c\r\nTE: gzip\r\nX-Hop: 1\r\nX-Hope: 2\r\n"
    );
    BOOST_TEST(read(head) == expected("x-hope=2\n"));
}

BOOST_AUTO_TEST_CASE(credentials_are_never_indexed) {
    for (std::string_view const name :
         {"authorization",
          "proxy-authorization",
          "cookie",
          "api-key",
          "x-api-key",
          "x-goog-api-key",
          "x-auth-token",
          "ocp-apim-subscription-key",
          "helicone-auth"})
        BOOST_TEST(read(with(std::string(name) + ": s\r\n")) == expected(std::string(name) + "=s*\n"));
    for (std::string_view const name : {"user-agent", "accept", "content-type", "content-length", "x-title"})
        BOOST_TEST(read(with(std::string(name) + ": s\r\n")) == expected(std::string(name) + "=s\n"));
}

BOOST_AUTO_TEST_CASE(neither_is_a_query_nor_what_differs_in_each_request) {
    BOOST_TEST(read(with("Idempotency-Key: 1\r\n")) == expected("idempotency-key=1*\n"));
    auto const found = read("POST /v1?key=s HTTP/1.1\r\nHost: a\r\n\r\n");
    BOOST_TEST(found == ":method=POST\n:scheme=https\n:authority=a\n:path=/v1?key=s*\n");
}

BOOST_AUTO_TEST_CASE(no_head_is_refused) {
    for (std::string_view const head :
         {"",
          "\r\n",
          "POST\r\nHost: a\r\n\r\n",
          "POST / HTTP/1.1\r\n\r\n",
          "POST / HTTP/1.1\r\nHost:\r\n\r\n",
          "POST  HTTP/1.1\r\nHost: a\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: a\r\nB: c",
          "POST / HTTP/1.1\r\nHost: a\r\n",
          "POST / HTTP/1.1\r\nHost: a\r\n\r\nmore"})
        BOOST_TEST(is_refused(head), head);
}

BOOST_AUTO_TEST_CASE(an_object_reads_one_head_after_the_other) {
    net::request_fields fields;
    BOOST_TEST(!fields.read("nonsense", true));
    BOOST_TEST(fields.read(with("A: b\r\nConnection: close\r\n"), true));
    auto const second = with("C: d\r\n");
    BOOST_TEST(fields.read(second, true));
    BOOST_TEST(fields.size() == 5u);
    BOOST_TEST((fields.begin() + 4)->name == "c");
}

// Names are kept from one head to the next.
BOOST_AUTO_TEST_CASE(a_head_is_read_alike_whatever_was_read_before) {
    constexpr std::array<std::string_view, 9> lines{
        "A: 1\r\n",
        "a: 2\r\n",
        "A-B: 3\r\n",
        "Authorization: Bearer s\r\n",
        "Author: x:y\r\n",
        "Connection: A-B\r\n",
        "TE: gzip\r\n",
        "Host: other.example.com\r\n",
        "no field\r\n",
    };
    std::mt19937 random(7);
    net::request_fields kept;
    for (int round = 0; round != 2000; ++round) {
        std::string text;
        for (auto left = random() % 6; left != 0; --left) text += lines[random() % lines.size()];
        auto const head = with(text);
        BOOST_REQUIRE_EQUAL(read(kept, head), read(head));
    }
}

BOOST_AUTO_TEST_CASE(the_heads_of_the_client_are_read) {
    codec::base_url url;
    std::string detail;
    BOOST_REQUIRE(!codec::parse_base_url("https://api.example.com/v1", url, detail));
    provider endpoint = provider::openai_compatible("https://api.example.com/v1", "sk-secret");
    endpoint.headers.emplace_back("HTTP-Referer", "https://app.example");
    codec::static_request_head shared;
    BOOST_REQUIRE(!codec::build_static_head(url, endpoint, "agent/1", false, shared, detail));
    std::string head;
    BOOST_REQUIRE(!codec::append_head(shared, {{"X-Call", "7"}}, "key-1", 12, head, detail));
    auto const found = read(head);
    BOOST_TEST(
        found.starts_with(":method=POST\n:scheme=https\n:authority=api.example.com\n:path=/v1"),
        found
    );
    for (std::string_view const line :
         {"user-agent=agent/1\n",
          "authorization=Bearer sk-secret*\n",
          "http-referer=https://app.example\n",
          "x-call=7\n",
          "idempotency-key=key-1*\n",
          "content-length=12\n"})
        BOOST_TEST(found.find("\n" + std::string(line)) != std::string::npos, line);
    BOOST_TEST(found.find("connection") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
