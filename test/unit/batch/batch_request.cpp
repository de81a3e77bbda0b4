// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/batch/batch_request.hpp"

#include "codec/batch/json_scanner.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace {

using line_type = async_llm::codec::batch_request;
using async_llm::codec::make_body;
using async_llm::codec::path_below_base;
using async_llm::codec::read_batch_request;

struct read_row {
    std::string_view line;
    std::string_view custom_id;
    std::string_view path;
    std::string_view body;
};

void check_read(read_row const& row) {
    BOOST_TEST_CONTEXT(row.line) {
        line_type line;
        BOOST_TEST(read_batch_request(row.line, 7, line) == "");
        BOOST_TEST(line.custom_id == row.custom_id);
        BOOST_TEST(line.path == row.path);
        BOOST_TEST(make_body(line, "") == row.body);
    }
}

struct refused_row {
    std::string_view line;
    std::string_view custom_id;
    std::string_view reason;
};

void check_refused(refused_row const& row) {
    BOOST_TEST_CONTEXT(row.line) {
        line_type line;
        auto const reason = read_batch_request(row.line, 7, line);
        BOOST_TEST(reason.find(row.reason) == 0u, reason);
        BOOST_TEST(line.custom_id == row.custom_id);
    }
}

std::string with_model(std::string_view text, std::string_view model) {
    line_type line;
    BOOST_TEST(read_batch_request(text, 1, line) == "");
    return make_body(line, model);
}

} // namespace

BOOST_AUTO_TEST_SUITE(batch_request)

BOOST_AUTO_TEST_CASE(the_forms_of_all_programs_are_read) {
    constexpr std::string_view chat = "/chat/completions";
    std::vector<read_row> const rows{
        // OpenAI, vLLM.
        {R"({"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{"model":"m","x":[1, 2]}})",
         "a",
         chat,
         R"({"model":"m","x":[1, 2]})"},
        {R"({"body":{"input":"x"},"url":"/v1/embeddings","method":"post","custom_id":"e"})",
         "e",
         "/embeddings",
         R"({"input":"x"})"},
        {R"({"custom_id":"s","url":"/score","body":{}})", "s", "/score", "{}"},
        {R"({"custom_id":"r","url":"/v1/rerank?x=1","body":{}})", "r", "/rerank?x=1", "{}"},
        // Together.
        {R"({"custom_id":"t","body":{"messages":[]}})", "t", chat, R"({"messages":[]})"},
        // What stands for nothing.
        {R"({"custom_id":null,"method":null,"url":"","body":{"a":null}})", "line-7", chat, R"({"a":null})"},
        {R"({"custom_id":"","body":{}})", "line-7", chat, "{}"},
        {R"({"custom_id":12,"body":{}})", "12", chat, "{}"},
        {R"({"custom_id":"\u00e9\"","body":{}})", "\xc3\xa9\"", chat, "{}"},
        // The body stays as it is, with its white space and its escapes.
        {"{\"body\": { \"a\" : \"\\u00e9\" ,\"n\":1.0e0 } , \"metadata\":{\"body\":{}}}",
         "line-7",
         chat,
         "{ \"a\" : \"\\u00e9\" ,\"n\":1.0e0 }"},
        {R"({"body":{"stream":false}})", "line-7", chat, R"({"stream":false})"},
        {R"({"body":{"stream":null,"x":{"stream":true}}})",
         "line-7",
         chat,
         R"({"stream":null,"x":{"stream":true}})"},
        // Bare bodies.
        {R"({"model":"m","messages":[{"role":"user","content":"x"}]})",
         "line-7",
         chat,
         R"({"model":"m","messages":[{"role":"user","content":"x"}]})"},
        {R"({"custom_id":"b","messages":[]})", "b", chat, R"({"messages":[]})"},
        {R"({"messages":[] , "custom_id" : "b"})", "b", chat, R"({"messages":[] })"},
        {R"({"model":"m","custom_id":"b","messages":[]})", "b", chat, R"({"model":"m","messages":[]})"},
        {"  {\"messages\":[]} \r", "line-7", chat, R"({"messages":[]})"},
    };
    for (auto const& row : rows) check_read(row);
}

BOOST_AUTO_TEST_CASE(lines_that_cannot_be_asked_say_why) {
    std::vector<refused_row> const rows{
        {"{", "line-7", "is no JSON: it ends too early"},
        {"hello", "line-7", "is no JSON"},
        {"[]", "line-7", "is no object"},
        {R"({"custom_id":"a","body":{}} x)", "a", "is no JSON at byte 29: x"},
        {R"({"custom_id":"a","body":{"x":01}})", "a", "is no JSON at byte"},
        {"{\"custom_id\":\"a\",\"body\":{\"x\":\"\xff\"}}", "a", "is no JSON at byte"},
        {std::string_view("{\"custom_id\":\"a\",\"body\":{\"x\":\"\0\"}}", 34), "a", "is no JSON at byte"},
        {R"({"custom_id":"a","method":"GET","body":{}})", "a", "method: is not POST: \"GET\""},
        {R"({"custom_id":"a","method":1,"body":{}})", "a", "method: is not POST"},
        {R"({"custom_id":"a","url":"https://other.example/v1/x","body":{}})", "a", "url: is not a path"},
        {R"({"custom_id":"a","url":5,"body":{}})", "a", "url: is not a path"},
        {R"({"custom_id":"a","url":"/v1/../admin","body":{}})", "a", "url: is not a path"},
        {R"({"custom_id":"a","method":"POST","url":"/v1/x"})", "a", "body: is missing"},
        {R"({"custom_id":"a","body":[]})", "a", "body: is no object"},
        {R"({"custom_id":"a","body":null})", "a", "body: is no object"},
        {R"({"custom_id":"a","prompt":"x"})", "a", "has neither body nor messages"},
        {"{}", "line-7", "has neither body nor messages"},
        {R"({"custom_id":"a","body":{"stream":true}})", "a", "stream: "},
        {R"({"custom_id":"a","body":{"str\u0065am":1}})", "a", "stream: "},
        {R"({"custom_id":["a"],"body":{}})", "line-7", "custom_id: "},
        {R"({"custom_id":"\ud800","body":{}})", "line-7", "custom_id: "},
    };
    for (auto const& row : rows) check_refused(row);
}

BOOST_AUTO_TEST_CASE(a_model_replaces_that_of_the_body) {
    BOOST_TEST(with_model(R"({"body":{"model":"a","x":1}})", "b") == R"({"model":"b","x":1})");
    BOOST_TEST(with_model(R"({"body":{"x":1, "model" : null }})", "b\"") == R"({"x":1, "model" : "b\"" })");
    BOOST_TEST(with_model(R"({"body":{"x":1}})", "b") == R"({"model":"b","x":1})");
    BOOST_TEST(with_model(R"({"body":{ }})", "b") == R"({"model":"b" })");
    BOOST_TEST(with_model(R"({"body":{"x":{"model":"in"}}})", "b") == R"({"model":"b","x":{"model":"in"}})");
    BOOST_TEST(
        with_model(R"({"custom_id":"i","messages":[],"model":"a"})", "b") == R"({"messages":[],"model":"b"})"
    );
    BOOST_TEST(
        with_model(R"({"messages":[],"model":"a","custom_id":"i"})", "b") == R"({"messages":[],"model":"b"})"
    );
    BOOST_TEST(with_model(R"({"custom_id":"i","messages":[]})", "b") == R"({"model":"b","messages":[]})");
    BOOST_TEST(with_model(R"({"messages":[],"custom_id":"i"})", "b") == R"({"model":"b","messages":[]})");
}

BOOST_AUTO_TEST_CASE(temperature_zero_is_deterministic) {
    for (auto const& [text, expected] : std::vector<std::pair<std::string, bool>>{
             {"0", true},
             {"0.0", true},
             {"-0", true},
             {"0e5", true},
             {"0.10", false},
             {"1", false},
             {"null", false},
             {"\"0\"", false},
             {"1e-0", false}
         }) {
        line_type line;
        auto const row = R"({"body":{"temperature":)" + text + "}}";
        BOOST_TEST(read_batch_request(row, 1, line) == "");
        BOOST_TEST(line.is_deterministic == expected, text);
    }
}

BOOST_AUTO_TEST_CASE(a_url_stays_below_the_base_url) {
    BOOST_TEST(path_below_base("/v1/chat/completions") == "/chat/completions");
    BOOST_TEST(path_below_base("/chat/completions") == "/chat/completions");
    BOOST_TEST(path_below_base("/v1beta/x") == "/v1beta/x");
    BOOST_TEST(path_below_base("/v1/a.b/c") == "/a.b/c");
    for (std::string_view const url :
         {"",
          "/",
          "/v1",
          "/v1/",
          "v1/x",
          "//host/x",
          "/v1//host",
          "/a/../b",
          "/..",
          "/a/.",
          "/a%2e/b",
          "/a b",
          "/a\r\nX: y",
          "/a#b",
          "/?x",
          "/v1/?x",
          "http://h/x",
          "/\xc3\xa9"})
        BOOST_TEST((path_below_base(url) == "" || url == "/v1"), url);
}

BOOST_AUTO_TEST_CASE(of_two_bodies_the_later_counts) {
    line_type line;
    std::string_view const text = R"({"body":{"model":"m","stream":true,"temperature":0},"body":{"n":1}})";
    BOOST_TEST(read_batch_request(text, 1, line) == "");
    BOOST_TEST(line.body == R"({"n":1})");
    BOOST_TEST(line.model == "");
    BOOST_TEST(!line.is_deterministic);
}

BOOST_AUTO_TEST_CASE(a_body_counts_to_the_depth_of_its_line) {
    auto const line_of = [](std::size_t depth) {
        return R"({"body":{"x":)" + std::string(depth - 2, '[') + std::string(depth - 2, ']') + "}}";
    };
    constexpr auto deepest = async_llm::codec::json_scanner::max_depth;
    line_type line;
    auto const good = line_of(deepest);
    BOOST_TEST(read_batch_request(good, 1, line) == "");
    auto const bad = line_of(deepest + 1);
    BOOST_TEST(read_batch_request(bad, 1, line) != "");
}

BOOST_AUTO_TEST_SUITE_END()
