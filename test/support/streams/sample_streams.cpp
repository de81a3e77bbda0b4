// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/streams/sample_streams.hpp"

#include <array>
#include <cstddef>

namespace async_llm::test {
namespace {

std::string chunk_event(std::string_view head, std::string_view choices, std::string_view rest = "") {
    return event(std::string(head) + R"("choices":[)" + std::string(choices) + "]" + std::string(rest) + "}");
}

std::string openrouter_event(std::string_view choices, std::string_view rest = "") {
    constexpr std::string_view head =
        R"({"id":"gen-1755000000-Xy","provider":"DeepInfra","model":"meta-llama/llama-3-70b-instruct",)"
        R"("object":"chat.completion.chunk","created":1755000000,)";
    return chunk_event(head, choices, rest);
}

std::string openrouter_text(std::string_view text) {
    return openrouter_event(
        R"({"index":0,"delta":{"role":"assistant","content":")" + std::string(text) +
        R"("},"finish_reason":null,"native_finish_reason":null,"logprobs":null})"
    );
}

std::string openrouter_finish() {
    return openrouter_event(R"({"index":0,"delta":{"role":"assistant","content":""},"finish_reason":"stop",)"
                            R"("native_finish_reason":"eos","logprobs":null})");
}

constexpr std::string_view openrouter_usage =
    R"(,"usage":{"prompt_tokens":11,"completion_tokens":2,"total_tokens":13,"cost":0.00001,"is_byok":false,)"
    R"("prompt_tokens_details":{"cached_tokens":0},"cost_details":{"upstream_inference_cost":null}})";

constexpr std::string_view processing = ": OPENROUTER PROCESSING\n\n";

std::string claude_event(std::string_view id, std::string_view choice, std::string_view usage = "null") {
    return event(
        R"({"id":")" + std::string(id) +
        R"(","object":"chat.completion.chunk","created":1770000000,"model":"claude-sonnet","choices":[)" +
        std::string(choice) + R"(],"usage":)" + std::string(usage) + "}"
    );
}

std::string qwen_event(std::string_view delta, std::string_view reason = "null") {
    return event(
        R"({"choices":[{"delta":)" + std::string(delta) + R"(,"finish_reason":)" + std::string(reason) +
        R"(,"index":0,"logprobs":null}],"object":"chat.completion.chunk","usage":null,"created":1760000000,)"
        R"("system_fingerprint":null,"model":"qwen-plus","id":"chatcmpl-q"})"
    );
}

std::string openai_event(std::string_view choices, std::string_view rest) {
    constexpr std::string_view head =
        R"({"id":"chatcmpl-B","object":"chat.completion.chunk","created":1750000000,"model":"gpt-4o-2024-08-06",)"
        R"("service_tier":"default","system_fingerprint":"fp_1",)";
    return chunk_event(head, choices, rest);
}

} // namespace

std::string event(std::string_view data) { return "data: " + std::string(data) + "\n\n"; }

std::string done() { return event("[DONE]"); }

std::string delta_event(std::string_view delta, std::string_view members) {
    return event(
        R"({"id":"c","choices":[{"index":0,"delta":)" + std::string(delta) + std::string(members) + "}]}"
    );
}

std::string finish_event(std::string_view reason) {
    return delta_event("{}", R"(,"finish_reason":")" + std::string(reason) + '"');
}

std::string with_line_ends(std::string_view text, std::string_view line_end) {
    // In another order, a CR and the LF behind it would be one.
    constexpr std::array<std::string_view, 3> turns{"\r", "\r\n", "\n"};
    std::string result;
    std::size_t count = 0;
    for (char const c : text) {
        if (c != '\n')
            result += c;
        else
            result += line_end == mixed ? turns[count++ % turns.size()] : line_end;
    }
    return result;
}

namespace samples {

std::string openrouter() {
    return std::string(processing) + std::string(processing) + std::string(processing) +
        openrouter_text("Hel") + std::string(processing) + openrouter_text("lo \\u00e4\xc3\xa4") +
        openrouter_finish() + openrouter_event("", openrouter_usage) + done();
}

std::string openrouter_usage_in_choice() {
    return openrouter_text("Hello") + openrouter_finish() +
        openrouter_event(
               R"({"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null,)"
               R"("native_finish_reason":null,"logprobs":null})",
               openrouter_usage
        ) +
        done();
}

std::string openrouter_error_with_choice() {
    return openrouter_text("Half a") +
        openrouter_event(
               R"({"index":0,"delta":{"content":""},"finish_reason":"error"})",
               R"(,"error":{"code":502,"message":"Provider disconnected",)"
               R"("metadata":{"error_type":"provider_unavailable","provider_name":"DeepInfra"}})"
        );
}

std::string openrouter_error_without_choice() {
    return openrouter_text("Half a") +
        openrouter_event("", R"(,"error":{"code":429,"message":"Rate limit exceeded"})") + done();
}

std::string openrouter_error_with_word() {
    return openrouter_text("Half a") +
        openrouter_event(
               R"({"index":0,"delta":{"content":""},"finish_reason":"error"})",
               R"(,"error":{"code":"server_error","message":"Provider disconnected unexpectedly"})"
        );
}

std::string openrouter_debug() {
    return openrouter_event("", R"(,"debug":{"echo_upstream_body":{"model":"llama","stream":true}})") +
        openrouter_text("Hello") + openrouter_finish() + openrouter_event("", openrouter_usage) + done();
}

std::string openrouter_reasoning() {
    auto const reasoning = [](std::string_view text) {
        return openrouter_event(
            R"({"index":0,"delta":{"role":"assistant","content":"","reasoning":")" + std::string(text) +
            R"(","reasoning_details":[{"type":"reasoning.text","text":")" + std::string(text) +
            R"(","format":"anthropic-claude-v1","index":0}]},"finish_reason":null})"
        );
    };
    return reasoning("Let me ") + reasoning("think.") +
        openrouter_event(
               R"({"index":0,"delta":{"content":"","reasoning_details":[{"type":"reasoning.text","signature":"c2ln",)"
               R"("format":"anthropic-claude-v1","index":0},{"type":"reasoning.encrypted","data":"ZA==","index":1}]},)"
               R"("finish_reason":null})"
        ) +
        openrouter_text("Hello") + openrouter_finish() + openrouter_event("", openrouter_usage) + done();
}

std::string aimlapi_claude() {
    constexpr std::string_view usage =
        R"({"prompt_tokens":9,"completion_tokens":3,"total_tokens":12,"prompt_tokens_details":null})";
    return claude_event("msg_01", R"({"index":0,"delta":{"role":"assistant","content":""}})") +
        claude_event("", R"({"index":0,"delta":{"role":"assistant","content":"Hel"}})") +
        claude_event("", R"({"index":0,"delta":{"role":"assistant","content":"lo"}})") +
        claude_event(
               "",
               R"({"index":0,"delta":{"role":"assistant","content":""},"finish_reason":"stop"})",
               usage
        ) +
        claude_event("", R"({"index":0,"finish_reason":"stop"})") + done();
}

std::string aimlapi_qwen() {
    return qwen_event(R"({"role":"assistant","content":null,"reasoning_content":""})") +
        qwen_event(R"({"content":null,"reasoning_content":"The user "})") +
        qwen_event(R"({"content":null,"reasoning_content":"greets."})") +
        qwen_event(R"({"content":"Hel","reasoning_content":null})") +
        qwen_event(R"({"content":"lo","reasoning_content":null})") +
        qwen_event(R"({"content":"","reasoning_content":null})", R"("stop")") +
        event(R"({"choices":[],"object":"chat.completion.chunk","usage":{"prompt_tokens":5,"completion_tokens":7,)"
              R"("total_tokens":12,"completion_tokens_details":{"reasoning_tokens":4}},"created":1760000000,)"
              R"("system_fingerprint":null,"model":"qwen-plus","id":"chatcmpl-q"})") +
        done();
}

std::string aimlapi_cost() {
    return qwen_event(R"({"role":"assistant","content":"Hello"})") + qwen_event("{}", R"("stop")") +
        event(R"({"choices":[],"object":"chat.completion.chunk","usage":{"prompt_tokens":5,"completion_tokens":1,)"
              R"("total_tokens":6},"created":1760000000,"model":"qwen-plus","id":"chatcmpl-q",)"
              R"("meta":{"usage":{"credits_used":120,"usd_spent":0.00006}}})") +
        done();
}

std::string openai() {
    constexpr std::string_view rest = R"(,"usage":null,"obfuscation":"Zx8")";
    auto const token = [](std::string_view text) {
        return R"({"index":0,"delta":{"content":")" + std::string(text) +
            R"("},"logprobs":{"content":[{"token":")" + std::string(text) +
            R"(","logprob":-0.5,"bytes":[72],"top_logprobs":[{"token":"x","logprob":-2,"bytes":null}]}],)"
            R"("refusal":null},"finish_reason":null})";
    };
    return openai_event(
               R"({"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,)"
               R"("finish_reason":null})",
               rest
           ) +
        openai_event(token("Hel"), rest) + openai_event(token("lo"), rest) +
        openai_event(R"({"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"})", rest) +
        openai_event(
               "",
               R"(,"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11},"obfuscation":"q")"
        ) +
        done();
}

std::string tool_calls() {
    auto const call = [](std::string_view json) {
        return delta_event(R"({"tool_calls":[)" + std::string(json) + "]}", R"(,"finish_reason":null)");
    };
    return delta_event(R"({"role":"assistant","content":null})") +
        call(R"({"index":0,"id":"call_a","type":"function","function":{"name":"get_weather","arguments":""}})"
        ) +
        call(R"({"index":0,"id":null,"function":{"name":null,"arguments":"{\"city\":\"M\\u00"}})") +
        call(R"({"index":0,"id":"","type":"","function":{"name":"","arguments":"fcnchen\"}"}})") +
        call(R"({"index":1,"id":"call_b","type":"function","function":{"name":"get_time","arguments":"{}"}})"
        ) +
        finish_event("tool_calls") + done();
}

std::vector<std::string> all() {
    return {
        openrouter(),
        openrouter_usage_in_choice(),
        openrouter_error_with_choice(),
        openrouter_error_without_choice(),
        openrouter_error_with_word(),
        openrouter_debug(),
        openrouter_reasoning(),
        aimlapi_claude(),
        aimlapi_qwen(),
        aimlapi_cost(),
        openai(),
        tool_calls()
    };
}

} // namespace samples
} // namespace async_llm::test
