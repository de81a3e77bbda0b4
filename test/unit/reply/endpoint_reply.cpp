// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/reply/endpoint_reply.hpp"

#include <async_llm/error.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

namespace {

using namespace async_llm;
using namespace std::string_literals;

struct judged {
    explicit judged(std::string_view body, codec::decode_limits limits = codec::decode_limits()) {
        codec::reply_view const reply(200, "application/json", body);
        ec = codec::judge_endpoint_reply(reply, limits, facts, error, detail);
    }

    error_code ec;
    chat_completion facts;
    api_error error;
    std::string detail;
};

constexpr std::string_view answers[] = {
    "",
    "   ",
    "plain text",
    "<html><body>error</body></html>",
    "{",
    R"({"error": )",
    "[]",
    R"([{"error": {"message": "of one of many"}}])",
    R"("error")",
    "null",
    "data: {\"error\": {\"message\": \"x\"}}\n\n",
    "{}",
    R"({"object": "list", "data": []})",
    R"({"error": null, "data": [1]})",
    R"({"error": null})",
    R"({"error": ""})",
    R"({"error": false, "message": "ok"})",
    R"({"error": {}, "id": "job-1"})",
    R"({"error": {"code": 0, "message": "success"}})",
    R"({"message": "The file was deleted"})",
    R"({"id": "f-1", "object": "file", "deleted": true})",
    R"({"success": true, "result": null})",
    R"({"status": "failed", "id": "b"})",
    R"({"object": "batch", "error": {"message": "it failed"}, "request_counts": {"failed": 1}})",
    R"({"object": "response", "error": {"code": "server_error"}, "output": [{"type": "message"}]})",
    R"({"object": "list", "data": [{"embedding": [0.1]}], "error": {"message": "one of two is missing"}})",
    R"({"text": "what was said", "error": "noise"})",
    R"({"status": 404, "data": {"pages": 1}})",
};

struct failure {
    std::string_view body;
    std::string_view words;
    int status = 0;
};

constexpr failure failures[] = {
    {R"({"error": {"message": "No such model"}})", "No such model"},
    {R"({"error": "No such model"})", "No such model"},
    {R"( {"error": {"message": "overloaded", "type": "overloaded_error"}})", "overloaded", 529},
    {"\xef\xbb\xbf{\"error\": {\"message\": \"behind a mark\"}}", "behind a mark"},
    {R"({"error": {"message": "busy", "code": 429}, "user_id": "u"})", "busy", 429},
    {R"({"id": "gen-1", "error": {"message": "broken", "code": 502}, "usage": {"total_tokens": 3}})",
     "broken",
     502},
    {R"({"error": {"message": "x"}, "data": [], "metadata": {"region": "eu"}})", "x"},
    {R"({"error": {"message": "x"}, "text": ""})", "x"},
    {R"({"object": "error", "message": "No such model", "code": 404})", "No such model", 404},
    {R"({"type": "error", "error": {"type": "invalid_request_error", "message": "bad"}})", "bad"},
    {R"({"success": false, "errors": [{"message": "no route"}], "messages": [], "result": null})", "no route"
    },
    {R"({"base_resp": {"status_code": 1004, "status_msg": "login fail"}})", "login fail"},
    {R"({"error": {"message": "half", "code": 500}, "choices": [{"message": {"content": "Half"}}]})",
     "half",
     500},
};

std::string long_answer(std::string_view members, std::size_t numbers) {
    auto text = "{" + std::string(members) + "\"data\": [0"s;
    for (std::size_t i = 0; i < numbers; ++i) text += ",0.0123456789";
    return text + "]}";
}

} // namespace

BOOST_AUTO_TEST_SUITE(endpoint_reply)

BOOST_AUTO_TEST_CASE(whatever_is_no_error_is_an_answer) {
    for (auto const body : answers) {
        judged const result(body);
        BOOST_TEST(!result.ec, body << " -> " << result.ec.message());
        BOOST_TEST(result.error.empty(), body);
        BOOST_TEST(result.detail.empty(), body);
    }
}

BOOST_AUTO_TEST_CASE(an_error_is_no_answer) {
    for (auto const& [body, words, status] : failures) {
        judged const result(body);
        auto const expected =
            status == 0 ? make_error_code(errc::error_in_response) : make_http_error(status);
        BOOST_TEST(result.ec == expected, body << " -> " << result.ec.message());
        BOOST_TEST(result.error.message == words, body << " -> " << result.error.message);
        BOOST_TEST(result.error.raw.is_object());
        BOOST_TEST(result.detail == "the provider reported an error inside of a successful reply");
    }
}

// A completion that has its usual members alone is not looked through.
BOOST_AUTO_TEST_CASE(a_completion_that_calls_itself_an_error_is_one) {
    judged const result(R"({"id": "x", "object": "error", "choices": [{"message": {"content": "Hi"}}]})");
    BOOST_TEST((result.ec == errc::error_in_response));
    judged const usual(
        R"({"id": "x", "object": "chat.completion", "choices": [{"message": {"content": "Hi"}}]})"
    );
    BOOST_TEST(!usual.ec);
}

BOOST_AUTO_TEST_CASE(missing_credit_has_its_own_code) {
    judged const result(R"({"error": {"message": "pay", "code": "insufficient_quota"}})");
    BOOST_TEST((result.ec == errc::insufficient_credits));
}

BOOST_AUTO_TEST_CASE(facts_are_found) {
    judged const result(
        R"({"id": "e-1", "model": "m-1", "data": [1], "usage": {"prompt_tokens": 8, "total_tokens": 9}})"
    );
    BOOST_TEST_REQUIRE(result.facts.usage.has_value());
    BOOST_TEST(result.facts.usage->prompt_tokens == 8);
    BOOST_TEST(result.facts.usage->total_tokens == 9);
    BOOST_TEST(result.facts.id == "e-1");
    BOOST_TEST(result.facts.model == "m-1");
    BOOST_TEST(
        judged(R"({"usage": {"input_tokens": 2, "output_tokens": 3}})").facts.usage->total_tokens == 5
    );
    BOOST_TEST(!judged(R"({"data": [1]})").facts.usage.has_value());
    BOOST_TEST(!judged(R"({"usage": "none"})").facts.usage.has_value());
}

BOOST_AUTO_TEST_CASE(a_long_answer_is_judged_in_steps) {
    auto const body = long_answer(R"("usage": {"total_tokens": 7}, )", 300'000);
    codec::reply_view const reply(200, {}, body);
    chat_completion facts;
    api_error error;
    std::string detail;
    codec::endpoint_reply_judge judge(reply, codec::decode_limits(), facts, error, detail);
    std::size_t steps = 1;
    for (; !judge.step(); ++steps) BOOST_TEST_REQUIRE(steps < 1'000'000U);
    BOOST_TEST(steps > 3U);
    BOOST_TEST(!judge.result());
    BOOST_TEST_REQUIRE(facts.usage.has_value());
    BOOST_TEST(facts.usage->total_tokens == 7);
}

BOOST_AUTO_TEST_CASE(a_long_error_is_one) {
    auto const words = std::string(300'000, 'x');
    judged const result(R"({"error": {"message": "too long", "echo": ")" + words + R"("}})");
    BOOST_TEST((result.ec == errc::error_in_response));
    BOOST_TEST(result.error.message == "too long");
}

BOOST_AUTO_TEST_CASE(judging_may_be_given_up) {
    auto const body = long_answer("", 300'000);
    codec::reply_view const reply(200, {}, body);
    chat_completion facts;
    api_error error;
    std::string detail;
    codec::endpoint_reply_judge judge(reply, codec::decode_limits(), facts, error, detail);
    BOOST_TEST(!judge.step());
    BOOST_TEST(!judge.step());
    std::size_t steps = 0;
    while (!judge.give_up()) BOOST_TEST_REQUIRE(++steps < 1'000'000U);
    BOOST_TEST(judge.step());
    BOOST_TEST(!judge.result());
}

BOOST_AUTO_TEST_CASE(what_exceeds_the_limits_is_an_answer) {
    codec::decode_limits narrow(2);
    BOOST_TEST(!judged(R"({"a": {"b": {"c": {}}}, "error": "x"})", narrow).ec);
}

BOOST_AUTO_TEST_SUITE_END()
