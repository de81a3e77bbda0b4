// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/reply/chunk_reader.hpp"
#include "support/printing.hpp"
#include "support/streams/chunk_reading.hpp"
#include "support/streams/sample_streams.hpp"
#include <async_llm/error.hpp>

#include <boost/test/unit_test.hpp>

// Streams that fail: what cannot be understood, and what the provider reports.

using namespace async_llm;
using namespace async_llm::test;
using outcome = codec::chunk_reader::outcome;

namespace {

std::string const hi = delta_event(R"({"content":"Hi"})");

/// A stream fails so at the event behind the first.
chunk_reading check_event(std::string_view second, error_code ec) {
    auto reading = check_fails(hi + std::string(second) + hi + done(), ec, "Hi");
    BOOST_TEST(reading.mentions("event 2"));
    return reading;
}

std::string nested(std::size_t depth) {
    return R"({"choices":[],"x":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
}

} // namespace

BOOST_AUTO_TEST_SUITE(chunk_reader_errors)

// --------------------------------------------------------------------------------- what cannot be understood

BOOST_AUTO_TEST_CASE(an_event_that_is_not_json_is_not_skipped) {
    for (std::string const data :
         {"{",
          "{]",
          "not json",
          "{\"a\":1,}",
          "{\"a\":\"\\ud80\"}",
          "{\"a\":\xff}",
          "{\"a\":\"\\\x01\"}",
          "<html>",
          "nul",
          "[DONE",
          "{\"choices\":[]}{\"choices\":[]}",
          "{\"choices\":[]} x"}) {
        auto const reading = check_event(event(data), errc::invalid_json);
        BOOST_TEST(reading.mentions("at byte"), reading.detail);
        BOOST_TEST(reading.last.choices.empty());
        BOOST_TEST(reading.error.empty());
    }
    BOOST_TEST(read_whole(hi + event("{\"a\":x}")).mentions("at byte 5 of 7"));
}

BOOST_AUTO_TEST_CASE(two_chunks_in_one_line_are_not_json) {
    auto const reading = check_event("data: {\"choices\":[]} {\"choices\":[]}\n\n", errc::invalid_json);
    BOOST_TEST(reading.mentions("more behind"));
}

BOOST_AUTO_TEST_CASE(a_sentence_shows_little_of_the_payload) {
    auto const secret = "{\"content\":\"" + std::string(500, 's') + "\", oops}";
    auto const detail = read_whole(hi + event(secret)).detail;
    BOOST_TEST(detail.find("\", oops}") != std::string::npos);
    BOOST_TEST(detail.find(std::string(101, 's')) == std::string::npos);
    BOOST_TEST(detail.size() < 250u);
    auto const other = read_whole(hi + event("\"" + std::string(500, 's') + "\"")).detail;
    BOOST_TEST(other.find(std::string(101, 's')) == std::string::npos);
    BOOST_TEST(read_whole(hi + event("{\x1b[2J\x07}")).detail.find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_event_that_is_no_object) {
    for (auto const* data : {"\"x\"", "1.5", "1e3", "[1]", "[{\"choices\":[]}]"})
        BOOST_TEST(check_event(event(data), errc::invalid_response).mentions(data), data);
}

BOOST_AUTO_TEST_CASE(a_structure_that_is_none_names_its_path) {
    auto const path = [](std::string_view data, std::string_view expected) {
        BOOST_TEST(check_event(event(data), errc::invalid_response).mentions(expected));
    };
    path(R"({"choices":{"x":1}})", "choices is object, not an array");
    path(R"({"choices":[{"delta":{"content":"a"}},7]})", "choices[1] is int64, not an object");
    path(R"({"choices":[{"delta":"x"}]})", "choices[0].delta is string, not an object");
    auto const reading = read_whole(hi + event(R"({"choices":[{"delta":{"content":" a"}},7]})"));
    BOOST_TEST(reading.last.text() == " a");
}

BOOST_AUTO_TEST_CASE(depth_is_limited) {
    BOOST_TEST((read_whole(hi + event(nested(127)) + done()).end == outcome::end));
    auto const reading = read_whole(event(nested(128)));
    BOOST_TEST((reading.ec == errc::invalid_json));
    BOOST_TEST(reading.mentions("too deeply"));
    feeding how;
    how.limits.decode.max_json_depth = 8;
    BOOST_TEST((read_whole(event(nested(20)), how).ec == errc::invalid_json));
    how.limits.decode.max_json_depth = 1'000'000;
    BOOST_TEST((read_whole(event(nested(100'000)), how).ec == errc::invalid_json));
}

BOOST_AUTO_TEST_CASE(events_are_bounded) {
    feeding how;
    how.limits.max_event_size = hi.size() - 2;
    check_ends_well(hi + ": " + std::string(1000, 'c') + "\n\n" + hi + done(), "HiHi", how);
    how.limits.max_event_size = hi.size() - 3;
    auto const reading = check_fails(event("{}") + hi + done(), errc::invalid_sse, "", how);
    BOOST_TEST(reading.chunks.size() == 1u);
    BOOST_TEST(reading.mentions(std::to_string(hi.size() - 3)));
    // It does not have to be there as a whole.
    how.to_the_end = false;
    BOOST_TEST((read_stream("data: " + std::string(hi.size(), 'x'), how).ec == errc::invalid_sse));
}

BOOST_AUTO_TEST_CASE(a_large_event_within_the_limit) {
    constexpr std::size_t size = 16u << 20;
    feeding how;
    how.limits.max_event_size = size + 1000;
    auto const body = delta_event(R"({"content":")" + std::string(size, 'x') + "\"}") + done();
    auto const reading = read_whole(body, how);
    BOOST_TEST_REQUIRE(reading.chunks.size() == 1u);
    BOOST_TEST(reading.text().size() == size);
    how.limits.max_event_size = size;
    auto const refused = read_whole(body, how);
    BOOST_TEST((refused.ec == errc::invalid_sse));
    BOOST_TEST(refused.mentions("max_event_size"));
}

// --------------------------------------------------------------------------------- what the provider reports

BOOST_AUTO_TEST_CASE(an_error_member) {
    auto const report = [](std::string_view error, error_code ec) {
        return check_event(event(R"({"error":)" + std::string(error) + "}"), ec).error;
    };
    BOOST_TEST(report(R"({"message":"m","code":503})", make_http_error(503)).message == "m");
    BOOST_TEST(report(R"({"message":"m","code":"503"})", make_http_error(503)).status == 503);
    BOOST_TEST(report(R"({"message":"m","code":null,"type":"t"})", errc::stream_error).type == "t");
    BOOST_TEST(report(R"({"message":"m","code":200})", errc::stream_error).code == "200");
    BOOST_TEST(report(R"({"message":"m","code":"server_error"})", make_http_error(500)).status == 0);
    BOOST_TEST(report(R"("it broke")", errc::stream_error).message == "it broke");
    BOOST_TEST(report("true", errc::stream_error).message == R"({"error":true})");
    report(R"({"message":"m","code":"insufficient_quota"})", errc::insufficient_credits);
    report(R"({"message":"m","code":402})", make_http_error(402));
}

BOOST_AUTO_TEST_CASE(empty_errors_are_none) {
    for (auto const* error : {"null", "{}", "\"\"", "false"}) {
        auto const reading =
            read_whole(hi + event(R"({"choices":[],"error":)" + std::string(error) + "}") + done());
        BOOST_TEST((reading.end == outcome::end), error);
    }
}

BOOST_AUTO_TEST_CASE(an_error_wins_over_a_wrong_structure_and_over_a_finish) {
    check_event(event(R"({"error":{"code":500},"choices":"none"})"), make_http_error(500));
    check_fails(hi + finish_event() + event(R"({"error":{"code":500}})"), make_http_error(500), "Hi");
}

BOOST_AUTO_TEST_CASE(an_event_named_error) {
    auto const report = [](std::string_view data, error_code ec) {
        return check_event("event: error\n" + event(data), ec).error;
    };
    // With the error, as the error itself, as text.
    BOOST_TEST(report(R"({"error":{"message":"m","code":502}})", make_http_error(502)).message == "m");
    auto const overloaded = report(
        R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})",
        make_http_error(529)
    );
    BOOST_TEST(overloaded.type == "overloaded_error");
    auto const itself = report(
        R"({"message":"m","code":502,"metadata":{"provider_name":"X","raw":"inner"}})",
        make_http_error(502)
    );
    BOOST_TEST(itself.message == "m");
    BOOST_TEST(itself.provider_name == "X");
    BOOST_TEST(itself.upstream == "inner");
    BOOST_TEST(report(R"({"detail":"m","status":400})", make_http_error(400)).message == "m");
    BOOST_TEST(report(R"({"choices":[],"message":"m"})", errc::stream_error).message == "m");
    BOOST_TEST(report("it broke", errc::stream_error).message == "it broke");
    BOOST_TEST(report(R"("it broke")", errc::stream_error).message == "it broke");
    BOOST_TEST(report("<html><b>it</b> broke", errc::stream_error).message == "it broke");
    BOOST_TEST(report("{\"error\":", errc::stream_error).message == "{\"error\":");
    BOOST_TEST(report("", errc::stream_error).message == "");
    report(R"({"code":"insufficient_quota"})", errc::insufficient_credits);
}

BOOST_AUTO_TEST_CASE(an_event_named_error_may_bring_content) {
    auto const reading = check_event(
        "event: error\n" + event(R"({"error":"m","choices":[{"delta":{"content":" a"}}]})"),
        errc::stream_error
    );
    BOOST_TEST(reading.last.text() == " a");
}

BOOST_AUTO_TEST_CASE(an_object_with_the_shape_of_an_error) {
    auto const report = [](std::string_view data, error_code ec) {
        return check_event(event(data), ec).error;
    };
    BOOST_TEST(report(R"({"object":"error","message":"m","code":40303})", errc::stream_error).message == "m");
    BOOST_TEST(report(R"({"object":"error","message":"m","code":400})", make_http_error(400)).status == 400);
    BOOST_TEST(
        report(R"({"statusCode":"503","message":"m","choices":[]})", make_http_error(503)).message == "m"
    );
    // With choices, or without a status, it is a chunk; with words alone it is one if the answer is complete.
    for (auto const* data :
         {R"({"status":503,"choices":[{"delta":{"content":""},"finish_reason":"stop"}]})",
          R"({"message":"m"})",
          R"({"code":200,"type":"ping"})",
          "{}"})
        BOOST_TEST((read_whole(hi + event(data) + finish_event() + done()).end == outcome::end), data);
}

BOOST_AUTO_TEST_CASE(a_failed_choice) {
    auto const report = [](std::string_view members, error_code ec) {
        return check_event(delta_event(R"({"content":" a"})", members), ec);
    };
    auto const told = report(
        R"(,"finish_reason":"error","error":{"message":"m","code":"odd_error"})",
        errc::generation_failed
    );
    BOOST_TEST(told.error.code == "odd_error");
    BOOST_TEST(told.last.text() == " a");
    BOOST_TEST(told.mentions("choices[0]"));
    BOOST_TEST(report(R"(,"finish_reason":"error")", errc::generation_failed).error.empty());
    BOOST_TEST(report(R"(,"error":"m")", errc::generation_failed).error.message == "m");
    report(R"(,"error":{"code":503})", make_http_error(503));
    report(R"(,"error":{"code":"insufficient_quota"})", errc::insufficient_credits);
}

BOOST_AUTO_TEST_CASE(the_first_event_may_be_an_error) {
    auto const reading =
        check_fails(event(R"({"error":{"message":"m","code":429}})"), make_http_error(429), "");
    BOOST_TEST(reading.chunks.empty());
    BOOST_TEST(reading.is_stream);
}

BOOST_AUTO_TEST_SUITE_END()
