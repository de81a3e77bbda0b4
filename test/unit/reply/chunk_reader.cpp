// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/reply/chunk_reader.hpp"

#include "support/printing.hpp"
#include "support/streams/chunk_reading.hpp"
#include "support/streams/sample_streams.hpp"
#include <async_llm/error.hpp>

#include <boost/test/unit_test.hpp>

// Which body is a stream and which is a document, and what becomes of a document.

using namespace async_llm;
using namespace async_llm::test;
using outcome = codec::chunk_reader::outcome;

namespace {

std::string const hi = delta_event(R"({"content":"Hi"})");
std::string const good = R"({"id":"x","object":"chat.completion","choices":[{"finish_reason":"stop",)"
                         R"("message":{"role":"assistant","content":"Hi"}}]})";

} // namespace

BOOST_AUTO_TEST_SUITE(chunk_reader)

// ---------------------------------------------------------------------------------------- stream or document

BOOST_AUTO_TEST_CASE(the_first_visible_byte_decides_under_every_label) {
    for (auto const* type :
         {"text/event-stream", "text/event-stream; charset=utf-8", "application/json", "", "text/plain"}) {
        for (std::string const& body :
             {": x\n\n" + hi,
              hi,
              "event: x\n" + hi,
              "id: 1\n" + hi,
              "retry: 5\n" + hi,
              "\n \t\r\n" + hi,
              "  " + hi}) {
            auto const reading = read_everyhow("\xef\xbb\xbf" + body + done(), labelled(type));
            BOOST_TEST(reading.is_stream, type << body);
            BOOST_TEST(!reading.is_document);
            BOOST_TEST((reading.end == outcome::end), type << body);
            BOOST_TEST(reading.text() == "Hi");
            BOOST_TEST(reading.document == "");
        }
        for (std::string const& body : {good, "\n\n" + good, "\xef\xbb\xbf \n" + good}) {
            auto const reading = read_everyhow(body, labelled(type));
            BOOST_TEST(reading.is_document, type << body);
            BOOST_TEST(!reading.is_stream);
            BOOST_TEST((reading.end == outcome::end), type << body);
            BOOST_TEST(reading.text() == "Hi");
            BOOST_TEST(reading.document == body);
        }
    }
}

BOOST_AUTO_TEST_CASE(padding_and_half_a_field_name_decide_nothing) {
    for (auto const* body :
         {"",
          " ",
          "\n\n",
          "\xef",
          "\xef\xbb",
          "\xef\xbb\xbf",
          "\xef\xbb\xbf\r\n",
          "d",
          "dat",
          "data",
          "ev",
          "id",
          "retry"}) {
        auto const reading = read_everyhow(body, open_ended("application/json"));
        BOOST_TEST((reading.end == outcome::need_more), body);
        BOOST_TEST(!reading.is_stream, body);
        BOOST_TEST(!reading.is_document, body);
    }
}

BOOST_AUTO_TEST_CASE(what_begins_otherwise_is_a_document) {
    for (auto const* body :
         {"{", "[", "<", "\"", "x", "datx", "Data:", "event", "event ", "idle", "\xef\xbb<", "1"}) {
        if (std::string_view(body) == "event") continue;
        BOOST_TEST(read_everyhow(body, open_ended("application/json")).is_document, body);
    }
}

BOOST_AUTO_TEST_CASE(what_is_labelled_as_a_stream_is_one_unless_it_begins_like_json_or_html) {
    for (auto const* body : {"x", "d", "foo: bar\n", "\"", "1"})
        BOOST_TEST(read_everyhow(body, open_ended("text/event-stream")).is_stream, body);
    for (auto const* body : {"{", "[", "<", " \n{"})
        BOOST_TEST(read_everyhow(body, open_ended("Text/Event-Stream")).is_document, body);
    check_ends_well("foo: bar\n\n" + hi + done(), "Hi");
}

// ------------------------------------------------------------------------------------------------- documents

BOOST_AUTO_TEST_CASE(a_completion_becomes_one_chunk) {
    auto const reading = read_everyhow(good, labelled("application/json"));
    BOOST_TEST_REQUIRE(reading.chunks.size() == 1u);
    BOOST_TEST(reading.chunks[0].id == "x");
    BOOST_TEST(reading.chunks[0].object == "chat.completion.chunk");
    BOOST_TEST((reading.chunks[0].choices.at(0).finish_reason == finish_reason::stop));
    BOOST_TEST(reading.has_finished);
    BOOST_TEST(reading.completion().text() == "Hi");
    BOOST_TEST((read_everyhow(good + "\n\ndata: [DONE]\n\n").end == outcome::end));
}

BOOST_AUTO_TEST_CASE(documents_are_judged_as_replies_are) {
    auto const ec = [](std::string_view body, std::string type = "application/json") {
        auto const reading = read_everyhow(body, labelled(std::move(type)));
        BOOST_TEST((reading.end == outcome::failed), body);
        BOOST_TEST(!reading.detail.empty());
        return reading.ec;
    };
    BOOST_TEST((ec(R"({"error":{"message":"m","code":429}})") == make_http_error(429)));
    BOOST_TEST((ec(R"({"error":{"message":"m","code":429}})", "text/event-stream") == make_http_error(429)));
    BOOST_TEST((ec(R"({"error":{"message":"m"}})") == errc::error_in_response));
    BOOST_TEST((ec(R"({"choices":[{"text":[]}]})") == errc::invalid_response));
    BOOST_TEST((ec("{\"choices\":[") == errc::invalid_json));
    BOOST_TEST((ec("[]") == errc::invalid_response));
    BOOST_TEST((ec("", "") == errc::empty_response));
    BOOST_TEST((ec("\n\n \n") == errc::empty_response));
    BOOST_TEST((ec("", "text/event-stream") == errc::empty_response));
    BOOST_TEST((ec("It works!", "text/plain") == errc::unexpected_content_type));
}

BOOST_AUTO_TEST_CASE(gw_1_web_page) {
    for (auto const* type : {"text/html", "text/event-stream", ""}) {
        auto const reading =
            read_everyhow("<!DOCTYPE html>\n<html><body>Bad gateway</body></html>", labelled(type));
        BOOST_TEST((reading.ec == errc::unexpected_content_type));
        BOOST_TEST(reading.mentions("Bad gateway"));
        BOOST_TEST(reading.is_document);
    }
}

BOOST_AUTO_TEST_CASE(gw_3_nothing_at_all) {
    auto how = labelled("");
    how.status = 204;
    BOOST_TEST((read_everyhow("", how).ec == errc::empty_response));
}

BOOST_AUTO_TEST_CASE(a_failed_completion_is_kept) {
    auto const reading = read_everyhow(
        R"({"id":"x","choices":[{"finish_reason":"error","message":{"content":"Half"},"error":{"code":502,"message":"m"}}]})"
    );
    BOOST_TEST((reading.ec == make_http_error(502)));
    BOOST_TEST(reading.error.message == "m");
    BOOST_TEST(reading.last.text() == "Half");
    BOOST_TEST(reading.completion().text() == "Half");
}

BOOST_AUTO_TEST_CASE(a_document_that_broke_off_is_truncated) {
    for (auto const* type : {"application/json", "text/event-stream", ""}) {
        auto const reading = read_everyhow(good, broken(type));
        BOOST_TEST((reading.ec == errc::truncated_response), type);
        BOOST_TEST(reading.mentions(std::to_string(good.size())));
        BOOST_TEST(reading.document == good);
    }
    BOOST_TEST((read_everyhow("", broken()).ec == errc::truncated_response));
    BOOST_TEST((read_everyhow("\n\n", broken("")).ec == errc::truncated_response));
    BOOST_TEST((read_everyhow("dat", broken("")).ec == errc::truncated_response));
}

BOOST_AUTO_TEST_CASE(a_document_is_bounded) {
    auto how = labelled("application/json");
    how.limits.max_document_size = good.size();
    BOOST_TEST((read_everyhow(good, how).end == outcome::end));
    for (std::string const& body :
         {good + " ", "\n" + good, std::string(10'000, ' '), std::string(300, '<')}) {
        auto const whole = read_whole(body, how);
        BOOST_TEST((whole.ec == errc::response_too_large));
        BOOST_TEST(whole.mentions(std::to_string(good.size())));
        std::vector<std::string_view> const two{
            std::string_view(body).substr(0, 100),
            std::string_view(body).substr(100)
        };
        BOOST_TEST((read_pieces(two, how).ec == errc::response_too_large));
    }
    how.limits.max_document_size = 0;
    BOOST_TEST((read_whole(std::string(1 << 20, ' ') + good, how).end == outcome::end));
}

BOOST_AUTO_TEST_CASE(much_padding_in_small_pieces) {
    // A reader that looks through all of it with each piece does not get through.
    std::string const body = std::string(16u << 20, '\n') + good;
    std::vector<std::string_view> pieces;
    for (std::size_t i = 0; i < body.size(); i += 97) pieces.push_back(std::string_view(body).substr(i, 97));
    BOOST_TEST((read_pieces(pieces, labelled("")).end == outcome::end));
}

BOOST_AUTO_TEST_SUITE_END()
