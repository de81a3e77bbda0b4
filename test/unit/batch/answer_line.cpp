// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/batch/answer_line.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace {

namespace json = boost::json;
using async_llm::codec::append_answer_line;
using async_llm::codec::line_key;
using async_llm::codec::new_answer_line;
using async_llm::codec::read_answer_line;
using async_llm::codec::read_body_usage;
using line_type = async_llm::codec::answer_line;

line_key some_key() {
    line_key key{};
    for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<unsigned char>(17 * i);
    return key;
}

constexpr std::string_view some_key_in_hex = "00112233445566778899aabbccddeeff";

new_answer_line good_answer() {
    new_answer_line line;
    line.custom_id = "a\"b";
    line.key = some_key();
    line.line = 12;
    line.status = 200;
    line.request_id = "req-1";
    line.body = R"({"usage":{"prompt_tokens":3}})";
    line.attempts = 2;
    line.latency_ms = 345;
    line.provider = "openrouter";
    line.cost = 0.5;
    return line;
}

std::string written(new_answer_line const& line) {
    std::string out;
    append_answer_line(line, out);
    BOOST_TEST(out.back() == '\n');
    out.pop_back();
    BOOST_TEST(out.find('\n') == std::string::npos);
    BOOST_TEST(out.find('\r') == std::string::npos);
    return out;
}

line_type read(std::string_view text) {
    line_type line;
    BOOST_TEST(read_answer_line(text, line), text);
    return line;
}

struct verdict_row {
    std::string_view line;
    int status;
    bool is_answer;
};

} // namespace

BOOST_AUTO_TEST_SUITE(answer_line)

BOOST_AUTO_TEST_CASE(an_answer_is_written_as_the_batch_api_has_it) {
    auto const expected = json::parse(R"({
        "id": "batch_req_00112233445566778899aabbccddeeff",
        "custom_id": "a\"b",
        "response": {"status_code": 200, "request_id": "req-1", "body": {"usage": {"prompt_tokens": 3}}},
        "error": null,
        "async_llm": {"attempts": 2, "latency_ms": 345, "provider": "openrouter", "cost": 5E-1,
                      "key": "00112233445566778899aabbccddeeff", "line": 12}})");
    BOOST_TEST(json::parse(written(good_answer())) == expected);
}

BOOST_AUTO_TEST_CASE(a_failure_has_the_same_shape) {
    auto line = good_answer();
    line.status = 400;
    line.error_code = "http_400";
    line.error_message = "no such model";
    line.is_final = true;
    auto const tree = json::parse(written(line));
    BOOST_TEST(tree.at("response").at("status_code") == 400);
    BOOST_TEST(tree.at("error") == json::parse(R"({"code":"http_400","message":"no such model"})"));
    BOOST_TEST(tree.at("async_llm").at("final") == true);
    line.status = 0;
    line.request_id = "";
    line.cost.reset();
    line.is_refused = true;
    auto const without_reply = json::parse(written(line));
    BOOST_TEST(without_reply.at("response").is_null());
    BOOST_TEST(without_reply.at("async_llm").at("cost").is_null());
    BOOST_TEST(without_reply.at("async_llm").at("refused") == true);
}

BOOST_AUTO_TEST_CASE(a_body_is_kept_whatever_it_is) {
    auto line = good_answer();
    line.body = "{\r\n  \"a\": \"x\\ny\"\n}\n";
    BOOST_TEST(json::parse(written(line)).at("response").at("body") == json::parse(R"({"a":"x\ny"})"));
    for (std::string_view const body : {"<html>\n\"no\"</html>", "", "{\"a\":1", "data: x\n\n"}) {
        line.body = body;
        auto const tree = json::parse(written(line));
        BOOST_TEST(std::string_view(tree.at("response").at("body").as_string()) == body);
    }
    line.body = "caf\xe9 \xc3\xa9";
    auto const tree = json::parse(written(line));
    BOOST_TEST(std::string_view(tree.at("response").at("body").as_string()) == "caf\xef\xbf\xbd \xc3\xa9");
}

BOOST_AUTO_TEST_CASE(what_is_written_is_read) {
    auto const text = written(good_answer());
    auto const line = read(text);
    BOOST_TEST(line.custom_id == "a\"b");
    BOOST_TEST((line.key == some_key()));
    BOOST_TEST(line.line == 12u);
    BOOST_TEST(line.status == 200);
    BOOST_TEST(line.is_answer);
    BOOST_TEST(!line.is_final);
    BOOST_TEST(!line.is_refused);
    BOOST_TEST(line.cost.value() == 0.5);
    BOOST_TEST(line.body == good_answer().body);
    auto failure = good_answer();
    failure.status = 0;
    failure.error_code = "timeout";
    failure.is_final = true;
    failure.is_refused = true;
    auto const failed_text = written(failure);
    auto const failed = read(failed_text);
    BOOST_TEST(!failed.is_answer);
    BOOST_TEST(failed.is_final);
    BOOST_TEST(failed.is_refused);
}

BOOST_AUTO_TEST_CASE(status_and_error_both_say_that_it_failed) {
    std::vector<verdict_row> const rows{
        {R"({"custom_id":"a","response":{"status_code":200,"body":{}},"error":null})", 200, true},
        {R"({"custom_id":"a","response":{"status_code":200,"body":{}}})", 200, true},
        {R"({"custom_id":"a","response":{"body":{}}})", 0, true},
        {R"({"custom_id":"a","response":{"status_code":200},"error":{}})", 200, true},
        // OpenAI: a rejected line has no error.
        {R"({"custom_id":"a","response":{"status_code":400,"body":{"error":{}}},"error":null})", 400, false},
        // vLLM has one.
        {R"({"custom_id":"a","response":{"status_code":200},"error":{"code":"x"}})", 200, false},
        {R"({"custom_id":"a","response":null,"error":{"code":"batch_expired"}})", 0, false},
        {R"({"custom_id":"a","response":null,"error":null})", 0, false},
        {R"({"custom_id":"a"})", 0, false},
        {R"({"custom_id":"a","response":{"status_code":302},"error":null})", 302, false},
    };
    for (auto const& row : rows) {
        auto const line = read(row.line);
        BOOST_TEST(line.status == row.status, row.line);
        BOOST_TEST(line.is_answer == row.is_answer, row.line);
        BOOST_TEST(!line.key);
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_line_is_not_read) {
    for (std::string_view const text :
         {"",
          "{",
          "[]",
          "{}",
          R"({"custom_id":null})",
          R"({"custom_id":1})",
          R"({"custom_id":"a"} x)",
          R"({"custom_id":"a","response":{"status_code":200})",
          R"({"custom_id":"a","x":01})"}) {
        line_type line;
        BOOST_TEST(!read_answer_line(text, line), text);
    }
    auto const whole = written(good_answer());
    for (std::size_t size = 0; size < whole.size(); ++size) {
        line_type line;
        BOOST_TEST(!read_answer_line(std::string_view(whole).substr(0, size), line));
    }
}

BOOST_AUTO_TEST_CASE(a_key_is_hexadecimal) {
    using async_llm::codec::read_hex;
    BOOST_TEST(async_llm::codec::to_hex(some_key()) == some_key_in_hex);
    BOOST_TEST((read_hex(some_key_in_hex) == some_key()));
    BOOST_TEST((read_hex("00112233445566778899AABBCCDDEEFF") == some_key()));
    BOOST_TEST(!read_hex("00112233445566778899aabbccddeef"));
    BOOST_TEST(!read_hex("00112233445566778899aabbccddeefg"));
    BOOST_TEST(!read_hex(""));
}

BOOST_AUTO_TEST_CASE(usage_of_a_body) {
    auto const openai =
        read_body_usage(R"({"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4,"cost":0.25}})");
    BOOST_TEST(openai->prompt_tokens == 3);
    BOOST_TEST(openai->completion_tokens == 4);
    BOOST_TEST(openai->cost.value() == 0.25);
    auto const vendor =
        read_body_usage(R"({"meta":{"usage":{"usd_spent":0.5}},"usage":{"prompt_tokens":1}})");
    BOOST_TEST(vendor->cost.value() == 0.5);
    BOOST_TEST(vendor->prompt_tokens == 1);
    BOOST_TEST(!read_body_usage("{}"));
    BOOST_TEST(!read_body_usage("text"));
    BOOST_TEST(!read_body_usage(R"({"usage":null})"));
}

BOOST_AUTO_TEST_SUITE_END()
