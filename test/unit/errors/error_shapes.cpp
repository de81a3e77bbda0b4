// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/streams/chunk_reading.hpp"
#include "support/streams/decoding.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <vector>

using namespace async_llm;
using namespace async_llm::test;

namespace {

/// Error body, and what has to reach the user wherever it stands.
struct shape {
    shape(
        std::string_view json,
        std::string_view words,
        std::string_view error_code = {},
        std::string_view error_type = {}
    )
        : body(json), message(words), code(error_code), type(error_type) {}

    std::string body;
    std::string message;
    std::string code;
    std::string type;
};

std::vector<shape> const& shapes() {
    static std::vector<shape> const all{
        {R"({"error":{"message":"why","type":"t","code":"c"}})", "why", "c", "t"},
        {R"({"error":"why"})", "why"},
        {R"({"error":["why"]})", "why"},
        {R"({"error":{"error":{"message":"why"}}})", "why"},
        {R"({"error":{"message":{"text":"x","detail":"why"}}})", "why"},
        {R"({"error":{"message":{"model":["is unknown"]}}})", "model: is unknown"},
        {R"({"Error":{"Code":"c","Message":"why"}})", "why", "c"},
        {R"({"id":"1","choices":null,"base_resp":{"status_code":1008,"status_msg":"why"}})", "why", "1008"},
        {R"({"code":"A.B","description":"why","detail":"","link":""})", "why", "A.B"},
        {R"({"code":"A.B","description":"{\"code\":50508,\"message\":\"why\",\"data\":null}"})", "why", "A.B"
        },
        {R"({"error_code":17,"error_msg":"why"})", "why", "17"},
        {R"({"errorCode":"c","errorMessage":"why"})", "why", "c"},
        {R"({"errcode":40001,"errmsg":"why"})", "why", "40001"},
        {R"({"code":1113,"msg":"why","success":false})", "why", "1113"},
        {R"({"code":500,"msg":"why","data":null})", "why", "500"},
        {R"({"Message":"why","Code":"c"})", "why", "c"},
        {R"({"detail":"why","status":500})", "why"},
        {R"({"detail":{"error":{"message":"why","code":"c"}},"success":false})", "why"},
        {R"({"detail":{"msg":"why"},"success":false})", "why"},
        {R"({"detail":[{"loc":["body","model"],"msg":"why"}],"success":false})", "body.model: why"},
        {R"({"errors":["why"],"success":false})", "why"},
        {R"({"errors":[{"code":7003,"message":"why"}],"success":false,"result":null})", "why"},
        {R"({"errors":{"model":["is unknown"],"temperature":["is high","is odd"]},"success":false})",
         "model: is unknown; temperature: is high, is odd"},
        {R"({"status":500,"error":"Internal Server Error","message":"why"})",
         "why",
         "",
         "Internal Server Error"},
        {R"({"statusCode":500,"error":"Internal Server Error","message":"why"})",
         "why",
         "",
         "Internal Server Error"},
        {R"({"status":500,"error":"it broke at 7","message":"why"})", "it broke at 7: why"},
        {R"({"error":"invalid_grant","error_description":"why"})", "why", "invalid_grant"},
        {R"({"error":true,"message":"why"})", "why"},
        {R"({"status":{"code":21001,"message":"why"},"success":false})", "why", "21001"},
        {R"({"header":{"code":10013,"message":"why"},"success":false})", "why", "10013"},
        {R"({"Response":{"Error":{"Code":"AuthFailure","Message":"why"},"RequestId":"r"},"ok":false})",
         "why",
         "AuthFailure"},
        {R"({"ResponseMetadata":{"Error":{"Code":"c","Message":"why"}},"ok":false})", "why", "c"},
        {R"({"fault":{"faultstring":"why","detail":{"errorcode":"c"}},"ok":false})", "why"},
        {R"({"object":"error","message":"why","type":"t","code":40303})", "why", "40303", "t"},
        {R"({"type":"error","error":{"type":"t","message":"why"}})", "why", "", "t"},
        {R"({"type":"error","code":"c","message":"why"})", "why", "c"},
        {R"({"html-message":"<html><body><p>why</p></body></html>","code":"c"})", "why", "c"},
        {R"({"message":"<!DOCTYPE html><title>why</title>","code":"c"})", "why", "c"},
        {R"({"title":"Forbidden","status":500,"detail":"why"})", "why"},
        {R"({"code":"c","reason":"why"})", "why", "c"},
        {R"({"error_code":500,"text":"why","choices":null})", "why", "500"},
    };
    return all;
}

/// Good answers beside something that looks like an error.
constexpr std::string_view no_errors[] = {
    "0",
    "0.0",
    "200",
    "{}",
    "[]",
    "\"\"",
    "\"none\"",
    "\"success\"",
    "false",
    R"({"code":0,"message":"success"})",
    R"({"code":"0","message":"OK"})",
    R"({"code":0,"message":"success","request_id":"r"})",
    R"({"code":200})",
    R"({"code":"success"})",
    R"({"message":"","type":"","code":""})",
    R"({"message":null,"code":null})",
    R"({"message":"","details":[]})",
    R"({"status":"ok"})",
    R"([null,""])"
};

constexpr std::string_view errors[] = {
    "true",
    "7",
    "-1",
    "\"why\"",
    R"({"code":0,"message":"why"})",
    R"({"code":200,"message":"why"})",
    R"({"code":7,"message":"success"})",
    R"({"message":"","code":"c"})",
    R"({"type":"server_error"})",
    R"(["why"])"
};

std::string answer_beside(std::string_view error) {
    return R"({"choices":[{"index":0,"message":{"content":"Hi"},"finish_reason":"stop"}],"error":)" +
        std::string(error) + "}";
}

std::string answer_in_choice(std::string_view error) {
    return R"({"choices":[{"index":0,"message":{"content":"Hi"},"finish_reason":"stop","error":)" +
        std::string(error) + "}]}";
}

void check(shape const& expected, api_error const& error, std::string const& where) {
    BOOST_TEST(error.message == expected.message, where << ": " << expected.body << ": " << error.message);
    BOOST_TEST(error.code == expected.code, where << ": " << expected.body << ": " << error.code);
    BOOST_TEST(error.type == expected.type, where << ": " << expected.body << ": " << error.type);
    BOOST_TEST(!error.raw.is_null(), where << ": " << expected.body);
}

} // namespace

BOOST_AUTO_TEST_SUITE(error_shapes)

BOOST_AUTO_TEST_CASE(each_shape_under_each_status) {
    for (auto const& each : shapes()) {
        for (int const status : {400, 404, 422, 500, 503, 529}) {
            auto const reply = codec::decode(each.body, status);
            BOOST_TEST((reply.ec == make_http_error(status)), each.body);
            check(each, reply.error, std::to_string(status));
        }
        auto const whole = codec::decode(each.body, 200);
        BOOST_TEST(whole.ec.failed(), each.body);
        BOOST_TEST((whole.ec != errc::invalid_response), each.body << ": " << whole.ec.message());
        check(each, whole.error, "200");
    }
}

BOOST_AUTO_TEST_CASE(each_shape_as_an_event) {
    for (auto const& each : shapes()) {
        auto const events = "data: " + each.body + "\n\ndata: [DONE]\n\n";
        auto const usual = read_whole(events);
        BOOST_TEST((usual.ec.failed() && usual.ec != errc::invalid_response), each.body);
        check(each, usual.error, "event");
        auto const named = read_whole("event: error\n" + events);
        BOOST_TEST(named.ec == usual.ec, each.body);
        check(each, named.error, "event: error");
        auto const document = read_whole(each.body);
        BOOST_TEST(document.ec.failed(), each.body);
        check(each, document.error, "document");
    }
}

BOOST_AUTO_TEST_CASE(a_shape_that_nobody_knows_is_shown) {
    std::string const odd = R"({"oops":{"why":["it","broke"]}})";
    BOOST_TEST(codec::decode(odd, 500).error.message == odd);
    auto const success = codec::decode(odd, 200);
    BOOST_TEST((success.ec == errc::invalid_response));
    BOOST_TEST(success.error.message == odd);
    BOOST_TEST(success.detail.find("choices is missing") != std::string::npos);
    auto const event = read_whole("data: " + odd + "\n\ndata: [DONE]\n\n");
    BOOST_TEST((event.ec == errc::invalid_response));
    BOOST_TEST(event.error.message == odd);
    BOOST_TEST(
        codec::decode(R"({"oops":")" + std::string(5000, 'x') + "\"}", 500).error.message.size() < 300u
    );
    BOOST_TEST(codec::decode(R"([7,8])", 500).error.message == "[7,8]");
    // Control characters do not get through.
    BOOST_TEST(
        codec::decode("{\"oops\":\"a\\u001b[2Jb\"}", 500).error.message.find('\x1b') == std::string::npos
    );
}

BOOST_AUTO_TEST_CASE(what_reports_no_error_does_no_harm) {
    for (auto const each : no_errors) {
        for (auto const& body : {answer_beside(each), answer_in_choice(each)}) {
            auto const whole = codec::decode(body);
            BOOST_TEST(!whole.ec, body);
            BOOST_TEST(whole.completion.text() == "Hi", body);
            auto const event = read_whole("data: " + body + "\n\ndata: [DONE]\n\n");
            BOOST_TEST(!event.ec, body);
            BOOST_TEST(event.text() == "Hi", body);
        }
    }
}

BOOST_AUTO_TEST_CASE(what_reports_an_error_is_one_beside_an_answer) {
    for (auto const each : errors) {
        for (auto const& body : {answer_beside(each), answer_in_choice(each)}) {
            auto const whole = codec::decode(body);
            BOOST_TEST(whole.ec.failed(), body);
            BOOST_TEST(whole.completion.text() == "Hi", body);
            BOOST_TEST(
                read_whole("data: " + body + "\n\ndata: [DONE]\n\n").ec ==
                    (whole.ec == errc::error_in_response ? make_error_code(errc::stream_error) : whole.ec),
                body
            );
        }
    }
}

BOOST_AUTO_TEST_CASE(a_success_envelope_is_no_error) {
    for (auto const* body :
         {R"({"code":0,"msg":"success","data":{"choices":[]}})", R"({"code":200,"message":"OK"})"}) {
        auto const whole = codec::decode(body);
        BOOST_TEST((whole.ec == errc::invalid_response), body);
    }
}

BOOST_AUTO_TEST_CASE(words_stand_for_statuses) {
    struct row {
        char const* word;
        int status;
    };
    for (auto const& [word, status] :
         {row{"overloaded_error", 529},
          row{"server_error", 500},
          row{"rate_limit_exceeded", 429},
          row{"RateLimitExceeded", 429},
          row{"engine_overloaded_error", 529},
          row{"RESOURCE_EXHAUSTED", 429},
          row{"service_unavailable", 503},
          row{"Throttling.RateQuota", 429},
          row{"RequestsLimitExceeded", 429},
          row{"rate-limit", 429},
          row{"too_many_requests", 429},
          row{"model_overloaded", 529},
          row{"api_error", 500},
          row{"INTERNAL", 500},
          row{"bad gateway", 502},
          row{"DEADLINE_EXCEEDED", 504}}) {
        for (auto const* member : {"type", "code"}) {
            auto const body = R"({"error":{"message":"m",")" + std::string(member) + "\":\"" + word + "\"}}";
            BOOST_TEST((codec::decode(body).ec == make_http_error(status)), body);
            BOOST_TEST((read_whole("data: " + body + "\n\n").ec == make_http_error(status)), body);
            // The reply's own status counts before its words.
            BOOST_TEST((codec::decode(body, 400).ec == make_http_error(400)), body);
        }
    }
    BOOST_TEST(
        (codec::decode(R"({"error":{"type":"tokens","code":"rate_limit_exceeded"}})").ec ==
         condition::rate_limited)
    );
    BOOST_TEST((codec::decode(R"({"error":{"type":"server_error","code":503}})").ec == make_http_error(503)));
    BOOST_TEST((codec::decode(R"({"error":{"type":"invalid_request_error"}})").ec == errc::error_in_response)
    );
}

BOOST_AUTO_TEST_CASE(a_pending_answer_and_other_apis_are_named) {
    auto const names = [](codec::decoded const& reply, std::string_view part) {
        BOOST_TEST((reply.ec == errc::invalid_response || reply.ec == errc::invalid_json));
        BOOST_TEST(reply.detail.find(part) != std::string::npos, reply.detail);
    };
    names(codec::decode(R"({"requestId":"11","status":"pending-evaluation"})", 202), "202");
    names(codec::decode(R"({"requestId":"11","status":"pending-evaluation"})", 202), "pending-evaluation");
    names(
        codec::decode(R"({"model":"l","message":{"role":"assistant","content":"Hi"},"done":true})"),
        "Ollama"
    );
    names(codec::decode(R"({"id":"r","object":"response","output":[]})"), "Responses API");
    names(codec::decode(R"({"type":"message","role":"assistant","content":[]})"), "Anthropic");
    names(codec::decode(R"({"candidates":[]})"), "Gemini");
    names(codec::decode(R"({"id":"x","choices":null})"), "choices is null");
    names(codec::decode(R"({"id":"x","choices":[]})"), "choices is empty");
    auto const ollama =
        std::string(R"({"model":"l","message":{"role":"assistant","content":"Hel"},"done":false})") + "\n" +
        R"({"model":"l","message":{"role":"assistant","content":"lo"},"done":true})" + "\n";
    names(codec::decode(ollama, 200, "application/x-ndjson"), "NDJSON");
    names(codec::decode(ollama, 200, "application/x-ndjson"), "Ollama");
    names(codec::decode("{\"choices\":[]}\n{\"choices\":[]}\n", 200), "NDJSON");
    auto const more = codec::decode("{\"choices\":[]} {\"choices\":[]}").detail;
    BOOST_TEST(more.find("NDJSON") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
