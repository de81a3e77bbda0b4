// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/chat/decode_completion.hpp"

#include "support/streams/decoding.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>

using namespace async_llm;
using codec::decode;
using codec::reply_with_message;
using codec::text_of;

namespace {

codec::decoded decode_message(std::string_view message) { return decode(reply_with_message(message)); }

/// A completion whose one choice has these members besides its message (JSON, with a comma in front).
codec::decoded decode_choice(std::string_view members) {
    return decode(R"({"choices":[{"message":{"content":"x"})" + std::string(members) + "}]}");
}

} // namespace

BOOST_AUTO_TEST_SUITE(decode_completion)

BOOST_AUTO_TEST_CASE(spellings_of_finish_reason) {
    for (int i = 0; i < static_cast<int>(finish_reason::unknown); ++i) {
        auto const value = static_cast<finish_reason>(i);
        finish_reason read = finish_reason::unknown;
        BOOST_TEST(from_string(to_string(value), read));
        BOOST_TEST((read == value));
    }
    auto read = finish_reason::length;
    BOOST_TEST(!from_string("unknown", read));
    BOOST_TEST((read == finish_reason::length));
    BOOST_TEST(to_string(finish_reason::unknown) == "");
    BOOST_TEST(to_string(finish_reason::content_filter) == "content_filter");
}

BOOST_AUTO_TEST_CASE(shortcuts_to_the_first_choice) {
    chat_completion completion;
    BOOST_TEST(completion.text() == "");
    BOOST_TEST(completion.tool_calls().empty());
    completion.choices.emplace_back();
    BOOST_TEST(completion.text() == "");
    completion.choices[0].message.content = "one";
    completion.choices[0].message.tool_calls.emplace_back("id", "name", "{}");
    completion.choices.emplace_back().message.content = "two";
    BOOST_TEST(completion.text() == "one");
    BOOST_TEST(completion.tool_calls().at(0).name == "name");
}

BOOST_AUTO_TEST_CASE(members_of_the_completion) {
    auto const reply =
        decode(R"({"id":"a","object":"chat.completion","created":1744209255,"model":"m","provider":"p",)"
               R"("system_fingerprint":"f","service_tier":"default","choices":[{"message":{"content":"x"}}],)"
               R"("openrouter_metadata":{"attempt":1},"prompt":[],"nothing":null})");
    BOOST_TEST(!reply.ec, reply.detail);
    auto const& c = reply.completion;
    BOOST_TEST(c.id == "a");
    BOOST_TEST(c.object == "chat.completion");
    BOOST_TEST(c.created == 1744209255);
    BOOST_TEST(c.model == "m");
    BOOST_TEST(c.provider == "p");
    BOOST_TEST(c.system_fingerprint == "f");
    BOOST_TEST(c.service_tier == "default");
    BOOST_TEST(!c.usage);
    BOOST_TEST(text_of(c.extra) == R"({"openrouter_metadata":{"attempt":1},"prompt":[],"nothing":null})");
}

BOOST_AUTO_TEST_CASE(members_that_are_null_or_of_another_type) {
    auto const nulls = decode(
        R"({"id":null,"object":null,"created":null,"model":null,"provider":null,"system_fingerprint":null,)"
        R"("service_tier":null,"usage":null,"error":null,"choices":[{"index":null,"message":{"role":null,"content":null},)"
        R"("finish_reason":null,"native_finish_reason":null,"logprobs":null,"error":null}]})"
    );
    BOOST_TEST(!nulls.ec, nulls.detail);
    BOOST_TEST(nulls.completion.extra.empty());
    BOOST_TEST(nulls.first().extra.empty());
    BOOST_TEST(nulls.message().extra.empty());
    BOOST_TEST((nulls.message().role == role::assistant));
    BOOST_TEST((nulls.first().finish_reason == finish_reason::none));
    BOOST_TEST(!nulls.message().content);

    auto const others = decode(
        R"({"id":5,"created":"1744209255.5","model":["m"],"usage":"none","choices":[{"index":"3","finish_reason":1,)"
        R"("logprobs":[],"message":{"role":1,"content":2,"refusal":false,"reasoning":{},"reasoning_details":"x",)"
        R"("tool_calls":"none","annotations":{},"images":1}}]})"
    );
    BOOST_TEST(!others.ec, others.detail);
    BOOST_TEST(text_of(others.completion.extra) == R"({"model":["m"],"usage":"none"})");
    BOOST_TEST(others.completion.id == "5");
    BOOST_TEST((others.message().content == "2"));
    BOOST_TEST(others.completion.created == 1744209255);
    BOOST_TEST(others.first().index == 3);
    BOOST_TEST(text_of(others.first().extra) == R"({"finish_reason":1,"logprobs":[]})");
    BOOST_TEST(
        text_of(others.message().extra) ==
        R"({"role":1,"refusal":false,"reasoning":{},)"
        R"("reasoning_details":"x","tool_calls":"none","annotations":{},"images":1})"
    );
    BOOST_TEST((others.message().content == "2"));
}

BOOST_AUTO_TEST_CASE(created_in_other_notations) {
    auto const created = [](std::string const& value) {
        return decode(R"({"created":)" + value + R"(,"choices":[{"message":{}}]})").completion.created;
    };
    BOOST_TEST(created("1744209255.75") == 1744209255);
    BOOST_TEST(created("1744209255123") == 1744209255);
    BOOST_TEST(created("\"1744209255\"") == 1744209255);
    BOOST_TEST(created("99999999999") == 99999999999);
    BOOST_TEST(created("[]") == 0);
}

BOOST_AUTO_TEST_CASE(content_as_text) {
    BOOST_TEST((decode_message(R"({"content":"Hello"})").message().content == "Hello"));
    BOOST_TEST((decode_message(R"({"content":""})").message().content == ""));
    BOOST_TEST(!decode_message(R"({"content":null})").message().content);
    BOOST_TEST(!decode_message("{}").message().content);
    BOOST_TEST(decode_message(R"({"content":"Hello"})").message().content_parts.empty());
}

BOOST_AUTO_TEST_CASE(content_as_parts) {
    auto const reply = decode_message(
        R"({"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"Hel"},)"
        R"("lo",{"type":"image_url","image_url":{"url":"u"}},{"type":"refusal","refusal":"No"},{"text":"!"},7]})"
    );
    BOOST_TEST((reply.message().content == "Hello!7"));
    BOOST_TEST((reply.message().refusal == "No"));
    BOOST_TEST(reply.message().content_parts.size() == 7u);
    BOOST_TEST(reply.message().content_parts[0].at("thinking").at(0).at("text").as_string() == "hm");
    BOOST_TEST(reply.completion.text() == "Hello!7");

    BOOST_TEST(!decode_message(R"({"content":[]})").message().content);
    BOOST_TEST(!decode_message(R"({"content":[{"type":"image_url"}]})").message().content);
    BOOST_TEST((decode_message(R"({"content":[{"type":"text","text":""}]})").message().content == ""));
}

BOOST_AUTO_TEST_CASE(reasoning_under_both_names) {
    BOOST_TEST((decode_message(R"({"reasoning":"r"})").message().reasoning == "r"));
    // AI-3
    auto const ai3 = decode_message(R"({"role":"assistant","content":null,"reasoning_content":"r"})");
    BOOST_TEST(!ai3.ec);
    BOOST_TEST((ai3.message().reasoning == "r"));
    BOOST_TEST(!ai3.message().content);
    BOOST_TEST(ai3.message().extra.empty());

    auto const both = decode_message(R"({"reasoning_content":"b","reasoning":"a"})");
    BOOST_TEST((both.message().reasoning == "a"));
    BOOST_TEST(text_of(both.message().extra) == R"({"reasoning_content":"b"})");
    BOOST_TEST(decode_message(R"({"reasoning":"a","reasoning_content":"a"})").message().extra.empty());
    BOOST_TEST((decode_message(R"({"reasoning":null,"reasoning_content":"b"})").message().reasoning == "b"));
    BOOST_TEST(!decode_message(R"({"reasoning":null,"reasoning_content":null})").message().reasoning);
}

BOOST_AUTO_TEST_CASE(reasoning_details_are_kept_as_they_are) {
    auto const* details =
        R"([{"type":"reasoning.text","text":"t","signature":null,"index":0},{"type":"reasoning.encrypted","data":"d"}])";
    auto const reply = decode_message(R"({"reasoning_details":)" + std::string(details) + "}");
    BOOST_TEST_REQUIRE(reply.message().reasoning_details.has_value());
    BOOST_TEST(text_of(*reply.message().reasoning_details) == details);
    auto const empty = decode_message(R"({"reasoning_details":[]})");
    BOOST_TEST_REQUIRE(empty.message().reasoning_details.has_value());
    BOOST_TEST(empty.message().reasoning_details->empty());
    BOOST_TEST(!decode_message(R"({"reasoning_details":null})").message().reasoning_details);
}

BOOST_AUTO_TEST_CASE(media_and_annotations) {
    auto const reply = decode_message(
        R"({"content":"x","annotations":[{"type":"url_citation"}],"images":[{"image_url":{"url":"u"}}],)"
        R"("audio":{"id":"a","data":"d"},"name":"n"})"
    );
    BOOST_TEST(text_of(reply.message().annotations) == R"([{"type":"url_citation"}])");
    BOOST_TEST(text_of(reply.message().images) == R"([{"image_url":{"url":"u"}}])");
    BOOST_TEST(text_of(reply.message().audio) == R"({"id":"a","data":"d"})");
    BOOST_TEST(text_of(reply.message().extra) == R"({"name":"n"})");
    BOOST_TEST(decode_message(R"({"audio":null})").message().audio.is_null());
}

BOOST_AUTO_TEST_CASE(roles) {
    BOOST_TEST((decode_message(R"({"role":"tool"})").message().role == role::tool));
    BOOST_TEST((decode_message(R"({"role":""})").message().role == role::assistant));
    auto const other = decode_message(R"({"role":"model"})");
    BOOST_TEST((other.message().role == role::unknown));
    BOOST_TEST(other.message().role.text() == "model");
}

BOOST_AUTO_TEST_CASE(tool_calls) {
    auto const reply = decode_message(
        R"({"content":null,"tool_calls":[)"
        R"({"index":0,"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}","strict":true}},)"
        R"({"id":"c2","type":"custom","custom":{"name":"g","input":"free text"}},)"
        R"({"custom":{"name":"h","input":"x"}}]})"
    );
    auto const& calls = reply.completion.tool_calls();
    BOOST_TEST_REQUIRE(calls.size() == 3u);
    BOOST_TEST(calls[0].id == "c1");
    BOOST_TEST(calls[0].type == "function");
    BOOST_TEST(calls[0].name == "f");
    BOOST_TEST(calls[0].arguments == R"({"a":1})");
    BOOST_TEST(text_of(calls[0].extra) == R"({"index":0,"function":{"strict":true}})");
    BOOST_TEST(calls[1].type == "custom");
    BOOST_TEST(calls[1].name == "g");
    BOOST_TEST(calls[1].arguments == "free text");
    BOOST_TEST(calls[1].extra.empty());
    BOOST_TEST(calls[2].id == "");
    BOOST_TEST(calls[2].type == "custom");
}

BOOST_AUTO_TEST_CASE(sloppy_tool_calls) {
    auto const call = [](std::string const& json) {
        return decode_message(R"({"tool_calls":[)" + json + "]}").completion.tool_calls().at(0);
    };
    BOOST_TEST(call(R"({"id":"a"})").type == "function");
    BOOST_TEST(call(R"({"id":"a","type":""})").type == "function");
    BOOST_TEST(call(R"({"id":"a","type":null,"function":null})").type == "function");
    BOOST_TEST(call(R"({"function":{"name":"f"}})").arguments == "");
    BOOST_TEST(call(R"({"function":{"name":"f","arguments":null}})").arguments == "");
    BOOST_TEST(call(R"({"function":{"name":"f","arguments":""}})").arguments == "");
    BOOST_TEST(call(R"({"function":{"name":"f","arguments":{"a":[1]}}})").arguments == R"({"a":[1]})");
    BOOST_TEST(call(R"({"function":"f"})").name == "f");
    BOOST_TEST(text_of(call(R"({"type":"openrouter:web_search","query":"q"})").extra) == R"({"query":"q"})");

    auto const mixed = decode_message(R"({"tool_calls":[null,{"id":"a"},"b"]})");
    BOOST_TEST(mixed.completion.tool_calls().size() == 1u);
    BOOST_TEST(text_of(mixed.message().extra) == R"({"tool_calls":[null,{"id":"a"},"b"]})");
    BOOST_TEST(decode_message(R"({"tool_calls":null})").message().extra.empty());
}

BOOST_AUTO_TEST_CASE(function_call_of_2023) {
    auto const reply = decode_message(R"({"content":null,"function_call":{"name":"f","arguments":"{}"}})");
    BOOST_TEST_REQUIRE(reply.completion.tool_calls().size() == 1u);
    BOOST_TEST(reply.completion.tool_calls()[0].id == "");
    BOOST_TEST(reply.completion.tool_calls()[0].type == "function");
    BOOST_TEST(reply.completion.tool_calls()[0].name == "f");
    BOOST_TEST(reply.completion.tool_calls()[0].arguments == "{}");
    BOOST_TEST(reply.message().extra.empty());
    BOOST_TEST(decode_message(R"({"function_call":null})").message().extra.empty());

    auto const both = decode_message(R"({"function_call":{"name":"f"},"tool_calls":[{"id":"a"}]})");
    BOOST_TEST(both.completion.tool_calls().size() == 1u);
    BOOST_TEST(both.completion.tool_calls()[0].id == "a");
    BOOST_TEST(both.completion.tool_calls()[0].name == "f");
    BOOST_TEST(both.message().extra.empty());
}

BOOST_AUTO_TEST_CASE(finish_reasons) {
    BOOST_TEST((decode_choice(R"(,"finish_reason":"length")").first().finish_reason == finish_reason::length)
    );
    BOOST_TEST((decode_choice(R"(,"finish_reason":"")").first().finish_reason == finish_reason::none));
    BOOST_TEST((decode_choice("").first().finish_reason == finish_reason::none));
    auto const other = decode_choice(R"(,"finish_reason":"end_turn","native_finish_reason":"STOP")");
    BOOST_TEST((other.first().finish_reason == finish_reason::unknown));
    BOOST_TEST(other.first().finish_reason.text() == "end_turn");
    BOOST_TEST(other.first().native_finish_reason == "STOP");
}

BOOST_AUTO_TEST_CASE(several_choices) {
    auto const reply = decode(
        R"({"choices":[{"index":1,"message":{"content":"b"}},{"message":{"content":"a"}},)"
        R"({"index":9223372036854775807,"message":{}},{"index":-1,"message":{}},{"index":1e300,"message":{}}]})"
    );
    BOOST_TEST(!reply.ec, reply.detail);
    BOOST_TEST_REQUIRE(reply.completion.choices.size() == 5u);
    BOOST_TEST(reply.completion.choices[0].index == 1);
    BOOST_TEST(reply.completion.choices[1].index == 1);
    BOOST_TEST(reply.completion.choices[2].index == INT64_MAX);
    BOOST_TEST(reply.completion.choices[3].index == -1);
    BOOST_TEST(reply.completion.choices[4].index == 4);
    BOOST_TEST(text_of(reply.completion.choices[4].extra) == R"({"index":1E300})");
    BOOST_TEST(reply.completion.text() == "b");
}

BOOST_AUTO_TEST_CASE(log_probabilities) {
    auto const reply = decode_choice(
        R"(,"logprobs":{"content":[{"token":"\u00e4","logprob":-0.25,"bytes":[195,164],"top_logprobs":[)"
        R"({"token":"a","logprob":-1,"bytes":null},{"token":"b","logprob":"-2.5"}]},{"token":"x"}],)"
        R"("refusal":[{"token":"r","logprob":-3,"bytes":[300],"top_logprobs":null}],"more":1})"
    );
    auto const& tokens = reply.first().logprobs;
    BOOST_TEST_REQUIRE(tokens.size() == 2u);
    BOOST_TEST(tokens[0].token == "\xc3\xa4");
    BOOST_TEST(tokens[0].logprob == -0.25);
    BOOST_TEST((tokens[0].bytes == std::vector<unsigned char>{195, 164}));
    BOOST_TEST_REQUIRE(tokens[0].top_logprobs.size() == 2u);
    BOOST_TEST(tokens[0].top_logprobs[0].token == "a");
    BOOST_TEST(tokens[0].top_logprobs[0].logprob == -1.0);
    BOOST_TEST(tokens[0].top_logprobs[0].bytes.empty());
    BOOST_TEST(tokens[0].top_logprobs[1].logprob == -2.5);
    BOOST_TEST(std::isnan(tokens[1].logprob));
    BOOST_TEST_REQUIRE(reply.first().refusal_logprobs.size() == 1u);
    BOOST_TEST(reply.first().refusal_logprobs[0].bytes.empty());
    BOOST_TEST(text_of(reply.first().extra) == R"({"logprobs":{"more":1}})");

    auto const none = decode_choice(R"(,"logprobs":{"content":null,"refusal":null})");
    BOOST_TEST(none.first().logprobs.empty());
    BOOST_TEST(none.first().extra.empty());
    auto const together =
        decode_choice(R"(,"logprobs":{"tokens":["a"],"token_logprobs":[-1],"content":[1]})");
    BOOST_TEST(
        text_of(together.first().extra) ==
        R"({"logprobs":{"tokens":["a"],"token_logprobs":[-1],"content":[1]}})"
    );
}

BOOST_AUTO_TEST_CASE(structures_that_are_none) {
    auto const detail = [](std::string_view body) {
        auto const reply = decode(body);
        BOOST_TEST((reply.ec == errc::invalid_response), body);
        return reply.detail;
    };
    BOOST_TEST(detail(R"({"choices":{"x":1}})") == "choices is object, not an array");
    BOOST_TEST(detail(R"({"choices":"x"})") == "choices is string, not an array");
    BOOST_TEST(detail(R"({"choices":[{"message":{}},false]})") == "choices[1] is bool, not an object");
    BOOST_TEST(detail(R"({"choices":[null]})") == "choices is empty");
    BOOST_TEST(detail(R"({"choices":[7]})") == "choices[0] is int64, not an object");
    BOOST_TEST(detail(R"({"choices":[{"message":"x"}]})") == "choices[0].message is string, not an object");
    BOOST_TEST(detail(R"({"choices":[{"text":[]}]})") == "choices[0].message is missing, not an object");
    BOOST_TEST(detail(R"({"choices":[]})") == "choices is empty");
    BOOST_TEST(detail(R"({"choices":null})") == "choices is null");
    BOOST_TEST(detail("{}") == "choices is missing");
}

BOOST_AUTO_TEST_CASE(of_duplicate_members_the_last_one_counts) {
    auto const reply = decode(R"({"id":"a","id":"b","choices":[{"message":{"content":"x","content":"y"}}]})");
    BOOST_TEST(reply.completion.id == "b");
    BOOST_TEST(reply.completion.text() == "y");
}

BOOST_AUTO_TEST_CASE(what_is_kept_outlives_the_document) {
    std::string const filler(100, 'x');
    std::string const any = R"({"deep":[{"text":")" + filler + R"("}]})";
    auto const list = "[" + any + "]";
    auto const reply = decode(
        R"({"unknown":)" + any + R"(,"usage":{"unknown":)" + any + R"(,"cost_details":)" + any +
        R"(,"prompt_tokens_details":)" + any + R"(},"choices":[{"unknown":)" + any + R"(,"logprobs":)" + any +
        R"(,"message":{"unknown":)" + any + R"(,"content":)" + list + R"(,"reasoning_details":)" + list +
        R"(,"annotations":)" + list + R"(,"images":)" + list + R"(,"audio":)" + any +
        R"(,"tool_calls":[{"name":"f","unknown":)" + any + R"(,"function":)" + any + "}]}}]}"
    );
    BOOST_TEST_REQUIRE(!reply.ec, reply.detail);
    auto const& c = reply.completion;
    auto const& m = reply.message();
    for (auto const* object :
         {&c.extra,
          &c.usage->extra,
          &c.usage->cost_details,
          &reply.first().extra,
          &m.extra,
          &m.tool_calls.at(0).extra}) {
        BOOST_TEST(!object->empty());
        BOOST_TEST(codec::is_independent(*object));
        BOOST_TEST(object->storage().get() == boost::json::storage_ptr().get());
    }
    for (auto const* array : {&m.content_parts, &*m.reasoning_details, &m.annotations, &m.images}) {
        BOOST_TEST(text_of(*array) == list);
        BOOST_TEST(array->storage().get() == boost::json::storage_ptr().get());
        BOOST_TEST(codec::is_independent(*array));
    }
    BOOST_TEST(text_of(m.audio) == any);
    BOOST_TEST(codec::is_independent(m.audio));
}

BOOST_AUTO_TEST_SUITE_END()
