// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

// How a large reply is decoded in steps, none of which holds the thread for long.

#include "codec/reply/chunk_reader.hpp"
#include "codec/reply/decode_reply.hpp"
#include "support/faults/dense_json.hpp"
#include "support/fixtures/describe.hpp"
#include "support/fixtures/heap_meter.hpp"
#include "support/printing.hpp"
#include "support/streams/decoding_in_steps.hpp"
#include <async_llm/error.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace {

using namespace async_llm;
using namespace test::decoding;
using codec::decode_limits;
using test::dense_shapes;

/// Body, and the work of its longest step that is allowed.
struct laborious {
    laborious(std::string n, std::string b, std::size_t w)
        : name(std::move(n)), body(std::move(b)), work(w) {}

    std::string name;
    std::string body;
    std::size_t work;
};

// A step parses up to half a mebibyte; the densest has a value every second byte.
constexpr std::size_t work_for_values = 300u * 1024;
// A step that builds values, beside texts that are parsed.
constexpr std::size_t work_for_texts = 56u * 1024;

std::vector<laborious> laborious_bodies() {
    constexpr std::size_t large = 9'000'000;
    std::string const text(large, 'x');
    auto const escaped = [] {
        std::string lines;
        while (lines.size() < large) lines += "line\\n";
        return lines;
    }();
    auto const piece = '"' + std::string(100'000, 'y') + '"';
    std::vector<laborious> bodies{
        {"text", with_message(R"("content":")" + text + '"'), work_for_texts},
        {"escaped text", with_message(R"("content":")" + escaped + '"'), work_for_texts},
        {"reasoning", with_message(R"("reasoning_content":")" + text + '"'), work_for_texts},
        {"unknown text", with_message(R"("x":")" + text + '"'), work_for_texts},
        {"texts of a list", with_message(R"("x":[)" + repeated(piece, 90) + "]"), work_for_texts},
        {"parts", with_message(R"("content":[)" + repeated(piece, 90) + "]"), work_for_texts},
        {"text of one part",
         with_message(R"("content":[{"type":"text","text":")" + text + "\"}]"),
         work_for_texts},
        {"arguments",
         with_message(R"("tool_calls":[{"function":{"name":"f","arguments":")" + text + "\"}}]"),
         work_for_texts},
        {"repeated texts", with_message(repeated(R"("refusal":)" + piece, 90)), work_for_texts + 66'000},
        {"finish reason",
         R"({"choices":[{"message":{},"finish_reason":")" + text + "\"}]}",
         work_for_texts * 3},
        {"many alternatives",
         R"({"choices":[{"message":{},"logprobs":{"content":[{"top_logprobs":[)" +
             repeated(R"({"token":"a","logprob":-1,"x":0,"y":0,"z":0,"bytes":[97]})", 60'000) + "]}]}}]}",
         work_for_values},
    };
    for (auto const& shape : dense_shapes())
        bodies.emplace_back(shape.name, shape.body(3'000'000), work_for_values);
    return bodies;
}

} // namespace

BOOST_AUTO_TEST_SUITE(decode_steps)

BOOST_AUTO_TEST_CASE(a_large_body_is_decoded_in_steps) {
    BOOST_TEST(decode(with_choice(realistic_tokens(20))).steps == 1U);
    // Parsed in parts of half a mebibyte, and its lists built in parts.
    auto const body = with_choice(realistic_tokens(4000));
    BOOST_TEST(decode(body).steps >= 2 * body.size() / (1024u * 1024) + 20);
    BOOST_TEST(decode_event(body).steps >= 2 * body.size() / (1024u * 1024) + 20);
    // White space in front of it, too.
    BOOST_TEST(decode(std::string(10'000'000, ' ') + with_choice("")).steps >= 5U);
    BOOST_TEST(decode(": " + std::string(10'000'000, 'x') + "\n" + with_choice("")).steps >= 5U);
}

BOOST_AUTO_TEST_CASE(no_step_does_more_work_than_this) {
    for (auto const& each : laborious_bodies()) {
        for (std::size_t const expansion : {8u, 0u}) {
            BOOST_TEST_CONTEXT(each.name << ", expansion " << expansion) {
                chat_completion completion;
                api_error error;
                std::string detail;
                decode_limits limits;
                limits.max_json_expansion = expansion;
                codec::reply_view const reply(200, "application/json", each.body);
                codec::reply_decoder decoder(reply, limits, completion, error, detail);
                std::size_t longest = 0;
                for (bool done = false; !done;) {
                    auto const before = decoder.work();
                    done = decoder.step();
                    longest = std::max(longest, decoder.work() - before);
                }
                BOOST_TEST(longest <= each.work);
                // All bytes were looked at unless it was given up, and what became of them counts.
                if (!decoder.result()) BOOST_TEST(decoder.work() >= each.body.size() / 64);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(work_is_counted) {
    auto const work_of = [](std::string const& body) {
        chat_completion completion;
        api_error error;
        std::string detail;
        codec::reply_view const reply(200, "application/json", body);
        codec::reply_decoder decoder(reply, decode_limits(), completion, error, detail);
        while (!decoder.step()) {
        }
        BOOST_TEST(!decoder.result(), detail);
        return decoder.work();
    };
    std::string const text(6'400'000, 'x');
    // It is parsed and copied.
    BOOST_TEST(work_of(with_message(R"("content":")" + text + '"')) >= 200'000U);
    BOOST_TEST(work_of(with_message(R"("x":")" + text + '"')) >= 200'000U);
    BOOST_TEST(work_of(with_message(R"("content":[")" + text + R"("])")) >= 300'000U);
    // Each token has four values, and two more within them; it is read, and its members are looked through.
    BOOST_TEST(work_of(with_choice(realistic_tokens(1000))) >= 21'000U * (9 + 12));
    // Members are kept one by one.
    std::string calls =
        R"({"choices":[{"message":{"x":")" + std::string(200'000, 'x') + R"(","tool_calls":[)";
    BOOST_TEST(
        work_of(calls + repeated(R"({"name":"f",)" + members(500) + "}", 20) + "]}}]}") >=
        10'000U * (2 + 1 + 4)
    );
}

BOOST_AUTO_TEST_CASE(a_choice_has_so_much_that_is_not_read_in_steps) {
    std::string const filler = R"("y":")" + std::string(200'000, 'y') + "\",";
    auto const calls = repeated("{" + members(500) + "}", 120);
    decode_limits limits;
    limits.max_json_expansion = 0;
    auto const result = decode(with_message(filler + R"("tool_calls":[)" + calls + "]"), limits);
    check_refused(result, "in one choice");
    // Nor is a word copied in steps, nor a name.
    auto const word = R"({"choices":[{"message":{},"finish_reason":")";
    BOOST_TEST(!decode(word + std::string(16'000'000, 'x') + "\"}]}").ec);
    check_refused(decode(word + std::string(17'000'000, 'x') + "\"}]}"), "in one choice");
    check_refused(decode(with_message(R"("x":{")" + std::string(2'000'000, 'n') + "\":0}")), "in one choice");
}

BOOST_AUTO_TEST_CASE(lists_of_tokens_count_while_they_are_looked_through) {
    // None of them is one, as the last element shows.
    auto const list = R"("content":[)" + repeated("{}", 30'000) + ",0]";
    decode_limits limits;
    limits.max_json_expansion = 0;
    auto const with_lists = [&](std::size_t count) {
        return decode(R"({"choices":[{"message":{},"logprobs":{)" + repeated(list, count) + "}}]}", limits);
    };
    check_refused(with_lists(60), "in one choice");
    // One such is kept as it is.
    auto const one = with_lists(1);
    BOOST_TEST(!one.ec, one.detail);
    BOOST_REQUIRE(one.completion.choices.size() == 1U);
    BOOST_TEST(one.completion.choices[0].extra.at("logprobs").at("content").as_array().size() == 30'001U);
}

BOOST_AUTO_TEST_CASE(a_token_is_short) {
    auto const with_token = [](std::size_t size) {
        return decode(with_choice(R"(,"logprobs":{"content":[{"token":")" + std::string(size, 't') + "\"}]}")
        );
    };
    BOOST_TEST(!with_token(65'536).ec);
    check_refused(with_token(65'537), "max_json_values");
}

BOOST_AUTO_TEST_CASE(room_for_a_large_text_is_made_once) {
    // What is copied when a list grows holds the thread.
    auto const body = "[" + repeated("[]", 2'000'000) + "]";
    auto const escaped = "[\"\\n" + std::string(4'000'000, 'x') + "\"]";
    decode_limits limits;
    codec::json_tape tape;
    test::heap_meter meter;
    tape.begin(body, limits);
    BOOST_TEST(!tape.step());
    BOOST_TEST(meter.peak() >= 4 * body.size());
    codec::json_tape other;
    other.begin(escaped, limits);
    auto const before = meter.peak();
    BOOST_TEST(!other.step());
    BOOST_TEST(meter.peak() >= before + escaped.size());
}

BOOST_AUTO_TEST_CASE(memory_is_given_back_in_steps) {
    // Some 130 MB of values.
    auto const body = "[" + repeated("[]", 8'000'000) + "]";
    chat_completion completion;
    api_error error;
    std::string detail;
    codec::reply_view const reply(200, "application/json", body);
    {
        codec::reply_decoder decoder(reply, decode_limits(), completion, error, detail);
        while (!decoder.step()) {
        }
        BOOST_TEST(decoder.result() == errc::invalid_response);
        // There is nothing left that had to be given back.
        BOOST_TEST(decoder.give_up());
    }
    codec::reply_decoder decoder(reply, decode_limits(), completion, error, detail);
    for (std::size_t i = 0; i != body.size() / 600'000; ++i) BOOST_REQUIRE(!decoder.step());
    std::size_t steps = 1;
    while (!decoder.give_up()) ++steps;
    BOOST_TEST(steps >= 2U);
}

BOOST_AUTO_TEST_CASE(steps_change_nothing) {
    std::string const unknown =
        R"(,"x":{"a":[)" + repeated(R"({"b":[1,2.5,"text that is long",null,true],"c":{}})", 3000) + "]}";
    std::string const calls = R"({"choices":[{"message":{"tool_calls":[)" +
        repeated(R"({"id":"1","function":{"name":"f","arguments":"{\"a\":\"\\n\"}"},"y":[)" +
                     repeated("7", 900) + "]}",
                 100) +
        R"(],"content":[)" + repeated(R"({"type":"text","text":"part"})", 5000) +
        R"(]}},{"message":{"content":"b"}}],"z":[)" + repeated("[[]]", 5000) + "]}";
    auto const words = std::string(700'000, 'w') + "\\n\\u00e4" + std::string(700'000, 'v');
    auto const said = '"' + words + '"';
    auto const texts = with_message(R"("role":"assistant","content":)" + said + R"(,"reasoning":)" + said);
    auto const names = with_message(
        R"("content":"a","reasoning_content":)" + said + R"(,"function_call":{"name":"f","arguments":)" +
        said + R"(},"x":{"y":[)" + said + ",{\"z\":" + said + "}]}"
    );
    auto const parts = with_message(
        R"("refusal":"first ","content":["",)" + said + R"(,{"type":"text","text":)" + said +
        R"(},{"type":"thinking","text":"no"},{"text":7},{"type":"refusal","refusal":)" + said +
        R"(},5,{"type":"refusal","refusal":""},{"type":"output_text","text":"end"}])"
    );
    auto const several = with_message(repeated(R"("refusal":)" + said, 5) + R"(,"content":[)" + said + "]");
    decode_limits limits;
    limits.max_json_expansion = 0;
    std::vector<std::string> const bodies{
        with_choice(realistic_tokens(1000) + unknown),
        calls,
        with_choice(unknown),
        texts,
        names,
        parts,
        several
    };
    for (auto const& body : bodies) {
        auto const in_steps = decode(body, limits);
        BOOST_TEST(in_steps.steps > 3U);
        BOOST_TEST(!in_steps.ec, in_steps.detail);
        chat_completion expected;
        std::string detail;
        codec::json_document const json(body, 0, limits);
        BOOST_REQUIRE(codec::decode_completion(json.value(), expected, detail));
        BOOST_TEST((test::describe(in_steps.completion) == test::describe(expected)));
        BOOST_TEST((in_steps.completion.choices[0].extra == expected.choices[0].extra));
        BOOST_TEST((in_steps.completion.extra == expected.extra));
    }
}

BOOST_AUTO_TEST_CASE(usage_within_a_choice_is_read_once) {
    auto const data = R"({"choices":[{"delta":{"content":"a"},"usage":{"total_tokens":7,"x":[)" +
        repeated("1", 6000) + R"(]},"logprobs":{"content":[)" +
        repeated(R"({"token":"a","logprob":-0.0625,"bytes":[97]})", 5000) + "]}}]}";
    auto const result = decode_event(data);
    BOOST_TEST(!result.ec, result.detail);
    BOOST_REQUIRE(result.completion.usage.has_value());
    BOOST_TEST(result.completion.usage->total_tokens == 7);
    BOOST_TEST(result.completion.usage->extra.at("x").as_array().size() == 6000U);
    BOOST_TEST(!result.completion.choices.at(0).extra.contains("usage"));
}

BOOST_AUTO_TEST_CASE(steps_find_what_does_not_fit) {
    auto const filler = R"("a":")" + std::string(300'000, 'a') + '"';
    auto result = decode(R"({"choices":[{"message":{"content":"a"}},{"message":5}],)" + filler + "}");
    BOOST_TEST(result.ec == errc::invalid_response);
    BOOST_TEST(result.detail == "choices[1].message is int64, not an object");
    result = decode("{" + filler + R"(,"choices":7})");
    BOOST_TEST(result.ec == errc::invalid_response);
    result = decode("{" + filler + "}");
    BOOST_TEST(result.ec == errc::invalid_response);
    BOOST_TEST(result.detail.starts_with("choices is missing"), result.detail);
    result = decode("{" + filler + R"(,"error":{"message":"no"}})");
    BOOST_TEST(result.ec == errc::error_in_response);
    BOOST_TEST(result.error.message == "no");
    result = decode("{" + filler);
    BOOST_TEST(result.ec == errc::invalid_json);
    result = decode(std::string(3'000'000, '['));
    BOOST_TEST(result.ec == errc::invalid_json);
}

BOOST_AUTO_TEST_SUITE_END()
