// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/retries.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using testing::reply_fault;
using testing::scripted_reply;

void check_stop(call const& c, retry_stop expected) {
    BOOST_TEST(to_string(c.info().retry_stop) == to_string(expected));
}

scripted_reply reset_after(std::size_t bytes) {
    auto reply = scripted_reply::completion("Half of it");
    reply.fault = reply_fault::reset;
    reply.fault_after = bytes;
    return reply;
}

} // namespace

BOOST_AUTO_TEST_SUITE(retry)

BOOST_AUTO_TEST_CASE(what_may_pass_is_sent_again) {
    retrying_fixture w;
    auto const client = w.make_client();
    for (int const status : {408, 409, 425, 429, 500, 502, 503, 504, 520, 524, 529}) {
        BOOST_TEST_CONTEXT("status " << status) {
            auto const before = w.server->request_count();
            enqueue_errors(*w.server, 2, status);
            auto const c = ask(w, client);
            check_recovered(*c, 3, make_http_error(status));
            BOOST_TEST(c->response.text() == "Hello");
            BOOST_TEST(c->info().status == 200);
            BOOST_TEST(w.server->request_count() == before + 3);
        }
    }
    BOOST_TEST(client.stats().retries == 22U);
    w.finish();
}

BOOST_AUTO_TEST_CASE(what_will_not_pass_is_not) {
    retrying_fixture w;
    auto const client = w.make_client();
    for (int const status : {400, 401, 402, 403, 404, 410, 413, 422}) {
        BOOST_TEST_CONTEXT("status " << status) {
            auto const before = w.server->request_count();
            enqueue_errors(*w.server, 1, status);
            auto const c = ask(w, client);
            check_failure(*c, make_http_error(status), phase::finished);
            check_stop(*c, retry_stop::final_error);
            BOOST_TEST(c->info().attempts == 1);
            BOOST_TEST(w.server->request_count() == before + 1);
        }
    }
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_missing_quota_is_final_whatever_status_it_comes_with) {
    retrying_fixture w;
    auto const client = w.make_client();
    w.server->enqueue(with_field(
        scripted_reply(
            429,
            R"({"error":{"message":"You exceeded your current quota","code":"insufficient_quota"}})"
        ),
        "x-should-retry",
        "true"
    ));
    auto const c = ask(w, client);
    check_failure(*c, errc::insufficient_credits, phase::finished);
    check_stop(*c, retry_stop::final_error);
    BOOST_TEST(w.server->request_count() == 1U);
    w.finish();
}

BOOST_AUTO_TEST_CASE(the_last_failure_is_what_the_caller_gets) {
    retrying_fixture w;
    auto const client = w.make_client();
    enqueue_errors(*w.server, 3, 503);
    auto const c = ask(w, client);
    check_failure(*c, make_http_error(503), phase::finished);
    check_stop(*c, retry_stop::attempts_exhausted);
    BOOST_TEST(c->info().attempts == 3);
    BOOST_TEST(c->response.error.message == "Not now, number 2");
    BOOST_TEST(c->info().failed_attempts.size() == 2U);
    BOOST_TEST(w.server->request_count() == 3U);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_call_may_have_more_or_fewer_attempts_than_its_client) {
    retrying_fixture w;
    auto const client = w.make_client();
    enqueue_errors(*w.server, 4, 500);
    request_options options;
    options.max_attempts = 5;
    check_recovered(*ask(w, client, hello(), options), 5, make_http_error(500));
    enqueue_errors(*w.server, 1, 500);
    options.max_attempts = 1;
    auto const once = ask(w, client, hello(), options);
    check_stop(*once, retry_stop::attempts_exhausted);
    options.max_attempts = 0;
    check_failure(*ask(w, client, hello(), options), errc::invalid_request, phase::preparing);
    w.finish();
}

BOOST_AUTO_TEST_CASE(the_server_has_a_say) {
    retrying_fixture w;
    auto const client = w.make_client();
    w.server->enqueue(with_field(scripted_reply::error(500, "No"), "x-should-retry", "false"));
    check_stop(*ask(w, client), retry_stop::final_error);
    w.server->enqueue(with_field(scripted_reply::error(404, "Wait"), "x-should-retry", "true"));
    check_recovered(*ask(w, client), 2, make_http_error(404));
    w.finish();
}

BOOST_AUTO_TEST_CASE(errors_inside_a_200_count_as_what_they_say) {
    retrying_fixture w;
    auto const client = w.make_client();
    w.server->enqueue(scripted_reply(200, R"({"error":{"message":"Slow down","code":429}})"));
    w.server->enqueue(scripted_reply(200, R"({"error":{"message":"Upstream is gone","code":502}})"));
    auto const c = ask(w, client);
    require_success(*c);
    BOOST_TEST(c->info().attempts == 3);
    w.server->enqueue(scripted_reply(200, R"({"error":{"message":"Bad key","code":401}})"));
    BOOST_TEST(ask(w, client)->info().attempts == 1);
    w.finish();
}

BOOST_AUTO_TEST_CASE(the_wait_is_as_long_as_the_server_asks_for) {
    retrying_fixture w;
    auto const client = w.make_client();
    w.server->enqueue(with_field(scripted_reply::error(429, "Soon"), "retry-after-ms", "60"));
    auto const c = ask(w, client);
    check_recovered(*c, 2, make_http_error(429));
    BOOST_TEST((c->info().timings.backoff >= 60ms));
    BOOST_TEST((c->info().failed_attempts.front().wait >= 60ms));
    BOOST_TEST((c->info().timings.total >= 60ms));
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_wait_in_the_body_counts_like_one_in_the_head) {
    retrying_fixture w;
    w.config.retry.max_retry_after = 10s;
    auto const client = w.make_client();
    w.server->enqueue(scripted_reply(
        429,
        R"({"error":{"message":"Later","http_status":429,"availability":{"retryable":true,"retry_after":40}}})"
    ));
    auto const c = ask(w, client);
    check_stop(*c, retry_stop::retry_after_too_long);
    BOOST_TEST((c->info().rate_limit.retry_after == 40s));
    w.finish();
}

BOOST_AUTO_TEST_CASE(who_asks_for_too_long_a_wait_is_left_alone) {
    retrying_fixture w;
    w.config.retry.max_retry_after = 20ms;
    auto client = w.make_client();
    w.server->enqueue(with_field(scripted_reply::error(503, "Tomorrow"), "Retry-After", "3600"));
    auto const c = ask(w, client);
    check_failure(*c, make_http_error(503), phase::finished);
    check_stop(*c, retry_stop::retry_after_too_long);
    w.config.retry.on_long_retry_after = long_retry_after::clamp;
    client = w.make_client();
    w.server->enqueue(with_field(scripted_reply::error(503, "Tomorrow"), "Retry-After", "3600"));
    auto const clamped = ask(w, client);
    check_recovered(*clamped, 2, make_http_error(503));
    BOOST_TEST((clamped->info().timings.backoff >= 20ms));
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_wait_beyond_the_deadline_is_not_begun) {
    retrying_fixture w;
    auto const client = w.make_client();
    w.server->enqueue(with_field(scripted_reply::error(503, "In a while"), "Retry-After", "50"));
    auto const began = std::chrono::steady_clock::now();
    auto const c = ask(w, client, hello(), limited_to(40s));
    check_failure(*c, make_http_error(503), phase::finished);
    check_stop(*c, retry_stop::deadline);
    BOOST_TEST((std::chrono::steady_clock::now() - began < 30s));
    w.finish();
}

BOOST_AUTO_TEST_CASE(connections_that_fail_are_made_again) {
    retrying_fixture w(3, scheme::https);
    auto const client = w.make_client();
    using testing::accept_fault;
    w.server->set_accept_fault(accept_fault::reset, 2);
    auto const c = ask(w, client);
    require_success(*c);
    BOOST_TEST(c->info().attempts == 3);
    w.finish();
}

BOOST_AUTO_TEST_CASE(nobody_listens) {
    retrying_fixture w;
    auto const client = w.make_client();
    w.server->stop_listening();
    auto const c = ask(w, client);
    check_failure(*c, errc::connect_failed, phase::connecting);
    BOOST_TEST(c->info().attempts == 3);
    check_stop(*c, retry_stop::attempts_exhausted);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_broken_reply_is_asked_for_again_unless_it_must_not_cost_twice) {
    retrying_fixture w;
    auto client = w.make_client();
    for (std::size_t const bytes : {0U, 5U, 120U}) {
        w.server->enqueue(reset_after(bytes));
        auto const c = ask(w, client);
        require_success(*c);
        BOOST_TEST(c->response.text() == "Hello");
        // A kept connection that dies before a byte is replayed, which is no further attempt.
        BOOST_TEST(c->info().attempts + (c->info().replayed ? 1 : 0) == 2);
    }
    w.config.retry.resend_sent = false;
    client = w.make_client();
    for (std::size_t const bytes : {0U, 120U}) {
        auto const before = w.server->request_count();
        w.server->enqueue(reset_after(bytes));
        auto const c = ask(w, client);
        BOOST_TEST(c->ec == (bytes == 0 ? errc::connection_lost : errc::truncated_response));
        check_stop(*c, retry_stop::maybe_processed);
        BOOST_TEST(w.server->request_count() == before + 1);
    }
    // Nor does it matter that the connection had served before.
    ask_well(w, client);
    auto const before = w.server->request_count();
    w.server->enqueue(reset_after(0));
    auto const kept = ask(w, client);
    BOOST_TEST(kept->ec == errc::connection_lost);
    BOOST_TEST(!kept->info().replayed);
    BOOST_TEST(w.server->request_count() == before + 1);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_phase_that_took_too_long_is_tried_again) {
    retrying_fixture w;
    w.config.timeouts.first_byte = 50ms;
    auto const client = w.make_client();
    auto slow = scripted_reply::echo();
    slow.latency = 60s;
    w.server->enqueue(slow);
    auto const c = ask(w, client);
    check_recovered(*c, 2, errc::first_byte_timeout);
    w.finish();
}

BOOST_AUTO_TEST_CASE(the_deadline_ends_the_waiting_between_attempts) {
    retrying_fixture w;
    w.config.timeouts.first_byte = 40ms;
    w.config.retry.max_attempts = 1'000;
    auto const client = w.make_client();
    auto slow = scripted_reply::echo();
    slow.latency = 60s;
    w.server->respond_with([slow](auto const&) { return slow; });
    auto const c = ask(w, client, hello(), limited_to(300ms));
    BOOST_TEST((c->ec == errc::deadline_exceeded || c->ec == errc::first_byte_timeout));
    BOOST_TEST(c->info().attempts > 1);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_cancellation_ends_the_wait_between_attempts) {
    retrying_fixture w;
    auto client = w.make_client();
    w.server->enqueue(with_field(scripted_reply::error(429, "Later"), "Retry-After", "30"));
    auto const c = start(client, hello());
    w.run_until([&] { return w.server->stats().replies_sent == 1; });
    let_pass(w, 20ms);
    BOOST_TEST(!c->done);
    c->cancel.emit(asio::cancellation_type::terminal);
    w.run_until([&] { return c->done; });
    BOOST_TEST((c->info().timings.total < 10s));
    check_failure(*c, asio::error::operation_aborted, phase::backing_off);
    check_stop(*c, retry_stop::ended);
    BOOST_TEST(w.server->request_count() == 1U);
    w.server->enqueue(with_field(scripted_reply::error(429, "Later"), "Retry-After", "30"));
    auto const other = start(client, hello());
    w.run_until([&] { return w.server->stats().replies_sent == 2; });
    let_pass(w, 20ms);
    client.cancel();
    w.run_until([&] { return other->done; });
    check_failure(*other, errc::client_closed, phase::backing_off);
    w.finish();
}

BOOST_AUTO_TEST_CASE(all_attempts_have_the_same_idempotency_key) {
    retrying_fixture w;
    auto client = w.make_client();
    auto const keys_of_call = [&](request_options const& options) {
        auto const before = w.server->request_count();
        enqueue_errors(*w.server, 2, 500);
        require_success(*ask(w, client, hello(), options));
        std::multiset<std::string> keys;
        auto const requests = w.server->requests();
        for (std::size_t i = before; i < requests.size(); ++i)
            keys.emplace(requests[i].header("Idempotency-Key"));
        BOOST_TEST(keys.size() == 3U);
        BOOST_TEST(keys.count(*keys.begin()) == 3U);
        return *keys.begin();
    };
    BOOST_TEST(keys_of_call(request_options()) == "");
    request_options named;
    named.idempotency_key = "order-66";
    BOOST_TEST(keys_of_call(named) == "order-66");
    w.config.retry.generate_idempotency_key = true;
    client = w.make_client();
    BOOST_TEST(keys_of_call(named) == "order-66");
    auto const first = keys_of_call(request_options());
    auto const second = keys_of_call(request_options());
    BOOST_TEST(first != second);
    BOOST_TEST(first.size() == 36U);
    BOOST_TEST(first[14] == '4');
    w.finish();
}

BOOST_AUTO_TEST_CASE(an_outage_costs_at_most_a_fifth_more) {
    retrying_fixture w;
    w.config.retry.budget_minimum = 10;
    auto const client = w.make_client();
    w.server->respond_with([](auto const&) { return scripted_reply::error(503, "Down"); });
    constexpr std::size_t calls = 1'000;
    auto const all = start_many(client, calls);
    finish(w, all);
    BOOST_TEST(w.server->request_count() >= calls + calls / 10);
    BOOST_TEST(w.server->request_count() <= calls + calls / 5 + 10);
    auto const refused = std::count_if(all.begin(), all.end(), [](auto const& c) {
        return c->info().retry_stop == retry_stop::budget_exhausted;
    });
    BOOST_TEST(refused > 0);
    BOOST_TEST(client.stats().retries_refused == static_cast<std::size_t>(refused));
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_blank_reply_is_asked_for_again_only_on_demand) {
    retrying_fixture w;
    auto client = w.make_client();
    w.server->enqueue(scripted_reply(200, "   \n\n"));
    auto const c = ask(w, client);
    check_failure(*c, errc::empty_response, phase::finished);
    BOOST_TEST(c->info().attempts == 1);
    w.config.retry.retry_empty_replies = true;
    client = w.make_client();
    w.server->enqueue(scripted_reply(200, "   \n\n"));
    check_recovered(*ask(w, client), 2, errc::empty_response);
    w.finish();
}

BOOST_AUTO_TEST_CASE(policies_that_can_not_work_are_refused) {
    client_fixture w;
    auto const refused = [&](auto change) {
        auto config = w.config;
        change(config);
        try {
            client const made(w.io.get_executor(), w.endpoint, config);
        } catch (boost::system::system_error const& e) {
            return e.code() == errc::invalid_request;
        }
        return false;
    };
    BOOST_TEST(refused([](client_config& c) { c.retry.max_attempts = 0; }));
    BOOST_TEST(refused([](client_config& c) { c.retry.multiplier = 0.5; }));
    BOOST_TEST(refused([](client_config& c) { c.retry.jitter = 1.5; }));
    BOOST_TEST(refused([](client_config& c) { c.retry.jitter = std::numeric_limits<double>::quiet_NaN(); }));
    BOOST_TEST(refused([](client_config& c) { c.retry.initial_backoff = -1ms; }));
    BOOST_TEST(refused([](client_config& c) { c.retry.budget_window = 1ms; }));
    BOOST_TEST(refused([](client_config& c) { c.rates.limits.emplace_back("", 0, std::nullopt); }));
    BOOST_TEST(refused([](client_config& c) { c.concurrency.floor = 0; }));
    BOOST_TEST(refused([](client_config& c) { c.concurrency.decrease = 1; }));
    BOOST_TEST(refused([](client_config& c) { c.hedging.percentile = 2; }));
    BOOST_TEST(!refused([](client_config&) {}));
    w.finish();
}

BOOST_AUTO_TEST_SUITE_END()
