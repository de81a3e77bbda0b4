// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/reply/chunk_reader.hpp"
#include "support/printing.hpp"
#include "support/streams/chunk_reading.hpp"
#include "support/streams/sample_streams.hpp"
#include <async_llm/error.hpp>

#include <boost/test/unit_test.hpp>

// What of a stream is passed over, and where its end is.

using namespace async_llm;
using namespace async_llm::test;
using outcome = codec::chunk_reader::outcome;

namespace {

std::string const hi = delta_event(R"({"content":"Hi"})");

} // namespace

BOOST_AUTO_TEST_SUITE(chunk_reader_events)

// ---------------------------------------------------------------------------------------------------- events

BOOST_AUTO_TEST_CASE(padding_is_passed_over) {
    check_ends_well(
        ": comment\n\ndata:\n\ndata: \n\ndata:  \t \n\ndata: : OPENROUTER PROCESSING\n\ndata::\n\nevent: "
        "ping\ndata:\n\n" +
            hi + "event: ping\n\n" + done(),
        "Hi"
    );
}

BOOST_AUTO_TEST_CASE(names_other_than_error_mean_nothing) {
    check_ends_well("event: message\n" + hi + "event: completion\nid: 5\n" + hi + done(), "HiHi");
}

BOOST_AUTO_TEST_CASE(data_in_several_lines) {
    check_ends_well(
        "data: {\"choices\":[{\"delta\":\ndata: {\"content\":\ndata: \"Hi\"}}]}\n\n" + done(),
        "Hi"
    );
}

BOOST_AUTO_TEST_CASE(data_without_a_space) {
    check_ends_well("data:{\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\ndata:[DONE]\n\n", "Hi");
}

BOOST_AUTO_TEST_CASE(a_byte_order_mark_in_front) { check_ends_well("\xef\xbb\xbf" + hi + done(), "Hi"); }

BOOST_AUTO_TEST_CASE(each_chunk_is_a_fresh_one) {
    codec::chunk_reader reader(200, "text/event-stream", codec::chunk_limits());
    chat_chunk chunk;
    chunk.id = "old";
    chunk.extra["x"] = 1;
    chunk.usage.emplace();
    auto const body = event(R"({"choices":[{"delta":{"content":"a"}}]})") + event("{}");
    reader.put(body);
    BOOST_TEST((reader.next(chunk) == outcome::chunk));
    BOOST_TEST(chunk.id == "");
    BOOST_TEST(chunk.extra.empty());
    BOOST_TEST(!chunk.usage);
    BOOST_TEST((reader.next(chunk) == outcome::chunk));
    BOOST_TEST(chunk.choices.empty());
    BOOST_TEST((reader.next(chunk) == outcome::need_more));
}

// --------------------------------------------------------------------------------------------------- the end

BOOST_AUTO_TEST_CASE(forms_of_the_end_mark) {
    for (auto const* mark :
         {"data: [DONE]\n\n",
          "data:[DONE]\n\n",
          "data:  [DONE]  \n\n",
          "event: done\ndata: [DONE]\n\n",
          "event: error\ndata: [DONE]\n\n",
          "data: [DONE]\nid: 7\n\n",
          "data:\ndata: [DONE]\n\n"})
        check_ends_well(hi + mark, "Hi");
}

BOOST_AUTO_TEST_CASE(the_end_mark_may_lack_its_blank_line) {
    for (auto const* mark : {"data: [DONE]\n", "data: [DONE]", "data:[DONE]", "data: [DONE]\r"}) {
        check_ends_well(hi + mark, "Hi");
        check_ends_well(hi + mark, "Hi", broken());
    }
}

BOOST_AUTO_TEST_CASE(the_end_mark_may_follow_in_the_event_of_a_chunk) {
    check_ends_well("data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\ndata: [DONE]\n\n", "Hi");
}

BOOST_AUTO_TEST_CASE(the_end_mark_ends_it_before_the_body_does) {
    auto how = feeding();
    how.to_the_end = false;
    BOOST_TEST((read_stream(hi + done(), how).end == outcome::end));
}

BOOST_AUTO_TEST_CASE(what_follows_the_end_mark_is_ignored) {
    for (std::string const& rest :
         {hi, done(), event("not json"), event(R"({"error":"m"})"), std::string("data: {")}) {
        check_ends_well(hi + done() + rest, "Hi");
        check_ends_well(hi + done() + rest, "Hi", broken());
    }
}

BOOST_AUTO_TEST_CASE(an_end_mark_inside_of_content_is_content) {
    for (auto const* content :
         {"[DONE]", "data: [DONE]", "\\n\\ndata: [DONE]\\n\\n", "x\\r\\n\\r\\ndata: [DONE]"}) {
        auto const body = delta_event(R"({"content":")" + std::string(content) + "\"}") + hi + done();
        auto const reading = read_stream(body);
        BOOST_TEST((reading.end == outcome::end));
        BOOST_TEST(reading.chunks.size() == 2u);
        BOOST_TEST(reading.text().find("[DONE]") != std::string::npos);
        BOOST_TEST(reading.text().ends_with("Hi"));
    }
    check_fails(
        event("[DONE] "
              " x"),
        errc::invalid_json,
        ""
    );
}

BOOST_AUTO_TEST_CASE(without_the_end_mark_a_finish_reason_is_an_end) {
    check_ends_well(hi + finish_event(), "Hi");
    check_ends_well(hi + finish_event(), "Hi", broken());
    check_ends_well(hi + finish_event("eos") + event(R"({"choices":[],"usage":{"total_tokens":1}})"), "Hi");
    check_ends_well(finish_event() + hi, "Hi");
    check_ends_well(hi + finish_event() + ": bye", "Hi");
}

BOOST_AUTO_TEST_CASE(the_end_mark_is_an_end_without_a_finish_reason) {
    auto const reading = read_stream(hi + done());
    BOOST_TEST((reading.end == outcome::end));
    BOOST_TEST(!reading.has_finished);
    BOOST_TEST((read_stream(done()).ec == errc::invalid_response));
}

BOOST_AUTO_TEST_CASE(with_neither_the_stream_is_truncated) {
    for (bool const complete : {true, false}) {
        auto how = feeding();
        how.complete = complete;
        check_fails(hi, errc::truncated_response, "Hi", how);
        check_fails(hi + ": bye\n\n", errc::truncated_response, "Hi", how);
        check_fails(event(R"({"choices":[]})"), errc::truncated_response, "", how);
        BOOST_TEST(read_whole(hi + hi, how).mentions("2 events"));
    }
}

BOOST_AUTO_TEST_CASE(a_stream_without_events_is_empty) {
    for (auto const* body : {":", ": OPENROUTER PROCESSING\n\n", "event: x\n\n", "id: 5\n\n"})
        check_fails(body, errc::empty_response, "");
    check_fails("It works!", errc::empty_response, "");
    // What broke off may have been anything.
    check_fails(": OPENROUTER PROCESSING\n\n", errc::truncated_response, "", broken());
}

BOOST_AUTO_TEST_CASE(an_unfinished_event_counts_if_it_is_whole) {
    auto const finish = R"(data: {"choices":[{"delta":{"content":"!"},"finish_reason":"stop"}]})";
    for (auto const* rest : {"", "\n", "\r"}) check_ends_well(hi + finish + rest, "Hi!");
    check_fails(
        hi + "data: {\"choices\":[{\"delta\":{\"content\":\"!\"}}]}",
        errc::truncated_response,
        "Hi!"
    );
    check_fails(hi + "data: {\"error\":\"m\"}", errc::stream_error, "Hi");
    check_fails(hi + "event: error\ndata: it broke", errc::stream_error, "Hi");
}

BOOST_AUTO_TEST_CASE(half_an_event_does_not_count) {
    auto const finish =
        std::string(R"(data: {"choices":[{"delta":{"content":"!"},"finish_reason":"stop"}]})");
    for (std::size_t size = 0; size < finish.size(); ++size)
        BOOST_TEST((read_whole(hi + finish.substr(0, size)).ec == errc::truncated_response), size);
    for (auto const* rest :
         {"data: 1", "data: tru", "data: \"x", "data: [DON", "data", ": [DONE]", "event: error"})
        check_fails(hi + rest, errc::truncated_response, "Hi");
    check_fails("data: {\"id", errc::truncated_response, "");
    // Behind the end it takes nothing away.
    check_ends_well(hi + finish_event() + "data: {\"cho", "Hi");
    check_ends_well(hi + finish_event() + "data: {\"cho", "Hi", broken());
}

BOOST_AUTO_TEST_CASE(of_a_stream_that_broke_off_an_unfinished_event_does_not_count) {
    auto const finish = R"(data: {"choices":[{"delta":{"content":"!"},"finish_reason":"stop"}]})";
    check_fails(hi + finish, errc::truncated_response, "Hi", broken());
    check_fails(hi + "event: error\ndata: it broke", errc::truncated_response, "Hi", broken());
}

BOOST_AUTO_TEST_CASE(every_choice_has_to_finish) {
    auto const choice = [](int index, std::string_view reason) {
        return event(
            R"({"choices":[{"index":)" + std::to_string(index) +
            R"(,"delta":{"content":"a"},"finish_reason":)" + std::string(reason) + "}]}"
        );
    };
    auto const started = choice(0, "null") + choice(1, "null");
    check_fails(started + choice(1, R"("stop")"), errc::truncated_response, "a");
    check_ends_well(started + choice(1, R"("stop")") + choice(0, R"("length")"), "aa");
    BOOST_TEST(!read_whole(started + choice(0, R"("stop")")).has_finished);
    // A finish is never taken back.
    check_ends_well(choice(0, R"("stop")") + choice(0, "null") + choice(0, "\"\""), "aaa");
}

BOOST_AUTO_TEST_CASE(choices_are_bounded) {
    std::string body;
    for (int i = 0; i < 128; ++i)
        body += event(
            R"({"choices":[{"index":)" + std::to_string(i) + R"(,"delta":{},"finish_reason":"stop"}]})"
        );
    BOOST_TEST((read_whole(body).end == outcome::end));
    auto const reading = read_whole(body + event(R"({"choices":[{"index":128}]})"));
    BOOST_TEST((reading.ec == errc::invalid_response));
    BOOST_TEST(reading.mentions("event 129"));
}

BOOST_AUTO_TEST_SUITE_END()
