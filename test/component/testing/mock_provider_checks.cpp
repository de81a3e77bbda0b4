// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)
#include "support/servers/raw_client.hpp"
#include "support/servers/running_provider.hpp"
#include <async_llm/testing/mock_provider.hpp>

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>
#include <vector>

namespace {

using namespace async_llm::testing;
using async_llm::test::chat_body;
using async_llm::test::chat_request_text;
using async_llm::test::raw_client;
using async_llm::test::raw_reply;
using async_llm::test::running_provider;

constexpr auto all_dialects =
    {provider_dialect::openai, provider_dialect::openrouter, provider_dialect::aimlapi};

raw_reply ask(mock_options options, std::string const& request) {
    running_provider provider(std::move(options));
    raw_client client(provider.server.port());
    BOOST_REQUIRE(!client.connect());
    auto reply = client.exchange(request);
    for (auto const& received : provider.server.requests())
        BOOST_TEST(received.refused_with == (reply.status >= 300 ? reply.status : 0));
    return reply;
}

std::string with_head(std::string const& head) { return head + "Content-Length: 0\r\n\r\n"; }

// One connection per dialect, for many bodies.
class checker {
public:
    explicit checker(provider_dialect dialect)
        : provider_(mock_options(dialect)), client_(provider_.server.port()) {
        BOOST_REQUIRE(!client_.connect());
    }

    // Status of the reply to this body.
    int operator()(std::string const& body) {
        last_ = client_.exchange(chat_request_text(body));
        return last_.status;
    }

    // Status of the reply to a good body with these further members.
    int with(std::string const& members) {
        return (*this)(R"({"model":"m","messages":[{"role":"user","content":"x"}],)" + members + "}");
    }

    // Status of the reply to these messages.
    int messages(std::string const& list) { return (*this)(R"({"model":"m","messages":[)" + list + "]}"); }

    std::string const& body() const { return last_.body; }

private:
    running_provider provider_;
    raw_client client_;
    raw_reply last_;
};

// Further members of a good body, and who accepts them.
struct member_case {
    char const* members;
    bool openrouter;
    bool aimlapi;
};

void check_members(std::vector<member_case> const& cases) {
    checker openrouter(provider_dialect::openrouter);
    checker aimlapi(provider_dialect::aimlapi);
    for (auto const& [members, openrouter_accepts, aimlapi_accepts] : cases) {
        BOOST_TEST_CONTEXT(members) {
            BOOST_TEST(openrouter.with(members) == (openrouter_accepts ? 200 : 400));
            BOOST_TEST(aimlapi.with(members) == (aimlapi_accepts ? 200 : 400));
        }
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(mock_provider_checks)

BOOST_AUTO_TEST_CASE(paths_and_methods) {
    auto const status = [](std::string const& line) {
        auto text = chat_request_text(chat_body("x"));
        text.replace(0, text.find("\r\n"), line);
        return ask(mock_options(), text).status;
    };
    BOOST_TEST(status("POST /v1/chat/completions HTTP/1.1") == 200);
    BOOST_TEST(status("POST /api/v1/chat/completions?a=b HTTP/1.1") == 200);
    BOOST_TEST(status("POST /chat/completions HTTP/1.1") == 200);
    BOOST_TEST(status("POST /v1/chat/completions/ HTTP/1.1") == 404);
    BOOST_TEST(status("GET /v1/models HTTP/1.1") == 404);
    auto const wrong = ask(mock_options(), with_head("GET /v1/chat/completions HTTP/1.1\r\nHost: a\r\n"));
    BOOST_TEST(wrong.status == 405);
    BOOST_TEST(wrong.head.find("Allow: POST\r\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(keys) {
    mock_options options;
    BOOST_TEST(ask(options, chat_request_text(chat_body("x"))).status == 200);
    options.accepted_keys = {"sk-other", "sk-test"};
    BOOST_TEST(ask(options, chat_request_text(chat_body("x"))).status == 200);
    options.accepted_keys = {"sk-tes", "sk-test2"};
    for (auto const dialect : all_dialects) {
        options.dialect = dialect;
        auto const refused = ask(options, chat_request_text(chat_body("x")));
        BOOST_TEST(refused.status == 401);
        BOOST_TEST(boost::json::parse(refused.body).as_object().contains("error"));
    }
    std::string const without = "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\n";
    BOOST_TEST(ask(mock_options(), with_head(without)).status == 401);
    BOOST_TEST(ask(mock_options(), with_head(without + "Authorization: Basic YQ==\r\n")).status == 401);
    BOOST_TEST(ask(mock_options(), with_head(without + "Authorization: Bearer \r\n")).status == 401);
    options.check_authorization = false;
    BOOST_TEST(ask(options, chat_request_text(chat_body("x"))).status == 200);
}

BOOST_AUTO_TEST_CASE(content_types) {
    auto const status = [](std::string const& field) {
        auto text = chat_request_text(chat_body("x"));
        std::string const old = "Content-Type: application/json\r\n";
        text.replace(text.find(old), old.size(), field);
        return ask(mock_options(), text).status;
    };
    BOOST_TEST(status("content-type: Application/JSON ; charset=utf-8\r\n") == 200);
    BOOST_TEST(status("Content-Type: text/plain\r\n") == 415);
    BOOST_TEST(status("") == 415);
    BOOST_TEST(status("Content-Type: application/json\r\nContent-Type: application/json\r\n") == 400);
}

BOOST_AUTO_TEST_CASE(malformed_http) {
    BOOST_TEST(ask(mock_options(), "nonsense\r\n\r\n").status == 400);
    mock_options options;
    options.max_head_size = 1000;
    options.max_body_size = 1000;
    BOOST_TEST(ask(options, chat_request_text(chat_body("x"))).status == 200);
    BOOST_TEST(ask(options, "POST / HTTP/1.1\r\nX: " + std::string(2000, 'x') + "\r\n\r\n").status == 431);
    BOOST_TEST(ask(options, chat_request_text(chat_body(std::string(2000, 'x')))).status == 413);
}

BOOST_AUTO_TEST_CASE(chunked_and_expected_bodies) {
    running_provider provider;
    raw_client client(provider.server.port());
    BOOST_REQUIRE(!client.connect());
    auto text =
        chat_request_text(chat_body("chunks"), "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n");
    auto const head_end = text.find("\r\n\r\n") + 4;
    auto head = text.substr(0, head_end);
    auto const length = head.find("Content-Length");
    head.erase(length, head.find("\r\n", length) + 2 - length);
    BOOST_REQUIRE(!client.send(head));
    BOOST_TEST(client.receive_reply().status == 100);
    auto const body = chat_body("chunks");
    BOOST_REQUIRE(!client.send("5\r\n" + body.substr(0, 5) + "\r\n"));
    BOOST_REQUIRE(!client.send("40\r\n" + body.substr(5, 0x40) + "\r\n0\r\n"));
    auto const rest = body.size() - 5 - 0x40;
    BOOST_TEST(rest > 0U);
    client.close();

    BOOST_REQUIRE(!client.connect());
    BOOST_REQUIRE(!client.send(head));
    BOOST_TEST(client.receive_reply().status == 100);
    for (char const each : body) BOOST_REQUIRE(!client.send("1\r\n" + std::string(1, each) + "\r\n"));
    BOOST_REQUIRE(!client.send("0\r\n"));
    BOOST_REQUIRE(!client.send("\r"));
    BOOST_REQUIRE(!client.send("\n"));
    BOOST_TEST(client.receive_reply().status == 200);
    BOOST_TEST(provider.server.last_request().body == body);
}

BOOST_AUTO_TEST_CASE(switched_off_body_checks) {
    mock_options options;
    options.check_body = false;
    BOOST_TEST(ask(options, chat_request_text("not JSON")).status == 200);
}

BOOST_AUTO_TEST_CASE(bodies) {
    for (auto const dialect : all_dialects) {
        checker status(dialect);
        BOOST_TEST(status("") == 400);
        BOOST_TEST(status("{") == 400);
        BOOST_TEST(status("[]") == 400);
        BOOST_TEST(status(chat_body("x")) == 200);
        BOOST_TEST(
            status(R"({"messages":[{"role":"user","content":"x"}]})") ==
            (dialect == provider_dialect::openrouter ? 200 : 400)
        );
        BOOST_TEST(status(R"({"model":"","messages":[{"role":"user","content":"x"}]})") == 400);
        BOOST_TEST(status(R"({"model":7,"messages":[{"role":"user","content":"x"}]})") == 400);
        BOOST_TEST(status(R"({"model":"m"})") == 400);
        BOOST_TEST(status.messages("") == 400);
        BOOST_TEST(status.messages("7") == 400);
    }
}

BOOST_AUTO_TEST_CASE(messages) {
    for (auto const dialect : all_dialects) {
        checker status(dialect);
        bool const aimlapi = dialect == provider_dialect::aimlapi;
        BOOST_TEST(status.messages(R"({"role":"wizard","content":"x"})") == 400);
        BOOST_TEST(status.messages(R"({"content":"x"})") == 400);
        BOOST_TEST(status.messages(R"({"role":"user"})") == 400);
        BOOST_TEST(status.messages(R"({"role":"user","content":null})") == 400);
        BOOST_TEST(
            status.messages(R"({"role":"system","content":"x"},{"role":"developer","content":"x","name":"n"})"
            ) == 200
        );
        BOOST_TEST(status.messages(R"({"role":"system","content":"x","more":1})") == (aimlapi ? 400 : 200));
        BOOST_TEST(
            status.messages(R"({"role":"function","content":"x","name":"f"})") ==
            (dialect == provider_dialect::openrouter ? 400 : 200)
        );
        BOOST_TEST(status.messages(R"({"role":"tool","content":"x"})") == 400);
        BOOST_TEST(status.messages(R"({"role":"tool","content":"x","tool_call_id":"1"})") == 200);
        BOOST_TEST(
            status.messages(R"({"role":"tool","content":[{"type":"text","text":"x"}],"tool_call_id":"1"})") ==
            (aimlapi ? 400 : 200)
        );
        BOOST_TEST(status.messages(R"({"role":"assistant","content":null})") == (aimlapi ? 400 : 200));
        std::string const call =
            R"({"role":"assistant","tool_calls":[{"id":"1","type":"function","function":)";
        BOOST_TEST(status.messages(call + R"({"name":"f","arguments":"{}"}}]})") == 200);
        BOOST_TEST(status.messages(call + R"({"name":"f","arguments":{}}}]})") == 400);
    }
}

BOOST_AUTO_TEST_CASE(content_parts) {
    for (auto const dialect : all_dialects) {
        checker status(dialect);
        auto const part = [&status](std::string const& role, std::string const& text) {
            return status.messages(R"({"role":")" + role + R"(","content":[)" + text + "]}");
        };
        std::string const image = R"({"type":"image_url","image_url":{"url":"data:","detail":"low"}})";
        BOOST_TEST(part("user", R"({"type":"text","text":"x"},)" + image) == 200);
        BOOST_TEST(part("system", image) == 400);
        BOOST_TEST(part("user", R"({"type":"image_url","image_url":"data:"})") == 400);
        BOOST_TEST(part("user", R"({"type":"image_url","image_url":{"url":"x","detail":"tiny"}})") == 400);
        BOOST_TEST(part("user", R"({"type":"text"})") == 400);
        BOOST_TEST(part("user", R"({"type":"hologram"})") == 400);
        BOOST_TEST(
            part("user", R"({"type":"input_audio","input_audio":{"data":"","format":"wav"}})") ==
            (dialect == provider_dialect::aimlapi ? 400 : 200)
        );
        BOOST_TEST(part("assistant", R"({"type":"refusal","refusal":"no"})") == 200);
    }
}

BOOST_AUTO_TEST_CASE(ranges) {
    check_members({
        {R"("temperature":0)", true, true},
        {R"("temperature":2.0)", true, true},
        {R"("temperature":2.1)", false, false},
        {R"("temperature":"1")", false, false},
        {R"("temperature":null)", true, false},
        {R"("top_p":0)", true, false},
        {R"("top_p":0.01)", true, true},
        {R"("top_p":1.01)", false, false},
        {R"("top_k":0)", true, true},
        {R"("top_k":-1)", false, true},
        {R"("top_k":1.5)", false, true},
        {R"("top_a":1)", true, true},
        {R"("top_a":2)", false, false},
        {R"("min_p":0)", true, false},
        {R"("min_p":0.999)", true, true},
        {R"("frequency_penalty":-2)", true, true},
        {R"("frequency_penalty":-2.5)", false, false},
        {R"("frequency_penalty":null)", true, true},
        {R"("presence_penalty":3)", false, false},
        {R"("repetition_penalty":5)", false, true},
        {R"("seed":0)", true, false},
        {R"("seed":1)", true, true},
        {R"("max_tokens":0)", false, false},
        {R"("max_tokens":null)", true, false},
        {R"("max_completion_tokens":1)", true, true},
        {R"("top_logprobs":21)", false, false},
        {R"("n":0)", false, false},
        {R"("stop":["a","b","c","d"])", true, true},
        {R"("stop":["a","b","c","d","e"])", false, false},
        {R"("stop":null)", true, true},
        {R"("stop":7)", false, false},
        {R"("stream":"yes")", false, false},
        {R"("stream":null)", true, false},
        {R"("logprobs":null)", true, true},
        {R"("logit_bias":{"1":-100})", true, true},
        {R"("logit_bias":{"1":-101})", false, false},
        {R"("logit_bias":{"1":"a"})", false, false},
        {R"("stream_options":{})", true, false},
        {R"("stream_options":{"include_usage":true})", true, true},
        {R"("stream_options":{"include_usage":"yes"})", false, false},
        {R"("stream_options":true)", false, false},
        {R"("stream_options":null)", true, false},
        {R"("stream":false,"stream_options":{"include_usage":true})", true, true},
        {R"("anything_else":{"a":[1]})", true, true},
    });
}

BOOST_AUTO_TEST_CASE(openai_takes_stream_options_with_a_stream_only) {
    checker openai(provider_dialect::openai);
    for (std::string const without : {"", R"("stream":false,)", R"("stream":null,)"}) {
        BOOST_TEST(openai.with(without + R"("stream_options":{"include_usage":true})") == 400);
        BOOST_TEST(boost::json::parse(openai.body()).at("error").at("param").as_string() == "stream_options");
        BOOST_TEST(openai.with(without + R"("stream_options":null)") == 200);
    }
    BOOST_TEST(openai.with(R"("stream":true,"stream_options":{"include_usage":1})") == 400);
    BOOST_TEST(openai.with(R"("stream":true,"stream_options":{"include_usage":null})") == 400);
}

BOOST_AUTO_TEST_CASE(tools_and_formats) {
    check_members({
        {R"("tools":[{"type":"function","function":{"name":"f","parameters":{}}}])", true, true},
        {R"("tools":[{"type":"function","function":{"name":"f"}}])", true, false},
        {R"("tools":[{"type":"function","function":{"name":"f","parameters":{}},"x":1}])", true, false},
        {R"("tools":[{"type":"function","function":{"name":"","parameters":{}}}])", false, false},
        {R"("tools":[{"type":"function","function":{"name":"f","parameters":7}}])", false, false},
        {R"("tools":[{"type":"openrouter:web_search"}])", true, false},
        {R"("tools":[{"type":"spoon"}])", false, false},
        {R"("tools":{})", false, false},
        {R"("tools":null)", true, false},
        {R"("tool_choice":"auto")", true, true},
        {R"("tool_choice":"maybe")", false, false},
        {R"("tool_choice":{"type":"function","function":{"name":"f"}})", true, true},
        {R"("tool_choice":{"type":"function"})", false, false},
        {R"("response_format":{"type":"json_object"})", true, true},
        {R"("response_format":{"type":"python"})", true, false},
        {R"("response_format":{"type":"json_schema","json_schema":{"name":"n"}})", true, true},
        {R"("response_format":{"type":"json_schema"})", false, false},
        {R"("models":["a","b"])", true, true},
        {R"("models":[1])", false, true},
        {R"("provider":{"order":["a"],"zdr":true})", true, true},
        {R"("provider":{"colour":"red"})", false, true},
    });
}

BOOST_AUTO_TEST_CASE(errors_name_the_field) {
    checker openai(provider_dialect::openai);
    BOOST_TEST(openai.with(R"("top_p":7)") == 400);
    BOOST_TEST(boost::json::parse(openai.body()).at("error").at("param").as_string() == "top_p");
    checker aimlapi(provider_dialect::aimlapi);
    BOOST_TEST(aimlapi.messages(R"({"role":"user","content":7})") == 400);
    auto const details = boost::json::parse(aimlapi.body()).at("error").at("details");
    BOOST_TEST(details.at(0).at("path").as_string() == "messages.0.content");
    checker openrouter(provider_dialect::openrouter);
    BOOST_TEST(openrouter.with(R"("seed":"x")") == 400);
    auto const error = boost::json::parse(openrouter.body()).at("error");
    BOOST_TEST(std::string(error.at("message").as_string()).find("seed") != std::string::npos);
    BOOST_TEST(error.at("code").as_int64() == 400);
}

BOOST_AUTO_TEST_CASE(refused_requests_take_nothing_from_the_queue) {
    running_provider provider;
    provider.server.enqueue(scripted_reply::completion("kept"));
    raw_client client(provider.server.port());
    BOOST_REQUIRE(!client.connect());
    BOOST_TEST(client.exchange(chat_request_text("{}")).status == 400);
    BOOST_TEST(provider.server.queued() == 1U);
    BOOST_TEST(client.exchange(chat_request_text(chat_body("x"))).body.find("kept") != std::string::npos);
    BOOST_TEST(provider.server.stats().requests_refused == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
