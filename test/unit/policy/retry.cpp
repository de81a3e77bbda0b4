// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "policy/retry.hpp"

#include "codec/errors/decode_error.hpp"

#include <boost/asio/error.hpp>
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string_view>

namespace async_llm {

inline std::ostream& boost_test_print_type(std::ostream& out, retry_stop value) {
    return out << to_string(value);
}

} // namespace async_llm

namespace {

using namespace async_llm::policy;
using namespace std::chrono_literals;
using async_llm::api_error;
using async_llm::errc;
using async_llm::error_code;
using async_llm::make_http_error;
using async_llm::retry_policy;
using stop = async_llm::retry_stop;
using std::chrono::milliseconds;

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr auto century = std::chrono::hours(24 * 365 * 100);

/// A first attempt of three that failed, and what is asked about it.
struct question {
    explicit question(error_code code) : ec(code) {}
    explicit question(int status) : ec(make_http_error(status)) {}
    explicit question(errc value) : ec(value) {}

    error_code ec;
    retry_policy policy;
    api_error error;
    async_llm::rate_limit_info limits;
    std::optional<bool> server_says;
    bool sent = true;
    bool content_delivered = false;
    int attempts = 1;
    int max_attempts = 3;
    duration left = duration::max();
    double random = 0;

    question& says(std::string_view body) {
        error = async_llm::codec::decode_error(boost::json::parse(body));
        return *this;
    }

    question& retryable(bool value) {
        return says(
            value ? R"({"error":{"availability":{"retryable":true}}})"
                  : R"({"error":{"availability":{"retryable":false}}})"
        );
    }

    retry_decision decide() const {
        failed_try failed(ec, error, limits);
        failed.server_says = server_says;
        failed.sent = sent;
        failed.content_delivered = content_delivered;
        failed.attempts = attempts;
        failed.max_attempts = max_attempts;
        failed.left = left;
        return decide_retry(policy, failed, random);
    }

    stop answer() const { return decide().stop; }
    /// The wait, when the answer is yes.
    duration wait() const {
        auto const decision = decide();
        BOOST_TEST_REQUIRE(decision.stop == stop::none);
        return decision.wait;
    }
};

/// All of the client's errors that are retried, in the order of \ref errc.
constexpr std::initializer_list<errc> retried{
    errc::resolve_failed,
    errc::resolve_timeout,
    errc::connect_failed,
    errc::connect_timeout,
    errc::proxy_failed,
    errc::tls_handshake_failed,
    errc::tls_handshake_timeout,
    errc::write_timeout,
    errc::connection_lost,
    errc::too_many_tls_messages,
    errc::first_byte_timeout,
    errc::first_content_timeout,
    errc::stream_stalled,
    errc::truncated_response
};

bool is_among(std::initializer_list<errc> list, errc value) {
    for (auto const each : list) {
        if (each == value) return true;
    }
    return false;
}

/// The bounds of the waits before an attempt, found at both ends of chance.
struct span {
    explicit span(question q) {
        q.random = 0;
        auto const one = q.wait();
        q.random = 1 - 1e-12;
        auto const other = q.wait();
        least = std::min(one, other);
        most = std::max(one, other);
    }

    bool is(duration low, duration high) const {
        return std::chrono::abs(least - low) < 1us && std::chrono::abs(most - high) < 1us;
    }

    duration least;
    duration most;
};

} // namespace

BOOST_AUTO_TEST_SUITE(retry)

BOOST_AUTO_TEST_CASE(these_statuses_are_retried_and_no_others) {
    for (int status = 300; status <= 650; ++status) {
        bool const expected = status == 408 || status == 409 || status == 425 || status == 429 ||
            (status >= 500 && status <= 599);
        BOOST_TEST(
            question(status).answer() == (expected ? stop::none : stop::final_error),
            "status " << status
        );
    }
}

BOOST_AUTO_TEST_CASE(these_errors_are_retried_and_no_others) {
    for (int i = 1; i <= static_cast<int>(errc::shared_limits_failed); ++i) {
        auto const value = static_cast<errc>(i);
        auto expected = is_among(retried, value) ? stop::none : stop::final_error;
        if (value == errc::client_closed || value == errc::deadline_exceeded) expected = stop::ended;
        BOOST_TEST(question(value).answer() == expected, make_error_code(value).message());
    }
}

BOOST_AUTO_TEST_CASE(a_cancelled_call_has_ended_whatever_else_holds) {
    question q{error_code(boost::asio::error::operation_aborted)};
    q.server_says = true;
    q.content_delivered = true;
    BOOST_TEST(q.answer() == stop::ended);
}

BOOST_AUTO_TEST_CASE(nothing_is_sent_again_after_content) {
    for (auto const status : {429, 500, 400, 402}) {
        question q(status);
        q.content_delivered = true;
        q.server_says = true;
        BOOST_TEST(q.answer() == stop::content_delivered);
    }
    question q(errc::stream_stalled);
    q.content_delivered = true;
    BOOST_TEST(q.answer() == stop::content_delivered);
}

BOOST_AUTO_TEST_CASE(the_provider_may_say_no) {
    question by_field(503);
    by_field.server_says = false;
    BOOST_TEST(by_field.answer() == stop::final_error);
    BOOST_TEST(question(503).retryable(false).answer() == stop::final_error);
    // Of two that contradict each other the more careful one counts.
    question both(503);
    both.server_says = true;
    BOOST_TEST(both.retryable(false).answer() == stop::final_error);
    by_field.retryable(true);
    BOOST_TEST(by_field.answer() == stop::final_error);
}

BOOST_AUTO_TEST_CASE(the_provider_may_say_yes) {
    for (int const status : {400, 404, 403, 301}) {
        question by_field(status);
        by_field.server_says = true;
        BOOST_TEST(by_field.answer() == stop::none);
        BOOST_TEST(question(status).retryable(true).answer() == stop::none);
    }
    for (auto const value : {errc::error_in_response, errc::stream_error, errc::generation_failed})
        BOOST_TEST(question(value).retryable(true).answer() == stop::none);
}

BOOST_AUTO_TEST_CASE(availability_is_read_wherever_errors_stand) {
    question of_choice(404);
    of_choice.error = async_llm::codec::decode_error_member(
        boost::json::parse(R"({"message":"no","availability":{"retryable":true}})")
    );
    BOOST_TEST(of_choice.answer() == stop::none);
    BOOST_TEST(
        question(404).says(R"([{"error":{"availability":{"retryable":true}}}])").answer() == stop::none
    );
    BOOST_TEST(
        question(404).says(R"({"error":{"availability":{"retryable":"true"}}})").answer() == stop::none
    );
    for (std::string_view const body :
         {R"({"error":{"availability":{"retryable":null}}})",
          R"({"error":{"availability":"retryable"}})",
          R"({"error":{"availability":{}}})",
          R"({"error":"availability"})",
          R"([1])"}) {
        BOOST_TEST(question(404).says(body).answer() == stop::final_error, body);
        BOOST_TEST(question(503).says(body).answer() == stop::none, body);
    }
}

BOOST_AUTO_TEST_CASE(without_credit_it_is_final_whatever_the_provider_says) {
    for (auto const& ec : {make_http_error(402), make_error_code(errc::insufficient_credits)}) {
        question q(ec);
        q.server_says = true;
        q.limits.retry_after = 1s;
        BOOST_TEST(q.answer() == stop::final_error);
        BOOST_TEST(q.retryable(true).answer() == stop::final_error);
    }
}

BOOST_AUTO_TEST_CASE(what_the_client_itself_refused_is_final_whatever_the_provider_says) {
    for (auto const value :
         {errc::queue_full,
          errc::pool_timeout,
          errc::rate_limit_reached,
          errc::circuit_open,
          errc::spending_limit_reached,
          errc::shared_limits_failed}) {
        question q(value);
        q.server_says = true;
        BOOST_TEST(q.answer() == stop::final_error, make_error_code(value).message());
    }
}

BOOST_AUTO_TEST_CASE(an_empty_reply_is_retried_if_that_was_asked_for) {
    question q(errc::empty_response);
    BOOST_TEST(q.answer() == stop::final_error);
    q.policy.retry_empty_replies = true;
    BOOST_TEST(q.answer() == stop::none);
    // Nor is that a connection that broke.
    q.policy.resend_sent = false;
    BOOST_TEST(q.answer() == stop::none);
}

BOOST_AUTO_TEST_CASE(what_may_have_been_processed_is_sent_again_only_if_allowed) {
    for (auto const value : retried) {
        question q(value);
        q.policy.resend_sent = false;
        q.sent = true;
        BOOST_TEST(q.answer() == stop::maybe_processed, make_error_code(value).message());
        q.sent = false;
        // Who cut the reply short has had the request, whatever was counted.
        auto const unsent = value == errc::truncated_response ? stop::maybe_processed : stop::none;
        BOOST_TEST(q.answer() == unsent, make_error_code(value).message());
    }
}

BOOST_AUTO_TEST_CASE(a_reply_that_is_an_error_tells_that_nothing_was_processed) {
    for (int const status : {408, 429, 500, 503, 504}) {
        question q(status);
        q.policy.resend_sent = false;
        BOOST_TEST(q.answer() == stop::none);
    }
}

BOOST_AUTO_TEST_CASE(attempts_are_counted) {
    question q(500);
    q.attempts = 2;
    BOOST_TEST(q.answer() == stop::none);
    q.attempts = 3;
    BOOST_TEST(q.answer() == stop::attempts_exhausted);
    q.attempts = 4;
    BOOST_TEST(q.answer() == stop::attempts_exhausted);
    q.attempts = 1;
    q.max_attempts = retry_policy::none().max_attempts;
    BOOST_TEST(q.answer() == stop::attempts_exhausted);
    // Being final is the more telling reason.
    BOOST_TEST([] {
        question final(400);
        final.attempts = 3;
        return final.answer();
    }() == stop::final_error);
}

BOOST_AUTO_TEST_CASE(waits_grow_up_to_a_limit) {
    question q(500);
    q.max_attempts = 100;
    auto const expect = [&q](int attempts, duration most) {
        q.attempts = attempts;
        BOOST_TEST(span(q).is(most / 2, most), "attempt " << attempts);
    };
    expect(1, 500ms);
    expect(2, 1s);
    expect(3, 2s);
    expect(4, 4s);
    expect(5, 8s);
    expect(6, 8s);
    expect(50, 8s);
}

BOOST_AUTO_TEST_CASE(jitter_is_the_share_that_is_left_to_chance) {
    question q(500);
    auto const expect = [&q](double jitter, duration least, duration most) {
        q.policy.jitter = jitter;
        BOOST_TEST(span(q).is(least, most), "jitter " << jitter);
    };
    expect(0, 500ms, 500ms);
    expect(0.1, 450ms, 500ms);
    expect(1, 0ms, 500ms);
    expect(7, 0ms, 500ms);
    expect(-1, 500ms, 500ms);
    expect(not_a_number, 500ms, 500ms);
    q.policy.jitter = 0.5;
    q.random = 0.5;
    BOOST_TEST((q.wait() == 375ms));
    q.random = not_a_number;
    BOOST_TEST((q.wait() == 500ms));
}

BOOST_AUTO_TEST_CASE(the_provider_says_how_long_to_wait) {
    question q(503);
    q.limits.retry_after = 20s;
    // More by chance, and never less than was asked for.
    BOOST_TEST(span(q).is(20s, 30s));
    q.policy.jitter = 0;
    BOOST_TEST((q.wait() == 20s));
    q.limits.retry_after = 3ms;
    BOOST_TEST((q.wait() == 3ms));
    // Not to wait is no answer: every caller would come back immediately.
    q.limits.retry_after = 0ms;
    BOOST_TEST((q.wait() == 500ms));
    q.limits.retry_after = -5s;
    BOOST_TEST((q.wait() == 500ms));
}

BOOST_AUTO_TEST_CASE(who_asks_for_too_long_a_wait_is_left_alone) {
    question q(429);
    q.limits.retry_after = 60s;
    BOOST_TEST((q.wait() == 60s));
    q.limits.retry_after = 60'001ms;
    BOOST_TEST(q.answer() == stop::retry_after_too_long);
    q.policy.on_long_retry_after = async_llm::long_retry_after::clamp;
    BOOST_TEST(span(q).is(60s, 90s));
    q.policy.max_retry_after = 0ms;
    BOOST_TEST((q.wait() == 500ms));
    // The last attempt is the last, however long the wait.
    q.attempts = 3;
    BOOST_TEST(q.answer() == stop::attempts_exhausted);
}

BOOST_AUTO_TEST_CASE(a_wait_that_passes_the_deadline_is_not_begun) {
    question q(500);
    q.left = 500ms + 1ns;
    BOOST_TEST((q.wait() == 500ms));
    q.left = 500ms;
    BOOST_TEST(q.answer() == stop::deadline);
    q.left = -1s;
    BOOST_TEST(q.answer() == stop::deadline);
    q.left = 20s;
    q.limits.retry_after = 30s;
    BOOST_TEST(q.answer() == stop::deadline);
    question at_once(500);
    at_once.policy.initial_backoff = 0ms;
    at_once.left = 1ns;
    BOOST_TEST((at_once.wait() == 0ms));
    at_once.left = 0ns;
    BOOST_TEST(at_once.answer() == stop::deadline);
}

BOOST_AUTO_TEST_CASE(asked_pauses) {
    async_llm::rate_limit_info limits;
    auto const of = [&limits](int status) { return requested_pause(make_http_error(status), limits); };
    BOOST_TEST(!of(429));
    limits.reset_requests = 7s;
    limits.reset_tokens = 9s;
    // Nothing says that these are the limits that were met.
    BOOST_TEST(!of(429));
    limits.remaining_requests = 1;
    limits.remaining_tokens = 1;
    BOOST_TEST(!of(429));
    limits.remaining_requests = 0;
    BOOST_TEST((of(429) == duration(7s)));
    limits.remaining_tokens = -3;
    BOOST_TEST((of(429) == duration(9s)));
    limits.reset_tokens.reset();
    BOOST_TEST((of(429) == duration(7s)));
    BOOST_TEST(!of(503));
    BOOST_TEST(!requested_pause(errc::rate_limit_reached, limits));
    limits.retry_after = 2s;
    BOOST_TEST((of(429) == duration(2s)));
    BOOST_TEST((of(503) == duration(2s)));
    limits.retry_after = -2s;
    BOOST_TEST((of(429) == duration(0s)));
    limits.retry_after = milliseconds::max();
    BOOST_TEST((of(429) == duration(century)));
}

BOOST_AUTO_TEST_CASE(a_reset_is_a_wait_like_any_other) {
    question q(429);
    q.limits.remaining_tokens = 0;
    q.limits.reset_tokens = 6s;
    BOOST_TEST(span(q).is(6s, 9s));
    q.limits.reset_tokens = 61s;
    BOOST_TEST(q.answer() == stop::retry_after_too_long);
}

BOOST_AUTO_TEST_CASE(policies_without_sense_lead_to_waits_with_it) {
    constexpr auto extremes =
        std::to_array<milliseconds>({milliseconds::min(), milliseconds(-1), 0ms, 1ms, milliseconds::max()});
    for (double const multiplier : {not_a_number, -infinite, -2.0, 0.0, 1.0, 1e300, infinite}) {
        for (auto const first : extremes) {
            for (auto const limit : extremes) {
                for (int const attempts : {std::numeric_limits<int>::min(), 0, 1, 1000, 1'000'000'000}) {
                    question q(429);
                    q.policy.multiplier = multiplier;
                    q.policy.initial_backoff = first;
                    q.policy.max_backoff = limit;
                    q.policy.jitter = multiplier;
                    q.random = multiplier;
                    q.attempts = attempts;
                    q.max_attempts = std::numeric_limits<int>::max();
                    auto const wait = q.wait();
                    BOOST_TEST_REQUIRE((wait >= 0s && wait <= century));
                    BOOST_TEST_REQUIRE((limit.count() < 0 || limit == milliseconds::max() || wait <= limit));
                    q.limits.retry_after = first;
                    q.policy.max_retry_after = limit;
                    q.policy.on_long_retry_after = async_llm::long_retry_after::clamp;
                    auto const asked = q.wait();
                    BOOST_TEST_REQUIRE((asked >= 0s && asked <= century));
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_multiplier_below_one_leaves_the_waits_as_long_as_they_are) {
    question q(500);
    q.policy.multiplier = 0.1;
    q.attempts = 2;
    BOOST_TEST((q.wait() == 500ms));
}

BOOST_AUTO_TEST_SUITE_END()
