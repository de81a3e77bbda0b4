// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/building.hpp"
#include "support/fixtures/describe.hpp"
#include "support/printing.hpp"
#include "support/streams/decoding.hpp"
#include <async_llm/completion_builder.hpp>
#include <async_llm/error.hpp>

#include <boost/test/unit_test.hpp>

// Everything but tool calls, bounds, and whole streams.

using namespace async_llm;
using namespace async_llm::test;
using codec::text_of;

namespace {

/// The message of the only choice, of these deltas (JSON).
assistant_message message_of(std::vector<std::string> const& deltas) {
    auto const completion = build(deltas_of(deltas));
    BOOST_TEST_REQUIRE(completion.choices.size() == 1u);
    return completion.choices[0].message;
}

/// The only choice, of chunks with one choice that has these members (JSON).
choice choice_of(std::vector<std::string> const& members) {
    std::vector<std::string> chunks;
    for (auto const& each : members) chunks.push_back(R"({"choices":[{)" + each + "}]}");
    auto const completion = build(chunks);
    BOOST_TEST_REQUIRE(completion.choices.size() == 1u);
    return completion.choices[0];
}

} // namespace

BOOST_AUTO_TEST_SUITE(completion_builder)

BOOST_AUTO_TEST_CASE(of_nothing_comes_nothing) {
    async_llm::completion_builder builder;
    BOOST_TEST(describe(builder.completion()) == describe(chat_completion()));
    BOOST_TEST(builder.detail() == "");
    BOOST_TEST(describe(builder.take()) == describe(chat_completion()));
}

BOOST_AUTO_TEST_CASE(members_of_the_completion_are_the_first_that_say_something) {
    auto const c = build(
        {R"({"id":"","object":"chat.completion.chunk","created":0,"model":"","provider":null,"system_fingerprint":null})",
         R"({"id":"a","created":5,"model":"m","provider":"p","system_fingerprint":"f","service_tier":"t","choices":[]})",
         R"({"id":"","created":0,"model":"","provider":"","system_fingerprint":"","service_tier":""})",
         R"({"id":"b","created":6,"model":"n","provider":"q","system_fingerprint":"g","service_tier":"u"})"}
    );
    BOOST_TEST(c.id == "a");
    BOOST_TEST(c.object == "chat.completion");
    BOOST_TEST(c.created == 5);
    BOOST_TEST(c.model == "m");
    BOOST_TEST(c.provider == "p");
    BOOST_TEST(c.system_fingerprint == "f");
    BOOST_TEST(c.service_tier == "t");
    BOOST_TEST(c.choices.empty());
    BOOST_TEST(c.extra.empty());
}

BOOST_AUTO_TEST_CASE(text_is_joined) {
    auto const m = message_of(
        {R"({"role":"assistant","content":""})", R"({"content":"Hel"})", R"({"content":"lo"})", "{}"}
    );
    BOOST_TEST((m.content == "Hello"));
    BOOST_TEST((m.role == role::assistant));
    BOOST_TEST(m.content_parts.empty());
    BOOST_TEST(!m.refusal);
    BOOST_TEST(!m.reasoning);
    BOOST_TEST(!m.reasoning_details);
}

BOOST_AUTO_TEST_CASE(null_takes_nothing_away) {
    auto const m = message_of(
        {R"({"role":"assistant","content":"a","reasoning":"r","refusal":"n","reasoning_details":[1],"x":"y"})",
         R"({"role":null,"content":null,"reasoning":null,"refusal":null,"reasoning_details":null,"tool_calls":null,"x":null})",
         R"({"role":"","content":"","reasoning":"","refusal":"","reasoning_details":[],"tool_calls":[]})"}
    );
    BOOST_TEST((m.content == "a"));
    BOOST_TEST((m.reasoning == "r"));
    BOOST_TEST((m.refusal == "n"));
    BOOST_TEST(text_of(*m.reasoning_details) == "[1]");
    BOOST_TEST(text_of(m.extra) == R"({"x":"y"})");
    BOOST_TEST((m.role == role::assistant));
}

BOOST_AUTO_TEST_CASE(content_is_unset_until_there_is_some) {
    BOOST_TEST(!message_of({R"({"role":"assistant","content":null})", "{}"}).content);
    BOOST_TEST((message_of({R"({"content":null})", R"({"content":""})"}).content == ""));
}

BOOST_AUTO_TEST_CASE(refusal_and_reasoning_are_joined) {
    auto const m = message_of(
        {R"({"refusal":"I ","reasoning":"Let me "})", R"({"refusal":"won't.","reasoning_content":"think."})"}
    );
    BOOST_TEST((m.refusal == "I won't."));
    BOOST_TEST((m.reasoning == "Let me think."));
    BOOST_TEST(!m.content);
}

BOOST_AUTO_TEST_CASE(an_empty_refusal_is_none) {
    auto const m = message_of({R"({"content":"a","refusal":"","reasoning_content":""})"});
    BOOST_TEST(!m.refusal);
    BOOST_TEST(!m.reasoning);
}

BOOST_AUTO_TEST_CASE(the_role_is_what_was_told) {
    BOOST_TEST((message_of({R"({"content":"a"})"}).role == role::assistant));
    BOOST_TEST((message_of({R"({"role":"tool"})", R"({"content":"a"})"}).role == role::tool));
}

BOOST_AUTO_TEST_CASE(parts_of_content_are_joined) {
    auto const m = message_of(
        {R"({"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]}]})",
         R"({"content":[{"type":"text","text":"Hel"}]})",
         R"({"content":[{"type":"text","text":"lo"}]})",
         R"({"content":[{"type":"image_url","image_url":{"url":"u"}},{"type":"text","text":"!"}]})"}
    );
    BOOST_TEST((m.content == "Hello!"));
    BOOST_TEST(
        text_of(m.content_parts) ==
        R"([{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"Hello"},)"
        R"({"type":"image_url","image_url":{"url":"u"}},{"type":"text","text":"!"}])"
    );
}

BOOST_AUTO_TEST_CASE(plain_text_beside_parts_becomes_a_part) {
    // Only parts would be sent back, so they have to be complete.
    auto const thinking = R"({"content":[{"type":"thinking","thinking":[]}]})";
    auto const behind =
        message_of({thinking, R"({"content":"Hel"})", R"({"content":""})", R"({"content":"lo"})"});
    BOOST_TEST((behind.content == "Hello"));
    BOOST_TEST(
        text_of(behind.content_parts) ==
        R"([{"type":"thinking","thinking":[]},{"type":"text","text":"Hello"}])"
    );
    auto const before = message_of({R"({"content":"Hello"})", thinking});
    BOOST_TEST((before.content == "Hello"));
    BOOST_TEST(
        text_of(before.content_parts) ==
        R"([{"type":"text","text":"Hello"},{"type":"thinking","thinking":[]}])"
    );
}

BOOST_AUTO_TEST_CASE(pieces_of_a_reasoning_block_are_joined) {
    auto const m = message_of(
        {R"({"reasoning_details":[{"type":"reasoning.text","text":"a","format":null,"index":0}]})",
         R"({"reasoning_details":[{"type":"reasoning.text","text":"b","format":"f","index":0,"signature":null}]})",
         R"({"reasoning_details":[{"type":"reasoning.text","signature":"s","id":"i","index":0}]})",
         R"({"reasoning_details":[{"type":"reasoning.text","text":"c","index":1},{"type":"reasoning.text","text":"d","index":1}]})"
        }
    );
    BOOST_TEST(
        text_of(*m.reasoning_details) ==
        R"([{"type":"reasoning.text","text":"ab","format":"f","index":0,"signature":"s","id":"i"},)"
        R"({"type":"reasoning.text","text":"cd","index":1}])"
    );
}

BOOST_AUTO_TEST_CASE(reasoning_blocks_without_an_index_follow_each_other) {
    auto const m = message_of(
        {R"({"reasoning_details":[{"type":"reasoning.summary","summary":"a"}]})",
         R"({"reasoning_details":[{"type":"reasoning.summary","summary":"b","index":null}]})",
         R"({"reasoning_details":[{"type":"reasoning.text","text":"c"}]})",
         R"({"reasoning_details":[{"type":"reasoning.summary","summary":"d"}]})",
         R"({"reasoning_details":[{"type":"reasoning.summary","summary":"e","index":0}]})"}
    );
    BOOST_TEST(
        text_of(*m.reasoning_details) ==
        R"([{"type":"reasoning.summary","summary":"ab","index":null},{"type":"reasoning.text","text":"c"},)"
        R"({"type":"reasoning.summary","summary":"d"},{"type":"reasoning.summary","summary":"e","index":0}])"
    );
}

BOOST_AUTO_TEST_CASE(other_reasoning_blocks_stay_as_they_are) {
    auto const* list =
        R"([{"type":"reasoning.encrypted","data":"a","index":0},{"type":"reasoning.encrypted","data":"b","index":0},7,7,{},{}])";
    auto const m = message_of({R"({"reasoning_details":)" + std::string(list) + "}"});
    BOOST_TEST(text_of(*m.reasoning_details) == list);
    auto const none = message_of({R"({"reasoning_details":[]})"});
    BOOST_TEST_REQUIRE(none.reasoning_details.has_value());
    BOOST_TEST(none.reasoning_details->empty());
}

BOOST_AUTO_TEST_CASE(lists_are_appended_to) {
    auto const m = message_of(
        {R"({"annotations":[{"a":1}],"images":["x"]})", "{}", R"({"annotations":[{"a":1},2],"images":["y"]})"}
    );
    BOOST_TEST(text_of(m.annotations) == R"([{"a":1},2])");
    BOOST_TEST(text_of(m.images) == R"(["x","y"])");
}

BOOST_AUTO_TEST_CASE(sound_is_joined) {
    auto const m = message_of(
        {R"({"audio":{"id":"a","data":"AA","expires_at":1}})",
         R"({"audio":{"transcript":"Hel"}})",
         R"({"audio":{"data":"BB","transcript":"lo","id":null}})",
         R"({"audio":null})",
         R"({"audio":{"expires_at":2,"id":"b"}})"}
    );
    BOOST_TEST(text_of(m.audio) == R"({"id":"b","data":"AABB","expires_at":2,"transcript":"Hello"})");
    BOOST_TEST(message_of({"{}"}).audio.is_null());
}

BOOST_AUTO_TEST_CASE(unknown_texts_of_a_message_are_joined_and_the_rest_replaced) {
    auto const m =
        message_of({R"({"thoughts":"a","n":1,"kind":"x"})", R"({"thoughts":"b","n":2,"kind":7,"new":null})"});
    BOOST_TEST(text_of(m.extra) == R"({"thoughts":"ab","n":2,"kind":7,"new":null})");
}

BOOST_AUTO_TEST_CASE(unknown_members_elsewhere_are_replaced) {
    auto const c = build(
        {R"({"obfuscation":"a","meta":{"x":1},"choices":[{"tag":"a","delta":{}}]})",
         R"({"obfuscation":"b","meta":null,"choices":[{"tag":"b","delta":{}}]})"}
    );
    BOOST_TEST(text_of(c.extra) == R"({"obfuscation":"b","meta":{"x":1}})");
    BOOST_TEST(text_of(c.choices.at(0).extra) == R"({"tag":"b"})");
}

BOOST_AUTO_TEST_CASE(the_first_finish_reason_counts) {
    auto const c = choice_of(
        {R"("finish_reason":null)",
         R"("finish_reason":"length","native_finish_reason":"MAX")",
         R"("finish_reason":"stop","native_finish_reason":"STOP")",
         R"("finish_reason":null,"native_finish_reason":null)",
         R"("finish_reason":"")"}
    );
    BOOST_TEST((c.finish_reason == finish_reason::length));
    BOOST_TEST(c.native_finish_reason == "MAX");
    BOOST_TEST(
        choice_of({R"("finish_reason":"eos")", R"("finish_reason":"stop")"}).finish_reason.text() == "eos"
    );
    BOOST_TEST((choice_of({R"("delta":{})"}).finish_reason == finish_reason::none));
}

BOOST_AUTO_TEST_CASE(an_error_wins_over_an_earlier_finish_reason) {
    auto const c = choice_of(
        {R"("finish_reason":"stop","native_finish_reason":"STOP")",
         R"("finish_reason":"error","native_finish_reason":"FAILED")",
         R"("finish_reason":"stop","native_finish_reason":"STOP")"}
    );
    BOOST_TEST((c.finish_reason == finish_reason::error));
    BOOST_TEST(c.native_finish_reason == "FAILED");
}

BOOST_AUTO_TEST_CASE(the_first_error_of_a_choice_counts) {
    auto const c =
        choice_of({R"("delta":{"content":"a"})", R"("error":{"message":"first"})", R"("error":"second")"});
    BOOST_TEST_REQUIRE(c.error.has_value());
    BOOST_TEST(c.error->message == "first");
    BOOST_TEST((c.message.content == "a"));
}

BOOST_AUTO_TEST_CASE(log_probabilities_are_appended) {
    auto const c = choice_of(
        {R"("logprobs":{"content":[{"token":"a"}],"refusal":[{"token":"x"}]})",
         R"("logprobs":null)",
         R"("logprobs":{"content":[{"token":"b","top_logprobs":[{"token":"c"}]}],"refusal":[{"token":"y"}]})"}
    );
    BOOST_TEST_REQUIRE(c.logprobs.size() == 2u);
    BOOST_TEST(c.logprobs[1].token == "b");
    BOOST_TEST(c.logprobs[1].top_logprobs.at(0).token == "c");
    BOOST_TEST(c.refusal_logprobs.at(1).token == "y");
}

BOOST_AUTO_TEST_CASE(choices_are_told_apart_and_sorted_by_their_index) {
    auto const c = build(
        {R"({"choices":[{"index":2,"delta":{"content":"c"}}]})",
         R"({"choices":[{"index":0,"delta":{"content":"a"}},{"index":1,"delta":{"content":"b"}}]})",
         R"({"choices":[{"index":1,"delta":{"content":"B"},"finish_reason":"stop"},{"index":2,"delta":{"content":"C"}}]})",
         R"({"choices":[{"index":0,"delta":{"content":"A"}}]})"}
    );
    BOOST_TEST_REQUIRE(c.choices.size() == 3u);
    for (std::size_t i = 0; i < 3; ++i) BOOST_TEST(c.choices[i].index == static_cast<std::int64_t>(i));
    BOOST_TEST((c.choices[0].message.content == "aA"));
    BOOST_TEST((c.choices[1].message.content == "bB"));
    BOOST_TEST((c.choices[2].message.content == "cC"));
    BOOST_TEST((c.choices[1].finish_reason == finish_reason::stop));
    BOOST_TEST((c.choices[0].finish_reason == finish_reason::none));
}

BOOST_AUTO_TEST_CASE(a_choice_without_the_first_may_stand_alone) {
    auto const c = build({R"({"choices":[{"index":7,"delta":{"content":"x"}}]})"});
    BOOST_TEST_REQUIRE(c.choices.size() == 1u);
    BOOST_TEST(c.choices[0].index == 7);
    BOOST_TEST(c.text() == "x");
}

BOOST_AUTO_TEST_CASE(the_last_usage_counts_and_none_is_added_up) {
    auto const c = build(
        {R"({"usage":{"prompt_tokens":5,"completion_tokens":1,"total_tokens":6}})",
         R"({"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7,"more":1}})",
         R"({"usage":null})"}
    );
    BOOST_TEST(c.usage->prompt_tokens == 5);
    BOOST_TEST(c.usage->completion_tokens == 2);
    BOOST_TEST(c.usage->total_tokens == 7);
    BOOST_TEST(text_of(c.usage->extra) == R"({"more":1})");
    BOOST_TEST(!build({"{}"}).usage);
}

BOOST_AUTO_TEST_CASE(a_usage_without_cost_keeps_the_earlier_one) {
    auto const c = build(
        {R"({"usage":{"total_tokens":6,"cost":0.5,"is_byok":true,"cost_details":{"x":1}}})",
         R"({"usage":{"total_tokens":7}})"}
    );
    BOOST_TEST(c.usage->total_tokens == 7);
    BOOST_TEST((c.usage->cost == 0.5));
    BOOST_TEST((c.usage->is_byok == true));
    BOOST_TEST(text_of(c.usage->cost_details) == R"({"x":1})");
    auto const later =
        build({R"({"usage":{"total_tokens":6,"cost":0.5}})", R"({"usage":{"total_tokens":7,"cost":0}})"});
    BOOST_TEST((later.usage->cost == 0.0));
}

BOOST_AUTO_TEST_CASE(a_usage_without_counts_adds_its_cost) {
    // AI-4, where the chunk with the cost has no usage of its own.
    auto const c = build(
        {R"({"usage":{"prompt_tokens":5,"total_tokens":7,"completion_tokens_details":{"reasoning_tokens":1}}})",
         R"({"meta":{"usage":{"credits_used":120,"usd_spent":0.5}}})"}
    );
    BOOST_TEST(c.usage->total_tokens == 7);
    BOOST_TEST((c.usage->reasoning_tokens == 1));
    BOOST_TEST((c.usage->credits_used == 120.0));
    BOOST_TEST((c.usage->cost == 0.5));
    BOOST_TEST(build({R"({"usage":{"total_tokens":0}})"}).usage->total_tokens == 0);
}

BOOST_AUTO_TEST_CASE(taking_begins_anew) {
    async_llm::completion_builder builder;
    for (int i = 0; i < 2; ++i) {
        BOOST_TEST(!builder.add(chunk_of(
            R"({"id":"a","choices":[{"delta":{"content":"x","tool_calls":[{"index":0,"id":"c"}]}}]})"
        )));
        BOOST_TEST(builder.completion().text() == "x");
        auto const taken = builder.take();
        BOOST_TEST(taken.text() == "x");
        BOOST_TEST(taken.tool_calls().size() == 1u);
        BOOST_TEST(describe(builder.completion()) == describe(chat_completion()));
    }
}

BOOST_AUTO_TEST_CASE(copies_go_on_by_themselves) {
    async_llm::completion_builder builder;
    BOOST_TEST(!builder.add(delta_of(R"({"content":"a"})")));
    auto copy = builder;
    BOOST_TEST(!builder.add(delta_of(R"({"content":"b"})")));
    BOOST_TEST(!copy.add(delta_of(R"({"content":"c"})")));
    BOOST_TEST(builder.completion().text() == "ab");
    auto moved = std::move(copy);
    BOOST_TEST(moved.completion().text() == "ac");
}

BOOST_AUTO_TEST_SUITE_END()
