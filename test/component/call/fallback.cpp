// Copyright (c) 2026 The async_llm authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE or
// https://www.boost.org/LICENSE_1_0.txt)

#include "support/fixtures/retries.hpp"
#include "support/streams/streams.hpp"

#include <string>
#include <vector>

namespace {

using namespace async_llm;
using namespace async_llm::test;
using namespace std::chrono_literals;
using testing::scripted_reply;

/// Two mock providers, each a provider of its own name, and no retries beside moving on.
struct two_providers : client_fixture {
    two_providers() : client_fixture(scheme::http), second(io.get_executor()) {
        endpoint = named("first", server->base_url());
        targets.emplace_back(endpoint, "model-a");
        targets.emplace_back(named("second", second.base_url()), "model-b");
    }

    static provider named(std::string name, std::string url) {
        auto result = provider::openai_compatible(std::move(url), "key-of-" + name);
        result.name = std::move(name);
        return result;
    }

    client make_client() { return client(io.get_executor(), targets, config); }

    void finish() {
        second.stop();
        client_fixture::finish();
    }

    testing::mock_provider second;
    std::vector<target> targets;
};

void check_answered_by(call const& c, std::string const& name, std::string const& model, int attempts) {
    require_success(c);
    BOOST_TEST(c.info().provider == name);
    BOOST_TEST(c.info().model == model);
    BOOST_TEST(c.info().attempts == attempts);
}

std::string key_of(testing::received_request const& request) {
    return std::string(request.header("Authorization").substr(std::string_view("Bearer ").size()));
}

} // namespace

BOOST_AUTO_TEST_SUITE(fallback)

BOOST_AUTO_TEST_CASE(the_first_that_is_available_answers) {
    two_providers w;
    auto const client = w.make_client();
    check_answered_by(*ask(w, client), "first", "model-a", 1);
    BOOST_TEST(w.server->last_request().model() == "model-a");
    BOOST_TEST(w.second.request_count() == 0U);
    w.finish();
}

BOOST_AUTO_TEST_CASE(errors_of_a_provider_move_on) {
    two_providers w;
    w.config.breaker.failures = 0;
    w.config.breaker.cooldown = w.config.breaker.max_cooldown = 0ms;
    auto const client = w.make_client();
    std::size_t moved = 0;
    for (int const status : {401, 402, 403, 404, 408, 429, 500, 502, 503, 529}) {
        BOOST_TEST_CONTEXT("status " << status) {
            enqueue_errors(*w.server, 1, status);
            auto const c = ask(w, client);
            check_answered_by(*c, "second", "model-b", 2);
            BOOST_TEST_REQUIRE(c->info().failed_attempts.size() == 1U);
            auto const& past = c->info().failed_attempts.front();
            BOOST_TEST(past.provider == "first");
            BOOST_TEST(past.model == "model-a");
            BOOST_TEST(past.ec == make_http_error(status));
            BOOST_TEST(past.wait.count() == 0);
            BOOST_TEST(w.second.last_request().model() == "model-b");
            BOOST_TEST(key_of(w.second.last_request()) == "key-of-second");
            ++moved;
        }
    }
    BOOST_TEST(client.stats().fallbacks == moved);
    BOOST_TEST(client.stats().retries == moved);
    w.finish();
}

BOOST_AUTO_TEST_CASE(replies_that_make_no_sense_move_on) {
    two_providers w;
    auto const client = w.make_client();
    w.server->enqueue(scripted_reply(200, "<html>Welcome</html>", "text/html"));
    check_answered_by(*ask(w, client), "second", "model-b", 2);
    w.server->enqueue(scripted_reply(200, "{\"choi"));
    check_answered_by(*ask(w, client), "second", "model-b", 2);
    w.finish();
}

BOOST_AUTO_TEST_CASE(errors_of_the_request_do_not) {
    two_providers w;
    auto const client = w.make_client();
    for (int const status : {400, 413, 422}) {
        enqueue_errors(*w.server, 1, status);
        auto const c = ask(w, client);
        BOOST_TEST(c->ec == make_http_error(status));
        BOOST_TEST(c->info().provider == "first");
    }
    // What the provider refuses to read, others would too.
    w.server->enqueue(scripted_reply(
        403,
        R"({"error":{"message":"Flagged","code":403,"metadata":{"reasons":["violence"],"flagged_input":"x"}}})"
    ));
    BOOST_TEST(ask(w, client)->ec == make_http_error(403));
    BOOST_TEST(w.second.request_count() == 0U);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_provider_that_is_down_is_left_alone_for_a_while) {
    two_providers w;
    w.config.breaker.failures = 3;
    w.config.breaker.cooldown = 100ms;
    auto const client = w.make_client();
    w.server->stop_listening();
    for (int i = 0; i < 3; ++i) check_answered_by(*ask(w, client), "second", "model-b", 2);
    check_answered_by(*ask(w, client), "second", "model-b", 1);
    w.server->resume_listening();
    let_pass(w, 120ms);
    check_answered_by(*ask(w, client), "first", "model-a", 1);
    w.finish();
}

BOOST_AUTO_TEST_CASE(nobody_is_there) {
    two_providers w;
    w.config.breaker.failures = 2;
    w.config.breaker.cooldown = 60s;
    auto const client = w.make_client();
    w.server->stop_listening();
    w.second.stop_listening();
    for (int i = 0; i < 2; ++i) {
        auto const c = ask(w, client);
        check_failure(*c, errc::connect_failed, phase::connecting);
        BOOST_TEST(c->info().attempts == 2);
    }
    auto const c = ask(w, client);
    check_failure(*c, errc::circuit_open, phase::limited);
    BOOST_TEST(c->info().attempts == 0);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_pause_that_was_asked_for_is_kept_while_others_can_be_asked) {
    two_providers w;
    auto const client = w.make_client();
    auto busy = scripted_reply::error(429, "Later");
    busy.headers.emplace_back("Retry-After", "30");
    w.server->enqueue(busy);
    check_answered_by(*ask(w, client), "second", "model-b", 2);
    check_answered_by(*ask(w, client), "second", "model-b", 1);
    // When all want to be left alone, the one whose pause ends first is asked: its word is better than one of
    // our own.
    w.second.enqueue(busy);
    BOOST_TEST(ask(w, client)->ec == make_http_error(429));
    check_answered_by(*ask(w, client), "first", "model-a", 1);
    w.finish();
}

BOOST_AUTO_TEST_CASE(no_pause_is_longer_than_the_longest_that_is_obeyed) {
    two_providers w;
    w.config.retry.max_retry_after = 50ms;
    auto const client = w.make_client();
    for (int const status : {429, 503}) {
        w.server->enqueue(with_field(scripted_reply::error(status, "Not now"), "Retry-After", "3600"));
        check_answered_by(*ask(w, client), "second", "model-b", 2);
        let_pass(w, 60ms);
        check_answered_by(*ask(w, client), "first", "model-a", 1);
    }
    w.finish();
}

BOOST_AUTO_TEST_CASE(what_must_not_cost_twice_does_not_move_on) {
    for (bool const twice : {true, false}) {
        two_providers w;
        w.config.retry.resend_sent = twice;
        auto const client = w.make_client();
        auto broken = scripted_reply::echo();
        broken.fault = testing::reply_fault::reset;
        broken.fault_after = 120;
        w.server->enqueue(broken);
        auto const c = ask(w, client);
        BOOST_TEST(c->ec == (twice ? error_code() : make_error_code(errc::truncated_response)));
        BOOST_TEST(w.second.request_count() == (twice ? 1U : 0U));
        w.finish();
    }
}

BOOST_AUTO_TEST_CASE(by_weight) {
    two_providers w;
    w.config.fallback.order = target_order::by_weight;
    w.targets[0].weight = 1;
    w.targets[1].weight = 3;
    auto const client = w.make_client();
    constexpr std::size_t calls = 400;
    finish(w, start_many(client, calls));
    auto const first = w.server->request_count();
    BOOST_TEST(first + w.second.request_count() == calls);
    // A hundred are expected, with a standard deviation below nine.
    BOOST_TEST(first > 40U);
    BOOST_TEST(first < 160U);
    w.finish();
}

BOOST_AUTO_TEST_CASE(the_user_decides_what_moves_on) {
    two_providers w;
    w.config.fallback.moves_on = [](error_code ec, api_error const&) { return ec == make_http_error(400); };
    auto const client = w.make_client();
    enqueue_errors(*w.server, 1, 400);
    check_answered_by(*ask(w, client), "second", "model-b", 2);
    enqueue_errors(*w.server, 1, 500);
    BOOST_TEST(ask(w, client)->ec == make_http_error(500));
    w.finish();
}

BOOST_AUTO_TEST_CASE(after_all_targets_it_is_the_first_one_s_turn_again) {
    two_providers w;
    w.config.retry = quick_retries(3);
    auto const client = w.make_client();
    enqueue_errors(*w.server, 1, 503);
    enqueue_errors(w.second, 1, 503);
    check_answered_by(*ask(w, client), "first", "model-a", 3);
    w.finish();
}

BOOST_AUTO_TEST_CASE(streams_move_on_before_content_and_not_after) {
    two_providers w;
    auto const client = w.make_client();
    auto const error = event(R"({"error":{"message":"Upstream is gone","code":502}})");
    w.server->enqueue(scripted_reply::events({error}));
    auto stream = open_well(w, client);
    auto const moved = read_all(w, stream);
    BOOST_TEST(!moved.ec);
    BOOST_TEST(moved.text == "Hello");
    BOOST_TEST(stream.info().provider == "second");
    w.server->enqueue(scripted_reply::events({says("Half"), error}));
    stream = open_well(w, client);
    auto const cut = read_all(w, stream);
    BOOST_TEST(cut.ec == make_http_error(502));
    BOOST_TEST(stream.info().provider == "first");
    BOOST_TEST(w.second.request_count() == 1U);
    w.finish();
}

BOOST_AUTO_TEST_CASE(a_request_that_one_of_them_would_refuse_is_sent_to_none) {
    two_providers w;
    w.targets[1].provider.dialect.allows_top_k = false;
    auto const client = w.make_client();
    auto request = hello();
    request.top_k = 5;
    check_failure(*ask(w, client, request), errc::invalid_request, phase::preparing);
    BOOST_TEST(w.server->request_count() == 0U);
    w.finish();
}

BOOST_AUTO_TEST_CASE(targets_at_one_origin_share_their_connections) {
    two_providers w;
    w.targets[1].provider.base_url = w.server->base_url();
    w.config.breaker.failures = 0;
    auto const client = w.make_client();
    enqueue_errors(*w.server, 1, 404);
    check_answered_by(*ask(w, client), "second", "model-b", 2);
    BOOST_TEST(w.server->stats().connections_accepted == 1U);
    w.finish();
}

BOOST_AUTO_TEST_CASE(without_targets_there_is_no_client) {
    client_fixture w;
    BOOST_CHECK_THROW(
        client(w.io.get_executor(), std::vector<target>(), w.config),
        boost::system::system_error
    );
    std::vector<target> const weightless(1, target(w.endpoint, "m", 0));
    BOOST_CHECK_THROW(client(w.io.get_executor(), weightless, w.config), boost::system::system_error);
    w.endpoint.more_keys.emplace_back("");
    BOOST_CHECK_THROW(w.make_client(), boost::system::system_error);
    w.finish();
}

BOOST_AUTO_TEST_CASE(shutting_down_closes_all_of_them) {
    two_providers w;
    auto const client = w.make_client();
    enqueue_errors(*w.server, 1, 500);
    check_answered_by(*ask(w, client), "second", "model-b", 2);
    bool done = false;
    client.async_shutdown(std::chrono::seconds(30), [&](error_code ec) {
        BOOST_TEST(!ec);
        done = true;
    });
    w.run_until([&] { return done; });
    BOOST_TEST(client.stats().connections_idle == 0U);
    w.finish();
}

BOOST_AUTO_TEST_SUITE_END()
