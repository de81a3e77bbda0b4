// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)
#include <async_llm/testing/scripted_reply.hpp>

#include <array>

namespace async_llm::testing {
namespace {

struct recording {
    std::string_view model;
    std::string_view body;
};

// The first one and the third to fifth are the replies of the providers' documentation, which prints them as
// Python literals, as JSON. The documentation has one reply for both Llama-3-chat-hf models, that of the 70b
// one; the 8b one and OpenRouter's (which has a schema only) are built in the documented shape.
constexpr std::array<recording, 6> recordings{{
    {"meta-llama/Llama-3-70b-chat-hf",
     R"({"id":"npQoMP3-4yUbBN-92dab967fbdeb248","object":"chat.completion","choices":[{"index":0,"finish)"
     R"(_reason":"stop","logprobs":null,"message":{"role":"assistant","content":"Hello! It's nice to mee)"
     R"(t you. Is there something I can help you with, or would you like to chat?","tool_calls":[]}}],"c)"
     R"(reated":1744209255,"model":"meta-llama/Llama-3-70b-chat-hf","usage":{"prompt_tokens":20,"complet)"
     R"(ion_tokens":48,"total_tokens":68}})"},
    {"meta-llama/Llama-3-8b-chat-hf",
     R"({"id":"npQoMP3-4yUbBN-92dab967fbdeb249","object":"chat.completion","choices":[{"index":0,"finish)"
     R"(_reason":"stop","logprobs":null,"message":{"role":"assistant","content":"Hello! How can I help y)"
     R"(ou today?","tool_calls":[]}}],"created":1744209256,"model":"meta-llama/Llama-3-8b-chat-hf","usag)"
     R"(e":{"prompt_tokens":11,"completion_tokens":9,"total_tokens":20}})"},
    {"meta-llama/Meta-Llama-3-8B-Instruct-Lite",
     R"({"id":"npQo3s3-4Yz4kd-92dab7f63b26cee7","object":"chat.completion","choices":[{"index":0,"finish)"
     R"(_reason":"stop","logprobs":null,"message":{"role":"assistant","content":"Hello! It's nice to mee)"
     R"(t you. Is there something I can help you with, or would you like to chat?","tool_calls":[]}}],"c)"
     R"(reated":1744209196,"model":"meta-llama/Meta-Llama-3-8B-Instruct-Lite","usage":{"prompt_tokens":2)"
     R"(,"completion_tokens":5,"total_tokens":7}})"},
    {"meta-llama/Llama-3.3-70B-Instruct-Turbo",
     R"({"id":"npQ5s8C-2j9zxn-92d9f3c84a529790","object":"chat.completion","choices":[{"index":0,"finish)"
     R"(_reason":"stop","logprobs":null,"message":{"role":"assistant","content":"Hello. It's nice to mee)"
     R"(t you. Is there something I can help you with or would you like to chat?","tool_calls":[]}}],"cr)"
     R"(eated":1744201161,"model":"meta-llama/Llama-3.3-70B-Instruct-Turbo","usage":{"prompt_tokens":67,)"
     R"("completion_tokens":46,"total_tokens":113}})"},
    {"nvidia/Llama-3.1-Nemotron-70B-Instruct-HF",
     R"({"id":"npPEFLY-3NKUce-92d9076cad2dfef3","object":"chat.completion","choices":[{"index":0,"finish)"
     R"(_reason":"stop","logprobs":null,"message":{"role":"assistant","content":"Hello!\n\nIt's nice to )"
     R"(meet you. Is there something I can help you with or would you like to:\n\n1. **Chat about a topi)"
     R"(c** (e.g., hobbies, movies, books, or news)?\n2. **Ask a question** (e.g., general knowledge, ad)"
     R"(vice, or technical queries)?\n3. **Play a game** (e.g., 20 Questions, Hangman, or Word Chain)?\n)"
     R"(4. **Generate creative content** (e.g., story, poem, or character ideas)?\n5. **Something else**)"
     R"( (please specify, and I'll do my best to assist you)?\n\nPlease respond with the number of your )"
     R"(chosen activity, or describe what's on your mind!","tool_calls":[]}}],"created":1744191480,"mode)"
     R"(l":"nvidia/Llama-3.1-Nemotron-70B-Instruct-HF","usage":{"prompt_tokens":31,"completion_tokens":2)"
     R"(66,"total_tokens":297}})"},
    {"meta-llama/llama-3-70b-instruct",
     R"({"id":"gen-1744209300-Zq3vXn5Jc8TtLr0wKfYb","provider":"DeepInfra","model":"meta-llama/llama-3-7)"
     R"(0b-instruct","object":"chat.completion","created":1744209300,"choices":[{"logprobs":null,"finish)"
     R"(_reason":"stop","native_finish_reason":"stop","index":0,"message":{"role":"assistant","content":)"
     R"("Hello! It's nice to meet you. What can I do for you?","refusal":null,"reasoning":null}}],"syste)"
     R"(m_fingerprint":null,"usage":{"prompt_tokens":11,"completion_tokens":16,"total_tokens":27}})"},
}};

} // namespace

std::vector<std::string> recorded_models() {
    std::vector<std::string> result;
    result.reserve(recordings.size());
    for (auto const& entry : recordings) result.emplace_back(entry.model);
    return result;
}

std::string recorded_reply(std::string_view model) {
    for (auto const& entry : recordings) {
        if (entry.model == model) return std::string(entry.body);
    }
    return {};
}

} // namespace async_llm::testing
