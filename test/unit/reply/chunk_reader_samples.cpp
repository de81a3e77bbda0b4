// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/reply/chunk_reader.hpp"
#include "support/printing.hpp"
#include "support/streams/chunk_reading.hpp"
#include "support/streams/decoding.hpp"
#include "support/streams/sample_streams.hpp"
#include <async_llm/error.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>

// The streams that providers are known to send, each given whole, byte by byte and split at every place, with
// every end of line.

using namespace async_llm;
using namespace async_llm::test;
using codec::text_of;
using outcome = codec::chunk_reader::outcome;

namespace {

std::ptrdiff_t count_content(chunk_reading const& reading) {
    return std::count_if(reading.chunks.begin(), reading.chunks.end(), [](auto const& chunk) {
        return chunk.has_content();
    });
}

usage const& last_usage(chunk_reading const& reading) {
    static usage const none;
    for (auto i = reading.chunks.size(); i-- > 0;) {
        if (reading.chunks[i].usage) return *reading.chunks[i].usage;
    }
    return none;
}

} // namespace

BOOST_AUTO_TEST_SUITE(chunk_reader_samples)

BOOST_AUTO_TEST_CASE(or_1_comments_text_usage) {
    auto const reading = check_ends_well(samples::openrouter(), "Hello \xc3\xa4\xc3\xa4");
    BOOST_TEST_REQUIRE(reading.chunks.size() == 4u);
    BOOST_TEST(count_content(reading) == 3);
    BOOST_TEST(reading.has_finished);
    for (auto const& chunk : reading.chunks) {
        BOOST_TEST(chunk.id == "gen-1755000000-Xy");
        BOOST_TEST(chunk.provider == "DeepInfra");
        BOOST_TEST(chunk.created == 1755000000);
        BOOST_TEST(chunk.extra.empty());
    }
    BOOST_TEST(reading.chunks[2].choices.at(0).native_finish_reason == "eos");
    BOOST_TEST(reading.chunks[3].choices.empty());
    BOOST_TEST(last_usage(reading).total_tokens == 13);
    BOOST_TEST((last_usage(reading).cost == 0.00001));
}

BOOST_AUTO_TEST_CASE(or_2_usage_with_a_choice_behind_the_finish) {
    auto const reading = check_ends_well(samples::openrouter_usage_in_choice(), "Hello");
    BOOST_TEST_REQUIRE(reading.chunks.size() == 3u);
    BOOST_TEST(reading.has_finished);
    BOOST_TEST((reading.chunks[2].choices.at(0).finish_reason == finish_reason::none));
    BOOST_TEST(!reading.chunks[2].has_content());
    BOOST_TEST(last_usage(reading).total_tokens == 13);
    BOOST_TEST((reading.completion().choices.at(0).finish_reason == finish_reason::stop));
}

BOOST_AUTO_TEST_CASE(or_3_error_with_a_choice) {
    auto const reading = check_fails(samples::openrouter_error_with_choice(), make_http_error(502), "Half a");
    BOOST_TEST(reading.error.message == "Provider disconnected");
    BOOST_TEST(reading.error.type == "provider_unavailable");
    BOOST_TEST(reading.error.provider_name == "DeepInfra");
    BOOST_TEST(reading.error.status == 502);
    BOOST_TEST(codec::is_independent(reading.error.raw));
    BOOST_TEST((reading.last.choices.at(0).finish_reason == finish_reason::error));
    BOOST_TEST((reading.completion().choices.at(0).finish_reason == finish_reason::error));
    BOOST_TEST(reading.completion().text() == "Half a");
    BOOST_TEST((reading.ec == condition::retryable));
}

BOOST_AUTO_TEST_CASE(or_4_error_without_choices) {
    auto const reading =
        check_fails(samples::openrouter_error_without_choice(), make_http_error(429), "Half a");
    BOOST_TEST((reading.ec == condition::rate_limited));
    BOOST_TEST(reading.error.message == "Rate limit exceeded");
    BOOST_TEST(reading.last.choices.empty());
}

BOOST_AUTO_TEST_CASE(or_5_error_with_a_word_for_a_code) {
    auto const reading = check_fails(samples::openrouter_error_with_word(), make_http_error(500), "Half a");
    BOOST_TEST(reading.error.code == "server_error");
    BOOST_TEST(reading.error.message == "Provider disconnected unexpectedly");
    BOOST_TEST(reading.error.status == 0);
}

BOOST_AUTO_TEST_CASE(or_11_error_in_a_choice) {
    auto const body = delta_event(R"({"content":"Half"})") +
        delta_event(R"({"content":" a"})",
                    R"(,"finish_reason":"error","error":{"code":502,"message":"Gone"})");
    auto const reading = check_fails(body, make_http_error(502), "Half");
    BOOST_TEST(reading.error.message == "Gone");
    BOOST_TEST(reading.last.text() == " a");
    BOOST_TEST(reading.completion().text() == "Half a");
    BOOST_TEST(reading.mentions("choices[0]"));
}

BOOST_AUTO_TEST_CASE(or_12_error_with_a_status_of_its_own) {
    auto const reading = check_fails(
        event(R"({"error":{"message":"No capacity","http_status":429,"error_type":"rate_limit_exceeded",)"
              R"("availability":{"code":"capacity_exhausted","retryable":true,"retry_after":40}}})"),
        make_http_error(429),
        ""
    );
    BOOST_TEST(reading.error.code == "capacity_exhausted");
}

BOOST_AUTO_TEST_CASE(or_13_debugging_chunk_in_front) {
    auto const reading = check_ends_well(samples::openrouter_debug(), "Hello");
    BOOST_TEST_REQUIRE(reading.chunks.size() == 4u);
    BOOST_TEST(!reading.chunks[0].has_content());
    BOOST_TEST(
        text_of(reading.chunks[0].extra) ==
        R"({"debug":{"echo_upstream_body":{"model":"llama","stream":true}}})"
    );
}

BOOST_AUTO_TEST_CASE(openrouter_reasoning) {
    auto const reading = check_ends_well(samples::openrouter_reasoning(), "Hello");
    BOOST_TEST((reading.chunks.at(0).choices.at(0).delta.reasoning == "Let me "));
    BOOST_TEST(reading.chunks.at(0).has_content());
    BOOST_TEST(reading.chunks.at(2).has_content());
}

BOOST_AUTO_TEST_CASE(ai_2_id_in_the_first_chunk_alone_and_two_finishes) {
    auto const reading = check_ends_well(samples::aimlapi_claude(), "Hello");
    BOOST_TEST_REQUIRE(reading.chunks.size() == 5u);
    BOOST_TEST(reading.chunks[0].id == "msg_01");
    BOOST_TEST(reading.chunks[1].id == "");
    BOOST_TEST(reading.chunks[3].usage->total_tokens == 12);
    BOOST_TEST(!reading.chunks[4].usage);
    BOOST_TEST(!reading.chunks[4].choices.at(0).delta.content);
    BOOST_TEST((reading.chunks[4].choices.at(0).finish_reason == finish_reason::stop));
    auto const completion = reading.completion();
    BOOST_TEST(completion.id == "msg_01");
    BOOST_TEST(completion.choices.size() == 1u);
    BOOST_TEST(completion.usage->total_tokens == 12);
}

BOOST_AUTO_TEST_CASE(ai_3_reasoning_and_null_content) {
    auto const reading = check_ends_well(samples::aimlapi_qwen(), "Hello");
    BOOST_TEST(count_content(reading) == 5);
    BOOST_TEST(!reading.chunks.at(1).choices.at(0).delta.content);
    BOOST_TEST((reading.chunks.at(1).choices.at(0).delta.reasoning == "The user "));
    auto const completion = reading.completion();
    BOOST_TEST((completion.choices.at(0).message.reasoning == "The user greets."));
    BOOST_TEST((completion.usage->reasoning_tokens == 4));
}

BOOST_AUTO_TEST_CASE(ai_4_cost_in_the_last_chunk) {
    auto const reading = check_ends_well(samples::aimlapi_cost(), "Hello");
    BOOST_TEST((last_usage(reading).credits_used == 120.0));
    BOOST_TEST((last_usage(reading).cost == 0.00006));
    BOOST_TEST(last_usage(reading).total_tokens == 6);
}

BOOST_AUTO_TEST_CASE(openai_chunks) {
    auto const reading = check_ends_well(samples::openai(), "Hello");
    BOOST_TEST_REQUIRE(reading.chunks.size() == 5u);
    BOOST_TEST(!reading.chunks[0].has_content());
    BOOST_TEST(reading.chunks[0].service_tier == "default");
    BOOST_TEST(text_of(reading.chunks[0].extra) == R"({"obfuscation":"Zx8"})");
    BOOST_TEST(reading.chunks[1].choices.at(0).logprobs.at(0).top_logprobs.at(0).token == "x");
    BOOST_TEST(last_usage(reading).total_tokens == 11);
}

BOOST_AUTO_TEST_CASE(tc_pieces_of_tool_calls) {
    auto const reading = check_ends_well(samples::tool_calls(), "");
    auto const completion = reading.completion();
    auto const& calls = completion.tool_calls();
    BOOST_TEST_REQUIRE(calls.size() == 2u);
    BOOST_TEST(calls[0].id == "call_a");
    BOOST_TEST(calls[0].name == "get_weather");
    BOOST_TEST(calls[0].arguments == R"({"city":"M\u00fcnchen"})");
    BOOST_TEST(calls[1].id == "call_b");
    BOOST_TEST(calls[1].arguments == "{}");
    BOOST_TEST(!completion.choices.at(0).message.content);
}

BOOST_AUTO_TEST_CASE(azure_filter_results_in_front) {
    auto const body =
        event(
            R"({"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0}]})"
        ) +
        event(
            R"({"choices":[{"content_filter_offsets":{"check_offset":1},"finish_reason":null,"index":0}],"id":"","model":""})"
        ) +
        delta_event(R"({"content":"Hi"})") + finish_event() + done();
    auto const reading = check_ends_well(body, "Hi");
    BOOST_TEST(!reading.chunks.at(0).has_content());
    BOOST_TEST(!reading.chunks.at(1).has_content());
    BOOST_TEST(reading.completion().id == "c");
}

BOOST_AUTO_TEST_CASE(any_sample_cut_anywhere_is_never_a_short_success) {
    for (auto const& body : samples::all()) {
        auto const whole = read_whole(body);
        for (std::size_t size = 0; size < body.size(); ++size) {
            auto const cut = read_whole(std::string_view(body).substr(0, size), broken());
            if (cut.end == outcome::end)
                BOOST_TEST(cut.text() == whole.text(), size);
            else
                BOOST_TEST((cut.ec == errc::truncated_response || cut.ec == whole.ec), size);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
