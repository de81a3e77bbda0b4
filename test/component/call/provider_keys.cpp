// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/retries.hpp"

#include <map>
#include <string>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using testing::scripted_reply;

std::string key_of(testing::received_request const& request) {
    return std::string(request.header("Authorization").substr(std::string_view("Bearer ").size()));
}

} // namespace

BOOST_AUTO_TEST_SUITE(provider_keys)

BOOST_AUTO_TEST_CASE(they_are_used_in_turn) {
    client_fixture w(scheme::http);
    w.endpoint.more_keys = {"second-key", "third-key"};
    auto const client = w.make_client();
    std::map<std::string, int> uses;
    for (int i = 0; i < 6; ++i) {
        ask_well(w, client);
        ++uses[key_of(w.server->last_request())];
    }
    BOOST_TEST(uses.size() == 3U);
    for (auto const& [key, count] : uses) BOOST_TEST(count == 2);
    w.finish();
}

BOOST_AUTO_TEST_CASE(one_that_is_refused_is_not_used_again) {
    for (int const status : {401, 402, 403}) {
        client_fixture w(scheme::http);
        w.endpoint.more_keys = {"good-key"};
        w.server->respond_with([status](auto const& request) {
            auto const good = request.header("Authorization") == "Bearer good-key";
            return good ? scripted_reply::echo() : scripted_reply::error(status, "Not with this key");
        });
        auto const client = w.make_client();
        for (int i = 0; i < 4; ++i) ask_well(w, client);
        BOOST_TEST(w.server->request_count() == 5U);
        w.finish();
    }
}

BOOST_AUTO_TEST_CASE(one_that_has_reached_its_limit_rests) {
    client_fixture w(scheme::http);
    w.endpoint.more_keys = {"other-key"};
    w.server->respond_with([](auto const& request) {
        if (request.header("Authorization") == "Bearer other-key") return scripted_reply::echo();
        auto busy = scripted_reply::error(429, "Later");
        busy.headers.emplace_back("Retry-After", "30");
        return busy;
    });
    auto const client = w.make_client();
    for (int i = 0; i < 4; ++i) ask_well(w, client);
    BOOST_TEST(w.server->request_count() == 5U);
    w.finish();
}

BOOST_AUTO_TEST_CASE(when_all_are_refused_the_caller_is_told) {
    client_fixture w(scheme::http);
    w.endpoint.more_keys = {"other-key"};
    w.server->respond_with([](auto const&) { return scripted_reply::error(401, "Who are you?"); });
    auto const client = w.make_client();
    auto const c = ask(w, client);
    check_failure(*c, make_http_error(401), phase::finished);
    BOOST_TEST(c->info().attempts == 2);
    BOOST_TEST(to_string(c->info().retry_stop) == "final_error");
    // The provider may have changed its mind.
    w.server->respond_with({});
    ask_well(w, client);
    w.finish();
}

// Also if none of them rests, so that there is always another one.
BOOST_AUTO_TEST_CASE(each_is_tried_once) {
    client_fixture w(scheme::http);
    w.endpoint.more_keys = {"second-key", "third-key"};
    w.config.breaker.cooldown = w.config.breaker.max_cooldown = 0ms;
    w.server->respond_with([](auto const&) { return scripted_reply::error(429, "Later"); });
    auto const client = w.make_client();
    auto const c = ask(w, client, hello(), limited_to(2s));
    check_failure(*c, make_http_error(429), phase::finished);
    BOOST_TEST(c->info().attempts == 3);
    w.finish();
}

BOOST_AUTO_TEST_CASE(when_all_rest_the_call_waits_as_with_a_single_one) {
    client_fixture w(scheme::http);
    w.config.retry = quick_retries(3);
    w.endpoint.more_keys = {"other-key"};
    for (int i = 0; i < 2; ++i) {
        auto busy = scripted_reply::error(429, "Soon");
        busy.headers.emplace_back("retry-after-ms", "50");
        w.server->enqueue(busy);
    }
    auto const client = w.make_client();
    auto const c = ask(w, client);
    require_success(*c);
    BOOST_TEST(c->info().attempts == 3);
    BOOST_TEST((c->info().timings.backoff >= 50ms));
    w.finish();
}

BOOST_AUTO_TEST_SUITE_END()
