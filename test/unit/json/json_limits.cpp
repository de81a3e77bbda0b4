// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/chat/decode_chunk.hpp"
#include "codec/reply/chunk_reader.hpp"
#include "codec/reply/decode_reply.hpp"
#include "support/faults/dense_json.hpp"
#include "support/fixtures/heap_meter.hpp"
#include "support/printing.hpp"
#include "support/streams/decoding_in_steps.hpp"
#include <async_llm/completion_builder.hpp>
#include <async_llm/error.hpp>
#include <async_llm/tool.hpp>

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace async_llm;
using namespace test::decoding;
using codec::decode_limits;
using test::dense_shapes;

} // namespace

BOOST_AUTO_TEST_SUITE(json_limits)

// --------------------------------------------------------------------------------------------------- members

BOOST_AUTO_TEST_CASE(objects_that_are_kept_have_so_many_members_at_most) {
    std::vector<std::pair<std::string, std::string>> const places{
        {R"({"choices":[{"message":{"content":"Hi"},"x":{)", "}}]}"},
        {R"({"choices":[{"message":{"content":"Hi"},"x":[{"y":{)", "}}]}]}"},
        {R"({"choices":[{"message":{"content":"Hi"},)", "}]}"},
        {R"({"choices":[{"message":{"content":"Hi",)", "}}]}"},
        {R"({"choices":[{"message":{"content":[{"type":"text","text":"Hi","x":{)", "}}]}}]}"},
        {R"({"choices":[{"message":{"tool_calls":[{"name":"f",)", "}]}}]}"},
        {R"({"choices":[{"message":{"tool_calls":[{"function":{"name":"f",)", "}}]}}]}"},
        {R"({"choices":[{"message":{"tool_calls":[{"name":"f","function":{"arguments":{)", "}}}]}}]}"},
        {R"({"choices":[{"message":{"audio":{)", "}}}]}"},
        {R"({"choices":[{"message":{},"logprobs":{)", "}}]}"},
        {R"({"choices":[{"message":{}}],"usage":{)", "}}"},
        {R"({"choices":[{"message":{}}],"usage":{"prompt_tokens_details":{)", "}}}"},
        {R"({"choices":[{"message":{}}],)", "}"},
    };
    for (auto const& [before, after] : places) {
        BOOST_TEST_CONTEXT(before) {
            // Most of these objects have members that are known, too.
            BOOST_TEST(!decode(before + members(510) + after).ec);
            BOOST_TEST(!decode_event(before + members(510) + after).ec);
            check_refused(decode(before + members(513) + after), "max_json_members");
            check_refused(decode_event(before + members(513) + after), "max_json_members");
            decode_limits limits;
            limits.max_json_members = 0;
            BOOST_TEST(!decode(before + members(513) + after, limits).ec);
        }
    }
}

BOOST_AUTO_TEST_CASE(objects_that_are_decoded_have_the_same_bound) {
    // None of these members is kept.
    for (std::string_view const name : {"id", "usage", "choices", "error"}) {
        BOOST_TEST_CONTEXT(name) {
            auto const one = "\"" + std::string(name) + "\":null";
            auto const body = R"({"choices":[{"message":{"content":"Hi"}}],)";
            BOOST_TEST(decode(body + repeated(one, 512) + "}").ec == errc::json_too_complex);
            BOOST_TEST(decode(body + repeated(one, 200'000) + "}").ec == errc::json_too_complex);
        }
    }
    auto const of_call = R"({"choices":[{"message":{"tool_calls":[{"id":"1",)";
    check_refused(decode(of_call + repeated(R"("type":"function")", 512) + "}]}}]}"), "max_json_members");
    auto const of_token = R"({"choices":[{"message":{},"logprobs":{"content":[{)";
    check_refused(decode(of_token + repeated(R"("token":"a")", 513) + "}]}}]}"), "max_json_members");
    auto const of_part = R"({"choices":[{"message":{"content":[{)";
    check_refused(decode(of_part + repeated(R"("text":"a")", 513) + "}]}}]}"), "max_json_members");
}

BOOST_AUTO_TEST_CASE(an_object_of_a_large_body_has_so_many_members_at_most) {
    auto const filler = ",\"y\":\"" + std::string(300'000, 'y') + '"';
    BOOST_TEST(!decode(with_choice(filler + ",\"x\":{" + members(512) + "}")).ec);
    check_refused(decode(with_choice(filler + ",\"x\":{" + members(513) + "}")), "max_json_members");
    // One that is large itself, and so deferred.
    auto const wide = R"({"a":[)" + repeated("1", 5000) + "]," + members(512) + "}";
    check_refused(decode(with_choice(filler + ",\"x\":" + wide)), "max_json_members");
}

BOOST_AUTO_TEST_CASE(arguments_have_the_same_bound) {
    error_code ec;
    tool_call call("1", "f", "{" + members(512) + "}");
    BOOST_TEST(call.parse_arguments(ec).is_object());
    BOOST_TEST(!ec);
    call.arguments = "{" + members(513) + "}";
    BOOST_TEST(call.parse_arguments(ec).is_null());
    BOOST_TEST(ec == errc::json_too_complex);
    call.arguments = R"({"a":{"b":[{)" + members(513) + "}]}}";
    BOOST_TEST(call.parse_arguments(ec).is_null());
    BOOST_TEST(ec == errc::json_too_complex);
    call.arguments = "[" + repeated("1", 100'000) + "]";
    BOOST_TEST(call.parse_arguments(ec).is_array());
    BOOST_TEST(!ec);
}

BOOST_AUTO_TEST_CASE(an_object_that_is_built_of_pieces_has_so_many_members_at_most) {
    auto const piece = [](std::string const& inner) { return R"({"choices":[{"delta":{)" + inner + "}}]}"; };
    struct place {
        place(std::string b, std::string a) : before(std::move(b)), after(std::move(a)) {}
        std::string before;
        std::string after;
    };
    std::vector<place> const places{
        {"", ""},
        {R"("audio":{)", "}"},
        {R"("tool_calls":[{"index":0,)", "}]"},
        {R"("reasoning_details":[{"type":"reasoning.text","index":0,)", "}]"},
    };
    for (auto const& each : places) {
        completion_builder builder;
        error_code ec;
        for (int i = 0; i != 600 && !ec; ++i) {
            auto const data = piece(each.before + "\"m" + std::to_string(i) + "\":0" + each.after);
            chat_chunk chunk;
            std::string detail;
            codec::json_document const json(data, 0, decode_limits());
            BOOST_REQUIRE(codec::decode_chunk(json.value(), chunk, detail));
            ec = builder.add(chunk);
            BOOST_TEST((!ec || i > 500));
        }
        BOOST_TEST(ec == errc::json_too_complex, each.before << ": " << ec.message());
        BOOST_TEST(builder.detail().find("members") != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(one_piece_adds_so_many_members_at_most) {
    auto const block = [](std::string const& prefix) {
        std::string text = R"({"type":"reasoning.text")";
        for (int i = 0; i != 400; ++i) text += ",\"" + prefix + std::to_string(i) + "\":0";
        return text + "}";
    };
    // The wide one is not the last.
    auto const data = R"({"choices":[{"delta":{"reasoning_details":[)" + block("a") + "," + block("b") +
        R"(,{"type":"other"}]}}]})";
    chat_chunk chunk;
    std::string detail;
    codec::json_document const json(data, 0, decode_limits());
    BOOST_REQUIRE(codec::decode_chunk(json.value(), chunk, detail));
    completion_builder builder;
    BOOST_TEST(builder.add(chunk) == errc::json_too_complex);
    BOOST_TEST(
        builder.completion().choices.at(0).message.reasoning_details->at(0).as_object().size() <= 513U
    );
}

// ------------------------------------------------------------------------------------ values, calls, choices

BOOST_AUTO_TEST_CASE(so_many_values_are_kept_at_most) {
    decode_limits limits;
    limits.max_json_values = 2000;
    limits.max_json_expansion = 0;
    // The list counts as well, and its member.
    BOOST_TEST(!decode(with_choice(",\"x\":[" + repeated("1", 1998) + "]"), limits).ec);
    check_refused(decode(with_choice(",\"x\":[" + repeated("1", 1999) + "]"), limits), "max_json_values");
    BOOST_TEST(!decode(with_choice(R"(,"logprobs":{"content":[)" + repeated("{}", 2000) + "]}"), limits).ec);
    check_refused(
        decode(with_choice(R"(,"logprobs":{"content":[)" + repeated("{}", 2001) + "]}"), limits),
        "max_json_values"
    );
    check_refused(
        decode(
            with_choice(R"(,"logprobs":{"content":[{"top_logprobs":[)" + repeated("{}", 2000) + "]}]}"),
            limits
        ),
        "max_json_values"
    );
    limits.max_json_values = 0;
    BOOST_TEST(!decode(with_choice(",\"x\":[" + repeated("1", 300'000) + "]"), limits).ec);
}

BOOST_AUTO_TEST_CASE(a_reply_has_128_choices_and_a_message_128_calls_at_most) {
    auto const choices = [](std::size_t count) {
        return R"({"choices":[)" + repeated(R"({"message":{"content":"a"}})", count) + "]}";
    };
    BOOST_TEST(!decode(choices(128)).ec);
    auto result = decode(choices(129));
    BOOST_TEST(result.ec == errc::invalid_response);
    BOOST_TEST(result.detail == "choices has 129 entries, more than 128");
    auto const calls = [](std::size_t count) {
        return R"({"choices":[{"message":{"tool_calls":[)" + repeated(R"({"name":"f"})", count) + "]}}]}";
    };
    BOOST_TEST(!decode(calls(128)).ec);
    result = decode(calls(129));
    BOOST_TEST(result.ec == errc::invalid_response);
    BOOST_TEST(result.detail == "the body has a message with more than 128 tool calls");
    BOOST_TEST(decode_event(calls(129)).ec == errc::invalid_response);
}

// ---------------------------------------------------------------------------------------------------- memory

BOOST_AUTO_TEST_CASE(decoding_takes_so_much_memory_at_most) {
    std::size_t refused = 0;
    for (auto const& shape : dense_shapes()) {
        for (std::size_t const size : {2'000u, 60'000u, 120'000u, 400'000u, 1'400'000u}) {
            auto const body = shape.body(size);
            for (int const status : {200, 400}) {
                BOOST_TEST_CONTEXT(shape.name << ", " << size << " bytes, " << status) {
                    test::heap_meter meter;
                    auto const result = decode(body, decode_limits(), status);
                    // The body is there as well.
                    BOOST_TEST(meter.peak() + body.size() <= test::memory_for_decoding(body.size()));
                    if (result.ec == errc::json_too_complex) ++refused;
                    if (status == 400) BOOST_TEST(result.ec == make_http_error(400));
                }
            }
        }
    }
    // So this is about what is refused as well.
    BOOST_TEST(refused > 20U);
}

BOOST_AUTO_TEST_CASE(decoding_an_event_takes_so_much_memory_at_most) {
    for (auto const& shape : dense_shapes()) {
        for (std::size_t const size : {2'000u, 60'000u, 400'000u, 1'400'000u}) {
            auto const data = shape.body(size);
            BOOST_TEST_CONTEXT(shape.name << ", " << size << " bytes") {
                codec::chunk_reader reader(200, "text/event-stream", codec::chunk_limits());
                auto const bytes = "data: " + data + "\n\n";
                test::heap_meter meter;
                chat_chunk chunk;
                reader.put(bytes);
                while (reader.next(chunk) == codec::chunk_reader::outcome::busy) {
                }
                BOOST_TEST(meter.peak() + bytes.size() <= test::memory_for_decoding(bytes.size()));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(what_comes_in_pieces_takes_so_much_memory_at_most) {
    auto const bytes = "data: " + with_choice(realistic_tokens(1500)) + "\n\n";
    for (std::string const& body : {bytes, bytes.substr(6)}) {
        test::heap_meter meter;
        codec::chunk_reader reader(200, "", codec::chunk_limits());
        chat_chunk chunk;
        auto how = codec::chunk_reader::outcome::need_more;
        for (std::size_t at = 0; at < body.size(); at += 16u * 1024) {
            reader.put(std::string_view(body).substr(at, 16u * 1024));
            while ((how = reader.next(chunk)) == codec::chunk_reader::outcome::busy) {
            }
            // While it comes, old and new room are there at the same time.
            BOOST_TEST(reader.buffered() <= (at + 16u * 1024) * 5 / 4 + 512u * 1024);
        }
        if (how == codec::chunk_reader::outcome::need_more) {
            reader.put_end(true);
            while ((how = reader.next(chunk)) == codec::chunk_reader::outcome::busy) {
            }
        }
        BOOST_TEST((how == codec::chunk_reader::outcome::chunk));
        BOOST_TEST(meter.peak() <= test::memory_for_decoding(body.size()));
    }
}

BOOST_AUTO_TEST_CASE(the_expansion_is_an_option) {
    auto const body = with_choice(",\"x\":[" + repeated("0", 100'000) + "]");
    check_refused(decode(body), "max_json_expansion");
    decode_limits limits;
    limits.max_json_expansion = 30;
    BOOST_TEST(!decode(body, limits).ec);
    limits.max_json_expansion = 0;
    BOOST_TEST(!decode(body, limits).ec);
}

BOOST_AUTO_TEST_CASE(what_providers_send_is_within_the_limits) {
    BOOST_TEST(!decode(with_choice(realistic_tokens(20))).ec);
    auto const tokens = decode(with_choice(realistic_tokens(4000)));
    BOOST_TEST(!tokens.ec, tokens.detail);
    BOOST_REQUIRE(tokens.completion.choices.size() == 1U);
    auto const& list = tokens.completion.choices[0].logprobs;
    BOOST_REQUIRE(list.size() == 4000U);
    BOOST_TEST(list[3999].top_logprobs.size() == 20U);
    BOOST_TEST(list[3999].top_logprobs[19].bytes.size() == 6U);

    auto const picture = R"(,"x":{"images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,)" +
        std::string(5'000'000, 'A') + R"("}}]})";
    BOOST_TEST(!decode(with_choice(picture)).ec);

    std::string lines;
    for (int i = 0; i != 200'000; ++i) lines += "line \\\"" + std::to_string(i) + "\\\"\\n";
    auto const text = decode(R"({"choices":[{"message":{"content":")" + lines + R"("}}]})");
    BOOST_TEST(!text.ec, text.detail);
    BOOST_REQUIRE(text.completion.choices.size() == 1U);
    BOOST_TEST(text.completion.choices[0].message.content->ends_with("line \"199999\"\n"));
}

// ---------------------------------------------------------------------------------------------------- errors

BOOST_AUTO_TEST_CASE(of_an_error_the_beginning_is_kept) {
    auto const many = R"({"error":{"message":"no","list":[)" + repeated("0", 1'000'000) + R"(],"code":"c"}})";
    auto result = decode(many, decode_limits(), 429);
    BOOST_TEST(result.ec == make_http_error(429));
    // Too dense to be parsed, so the text is shown.
    BOOST_TEST(result.error.message.starts_with("{\"error\":{\"message\":\"no\""), result.error.message);

    auto const echo = R"({"error":{"message":"no","input":[)" +
        repeated(R"({"role":"user","content":"a text of some length, as people write them"})", 20'000) +
        "]}}";
    result = decode(echo, decode_limits(), 422);
    BOOST_TEST(result.ec == make_http_error(422));
    BOOST_TEST(result.error.message == "no");
    auto const& list = result.error.raw.at("error").at("input").as_array();
    BOOST_TEST(list.size() > 1000U);
    BOOST_TEST(list.size() <= 4096U);
    result = decode(echo);
    BOOST_TEST(result.ec == errc::error_in_response);
    BOOST_TEST(result.error.message == "no");
    result = decode_event(echo);
    BOOST_TEST(result.ec == errc::stream_error);
    BOOST_TEST(result.error.message == "no");

    // What is long leaves room for the words behind it.
    auto const words_last = R"({"error":{"input":")" + std::string(3'000'000, 'x') + R"(","message":"no"}})";
    BOOST_TEST(decode(words_last, decode_limits(), 422).error.message == "no");

    // And what exceeds the limits does not hide it.
    auto const both = R"({"error":{"message":"no","code":429},"choices":[{"message":{"tool_calls":[)" +
        repeated("{}", 129) + "]}}]}";
    BOOST_TEST(decode(both).ec == make_http_error(429));
    BOOST_TEST(decode_event(both).ec == make_http_error(429));

    std::string text;
    while (text.size() < 3'000'000) text += "\xe4\xbd\xa0";
    result = decode(R"({"error":{"message":"no","x":")" + text + "\"}}", decode_limits(), 500);
    auto const& kept = result.error.raw.at("error").at("x").as_string();
    BOOST_TEST(kept.size() > 16'000U);
    BOOST_TEST(kept.size() <= 16'384U);
    BOOST_TEST(kept.size() % 3 == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
