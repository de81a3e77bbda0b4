// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_STREAMS_DECODING_IN_STEPS_HPP
#define ASYNC_LLM_TEST_SUPPORT_STREAMS_DECODING_IN_STEPS_HPP

#include "codec/reply/chunk_reader.hpp"
#include "codec/reply/decode_reply.hpp"
#include "support/printing.hpp"
#include <async_llm/completion_builder.hpp>
#include <async_llm/error.hpp>

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <string>
#include <string_view>

/// Replies and events that are decoded in steps, and parts of their texts.
namespace async_llm::test::decoding {

using codec::decode_limits;

struct decoded {
    decoded() = default;

    error_code ec;
    chat_completion completion;
    api_error error;
    std::string detail;
    std::size_t steps = 1;
};

inline decoded decode(std::string_view body, decode_limits limits = decode_limits(), int status = 200) {
    decoded result;
    codec::reply_decoder decoder(
        codec::reply_view(status, "application/json", body),
        limits,
        result.completion,
        result.error,
        result.detail
    );
    while (!decoder.step()) ++result.steps;
    result.ec = decoder.result();
    return result;
}

inline decoded decode_event(std::string const& data, decode_limits limits = decode_limits()) {
    decoded result;
    codec::chunk_limits all;
    all.decode = limits;
    codec::chunk_reader reader(200, "text/event-stream", all);
    auto const bytes = "data: " + data + "\n\n";
    chat_chunk chunk;
    reader.put(bytes);
    auto how = reader.next(chunk);
    for (; how == codec::chunk_reader::outcome::busy; how = reader.next(chunk)) ++result.steps;
    result.ec = reader.ec();
    result.error = reader.error();
    result.detail = reader.detail();
    completion_builder builder;
    builder.add(chunk);
    result.completion = builder.take();
    return result;
}

inline std::string members(std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i != count; ++i) {
        if (i != 0) text += ',';
        text += "\"m" + std::to_string(i) + "\":0";
    }
    return text;
}

inline std::string repeated(std::string_view unit, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i != count; ++i) {
        if (i != 0) text += ',';
        text += unit;
    }
    return text;
}

inline std::string with_choice(std::string const& more) {
    return R"({"choices":[{"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop")" + more +
        "}]}";
}

inline void check_refused(decoded const& result, std::string_view limit) {
    BOOST_TEST(result.ec == errc::json_too_complex);
    BOOST_TEST(result.detail.find(limit) != std::string::npos, result.detail);
    BOOST_TEST(result.completion.choices.empty());
}

inline std::string realistic_tokens(std::size_t count) {
    std::string const alternative =
        R"({"token":" world","logprob":-12.345678,"bytes":[32,119,111,114,108,100]})";
    auto const token =
        R"({"token":" hello","logprob":-0.0012345,"bytes":[32,104,101,108,108,111],"top_logprobs":[)" +
        repeated(alternative, 20) + "]}";
    return R"(,"logprobs":{"content":[)" + repeated(token, count) + R"(],"refusal":null})";
}

inline std::string with_message(std::string const& members) {
    return R"({"choices":[{"message":{)" + members + "}}]}";
}

} // namespace async_llm::test::decoding

#endif
