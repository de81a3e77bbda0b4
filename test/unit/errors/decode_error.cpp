// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/errors/decode_error.hpp"

#include "codec/http/rate_limit_headers.hpp"
#include "support/streams/decoding.hpp"

#include <boost/test/unit_test.hpp>

using namespace async_llm;
using codec::says_no_credit;

namespace {

api_error error_in(std::string_view body) { return codec::decode_error(boost::json::parse(body)); }

/// The upstream's words if OpenRouter's `metadata.raw` is this JSON.
std::string upstream_in(std::string const& raw) {
    return error_in(R"({"error":{"message":"Provider returned error","metadata":{"raw":)" + raw + "}}}")
        .upstream;
}

std::string as_json_text(std::string_view text) { return boost::json::serialize(boost::json::value(text)); }

} // namespace

BOOST_AUTO_TEST_SUITE(decode_error)

BOOST_AUTO_TEST_CASE(openai) {
    auto const error = error_in(
        R"({"error":{"message":"You exceeded your current quota","type":"insufficient_quota","param":null,)"
        R"("code":"insufficient_quota"}})"
    );
    BOOST_TEST(error.message == "You exceeded your current quota");
    BOOST_TEST(error.type == "insufficient_quota");
    BOOST_TEST(error.code == "insufficient_quota");
    BOOST_TEST(error.param == "");
    BOOST_TEST(error.status == 0);
    BOOST_TEST(!error.raw.is_null());
    BOOST_TEST(!error.empty());
    BOOST_TEST(says_no_credit(429, error));
}

BOOST_AUTO_TEST_CASE(codes_of_every_kind) {
    auto const code = [](std::string const& json) {
        return error_in(R"({"error":{"message":"m","code":)" + json + "}}");
    };
    BOOST_TEST(code("429").code == "429");
    BOOST_TEST(code("429").status == 429);
    BOOST_TEST(code(R"("429")").code == "429");
    BOOST_TEST(code(R"("429")").status == 429);
    BOOST_TEST(code("429.0").status == 429);
    BOOST_TEST(code(R"("server_error")").code == "server_error");
    BOOST_TEST(code(R"("server_error")").status == 0);
    BOOST_TEST(code("null").code == "");
    BOOST_TEST(code("{}").code == "");
    BOOST_TEST(code("1301").code == "1301");
    BOOST_TEST(code("1301").status == 0);
    BOOST_TEST(code("-1").status == 0);
    BOOST_TEST(code("99999999999999999999").status == 0);
    BOOST_TEST(error_in(R"({"error":{"message":"m"}})").code == "");
}

BOOST_AUTO_TEST_CASE(the_code_counts_before_the_other_statuses) {
    BOOST_TEST(error_in(R"({"error":{"code":429,"http_status":500,"status":501}})").status == 429);
    BOOST_TEST(error_in(R"({"error":{"http_status":503,"status":501}})").status == 503);
    BOOST_TEST(error_in(R"({"error":{"code":"x","status":501,"statusCode":"502"}})").status == 501);
    BOOST_TEST(error_in(R"({"error":{"message":"m"},"statusCode":"502"})").status == 502);
    BOOST_TEST(error_in(R"({"error":"text","code":418,"status":500})").status == 418);
}

BOOST_AUTO_TEST_CASE(plain_texts_and_lists) {
    BOOST_TEST(error_in(R"({"error":"text"})").message == "text");
    BOOST_TEST(error_in(R"("text")").message == "text");
    BOOST_TEST(
        error_in(R"({"message":["a must be b","c must be d"],"statusCode":400})").message ==
        "a must be b; c must be d"
    );
    BOOST_TEST(error_in(R"({"error":["a",{"message":"b"},7]})").message == "a; b");
    BOOST_TEST(
        error_in(R"([{"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT"}}])").message == "m"
    );
    BOOST_TEST(
        error_in(R"([{"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT"}}])").status == 400
    );
    BOOST_TEST(error_in("[]").message == "");
    BOOST_TEST(error_in("{}").message == "");
    BOOST_TEST(error_in("null").empty());
}

BOOST_AUTO_TEST_CASE(an_error_object_without_envelope) {
    auto const error =
        error_in(R"({"object":"error","message":"m","type":"BadRequestError","param":null,"code":400})");
    BOOST_TEST(error.message == "m");
    BOOST_TEST(error.type == "BadRequestError");
    BOOST_TEST(error.code == "400");
    BOOST_TEST(error.status == 400);
}

BOOST_AUTO_TEST_CASE(problem_details_and_frameworks) {
    auto const problem =
        error_in(R"({"type":"about:blank","title":"Forbidden","status":403,"detail":"Not yours"})");
    BOOST_TEST(problem.message == "Not yours");
    BOOST_TEST(problem.type == "");
    BOOST_TEST(problem.status == 403);
    BOOST_TEST(error_in(R"({"title":"Forbidden","status":403})").message == "Forbidden");
    auto const rows =
        error_in(R"({"detail":[{"loc":["body","messages",0],"msg":"field required","type":"missing"}]})");
    BOOST_TEST(rows.message == "body.messages.0: field required");
    BOOST_TEST(rows.param == "body.messages.0");
}

BOOST_AUTO_TEST_CASE(ai_5_rows_in_data) {
    auto const error = error_in(
        R"({"title":"Bad Request","status":400,"message":"Invalid payload provided","instance":"/v1/chat/completions",)"
        R"("timestamp":"2026-01-01T00:00:00Z","error":{"name":"Error","message":"Invalid payload provided","data":[)"
        R"({"code":"too_small","path":["top_p"],"message":"Number must be at least 0.01"},)"
        R"({"code":"invalid_type","path":["messages",0,"content"],"message":"Required"}]}})"
    );
    BOOST_TEST(
        error.message ==
        "Invalid payload provided; top_p: Number must be at least 0.01; messages.0.content: Required"
    );
    BOOST_TEST(error.param == "top_p");
    BOOST_TEST(error.type == "Error");
    BOOST_TEST(error.status == 400);
    BOOST_TEST(!says_no_credit(400, error));
}

BOOST_AUTO_TEST_CASE(aimlapi_rows_in_details) {
    auto const error = error_in(
        R"({"status":400,"error":{"message":"Bad request","details":[{"path":"temperature","reason":"must be number"}]}})"
    );
    BOOST_TEST(error.message == "Bad request; temperature: must be number");
    BOOST_TEST(error.param == "temperature");
}

BOOST_AUTO_TEST_CASE(ai_6_no_credit) {
    auto const error = error_in(
        R"({"title":"Forbidden","status":403,"message":"You have run out of credits","instance":"/v1/chat/completions?",)"
        R"("error":{"name":"ForbiddenException","message":"Top up your balance",)"
        R"("data":{"kind":"err_insufficent_credits"}}})"
    );
    BOOST_TEST(error.code == "err_insufficent_credits");
    BOOST_TEST(error.type == "ForbiddenException");
    BOOST_TEST(error.message == "Top up your balance");
    BOOST_TEST(says_no_credit(403, error));
}

BOOST_AUTO_TEST_CASE(ai_7_status_as_text) {
    auto const error = error_in(
        R"({"message":"Too many requests","path":"/v1/chat/completions","requestId":"r","statusCode":"429",)"
        R"("timestamp":"2026-01-01T00:00:00Z"})"
    );
    BOOST_TEST(error.message == "Too many requests");
    BOOST_TEST(error.status == 429);
    BOOST_TEST(error.param == "");
}

BOOST_AUTO_TEST_CASE(openrouter_metadata) {
    auto const error = error_in(
        R"({"error":{"message":"Provider returned error","code":502,"metadata":{"provider_name":"DeepInfra",)"
        R"("raw":"Too Many Requests","error_type":"provider_overloaded","is_byok":false}},"user_id":"u"})"
    );
    BOOST_TEST(error.message == "Provider returned error");
    BOOST_TEST(error.provider_name == "DeepInfra");
    BOOST_TEST(error.upstream == "Too Many Requests");
    BOOST_TEST(error.type == "provider_overloaded");
    BOOST_TEST(error.status == 502);
    BOOST_TEST(error_in(R"({"error":{"code":502,"metadata":null}})").status == 502);
    BOOST_TEST(error_in(R"({"error":{"code":502,"metadata":{"raw":"why"}}})").message == "why");
}

BOOST_AUTO_TEST_CASE(raw_words_in_every_wrapping) {
    std::string const object = R"({"error":{"message":"why","type":"t"}})";
    BOOST_TEST(upstream_in(object) == "why");
    BOOST_TEST(upstream_in(as_json_text(object)) == "why");
    BOOST_TEST(upstream_in(as_json_text("data: " + object)) == "why");
    BOOST_TEST(upstream_in(R"([{"detail":"why"}])") == "why");
    BOOST_TEST(upstream_in(R"({"error":"why"})") == "why");
    BOOST_TEST(
        upstream_in(as_json_text(R"({"error":{"message":"outer","metadata":{"raw":"inner"}}})")) == "inner"
    );
    BOOST_TEST(upstream_in(as_json_text("<html><h1>Bad gateway</h1></html>")) == "Bad gateway");
    BOOST_TEST(upstream_in(as_json_text("{ not JSON")) == "{ not JSON");
    BOOST_TEST(upstream_in(R"({"reason":1})") == R"({"reason":1})");
    BOOST_TEST(upstream_in("null") == "");
    BOOST_TEST(upstream_in("\"\"") == "");
    BOOST_TEST(upstream_in("{}") == "");
    BOOST_TEST(upstream_in(as_json_text(std::string(10'000, 'x'))).size() < 2100u);
}

BOOST_AUTO_TEST_CASE(digging_ends) {
    std::string nested = R"({"message":"deep"})";
    for (int i = 0; i < 8; ++i) nested = R"({"raw":)" + as_json_text(nested) + "}";
    BOOST_TEST(upstream_in(as_json_text(nested)).find("deep") != std::string::npos);

    std::string objects = R"("deep")";
    for (int i = 0; i < 30; ++i) objects = R"({"error":)" + objects + "}";
    auto const error = error_in(objects);
    BOOST_TEST(!error.raw.is_null());
}

BOOST_AUTO_TEST_CASE(or_12_availability) {
    auto const error =
        error_in(R"({"error":{"message":"No capacity","http_status":429,"error_type":"rate_limit_exceeded",)"
                 R"("availability":{"code":"capacity_exhausted","retryable":true,"retry_after":40}}})");
    BOOST_TEST(error.status == 429);
    BOOST_TEST(error.code == "capacity_exhausted");
    BOOST_TEST(error.type == "rate_limit_exceeded");
    BOOST_TEST((error.retry_after == std::chrono::seconds(40)));
    BOOST_TEST((error.retryable == true));
    BOOST_TEST(codec::header_fields_in(error).empty());
}

BOOST_AUTO_TEST_CASE(rate_limits_inside_the_error) {
    auto const error =
        error_in(R"({"error":{"code":429,"message":"m","metadata":{"headers":{"X-RateLimit-Limit":"20",)"
                 R"("X-RateLimit-Remaining":0,"X-RateLimit-Reset":"1787356801000","Strange":{}}}}})");
    rate_limit_info info;
    std::chrono::system_clock::time_point const now{std::chrono::seconds(1'787'356'800)};
    codec::read_rate_limits(codec::header_fields_in(error), now, info);
    BOOST_TEST((info.limit_requests == 20));
    BOOST_TEST((info.remaining_requests == 0));
    BOOST_TEST((info.reset_requests == std::chrono::seconds(1)));
    BOOST_TEST(codec::header_fields_in(api_error()).empty());
    BOOST_TEST(codec::header_fields_in(error_in("[]")).empty());
}

BOOST_AUTO_TEST_CASE(no_credit_in_other_words) {
    auto const coded = error_in(R"({"error":{"code":"x","data":{"kind":"err_insufficent_credits"}}})");
    BOOST_TEST(says_no_credit(403, coded));
    BOOST_TEST(!says_no_credit(402, coded));
    BOOST_TEST(says_no_credit(403, error_in(R"({"message":"You've run out of credits. Please top up"})")));
    BOOST_TEST(says_no_credit(403, error_in(R"({"message":"Insufficient funds"})")));
    BOOST_TEST(!says_no_credit(403, error_in(R"({"message":"Key not allowed"})")));
    BOOST_TEST(
        !says_no_credit(429, error_in(R"({"error":{"message":"Insufficient credits for this minute"}})"))
    );
    BOOST_TEST(!says_no_credit(429, error_in(R"({"error":{"message":"Slow down","code":429}})")));
    BOOST_TEST(says_no_credit(0, error_in(R"({"error":{"type":"insufficient_quota"}})")));
    BOOST_TEST(!says_no_credit(403, api_error()));
}

BOOST_AUTO_TEST_CASE(what_counts_as_an_error) {
    for (auto const* text : {"null", "false", "\"\"", "{}", "[]", "0"})
        BOOST_TEST(!codec::is_error(boost::json::parse(text)), text);
    for (auto const* text : {"true", "\"x\"", R"({"a":1})", "[1]", "7"})
        BOOST_TEST(codec::is_error(boost::json::parse(text)), text);
}

BOOST_AUTO_TEST_CASE(bodies_that_are_not_json) {
    BOOST_TEST(
        codec::decode_error_text("  upstream connect error\n or disconnect ").message ==
        "upstream connect error or disconnect"
    );
    BOOST_TEST(
        codec::decode_error_text("\n<html><title>502</title>\n<p>Bad gateway").message == "502 Bad gateway"
    );
    BOOST_TEST(codec::decode_error_text(std::string(10'000, 'x')).message == std::string(200, 'x') + "...");
    BOOST_TEST(codec::decode_error_text("").empty());
    BOOST_TEST(codec::decode_error_text("x").raw.is_null());
}

BOOST_AUTO_TEST_CASE(many_rows_are_not_all_repeated) {
    std::string rows = R"({"path":["a"],"message":"m"})";
    for (int i = 0; i < 1000; ++i) rows += R"(,{"path":["a"],"message":"m"})";
    BOOST_TEST(error_in(R"({"error":{"data":[)" + rows + "]}}").message.size() < 200u);
}

BOOST_AUTO_TEST_SUITE_END()
