// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/seed_samples.hpp"

#include "support/fixtures/calls.hpp"

#include <boost/json/parse.hpp>

#include <string>
#include <utility>
#include <vector>

// The samples of the five seed documents on the whole wire: request line, header fields and body go out as
// the sample sends them, and the reply comes as it shows it.

namespace {

using namespace async_llm;
using namespace async_llm::test;
using testing::scripted_reply;
using fields = std::vector<std::pair<std::string, std::string>>;

/// Asks with this request, is answered with the model's sample, and returns what was sent.
testing::received_request
exchange(client_fixture& w, chat_request const& request, std::string const& sample) {
    auto const body = seed_reply(sample);
    w.server->enqueue(scripted_reply::raw(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body
    ));
    auto const client = w.make_client();
    auto const result = ask(w, client, request);
    require_success(*result);

    auto const shown = boost::json::parse(body);
    auto const& got = result->response.completion;
    BOOST_TEST(got.id == shown.at("id").as_string());
    BOOST_TEST(got.model == shown.at("model").as_string());
    BOOST_TEST(got.created == shown.at("created").as_int64());
    BOOST_TEST(got.text() == shown.at("choices").at(0).at("message").at("content").as_string());
    BOOST_TEST((got.choices.at(0).finish_reason == finish_reason::stop));
    BOOST_TEST(got.tool_calls().empty());
    BOOST_TEST_REQUIRE(got.usage.has_value());
    BOOST_TEST(got.usage->total_tokens == shown.at("usage").at("total_tokens").as_int64());
    return w.server->last_request();
}

void check_head(testing::received_request const& sent, std::string const& target, fields const& expected) {
    BOOST_TEST(sent.method == "POST");
    BOOST_TEST(sent.target == target);
    BOOST_TEST(sent.http_version == 11U);
    BOOST_TEST(sent.refused_with == 0);
    for (auto const& [name, value] : expected) {
        BOOST_TEST(sent.header_count(name) == 1U, name);
        BOOST_TEST(sent.header(name) == value, name);
    }
}

void check_aimlapi(std::string const& sample, std::string const& model) {
    client_fixture w;
    auto const sent = exchange(w, chat_request(model).user("Hello"), sample);
    fields const expected{{"Content-Type", "application/json"}, {"Authorization", "Bearer test-key"}};
    check_head(sent, "/v1/chat/completions", expected);
    BOOST_TEST(sent.body == seed_request(sample));
}

} // namespace

BOOST_AUTO_TEST_SUITE(seed_samples)

BOOST_AUTO_TEST_CASE(llama_3_chat) {
    check_aimlapi("Llama-3-70b-chat-hf", "meta-llama/Llama-3-70b-chat-hf");
    check_aimlapi("Llama-3-8b-chat-hf", "meta-llama/Llama-3-8b-chat-hf");
}

BOOST_AUTO_TEST_CASE(llama_3_8b_instruct_lite) {
    check_aimlapi("Meta-Llama-3-8B-Instruct-Lite", "meta-llama/Meta-Llama-3-8B-Instruct-Lite");
}

BOOST_AUTO_TEST_CASE(llama_3_3_70b_instruct_turbo) {
    check_aimlapi("Llama-3.3-70B-Instruct-Turbo", "meta-llama/Llama-3.3-70B-Instruct-Turbo");
}

BOOST_AUTO_TEST_CASE(llama_3_1_nemotron_70b) {
    check_aimlapi("Llama-3.1-Nemotron-70B-Instruct-HF", "nvidia/Llama-3.1-Nemotron-70B-Instruct-HF");
}

BOOST_AUTO_TEST_CASE(openrouter_llama_3_70b_instruct) {
    client_fixture w(scheme::https, testing::mock_options(testing::provider_dialect::openrouter));
    w.endpoint = provider::openrouter("test-key").app("https://app.example", "My app");
    w.endpoint.base_url = w.server->base_url();
    auto const request = chat_request("meta-llama/llama-3-70b-instruct").user("Hello");
    auto const sent = exchange(w, request, "llama-3-70b-instruct");
    fields const expected{
        {"Content-Type", "application/json"},
        {"Accept", "application/json"},
        {"Authorization", "Bearer test-key"},
        {"HTTP-Referer", "https://app.example"},
        {"X-Title", "My app"}
    };
    check_head(sent, "/api/v1/chat/completions", expected);
    BOOST_TEST(
        sent.body ==
        R"({"model":"meta-llama/llama-3-70b-instruct","messages":[{"role":"user","content":"Hello"}]})"
    );
}

BOOST_AUTO_TEST_CASE(openrouter_requires_the_model_alone) {
    testing::mock_options options(testing::provider_dialect::openrouter);
    options.check_body = false;
    client_fixture w(scheme::https, options);
    w.endpoint = provider::openrouter("test-key");
    w.endpoint.base_url = w.server->base_url();
    chat_request const bare("meta-llama/llama-3-70b-instruct");
    BOOST_TEST(
        exchange(w, bare, "llama-3-70b-instruct").body == R"({"model":"meta-llama/llama-3-70b-instruct"})"
    );
    message result(role::tool, "4");
    result.name = "add";
    auto const sent = exchange(w, chat_request("m").add(result), "llama-3-70b-instruct");
    BOOST_TEST(sent.body == R"({"model":"m","messages":[{"role":"tool","content":"4","name":"add"}]})");
}

BOOST_AUTO_TEST_SUITE_END()
