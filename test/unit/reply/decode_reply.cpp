// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/streams/decoding.hpp"

#include <boost/test/unit_test.hpp>

using namespace async_llm;
using codec::decode;
using codec::decoded;

namespace {

std::string const good = R"({"id":"x","choices":[{"finish_reason":"stop","message":{"content":"Hi"}}]})";

bool is_good(decoded const& reply) {
    return !reply.ec && reply.completion.text() == "Hi" && reply.error.empty() && reply.detail.empty();
}

bool mentions(std::string const& text, std::string_view part) { return text.find(part) != std::string::npos; }

std::string nested(std::size_t depth) {
    return R"({"choices":[{"message":{"content":"Hi"}}],"x":)" + std::string(depth, '[') +
        std::string(depth, ']') + "}";
}

} // namespace

BOOST_AUTO_TEST_SUITE(decode_reply)

BOOST_AUTO_TEST_CASE(any_success_with_json) {
    for (int const status : {200, 201, 202, 206, 299}) BOOST_TEST(is_good(decode(good, status)), status);
    for (auto const* type :
         {"",
          "application/json; charset=utf-8",
          "application/problem+json",
          "text/plain",
          "text/html",
          "text/event-stream",
          "application/octet-stream"})
        BOOST_TEST(is_good(decode(good, 200, type)), type);
}

BOOST_AUTO_TEST_CASE(ai_1_created_and_eos) {
    auto const reply = decode(
        R"({"id":"86f1c6ea-IAD","object":"chat.completion","created":1713000000,"model":"m","prompt":[],"choices":[)"
        R"({"finish_reason":"eos","logprobs":null,"index":0,"message":{"role":"assistant","content":"Hi"}}],)"
        R"("usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}})",
        201
    );
    BOOST_TEST(!reply.ec, reply.detail);
    BOOST_TEST((reply.first().finish_reason == finish_reason::unknown));
    BOOST_TEST(reply.first().finish_reason.text() == "eos");
    BOOST_TEST(codec::text_of(reply.completion.extra) == R"({"prompt":[]})");
}

BOOST_AUTO_TEST_CASE(ai_3_reasoning_without_content) {
    auto const reply = decode(
        R"({"choices":[{"finish_reason":"length","message":{"role":"assistant","content":null,"reasoning_content":"hm"}}]})"
    );
    BOOST_TEST(!reply.ec, reply.detail);
    BOOST_TEST(reply.completion.text() == "");
    BOOST_TEST((reply.message().reasoning == "hm"));
}

BOOST_AUTO_TEST_CASE(ai_5_validation_rows) {
    auto const reply = decode(
        R"({"title":"Bad Request","status":400,"message":"Invalid payload provided","instance":"/v1/chat/completions",)"
        R"("timestamp":"t","error":{"name":"Error","message":"Invalid payload provided",)"
        R"("data":[{"path":["seed"],"message":"too small"}]}})",
        400
    );
    BOOST_TEST((reply.ec == make_http_error(400)));
    BOOST_TEST((reply.ec == condition::invalid_request));
    BOOST_TEST(reply.error.param == "seed");
}

BOOST_AUTO_TEST_CASE(ai_6_no_credit) {
    auto const reply = decode(
        R"({"title":"Forbidden","status":403,"message":"m","error":{"name":"E","message":"m",)"
        R"("data":{"kind":"err_insufficent_credits"}}})",
        403
    );
    BOOST_TEST((reply.ec == errc::insufficient_credits));
    BOOST_TEST((reply.ec == condition::insufficient_credits));
    BOOST_TEST(reply.error.status == 403);
}

BOOST_AUTO_TEST_CASE(ai_7_status_as_text) {
    auto const reply = decode(
        R"({"message":"Slow down","path":"/","requestId":"r","statusCode":"429","timestamp":"t"})",
        429
    );
    BOOST_TEST((reply.ec == make_http_error(429)));
    BOOST_TEST((reply.ec == condition::rate_limited));
    BOOST_TEST(reply.error.message == "Slow down");
    BOOST_TEST(reply.error.status == 429);
}

BOOST_AUTO_TEST_CASE(or_6_error_inside_of_200) {
    auto const reply = decode(
        R"({"error":{"message":"Provider returned error","code":429,"metadata":{"raw":"Too Many Requests",)"
        R"("provider_name":"X"}},"user_id":"user_x"})"
    );
    BOOST_TEST((reply.ec == make_http_error(429)));
    BOOST_TEST((reply.ec == condition::rate_limited));
    BOOST_TEST(reply.error.message == "Provider returned error");
    BOOST_TEST(reply.error.upstream == "Too Many Requests");
    BOOST_TEST(reply.error.provider_name == "X");
    BOOST_TEST(reply.error.raw.at("user_id").as_string() == "user_x");
    BOOST_TEST(codec::is_independent(reply.error.raw));
}

BOOST_AUTO_TEST_CASE(or_7_error_beside_null_choices) {
    auto const reply = decode(
        R"({"id":null,"choices":null,"created":null,"model":null,"object":null,"usage":null,)"
        R"("error":{"message":"Provider returned error","code":429,"metadata":{"raw":"Too Many Requests",)"
        R"("provider_name":"X"}},"user_id":"user_x"})"
    );
    BOOST_TEST((reply.ec == make_http_error(429)));
    BOOST_TEST(reply.completion.choices.empty());
}

BOOST_AUTO_TEST_CASE(or_8_padding) {
    std::string padding;
    for (int i = 0; i < 700; ++i) padding += i % 7 == 0 ? "\r\n" : "\n";
    BOOST_TEST(is_good(decode(padding + good)));
    BOOST_TEST(is_good(decode(std::string(4 << 20, ' ') + good)));
    BOOST_TEST(is_good(decode(": OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\r\n\r\n" + good)));
    BOOST_TEST(is_good(decode("\xef\xbb\xbf" + good)));
    std::string comments;
    for (int i = 0; i < 100'000; ++i) comments += ": OPENROUTER PROCESSING\n\n";
    BOOST_TEST(is_good(decode(comments + good)));
}

BOOST_AUTO_TEST_CASE(or_9_padding_alone) {
    for (auto const* body :
         {"", " ", "\n\n\n\n", "\r\n \t", "\xef\xbb\xbf\n", ": OPENROUTER PROCESSING\n\n", ":", ": x"})
        BOOST_TEST((decode(body).ec == errc::empty_response), body);
    BOOST_TEST((decode(std::string(4 << 20, '\n')).ec == errc::empty_response));
    BOOST_TEST((decode("", 200, "text/html").ec == errc::empty_response));
    BOOST_TEST((decode("", 204, "").ec == errc::empty_response));
    BOOST_TEST((decode(good, 204).ec == errc::empty_response));
    BOOST_TEST(mentions(decode("\n\n").detail, "2 bytes"));
}

BOOST_AUTO_TEST_CASE(or_10_limits_in_the_body) {
    auto const reply = decode(
        R"({"error":{"message":"Rate limit exceeded: free-models-per-min. ","code":429,"metadata":{"headers":{)"
        R"("X-RateLimit-Limit":"20","X-RateLimit-Remaining":"0","X-RateLimit-Reset":"1787356801000"}}},"user_id":"u"})",
        429
    );
    BOOST_TEST((reply.ec == make_http_error(429)));
    BOOST_TEST(reply.error.raw.at_pointer("/error/metadata/headers/X-RateLimit-Limit").as_string() == "20");
}

BOOST_AUTO_TEST_CASE(or_11_error_in_a_choice) {
    auto const reply = decode(
        R"({"id":"gen-1","choices":[{"index":0,"finish_reason":"error","message":{"role":"assistant","content":"Half a"},)"
        R"("error":{"code":502,"message":"Provider disconnected","metadata":{"provider_name":"X"}}}],)"
        R"("usage":{"prompt_tokens":null,"completion_tokens":null,"total_tokens":null}})"
    );
    BOOST_TEST((reply.ec == make_http_error(502)));
    BOOST_TEST(reply.completion.text() == "Half a");
    BOOST_TEST(reply.completion.id == "gen-1");
    BOOST_TEST_REQUIRE(reply.completion.usage.has_value());
    BOOST_TEST(reply.completion.usage->total_tokens == 0);
    BOOST_TEST(reply.error.message == "Provider disconnected");
    BOOST_TEST(reply.error.provider_name == "X");
    BOOST_TEST_REQUIRE(reply.first().error.has_value());
    BOOST_TEST(reply.first().error->status == 502);
}

BOOST_AUTO_TEST_CASE(or_12_status_without_code) {
    auto const reply =
        decode(R"({"error":{"message":"No capacity","http_status":429,"error_type":"rate_limit_exceeded",)"
               R"("availability":{"code":"capacity_exhausted","retryable":true,"retry_after":40}}})");
    BOOST_TEST((reply.ec == make_http_error(429)));
    BOOST_TEST((decode(R"({"error":{"http_status":429}})", 503).ec == make_http_error(503)));
}

BOOST_AUTO_TEST_CASE(failed_generations_without_status) {
    auto const word = decode(
        R"({"choices":[{"finish_reason":"error","message":{"content":"a"},"error":{"code":"odd_error","message":"m"}}]})"
    );
    BOOST_TEST((word.ec == errc::generation_failed));
    BOOST_TEST(word.error.code == "odd_error");
    BOOST_TEST(word.completion.text() == "a");

    auto const reason =
        decode(R"({"choices":[{"message":{"content":"a"}},{"finish_reason":"error","message":{}}]})");
    BOOST_TEST((reason.ec == errc::generation_failed));
    BOOST_TEST(mentions(reason.detail, "choices[1]"));
    BOOST_TEST(reason.completion.choices.size() == 2u);

    auto const text =
        decode(R"({"choices":[{"finish_reason":"stop","message":{"content":"a"},"error":"broken"}]})");
    BOOST_TEST((text.ec == errc::generation_failed));
    BOOST_TEST(text.error.message == "broken");
    BOOST_TEST((decode(R"({"choices":[{"error":{"code":503}}]})").ec == make_http_error(503)));
    BOOST_TEST(
        (decode(R"({"choices":[{"error":{"code":200,"message":"m"},"message":null}]})").ec ==
         errc::generation_failed)
    );
    BOOST_TEST(
        (decode(R"({"choices":[{"error":{"code":"insufficient_quota"}}]})").ec == errc::insufficient_credits)
    );
}

BOOST_AUTO_TEST_CASE(gw_1_web_page_of_a_gateway) {
    for (int const status : {502, 524}) {
        auto const reply = decode(
            "<!DOCTYPE html>\n<html><head><title>Gateway</title><style>a{}</style></head><body><h1>It "
            "broke</h1></body>",
            status,
            "text/html; charset=UTF-8"
        );
        BOOST_TEST((reply.ec == make_http_error(status)));
        BOOST_TEST(reply.error.message == "Gateway It broke");
        BOOST_TEST(reply.error.raw.is_null());
        BOOST_TEST(mentions(reply.detail, "text/html"));
    }
}

BOOST_AUTO_TEST_CASE(gw_2_challenge) {
    auto const reply = decode("<html><body>Just a moment...</body></html>", 403, "text/html");
    BOOST_TEST((reply.ec == make_http_error(403)));
    BOOST_TEST(reply.error.message == "Just a moment...");
}

BOOST_AUTO_TEST_CASE(gw_3_empty_body) {
    auto const reply = decode("", 502, "");
    BOOST_TEST((reply.ec == make_http_error(502)));
    BOOST_TEST(reply.error.empty());
    BOOST_TEST(mentions(reply.detail, "502"));
}

BOOST_AUTO_TEST_CASE(failures_keep_their_status) {
    for (int const status : {300, 302, 304, 400, 401, 402, 403, 404, 408, 413, 422, 429, 500, 503, 529, 599})
        BOOST_TEST(
            (decode(R"({"error":{"code":418,"message":"m"}})", status).ec == make_http_error(status)),
            status
        );
    BOOST_TEST((decode(good, 500).ec == make_http_error(500)));
    BOOST_TEST(decode("\n\n{\"error\":\"m\"}", 500, "text/plain").error.message == "m");
    BOOST_TEST(
        decode("data: {\"error\":{\"message\":\"m\"}}\n\n", 500, "text/event-stream").error.message == "m"
    );
    BOOST_TEST(decode("\"m\"", 500).error.message == "m");
    BOOST_TEST(decode("{\"error\":", 500).error.message == "{\"error\":");
    BOOST_TEST(decode("Internal Server Error", 500, "text/plain").error.message == "Internal Server Error");
    BOOST_TEST((decode(nested(10'000), 500).ec == make_http_error(500)));
}

BOOST_AUTO_TEST_CASE(missing_credit_under_every_status) {
    auto const* quota =
        R"({"error":{"message":"m","type":"insufficient_quota","code":"insufficient_quota"}})";
    BOOST_TEST((decode(quota, 429).ec == errc::insufficient_credits));
    BOOST_TEST((decode(quota, 403).ec == errc::insufficient_credits));
    BOOST_TEST((decode(quota, 200).ec == errc::insufficient_credits));
    BOOST_TEST((decode(quota, 402).ec == make_http_error(402)));
    BOOST_TEST((decode(quota, 402).ec == condition::insufficient_credits));
    BOOST_TEST((decode(R"({"error":{"code":402,"message":"m"}})", 200).ec == make_http_error(402)));
    BOOST_TEST((decode(R"({"message":"You've run out of credits."})", 403).ec == errc::insufficient_credits));
}

BOOST_AUTO_TEST_CASE(an_error_counts_among_more_members_than_are_read) {
    std::string body = R"({"error":{"message":"why","code":"odd_error"})";
    for (int i = 0; i != 600; ++i) body += ",\"m" + std::to_string(i) + "\":1";
    auto const reply = decode(body + "}");
    BOOST_TEST((reply.ec == errc::error_in_response));
    BOOST_TEST(reply.error.message == "why");
}

BOOST_AUTO_TEST_CASE(errors_inside_of_success_without_status) {
    auto const word = decode(R"({"error":{"message":"m","code":"odd_error"}})");
    BOOST_TEST((word.ec == errc::error_in_response));
    BOOST_TEST(word.error.code == "odd_error");
    BOOST_TEST((decode(R"({"error":"m"})").ec == errc::error_in_response));
    BOOST_TEST((decode(R"({"error":true})").ec == errc::error_in_response));
    BOOST_TEST((decode(R"({"error":{"message":"m","code":200}})").ec == errc::error_in_response));
    BOOST_TEST((decode(R"({"error":"m","choices":"none"})").ec == errc::error_in_response));
    BOOST_TEST((decode(R"({"object":"error","message":"m","code":40303})").ec == errc::error_in_response));
    BOOST_TEST((decode(R"({"object":"error","message":"m","code":400})").ec == make_http_error(400)));
    BOOST_TEST((decode(R"({"statusCode":"503","message":"m"})").ec == make_http_error(503)));
    BOOST_TEST(decode(R"({"statusCode":"503","message":"m"})").error.message == "m");

    auto const beside = decode(R"({"error":{"message":"m"},"choices":[{"message":{"content":"half"}}]})");
    BOOST_TEST((beside.ec == errc::error_in_response));
    BOOST_TEST(beside.completion.text() == "half");
}

BOOST_AUTO_TEST_CASE(empty_errors_are_none) {
    for (auto const* error : {"null", "{}", "\"\"", "false", "0"})
        BOOST_TEST(!decode(R"({"choices":[{"message":{}}],"error":)" + std::string(error) + "}").ec, error);
}

BOOST_AUTO_TEST_CASE(other_content) {
    auto const page = decode("\n <!DOCTYPE html><p>Maintenance</p>", 200, "text/html");
    BOOST_TEST((page.ec == errc::unexpected_content_type));
    BOOST_TEST(mentions(page.detail, "Maintenance"));
    BOOST_TEST(mentions(page.detail, "text/html"));
    BOOST_TEST((decode("<html>", 200, "application/json").ec == errc::unexpected_content_type));
    BOOST_TEST((decode("It works!", 200, "text/plain").ec == errc::unexpected_content_type));
    BOOST_TEST((decode("It works!", 200, "application/json").ec == errc::invalid_json));
    BOOST_TEST((decode("It works!", 200, "").ec == errc::invalid_json));
}

BOOST_AUTO_TEST_CASE(a_stream_that_nobody_asked_for) {
    std::string const chunk =
        R"(data: {"id":"x","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]})";
    for (auto const* type : {"text/event-stream", "application/json", ""}) {
        BOOST_TEST(is_good(decode(chunk + "\n\ndata: [DONE]\n\n", 200, type)), type);
        BOOST_TEST(is_good(decode(": OPENROUTER PROCESSING\n\n" + chunk + "\n\n", 200, type)), type);
        BOOST_TEST((decode("data: {\"choices\":[]}\n\n", 200, type).ec == errc::truncated_response), type);
        BOOST_TEST((decode("data: [DONE]\n\n", 200, type).ec == errc::invalid_response), type);
        auto const failed = decode("event: error\ndata: it broke\n\n", 200, type);
        BOOST_TEST((failed.ec == errc::stream_error), type);
        BOOST_TEST(failed.error.message == "it broke", type);
    }
    // What came before a failure is there.
    auto const half = decode(chunk + "\n\nevent: error\ndata: it broke\n\n");
    BOOST_TEST((half.ec == errc::stream_error));
    BOOST_TEST(half.completion.text() == "Hi");
    std::string many;
    for (int i = 0; i < 1000; ++i) many += "data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n";
    auto const large = decode(many + "data: [DONE]\n\n");
    BOOST_TEST(!large.ec, large.detail);
    BOOST_TEST(large.completion.text() == std::string(1000, 'x'));
}

BOOST_AUTO_TEST_CASE(json_of_other_kinds) {
    for (auto const* body : {"[]", "\"x\"", "1", "null", "true"}) {
        auto const reply = decode(body);
        BOOST_TEST((reply.ec == errc::invalid_response), body);
        BOOST_TEST(!reply.detail.empty());
    }
}

BOOST_AUTO_TEST_CASE(what_may_follow_the_json) {
    for (auto const* tail :
         {"\n", "\r\n\r\n  ", "data: [DONE]", "\n\ndata: [DONE]\n\n", "\ndata:[DONE]", "\n[DONE]\n"})
        BOOST_TEST(is_good(decode(good + tail)), tail);
    BOOST_TEST(is_good(decode(good + std::string(4 << 20, ' '))));
    for (auto const* tail : {"x", "{}", "\ndata: {}", "\n[DONE] x", ",", "}"}) {
        auto const reply = decode(good + tail);
        BOOST_TEST((reply.ec == errc::invalid_json), tail);
        BOOST_TEST(mentions(reply.detail, "more behind"));
    }
    // As programs in C leave behind that send a string with its end.
    BOOST_TEST(is_good(decode(good + std::string(1, '\0'))));
    BOOST_TEST((decode(good + std::string("\0x", 2)).ec == errc::invalid_json));
}

BOOST_AUTO_TEST_CASE(invalid_json) {
    for (std::string const body :
         {"{",
          "{]",
          R"({"a":1,})",
          R"({"a":01})",
          R"({'a':1})",
          R"({"a":"\ud80"})",
          R"({"a":nano})",
          R"({"a":- NaN})",
          R"({"a":--NaN})",
          "{\"a\":\x01}",
          "{\"a\":\xff\xfe}",
          "{\"a\":\"\\\xed\xa0\x80\"}",
          "{\"a\":\"\x01\\x\"}",
          "{\xc0\x80:1}"}) {
        auto const reply = decode(body);
        BOOST_TEST((reply.ec == errc::invalid_json), body);
        BOOST_TEST(mentions(reply.detail, "at byte"));
    }
    BOOST_TEST(mentions(decode("\n\n{\"a\":x}").detail, "at byte 7 of 9"));
    for (std::size_t n = 1; n < good.size(); ++n)
        BOOST_TEST((decode(std::string_view(good).substr(0, n)).ec == errc::invalid_json), n);
}

BOOST_AUTO_TEST_CASE(depth_is_limited) {
    BOOST_TEST(is_good(decode(nested(127))));
    auto const reply = decode(nested(128));
    BOOST_TEST((reply.ec == errc::invalid_json));
    BOOST_TEST(mentions(reply.detail, "too deeply"));
    BOOST_TEST((decode(nested(20), 200, "", 8).ec == errc::invalid_json));
    BOOST_TEST(is_good(decode(nested(900), 200, "", 1'000'000)));
    BOOST_TEST((decode(nested(10'000)).ec == errc::invalid_json));
    BOOST_TEST((decode(nested(10'000), 200, "", 1'000'000).ec == errc::invalid_json));
    BOOST_TEST((decode(std::string(1'000'000, '{')).ec == errc::invalid_json));
}

BOOST_AUTO_TEST_CASE(large_bodies) {
    constexpr std::size_t size = 64u << 20;
    auto const text = decode(R"({"choices":[{"message":{"content":")" + std::string(size, 'x') + R"("}}]})");
    BOOST_TEST(!text.ec, text.detail);
    BOOST_TEST(text.completion.text().size() == size);

    BOOST_TEST((decode(std::string(size, '<')).ec == errc::unexpected_content_type));
    BOOST_TEST(decode(std::string(size, '<'), 502).error.message == std::string(200, '<') + "...");
    BOOST_TEST((decode(std::string(size, ':')).ec == errc::empty_response));
    BOOST_TEST((decode(std::string(size, 'x')).ec == errc::invalid_json));
}

BOOST_AUTO_TEST_CASE(bodies_of_many_small_things) {
    std::string body = R"({"choices":[{"message":{"content":"Hi"}}],"many":[0)";
    for (int i = 0; i < 1'000'000; ++i) body += ",0";
    BOOST_TEST((decode(body + "]}").ec == errc::json_too_complex));

    body = R"({"choices":[{"message":{"content":"Hi"}}])";
    for (int i = 0; i < 200'000; ++i) body += ",\"k" + std::to_string(i) + "\":0";
    BOOST_TEST((decode(body + "}").ec == errc::json_too_complex));
}

BOOST_AUTO_TEST_CASE(a_list_of_one_stands_for_its_object) {
    auto const reply = codec::reply_with_message(R"({"content":"Hello"})");
    auto const one = decode("[" + reply + "]");
    BOOST_TEST(!one.ec, one.detail);
    BOOST_TEST(one.completion.text() == "Hello");
    auto const error = decode(R"([{"error":{"message":"no","code":429}}])");
    BOOST_TEST((error.ec == make_http_error(429)));
    BOOST_TEST(error.error.message == "no");
    BOOST_TEST((decode("[" + reply + "," + reply + "]").ec == errc::invalid_response));
    BOOST_TEST((decode("[[" + reply + "]]").ec == errc::invalid_response));
}

BOOST_AUTO_TEST_SUITE_END()
