// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/faults/dense_json.hpp"

#include <cstdint>

namespace async_llm::test {
namespace {

constexpr std::string_view message = R"({"choices":[{"message":{"content":"Hi")";

std::string in_message(std::string_view name) {
    return std::string(message) + ",\"" + std::string(name) + "\":";
}

std::string in_choice(std::string_view name) {
    return std::string(message) + "},\"" + std::string(name) + "\":";
}

constexpr std::string_view token =
    R"({"token":"a","logprob":-1,"bytes":[97],"top_logprobs":[{"token":"b","logprob":-2,"bytes":[98]}]})";

} // namespace

std::string dense_shape::body(std::size_t size) const {
    auto text = before;
    for (std::size_t i = 0; text.size() + after.size() < size; ++i) {
        if (i != 0) text += ',';
        for (char const c : unit) {
            if (c == '#')
                text += std::to_string(i);
            else
                text += c;
        }
    }
    return text += after;
}

std::vector<dense_shape> const& dense_shapes() {
    static std::vector<dense_shape> const shapes{
        {"empty choices", R"({"choices":[)", "{}", "]}"},
        {"choices with a message", R"({"choices":[)", R"({"message":{}})", "]}"},
        {"tool calls", in_message("tool_calls") + "[", "{}", "]}}]}"},
        {"tool calls of all choices",
         R"({"choices":[{"message":{"tool_calls":[{}]}})",
         R"({"message":{"tool_calls":[{}]}})",
         "]}"},
        {"parts", in_message("content") + "[", "{}", "]}}]}"},
        {"parts that are texts", in_message("content") + "[", R"("a")", "]}}]}"},
        {"images", in_message("images") + "[", "0", "]}}]}"},
        {"reasoning", in_message("reasoning_details") + "[", R"({"a":[]})", "]}}]}"},
        {"tokens", in_choice("logprobs") + R"({"content":[)", "{}", "]}}]}"},
        {"tokens with alternatives", in_choice("logprobs") + R"({"content":[)", std::string(token), "]}}]}"},
        {"alternatives of one token",
         in_choice("logprobs") + R"({"content":[{"top_logprobs":[)",
         "{}",
         "]}]}}]}"},
        {"bytes of one token", in_choice("logprobs") + R"({"content":[{"bytes":[)", "7", "]}]}}]}"},
        {"unknown list", in_choice("x") + "[", "0", "]}]}"},
        {"unknown lists", in_choice("x") + "[", "[]", "]}]}"},
        {"unknown deep lists", in_choice("x") + "[", "[[[[0]]]]", "]}]}"},
        {"unknown objects", in_choice("x") + "[", R"({"a":0})", "]}]}"},
        {"unknown members of a choice", in_choice("x") + "0,", R"("m#":0)", "}]}"},
        {"unknown members of the reply", std::string(message) + "}}],", R"("m#":0)", "}"},
        {"one unknown object", in_choice("x") + "{", R"("m#":0)", "}}]}"},
        {"usage", std::string(message) + R"(}}],"usage":{)", R"("m#":0)", "}}"},
        {"texts", in_choice("x") + "[", R"("abcdefghijklmnopq")", "]}]}"},
        {"escaped texts", in_choice("x") + "[", R"("\u0061bc")", "]}]}"},
        {"error", R"({"error":[)", "0", "]}"},
        {"error with messages", R"({"error":{"message":"no","x":[)", R"({"a":{"b":"c"}})", "]}}"},
        {"list", "[", "0", "]"},
        {"arguments as an object",
         in_message("tool_calls") + R"([{"function":{"name":"f","arguments":{"a":[)",
         "0",
         "]}}}]}}]}"},
    };
    return shapes;
}

std::vector<std::string> colliding_names(std::size_t count, std::size_t capacity, std::size_t salt) {
    // The hash of Boost.JSON, whose table has as many buckets as it has room for members.
    std::vector<std::string> names;
    for (std::uint64_t i = 0; names.size() != count; ++i) {
        auto name = std::to_string(i);
        std::uint64_t hash = 0xcbf29ce484222325u + salt;
        for (char const c : name) hash = (static_cast<unsigned char>(c) ^ hash) * 0x100000001b3u;
        if (hash % capacity == 0) names.push_back(std::move(name));
    }
    return names;
}

} // namespace async_llm::test
