// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or https://www.boost.org/LICENSE_1_0.txt)

#include "support/decoding.hpp"

#include <boost/test/unit_test.hpp>

using namespace async_llm;
using codec::decode;
using codec::text_of;

namespace {

codec::decoded usage_reply(std::string_view usage) {
    return decode(R"({"choices":[{"message":{"content":"x"}}],"usage":)" + std::string(usage) + "}");
}

} // namespace

BOOST_AUTO_TEST_SUITE(decode_usage)

BOOST_AUTO_TEST_CASE(usage_of_openrouter) {
    auto const reply = usage_reply(
        R"({"prompt_tokens":10,"completion_tokens":20,"total_tokens":30,"prompt_tokens_details":{"cached_tokens":1,)"
        R"("cache_write_tokens":2,"audio_tokens":3,"image_tokens":4,"video_tokens":5,"file_tokens":6},)"
        R"("completion_tokens_details":{"reasoning_tokens":7,"audio_tokens":8,"image_tokens":9,)"
        R"("accepted_prediction_tokens":10,"rejected_prediction_tokens":11},"cost":0.5,"is_byok":false,)"
        R"("cost_details":{"upstream_inference_cost":null},"server_tool_use":{"web_search_requests":1}})"
    );
    BOOST_TEST_REQUIRE(reply.completion.usage.has_value());
    auto const& usage = *reply.completion.usage;
    BOOST_TEST(usage.prompt_tokens == 10);
    BOOST_TEST(usage.completion_tokens == 20);
    BOOST_TEST(usage.total_tokens == 30);
    BOOST_TEST((usage.cached_tokens == 1));
    BOOST_TEST((usage.cache_write_tokens == 2));
    BOOST_TEST((usage.prompt_audio_tokens == 3));
    BOOST_TEST((usage.prompt_image_tokens == 4));
    BOOST_TEST((usage.prompt_video_tokens == 5));
    BOOST_TEST((usage.reasoning_tokens == 7));
    BOOST_TEST((usage.completion_audio_tokens == 8));
    BOOST_TEST((usage.completion_image_tokens == 9));
    BOOST_TEST((usage.accepted_prediction_tokens == 10));
    BOOST_TEST((usage.rejected_prediction_tokens == 11));
    BOOST_TEST((usage.cost == 0.5));
    BOOST_TEST((usage.is_byok == false));
    BOOST_TEST(!usage.credits_used);
    BOOST_TEST(text_of(usage.cost_details) == R"({"upstream_inference_cost":null})");
    BOOST_TEST(
        text_of(usage.extra) ==
        R"({"prompt_tokens_details":{"file_tokens":6},"server_tool_use":{"web_search_requests":1}})"
    );
}

BOOST_AUTO_TEST_CASE(usage_in_other_notations) {
    auto const sloppy = usage_reply(
        R"({"prompt_tokens":"10","completion_tokens":20.0,"total_tokens":null,"prompt_tokens_details":null,)"
        R"("completion_tokens_details":{"reasoning_tokens":null},"cost":"0.25","cost_details":null})"
    );
    auto const& usage = *sloppy.completion.usage;
    BOOST_TEST(usage.prompt_tokens == 10);
    BOOST_TEST(usage.completion_tokens == 20);
    BOOST_TEST(usage.total_tokens == 0);
    BOOST_TEST(!usage.reasoning_tokens);
    BOOST_TEST((usage.cost == 0.25));
    BOOST_TEST(usage.extra.empty());

    auto const wrong =
        usage_reply(R"({"prompt_tokens":"many","prompt_tokens_details":[1],"total_tokens":1e30})");
    BOOST_TEST(
        text_of(wrong.completion.usage->extra) ==
        R"({"prompt_tokens":"many","prompt_tokens_details":[1],"total_tokens":1E30})"
    );
}

BOOST_AUTO_TEST_CASE(usage_of_aimlapi) {
    auto const reply = decode(
        R"({"choices":[{"message":{}}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3},)"
        R"("meta":{"usage":{"credits_used":120,"usd_spent":0.00006},"model":"m"}})"
    );
    BOOST_TEST((reply.completion.usage->credits_used == 120.0));
    BOOST_TEST((reply.completion.usage->cost == 0.00006));
    BOOST_TEST(reply.completion.usage->total_tokens == 3);
    BOOST_TEST(reply.completion.extra.contains("meta"));

    auto const alone = decode(R"({"meta":{"usage":{"credits_used":"5"}},"choices":[{"message":{}}]})");
    BOOST_TEST_REQUIRE(alone.completion.usage.has_value());
    BOOST_TEST((alone.completion.usage->credits_used == 5.0));
    BOOST_TEST(!alone.completion.usage->cost);
    for (auto const* meta : {"null", "{}", R"({"usage":null})", R"({"usage":{"credits_used":null}})", "7"}) {
        auto const none = decode(R"({"choices":[{"message":{}}],"meta":)" + std::string(meta) + "}");
        BOOST_TEST(!none.completion.usage, meta);
    }
    auto const both =
        decode(R"({"choices":[{"message":{}}],"usage":{"cost":1},"meta":{"usage":{"usd_spent":2}}})");
    BOOST_TEST((both.completion.usage->cost == 1.0));
}

BOOST_AUTO_TEST_SUITE_END()
