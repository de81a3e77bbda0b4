// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/reply/reply_errors.hpp"

#include "support/streams/chunk_reading.hpp"
#include "support/streams/decoding.hpp"
#include "support/streams/sample_streams.hpp"
#include <async_llm/error.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <ostream>
#include <string>
#include <string_view>

// Errors in and beside a choice, in a reply and in a chunk; and answers that have something like it.

using namespace async_llm;
using codec::decode;

namespace {

namespace data = boost::unit_test::data;

/// Members of a body, whose `%` stands for `message` or `delta`, and an error's words; none: it is an answer.
struct told_error {
    constexpr told_error(std::string_view json, std::string_view words = "") : told(json), message(words) {}

    friend std::ostream& operator<<(std::ostream& out, told_error const& value) { return out << value.told; }

    std::string in(std::string_view member) const {
        auto json = "{" + std::string(told) + "}";
        for (auto i = json.find('%'); i != std::string::npos; i = json.find('%')) json.replace(i, 1, member);
        return json;
    }

    std::string_view told;
    std::string_view message;
};

constexpr std::array<told_error, 39> bodies{{
    // In a choice, and in its message.
    {R"("choices":[{"%":{"content":"a"},"error":{"message":"m"}}])", "m"},
    {R"("choices":[{"%":{},"error":"m"}])", "m"},
    {R"("choices":[{"%":{"error":{"message":"m","code":"odd"}}}])", "m"},
    {R"("choices":[{"%":{"error":"m"}}])", "m"},
    {R"("choices":[{"%":{"content":"a","error":{"message":"m"}},"finish_reason":"stop"}])", "m"},
    {R"("choices":[{"%":{"content":null,"error":{"error":{"message":"m"}}}}])", "m"},
    {R"("choices":[{"%":{"error":{"message":"m"}},"error":{"message":"n"}}])", "n"},
    {R"("choices":[{"%":{"error":{"message":"m"}},"error":null}])", "m"},
    {R"("choices":[{"%":{"content":"a"},"error":null}])"},
    {R"("choices":[{"%":{"content":"a","error":null}}])"},
    {R"("choices":[{"%":{"content":"a","error":{}}}])"},
    {R"("choices":[{"%":{"content":"a","error":""}}])"},
    {R"("choices":[{"%":{"content":"a","error":false},"error":0}])"},
    {R"("choices":[{"%":{"content":"a","error":{"code":0,"message":"success"}}}])"},
    {R"("choices":[{"%":{"content":"a"},"error":{"code":200,"message":"OK"}}])"},
    // Beside a choice that shows nothing.
    {R"("choices":[{"%":{}}],"base_resp":{"status_code":1002,"status_msg":"m"})", "m"},
    {R"("base_resp":{"status_code":1002,"status_msg":"m"},"choices":[{"%":{"content":""}}])", "m"},
    {R"("choices":[{"%":{"content":null},"finish_reason":""}],"base_resp":{"status_code":1,"status_msg":"m"})",
     "m"},
    {R"("choices":[{"%":{"role":"assistant"},"finish_reason":null}],"code":50001,"msg":"m")", "m"},
    {R"("choices":[{"%":{"content":""}}],"error_code":"17","error_msg":"m")", "m"},
    {R"("choices":[{"%":{"content":""}}],"code":"overloaded","message":"m")", "m"},
    {R"("choices":[{"%":{"content":""}},{"index":1,"%":{}}],"code":"overloaded","message":"m")", "m"},
    {R"("choices":[{"%":{"tool_calls":[],"reasoning":""}}],"code":"odd","message":"m")", "m"},
    {R"("choices":[{"%":{}}],"success":false,"msg":"m")", "m"},
    {R"("choices":[{"%":{}}],"base_resp":{"status_code":1039})",
     R"({"choices":[{"%":{}}],"base_resp":{"status_code":1039}})"},
    {R"("choices":[{"%":{}}],"base_resp":{"status_code":0,"status_msg":"success"})"},
    {R"("choices":[{"%":{}}],"base_resp":{"status_code":0,"status_msg":""})"},
    {R"("choices":[{"%":{}}],"base_resp":{"status_code":"0"})"},
    {R"("choices":[{"%":{}}],"code":0,"message":"success")"},
    {R"("choices":[{"%":{}}],"code":200,"msg":"m")"},
    {R"("choices":[{"%":{}}],"message":"queued")"},
    {R"("choices":[{"%":{}}],"x":1)"},
    // Beside anything of an answer.
    {R"("choices":[{"%":{"content":"a"}}],"base_resp":{"status_code":1002,"status_msg":"m"})"},
    {R"("choices":[{"%":{"content":""},"finish_reason":"stop"}],"base_resp":{"status_code":1002,"status_msg":"m"})"
    },
    {R"("choices":[{"%":{"reasoning":"r"}}],"code":50001,"msg":"m")"},
    {R"("choices":[{"%":{"refusal":"r"}}],"code":50001,"msg":"m")"},
    {R"("choices":[{"%":{"tool_calls":[{"id":"i","function":{"name":"f","arguments":"{}"}}]}}],"code":5,"msg":"m")"
    },
    {R"("choices":[{"%":{}},{"index":1,"%":{"content":"a"},"finish_reason":"stop"}],"code":50001,"msg":"m")"},
    {R"("choices":[{"%":{"images":[{"x":1}]}}],"code":50001,"msg":"m")"},
}};

std::string words_of(told_error const& each, std::string_view member) {
    std::string words(each.message);
    if (auto const place = words.find('%'); place != std::string::npos) words.replace(place, 1, member);
    return words;
}

} // namespace

BOOST_AUTO_TEST_SUITE(reply_errors)

BOOST_DATA_TEST_CASE(errors_of_a_reply, data::make(bodies), each) {
    auto const reply = decode(each.in("message"));
    BOOST_TEST(reply.ec.failed() == !each.message.empty(), reply.detail);
    BOOST_TEST(reply.error.message == words_of(each, "message"));
    BOOST_TEST(reply.detail.empty() == each.message.empty());
}

BOOST_DATA_TEST_CASE(errors_of_a_chunk, data::make(bodies), each) {
    auto const reading =
        test::read_stream(test::event(each.in("delta")) + test::finish_event() + test::done());
    BOOST_TEST(reading.ec.failed() == !each.message.empty(), reading.detail);
    BOOST_TEST(reading.error.message == words_of(each, "delta"));
}

// Also where an event is like the one before it except for its texts.
BOOST_AUTO_TEST_CASE(an_error_behind_pieces_that_look_like_it) {
    auto const piece = [](std::string_view content, std::string_view message) {
        return test::event(
            R"({"choices":[{"index":0,"delta":{"content":")" + std::string(content) +
            R"("}}],"code":"state","message":")" + std::string(message) + R"("})"
        );
    };
    auto const begin = piece("a", "ok") + piece("b", "ok") + piece("c", "fine");
    test::check_ends_well(begin + test::finish_event() + test::done(), "abc");
    auto const failed = test::check_fails(begin + piece("", "broken"), errc::stream_error, "abc");
    BOOST_TEST(failed.error.message == "broken");
}

BOOST_AUTO_TEST_CASE(the_kind_of_error) {
    BOOST_TEST((
        decode(R"({"choices":[{"message":{"error":{"message":"m","code":429}}}]})").ec == make_http_error(429)
    ));
    auto const hollow = decode(R"({"choices":[{"message":{}}],"code":"rate_limit_exceeded","message":"m"})");
    BOOST_TEST((hollow.ec == make_http_error(429)));
    BOOST_TEST(
        (decode(R"({"choices":[{"message":{}}],"code":7,"message":"m"})").ec == errc::error_in_response)
    );
    // What was read of the message stays.
    auto const partial = decode(R"({"choices":[{"message":{"content":"a","error":"m"}}]})");
    BOOST_TEST((partial.ec == errc::generation_failed));
    BOOST_TEST(partial.completion.text() == "a");
}

BOOST_AUTO_TEST_SUITE_END()
