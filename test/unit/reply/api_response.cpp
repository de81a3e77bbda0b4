// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/reply/reply_text.hpp"
#include <async_llm/api_response.hpp>
#include <async_llm/completion_error.hpp>
#include <async_llm/error.hpp>

#include <boost/json/value.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace async_llm;

std::string thrown_by(api_response const& response) {
    try {
        response.json();
    } catch (boost::system::system_error const& e) {
        BOOST_TEST((e.code() == errc::invalid_json || e.code() == errc::json_too_complex));
        return e.what();
    }
    return "nothing";
}

std::string dense_text(std::size_t values) {
    std::string text = "[0";
    for (std::size_t i = 1; i < values; ++i) text += ",0";
    return text + "]";
}

} // namespace

BOOST_AUTO_TEST_SUITE(api_response)

BOOST_AUTO_TEST_CASE(text_stays_as_it_is) {
    std::string const body = " { \"b\":1 ,\"b\":2,\t\"n\":12345678901234567890123 }\r\n";
    async_llm::api_response response{std::string(body)};
    BOOST_TEST(response.text() == body);
    error_code ec;
    BOOST_TEST(response.json(ec).at("b").as_int64() == 2);
    BOOST_TEST(!ec);
    BOOST_TEST(response.text() == body);
    BOOST_TEST(async_llm::api_response().text().empty());
}

BOOST_AUTO_TEST_CASE(json_is_parsed_once_and_shared_by_copies) {
    async_llm::api_response response(R"({"a": [1, 2]})");
    auto const copy = response;
    auto const* const value = &response.json();
    BOOST_TEST(value == &response.json());
    BOOST_TEST(value == &copy.json());
    BOOST_TEST(value->at("a").as_array().size() == 2U);
}

BOOST_AUTO_TEST_CASE(moving_copies_nothing) {
    std::string body(1'000'000, 'x');
    auto const* const bytes = body.data();
    async_llm::api_response response(std::move(body));
    BOOST_TEST(static_cast<void const*>(response.text().data()) == static_cast<void const*>(bytes));
    auto moved = std::move(response);
    auto const text = std::move(moved).text();
    BOOST_TEST(static_cast<void const*>(text.data()) == static_cast<void const*>(bytes));
    BOOST_TEST(moved.text().empty());
    BOOST_TEST(response.text().empty());
}

BOOST_AUTO_TEST_CASE(a_copy_keeps_the_text_that_the_other_gives_away) {
    async_llm::api_response response("text");
    auto const copy = response;
    BOOST_TEST(std::move(response).text() == "text");
    BOOST_TEST(copy.text() == "text");
}

BOOST_AUTO_TEST_CASE(text_that_is_no_json_is_an_error_only_when_asked) {
    async_llm::api_response const response("<html>");
    error_code ec;
    BOOST_TEST(response.json(ec).is_null());
    BOOST_TEST((ec == errc::invalid_json));
    BOOST_TEST(thrown_by(response).find("the body is not valid JSON at byte 0 of 6") != std::string::npos);
    // The second time as well.
    ec = error_code();
    BOOST_TEST(response.json(ec).is_null());
    BOOST_TEST((ec == errc::invalid_json));
}

BOOST_AUTO_TEST_CASE(an_empty_body_is_no_json) {
    for (auto const* text : {"", "  \n"})
        BOOST_TEST(thrown_by(async_llm::api_response(text)).find("the body is empty") != std::string::npos);
    BOOST_TEST(thrown_by(async_llm::api_response()).find("the body is empty") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(json_is_read_as_replies_are) {
    BOOST_TEST(async_llm::api_response("\xef\xbb\xbf{\"a\": NaN}").json().at("a").is_null());
    BOOST_TEST(async_llm::api_response("{\"a\": \"x\ny\"}").json().at("a").as_string() == "x\ny");
    BOOST_TEST(async_llm::api_response("[1]").json().as_array().size() == 1U);
    BOOST_TEST(async_llm::api_response("7").json().as_int64() == 7);
}

BOOST_AUTO_TEST_CASE(limits_hold) {
    std::string text = "[0";
    for (int i = 0; i < 200'001; ++i) text += ",0.0123456789";
    async_llm::api_response many(text + "]");
    error_code ec;
    BOOST_TEST(many.json(ec).is_null());
    BOOST_TEST((ec == errc::json_too_complex));
    // What has no tree takes memory as well.
    error_code dense;
    BOOST_TEST(async_llm::api_response(dense_text(300'000)).json(dense).is_null());
    BOOST_TEST((dense == errc::json_too_complex));
    // Those of the client.
    auto const body = std::make_shared<async_llm::detail::reply_text>();
    codec::decode_limits limits;
    limits.max_json_values = 0;
    body->assign(text + "]", limits);
    async_llm::detail::api_response_access::set_body(many, body);
    BOOST_TEST(many.json().as_array().size() == 200'002U);
}

BOOST_AUTO_TEST_CASE(threads_may_share_it) {
    async_llm::api_response const response(R"({"a": [1, 2, 3]})");
    std::vector<std::thread> threads;
    std::vector<boost::json::value const*> values(4);
    for (auto& each : values) threads.emplace_back([&each, &response] { each = &response.json(); });
    for (auto& each : threads) each.join();
    for (auto const* each : values) BOOST_TEST(each == values.front());
}

BOOST_AUTO_TEST_CASE(an_exception_has_the_reply) {
    async_llm::api_response response("the body");
    response.info.provider = "openai";
    response.info.status = 500;
    response.info.phase = phase::finished;
    response.error.message = "Something broke";
    auto const ec = make_http_error(500);
    auto const line = explain(ec, response);
    BOOST_TEST(line.find("openai: HTTP 500") == 0U, line);
    completion_error const thrown(ec, response);
    BOOST_TEST(thrown.what() == line);
    BOOST_TEST_REQUIRE(thrown.endpoint_response() != nullptr);
    BOOST_TEST(thrown.endpoint_response()->text() == "the body");
    BOOST_TEST(thrown.endpoint_response()->status() == 500);
    BOOST_TEST(thrown.info().status == 500);
    BOOST_TEST(thrown.error().message == "Something broke");
    BOOST_TEST(completion_error(ec, chat_response()).endpoint_response() == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
