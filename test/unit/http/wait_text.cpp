// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/http/wait_text.hpp"

#include "codec/errors/decode_error.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <optional>
#include <string>

using namespace async_llm;
using std::chrono::milliseconds;

namespace {

using wait = std::optional<milliseconds>;

struct row {
    char const* text;
    /// Milliseconds; -1: none.
    int expected;
};

wait as_wait(int ms) { return ms < 0 ? wait() : wait(milliseconds(ms)); }

void check(wait const& found, row const& each) {
    BOOST_TEST((found == as_wait(each.expected)), each.text << ": " << (found ? found->count() : -1));
}

api_error error_in(std::string_view body) { return codec::decode_error(boost::json::parse(body)); }

} // namespace

BOOST_AUTO_TEST_SUITE(wait_text)

BOOST_AUTO_TEST_CASE(waits_that_are_all_of_a_text) {
    for (auto const& each :
         {row{"2.4s", 2400},
          row{"20", 20'000},
          row{"0", 0},
          row{"0.5", 500},
          row{"1m30s", 90'000},
          row{"500ms", 500},
          row{"2 seconds", 2000},
          row{"1 minute", 60'000},
          row{"1 minute and 30 seconds", 90'000},
          row{"1 h, 2 min", 3'720'000},
          row{"PT2.4S", 2400},
          row{"PT1M30S", 90'000},
          row{" 7 ", 7000},
          row{"+7", 7000},
          row{"+7s", 7000},
          row{"7,", 7000},
          row{"7.", 7000},
          row{"\"7\"", 7000},
          row{"7 SECONDS", 7000},
          row{"7e0", 7000},
          row{"00:00:07", 7000},
          row{"01:00:00.5", 3'600'500},
          row{"0:00", -1},
          row{"00:00:07:00", -1},
          row{"+-7", -1},
          row{"+", -1},
          row{"7e", -1},
          row{"7 8", -1},
          row{"\"", -1},
          row{"0x7", -1},
          row{"-5", -1},
          row{"-5s", -1},
          row{"", -1},
          row{"soon", -1},
          row{"2 bananas", -1},
          row{"2 seconds or so", -1},
          row{"PT", -1},
          row{"nan", -1},
          row{"inf", -1}})
        check(codec::read_wait(each.text), each);
}

BOOST_AUTO_TEST_CASE(waits_in_a_sentence) {
    for (auto const& each :
         {row{"Rate limit reached for m-1. Please try again in 1.2s.", 1200},
          row{"Please try again in 1m30s. Visit us.", 90'000},
          row{"try again in 2 seconds", 2000},
          row{"Please retry after 20s", 20'000},
          row{"Please retry after 20 seconds.", 20'000},
          row{"retry after 20", 20'000},
          row{"Please retry your request after 5 sec", 5000},
          row{"Limit 3 / min. Please try again in 6m0s.", 360'000},
          row{"Please try again in 812ms.", 812},
          row{"Please wait 30 seconds and try again later", 30'000},
          row{"You should wait for 1 minute", 60'000},
          row{"Please retry in 2.4s.", 2400},
          row{"Retry in about 3 minutes", 180'000},
          row{"try again in 1 hour and 5 minutes", 3'900'000},
          row{"again in a while; then please try again in 4 s", 4000},
          row{"TRY AGAIN IN 2 SECONDS", 2000},
          row{"wait 30 requests", -1},
          row{"try again in 20", -1},
          row{"try again in -5 seconds", -1},
          row{"try again in May", -1},
          row{"try again", -1},
          row{"", -1}})
        check(codec::find_wait(each.text), each);
    BOOST_TEST(!codec::find_wait(std::string(1u << 20, 'x') + " try again in 2 seconds"));
}

BOOST_AUTO_TEST_CASE(waits_anywhere_in_an_error) {
    for (auto const& each :
         {row{R"([{"error":{"code":429,"message":"m","details":[{"@type":"t/google.rpc.Help"},{"@type":"t/google.rpc.RetryInfo","retryDelay":"2.4s"}]}}])",
              2400},
          row{R"({"error":{"details":[{"retryDelay":{"seconds":2,"nanos":400000000}}]}})", 2400},
          row{R"({"error":{"details":[{"retryDelay":{"seconds":"3"}}]}})", 3000},
          row{R"({"error":{"message":"m","retry_after":7}})", 7000},
          row{R"({"error":{"message":"m","retry_after":"7"}})", 7000},
          row{R"({"error":{"message":"m","retry_after":1.5}})", 1500},
          row{R"({"error":{"message":"m","retry_after_ms":1500}})", 1500},
          row{R"({"message":"m","retryAfter":"1m"})", 60'000},
          row{R"({"message":"m","retry-after":"3"})", 3000},
          row{R"({"message":"m","retry_after_seconds":4})", 4000},
          row{R"({"error":{"availability":{"retryable":true,"retry_after":40}}})", 40'000},
          row{R"({"error":{"metadata":{"retry_after":2}}})", 2000},
          row{R"({"error":{"message":"Please try again in 1.2s.","code":"rate_limit_exceeded"}})", 1200},
          row{R"({"error":"try again in 2 seconds"})", 2000},
          row{R"({"error":{"message":"m","metadata":{"raw":"{\"error\":{\"message\":\"try again in 2 seconds\"}}"}}})",
              2000},
          // A member counts before the sentence.
          row{R"({"error":{"message":"try again in 9s","retry_after":1}})", 1000},
          row{R"({"error":{"message":"m","retry_after":-1}})", -1},
          row{R"({"error":{"message":"m","retry_after":null}})", -1},
          row{R"({"error":{"message":"m","retry_after":"soon"}})", -1},
          row{R"({"error":{"message":"m","retry_after":true}})", -1},
          row{R"({"error":{"message":"m","retry_after":{}}})", -1},
          row{R"({"error":{"message":"m"}})", -1},
          row{R"({"message":"m","a":{"a":{"a":{"a":{"a":{"retry_after":7}}}}}})", -1}})
        check(error_in(each.text).retry_after, each);
}

BOOST_AUTO_TEST_CASE(verdicts_anywhere_in_an_error) {
    using told = std::optional<bool>;
    struct advice {
        char const* body;
        told expected;
    };
    for (auto const& [body, expected] :
         {advice{R"({"error":{"availability":{"retryable":true}}})", true},
          advice{R"({"error":{"availability":{"retryable":"false"}}})", false},
          advice{R"({"error":{"message":"m","is_retryable":false}})", false},
          advice{R"({"message":"m","isRetryable":true})", true},
          advice{R"({"error":{"retryable":true,"metadata":{"retryable":false}}})", false},
          advice{R"({"error":{"retryable":false,"metadata":{"retryable":true}}})", false},
          advice{R"({"error":{"retryable":null}})", std::nullopt},
          advice{R"({"error":{"retryable":"perhaps"}})", std::nullopt},
          advice{R"({"error":"m"})", std::nullopt}})
        BOOST_TEST((error_in(body).retryable == expected), body);
}

BOOST_AUTO_TEST_CASE(refusals_for_content) {
    for (auto const* body :
         {R"({"error":{"type":"content_policy_violation"}})",
          R"({"error":{"code":"content_filter","message":"m"}})",
          R"({"error":{"code":"x","innererror":{"code":"ResponsibleAIPolicyViolation"}}})",
          R"({"error":{"code":403,"metadata":{"reasons":["violence"]}}})",
          R"({"error":{"code":403,"metadata":{"flagged_input":"..."}}})",
          R"({"error":{"code":403,"metadata":{"patterns":["x"]}}})"})
        BOOST_TEST(error_in(body).refused_content, body);
    for (auto const* body :
         {R"({"error":{"type":"permission_denied"}})",
          R"({"error":{"code":403,"reasons":["x"]}})",
          R"({"error":{"code":403,"metadata":{"reasons":null}}})",
          R"({"error":"content_filter"})"})
        BOOST_TEST(!error_in(body).refused_content, body);
}

BOOST_AUTO_TEST_SUITE_END()
