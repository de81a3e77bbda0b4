// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/building.hpp"
#include "support/fixtures/describe.hpp"
#include "support/printing.hpp"
#include <async_llm/completion_builder.hpp>
#include <async_llm/error.hpp>

#include <boost/test/unit_test.hpp>

// How much a stream may demand.

using namespace async_llm;
using namespace async_llm::test;

namespace {

std::string const max_index = std::to_string(completion_builder::max_items - 1);
std::string const too_high = std::to_string(completion_builder::max_items);

/// A chunk is refused, and what came before stays.
void check_refused(completion_builder& builder, chat_chunk const& chunk, errc ec, std::string_view sentence) {
    auto const before = describe(builder.completion());
    BOOST_TEST((builder.add(chunk) == ec));
    BOOST_TEST(builder.detail().find(sentence) != std::string::npos, builder.detail());
    BOOST_TEST(describe(builder.completion()) == before);
}

std::string text(std::size_t size) { return R"({"content":")" + std::string(size, 'x') + "\"}"; }

} // namespace

BOOST_AUTO_TEST_SUITE(completion_builder_bounds)

BOOST_AUTO_TEST_CASE(indexes_of_choices) {
    completion_builder builder;
    BOOST_TEST(!builder.add(delta_of(R"({"content":"a"})")));
    BOOST_TEST(!builder.add(chunk_of(R"({"choices":[{"index":)" + max_index + "}]}")));
    for (auto const& index : {too_high, std::string("-1"), std::string("9223372036854775807")}) {
        auto const chunk =
            chunk_of(R"({"choices":[{"index":0,"delta":{"content":"b"}},{"index":)" + index + "}]}");
        check_refused(builder, chunk, errc::invalid_response, "choices[1].index is " + index);
    }
    BOOST_TEST(!builder.add(delta_of(R"({"content":"b"})")));
    BOOST_TEST(builder.completion().text() == "ab");
}

BOOST_AUTO_TEST_CASE(indexes_of_tool_calls) {
    completion_builder builder;
    auto const call = [](std::string const& index) {
        return delta_of(R"({"tool_calls":[{"id":"a","index":)" + index + "}]}");
    };
    BOOST_TEST(!builder.add(call(max_index)));
    for (auto const& index : {too_high, std::string("-2"), std::string("-9223372036854775808")})
        check_refused(
            builder,
            call(index),
            errc::invalid_response,
            "choices[0].delta.tool_calls[0].index is " + index
        );
    BOOST_TEST(builder.completion().tool_calls().size() == 1u);
}

BOOST_AUTO_TEST_CASE(number_of_tool_calls) {
    completion_builder builder;
    auto const call = [](std::size_t number) {
        return delta_of(
            R"({"tool_calls":[{"index":0,"id":")" + std::to_string(number) +
            R"(","function":{"name":"f","arguments":"{}"}}]})"
        );
    };
    for (std::size_t i = 0; i < completion_builder::max_items; ++i) BOOST_TEST(!builder.add(call(i)));
    BOOST_TEST((builder.add(call(completion_builder::max_items)) == errc::invalid_response));
    BOOST_TEST(builder.detail().find("more than 128 tool calls") != std::string::npos);
    BOOST_TEST(builder.completion().tool_calls().size() == completion_builder::max_items);
    BOOST_TEST(!builder.add(call(5)));
}

BOOST_AUTO_TEST_CASE(all_choices_that_are_allowed) {
    completion_builder builder;
    for (std::size_t i = completion_builder::max_items; i-- > 0;)
        BOOST_TEST(!builder.add(
            chunk_of(R"({"choices":[{"index":)" + std::to_string(i) + R"(,"delta":{"content":"x"}}]})")
        ));
    BOOST_TEST(builder.completion().choices.size() == completion_builder::max_items);
    for (std::size_t i = 0; i < completion_builder::max_items; ++i)
        BOOST_TEST(builder.completion().choices[i].index == static_cast<std::int64_t>(i));
}

BOOST_AUTO_TEST_CASE(size_of_the_text) {
    completion_builder builder(100);
    BOOST_TEST(!builder.add(delta_of(text(60))));
    check_refused(builder, delta_of(text(41)), errc::response_too_large, "100 bytes");
    BOOST_TEST(!builder.add(delta_of(text(40))));
    check_refused(builder, delta_of(text(1)), errc::response_too_large, "100 bytes");
    BOOST_TEST(!builder.add(delta_of("{}")));
    BOOST_TEST(builder.take().text().size() == 100u);
    BOOST_TEST(!builder.add(delta_of(text(100))));
}

BOOST_AUTO_TEST_CASE(everything_that_grows_counts) {
    std::string const filler(1000, 'x');
    for (auto const& delta :
         {R"({"content":")" + filler + "\"}",
          R"({"content":[{"type":"text","text":")" + filler + "\"}]}",
          R"({"refusal":")" + filler + "\"}",
          R"({"reasoning":")" + filler + "\"}",
          R"({"reasoning_details":[{"type":"reasoning.text","text":")" + filler + "\"}]}",
          R"({"tool_calls":[{"index":0,"function":{"arguments":")" + filler + "\"}}]}",
          R"({"annotations":[")" + filler + "\"]}",
          R"({"images":[{"url":")" + filler + "\"}]}",
          R"({"audio":{"data":")" + filler + "\"}}",
          R"({"unknown":")" + filler + "\"}"}) {
        completion_builder builder(10'000);
        int added = 0;
        while (added < 100 && !builder.add(delta_of(delta))) ++added;
        BOOST_TEST(added >= 4, delta);
        BOOST_TEST(added <= 10, delta);
    }
    completion_builder builder(10'000);
    auto const tokens = chunk_of(R"({"choices":[{"logprobs":{"content":[{"token":")" + filler + "\"}]}}]}");
    int added = 0;
    while (added < 100 && !builder.add(tokens)) ++added;
    BOOST_TEST(added <= 10);
}

BOOST_AUTO_TEST_CASE(many_small_values_count_too) {
    completion_builder builder(10'000);
    std::string values = "0";
    for (int i = 0; i < 999; ++i) values += ",0";
    BOOST_TEST((builder.add(delta_of(R"({"images":[)" + values + "]}")) == errc::response_too_large));
}

BOOST_AUTO_TEST_CASE(what_is_replaced_does_not_count_twice) {
    completion_builder builder(2000);
    auto const chunk = [](std::size_t size) {
        return chunk_of(
            R"({"obfuscation":")" + std::string(size, 'x') + R"(","choices":[{"n":[1,2],"tag":")" +
            std::string(size / 2, 'x') + R"(","delta":{"k":[")" + std::string(size / 4, 'x') +
            R"("]}},{"index":0,"tag":7}],"usage":{"total_tokens":1}})"
        );
    };
    for (std::size_t i = 0; i < 1000; ++i) BOOST_TEST(!builder.add(chunk(i % 900)), builder.detail());
    check_refused(builder, chunk(3000), errc::response_too_large, "2000 bytes");
}

BOOST_AUTO_TEST_CASE(what_is_replaced_makes_no_room_for_more_than_it_took) {
    completion_builder builder(2000);
    auto const chunk = [](std::size_t size) {
        return chunk_of(
            R"({"choices":[{"index":0,"tag":")" + std::string(size, 'x') +
            R"("},{"index":0,"tag":1},{"index":0,"tag":2,"delta":{"content":")" + std::string(100, 'x') +
            R"("}}]})"
        );
    };
    int added = 0;
    while (added < 100 && !builder.add(chunk(500))) ++added;
    BOOST_TEST(added > 10);
    BOOST_TEST(builder.completion().text().size() <= 2000u);
}

BOOST_AUTO_TEST_CASE(zero_is_no_limit) {
    completion_builder builder(0);
    auto const chunk = delta_of(text(1 << 20));
    for (int i = 0; i < 70; ++i) BOOST_TEST(!builder.add(chunk));
    BOOST_TEST(builder.completion().text().size() == 70u << 20);
    completion_builder limited;
    int added = 0;
    while (added < 100 && !limited.add(chunk)) ++added;
    BOOST_TEST(added == 64);
}

BOOST_AUTO_TEST_CASE(many_small_pieces) {
    // A builder that copies what it has with each piece does not get through.
    completion_builder builder;
    auto const chunk = delta_of(
        R"({"content":"12345678","reasoning":"1234","reasoning_details":[{"type":"reasoning.text","text":"1234"}],)"
        R"("tool_calls":[{"index":0,"function":{"arguments":"1234"}}],"unknown":"1234","audio":{"data":"1234"}})"
    );
    constexpr std::size_t count = 200'000;
    for (std::size_t i = 0; i < count; ++i) {
        if (builder.add(chunk)) BOOST_FAIL(builder.detail());
    }
    auto const taken = builder.take();
    auto const& message = taken.choices.at(0).message;
    BOOST_TEST(message.content->size() == 8 * count);
    BOOST_TEST(message.reasoning_details->at(0).at("text").as_string().size() == 4 * count);
    BOOST_TEST(message.tool_calls.at(0).arguments.size() == 4 * count);
    BOOST_TEST(message.extra.at("unknown").as_string().size() == 4 * count);
    BOOST_TEST(message.audio.at("data").as_string().size() == 4 * count);
}

BOOST_AUTO_TEST_SUITE_END()
