// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "base/sanitize.hpp"
#include <async_llm/completion_error.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <type_traits>

using namespace async_llm;
using codec::html_to_text;
using codec::redact_keys;
using codec::sanitize;

namespace {

chat_response rate_limited() {
    chat_response response;
    response.info.provider = "openrouter";
    response.info.model = "meta-llama/x";
    response.info.phase = phase::waiting;
    response.info.status = 429;
    response.info.request_id = "abc";
    response.info.attempts = 1;
    response.error.message = "Rate limit exceeded";
    response.error.code = "rate_limited";
    return response;
}

} // namespace

BOOST_AUTO_TEST_SUITE(completion_error)

BOOST_AUTO_TEST_CASE(the_whole_story_in_one_line) {
    BOOST_TEST(
        explain(make_http_error(429), rate_limited()) ==
        R"(openrouter: meta-llama/x: HTTP 429 Too Many Requests while waiting: "Rate limit exceeded" )"
        R"([code rate_limited] (request id abc, attempt 1))"
    );
}

BOOST_AUTO_TEST_CASE(what_is_not_known_is_not_mentioned) {
    BOOST_TEST(
        explain(errc::invalid_request, chat_response()) ==
        make_error_code(errc::invalid_request).message() + " while preparing"
    );
    chat_response response;
    response.info.phase = phase::finished;
    response.info.detail = "choices is missing";
    BOOST_TEST(
        explain(errc::invalid_response, response) ==
        make_error_code(errc::invalid_response).message() + ": choices is missing"
    );
}

BOOST_AUTO_TEST_CASE(causes_and_upstreams) {
    auto response = rate_limited();
    response.info.cause = boost::system::errc::make_error_code(boost::system::errc::connection_refused);
    response.info.phase = phase::tls_handshake;
    response.error.code = "429";
    response.error.type = "rate_limit_exceeded";
    response.error.param = "model";
    response.error.provider_name = "DeepInfra";
    response.error.upstream = "slow\ndown";
    BOOST_TEST(
        explain(make_http_error(429), response) ==
        R"(openrouter: meta-llama/x: HTTP 429 Too Many Requests while agreeing on TLS: "Rate limit exceeded" )"
        R"([type rate_limit_exceeded, param model, from DeepInfra, upstream "slow down"] )"
        R"((cause: Connection refused, request id abc, attempt 1))"
    );
}

// Beside the provider's words, the library's sentence says what they do not.
BOOST_AUTO_TEST_CASE(words_and_the_sentence_about_them) {
    struct row {
        row(error_code e, int s, char const* w, char const* d, char const* t)
            : ec(e), status(s), words(w), sentence(d), told(t) {}
        error_code ec;
        int status;
        char const* words;
        char const* sentence;
        char const* told;
    };
    auto const of_ollama = R"(choices is missing: "{"done":true}", which is of Ollama's own API)";
    auto const status_line = "the provider answered with status 429 (text/plain)";
    for (auto const& each :
         {row(errc::invalid_response, 200, R"({"done":true})", of_ollama, of_ollama),
          row(errc::invalid_response,
              200,
              "other words",
              of_ollama,
              R"("other words" (choices is missing: "{"done":true}", which is of Ollama's own API))"),
          row(errc::stream_error,
              200,
              "an error",
              "event 3 of the stream is an error",
              R"("an error" (event 3 of the stream is an error))"),
          row(make_http_error(429),
              200,
              "slow down",
              "event 1 of the stream is an error",
              R"("slow down" (event 1 of the stream is an error))"),
          row(errc::generation_failed,
              200,
              "m",
              "the generation of choices[1] failed",
              R"("m" (the generation of choices[1] failed))"),
          row(errc::error_in_response, 200, "m", "", R"("m")"),
          row(errc::invalid_response, 200, "", "choices is missing", "choices is missing"),
          // A status says it all, unless the place is in question.
          row(make_http_error(429), 429, "slow down", status_line, R"("slow down")"),
          row(make_http_error(429), 429, "", status_line, status_line),
          row(make_http_error(404),
              404,
              "nothing here",
              "asked for https://h/v1/x",
              R"("nothing here" (asked for https://h/v1/x))")}) {
        chat_response response;
        response.info.phase = phase::finished;
        response.info.status = each.status;
        response.info.detail = each.sentence;
        response.error.message = each.words;
        auto const line = explain(each.ec, response);
        BOOST_TEST(line.substr(line.find(": ") + 2) == each.told);
    }
    chat_response response;
    response.error.message = std::string(5000, 'm');
    response.info.detail = std::string(5000, 'd');
    BOOST_TEST(explain(errc::stream_error, response).size() < 800u);
}

BOOST_AUTO_TEST_CASE(it_carries_everything) {
    async_llm::completion_error const error(make_http_error(429), rate_limited());
    BOOST_TEST((error.code() == make_http_error(429)));
    BOOST_TEST((error.code() == condition::rate_limited));
    BOOST_TEST(error.what() == explain(make_http_error(429), rate_limited()));
    BOOST_TEST(error.info().status == 429);
    BOOST_TEST(error.error().code == "rate_limited");
    BOOST_TEST(error.response().info.request_id == "abc");

    auto const copy = error;
    BOOST_TEST(&copy.response() == &error.response());
    std::exception const& base = copy;
    BOOST_TEST(std::string(base.what()) == error.what());
    static_assert(std::is_nothrow_copy_constructible_v<async_llm::completion_error>);
}

BOOST_AUTO_TEST_CASE(foreign_text_is_harmless_and_short) {
    auto response = rate_limited();
    response.error.message =
        "line one\r\nFAKE LOG LINE \x1b[31mred\x07 \xe2\x80\xaereversed \xff\xfe" + std::string(1, '\0');
    response.error.message += std::string(1 << 20, 'x');
    response.error.code = std::string(5000, 'c');
    response.error.provider_name = "a\nb";
    response.info.request_id = std::string(5000, 'r') + "\n";
    response.info.model = std::string(5000, 'm');
    auto const line = explain(make_http_error(429), response);
    for (char const c : line) BOOST_TEST((static_cast<unsigned char>(c) >= 0x20 && c != 0x7f));
    BOOST_TEST(line.find("line one FAKE LOG LINE ?[31mred? ?reversed ???x") != std::string::npos);
    BOOST_TEST(line.size() < 2000u);
}

BOOST_AUTO_TEST_CASE(keys_are_not_repeated) {
    auto response = rate_limited();
    std::string const key = "sk-or-v1-0123456789abcdef0123456789abcdef";
    response.error.message = "Incorrect API key provided: " + key + ". See https://example.com/keys";
    response.error.upstream = "Authorization: Bearer abcdef";
    response.info.detail = key;
    auto const line = explain(make_http_error(401), response);
    BOOST_TEST(line.find("0123456789") == std::string::npos);
    BOOST_TEST(line.find("abcdef") == std::string::npos);
    BOOST_TEST(
        line.find("Incorrect API key provided: ***. See https://example.com/keys") != std::string::npos
    );
    BOOST_TEST(line.find("Bearer ***") != std::string::npos);

    response.error.message.clear();
    BOOST_TEST(explain(make_http_error(401), response).find("0123456789") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(words_and_ids_are_no_keys) {
    for (auto const* text :
         {"",
          "meta-llama/Llama-3.3-70B-Instruct-Turbo",
          "123e4567-e89b-12d3-a456-426614174000",
          "task-1",
          "sk-1",
          "a long sentence of thirty-two and more letters",
          "npQoMP3-4yUbBN-92dab967fbdeb248"})
        BOOST_TEST(redact_keys(text) == text);
    BOOST_TEST(redact_keys("key 0123456789abcdef0123456789abcdef!") == "key ***!");
    BOOST_TEST(redact_keys("bearer  x y") == "bearer  *** y");
}

BOOST_AUTO_TEST_CASE(lines_are_cut_between_characters) {
    BOOST_TEST(sanitize("abc", 3) == "abc");
    BOOST_TEST(sanitize("abcd", 3) == "abc...");
    BOOST_TEST(sanitize("\xc3\xa4\xc3\xb6\xc3\xbc", 2) == "\xc3\xa4\xc3\xb6...");
    BOOST_TEST(sanitize("  a \t\r\n b  ", 10) == "a b");
    BOOST_TEST(
        sanitize(
            "a\xe2\x80\xa8"
            "b\xc2\x85"
            "c",
            10
        ) == "a b c"
    );
    BOOST_TEST(sanitize("\xed\xa0\x80", 10) == "???");
    BOOST_TEST(sanitize("\xf0\x9f\x98\x80", 10) == "\xf0\x9f\x98\x80");
    BOOST_TEST(sanitize("", 10) == "");
}

BOOST_AUTO_TEST_CASE(web_pages_become_their_text) {
    BOOST_TEST(
        html_to_text(
            "<!DOCTYPE html><html><head><title>502 Bad Gateway</title><style>p { color: red }</style>"
            "<SCRIPT src='x'>if (a < b) alert(1)</SCRIPT ></head><body><!-- <p>hidden</p> "
            "--><h1>Bad&nbsp;gateway</h1>"
            "<p>a &lt; b &amp; c < d</p></body></html>",
            200
        ) == "502 Bad Gateway Bad gateway a < b & c < d"
    );
    BOOST_TEST(html_to_text("text <b", 200) == "text");
    BOOST_TEST(html_to_text("text <!-- never closed", 200) == "text");
    BOOST_TEST(html_to_text("<script>never closed", 200) == "");
    BOOST_TEST(html_to_text("<p>" + std::string(1000, 'x'), 5) == "xxxxx...");
}

BOOST_AUTO_TEST_CASE(hostile_pages_take_linear_time) {
    std::string page;
    for (int i = 0; i < 1'000'000; ++i) page += "<!--<script";
    BOOST_TEST(html_to_text(page, 200) == "");
    page.assign(8'000'000, '<');
    BOOST_TEST(html_to_text(page, 3) == "<<<...");
    page.clear();
    for (int i = 0; i < 1'000'000; ++i) page += "<a>&";
    BOOST_TEST(html_to_text(page, 5) == "& & &...");
}

BOOST_AUTO_TEST_SUITE_END()
