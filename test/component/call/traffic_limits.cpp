// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/after_attempt.hpp"
#include "support/fixtures/retries.hpp"
#include "support/streams/streams.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using testing::scripted_reply;

rate_limit requests(std::int64_t per_minute) { return rate_limit("", per_minute, std::nullopt); }

/// A fixture whose clients have this limit.
struct limited_fixture : client_fixture {
    explicit limited_fixture(rate_limit limit) : client_fixture(scheme::http) {
        config.rates.limits.push_back(std::move(limit));
        config.rates.burst = 1ms;
    }
};

std::vector<std::string> texts(testing::mock_provider const& server) {
    std::vector<std::string> result;
    for (auto const& each : server.requests()) result.push_back(each.last_user_text());
    return result;
}

scripted_reply slow() {
    auto result = scripted_reply::echo();
    result.latency = 30ms;
    return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(traffic_limits)

BOOST_AUTO_TEST_CASE(calls_beyond_the_rate_wait_in_order) {
    limited_fixture w(requests(1'200)); // one each 50 ms
    auto const client = w.make_client();
    auto const began = std::chrono::steady_clock::now();
    auto const calls = start_many(client, 5);
    w.run_until([&] { return calls.front()->done; });
    BOOST_TEST(client.stats().limited > 0U);
    finish(w, calls);
    BOOST_TEST((std::chrono::steady_clock::now() - began >= 200ms));
    BOOST_TEST(
        texts(*w.server) == std::vector<std::string>({"0", "1", "2", "3", "4"}),
        boost::test_tools::per_element()
    );
    BOOST_TEST((calls.back()->info().timings.limited >= 150ms));
    BOOST_TEST(client.stats().limited == 0U);
    w.finish();
}

BOOST_AUTO_TEST_CASE(more_important_ones_go_first) {
    limited_fixture w(requests(1'200));
    auto const client = w.make_client();
    std::vector<call_ptr> calls;
    for (int const priority : {0, 0, 5, -1, 5}) {
        request_options options;
        options.priority = priority;
        calls.push_back(start(client, saying(std::to_string(calls.size())), options));
    }
    finish(w, calls);
    // The first went before the others were there.
    BOOST_TEST(
        texts(*w.server) == std::vector<std::string>({"0", "2", "4", "1", "3"}),
        boost::test_tools::per_element()
    );
    w.finish();
}

BOOST_AUTO_TEST_CASE(refused_instead_of_waiting) {
    limited_fixture w(requests(6));
    w.config.rates.on_limited = when_limited::refuse;
    w.config.retry = quick_retries();
    auto const client = w.make_client();
    ask_well(w, client);
    auto const c = ask(w, client);
    check_failure(*c, errc::rate_limit_reached, phase::limited);
    BOOST_TEST((c->ec == condition::rate_limited));
    BOOST_TEST(c->info().attempts == 0);
    BOOST_TEST(w.server->request_count() == 1U);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_call_waits_no_longer_than_its_deadline) {
    limited_fixture w(requests(1));
    auto const client = w.make_client();
    ask_well(w, client);
    auto const c = ask(w, client, hello(), limited_to(60ms));
    check_failure(*c, errc::deadline_exceeded, phase::limited);
    auto const cancelled = start(client);
    let_pass(w, 10ms);
    cancelled->cancel.emit(asio::cancellation_type::total);
    w.run_until([&] { return cancelled->done; });
    check_failure(*cancelled, asio::error::operation_aborted, phase::limited);
    BOOST_TEST(client.stats().limited == 0U);
    w.finish();
}

// It is granted and cancelled in the same moment, so that it finds both when it goes on.
BOOST_AUTO_TEST_CASE(what_a_cancelled_call_was_granted_goes_to_the_next) {
    client_fixture w(scheme::http);
    w.config.concurrency.ceiling = 1;
    auto const at_end = std::make_shared<after_attempt>();
    w.config.observer = at_end;
    auto const client = w.make_client();
    w.server->enqueue(slow());
    auto const calls = start_many(client, 3);
    w.run_until([&] { return client.stats().limited == 2; });
    at_end->action = [&] { calls[1]->cancel.emit(asio::cancellation_type::terminal); };
    finish(w, calls);
    require_success(*calls[0]);
    check_failure(*calls[1], asio::error::operation_aborted, phase::limited);
    require_success(*calls[2]);
    w.finish();
}

BOOST_AUTO_TEST_CASE(closing_the_client_ends_the_waiting) {
    limited_fixture w(requests(1));
    auto client = w.make_client();
    auto const calls = start_many(client, 50);
    w.run_until([&] { return calls.front()->done; });
    client.cancel();
    finish(w, calls);
    for (std::size_t i = 1; i < calls.size(); ++i) BOOST_TEST(calls[i]->ec == errc::client_closed);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_loop_may_be_destroyed_while_calls_wait) {
    auto w = std::make_unique<limited_fixture>(requests(1));
    std::optional<client> made(w->make_client());
    auto const calls = start_many(*made, 20);
    w->run_until([&] { return calls.front()->done; });
    made.reset();
    w.reset();
    for (std::size_t i = 1; i < calls.size(); ++i) BOOST_TEST(!calls[i]->done);
}

BOOST_AUTO_TEST_CASE(tokens_count_as_expected_and_then_as_used) {
    // A thousand each second.
    limited_fixture w(rate_limit("", std::nullopt, 60'000));
    w.config.rates.burst = 60s;
    w.config.rates.expected_reply_tokens = 50'000;
    auto const client = w.make_client();
    ask_well(w, client);
    // The reply took hardly any; had the difference not been given back, this one would wait for forty
    // seconds.
    auto const second = ask_well(w, client);
    BOOST_TEST((second->info().timings.limited < 20s));
    // One that needs more than can ever be saved up goes when all of that is there.
    auto large = hello();
    large.max_tokens = 120'000;
    require_success(*ask(w, client, large));
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_call_that_was_refused_took_no_tokens) {
    limited_fixture w(rate_limit("", std::nullopt, 60'000));
    w.config.rates.burst = 60s;
    w.config.rates.expected_reply_tokens = 50'000;
    auto const client = w.make_client();
    w.server->enqueue(scripted_reply::error(400, "No"));
    check_failure(*ask(w, client), make_http_error(400), phase::finished);
    // What had been taken for the one leaves too little for the other, which would wait for forty seconds.
    BOOST_TEST((ask_well(w, client)->info().timings.limited < 20s));
    w.finish();
}

BOOST_AUTO_TEST_CASE(what_the_provider_counts_is_believed) {
    limited_fixture w(requests(600'000));
    w.config.rates.burst = 10s;
    auto told = scripted_reply::echo();
    told.headers.emplace_back("x-ratelimit-limit-requests", "600000");
    told.headers.emplace_back("x-ratelimit-remaining-requests", "0");
    told.headers.emplace_back("x-ratelimit-reset-requests", "600ms");
    auto client = w.make_client();
    w.server->enqueue(told);
    ask_well(w, client);
    auto const c = ask_well(w, client);
    BOOST_TEST((c->info().timings.limited >= 150ms));
    w.config.rates.follow_headers = false;
    client = w.make_client();
    w.server->enqueue(told);
    ask_well(w, client);
    BOOST_TEST((ask_well(w, client)->info().timings.limited < 150ms));
    w.finish();
}

BOOST_AUTO_TEST_CASE(each_model_has_the_limit_that_names_it) {
    limited_fixture w(rate_limit("slow-model", 1, std::nullopt));
    w.config.rates.on_limited = when_limited::refuse;
    auto const client = w.make_client();
    auto const of = [](char const* model) { return chat_request(model).user("Hello"); };
    require_success(*ask(w, client, of("slow-model")));
    BOOST_TEST(ask(w, client, of("slow-model"))->ec == errc::rate_limit_reached);
    for (int i = 0; i < 5; ++i) require_success(*ask(w, client, of("other-model")));
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_limit_that_names_the_provider_comes_first) {
    limited_fixture w(requests(1));
    auto own = requests(60'000);
    own.provider = w.endpoint.name;
    w.config.rates.limits.push_back(own);
    w.config.rates.burst = 1s;
    w.config.rates.on_limited = when_limited::refuse;
    auto const client = w.make_client();
    for (int i = 0; i < 5; ++i) ask_well(w, client);
    w.finish();
}

BOOST_AUTO_TEST_CASE(targets_of_one_provider_share_its_limit) {
    limited_fixture w(requests(1));
    w.config.rates.on_limited = when_limited::refuse;
    std::vector<target> const targets{{w.endpoint, "model-a"}, {w.endpoint, "model-b"}};
    client const both(w.io.get_executor(), targets, w.config);
    enqueue_errors(*w.server, 1, 503);
    check_failure(*ask(w, both), errc::rate_limit_reached, phase::limited);
    BOOST_TEST(w.server->request_count() == 1U);
    w.finish();
}

BOOST_AUTO_TEST_CASE(fewer_calls_in_flight_when_the_provider_has_too_much_to_do, *http1_only()) {
    client_fixture w(scheme::http);
    w.config.concurrency.initial = w.config.concurrency.ceiling = 32;
    w.config.concurrency.floor = 2;
    auto const client = w.make_client();
    BOOST_TEST(client.stats().concurrency_limit == 32U);
    // A provider that can serve four at a time.
    std::size_t at_once = 0;
    std::size_t refused = 0;
    w.server->respond_with([&](auto const&) {
        bool const many = client.stats().connections_in_use > 8;
        if (many) ++refused;
        at_once = std::max(at_once, client.stats().connections_in_use);
        return many ? scripted_reply::error(503, "Busy") : slow();
    });
    std::vector<call_ptr> calls = start_many(client, 32);
    finish(w, calls);
    BOOST_TEST(at_once == 32U);
    BOOST_TEST(client.stats().concurrency_limit < 32U);
    BOOST_TEST(client.stats().concurrency_limit >= 2U);
    // It grows again as long as all goes well.
    auto const fallen = client.stats().concurrency_limit;
    w.server->respond_with([](auto const&) { return slow(); });
    calls = start_many(client, 300);
    finish(w, calls);
    for (auto const& each : calls) require_success(*each);
    BOOST_TEST(client.stats().concurrency_limit > fallen);
    w.finish();
}

BOOST_AUTO_TEST_CASE(the_ceiling_is_kept, *http1_only()) {
    client_fixture w(scheme::http);
    w.config.concurrency.ceiling = 5;
    auto const client = w.make_client();
    w.server->respond_with([](auto const&) { return slow(); });
    auto const calls = start_many(client, 30);
    finish(w, calls);
    for (auto const& each : calls) require_success(*each);
    BOOST_TEST(w.server->stats().max_connections_open == 5U);
    w.finish();
}

BOOST_AUTO_TEST_CASE(an_open_stream_is_in_flight_until_it_ends) {
    client_fixture w(scheme::http);
    w.config.concurrency.ceiling = 1;
    auto const client = w.make_client();
    auto stream = open_well(w, client);
    auto const c = start(client);
    let_pass(w, 20ms);
    BOOST_TEST(!c->done);
    BOOST_TEST(client.stats().limited == 1U);
    BOOST_TEST(!read_all(w, stream).ec);
    w.run_until([&] { return c->done; });
    require_success(*c);
    // One that is dropped makes room as well.
    stream = open_well(w, client);
    auto const after = start(client);
    stream = chat_stream();
    w.run_until([&] { return after->done; });
    require_success(*after);
    w.finish();
}

BOOST_AUTO_TEST_SUITE_END()
