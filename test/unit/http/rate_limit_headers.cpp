// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "codec/http/rate_limit_headers.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <string>

using async_llm::http_header;
using async_llm::rate_limit_info;
namespace codec = async_llm::codec;
using std::chrono::milliseconds;

namespace {

// 22 August 2026, 00:00 UTC.
constexpr std::int64_t now_seconds = 1'787'356'800;
std::chrono::system_clock::time_point const now{std::chrono::seconds(now_seconds)};

rate_limit_info read(std::vector<http_header> const& fields) {
    rate_limit_info info;
    codec::read_rate_limits(fields, now, info);
    return info;
}

std::optional<milliseconds> reset(std::string value) {
    return read({http_header("X-RateLimit-Reset", std::move(value))}).reset_requests;
}

std::optional<milliseconds> retry_after(std::string value) {
    return read({http_header("Retry-After", std::move(value))}).retry_after;
}

} // namespace

BOOST_AUTO_TEST_SUITE(rate_limit_headers)

BOOST_AUTO_TEST_CASE(nothing_told) {
    auto const info = read({http_header("Content-Type", "application/json")});
    BOOST_TEST(!info.limit_requests);
    BOOST_TEST(!info.remaining_requests);
    BOOST_TEST(!info.reset_requests);
    BOOST_TEST(!info.limit_tokens);
    BOOST_TEST(!info.remaining_tokens);
    BOOST_TEST(!info.reset_tokens);
    BOOST_TEST(!info.retry_after);
}

BOOST_AUTO_TEST_CASE(openai) {
    auto const info = read({
        http_header("x-ratelimit-limit-requests", "60"),
        http_header("x-ratelimit-limit-tokens", "150000"),
        http_header("x-ratelimit-remaining-requests", "59"),
        http_header("x-ratelimit-remaining-tokens", "149984"),
        http_header("x-ratelimit-reset-requests", "1s"),
        http_header("x-ratelimit-reset-tokens", "6m0s"),
    });
    BOOST_TEST((info.limit_requests == 60));
    BOOST_TEST((info.limit_tokens == 150000));
    BOOST_TEST((info.remaining_requests == 59));
    BOOST_TEST((info.remaining_tokens == 149984));
    BOOST_TEST((info.reset_requests == milliseconds(1000)));
    BOOST_TEST((info.reset_tokens == milliseconds(360'000)));
}

BOOST_AUTO_TEST_CASE(openrouter) {
    auto const info = read({
        http_header("X-RateLimit-Limit", "20"),
        http_header("X-RateLimit-Remaining", "0"),
        http_header("X-RateLimit-Reset", std::to_string(now_seconds * 1000 + 1500)),
        http_header("Retry-After", "2"),
    });
    BOOST_TEST((info.limit_requests == 20));
    BOOST_TEST((info.remaining_requests == 0));
    BOOST_TEST((info.reset_requests == milliseconds(1500)));
    BOOST_TEST((info.retry_after == milliseconds(2000)));
}

BOOST_AUTO_TEST_CASE(resets_in_every_notation) {
    BOOST_TEST((reset("6m0s") == milliseconds(360'000)));
    BOOST_TEST((reset("1.5s") == milliseconds(1500)));
    BOOST_TEST((reset("120ms") == milliseconds(120)));
    BOOST_TEST((reset("1h2m3s") == milliseconds(3'723'000)));
    BOOST_TEST((reset("1d") == milliseconds(86'400'000)));
    BOOST_TEST((reset("250us") == milliseconds(1)));
    BOOST_TEST((reset("250\xc2\xb5s") == milliseconds(1)));
    BOOST_TEST((reset("17") == milliseconds(17'000)));
    BOOST_TEST((reset("0.25") == milliseconds(250)));
    BOOST_TEST((reset(" 17 ") == milliseconds(17'000)));
    BOOST_TEST((reset(std::to_string(now_seconds + 60)) == milliseconds(60'000)));
    BOOST_TEST((reset(std::to_string(now_seconds) + ".5") == milliseconds(500)));
    BOOST_TEST((reset(std::to_string((now_seconds + 60) * 1000)) == milliseconds(60'000)));
    BOOST_TEST((reset("Sat, 22 Aug 2026 00:01:00 GMT") == milliseconds(60'000)));
}

BOOST_AUTO_TEST_CASE(the_past_is_now) {
    BOOST_TEST((reset(std::to_string(now_seconds - 60)) == milliseconds(0)));
    BOOST_TEST((reset(std::to_string((now_seconds - 60) * 1000)) == milliseconds(0)));
    BOOST_TEST((retry_after("Sun, 06 Nov 1994 08:49:37 GMT") == milliseconds(0)));
}

BOOST_AUTO_TEST_CASE(negative_numbers_tell_nothing) {
    BOOST_TEST(!reset("-5"));
    BOOST_TEST(!reset("-5s"));
    BOOST_TEST(!retry_after("-1"));
    BOOST_TEST(!read({http_header("Retry-After-Ms", "-1")}).retry_after);
    auto const info = read({
        http_header("x-ratelimit-limit-requests", "-1"),
        http_header("x-ratelimit-remaining-requests", "-1"),
        http_header("x-ratelimit-limit-tokens", "-1"),
        http_header("x-ratelimit-remaining-tokens", "-1"),
        http_header("x-ratelimit-reset-tokens", "0"),
    });
    BOOST_TEST(!info.limit_requests);
    BOOST_TEST(!info.remaining_requests);
    BOOST_TEST(!info.limit_tokens);
    BOOST_TEST(!info.remaining_tokens);
    BOOST_TEST((info.reset_tokens == milliseconds(0)));
}

BOOST_AUTO_TEST_CASE(dates_in_other_notations) {
    for (auto const* text :
         {"2026-08-22T00:01:00Z",
          "2026-08-22T00:01:00.5Z",
          "2026-08-22T00:01:00",
          "2026-08-22 00:01:00Z",
          "2026-08-22T02:01:00+02:00",
          "2026-08-21T23:01:00-0100",
          "Sat, 22 Aug 2026 00:01:00 UTC",
          "Sat, 22 Aug 2026 00:01:00 +0000"}) {
        BOOST_TEST((reset(text) == milliseconds(60'000)), text);
        BOOST_TEST((retry_after(text) == milliseconds(60'000)), text);
    }
    for (auto const* text :
         {"2026-08-22",
          "2026-13-22T00:01:00Z",
          "2026-08-22T00:01:00X",
          "2026-08-22T25:01:00Z",
          "2026-08-22T00:01:00+99:00",
          "Sat, 22 Aug 2026 00:01:00 CEST"}) {
        BOOST_TEST(!reset(text), text);
        BOOST_TEST(!retry_after(text), text);
    }
    BOOST_TEST((retry_after("2 seconds") == milliseconds(2000)));
    BOOST_TEST((retry_after("1m30s") == milliseconds(90'000)));
}

BOOST_AUTO_TEST_CASE(spellings_of_other_providers) {
    BOOST_TEST((read({http_header("x-ms-retry-after-ms", "1250")}).retry_after == milliseconds(1250)));
    BOOST_TEST((read({http_header("X-MS-Retry-After", "2")}).retry_after == milliseconds(2000)));
    auto const azure = read({
        http_header("x-ratelimit-remaining-requests", "9"),
        http_header("x-ratelimit-renewalperiod-requests", "60"),
        http_header("x-ratelimit-renewalperiod-tokens", "30"),
    });
    BOOST_TEST((azure.remaining_requests == 9));
    BOOST_TEST((azure.reset_requests == milliseconds(60'000)));
    BOOST_TEST((azure.reset_tokens == milliseconds(30'000)));
    auto const anthropic = read({
        http_header("anthropic-ratelimit-requests-limit", "50"),
        http_header("anthropic-ratelimit-requests-remaining", "49"),
        http_header("anthropic-ratelimit-requests-reset", "2026-08-22T00:01:00Z"),
        http_header("anthropic-ratelimit-tokens-limit", "1000"),
        http_header("anthropic-ratelimit-tokens-remaining", "900"),
        http_header("anthropic-ratelimit-tokens-reset", "2026-08-22T00:00:30Z"),
    });
    BOOST_TEST((anthropic.limit_requests == 50));
    BOOST_TEST((anthropic.remaining_requests == 49));
    BOOST_TEST((anthropic.reset_requests == milliseconds(60'000)));
    BOOST_TEST((anthropic.limit_tokens == 1000));
    BOOST_TEST((anthropic.remaining_tokens == 900));
    BOOST_TEST((anthropic.reset_tokens == milliseconds(30'000)));
    auto const draft = read({
        http_header("RateLimit-Limit", "100"),
        http_header("RateLimit-Remaining", "4"),
        http_header("RateLimit-Reset", "7"),
    });
    BOOST_TEST((draft.limit_requests == 100));
    BOOST_TEST((draft.remaining_requests == 4));
    BOOST_TEST((draft.reset_requests == milliseconds(7000)));
}

BOOST_AUTO_TEST_CASE(retry_after_in_seconds_and_as_a_date) {
    BOOST_TEST((retry_after("0") == milliseconds(0)));
    BOOST_TEST((retry_after("120") == milliseconds(120'000)));
    BOOST_TEST((retry_after("0.5") == milliseconds(500)));
    BOOST_TEST((retry_after("Sat, 22 Aug 2026 00:00:30 GMT") == milliseconds(30'000)));
    BOOST_TEST((retry_after("Saturday, 22-Aug-26 00:00:30 GMT") == milliseconds(30'000)));
    BOOST_TEST((retry_after("Sat Aug 22 00:00:30 2026") == milliseconds(30'000)));
}

// As servers and proxies write them that do not keep to the letter.
BOOST_AUTO_TEST_CASE(waits_in_other_notations) {
    struct row {
        row(char const* t, int s) : text(t), seconds(s) {}
        char const* text;
        int seconds;
    };
    for (auto const& each :
         {row("+5", 5),
          row(" 5 ", 5),
          row("5s", 5),
          row("5 s", 5),
          row("5 seconds", 5),
          row("5 Seconds.", 5),
          row("5.0", 5),
          row("5.", 5),
          row("1e1", 10),
          row("1.5e+01", 15),
          row("5,", 5),
          row("5;", 5),
          row("\"5\"", 5),
          row("5, 5", 5),
          row("5, 10", 5),
          row("5;w=60", 5),
          row("PT5S", 5),
          row("00:01:05", 65),
          row("00:00:05.000", 5),
          row("retry after 5 seconds", 5),
          row("Try again in 1m5s", 65),
          row("1787356830", 30),
          row("1787356830000", 30),
          row("1787356830,", 30),
          row("2026-08-22T00:00:30Z", 30),
          row("Sat, 22 Aug 2026 00:00:30", 30),
          row("Sat, 22 Aug 2026 00:00:30 +0000", 30),
          row("22 Aug 2026 00:00:30 GMT", 30),
          row("Thu, 01 Jan 1970 00:00:00 GMT", 0),
          row("Thu, 1 Jan 1970 00:00:00 GMT", 0),
          row("-0", 0),
          row("0", 0)}) {
        std::optional<milliseconds> const expected = std::chrono::seconds(each.seconds);
        BOOST_TEST((retry_after(each.text) == expected), each.text);
        BOOST_TEST((reset(each.text) == expected), each.text);
    }
    auto const in_ms = [](char const* text) {
        return read({http_header("retry-after-ms", text)}).retry_after;
    };
    for (auto const* text : {"500", "+500", "500.0", "5e2", "500,", "500, 500", "500ms", "0.5s", "\"500\""})
        BOOST_TEST((in_ms(text) == milliseconds(500)), text);
    for (auto const* text : {"-500", "-500ms", "many", ""}) BOOST_TEST(!in_ms(text), text);
    auto const count = [](char const* text) {
        return read({http_header("x-ratelimit-limit", text)}).limit_requests;
    };
    for (auto const* text : {"100", "+100", "100.0", "1e2", "\"100\"", "100,", "100;w=60"})
        BOOST_TEST((count(text) == 100), text);
}

BOOST_AUTO_TEST_CASE(milliseconds_win_over_seconds) {
    auto const info = read({http_header("Retry-After", "2"), http_header("Retry-After-Ms", "1250")});
    BOOST_TEST((info.retry_after == milliseconds(1250)));
    auto const broken = read({http_header("Retry-After", "2"), http_header("Retry-After-Ms", "soon")});
    BOOST_TEST((broken.retry_after == milliseconds(2000)));
}

BOOST_AUTO_TEST_CASE(nonsense_is_ignored) {
    for (auto const* text :
         {"",     "soon", "1s2",      "5 s s", "s",          "-",       "--5",
          "0x10", "inf",  "nan",      "-inf",  "NaN",        "6m-1s",   "1,5s",
          "1,5",  "+-3",  "-+3",      "-3",    "-3 seconds", "soon, 5", "Thu, 32 Jan 2026 00:00:00 GMT",
          "\"\"", ",",    "00:-1:00", "1:2"}) {
        BOOST_TEST(!reset(text), text);
        BOOST_TEST(!retry_after(text), text);
    }
    for (auto const* text :
         {"", "many", "-1", "1e19", "9223372036854775808", "99999999999999999999999", "inf"})
        BOOST_TEST(!read({http_header("x-ratelimit-limit", text)}).limit_requests, text);
}

BOOST_AUTO_TEST_CASE(huge_waits_do_not_overflow) {
    auto const century = milliseconds(std::int64_t(100) * 365 * 24 * 3600 * 1000);
    std::string const digits(300, '9');
    BOOST_TEST((retry_after("9223372036854775807") == century));
    BOOST_TEST((retry_after(digits) == century));
    BOOST_TEST((reset(digits) == century));
    BOOST_TEST((reset(digits + "h") == century));
    BOOST_TEST((retry_after("Fri, 31 Dec 9999 23:59:59 GMT") == century));
    BOOST_TEST(!retry_after(std::string(400, '9')));
    BOOST_TEST((std::chrono::steady_clock::now() + century > std::chrono::steady_clock::now()));
}

BOOST_AUTO_TEST_CASE(specific_names_win_and_policies_are_cut_off) {
    auto const info = read(
        {http_header("x-ratelimit-limit", "5"), http_header("x-ratelimit-limit-requests", "100, 100;w=60")}
    );
    BOOST_TEST((info.limit_requests == 100));
}

BOOST_AUTO_TEST_CASE(what_is_known_stays) {
    rate_limit_info info;
    codec::read_rate_limits({http_header("X-RateLimit-Limit", "20")}, now, info);
    codec::read_rate_limits(
        {http_header("X-RateLimit-Limit", "30"), http_header("X-RateLimit-Remaining", "1")},
        now,
        info
    );
    BOOST_TEST((info.limit_requests == 20));
    BOOST_TEST((info.remaining_requests == 1));
}

BOOST_AUTO_TEST_CASE(request_ids) {
    BOOST_TEST(codec::pick_request_id({}) == "");
    std::vector<http_header> fields{http_header("X-Generation-Id", "gen-1")};
    BOOST_TEST(codec::pick_request_id(fields) == "gen-1");
    fields.emplace_back("x-inference-id", "inf-1");
    BOOST_TEST(codec::pick_request_id(fields) == "inf-1");
    fields.emplace_back("X-Request-ID", " ");
    BOOST_TEST(codec::pick_request_id(fields) == "inf-1");
    fields.emplace_back("X-Request-ID", "req-1");
    BOOST_TEST(codec::pick_request_id(fields) == "req-1");
}

BOOST_AUTO_TEST_SUITE_END()
