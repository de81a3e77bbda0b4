// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/streams/chunk_reading.hpp"
#include "support/streams/decoding.hpp"
#include "support/streams/sample_streams.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

using namespace async_llm;
using codec::decode;
using codec::text_of;

namespace {

codec::decoded usage_reply(std::string_view usage) {
    return decode(R"({"choices":[{"message":{"content":"x"}}],"usage":)" + std::string(usage) + "}");
}

/// Counts as `prompt+completion=total`, then those of details that were reported, and unknown members.
std::string in_short(std::optional<usage> const& from) {
    if (!from) return "none";
    auto text = std::to_string(from->prompt_tokens) + '+' + std::to_string(from->completion_tokens) + '=' +
        std::to_string(from->total_tokens);
    auto const add = [&text](std::string_view name, std::optional<std::int64_t> count) {
        if (count) text += ' ' + std::string(name) + std::to_string(*count);
    };
    add("cached", from->cached_tokens);
    add("written", from->cache_write_tokens);
    add("reasoning", from->reasoning_tokens);
    return from->extra.empty() ? text : text + ' ' + text_of(from->extra);
}

/// Member of a reply, and the usage that it reports.
struct told_usage {
    constexpr told_usage(std::string_view json, std::string_view usage) : told(json), read(usage) {}

    friend std::ostream& operator<<(std::ostream& out, told_usage const& value) { return out << value.told; }

    std::string_view told;
    std::string_view read;
};

constexpr std::array<told_usage, 42> notations{{
    // Other names.
    {R"("usage":{"input_tokens":11,"output_tokens":3})", "11+3=14"},
    {R"("usage":{"input_tokens":11,"cache_read_input_tokens":5,"output_tokens":3,"cache_creation_input_tokens":2})",
     "11+3=14 cached5 written2"},
    {R"("usage":{"input_tokens":"11","output_tokens":3.0,"total_tokens":14,"input_tokens_details":{"cached_tokens":4},)"
     R"("output_tokens_details":{"reasoning_tokens":2}})",
     R"(11+3=14 cached4 reasoning2 {"input_tokens_details":{"cached_tokens":4},"output_tokens_details":{"reasoning_tokens":2}})"
    },
    {R"("usage":{"prompt_tokens":0,"input_tokens":11,"completion_tokens":0,"output_tokens":3})", "11+3=14"},
    {R"("usage":{"prompt_tokens":7,"input_tokens":11,"completion_tokens":2})", R"(7+2=9 {"input_tokens":11})"
    },
    {R"("usage":{"prompt_tokens":7,"prompt_cache_hit_tokens":6,"prompt_cache_miss_tokens":1})",
     R"(7+0=0 cached6 {"prompt_cache_miss_tokens":1})"},
    {R"("usage":{"prompt_tokens":7,"cached_tokens":6,"reasoning_tokens":1})", "7+0=0 cached6 reasoning1"},
    {R"("usage":{"prompt_tokens_details":{"cached_tokens":2},"cached_tokens":6})",
     R"(0+0=0 cached2 {"cached_tokens":6})"},
    {R"("usage":{"input_tokens":"many","output_tokens":null})",
     R"(0+0=0 {"input_tokens":"many","output_tokens":null})"},
    // Other types.
    {R"("usage":[{"prompt_tokens":5,"completion_tokens":1,"total_tokens":6}])", "5+1=6"},
    {R"("usage":[])", "none"},
    {R"("usage":null)", "none"},
    {R"("usage":"none")", "none"},
    {R"("usage":{"prompt_tokens":11.0,"completion_tokens":"3","total_tokens":14.0})", "11+3=14"},
    {R"("usage":[[]])", "none"},
    {R"("usage":[{"prompt_tokens":5},{"prompt_tokens":6}])", "none"},
    // A total that is left out.
    {R"("usage":{"prompt_tokens":5,"completion_tokens":0})", "5+0=5"},
    {R"("usage":{"prompt_tokens":0,"completion_tokens":4,"total_tokens":null})", "0+4=4"},
    {R"("usage":{"prompt_tokens":5})", "5+0=0"},
    {R"("usage":{"completion_tokens":4})", "0+4=0"},
    {R"("usage":{"prompt_tokens":5,"output_tokens":4})", "5+4=9"},
    {R"("usage":{"prompt_tokens":5,"completion_tokens":null})", "5+0=0"},
    {R"("usage":{"prompt_tokens":5,"completion_tokens":4,"total_tokens":0})", "5+4=0"},
    {R"("usage":{"prompt_tokens":5,"completion_tokens":4,"total_tokens":20})", "5+4=20"},
    {R"("usage":{"prompt_tokens":9223372036854775807,"completion_tokens":1})", "9223372036854775807+1=0"},
    // Counts that are none.
    {R"("usage":{"prompt_tokens":-1,"completion_tokens":4,"total_tokens":-3})",
     R"(0+4=0 {"prompt_tokens":-1,"total_tokens":-3})"},
    {R"("usage":{"prompt_tokens":5,"completion_tokens":4,"total_tokens":"-1"})",
     R"(5+4=9 {"total_tokens":"-1"})"},
    {R"("usage":{"prompt_tokens":"many","completion_tokens":[],"total_tokens":true})",
     R"(0+0=0 {"prompt_tokens":"many","completion_tokens":[],"total_tokens":true})"},
    {R"("usage":{"prompt_tokens":-1,"input_tokens":5,"completion_tokens":NaN,"output_tokens":4})",
     R"(5+4=9 {"prompt_tokens":-1})"},
    {R"("usage":{"prompt_tokens":5,"completion_tokens":4,"cached_tokens":-2})",
     R"(5+4=9 {"cached_tokens":-2})"},
    {R"("usage":{"prompt_tokens_details":{"cached_tokens":-2},"reasoning_tokens":-1,"total_tokens":1e30})",
     R"(0+0=0 {"prompt_tokens_details":{"cached_tokens":-2},"reasoning_tokens":-1,"total_tokens":1E30})"},
    // Elsewhere.
    {R"("x_groq":{"usage":[{"prompt_tokens":3,"completion_tokens":4}]})", "3+4=7"},
    {R"("x_groq":{"id":"r","usage":{"prompt_tokens":23,"completion_tokens":19,"total_tokens":42,"queue_time":0.5}})",
     R"(23+19=42 {"queue_time":5E-1})"},
    {R"("x_groq":{"usage":{"completion_tokens":19}},"usage":null)", "0+19=0"},
    {R"("x_groq":{"usage":{"prompt_tokens":23}},"usage":{"prompt_tokens":1})", "1+0=0"},
    {R"("x_groq":{"id":"r"})", "none"},
    {R"("x_groq":{"id":"r","usage":null})", "none"},
    {R"("x_groq":{"usage":{}})", "none"},
    {R"("x_groq":"r")", "none"},
    {R"("vendor":{"usage":{"prompt_tokens":1}})", "none"},
    {R"("meta":{"usage":{"prompt_tokens":1,"completion_tokens":2}})", "1+2=3"},
    {R"("meta":{"usage":{"prompt_tokens":1,"usd_spent":2}})", "0+0=0"},
}};

/// Member `usage` of a choice, and the usage that it reports; `of_reply`: the reply has one as well.
std::string in_choice(std::string_view usage, std::string_view of_reply = "") {
    auto const members = ",\"usage\":" + std::string(usage);
    auto const whole =
        decode(R"({"choices":[{"message":{"content":"x"})" + members + "}]" + std::string(of_reply) + "}");
    BOOST_TEST(!whole.ec, whole.detail);
    auto const read = in_short(whole.completion.usage);
    auto const stream = test::read_whole(test::event(
        R"({"choices":[{"delta":{"content":"x"},"finish_reason":"stop")" + members + "}]" +
        std::string(of_reply) + "}"
    ));
    BOOST_TEST(in_short(stream.completion().usage) == read);
    bool const kept = whole.first().extra.contains("usage");
    BOOST_TEST(stream.chunks.at(0).choices.at(0).extra.contains("usage") == kept);
    return kept ? read + ", kept" : read;
}

} // namespace

BOOST_AUTO_TEST_SUITE(decode_usage)

BOOST_DATA_TEST_CASE(all_notations, boost::unit_test::data::make(notations), each) {
    auto const whole = decode(R"({"choices":[{"message":{"content":"x"}}],)" + std::string(each.told) + "}");
    BOOST_TEST(in_short(whole.completion.usage) == each.read);
    BOOST_TEST(whole.completion.extra.contains("x_groq") == (each.told.find("x_groq") == 1));
    auto const stream = test::read_whole(test::event(
        R"({"choices":[{"delta":{"content":"x"},"finish_reason":"stop"}],)" + std::string(each.told) + "}"
    ));
    BOOST_TEST(in_short(stream.completion().usage) == each.read);
}

BOOST_AUTO_TEST_CASE(usage_in_a_choice) {
    BOOST_TEST(in_choice(R"({"prompt_tokens":1,"completion_tokens":2,"total_tokens":3})") == "1+2=3");
    BOOST_TEST(in_choice(R"([{"input_tokens":1}])") == "1+0=0");
    BOOST_TEST(in_choice(R"({"prompt_tokens":1})", R"(,"usage":{"prompt_tokens":9})") == "9+0=0, kept");
    BOOST_TEST(in_choice(R"([])") == "none, kept");
    BOOST_TEST(in_choice(R"("x")") == "none, kept");
}

// In a stream.
BOOST_AUTO_TEST_CASE(what_tells_nothing_takes_no_usage_away) {
    auto const good =
        test::event(R"({"choices":[{"delta":{"content":"x"}}],"usage":{"prompt_tokens":5,"total_tokens":6}})"
        );
    for (auto const* later : {"null", "[]", "{}", R"({"prompt_tokens":0})", "\"\""}) {
        auto const last = test::delta_event("{}", R"(,"finish_reason":"stop")");
        auto const end = test::event(R"({"choices":[],"usage":)" + std::string(later) + "}");
        BOOST_TEST(
            in_short(test::read_whole(good + last + end + test::done()).completion().usage) == "5+0=6",
            later
        );
    }
}

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
    BOOST_TEST(usage.total_tokens == 30);
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
