// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/streams/decoding.hpp"

#include <boost/test/unit_test.hpp>

// The replies that the documentation of the providers shows for the six models, field by field. The
// documentation has one reply for both models called Llama-3-...-chat-hf and only a schema for OpenRouter's;
// those two replies are made up in the documented shape.

using namespace async_llm;
using codec::decoded;

namespace {

decoded golden(std::string const& name) {
    auto const body = codec::read_file(ASYNC_LLM_TEST_DATA_DIR "/seeds/" + name + ".reply.json");
    auto reply = codec::decode(body);
    BOOST_TEST_REQUIRE(!reply.ec, reply.ec.message() << ": " << reply.detail);
    return reply;
}

/// Checks what the replies of all models have in common.
void check_shape(decoded const& reply) {
    auto const& c = reply.completion;
    BOOST_TEST(c.object == "chat.completion");
    BOOST_TEST(c.provider == "");
    BOOST_TEST(c.service_tier == "");
    BOOST_TEST(c.extra.empty());
    BOOST_TEST_REQUIRE(c.choices.size() == 1u);
    BOOST_TEST(c.choices[0].index == 0);
    BOOST_TEST((c.choices[0].finish_reason == finish_reason::stop));
    BOOST_TEST(c.choices[0].finish_reason.text() == "stop");
    BOOST_TEST(c.choices[0].native_finish_reason == "");
    BOOST_TEST(c.choices[0].logprobs.empty());
    BOOST_TEST(c.choices[0].refusal_logprobs.empty());
    BOOST_TEST(!c.choices[0].error);
    BOOST_TEST(c.choices[0].extra.empty());
    BOOST_TEST(reply.error.empty());
    BOOST_TEST(reply.detail == "");
}

void check_message(assistant_message const& message) {
    BOOST_TEST((message.role == role::assistant));
    BOOST_TEST(message.content_parts.empty());
    BOOST_TEST(!message.refusal);
    BOOST_TEST(!message.reasoning);
    BOOST_TEST(!message.reasoning_details);
    BOOST_TEST(message.tool_calls.empty());
    BOOST_TEST(message.annotations.empty());
    BOOST_TEST(message.images.empty());
    BOOST_TEST(message.audio.is_null());
    BOOST_TEST(message.extra.empty());
}

void check_usage(decoded const& reply, std::int64_t prompt, std::int64_t completion, std::int64_t total) {
    BOOST_TEST_REQUIRE(reply.completion.usage.has_value());
    auto const& usage = *reply.completion.usage;
    BOOST_TEST(usage.prompt_tokens == prompt);
    BOOST_TEST(usage.completion_tokens == completion);
    BOOST_TEST(usage.total_tokens == total);
    for (auto const& count :
         {usage.cached_tokens,
          usage.cache_write_tokens,
          usage.prompt_audio_tokens,
          usage.prompt_image_tokens,
          usage.prompt_video_tokens,
          usage.reasoning_tokens,
          usage.completion_audio_tokens,
          usage.completion_image_tokens,
          usage.accepted_prediction_tokens,
          usage.rejected_prediction_tokens})
        BOOST_TEST(!count);
    BOOST_TEST(!usage.cost);
    BOOST_TEST(!usage.credits_used);
    BOOST_TEST(!usage.is_byok);
    BOOST_TEST(usage.cost_details.empty());
    BOOST_TEST(usage.extra.empty());
}

void check_identity(decoded const& reply, std::string_view id, std::int64_t created, std::string_view model) {
    check_shape(reply);
    check_message(reply.message());
    BOOST_TEST(reply.completion.id == id);
    BOOST_TEST(reply.completion.created == created);
    BOOST_TEST(reply.completion.model == model);
}

} // namespace

BOOST_AUTO_TEST_SUITE(golden_replies)

BOOST_AUTO_TEST_CASE(llama_3_70b_chat_hf) {
    auto const reply = golden("Llama-3-70b-chat-hf");
    check_identity(reply, "npQoMP3-4yUbBN-92dab967fbdeb248", 1744209255, "meta-llama/Llama-3-70b-chat-hf");
    check_usage(reply, 20, 48, 68);
    BOOST_TEST(
        reply.completion.text() ==
        "Hello! It's nice to meet you. Is there something I can help you with, or would you like to chat?"
    );
    BOOST_TEST(reply.completion.system_fingerprint == "");
}

BOOST_AUTO_TEST_CASE(llama_3_8b_chat_hf) {
    auto const reply = golden("Llama-3-8b-chat-hf");
    check_identity(reply, "npQoMP3-4yUbBN-92dab967fbdeb249", 1744209256, "meta-llama/Llama-3-8b-chat-hf");
    check_usage(reply, 11, 9, 20);
    BOOST_TEST(reply.completion.text() == "Hello! How can I help you today?");
    BOOST_TEST(reply.completion.system_fingerprint == "");
}

BOOST_AUTO_TEST_CASE(meta_llama_3_8b_instruct_lite) {
    auto const reply = golden("Meta-Llama-3-8B-Instruct-Lite");
    check_identity(
        reply,
        "npQo3s3-4Yz4kd-92dab7f63b26cee7",
        1744209196,
        "meta-llama/Meta-Llama-3-8B-Instruct-Lite"
    );
    check_usage(reply, 2, 5, 7);
    BOOST_TEST(
        reply.completion.text() ==
        "Hello! It's nice to meet you. Is there something I can help you with, or would you like to chat?"
    );
    BOOST_TEST(reply.completion.system_fingerprint == "");
}

BOOST_AUTO_TEST_CASE(llama_3_3_70b_instruct_turbo) {
    auto const reply = golden("Llama-3.3-70B-Instruct-Turbo");
    check_identity(
        reply,
        "npQ5s8C-2j9zxn-92d9f3c84a529790",
        1744201161,
        "meta-llama/Llama-3.3-70B-Instruct-Turbo"
    );
    check_usage(reply, 67, 46, 113);
    BOOST_TEST(
        reply.completion.text() ==
        "Hello. It's nice to meet you. Is there something I can help you with or would you like to chat?"
    );
    BOOST_TEST(reply.completion.system_fingerprint == "");
}

BOOST_AUTO_TEST_CASE(llama_3_1_nemotron_70b_instruct_hf) {
    auto const reply = golden("Llama-3.1-Nemotron-70B-Instruct-HF");
    check_identity(
        reply,
        "npPEFLY-3NKUce-92d9076cad2dfef3",
        1744191480,
        "nvidia/Llama-3.1-Nemotron-70B-Instruct-HF"
    );
    check_usage(reply, 31, 266, 297);
    BOOST_TEST(
        reply.completion.text() ==
        "Hello!\n\nIt's nice to meet you. Is there something I can help you with or would you like to:\n\n"
        "1. **Chat about a topic** (e.g., hobbies, movies, books, or news)?\n"
        "2. **Ask a question** (e.g., general knowledge, advice, or technical queries)?\n"
        "3. **Play a game** (e.g., 20 Questions, Hangman, or Word Chain)?\n"
        "4. **Generate creative content** (e.g., story, poem, or character ideas)?\n"
        "5. **Something else** (please specify, and I'll do my best to assist you)?\n\n"
        "Please respond with the number of your chosen activity, or describe what's on your mind!"
    );
    BOOST_TEST(reply.completion.system_fingerprint == "");
}

BOOST_AUTO_TEST_CASE(openrouter_llama_3_70b_instruct) {
    auto const reply = golden("llama-3-70b-instruct");
    check_identity(
        reply,
        "gen-1744209300-Zq3vXn5Jc8TtLr0wKfYb",
        1744209300,
        "meta-llama/llama-3-70b-instruct"
    );
    check_usage(reply, 11, 16, 27);
    BOOST_TEST(reply.completion.text() == "Hello! It's nice to meet you. What can I do for you?");
    BOOST_TEST(reply.completion.system_fingerprint == "fp_44709d6fcb");
}

BOOST_AUTO_TEST_SUITE_END()
