// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/chat/encode_request.hpp"
#include "codec/chat/validate_request.hpp"
#include "support/fixtures/seed_samples.hpp"

#include <boost/test/unit_test.hpp>

// The requests of the five seed documents, as their pages build them.
namespace {

using async_llm::chat_request;
using async_llm::content_part;
using async_llm::message;
using async_llm::provider;
using async_llm::test::seed_request;

std::string body(chat_request const& request, provider const& endpoint) {
    std::string out;
    std::string detail;
    BOOST_TEST(!async_llm::codec::validate(request, endpoint.dialect, detail, endpoint.name), detail);
    BOOST_TEST(!async_llm::codec::encode_request(request, endpoint.dialect, out, detail), detail);
    return out;
}

void check_aimlapi(std::string const& name, std::string const& model) {
    auto const request = chat_request(model).user("Hello");
    auto const sent = body(request, provider::aimlapi("key"));
    BOOST_TEST(sent == seed_request(name));
    BOOST_TEST(sent == R"({"model":")" + model + R"(","messages":[{"role":"user","content":"Hello"}]})");
}

} // namespace

BOOST_AUTO_TEST_SUITE(golden_requests)

BOOST_AUTO_TEST_CASE(llama_3_70b_chat) {
    check_aimlapi("Llama-3-70b-chat-hf", "meta-llama/Llama-3-70b-chat-hf");
}

BOOST_AUTO_TEST_CASE(llama_3_8b_chat) {
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

BOOST_AUTO_TEST_CASE(openrouter_llama_3_70b_instruct_with_every_property) {
    chat_request request("meta-llama/llama-3-70b-instruct");
    request.system("Be brief.");
    request.messages.back().name = "editor";
    std::vector<content_part> parts;
    parts.push_back(content_part::text("What is in these pictures?"));
    parts.push_back(content_part::image_url("https://example.com/cat.png"));
    parts.push_back(content_part::image_url("data:image/png;base64,iVBORw0KGgo=", "auto"));
    request.add(message::user(std::move(parts)));
    request.messages.back().name = "alice";
    request.assistant("A cat and nothing.");
    request.add(message::tool_result("call_1", "It is called \u0141atka."));
    request.user("Hello");
    request.temperature = 1;
    request.top_p = 0.95;
    request.top_k = 40;
    request.top_a = 0.1;
    request.min_p = 0.05;
    request.frequency_penalty = -0.5;
    request.presence_penalty = 0.2;
    request.repetition_penalty = 1.1;
    BOOST_TEST(body(request, provider::openrouter("key")) == seed_request("llama-3-70b-instruct"));
}

BOOST_AUTO_TEST_CASE(what_the_openrouter_seed_does_not_require_may_be_missing) {
    auto const openrouter = provider::openrouter("key");
    BOOST_TEST(body(chat_request("m"), openrouter) == R"({"model":"m"})");
    message result(async_llm::role::tool, "4");
    result.name = "add";
    BOOST_TEST(
        body(chat_request("m").add(result), openrouter) ==
        R"({"model":"m","messages":[{"role":"tool","content":"4","name":"add"}]})"
    );
}

BOOST_AUTO_TEST_CASE(the_limits_of_the_openrouter_seed_are_legal) {
    auto const openrouter = provider::openrouter("key");
    auto request = chat_request("meta-llama/llama-3-70b-instruct").user("Hello");
    request.temperature = 0;
    request.top_p = 0;
    request.top_k = 0;
    request.top_a = 0;
    request.min_p = 0;
    request.frequency_penalty = -2;
    request.presence_penalty = -2;
    request.repetition_penalty = 0;
    BOOST_TEST(
        body(request, openrouter) ==
        R"({"model":"meta-llama/llama-3-70b-instruct","messages":[{"role":"user","content":"Hello"}],)"
        R"("temperature":0,"top_p":0,"top_k":0,"top_a":0,"min_p":0,)"
        R"("frequency_penalty":-2,"presence_penalty":-2,"repetition_penalty":0})"
    );
    request.temperature = 2;
    request.top_p = 1;
    request.top_a = 1;
    request.min_p = 1;
    request.frequency_penalty = 2;
    request.presence_penalty = 2;
    request.repetition_penalty = 2;
    body(request, openrouter);
}

BOOST_AUTO_TEST_SUITE_END()
