// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/streams/chunk_reading.hpp"
#include "support/streams/decoding.hpp"
#include "support/streams/verdict_rows.hpp"

#include <boost/test/unit_test.hpp>

using namespace async_llm;
using namespace async_llm::test;

namespace {

feeding for_one_choice() {
    feeding how;
    how.limits.one_choice = true;
    return how;
}

codec::decoded read_unasked(verdict_row const& row) {
    codec::decoded result;
    codec::reply_view reply(200, "text/event-stream", row.body);
    reply.one_choice = true;
    result.ec =
        codec::decode_reply(reply, codec::decode_limits(), result.completion, result.error, result.detail);
    return result;
}

bool tells(std::string const& message, std::string const& detail, std::string const& words) {
    return (message + "\n" + detail).find(words) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(stream_verdicts)

BOOST_AUTO_TEST_CASE(each_row_chunk_by_chunk_and_folded) {
    for (auto const& row : verdict_rows()) {
        BOOST_TEST_CONTEXT(row.name) {
            auto const reading = read_stream(row.body, for_one_choice());
            BOOST_TEST(reading.ec == row.ec, reading.ec.message() << ": " << reading.detail);
            BOOST_TEST(reading.text() == row.text);
            BOOST_TEST(tells(reading.error.message, reading.detail, row.words), reading.detail);
            if (!row.ec) BOOST_TEST(reading.completion().text() == row.text);
        }
    }
}

BOOST_AUTO_TEST_CASE(each_row_that_nobody_asked_for) {
    for (auto const& row : verdict_rows()) {
        // Without any byte it is no stream.
        if (row.body.empty()) continue;
        BOOST_TEST_CONTEXT(row.name) {
            auto const whole = read_unasked(row);
            BOOST_TEST(whole.ec == row.ec, whole.ec.message() << ": " << whole.detail);
            BOOST_TEST(tells(whole.error.message, whole.detail, row.words), whole.detail);
            if (!row.ec) BOOST_TEST(whole.completion.text() == row.text);
        }
    }
}

BOOST_AUTO_TEST_CASE(with_several_choices_asked_for_their_numbers_stay) {
    std::string body;
    for (int const index : {0, 1, 0, 1, 2})
        body += "data: {\"choices\":[{\"index\":" + std::to_string(index) + R"(,"delta":{"content":")" +
            std::to_string(index) + "\"}}]}\n\n";
    auto const reading = read_stream(body + "data: [DONE]\n\n");
    BOOST_TEST(!reading.ec, reading.detail);
    auto const folded = reading.completion();
    BOOST_TEST_REQUIRE(folded.choices.size() == 3u);
    BOOST_TEST((folded.choices[0].message.content == "00"));
    BOOST_TEST((folded.choices[1].message.content == "11"));
    for (auto const* index : {"-1", "128", "9000000000"}) {
        auto const odd = "data: {\"choices\":[{\"index\":" + std::string(index) + "}]}\n\n";
        BOOST_TEST((read_stream(odd).ec == errc::invalid_response), index);
    }
}

BOOST_AUTO_TEST_CASE(choices_of_a_whole_reply_that_became_a_stream) {
    auto const read = [](std::string_view numbers) {
        return read_whole(R"({"choices":[)" + std::string(numbers) + "]}", labelled("application/json"));
    };
    auto const choice = [](std::string_view index, std::string_view text) {
        return R"({"index":)" + std::string(index) + R"(,"message":{"content":")" + std::string(text) +
            R"("},"finish_reason":"stop"})";
    };
    for (auto const* index : {"0", "1", "-3", "128", "9000000000", "null", "\"x\""}) {
        auto const reading = read(choice(index, "a"));
        BOOST_TEST(!reading.ec, index);
        BOOST_TEST(reading.text() == "a", index);
        BOOST_TEST(reading.completion().text() == "a", index);
    }
    for (auto const* second : {"0", "1", "500", "-1"}) {
        auto const folded = read(choice("0", "a") + "," + choice(second, "b")).completion();
        BOOST_TEST_REQUIRE(folded.choices.size() == 2u, second);
        BOOST_TEST((folded.choices[0].message.content == "a"), second);
        BOOST_TEST((folded.choices[1].message.content == "b"), second);
    }
}

BOOST_AUTO_TEST_SUITE_END()
