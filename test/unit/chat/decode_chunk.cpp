// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/chat/decode_chunk.hpp"

#include "codec/json/json_document.hpp"
#include "support/fixtures/describe.hpp"
#include "support/streams/decoding.hpp"

#include <boost/test/unit_test.hpp>

using namespace async_llm;
using codec::text_of;

namespace {

struct decoded_chunk {
    decoded_chunk() = default;

    bool understood = false;
    chat_chunk chunk;
    std::string detail;

    chunk_choice const& first() const { return chunk.choices.at(0); }
    message_delta const& delta() const { return first().delta; }
    tool_call_delta const& call() const { return delta().tool_calls.at(0); }
};

decoded_chunk try_decode(std::string_view text) {
    // Gone when the chunk is looked at.
    std::string const copy(text);
    codec::json_document const parsed(copy, 0, codec::decode_limits(128));
    BOOST_TEST_REQUIRE(parsed.valid());
    decoded_chunk result;
    result.understood = codec::decode_chunk(parsed.value(), result.chunk, result.detail);
    return result;
}

decoded_chunk decode(std::string_view text) {
    auto result = try_decode(text);
    BOOST_TEST(result.understood, result.detail);
    BOOST_TEST(result.detail == "");
    return result;
}

/// A chunk with one choice that has these members (JSON).
decoded_chunk decode_choice(std::string_view members) {
    return decode(R"({"choices":[{)" + std::string(members) + "}]}");
}

decoded_chunk decode_delta(std::string_view delta) {
    return decode_choice(R"("delta":)" + std::string(delta));
}

decoded_chunk decode_call(std::string_view call) {
    return decode_delta(R"({"tool_calls":[)" + std::string(call) + "]}");
}

} // namespace

BOOST_AUTO_TEST_SUITE(decode_chunk)

BOOST_AUTO_TEST_CASE(members_of_the_chunk) {
    auto const c =
        decode(
            R"({"id":"a","object":"chat.completion.chunk","created":1744209255,"model":"m","provider":"p",)"
            R"("system_fingerprint":"f","service_tier":"default","choices":[],"obfuscation":"x7","nothing":null})"
        )
            .chunk;
    BOOST_TEST(c.id == "a");
    BOOST_TEST(c.object == "chat.completion.chunk");
    BOOST_TEST(c.created == 1744209255);
    BOOST_TEST(c.model == "m");
    BOOST_TEST(c.provider == "p");
    BOOST_TEST(c.system_fingerprint == "f");
    BOOST_TEST(c.service_tier == "default");
    BOOST_TEST(!c.usage);
    BOOST_TEST(text_of(c.extra) == R"({"obfuscation":"x7","nothing":null})");
}

BOOST_AUTO_TEST_CASE(choices_may_be_empty_or_missing) {
    for (auto const* text : {"{}", R"({"choices":[]})", R"({"choices":null})", R"({"debug":{}})"}) {
        auto const c = decode(text).chunk;
        BOOST_TEST(c.choices.empty());
        BOOST_TEST(c.text() == "");
        BOOST_TEST(!c.has_content());
    }
}

BOOST_AUTO_TEST_CASE(created_in_other_notations) {
    auto const created = [](std::string const& value) {
        return decode(R"({"created":)" + value + "}").chunk.created;
    };
    BOOST_TEST(created("1744209255.75") == 1744209255);
    BOOST_TEST(created("1744209255123") == 1744209255);
    BOOST_TEST(created("\"1744209255\"") == 1744209255);
    BOOST_TEST(created("null") == 0);
    BOOST_TEST(created("[]") == 0);
}

BOOST_AUTO_TEST_CASE(members_that_are_null) {
    auto const c = decode(
        R"({"id":null,"object":null,"created":null,"model":null,"provider":null,"system_fingerprint":null,)"
        R"("service_tier":null,"usage":null,"error":null,"choices":[{"index":null,"delta":{"role":null,"content":null,)"
        R"("refusal":null,"reasoning":null,"reasoning_content":null,"reasoning_details":null,"tool_calls":null,)"
        R"("function_call":null,"annotations":null,"images":null,"audio":null},"finish_reason":null,)"
        R"("native_finish_reason":null,"logprobs":null,"error":null,"message":null}]})"
    );
    BOOST_TEST(c.chunk.extra.empty());
    BOOST_TEST(c.first().extra.empty());
    BOOST_TEST(c.first().index == 0);
    BOOST_TEST((c.first().finish_reason == finish_reason::none));
    BOOST_TEST(!c.first().error);
    BOOST_TEST(c.delta().extra.empty());
    BOOST_TEST(!c.delta().role);
    BOOST_TEST(!c.delta().content);
    BOOST_TEST(!c.delta().refusal);
    BOOST_TEST(!c.delta().reasoning);
    BOOST_TEST(!c.delta().reasoning_details);
    BOOST_TEST(c.delta().tool_calls.empty());
    BOOST_TEST(!c.chunk.has_content());
}

BOOST_AUTO_TEST_CASE(members_of_another_type_are_kept) {
    auto const c = decode(
        R"({"id":5,"usage":"none","choices":[{"index":"3","finish_reason":1,"logprobs":[],"delta":{"role":1,"content":2,)"
        R"("refusal":false,"reasoning":{},"reasoning_details":"x","tool_calls":"none","annotations":{},"images":1}}]})"
    );
    BOOST_TEST(text_of(c.chunk.extra) == R"({"usage":"none"})");
    BOOST_TEST(c.chunk.id == "5");
    BOOST_TEST((c.delta().content == "2"));
    BOOST_TEST(c.first().index == 3);
    BOOST_TEST(text_of(c.first().extra) == R"({"finish_reason":1,"logprobs":[]})");
    BOOST_TEST(
        text_of(c.delta().extra) ==
        R"({"role":1,"refusal":false,"reasoning":{},)"
        R"("reasoning_details":"x","tool_calls":"none","annotations":{},"images":1})"
    );
    BOOST_TEST((c.delta().content == "2"));
}

BOOST_AUTO_TEST_CASE(a_delta_may_be_null_empty_or_missing) {
    for (auto const* members :
         {R"("delta":null)", R"("delta":{})", R"("index":0)", R"("delta":null,"message":null)"}) {
        auto const c = decode_choice(members);
        BOOST_TEST_REQUIRE(c.chunk.choices.size() == 1u);
        BOOST_TEST(!c.delta().content);
        BOOST_TEST(!c.delta().role);
        BOOST_TEST(c.first().extra.empty());
        BOOST_TEST(!c.chunk.has_content());
    }
}

BOOST_AUTO_TEST_CASE(a_message_may_stand_in_for_the_delta) {
    for (auto const* members :
         {R"("message":{"content":"Hi"})",
          R"("delta":null,"message":{"content":"Hi"})",
          R"("delta":{},"message":{"content":"Hi"})",
          R"("delta":{"role":"assistant","content":null},"message":{"content":"Hi"})"}) {
        auto const c = decode_choice(members);
        BOOST_TEST((c.delta().content == "Hi"));
        BOOST_TEST(c.first().extra.empty());
    }
    // Beside a delta that says something it is the whole message so far, which would be said twice.
    auto const both = decode_choice(R"("delta":{"content":"i"},"message":{"content":"Hi"})");
    BOOST_TEST((both.delta().content == "i"));
    BOOST_TEST(text_of(both.first().extra) == R"({"message":{"content":"Hi"}})");
}

BOOST_AUTO_TEST_CASE(content_is_text_null_or_missing) {
    BOOST_TEST((decode_delta(R"({"content":"Hello"})").delta().content == "Hello"));
    BOOST_TEST((decode_delta(R"({"content":""})").delta().content == ""));
    BOOST_TEST(!decode_delta(R"({"content":null})").delta().content);
    BOOST_TEST(!decode_delta("{}").delta().content);
    BOOST_TEST(decode_delta(R"({"content":"Hello"})").delta().content_parts.empty());
}

BOOST_AUTO_TEST_CASE(content_as_parts) {
    auto const c = decode_delta(
        R"({"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"Hel"},"lo"]})"
    );
    BOOST_TEST((c.delta().content == "Hello"));
    BOOST_TEST(c.delta().content_parts.size() == 3u);
    auto const thinking = decode_delta(R"({"content":[{"type":"thinking","thinking":[]}]})");
    BOOST_TEST(!thinking.delta().content);
    BOOST_TEST(thinking.chunk.has_content());
}

BOOST_AUTO_TEST_CASE(reasoning_under_both_names) {
    BOOST_TEST((decode_delta(R"({"content":"","reasoning":"r"})").delta().reasoning == "r"));
    // AI-3
    auto const ai3 = decode_delta(R"({"content":null,"reasoning_content":"r"})");
    BOOST_TEST((ai3.delta().reasoning == "r"));
    BOOST_TEST(!ai3.delta().content);
    BOOST_TEST(ai3.delta().extra.empty());
    BOOST_TEST(!decode_delta(R"({"content":"x","reasoning_content":null})").delta().reasoning);
    BOOST_TEST(decode_delta(R"({"reasoning":"a","reasoning_content":"a"})").delta().extra.empty());
}

BOOST_AUTO_TEST_CASE(reasoning_details) {
    auto const* details = R"([{"type":"reasoning.text","text":"t","index":0}])";
    auto const c = decode_delta(R"({"reasoning_details":)" + std::string(details) + "}");
    BOOST_TEST_REQUIRE(c.delta().reasoning_details.has_value());
    BOOST_TEST(text_of(*c.delta().reasoning_details) == details);
    BOOST_TEST(decode_delta(R"({"reasoning_details":[]})").delta().reasoning_details.has_value());
}

BOOST_AUTO_TEST_CASE(roles) {
    BOOST_TEST((decode_delta(R"({"role":"assistant"})").delta().role == role::assistant));
    BOOST_TEST(!decode_delta(R"({"role":""})").delta().role);
    BOOST_TEST(decode_delta(R"({"role":"model"})").delta().role->text() == "model");
}

BOOST_AUTO_TEST_CASE(a_piece_of_a_tool_call) {
    auto const c = decode_call(
        R"({"index":2,"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a","strict":true},"x":1})"
    );
    BOOST_TEST((c.call().index == 2));
    BOOST_TEST(c.call().id == "c1");
    BOOST_TEST(c.call().type == "function");
    BOOST_TEST(c.call().name == "f");
    BOOST_TEST(c.call().arguments == "{\"a");
    BOOST_TEST(text_of(c.call().extra) == R"({"function":{"strict":true},"x":1})");
}

BOOST_AUTO_TEST_CASE(sloppy_pieces_of_tool_calls) {
    for (auto const* json :
         {"{}",
          R"({"index":null,"id":null,"type":null,"function":null})",
          R"({"id":"","type":"","function":{}})",
          R"({"function":{"name":null,"arguments":null}})",
          R"({"function":{"name":"","arguments":""}})"}) {
        auto const c = decode_call(json);
        BOOST_TEST(!c.call().index);
        BOOST_TEST(c.call().id == "");
        BOOST_TEST(c.call().type == "");
        BOOST_TEST(c.call().name == "");
        BOOST_TEST(c.call().arguments == "");
        BOOST_TEST(c.call().extra.empty());
    }
    BOOST_TEST((decode_call(R"({"index":-1})").call().index == -1));
    BOOST_TEST((decode_call(R"({"index":1.0})").call().index == 1));
    BOOST_TEST((decode_call(R"({"index":"1"})").call().index == 1));
    BOOST_TEST(text_of(decode_call(R"({"index":"first"})").call().extra) == R"({"index":"first"})");
    BOOST_TEST(decode_call(R"({"function":{"arguments":{"a":[1]}}})").call().arguments == R"({"a":[1]})");
    BOOST_TEST(decode_call(R"({"custom":{"input":"x"}})").call().type == "custom");
    BOOST_TEST(decode_call(R"({"custom":{"input":"x"}})").call().arguments == "x");
    BOOST_TEST(decode_call("null").delta().tool_calls.empty());
    BOOST_TEST(!decode_delta(R"({"tool_calls":[]})").chunk.has_content());
}

BOOST_AUTO_TEST_CASE(function_call_of_2023) {
    auto const c = decode_delta(R"({"content":null,"function_call":{"name":"f","arguments":"{"}})");
    BOOST_TEST(!c.call().index);
    BOOST_TEST(c.call().id == "");
    BOOST_TEST(c.call().name == "f");
    BOOST_TEST(c.call().arguments == "{");
    BOOST_TEST(c.delta().extra.empty());
}

BOOST_AUTO_TEST_CASE(finish_reasons) {
    auto const reason = [](std::string_view members) { return decode_choice(members).first().finish_reason; };
    BOOST_TEST((reason(R"("finish_reason":"length")") == finish_reason::length));
    BOOST_TEST((reason(R"("finish_reason":"")") == finish_reason::none));
    BOOST_TEST((reason(R"("index":0)") == finish_reason::none));
    BOOST_TEST(reason(R"("finish_reason":"end_turn")").text() == "end_turn");
    BOOST_TEST(
        decode_choice(R"("finish_reason":"stop","native_finish_reason":"STOP")")
            .first()
            .native_finish_reason == "STOP"
    );
}

BOOST_AUTO_TEST_CASE(log_probabilities) {
    auto const c = decode_choice(
        R"("delta":{"content":"a"},"logprobs":{"content":[{"token":"a","logprob":-0.25,"bytes":[97],"top_logprobs":[)"
        R"({"token":"b","logprob":-1}]}],"refusal":[{"token":"r","logprob":-3}]})"
    );
    BOOST_TEST(c.first().logprobs.at(0).token == "a");
    BOOST_TEST(c.first().logprobs.at(0).top_logprobs.at(0).token == "b");
    BOOST_TEST(c.first().refusal_logprobs.at(0).logprob == -3.0);
}

BOOST_AUTO_TEST_CASE(usage_wherever_it_stands) {
    auto const total = [](std::string_view text) {
        auto const c = decode(text).chunk;
        return c.usage ? c.usage->total_tokens : -1;
    };
    BOOST_TEST(total(R"({"choices":[],"usage":{"total_tokens":7}})") == 7);
    BOOST_TEST(total(R"({"usage":{"total_tokens":7},"choices":[{"delta":{},"finish_reason":"stop"}]})") == 7);
    BOOST_TEST(total(R"({"choices":[{"delta":{},"usage":{"total_tokens":7}}]})") == 7);
    BOOST_TEST(total(R"({"usage":{"total_tokens":7},"choices":[{"usage":{"total_tokens":8}}]})") == 7);
    BOOST_TEST(total(R"({"usage":{"total_tokens":null,"prompt_tokens_details":null}})") == 0);
    BOOST_TEST(total(R"({"usage":null})") == -1);
    BOOST_TEST(total(R"({"choices":[{"usage":null}]})") == -1);
}

BOOST_AUTO_TEST_CASE(ai_4_cost_beside_the_usage) {
    auto const c =
        decode(R"({"usage":{"total_tokens":7},"meta":{"usage":{"credits_used":120,"usd_spent":0.5}}})").chunk;
    BOOST_TEST_REQUIRE(c.usage.has_value());
    BOOST_TEST((c.usage->credits_used == 120.0));
    BOOST_TEST((c.usage->cost == 0.5));
    BOOST_TEST(c.extra.contains("meta"));
}

BOOST_AUTO_TEST_CASE(errors_of_choices) {
    auto const c = decode_choice(
        R"("delta":{"content":"Half"},"finish_reason":"error","error":{"code":502,"message":"Gone"})"
    );
    BOOST_TEST((c.first().finish_reason == finish_reason::error));
    BOOST_TEST_REQUIRE(c.first().error.has_value());
    BOOST_TEST(c.first().error->status == 502);
    BOOST_TEST(c.first().error->message == "Gone");
    BOOST_TEST((c.delta().content == "Half"));
}

BOOST_AUTO_TEST_CASE(the_error_of_the_chunk_is_the_callers) {
    BOOST_TEST(decode(R"({"error":{"message":"m"},"choices":[]})").chunk.extra.empty());
}

BOOST_AUTO_TEST_CASE(text_is_that_of_choice_0) {
    auto const c =
        decode(R"({"choices":[{"index":1,"delta":{"content":"b"}},{"index":0,"delta":{"content":"a"}}]})");
    BOOST_TEST(c.chunk.text() == "a");
    BOOST_TEST(decode(R"({"choices":[{"index":1,"delta":{"content":"b"}}]})").chunk.text() == "");
    BOOST_TEST(decode(R"({"choices":[{"index":0,"delta":{}}]})").chunk.text() == "");
    auto const unnumbered = decode(R"({"choices":[{"delta":{"content":"a"}},{"delta":{"content":"b"}}]})");
    BOOST_TEST(unnumbered.chunk.choices.at(1).index == 1);
    BOOST_TEST(unnumbered.chunk.text() == "a");
}

BOOST_AUTO_TEST_CASE(what_a_model_made_is_content) {
    for (auto const* members :
         {R"("delta":{"content":"x"})",
          R"("delta":{"content":" "})",
          R"("delta":{"reasoning":"x"})",
          R"("delta":{"refusal":"x"})",
          R"("delta":{"reasoning_details":[{"type":"reasoning.encrypted"}]})",
          R"("delta":{"tool_calls":[{"index":0}]})",
          R"("delta":{"images":[{}]})",
          R"("delta":{"audio":{}})",
          R"("delta":{"annotations":[{}]})",
          R"("delta":{},"finish_reason":"stop")",
          R"("index":3,"delta":{},"finish_reason":"eos")"})
        BOOST_TEST(decode_choice(members).chunk.has_content(), members);
    for (auto const* members :
         {R"("delta":{"role":"assistant","content":""})",
          R"("delta":{"reasoning":"","refusal":"","reasoning_details":[],"tool_calls":[],"images":[],"annotations":[]})",
          R"("delta":{"audio":null},"finish_reason":null)",
          R"("delta":{"unknown":"x"},"finish_reason":"")"})
        BOOST_TEST(!decode_choice(members).chunk.has_content(), members);
    BOOST_TEST(!decode(R"({"usage":{"total_tokens":1},"obfuscation":"x"})").chunk.has_content());
}

BOOST_AUTO_TEST_CASE(structures_that_are_none) {
    auto const detail = [](std::string_view text) {
        auto const c = try_decode(text);
        BOOST_TEST(!c.understood, text);
        return c.detail;
    };
    BOOST_TEST(detail(R"({"choices":{"x":1}})") == "choices is object, not an array");
    BOOST_TEST(detail(R"({"choices":[{"delta":{}},7]})") == "choices[1] is int64, not an object");
    BOOST_TEST(detail(R"({"choices":["x"]})") == "choices[0] is string, not an object");
    BOOST_TEST(detail(R"({"choices":[{"delta":"x"}]})") == "choices[0].delta is string, not an object");
    BOOST_TEST(
        detail(R"({"choices":[{"delta":[1],"message":{}}]})") == "choices[0].delta is array, not an object"
    );
    BOOST_TEST(detail(R"({"choices":[{"message":"x"}]})") == "choices[0].message is string, not an object");
}

BOOST_AUTO_TEST_CASE(what_came_before_a_wrong_structure_is_kept) {
    auto const c =
        try_decode(R"({"id":"a","choices":[{"delta":{"content":"x"}},7],"usage":{"total_tokens":1}})");
    BOOST_TEST(!c.understood);
    BOOST_TEST(c.chunk.id == "a");
    BOOST_TEST(c.chunk.choices.size() == 1u);
    BOOST_TEST(c.chunk.text() == "x");
    BOOST_TEST(c.chunk.usage.has_value());
}

BOOST_AUTO_TEST_CASE(what_is_kept_outlives_the_document) {
    std::string const any = R"({"deep":[{"text":")" + std::string(100, 'x') + R"("}]})";
    auto const list = "[" + any + "]";
    auto const c = decode(
        R"({"unknown":)" + any + R"(,"choices":[{"unknown":)" + any + R"(,"error":)" + any +
        R"(,"delta":{"unknown":)" + any + R"(,"content":)" + list + R"(,"reasoning_details":)" + list +
        R"(,"annotations":)" + list + R"(,"images":)" + list + R"(,"audio":)" + any +
        R"(,"tool_calls":[{"unknown":)" + any + "}]}}]}"
    );
    auto const& d = c.delta();
    for (auto const* object : {&c.chunk.extra, &c.first().extra, &d.extra, &c.call().extra})
        BOOST_TEST(codec::is_independent(*object));
    for (auto const* array : {&d.content_parts, &*d.reasoning_details, &d.annotations, &d.images}) {
        BOOST_TEST(text_of(*array) == list);
        BOOST_TEST(array->storage().get() == boost::json::storage_ptr().get());
    }
    BOOST_TEST(text_of(d.audio) == any);
    BOOST_TEST(codec::is_independent(d.audio));
    BOOST_TEST(codec::is_independent(c.first().error->raw));
}

BOOST_AUTO_TEST_CASE(the_chunk_that_says_a_whole_completion) {
    auto const reply = codec::decode(
        R"({"id":"a","object":"chat.completion","created":5,"model":"m","provider":"p","system_fingerprint":"f",)"
        R"("service_tier":"t","more":1,"usage":{"total_tokens":3},"choices":[{"index":0,"message":{"role":"assistant",)"
        R"("content":"Hi","reasoning":"r","refusal":"n","annotations":[1],"images":[2],"audio":{"id":"s"},"name":"n",)"
        R"("reasoning_details":[3],"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":"{}"}},)"
        R"({"id":"d","name":"g"}]},"finish_reason":"stop","native_finish_reason":"STOP","other":2,)"
        R"("logprobs":{"content":[{"token":"x","logprob":-1}]}},{"index":4,"message":{"content":"Ho"}}]})"
    );
    BOOST_TEST_REQUIRE(!reply.ec, reply.detail);
    auto const streamed = decode(
        R"({"id":"a","object":"chat.completion.chunk","created":5,"model":"m","provider":"p","system_fingerprint":"f",)"
        R"("service_tier":"t","more":1,"usage":{"total_tokens":3},"choices":[{"index":0,"delta":{"role":"assistant",)"
        R"("content":"Hi","reasoning":"r","refusal":"n","annotations":[1],"images":[2],"audio":{"id":"s"},"name":"n",)"
        R"("reasoning_details":[3],"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":"{}"}},)"
        R"({"index":1,"id":"d","type":"function","name":"g"}]},"finish_reason":"stop","native_finish_reason":"STOP","other":2,)"
        R"("logprobs":{"content":[{"token":"x","logprob":-1}]}},{"index":4,"delta":{"role":"assistant","content":"Ho"}}]})"
    );
    BOOST_TEST(test::describe(codec::to_chunk(reply.completion)) == test::describe(streamed.chunk));
}

BOOST_AUTO_TEST_SUITE_END()
