// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#ifndef ASYNC_LLM_TEST_SUPPORT_STREAMS_ODD_REPLIES_HPP
#define ASYNC_LLM_TEST_SUPPORT_STREAMS_ODD_REPLIES_HPP

#include "support/streams/chunk_reading.hpp"
#include "support/streams/decoding.hpp"
#include <async_llm/completion_builder.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Replies of peers that put calls elsewhere than others do, give them twice, or do not give all of them. Each
// in a whole reply, in a whole reply to a request for a stream, or in a stream, and always with the verdict
// and the calls that are expected.
namespace async_llm::test::odd_replies {

using list = std::vector<std::string>;

/// Calls in short: `id name arguments`, with `!` before one that is cut.
inline list calls_of(chat_completion const& completion) {
    list result;
    auto const word = [](std::string const& text) { return text.empty() ? std::string("-") : text; };
    for (auto const& call : completion.tool_calls())
        result.push_back(
            (call.is_cut ? "!" : "") + word(call.id) + ' ' + word(call.name) + ' ' + word(call.arguments)
        );
    return result;
}

struct answer {
    answer() = default;

    error_code ec;
    std::string detail;
    chat_completion completion;
};

inline answer read_whole_reply(std::string_view body, std::string_view content_type, bool one_choice = true) {
    answer result;
    api_error error;
    codec::reply_view reply(200, content_type, body);
    reply.one_choice = one_choice;
    result.ec = codec::decode_reply(reply, codec::decode_limits(), result.completion, error, result.detail);
    return result;
}

inline answer read_as_stream(std::string_view body, feeding how) {
    how.limits.one_choice = true;
    answer result;
    auto const reading = read_everyhow(body, how);
    result.ec = reading.ec;
    result.detail = reading.detail;
    completion_builder builder;
    for (auto const& chunk : reading.chunks) {
        if (result.ec) break;
        result.ec = builder.add(chunk);
        result.detail = builder.detail();
    }
    result.completion = builder.take();
    return result;
}

struct row {
    row(char const* t, std::string b, list c, std::string s = {})
        : title(t), body(std::move(b)), calls(std::move(c)), text(std::move(s)) {}

    char const* title;
    /// The choices of a whole reply, or the events of a stream: JSON, one on a line.
    std::string body;
    /// Empty: `errc::invalid_response`.
    list calls;
    std::string text;
};

inline void check(row const& each, answer const& found, char const* how) {
    BOOST_TEST_CONTEXT(each.title << ", " << how << ": " << found.ec.message() << ": " << found.detail) {
        BOOST_TEST((found.ec == errc::invalid_response) == each.calls.empty());
        if (each.calls.empty()) return;
        BOOST_TEST(!found.ec);
        BOOST_TEST(calls_of(found.completion) == each.calls, boost::test_tools::per_element());
        BOOST_TEST(found.completion.text() == each.text);
        BOOST_TEST(found.completion.choices.size() == 1u);
    }
}

inline void check_whole(std::vector<row> const& rows) {
    for (auto const& each : rows) {
        auto const body = R"({"choices":[)" + each.body + "]}";
        check(each, read_whole_reply(body, "application/json"), "whole");
        check(each, read_as_stream(body, labelled("application/json")), "whole in place of a stream");
    }
}

inline void check_streams(std::vector<row> const& rows) {
    for (auto const& each : rows) {
        std::string body;
        for (std::size_t at = 0; at < each.body.size();) {
            auto const end = std::min(each.body.find('\n', at), each.body.size());
            body += "data: {\"choices\":[" + each.body.substr(at, end - at) + "]}\n\n";
            at = end + 1;
        }
        body += "data: [DONE]\n\n";
        check(each, read_whole_reply(body, "text/event-stream"), "unasked");
        check(each, read_as_stream(body, feeding()), "as a stream");
    }
}

/// A choice of a whole reply with a message that has these calls, and one of an event with a delta.
inline std::string whole(std::string const& members, std::string const& reason = "tool_calls") {
    return R"({"index":0,"message":{"role":"assistant",)" + members + R"(},"finish_reason":")" + reason +
        "\"}";
}
inline std::string delta(std::string const& members) { return R"({"index":0,"delta":{)" + members + "}}\n"; }
inline std::string finish(std::string const& reason = "tool_calls") {
    return R"({"index":0,"delta":{},"finish_reason":")" + reason + "\"}\n";
}

inline std::string const arguments = R"("{\"x\":1}")";
inline list const f_of_1{R"(a f {"x":1})"};
inline list const refused;

} // namespace async_llm::test::odd_replies

#endif
